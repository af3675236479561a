#include "recent_requests.h"

#include <algorithm>
#include <array>

#include "audiomuse/base/text.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kLongestField = 200;  // bytes, of a caller or seed

constexpr std::array<std::string_view, 18> kListRoutes = {
    "similar_tracks",    "find_path",    "alchemy",       "similar_artists", "fingerprint",         "fingerprint_post",
    "library_similar",   "library_path", "library_blend", "library_artist",  "library_fingerprint", "library_next",
    "library_next_body", "subsonic",     "subsonic_form", "chat_playlist",   "library_ask",         "library_ask_body"};

/// Parameters that say what a list is to be like. Whatever else is asked, a login above all, is not kept.
constexpr std::array<std::string_view, 19> kSeeds = {
    "item_id", "id",     "title", "artist", "artist_id",     "seeds",       "mood",        "anchor",    "from", "to",
    "via",     "played", "name",  "query",  "start_song_id", "end_song_id", "startSongId", "endSongId", "q"};
constexpr std::array<std::string_view, 3> kCounts = {"n", "count", "max_steps"};

template <std::size_t N>
bool is_one_of(const std::array<std::string_view, N>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::string shortened(std::string_view text) {
    return to_valid_utf8(text.substr(0, kLongestField));
}

}  // namespace

bool makes_lists(std::string_view route) {
    return is_one_of(kListRoutes, route);
}

RecentRequest recent_request(const Request& request, const Response& response, std::string_view route, double now,
                             double seconds) {
    RecentRequest kept{.at = now,
                       .caller = shortened(request.header("user-agent")),
                       .route = std::string(route),
                       .items = response.items,
                       .status = response.status,
                       .seconds = seconds};
    std::vector<std::string> seeds;
    for (const auto& [name, value] : parse_query(request.query)) {
        if (value.empty()) continue;
        if (is_one_of(kSeeds, name)) seeds.push_back(join({name, value}, "="));
        if (is_one_of(kCounts, name) && kept.wanted.empty()) kept.wanted = shortened(value);
        if (name == "c" && request.path.starts_with("/rest/")) kept.caller = shortened(value);
    }
    kept.seed = shortened(join(seeds, " "));
    return kept;
}

void RecentRequests::add(RecentRequest request) {
    std::lock_guard lock(mutex_);
    requests_.push_front(std::move(request));
    if (requests_.size() > capacity_) requests_.pop_back();
}

std::vector<RecentRequest> RecentRequests::newest_first() const {
    std::lock_guard lock(mutex_);
    return {requests_.begin(), requests_.end()};
}

}  // namespace audiomuse::api
