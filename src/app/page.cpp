#include "page.h"

#include <array>
#include <string_view>
#include <utility>

#ifdef AUDIOMUSE_HAS_PAGE
#include "embedded_page.h"
#endif

namespace audiomuse::app {

#ifdef AUDIOMUSE_HAS_PAGE

namespace {

std::string media_type(std::string_view path) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 9> kTypes = {{
        {".html", "text/html; charset=utf-8"},
        {".js", "text/javascript; charset=utf-8"},
        {".css", "text/css; charset=utf-8"},
        {".svg", "image/svg+xml"},
        {".png", "image/png"},
        {".ico", "image/x-icon"},
        {".woff2", "font/woff2"},
        {".json", "application/json"},
        {".webmanifest", "application/manifest+json"},
    }};
    for (const auto& [suffix, type] : kTypes) {
        if (path.ends_with(suffix)) return std::string(type);
    }
    return "application/octet-stream";
}

}  // namespace

std::vector<api::StaticFile> page_files() {
    std::vector<api::StaticFile> files;
    for (const embedded::page::File& file : embedded::page::files()) {
        files.push_back({"/" + std::string(file.path), media_type(file.path), file.bytes});
    }
    return files;
}

#else

std::vector<api::StaticFile> page_files() {
    return {};
}

#endif

}  // namespace audiomuse::app
