// A cleaning: what no server and no folder has any more is removed, after its time.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/text.h"
#include "children.h"
#include "listings.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace json = boost::json;

namespace {

constexpr double kSecondsPerDay = 86400;
constexpr std::int64_t kForgottenAtOnce = 500;
// Of what was removed so much is told in the job's details; the page asks for the rest.
constexpr std::int64_t kToldAlbums = 100;
constexpr std::int64_t kToldTracks = 5;

/// The number of the run, that of no other: kept when another worker goes on, so that all it removes is one run.
std::int64_t number_of_run(store::Cleaning& cleaning, const store::Job& job) {
    if (const std::string noted = detail_of(job, "run"); !noted.empty())
        return json::parse(noted).to_number<std::int64_t>();
    const std::vector<store::CleaningRun> runs = cleaning.runs();
    return std::max(static_cast<std::int64_t>(unix_now()), runs.empty() ? 0 : runs.front().at + 1);
}

std::string tracks_in_words(std::int64_t count) {
    return fmt::format("{} track{}", count, count == 1 ? "" : "s");
}

/// "Navidrome 8, a removed server 4".
std::string by_server(const std::vector<store::ServerOrphans>& servers) {
    std::vector<std::string> parts;
    for (const store::ServerOrphans& server : servers)
        parts.push_back(fmt::format("{} {}", server.name.empty() ? "a removed server" : server.name, server.tracks));
    return join(parts, ", ");
}

/// Deletes what can't be restored any more. Returns the number of tracks. Counted from the begin of `run`, as its
/// listings may be no newer where it goes on after a stop.
std::int64_t forget_old(const JobContext& context, std::int64_t run, Progress& progress, const CancelToken& cancel) {
    store::Cleaning& cleaning = context.store.cleaning();
    const std::int64_t before = run - store::kUndoSeconds;
    if (std::ranges::none_of(cleaning.runs(), [&](const store::CleaningRun& run) { return run.at <= before; }))
        return 0;
    progress.say("Saving the index before old tracks are deleted");
    context.index.save_if_needed([](std::int64_t) {}, cancel, true);
    if (context.sounds != nullptr) context.sounds->save_if_needed([](std::int64_t) {}, cancel, true);
    std::int64_t forgotten = 0;
    for (;;) {
        cancel.check();
        const std::int64_t count = cleaning.forget(before, kForgottenAtOnce);
        forgotten += count;
        if (count < kForgottenAtOnce) return forgotten;
        progress.say(fmt::format("Deleted {} for good", tracks_in_words(forgotten)));
    }
}

/// What a run did.
struct Outcome {
    store::CleaningRun removed;
    std::vector<store::ServerOrphans> waiting;  ///< orphans whose time has not come
    std::int64_t waiting_tracks = 0;
    std::int64_t forgotten = 0;
    std::int64_t catalogue = 0;  ///< tracks before
};

std::string in_words(const Outcome& outcome, std::int64_t orphan_days) {
    std::string text = "Nothing was to be removed.";
    if (outcome.removed.tracks > 0) {
        text = fmt::format("Removed {} that nothing has any more ({}); for 7 days they can be put back.",
                           tracks_in_words(outcome.removed.tracks), by_server(outcome.removed.servers));
    }
    if (outcome.waiting_tracks > 0) {
        text += fmt::format(" Kept {} gone for less than {} days ({}).", tracks_in_words(outcome.waiting_tracks),
                            orphan_days, by_server(outcome.waiting));
    }
    if (outcome.forgotten > 0) {
        text += fmt::format(" Deleted for good {} removed more than 7 days ago.", tracks_in_words(outcome.forgotten));
    }
    return text;
}

/// Albums of a run, as AudioMuse-AI tells of them: up to kToldAlbums with kToldTracks tracks each.
json::array to_json(store::Store& store, const store::OrphanGroups& albums) {
    json::array all;
    for (const store::OrphanGroup& album : albums.groups) {
        json::array tracks;
        std::string artist;
        for (const store::TrackRow& track : store.tracks().get(album.sample)) {
            if (artist.empty()) artist = track.tags.album_artist.empty() ? track.author : track.tags.album_artist;
            tracks.push_back({{"item_id", track.item_id}, {"title", track.tags.title}, {"author", track.author}});
        }
        all.push_back({{"artist", artist}, {"track_count", album.tracks}, {"tracks", std::move(tracks)}});
    }
    return all;
}

json::object summary(const JobContext& context, const Outcome& outcome) {
    const store::Tracks::Counts present = context.store.tracks().counts();
    const store::OrphanGroups albums = context.store.cleaning().groups(outcome.removed.at, 0, kToldAlbums, kToldTracks);
    json::array servers;
    for (const store::ServerOrphans& server : outcome.removed.servers)
        servers.push_back(
            {{"server_id", std::to_string(server.server.value)}, {"server", server.name}, {"removed", server.tracks}});
    return {{"total_media_server_albums", present.albums},
            {"total_media_server_tracks", present.tracks},
            {"total_database_tracks", outcome.catalogue},
            {"orphaned_tracks_count", outcome.removed.tracks + outcome.waiting_tracks},
            {"orphaned_albums_count", albums.total},
            {"orphaned_albums", to_json(context.store, albums)},
            {"deleted_count", outcome.removed.tracks},
            {"failed_deletions", json::array()},
            {"deletion_result",
             {{"run", outcome.removed.at},
              {"removed", outcome.removed.tracks},
              {"servers", std::move(servers)},
              {"kept", outcome.waiting_tracks},
              {"deleted_for_good", outcome.forgotten},
              {"undo_until", outcome.removed.at + store::kUndoSeconds}}}};
}

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorCode::conflict, "Nothing was removed. " + why);
}

