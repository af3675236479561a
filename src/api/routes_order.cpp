// Lists put into an order that is good to listen to.
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "audiomuse/features/common/list_rules.h"
#include "audiomuse/features/order/order.h"
#include "backend.h"
#include "cards.h"
#include "list_filter.h"
#include "who_asks.h"

namespace audiomuse::api {
namespace {

std::vector<TrackId> given_tracks(Backend& backend, const Call& call, const json::object& body) {
    if (const json::value* list = body.if_contains("list_id")) {
        const PlaylistId id{list->as_int64()};
        if (!visible_list(backend, call, id)) {
            throw Error(ErrorCode::not_found, fmt::format("There is no list {}.", id.value));
        }
        return backend.context.store.playlists().tracks(id);
    }
    const json::value* items = body.if_contains("tracks");
    if (items == nullptr) throw Error(ErrorCode::invalid_argument, "Missing 'tracks' or 'list_id'");
    if (items->get_array().size() > features::kMostOrdered) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("At most {} tracks can be put in order.", features::kMostOrdered));
    }
    std::vector<std::string> item_ids;
    for (const json::value& item : items->get_array()) {
        if (!item.is_string()) throw Error(ErrorCode::invalid_argument, "'tracks' must be a list of ids.");
        item_ids.emplace_back(item.get_string());
    }
    const auto found = backend.context.store.tracks().by_item_ids(item_ids);
    std::vector<TrackId> tracks;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (!found[i]) throw Error(ErrorCode::not_found, fmt::format("Track '{}' not found.", item_ids[i]));
        tracks.push_back(*found[i]);
    }
    return tracks;
}

/// Those of the tracks that a filter lets stand in one list, in their order.
std::vector<TrackId> filtered(Backend& backend, const index::VectorIndex& index, const features::ListFilter& filter,
                              const std::vector<TrackId>& tracks) {
    const features::AllowedTracks allowed = backend.filters.allowed_tracks(backend.context.store, filter);
    features::Songs songs;
    backend.songs.read(backend.context.store, tracks, songs);
    features::ListRules rules(filter);
    std::vector<std::vector<float>> vectors;
    vectors.reserve(tracks.size());  // the rules keep views of what is inside
    std::vector<TrackId> kept;
    for (const TrackId id : tracks) {
        if (!allowed(id)) continue;
        vectors.push_back(index.vector(id.value));
        if (rules.offer({songs.at(id), vectors.back()})) kept.push_back(id);
    }
    return kept;
}

Response order(Backend& backend, const Call& call) {
    const json::object body = call.body();
    features::OrderParams params;
    if (const json::value* name = body.if_contains("arc")) params.arc = *features::parse_arc(name->get_string());
    std::vector<TrackId> tracks = given_tracks(backend, call, body);
    const auto index = require_index(backend);
    // A list is kept as it is but for its order, unless the request says what may be in it.
    if (body.contains("filter")) tracks = filtered(backend, *index, read_filter(backend, call), tracks);
    const features::OrderedList list = features::order_list(backend.context.store, *index, tracks, params);
    const std::vector<store::TrackRow> rows = backend.context.store.tracks().get(list.tracks);
    return json_response(200, {{"tracks", track_cards(backend, rows)},
                               {"arc", features::arc_name(params.arc)},
                               {"cost_before", list.cost_before},
                               {"cost_after", list.cost_after},
                               {"unheard", list.unheard}});
}

}  // namespace

std::vector<Route> order_routes() {
    using enum ParamType;
    return {{Method::post, "/api/library/order", "library_order", order, Right::read,
             with_body_filter({{.name = "tracks", .in = In::body, .type = array, .help = "Ids of tracks."},
                               {.name = "list_id",
                                .in = In::body,
                                .type = integer,
                                .help = "A list whose tracks are meant, instead of tracks."},
                               {.name = "arc",
                                .in = In::body,
                                .help = "smooth: each track leads over to the next; rise, fall, arch, wave: along "
                                        "that line from calm to wild.",
                                .choices = {"smooth", "rise", "fall", "arch", "wave"}}})}};
}

}  // namespace audiomuse::api
