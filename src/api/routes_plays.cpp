// What the page's player and scrobblers tell of tracks that were played.
#include <fmt/format.h>

#include <algorithm>

#include "audiomuse/base/clock.h"
#include "backend.h"
#include "cards.h"
#include "errors.h"
#include "route.h"

namespace audiomuse::api {
namespace {

constexpr double kFirst = 946'684'800;  ///< the year 2000

/// In a time that does not tell where they differ.
bool same_secret(std::string_view a, std::string_view b) {
    unsigned char difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        difference |= static_cast<unsigned char>(a[i] ^ b[i]);
    return difference == 0;
}

/// The page's own player sends no token. A browser names the page that asks, and requests of foreign pages have been
/// refused already; what is no browser could say the same, so that the token keeps out who does not mean harm.
bool may_tell(const Backend& backend, const Request& request) {
    const std::string& token = backend.context.settings.api_token;
    if (token.empty() || request.has_header("origin") || request.header("sec-fetch-site") == "same-origin") return true;
    return same_secret(request.header("authorization"), "Bearer " + token);
}

Response play(Backend& backend, const Call& call) {
    if (!may_tell(backend, call.request())) {
        throw HttpError(401, ErrorCode::permission_denied, "Send the API_TOKEN as 'Authorization: Bearer <token>'.");
    }
    if (!backend.plays.take(steady_now())) {
        throw HttpError(429, ErrorCode::limit_exceeded,
                        fmt::format("At most {} plays are taken in a minute.", PlayLimit::kMost));
    }
    const json::object body = call.body();
    const store::TrackRow row = require_track(backend, std::string(std::string_view(body.at("item_id").get_string())));
    const json::value* completed = body.if_contains("completed");
    const bool counted = !completed || completed->get_bool();
    if (counted) {
        const json::value* at = body.if_contains("at");
        const double now = unix_now();
        backend.context.store.history().add_play({}, row.id, at ? std::min(at->to_number<double>(), now) : now);
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
           .help = "Whether enough of it was played to count; default true."}}},
    };
}

}  // namespace audiomuse::api
