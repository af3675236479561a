#include "static_site.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "audiomuse/wrap/zlib/gzip.h"
#include "http_range.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kSmallestCompressed = 1024;

// AudioMuse-AI's page paths, which its plugins link to and people have bookmarked.
constexpr std::array<std::string_view, 20> kPagePaths = {
    "/",           "/analysis",  "/chat/",       "/similarity",   "/artist_similarity", "/path",
    "/alchemy",    "/map",       "/clap_search", "/mulan_search", "/sonic_fingerprint", "/waveform",
    "/collection", "/cleaning",  "/cron",        "/playlists",    "/library",           "/similar",
    "/tasks",      "/index.html"};

// Served where the program was built without the page.
constexpr std::string_view kPlainFrontPage =
    "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>AudioMuse</title></head>"
    "<body><h1>AudioMuse</h1><p>The API is running; this build carries no page. "
    "<a href=\"apidocs/\">What the API offers</a></p></body></html>\n";

std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// `place` is relative, so that it holds behind a proxy that puts a path in front.
Response moved_to(std::string place) {
    Response response;
    response.status = 308;
    response.set_header("Location", std::move(place));
    return response;
}

}  // namespace

bool is_compressible(std::string_view media_type, std::size_t bytes) {
    if (bytes < kSmallestCompressed) return false;
    return media_type.starts_with("text/") || media_type.find("json") != std::string_view::npos ||
           media_type.find("javascript") != std::string_view::npos ||
           media_type.find("svg") != std::string_view::npos || media_type.find("mpegurl") != std::string_view::npos ||
           media_type.find("xml") != std::string_view::npos;
}

StaticSite::StaticSite(const std::vector<StaticFile>& files) {
    for (const StaticFile& file : files) {
        auto entry = std::make_unique<Entry>();
        entry->file = file;
        entry->etag = make_etag(hash64(as_text(file.bytes)));
        entry->compressible = is_compressible(file.media_type, file.bytes.size());
        entries_.push_back(std::move(entry));
    }
    std::sort(entries_.begin(), entries_.end(),
              [](const auto& a, const auto& b) { return a->file.path < b->file.path; });
}

const StaticSite::Entry* StaticSite::entry(std::string_view path) const {
    const auto found = std::lower_bound(entries_.begin(), entries_.end(), path,
                                        [](const auto& entry, std::string_view key) { return entry->file.path < key; });
    return found != entries_.end() && (*found)->file.path == path ? found->get() : nullptr;
}

std::optional<Response> StaticSite::find(const Request& request) const {
    const std::string path = percent_decode(request.path, false);
    if (path == "/chat") return moved_to("chat/");
    if (const Entry* file = entry(path); file && path != "/index.html") return answer(*file, request);
    const bool page_path = std::find(kPagePaths.begin(), kPagePaths.end(), path) != kPagePaths.end();
    const bool program_path = path == "/api" || path.starts_with("/api/") || path.starts_with("/assets/") ||
                              path.starts_with("/external/") || path.starts_with("/chat/api/");
    if (!page_path && (program_path || !accepts_token(request.header("accept"), "text/html"))) return std::nullopt;
    if (const Entry* front = entry("/index.html")) return front_page(*front, request);
    Response response;
    response.headers = {{"Content-Type", "text/html; charset=utf-8"}, {"Cache-Control", "no-cache"}};
    response.body = std::string(kPlainFrontPage);
    return response;
}

/// The page names all that it asks for from <base>, so that it is the same under every path.
Response StaticSite::front_page(const Entry& entry, const Request& request) const {
    constexpr std::string_view kBase = "<base href=\"/\"";
    const std::string_view bytes = as_text(entry.file.bytes);
    const std::size_t at = bytes.find(kBase);
    if (request.prefix.empty() || at == std::string_view::npos) return answer(entry, request);
    Response response;
    response.headers = {{"Content-Type", entry.file.media_type}, {"Cache-Control", "no-cache"}};
    response.body =
        fmt::format("{}<base href=\"{}/\"{}", bytes.substr(0, at), request.prefix, bytes.substr(at + kBase.size()));
    return response;
}

Response StaticSite::answer(const Entry& entry, const Request& request) const {
    std::string_view bytes = as_text(entry.file.bytes);
    std::string etag = entry.etag;
    Response response;
    response.headers = {{"Content-Type", entry.file.media_type},
                        {"Cache-Control",
                         entry.file.path.starts_with("/assets/") ? "public, max-age=31536000, immutable" : "no-cache"}};
    if (entry.compressible) {
        response.set_header("Vary", "Accept-Encoding");
        if (accepts_token(request.header("accept-encoding"), "gzip")) {
            std::call_once(entry.compress_once, [&] {
                std::string compressed = wrap::zlib::gzip(bytes, 9);
                if (compressed.size() < bytes.size()) entry.compressed = std::move(compressed);
            });
            if (!entry.compressed.empty()) {
                bytes = entry.compressed;
                etag.insert(etag.size() - 1, "-gz");
                response.set_header("Content-Encoding", "gzip");
            }
        }
    }
    response.set_header("ETag", etag);
    response.body = StaticBytes{{bytes.data(), bytes.size()}};
    if (etag_matches(request.header("if-none-match"), etag)) {
        response.status = 304;
        response.head_only = true;
    }
    return response;
}

}  // namespace audiomuse::api
