// Song paths: AudioMuse-AI's, and the page's with what its chart shows.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>

#include "audiomuse/base/text.h"
#include "audiomuse/features/path/library_path.h"
#include "backend.h"
#include "cards.h"
#include "errors.h"
#include "list_filter.h"
#include "route.h"

namespace audiomuse::api {
namespace {

constexpr int kMostSongs = 500;
constexpr std::size_t kMostStops = 20;

/// Rows of a path's songs and how far each is from the song before; a song that has vanished since is left out of both.
struct Found {
    std::vector<store::TrackRow> rows;
    std::vector<float> distances;
    std::vector<float> positions;
    std::string shortfall;
};

Found find_rows(Backend& backend, const index::VectorIndex& index, std::span<const TrackId> stops,
                const features::LibraryPathParams& params, std::optional<ServerId> server) {
    const features::SongPath path =
        features::find_library_path(backend.context.store, index, stops, params, {&backend.songs, &backend.filters});
    Found found{.rows = backend.context.store.tracks().get(path.songs), .shortfall = path.shortfall};
    speak_ids_of(backend, server, found.rows);
    std::size_t next = 0;
    for (const store::TrackRow& row : found.rows) {
        while (path.songs[next] != row.id)
            ++next;
        found.distances.push_back(path.distances[next]);
        found.positions.push_back(path.positions[next]);
        ++next;
    }
    return found;
}

/// AudioMuse-AI's way to say yes here.
bool says_yes(const std::string& text) {
    const std::string folded = fold(text);
    constexpr std::array<std::string_view, 4> kYes = {"1", "true", "yes", "y"};
    return std::find(kYes.begin(), kYes.end(), folded) != kYes.end();
}

json::object score_of(const store::TrackRow& row, const store::AnalysisSummary* summary, int moods) {
    json::object line = track_line(row);
    line["album"] = row.tags.album;
    for (const std::string_view name : {"tempo", "key", "scale", "mood_vector", "energy", "other_features"})
        line[name] = nullptr;
    if (summary == nullptr) return line;
    line["tempo"] = summary->tempo_bpm;
    line["key"] = kPitchClassNames.at(static_cast<std::size_t>(summary->key));
    line["scale"] = scale_name(summary->scale);
    line["mood_vector"] = store::mood_vector_text(summary->moods, moods);
    line["energy"] = summary->energy;
    line["other_features"] = store::other_features_text(summary->other_features);
    return line;
}

json::array embedding_of(Backend& backend, TrackId id) {
    json::array numbers;
    if (const auto embedding = backend.context.store.analyses().embedding(id, backend.context.model)) {
        numbers.reserve(embedding->size());
        for (const float value : *embedding)
            numbers.emplace_back(shortest(value));
    }
    return numbers;
}

Response find_path(Backend& backend, const Call& call) {
    const std::string from = call.text("start_song_id");
    const std::string to = call.text("end_song_id");
    if (from.empty() || to.empty()) {
        throw Error(ErrorCode::invalid_argument, "Both a start and end song must be provided.");
    }
    if (from == to) throw Error(ErrorCode::invalid_argument, "Start and end songs cannot be the same.");
    const auto snapshot = backend.context.settings.get();
    const settings::Settings& settings = *snapshot;
    const std::int64_t steps =
        call.text("max_steps").empty() ? settings.path_default_length : call.integer("max_steps");
    const std::string exact = call.text("path_fix_size");
    const auto server = selected_server(backend, call);
    const auto index = backend.context.index.get();
    std::vector<TrackId> stops;
    for (const std::string& id : {from, to}) {
        const auto row = backend.context.store.tracks().by_item_id(id, server);
        if (!row || !row->present || !index || !index->contains(row->id.value)) {
            throw Error(ErrorCode::not_found,
                        fmt::format("No path found between the selected songs within {} steps.", steps));
        }
        stops.push_back(row->id);
    }
    features::LibraryPathParams params{.length = static_cast<int>(steps),
                                       .exact = exact.empty() ? settings.path_fix_size : says_yes(exact),
                                       .filter = read_filter(backend, call)};
    params.filter.criteria.server = server;
    const Found found = find_rows(backend, *index, stops, params, server);
    const Summaries summaries = summaries_of(backend, found.rows);
    json::array path;
    for (std::size_t i = 0; i < found.rows.size(); ++i) {
        const auto summary = summaries.find(found.rows[i].id);
        json::object line = score_of(found.rows[i], summary == summaries.end() ? nullptr : &summary->second,
                                     static_cast<int>(settings.top_n_moods));
        line["distance"] = features::angular_length(std::span(found.distances).subspan(i, 1));
        line["embedding_vector"] = embedding_of(backend, found.rows[i].id);
        path.push_back(std::move(line));
    }
    return json_response(200,
                         {{"path", std::move(path)}, {"total_distance", features::angular_length(found.distances)}});
}

std::vector<TrackId> stops_of(Backend& backend, const Call& call) {
    std::vector<std::string> names = {call.text("from")};
    if (const std::string via = call.text("via"); !via.empty()) {
        for (std::string& name : split(via, ',')) {
            if (!name.empty()) names.push_back(std::move(name));
        }
    }
    names.push_back(call.text("to"));
    if (names.size() > kMostStops) {
        throw Error(ErrorCode::invalid_argument, fmt::format("A path leads through at most {} songs that are named; "
                                                             "leave some out of 'via'.",
                                                             kMostStops));
    }
    std::vector<TrackId> stops;
    for (const std::string& name : names)
        stops.push_back(require_track(backend, name).id);
    return stops;
}

Response library_path(Backend& backend, const Call& call) {
    const std::vector<TrackId> stops = stops_of(backend, call);
    const auto index = backend.context.index.get();
    if (!index) throw Error(ErrorCode::unavailable, "The similarity search service is currently unavailable.");
    const features::LibraryPathParams params{
        .length = static_cast<int>(call.text("n").empty() ? backend.context.settings->path_default_length
                                                          : call.integer("n")),
        .exact = call.boolean("exact").value_or(backend.context.settings->path_fix_size),
        .filter = read_filter(backend, call)};
    const Found found = find_rows(backend, *index, stops, params, std::nullopt);
    const Summaries summaries = summaries_of(backend, found.rows);
    json::array cards = track_cards(backend, found.rows);
    json::array steps;
    json::array positions;
    json::array tempos;
    json::array energies;
    for (std::size_t i = 0; i < found.rows.size(); ++i) {
        const auto summary = summaries.find(found.rows[i].id);
        const bool known = summary != summaries.end();
        steps.emplace_back(shortest(found.distances[i]));
        positions.emplace_back(rounded(static_cast<double>(found.positions[i]), 5));
        tempos.push_back(known ? json::value(rounded(summary->second.tempo_bpm, 2)) : json::value(nullptr));
        energies.push_back(known ? json::value(rounded(display_energy(summary->second.energy), 4))
                                 : json::value(nullptr));
        json::object& card = cards[i].as_object();
        card["step"] = i;
        card["distance"] = shortest(found.distances[i]);
    }
    const features::PathStatistics statistics = features::statistics_of(found.distances);
    json::object stats = {{"total", rounded(statistics.total, 6)},
                          {"mean", rounded(statistics.mean, 6)},
                          {"longest", rounded(statistics.longest, 6)},
                          {"longest_at", statistics.longest_at},
                          {"steps", std::move(steps)},
                          {"positions", std::move(positions)},
                          {"tempo", std::move(tempos)},
                          {"energy", std::move(energies)}};
    return json_response(
        200, {{"tracks", std::move(cards)},
              {"total_distance", rounded(statistics.total, 6)},
              {"stats", std::move(stats)},
              {"shortfall", found.shortfall.empty() ? json::value(nullptr) : json::value(found.shortfall)}});
}

}  // namespace

std::vector<Route> path_routes() {
    using enum ParamType;
    const auto length = [](std::string_view name) {
        return Param{.name = name,
                     .type = integer,
                     .help = "Songs wanted, the ends included; below 2 the ends alone; default from the settings.",
                     .fallback = 25,
                     .minimum = 0,
                     .maximum = kMostSongs};
    };
    return {
        {Method::get, "/api/find_path", "find_path", find_path, Right::read,
         with_filter(with_server(
             {{.name = "start_song_id", .help = "Id of the first song."},
              {.name = "end_song_id", .help = "Id of the last song; another one."},
              length("max_steps"),
              {.name = "path_fix_size",
               .help = "1, true, yes or y: exactly that many, when there are; default from the settings."}}))},
        {Method::get, "/api/library/path", "library_path", library_path, Right::read,
         with_filter({{.name = "from", .help = "Id of the first song.", .required = true},
                      {.name = "to", .help = "Id of the last song.", .required = true},
                      {.name = "via", .help = "Ids of songs to lead through, in this order, with commas between."},
                      length("n"),
                      {.name = "exact",
                       .type = boolean,
                       .help = "Exactly that many, when there are; default from the settings."}})},
    };
}

}  // namespace audiomuse::api
