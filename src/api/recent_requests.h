// The newest requests for lists of tracks: who asked, for what, and how long it took. A player's "instant mix" passes
// through plugins and caches; here one sees whether it arrived.
#pragma once

#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/ids.h"
#include "request.h"
#include "response.h"

namespace audiomuse::api {

struct RecentRequest {
    double at = 0;       ///< Unix seconds
    std::string caller;  ///< its User-Agent, or the name that a Subsonic player gives itself
    std::string route;   ///< Route::name
    std::string seed;    ///< what the list was to be like, as "item_id=7"; "" where the body says it
    std::string wanted;  ///< how many tracks, as it was asked for; "" for the default
    std::size_t items = 0;
    int status = 0;
    double seconds = 0;
    UserId owner = {};  ///< who asked, who alone sees it; nobody: all do
};

/// Whether a route makes lists of what sounds alike, so that its requests are kept, and its answers say which engine
/// and index made them.
bool makes_lists(std::string_view route);

/// What is kept of a request. Only a few parameters of the address are, shortened: never a login, never a body.
RecentRequest recent_request(const Request& request, const Response& response, std::string_view route, double now,
                             double seconds);

/// Thread-safe.
class RecentRequests {
public:
    explicit RecentRequests(std::size_t capacity = 50) : capacity_(capacity) {}
    void add(RecentRequest request);
    std::vector<RecentRequest> newest_first() const;

private:
    const std::size_t capacity_;
    mutable std::mutex mutex_;  // guards requests_
    std::deque<RecentRequest> requests_;
};

}  // namespace audiomuse::api
