// The page: files compiled into the program.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/api/server.h"
#include "request.h"
#include "response.h"

namespace audiomuse::api {

/// Thread-safe. Files are compressed when first asked for, and only once.
class StaticSite {
public:
    explicit StaticSite(const std::vector<StaticFile>& files);

    /// The file at `path`; the front page for paths of the page's own places ("/", "/similarity", ...) and for any
    /// unknown path outside /api/ and /assets/ when the client asks for HTML. Answers 304 where the client has the file
    /// already. Nothing for other paths.
    std::optional<Response> find(const Request& request) const;

private:
    struct Entry {
        StaticFile file;
        std::string etag;
        bool compressible = false;
        mutable std::once_flag compress_once;
        mutable std::string compressed;  // empty when it would not be smaller
    };
    const Entry* entry(std::string_view path) const;
    Response answer(const Entry& entry, const Request& request) const;
    Response front_page(const Entry& entry, const Request& request) const;

    std::vector<std::unique_ptr<Entry>> entries_;
};

/// True for what gzip makes smaller: text, JSON, JavaScript, SVG of at least 1 KiB.
bool is_compressible(std::string_view media_type, std::size_t bytes);

}  // namespace audiomuse::api
