// For players, and for people who want to know what became of their question: the tracks to play next, and the newest
// requests.
#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <map>
#include <span>

#include "audiomuse/base/text.h"
#include "audiomuse/features/similar/similar.h"
#include "backend.h"
#include "cards.h"
#include "list_filter.h"
#include "who_asks.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kMostIds = 2000;
constexpr int kMostNext = 200;
constexpr int kMostRecent = 50;

/// What a player has played, oldest first, and what it will play.
struct Playing {
    std::vector<std::string> played;
    std::vector<std::string> queue;
    int n = 0;
    int last = 0;
};

std::vector<std::string> ids_of(const json::object& body, std::string_view name) {
    std::vector<std::string> ids;
    const json::value* given = body.if_contains(name);
    for (const json::value& id : given ? given->get_array() : json::array())
        ids.push_back(id.is_string() ? std::string(std::string_view(id.get_string())) : to_text(id));
    return ids;
}

/// The tracks of the first `kMostIds` ids that the library knows, in their order.
std::vector<TrackId> known_tracks(Backend& backend, const std::vector<std::string>& ids) {
    std::vector<std::string> items;
    for (const std::string& id : std::span(ids).first(std::min(ids.size(), kMostIds)))
        items.emplace_back(trim(id));
    std::vector<TrackId> tracks;
    for (const auto& track : backend.context.store.tracks().by_item_ids(items)) {
        if (track) tracks.push_back(*track);
    }
    return tracks;
}

Response next_of(Backend& backend, const Call& call, const Playing& playing) {
    const auto index = backend.context.index.get();
    if (!index) throw Error(ErrorCode::unavailable, "The similarity search service is currently unavailable.");
    const std::vector<TrackId> played = known_tracks(backend, playing.played);
    const std::vector<TrackId> queue = known_tracks(backend, playing.queue);
    // The newest come last; a player that has played nothing yet goes on from what it will play.
    std::vector<TrackId> seeds;
    for (const auto* tracks : {&played, &queue}) {
        if (!seeds.empty()) break;
        for (auto track = tracks->rbegin(); track != tracks->rend() && std::ssize(seeds) < playing.last; ++track) {
            const bool new_one = std::find(seeds.begin(), seeds.end(), *track) == seeds.end();
            if (new_one && index->contains(track->value)) seeds.push_back(*track);
        }
    }
    if (seeds.empty()) {
        throw Error(ErrorCode::not_found,
                    "None of these tracks was listened to: give ids of analysed tracks as 'played' or 'queue'.");
    }
    features::SimilarParams params = {.n = playing.n, .radius = false, .filter = read_filter(backend, call)};
    params.filter.except.insert(params.filter.except.end(), played.begin(), played.end());
    params.filter.except.insert(params.filter.except.end(), queue.begin(), queue.end());
    const auto found = find_similar(backend, *index, features::like_tracks(*index, seeds), params);
    std::map<TrackId, float> distances;
    std::vector<TrackId> ids;
    for (const features::SimilarTrack& track : found) {
        distances[track.id] = track.distance;
        ids.push_back(track.id);
    }
    const std::vector<store::TrackRow> rows = backend.context.store.tracks().get(ids);
    json::array cards = track_cards(backend, rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const float distance = distances[rows[i].id];
        json::object& card = cards[i].as_object();
        card["distance"] = shortest(distance);
        card["similarity"] = std::clamp(static_cast<int>(std::lround(100 * (1 - distance))), 0, 100);
    }
    return json_response(200, {{"seeds", track_cards(backend, backend.context.store.tracks().get(seeds))},
                               {"tracks", std::move(cards)}});
}

Response library_next(Backend& backend, const Call& call) {
    const auto ids = [&](std::string_view name) {
        const std::string text = call.text(name);
        return text.empty() ? std::vector<std::string>() : split(text, ',');
    };
    return next_of(backend, call,
                   {.played = ids("played"),
                    .queue = ids("queue"),
                    .n = static_cast<int>(call.integer("n")),
                    .last = static_cast<int>(call.integer("last"))});
}

Response library_next_body(Backend& backend, const Call& call) {
    const json::object body = call.body();
    const auto number = [&](std::string_view name, int fallback) {
        const json::value* given = body.if_contains(name);
        return given ? static_cast<int>(given->get_int64()) : fallback;
    };
    return next_of(backend, call,
                   {.played = ids_of(body, "played"),
                    .queue = ids_of(body, "queue"),
                    .n = number("n", 10),
                    .last = number("last", 5)});
}

Response library_requests(Backend& backend, const Call& call) {
    json::array requests;
    for (const RecentRequest& request : backend.requests.newest_first()) {
        if (!store::may_see(request.owner, listener_of(call))) continue;
        requests.push_back({{"at", request.at},
                            {"caller", request.caller},
                            {"route", request.route},
                            {"seed", request.seed},
                            {"wanted", request.wanted},
                            {"items", request.items},
                            {"status", request.status},
                            {"seconds", rounded(request.seconds, 4)}});
    }
    const Engine engine = engine_of(backend);
    return json_response(200,
                         {{"engine", engine.name}, {"index", engine.index_version}, {"requests", std::move(requests)}});
}

}  // namespace

std::vector<Route> player_routes() {
    using enum ParamType;
    const auto limited = [](std::string_view name, In in, std::string_view help, double fallback, double most) {
        return Param{
            .name = name, .in = in, .type = integer, .help = help, .fallback = fallback, .minimum = 1, .maximum = most};
    };
    constexpr std::string_view kPlayed = "Ids of what was played, the newest last.";
    constexpr std::string_view kQueue = "Ids of what will be played, the current track included.";
    constexpr std::string_view kNext = "Tracks wanted.";
    constexpr std::string_view kLast = "How many of those played last count.";
    return {
        {Method::get, "/api/library/next", "library_next", library_next, Right::read,
         with_filter({{.name = "played", .help = kPlayed},
                      {.name = "queue", .help = kQueue},
                      limited("n", In::query, kNext, 10, kMostNext),
                      limited("last", In::query, kLast, 5, kMostRecent)})},
        {Method::post, "/api/library/next", "library_next_body", library_next_body, Right::read,
         with_body_filter({{.name = "played", .in = In::body, .type = array, .help = kPlayed},
                           {.name = "queue", .in = In::body, .type = array, .help = kQueue},
                           limited("n", In::body, kNext, 10, kMostNext),
                           limited("last", In::body, kLast, 5, kMostRecent)})},
        {Method::get, "/api/library/requests", "library_requests", library_requests, Right::read, {}},
    };
}

}  // namespace audiomuse::api
