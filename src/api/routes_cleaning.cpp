// What no server has any more: shown, removed, put back.
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "audiomuse/base/clock.h"
#include "backend.h"
#include "errors.h"
#include "job_json.h"
#include "route.h"

namespace audiomuse::api {
namespace {

constexpr std::int64_t kSampleTracks = 5;
constexpr double kSecondsPerDay = 86400;

json::array servers_json(const std::vector<store::ServerOrphans>& servers) {
    json::array rows;
    for (const store::ServerOrphans& server : servers) {
        rows.push_back({{"server_id", std::to_string(server.server.value)},
                        {"server", server.name},
                        {"tracks", server.tracks},
                        {"due", server.due}});
    }
    return rows;
}

/// `keep_s`: for how long a track is kept after it is gone.
json::object group_json(store::Store& store, const store::OrphanGroup& group, double keep_s) {
    json::array sample;
    std::string artist;
    std::string album;
    for (const store::TrackRow& track : store.tracks().get(group.sample)) {
        if (artist.empty()) artist = track.tags.album_artist.empty() ? track.author : track.tags.album_artist;
        album = track.tags.album;
        sample.push_back({{"item_id", track.item_id}, {"title", track.tags.title}, {"author", track.author}});
    }
    return {{"server_id", std::to_string(group.server.value)},
            {"server", group.server_name},
            {"artist", artist},
            {"album", album},
            {"tracks", group.tracks},
            {"gone_since", group.first_gone},
            {"last_gone", group.last_gone},
            {"removed_from", group.first_gone + keep_s},
            {"last_removed_from", group.last_gone + keep_s},
            {"sample", std::move(sample)}};
}

Response start_cleaning(Backend& backend, const Call&) {
    return start_main_job(backend, "cleaning", {});
}

Response preview_cleaning(Backend& backend, const Call& call) {
    store::Store& store = backend.context.store;
    const double keep_s = static_cast<double>(backend.context.settings->orphan_days) * kSecondsPerDay;
    const std::vector<store::ServerOrphans> servers = store.cleaning().orphans(unix_now() - keep_s);
    std::int64_t orphans = 0;
    std::int64_t due = 0;
    for (const store::ServerOrphans& server : servers) {
        orphans += server.tracks;
        due += server.due;
    }
    const std::int64_t run = call.integer("run");
    const store::OrphanGroups groups = store.cleaning().groups(
        run > 0 ? std::optional(run) : std::nullopt, call.integer("offset"), call.integer("limit"), kSampleTracks);
    json::array albums;
    for (const store::OrphanGroup& group : groups.groups)
        albums.push_back(group_json(store, group, keep_s));
    json::array runs;
    for (const store::CleaningRun& each : store.cleaning().runs()) {
        runs.push_back({{"run", each.at},
                        {"removed_at", each.at},
                        {"undo_until", each.at + store::kUndoSeconds},
                        {"tracks", each.tracks},
                        {"servers", servers_json(each.servers)}});
    }
    return json_response(200, {{"orphan_days", backend.context.settings->orphan_days},
                               {"catalogue", store.cleaning().catalogue()},
                               {"tracks", orphans},
                               {"due", due},
                               {"servers", servers_json(servers)},
                               {"groups", std::move(albums)},
                               {"total_groups", groups.total},
                               {"runs", std::move(runs)}});
}

Response undo_cleaning(Backend& backend, const Call& call) {
    const json::object body = call.body();
    const json::value* run = body.if_contains("run");
    const std::int64_t restored = backend.context.store.cleaning().restore(
        run ? std::optional(run->to_number<std::int64_t>()) : std::nullopt, unix_now());
    if (run && restored == 0) {
        throw Error(ErrorCode::not_found,
                    fmt::format("Nothing of the cleaning {} can be put back. What it removed is back already, or was "
                                "deleted for good after a week.",
                                run->to_number<std::int64_t>()));
    }
    if (restored > 0) backend.context.queue.publish({"playlists", "{}"});
    return json_response(200, {{"restored", restored}});
}

}  // namespace

std::vector<Route> cleaning_routes() {
    using enum ParamType;
    return {
        {Method::post, "/api/cleaning/start", "start_cleaning", start_cleaning, Right::admin, {}},
        {Method::get,
         "/api/cleaning/preview",
         "preview_cleaning",
         preview_cleaning,
         Right::admin,
         {{.name = "run",
           .type = integer,
           .help = "Show what this cleaning removed; 0: what is not removed yet.",
           .fallback = 0,
           .minimum = 0},
          {.name = "offset", .type = integer, .help = "Groups to leave out.", .fallback = 0, .minimum = 0},
          {.name = "limit", .type = integer, .help = "Most groups.", .fallback = 50, .minimum = 1, .maximum = 500}}},
        {Method::post,
         "/api/cleaning/undo",
         "undo_cleaning",
         undo_cleaning,
         Right::admin,
         {{.name = "run",
           .in = In::body,
           .type = integer,
           .help = "The cleaning whose tracks come back, as preview lists it; none: all."}}},
    };
}

}  // namespace audiomuse::api
