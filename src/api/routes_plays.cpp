// What the page's player and scrobblers tell of tracks that were played.
#include <fmt/format.h>

#include <algorithm>

#include "audiomuse/base/clock.h"
#include "backend.h"
#include "cards.h"
#include "errors.h"
#include "who_asks.h"

namespace audiomuse::api {
namespace {

constexpr unsigned kPlaysPerMinute = 120;  ///< so that nobody fills the history by the thousand
constexpr double kFirst = 946'684'800;     ///< the year 2000

Response play(Backend& backend, const Call& call) {
    const json::object body = call.body();
    const store::TrackRow row = require_track(backend, std::string(std::string_view(body.at("item_id").get_string())));
    const json::value* completed = body.if_contains("completed");
    const bool counted = !completed || completed->get_bool();
    if (counted) {
        const json::value* at = body.if_contains("at");
        const double now = unix_now();
        backend.context.store.history().add_play({.owner = listener_of(call)}, row.id,
                                                 at ? std::min(at->to_number<double>(), now) : now);
    }
    return json_response(200, {{"counted", counted}});
}

}  // namespace

std::vector<Route> play_routes() {
    using enum ParamType;
    return {
        {Method::post,
         "/api/plays",
         "play",
         play,
         Right::playlists,
         {{.name = "item_id", .in = In::body, .help = "Id of the track.", .required = true},
          {.name = "at",
           .in = In::body,
           .type = number,
           .help = "When, in Unix seconds; default now.",
           .minimum = kFirst,
           .maximum = 1e11},
          {.name = "completed",
           .in = In::body,
           .type = boolean,
           .help = "Whether enough of it was played to count; default true."}},
         !kWaits,
         kPlaysPerMinute},
    };
}

}  // namespace audiomuse::api
