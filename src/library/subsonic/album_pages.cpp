#include "subsonic/album_pages.h"

#include <fmt/format.h>

#include <functional>
#include <utility>

namespace audiomuse::library::subsonic {

AlbumPages::AlbumPages(const Session& session, std::string type, std::string library, std::int64_t size)
    : session_(session), type_(std::move(type)), library_(std::move(library)), size_(size) {}

std::vector<AlbumRow> AlbumPages::next(const CancelToken& cancel) {
    cancel.check();
    Pairs parameters = {{"type", type_}, {"size", std::to_string(size_)}, {"offset", std::to_string(first_)}};
    if (!library_.empty()) parameters.emplace_back("musicFolderId", library_);
    const boost::json::value content = session_.ask("getAlbumList2", parameters, cancel);
    std::vector<AlbumRow> fresh;
    std::int64_t rows = 0;
    session_.each_row(content, "albumList2", "album", [&](const boost::json::value& row) {
        AlbumRow album = read_album(row);
        if (album.album.id.empty()) session_.fail_reading("an album without an id");
        ++rows;
        if (known_.insert(std::hash<std::string>()(album.album.id)).second) fresh.push_back(std::move(album));
    });
    if (rows > 0 && fresh.empty()) {
        throw Error(ErrorCode::server_failed,
                    fmt::format("{} sends the same page of its albums again and again.", session_.shown()));
    }
    first_ += rows;
    return fresh;
}

}  // namespace audiomuse::library::subsonic
