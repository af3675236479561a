#include "subsonic/directory_walk.h"

#include <utility>

#include "server/json_read.h"

namespace audiomuse::library::subsonic {

namespace json = boost::json;

DirectoryWalk::DirectoryWalk(const Session& session, const std::vector<MusicLibrary>& libraries) : session_(session) {
    for (const MusicLibrary& library : libraries)
        libraries_.push_back(library.id);
}

std::vector<json::value> DirectoryWalk::next(const CancelToken& cancel) {
    while (songs_.empty() && !(directories_.empty() && libraries_.empty())) {
        cancel.check();
        auto& from = directories_.empty() ? libraries_ : directories_;
        const bool is_library = directories_.empty();
        const std::string id = std::move(from.back());
        from.pop_back();
        if (is_library) {
            enter_library(id, cancel);
        } else {
            enter_directory(id, cancel);
        }
    }
    return std::exchange(songs_, {});
}

void DirectoryWalk::enter_library(const std::string& library, const CancelToken& cancel) {
    const json::value content = session_.ask("getIndexes", {{"musicFolderId", library}}, cancel);
    session_.each_row(content, "indexes", "index", [&](const json::value& index) {
        each_at(index, "artist", [&](const json::value& artist) { add_directory(artist); });
    });
    session_.each_row(content, "indexes", "child", [&](const json::value& row) { take(row); });
}

void DirectoryWalk::enter_directory(const std::string& directory, const CancelToken& cancel) {
    const json::value content = session_.ask("getMusicDirectory", {{"id", directory}}, cancel);
    session_.each_row(content, "directory", "child", [&](const json::value& row) { take(row); });
}

void DirectoryWalk::take(const json::value& row) {
    if (flag_at(row, "isDir")) {
        add_directory(row);
    } else if (is_music(row)) {
        songs_.push_back(row);
    }
}

void DirectoryWalk::add_directory(const json::value& row) {
    std::string id = text_at(row, "id");
    if (id.empty()) session_.fail_reading("a folder without an id");
    if (known_.insert(id).second) directories_.push_back(std::move(id));
}

}  // namespace audiomuse::library::subsonic
