// What handlers work with: the context, and what the server itself keeps.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>

#include "artist_cache.h"
#include "audiomuse/api/server.h"
#include "audiomuse/base/cancel.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/features/chat/library_names.h"
#include "audiomuse/features/common/filter_cache.h"
#include "audiomuse/features/common/song_cache.h"
#include "audiomuse/features/similar/moods.h"
#include "audiomuse/features/text_search/suggestions.h"
#include "auth/login_limit.h"
#include "auth/origin.h"
#include "event_hub.h"
#include "json.h"
#include "map_cache.h"
#include "metrics.h"
#include "plan_memory.h"
#include "recent_requests.h"
#include "request_limit.h"
#include "static_site.h"
#include "store_cache.h"

namespace audiomuse::api {

/// Handlers that may wait for media servers at a time.
using MediaServerSlots = std::counting_semaphore<3>;
/// Requests that may wait for a language model at a time, each for minutes.
using ModelSlots = std::counting_semaphore<2>;

/// The version of the saved index, looked up every few seconds only: answers that name it must not wait for the store.
/// Thread-safe.
class IndexVersion {
public:
    /// 0 while none is saved. `now` is steady_now().
    std::int64_t get(store::Store& store, double now);

private:
    std::mutex mutex_;  // guards all below
    double looked_at_ = -1e9;
    std::int64_t version_ = 0;
};

/// What belongs to a user, or to nobody.
struct OwnedJson {
    UserId owner;
    json::object json;
};

struct Backend {
    Backend(Context context_, const std::vector<StaticFile>& files);
    AddressList proxies() const;  ///< that are trusted

    Context context;
    const std::shared_ptr<const settings::Settings> settings_at_start = context.settings.get();
    CancelSource stopping;  ///< of requests that wait for other machines
    MediaServerSlots media_server_slots{MediaServerSlots::max()};
    Metrics metrics;
    StaticSite site;
    RecentRequests requests;  ///< for lists of tracks
    StoreCache<store::Coverage> coverage{Freshness::may_lag};
    /// Of /api/library/summary, what costs a pass over the library.
    StoreCache<json::object> summary{Freshness::may_lag};
    StoreCache<std::vector<OwnedJson>> lists{Freshness::exact};  ///< of /api/lists
    features::SongCache songs;                                   ///< what the rules of lists ask
    features::FilterCache filters;
    ArtistCache artists;
    MapCache map;
    features::SavedScales scales;
    IndexVersion index_version;
    StoreCache<std::vector<features::Mood>> moods{Freshness::may_lag};
    StoreCache<features::LibraryNames> names{Freshness::may_lag};
    ModelSlots model_slots{ModelSlots::max()};
    PlanMemory plans;
    std::mutex answering;  ///< held while a request in words is answered
    std::mutex restoring;  ///< held while a backup is put back
    RequestLimit requests_taken;
    LoginLimit logins;
    std::atomic<bool> has_users = false;               ///< once it is seen, until a backup is put back
    std::optional<features::Suggestions> suggestions;  ///< where texts are compared with how tracks sound
    EventHub events;                                   ///< last: it calls back into the others
};

/// The index that is served. Throws Error(unavailable) when there is none yet.
std::shared_ptr<index::VectorIndex> require_index(Backend& backend);
/// features::find_similar with what is kept between requests; whether against hubs is for the settings to say.
std::vector<features::SimilarTrack> find_similar(Backend& backend, const index::VectorIndex& index,
                                                 const features::Likeness& wanted,
                                                 const features::SimilarParams& params);
/// How far the analysis is, kept until the store changes.
store::Coverage coverage_of(Backend& backend);
/// What makes lists of tracks.
struct Engine {
    std::string name;                ///< the model and its version, as "audiomuse-mini 1"
    std::int64_t index_version = 0;  ///< of the saved index; 0: none
};
Engine engine_of(Backend& backend);
/// Tells every page that a playlist was made, changed or removed.
void publish_playlists(Backend& backend);

}  // namespace audiomuse::api
