#include "audio_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "errors.h"
#include "http_range.h"
#include "media_type.h"

namespace audiomuse::api {

void check_confined(const Backend& backend, const std::filesystem::path& path) {
    const auto& folders = backend.context.music_folders;
    const std::filesystem::path file = path.lexically_normal();
    const bool inside = std::any_of(folders.begin(), folders.end(), [&](const std::filesystem::path& folder) {
        const std::filesystem::path base = (folder / "").lexically_normal().parent_path();
        return std::mismatch(base.begin(), base.end(), file.begin(), file.end()).first == base.end();
    });
    if (!folders.empty() && !inside) {
        throw Error(ErrorCode::not_found, "The file of this track is not below a music folder any more.");
    }
}

Response audio_file(const Backend& backend, const store::TrackRow& row, const Request& request) {
    const std::filesystem::path path = row.path;
    check_confined(backend, path);
    const auto file = std::make_shared<const OpenFile>(path);
    const std::string etag = make_etag(hash64(fmt::format("{} {}", file->size(), file->mtime_ns())));
    std::array<char, 16> first_bytes{};
    const std::size_t known = file->read(0, first_bytes);

    Response response;
    response.headers = {
        {"Content-Type", std::string(audio_media_type({first_bytes.data(), known}, path.extension().string()))},
        {"Accept-Ranges", "bytes"},
        {"Cache-Control", "private, no-cache"},
        {"ETag", etag}};
    response.body = FileRange{file, 0, file->size()};
    if (etag_matches(request.header("if-none-match"), etag)) {
        response.status = 304;
        return response;
    }
    const bool range_holds = !request.has_header("if-range") || request.header("if-range") == etag;
    if (!request.has_header("range") || !range_holds) return response;
    const ByteRange range = parse_range(request.header("range"), file->size());
    if (range.kind == ByteRange::Kind::unsatisfiable) {
        Response refused = error_response(416, "invalid_argument", "The file is shorter than the range asked for.");
        refused.set_header("Content-Range", fmt::format("bytes */{}", file->size()));
        return refused;
    }
    if (range.kind == ByteRange::Kind::part) {
        response.status = 206;
        response.set_header("Content-Range",
                            fmt::format("bytes {}-{}/{}", range.first, range.first + range.length - 1, file->size()));
        response.body = FileRange{file, range.first, range.length};
    }
    return response;
}

}  // namespace audiomuse::api