/// Lists everything; refuses unless all of it could be seen.
void list_completely(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    const Listings listings = list_everything(context, progress, {.to = 75, .leaves_news = true}, cancel);
    if (!listings.failed.empty()) refuse(listings.failed);
    if (!listings.cut.empty()) refuse(listings.cut);
}

}  // namespace

void clean_library(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    Outcome outcome{.removed = {.at = number_of_run(context.store.cleaning(), progress.job()), .servers = {}},
                    .waiting = {}};
    progress.set_detail("run", std::to_string(outcome.removed.at));
    list_completely(context, progress, cancel);

    progress.begin_step("clean", 75, 95, "Removing what is gone");  // writes the row, and so the number of the run
    const std::int64_t orphan_days = context.settings->orphan_days;
    const double gone_before = unix_now() - static_cast<double>(orphan_days) * kSecondsPerDay;
    store::Cleaning& cleaning = context.store.cleaning();
    const store::Cleaning::Removal removal = cleaning.remove(gone_before, outcome.removed.at);
    if (removal.refused()) {
        refuse(
            fmt::format("{} of {} tracks would go, which is more than half. Is a folder or a server missing that held "
                        "them? Tracks that are gone are hidden anyway.",
                        removal.due, removal.catalogue));
    }
    context.queue.publish({"playlists", "{}"});
    outcome.catalogue = removal.catalogue;
    for (store::CleaningRun& run : cleaning.runs()) {
        if (run.at == outcome.removed.at) outcome.removed = std::move(run);
    }
    outcome.waiting = cleaning.orphans(gone_before);
    for (const store::ServerOrphans& server : outcome.waiting)
        outcome.waiting_tracks += server.tracks;
    outcome.forgotten = forget_old(context, outcome.removed.at, progress, cancel);
    follow_library(context, progress, cancel);
    progress.set_detail("final_summary_details", json::serialize(summary(context, outcome)));
    progress.set_outcome(in_words(outcome, orphan_days));
}

}  // namespace audiomuse::jobs
