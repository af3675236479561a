// scan, cluster, playlists, similar, path: the library from the command line.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <limits>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/text.h"
#include "audiomuse/features/path/library_path.h"
#include "audiomuse/features/playlists/m3u8.h"
#include "audiomuse/features/similar/similar.h"
#include "commands.h"
#include "job_runner.h"
#include "progress_bar.h"
#include "runtime.h"

namespace audiomuse::app {

namespace json = boost::json;

namespace {

std::vector<store::FailureRow> all_failures(store::Store& store) {
    return store.analyses().failures(0, std::numeric_limits<std::int64_t>::max()).rows;
}

std::int64_t count_in(const json::object& details, const char* name) {
    const json::value* counts = details.if_contains("counts");
    return counts == nullptr ? 0 : counts->as_object().at(name).to_number<std::int64_t>();
}

std::string message_of(const store::Job& job) {
    const json::object details = json::parse(job.details).as_object();
    const json::value* message = details.if_contains("status_message");
    return message != nullptr ? std::string(message->as_string()) : std::string(store::state_name(job.state));
}

/// The row of a track given as an id, a path or "Artist - Title". Throws Error(not_found).
store::TrackRow resolve(store::Store& store, const std::string& text) {
    if (auto row = store.tracks().by_item_id(text)) return *row;
    if (auto row = store.tracks().by_path(std::filesystem::absolute(text).lexically_normal().string())) return *row;
    if (const std::size_t dash = text.find(" - "); dash != std::string::npos) {
        if (auto row = store.tracks().by_name(text.substr(dash + 3), text.substr(0, dash))) return *row;
    }
    throw Error(
        ErrorCode::not_found,
        fmt::format("No track '{}'. Give its id, its path, or 'Artist - Title' as the library has them.", text));
}

/// `text` cut and padded to `width` characters.
std::string column(const std::string& text, std::size_t width) {
    return fmt::format("{:<{}.{}}", text, width, width);
}

}  // namespace

int scan(const ScanOptions& options) {
    const double started = steady_now();
    Runtime runtime(options.settings, Needs::analysis);
    if (options.retry_failed) runtime.store().analyses().forget_failures(std::nullopt);
    const store::Job job = run_in_front(runtime, jobs::kMainAnalysis, "{}");
    if (job.state != store::JobState::success) throw Error(ErrorCode::internal, message_of(job));

    const json::object details = json::parse(job.details).as_object();
    const std::vector<store::FailureRow> failures = all_failures(runtime.store());
    if (options.json) {
        json::array failed;
        for (const store::FailureRow& row : failures) {
            failed.push_back({{"path", to_valid_utf8(row.path)},
                              {"error_code", code_name(row.failure.code)},
                              {"error", to_valid_utf8(row.failure.message)}});
        }
        const json::object out = {{"found", count_in(details, "found")},
                                  {"analysed", count_in(details, "analysed")},
                                  {"known", count_in(details, "known")},
                                  {"failed", std::move(failed)},
                                  {"elapsed_ms", 1000 * (steady_now() - started)}};
        fmt::print("{}\n", json::serialize(out));
        return 0;
    }
    fmt::print("{} tracks: {} analysed now, {} known before, {} failed ({}).\n", count_in(details, "found"),
               count_in(details, "analysed"), count_in(details, "known"), failures.size(),
               format_duration(steady_now() - started));
    for (const store::FailureRow& row : failures)
        fmt::print("  {}\n    {}\n", row.path, row.failure.message);
    return 0;
}

int cluster(const ClusterOptions& options) {
    Runtime runtime(options.settings, Needs::jobs);
    constexpr const char* kClusteredIndex = "clustered_index_version";
    const auto index = runtime.store().index_blobs().info(jobs::kTrackIndex);
    const std::string version = index ? std::to_string(index->version) : "0";
    if (options.if_changed && runtime.store().saved_setting(kClusteredIndex) == version) {
        if (!options.json) fmt::print("The library has not changed; the playlists stay.\n");
        return 0;
    }
    const store::Job job = run_in_front(runtime, jobs::kMainClustering, "{}");
    if (job.state != store::JobState::success) throw Error(ErrorCode::internal, message_of(job));
    runtime.store().save_setting(kClusteredIndex, version);
    if (!options.json) {
        fmt::print("{}\n", message_of(job));
        return 0;
    }
    const json::object details = json::parse(job.details).as_object();
    fmt::print("{}\n", json::serialize(details.at("result")));
    return 0;
}

int playlists(const PlaylistsOptions& options) {
    Runtime runtime(options.settings, Needs::reading);
    if (!options.export_folder.empty()) {
        const auto written = features::export_all(runtime.store(), options.export_folder);
        fmt::print("{} playlists written to {}\n", written.size(), options.export_folder.string());
        return 0;
    }
    const std::vector<store::Playlist> lists = runtime.store().playlists().list();
    if (options.json) {
        json::array out;
        for (const store::Playlist& list : lists) {
            json::array tracks;
            for (const TrackId id : runtime.store().playlists().tracks(list.id))
                tracks.emplace_back(std::to_string(id.value));
            out.push_back({{"id", list.id.value},
                           {"name", list.name},
                           {"kind", list.kind == store::PlaylistKind::automatic ? "automatic" : "own"},
                           {"track_count", list.track_count},
                           {"duration_s", list.duration_s},
                           {"tracks", std::move(tracks)}});
        }
        fmt::print("{}\n", json::serialize(out));
        return 0;
    }
    if (lists.empty()) {
        fmt::print(
            "There are no playlists yet. 'audiomuse scan' listens to the music, 'audiomuse cluster' makes "
            "playlists.\n");
        return 0;
    }
    fmt::print("{} {:>7}  {:>8}\n", column("Playlist", 56), "Tracks", "Length");
    for (const store::Playlist& list : lists) {
        fmt::print("{} {:>7}  {:>8}\n", column(list.name, 56), list.track_count, format_duration(list.duration_s));
    }
    return 0;
}

int similar(const SimilarOptions& options) {
    Runtime runtime(options.settings, Needs::reading);
    runtime.index().catch_up();
    const auto index = runtime.index().live().get();
    if (!index) throw Error(ErrorCode::unavailable, "Nothing was listened to yet. Run 'audiomuse scan' first.");
    const store::TrackRow seed = resolve(runtime.store(), options.track);
    const auto neighbours =
        features::find_similar(runtime.store(), *index, seed.id, {.n = options.n, .radius = options.radius});
    json::array out;
    for (const auto& neighbour : neighbours) {
        const auto row = runtime.store().tracks().get(neighbour.id);
        if (!row) continue;
        if (options.json) {
            out.push_back({{"item_id", row->item_id},
                           {"title", row->tags.title},
                           {"author", row->author},
                           {"album", row->tags.album},
                           {"distance", neighbour.distance}});
        } else {
            fmt::print("{:.4f}  {} - {}\n", neighbour.distance, row->author, row->tags.title);
        }
    }
    if (options.json) fmt::print("{}\n", json::serialize(out));
    return 0;
}

int path(const PathOptions& options) {
    Runtime runtime(options.settings, Needs::reading);
    runtime.index().catch_up();
    const auto index = runtime.index().live().get();
    if (!index) throw Error(ErrorCode::unavailable, "Nothing was listened to yet. Run 'audiomuse scan' first.");
    std::vector<TrackId> stops = {resolve(runtime.store(), options.from).id};
    for (const std::string& stop : options.via)
        stops.push_back(resolve(runtime.store(), stop).id);
    stops.push_back(resolve(runtime.store(), options.to).id);
    const auto snapshot = runtime.settings().get();
    const settings::Settings& settings = *snapshot;
    features::LibraryPathParams params{
        .length = options.n > 0 ? options.n : static_cast<int>(settings.path_default_length),
        .exact = options.exact || settings.path_fix_size};
    params.filter.max_songs_per_artist = static_cast<int>(settings.max_songs_per_artist);
    params.filter.duplicate_distance = settings.duplicate_distance;
    params.filter.duplicate_lookback = static_cast<int>(settings.duplicate_lookback);
    const features::SongPath found = features::find_library_path(runtime.store(), *index, stops, params);
    json::array songs;
    for (std::size_t i = 0; i < found.songs.size(); ++i) {
        const auto row = runtime.store().tracks().get(found.songs[i]);
        if (!row) continue;
        if (options.json) {
            songs.push_back({{"item_id", row->item_id},
                             {"title", row->tags.title},
                             {"author", row->author},
                             {"album", row->tags.album},
                             {"distance", found.distances[i]}});
        } else {
            fmt::print("{:.4f}  {} - {}\n", found.distances[i], row->author, row->tags.title);
        }
    }
    const double total = features::statistics_of(found.distances).total;
    if (options.json) {
        json::object out = {{"path", std::move(songs)}, {"total_distance", total}};
        if (!found.shortfall.empty()) out["shortfall"] = found.shortfall;
        fmt::print("{}\n", json::serialize(out));
        return 0;
    }
    fmt::print("{:.4f}  in all\n", total);
    if (!found.shortfall.empty()) fmt::print("{}\n", found.shortfall);
    return 0;
}

}  // namespace audiomuse::app
