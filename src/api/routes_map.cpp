// The music map: AudioMuse-AI's endpoints, and what the page draws it from.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <charconv>

#include "audiomuse/base/log.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/text.h"
#include "audiomuse/features/map/update.h"
#include "backend.h"
#include "cards.h"
#include "errors.h"
#include "http_range.h"
#include "list_filter.h"
#include "who_asks.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kMostAtOnce = 200;

Response encoded(const Request& request, const MapAnswer& answer, std::string_view type) {
    Response response;
    response.headers = {{"Content-Type", std::string(type)}, {"Vary", "Accept-Encoding"}};
    if (accepts_token(request.header("accept-encoding"), "gzip")) {
        response.set_header("Content-Encoding", "gzip");
        response.body = answer.gzip;
    } else {
        response.body = answer.plain;
    }
    return response;
}

/// 25, 50, 75 or 100, by the rules of AudioMuse-AI: `n` is a number of tracks, moved up to the next share.
int wanted_percent(Backend& backend, const Call& call, std::optional<ServerId> server) {
    std::string text = call.text("percent");
    if (text.empty()) text = call.text("p");
    if (text.empty() && !call.text("n").empty()) {
        const std::int64_t wanted = call.integer("n");
        const auto all = static_cast<std::int64_t>(backend.map.size(backend.context.store, server));
        for (const int percent : kMapPercents) {
            if (wanted * 100 <= all * percent) return percent;
        }
        return all == 0 ? kMapPercents.front() : kMapPercents.back();
    }
    for (const int percent : kMapPercents) {
        if (text == std::to_string(percent)) return percent;
    }
    return kMapPercents.front();
}

Response map(Backend& backend, const Call& call) {
    const auto server = selected_server(backend, call);
    const auto answer = backend.map.share(backend.context.store, wanted_percent(backend, call, server), server);
    Response response = encoded(call.request(), *answer, "application/json; charset=utf-8");
    response.set_header("Cache-Control", "no-store, no-cache, must-revalidate, max-age=0");
    response.set_header("Pragma", "no-cache");
    response.set_header("Expires", "0");
    return response;
}

Response map_cache_status(Backend& backend, const Call&) {
    store::Store& store = backend.context.store;
    if (backend.map.map(store)->size() == 0) {
        return json_response(200, {{"ok", false}, {"reason", "empty_cache"}, {"buckets", json::object()}});
    }
    json::object buckets;
    for (const int percent : kMapPercents) {
        const auto answer = backend.map.share(store, percent, std::nullopt);
        buckets[std::to_string(percent)] = {
            {"count", answer->count}, {"json_bytes", answer->plain.size()}, {"projection", "precomputed"}};
    }
    return json_response(200, {{"ok", true}, {"buckets", std::move(buckets)}});
}

Response rebuild_map_cache(Backend& backend, const Call&) {
    store::Store& store = backend.context.store;
    if (const auto index = backend.context.index.get()) {
        std::lock_guard lock(backend.map.drawing);
        const auto vectors = store.index_blobs().info(store::kTrackIndex);
        const ModelTag model = vectors ? vectors->model : store.analyses().dominant_model();
        // Revision 0: the next analysis looks for itself whether this process was behind.
        const CancelToken stopping = backend.stopping.token();
        const features::MapUpdate done =
            features::update_map(store, *index, {.model = model, .revision = 0}, {.threads = allowed_cores()},
                                 [&](double) { stopping.check(); });
        if (done.change != features::MapChange::kept) backend.context.queue.publish({"map", "{}"});
    }
    return json_response(200, {{"ok", true}, {"message", "map cache rebuilt"}});
}

Response library_map(Backend& backend, const Call& call) {
    const auto answer = backend.map.picture(backend.context.store, selected_server(backend, call));
    // Asked for at each visit, and sent only when it has changed.
    Response response = encoded(call.request(), *answer, "application/octet-stream");
    response.set_header("Cache-Control", "private, no-cache");
    response.set_header("ETag", answer->etag);
    if (etag_matches(call.request().header("if-none-match"), answer->etag)) response.status = 304;
    return response;
}

std::vector<std::string> listed(const Call& call, std::string_view name) {
    std::vector<std::string> parts;
    const std::string text = call.text(name);
    for (std::size_t begin = 0; begin <= text.size() && !text.empty();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        if (end > begin) parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    if (parts.size() > kMostAtOnce) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("'{}' takes at most {} values; ask again for the rest.", name, kMostAtOnce));
    }
    return parts;
}

std::int64_t number_of(const std::string& text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        throw Error(ErrorCode::invalid_argument, fmt::format("'{}' is not a number of a point.", to_valid_utf8(text)));
    return number;
}

Response map_tracks(Backend& backend, const Call& call) {
    std::vector<TrackId> ids;
    for (const std::string& text : listed(call, "points"))
        ids.push_back(TrackId{number_of(text)});
    std::vector<store::TrackRow> rows = backend.context.store.tracks().get(ids);
    std::erase_if(rows, [](const store::TrackRow& row) { return !row.present; });
    const features::AllowedTracks allowed =
        backend.filters.allowed_tracks(backend.context.store, read_filter(backend, call));
    json::array cards = track_cards(backend, rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        cards[i].as_object()["point"] = rows[i].id.value;
        cards[i].as_object()["hidden"] = !allowed(rows[i].id);
    }
    return json_response(200, {{"tracks", std::move(cards)}});
}

Response map_points(Backend& backend, const Call& call) {
    store::Store& store = backend.context.store;
    std::vector<std::optional<TrackId>> ids;
    if (const std::string list = call.text("list_id"); !list.empty()) {
        const PlaylistId id{number_of(list)};
        if (!visible_list(backend, call, id))
            throw Error(ErrorCode::not_found, fmt::format("There is no playlist {}.", list));
        for (const TrackId track : store.playlists().tracks(id))
            ids.emplace_back(track);
    }
    const auto items = store.tracks().by_item_ids(listed(call, "items"));
    ids.insert(ids.end(), items.begin(), items.end());
    const auto map = backend.map.map(store);
    json::array points;
    for (const auto& id : ids)
        points.push_back(id && map->row_of(*id) ? json::value(id->value) : json::value(nullptr));
    return json_response(200, {{"points", std::move(points)}});
}

}  // namespace

std::vector<Route> map_routes() {
    using enum ParamType;
    return {
        {Method::get, "/api/map", "map", map, Right::read,
         with_server({{.name = "percent", .help = "Share of the library: 25, 50, 75 or 100; anything else is 25."},
                      {.name = "p", .help = "Another name of percent."},
                      {.name = "n",
                       .type = integer,
                       .help = "Wanted number of tracks, moved up to the next share.",
                       .fallback = 0,
                       .minimum = 0,
                       .maximum = 1e9}})},
        {Method::get, "/api/map_cache_status", "map_cache_status", map_cache_status, Right::read, {}},
        {Method::post, "/api/rebuild_map_cache", "rebuild_map_cache", rebuild_map_cache, Right::jobs, {}},
        {Method::get, "/api/library/map", "library_map", library_map, Right::read, with_server({})},
        {Method::get,
         "/api/library/map/tracks",
         "library_map_tracks",
         map_tracks,
         Right::read,
         {{.name = "points", .help = "Numbers of up to 200 points, with commas.", .required = true}}},
        {Method::get,
         "/api/library/map/points",
         "library_map_points",
         map_points,
         Right::read,
         {{.name = "items", .help = "Ids of up to 200 tracks, with commas."},
          {.name = "list_id", .help = "Instead: all tracks of a playlist."}}},
    };
}

}  // namespace audiomuse::api
