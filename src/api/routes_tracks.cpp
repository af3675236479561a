// Tracks, in the shapes of AudioMuse-AI's API, and similar tracks for the page.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <limits>
#include <set>

#include "audiomuse/base/text.h"
#include "audiomuse/features/alchemy/recipe.h"
#include "audiomuse/features/similar/similar.h"
#include "backend.h"
#include "blends.h"
#include "cards.h"
#include "errors.h"
#include "list_filter.h"
#include "who_asks.h"

namespace audiomuse::api {
namespace {

constexpr std::int64_t kSearchRows = 15;
constexpr std::size_t kShortestSearch = 3;  // characters
constexpr int kMostSimilar = 10'000;
constexpr std::size_t kMostSeeds = 1000;
/// Tracks found by name for one that is shown, when only those of one server are.
constexpr int kLookedAt = 10;

json::array search_lines(const std::vector<store::TrackRow>& rows) {
    json::array lines;
    for (const store::TrackRow& row : rows) {
        json::object line = track_line(row);
        line["album"] = row.tags.album;
        line["album_artist"] = row.tags.album_artist.empty() ? "unknown" : row.tags.album_artist;
        lines.push_back(std::move(line));
    }
    return lines;
}

/// Nothing when both texts are too short to search for.
std::optional<json::array> search_by_title_artist(Backend& backend, const Call& call) {
    const std::string title = call.text("title");
    const std::string artist = call.text("artist");
    if (count_characters(title) < kShortestSearch && count_characters(artist) < kShortestSearch) return std::nullopt;
    const auto server = selected_server(backend, call);
    std::vector<store::TrackRow> rows =
        backend.context.store.tracks().search_title_artist(title, artist, kSearchRows * (server ? kLookedAt : 1));
    speak_ids_of(backend, server, rows);
    if (std::ssize(rows) > kSearchRows) rows.resize(kSearchRows);
    return search_lines(rows);
}

Response search_tracks(Backend& backend, const Call& call) {
    const auto server = selected_server(backend, call);
    const std::string words = call.text("search_query");
    if (!trim(words).empty()) {
        const std::int64_t start = call.integer("start");
        const std::int64_t end = call.text("end").empty() ? start + 20 : call.integer("end");
        store::TrackPage page = backend.context.store.tracks().search(
            {.text = words, .offset = start, .limit = std::clamp<std::int64_t>(end - start, 0, 500)});
        speak_ids_of(backend, server, page.rows);
        return json_response(200, search_lines(page.rows));
    }
    return json_response(200, search_by_title_artist(backend, call).value_or(json::array()));
}

Response external_search(Backend& backend, const Call& call) {
    if (call.text("title").empty() && call.text("artist").empty()) return json_response(200, json::array());
    auto lines = search_by_title_artist(backend, call);
    if (!lines) {
        throw Error(ErrorCode::invalid_argument, "Query for title or artist must be at least 3 characters long");
    }
    return json_response(200, std::move(*lines));
}

features::SimilarParams similar_params(Backend& backend, const Call& call) {
    const auto snapshot = backend.context.settings.get();
    const settings::Settings& settings = *snapshot;
    return {.n = static_cast<int>(call.integer("n")),
            .radius = settings.radius,
            .mood_similarity = settings.mood_similarity,
            .mood_threshold = settings.mood_threshold,
            .filter = read_filter(backend, call)};
}

/// AudioMuse-AI's switch of the limit per artist; a limit that the request gives counts either way.
void eliminate_duplicates(const Backend& backend, const Call& call, features::SimilarParams& params) {
    bool eliminate = backend.context.settings->eliminate_duplicates;
    if (call.declares("eliminate_duplicates")) eliminate = call.boolean("eliminate_duplicates").value_or(eliminate);
    if (!eliminate && call.text("max_per_artist").empty()) params.filter.max_songs_per_artist = 0;
}

/// Rows of `found`, in its order; a track that has vanished meanwhile, or that `server` does not have, is left out of
/// both.
std::vector<store::TrackRow> rows_of(Backend& backend, std::vector<features::SimilarTrack>& found,
                                     std::optional<ServerId> server = std::nullopt) {
    std::vector<TrackId> ids;
    for (const auto& track : found)
        ids.push_back(track.id);
    std::vector<store::TrackRow> rows = backend.context.store.tracks().get(ids);
    speak_ids_of(backend, server, rows);
    if (rows.size() != found.size()) {
        std::set<TrackId> kept;
        for (const store::TrackRow& row : rows)
            kept.insert(row.id);
        std::erase_if(found, [&](const auto& track) { return !kept.contains(track.id); });
    }
    return rows;
}

store::TrackRow seed_of(Backend& backend, const Call& call, std::optional<ServerId> server) {
    store::Tracks& tracks = backend.context.store.tracks();
    const std::string item_id = call.text("item_id");
    const std::string title = call.text("title");
    const std::string artist = call.text("artist");
    if (item_id.empty() && (title.empty() || artist.empty())) {
        throw Error(ErrorCode::invalid_argument, "Request must include either 'item_id' or both 'title' and 'artist'.");
    }
    auto row = item_id.empty() ? tracks.by_name(title, artist) : tracks.by_item_id(item_id, server);
    if (!row && item_id.empty()) {
        throw Error(ErrorCode::not_found, fmt::format("Track '{}' by '{}' not found in the database.", title, artist));
    }
    if (!row) {
        throw Error(ErrorCode::not_found, "Target track not found in index or no similar tracks found.");
    }
    return std::move(*row);
}

/// features::like_tracks, with AudioMuse-AI's sentence for a track that has no vector yet.
features::Likeness like_tracks(const index::VectorIndex& index, std::span<const TrackId> seeds) {
    if (!std::ranges::all_of(seeds, [&](TrackId seed) { return index.contains(seed.value); })) {
        throw Error(ErrorCode::not_found, "Target track not found in index or no similar tracks found.");
    }
    return features::like_tracks(index, seeds);
}

Response similar_tracks(Backend& backend, const Call& call) {
    const auto server = selected_server(backend, call);
    const store::TrackRow seed = seed_of(backend, call, server);
    features::SimilarParams params = similar_params(backend, call);
    params.filter.criteria.server = server;
    eliminate_duplicates(backend, call, params);
    params.radius = call.boolean("radius_similarity").value_or(params.radius);
    params.mood_similarity = call.boolean("mood_similarity").value_or(params.mood_similarity);
    const auto index = require_index(backend);
    auto found = find_similar(backend, *index, like_tracks(*index, std::span(&seed.id, 1)), params);
    const std::vector<store::TrackRow> rows = rows_of(backend, found, server);
    if (rows.empty()) {
        throw Error(ErrorCode::not_found, "Target track not found in index or no similar tracks found.");
    }
    json::array lines;
    lines.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        json::object line = track_line(rows[i]);
        line["album"] = rows[i].tags.album;
        line["distance"] = told_distance(*backend.context.settings.get(), found[i].distance);
        lines.push_back(std::move(line));
    }
    return json_response(200, std::move(lines));
}

/// What GET /api/library/similar is asked about: one track, several, an anchor or a mood.
struct Wanted {
    features::Likeness place;
    std::vector<store::TrackRow> seeds;
    std::string mood;
    json::object anchor;               // empty: none
    std::vector<TrackId> except = {};  // what the anchor keeps away from
};

/// The middle of an anchor's points. Throws Error(not_found), and Error(conflict) for one among other embeddings.
Wanted like_anchor(Backend& backend, const Call& call, const index::VectorIndex& index, const std::string& id) {
    const features::ItemPoints found =
        features::points_of(radios::recipe_sources(ingredients(backend, index, listener_of(call))),
                            {.type = features::ItemType::anchor, .id = id});
    Wanted wanted;
    wanted.place.vector = features::middle_of(found.points);
    if (wanted.place.vector.empty()) throw Error(ErrorCode::not_found, fmt::format("There is no anchor '{}'.", id));
    for (const features::BlendPoint& point : found.exclusions) {
        const auto near = features::tracks_within(index, point, backend.context.settings->subtract_distance);
        wanted.except.insert(wanted.except.end(), near.begin(), near.end());
    }
    wanted.anchor = {{"id", std::stoll(id)}, {"name", found.name}};
    return wanted;
}

Wanted read_wanted(Backend& backend, const Call& call, const index::VectorIndex& index) {
    store::Store& store = backend.context.store;
    const std::string item_id = call.text("item_id");
    const std::string seeds = call.text("seeds");
    Wanted wanted{.place = {}, .seeds = {}, .mood = call.text("mood"), .anchor = {}};
    if (!wanted.mood.empty()) {
        const auto moods =
            backend.moods.get(store.change_counter(), steady_now(), [&] { return features::read_moods(store); });
        wanted.place = features::like_mood(index, *moods, wanted.mood);
        return wanted;
    }
    if (const std::string anchor = call.text("anchor"); !anchor.empty())
        return like_anchor(backend, call, index, anchor);
    if (item_id.empty() && seeds.empty()) {
        throw Error(ErrorCode::invalid_argument, "Name 'item_id', 'seeds', 'anchor' or 'mood'.");
    }
    std::vector<std::string> items = item_id.empty() ? split(seeds, ',') : std::vector{item_id};
    if (items.size() > kMostSeeds) {
        throw Error(ErrorCode::invalid_argument, fmt::format("At most {} seeds are taken.", kMostSeeds));
    }
    std::vector<TrackId> ids;
    for (const std::string& item : items) {
        wanted.seeds.push_back(require_track(backend, std::string(trim(item))));
        ids.push_back(wanted.seeds.back().id);
    }
    wanted.place = like_tracks(index, ids);
    return wanted;
}

Response library_similar(Backend& backend, const Call& call) {
    const auto index = require_index(backend);
    const Wanted wanted = read_wanted(backend, call, *index);
    features::SimilarParams params = similar_params(backend, call);
    params.radius = call.boolean("radius").value_or(params.radius);
    eliminate_duplicates(backend, call, params);
    params.filter.except.insert(params.filter.except.end(), wanted.except.begin(), wanted.except.end());
    auto found = find_similar(backend, *index, wanted.place, params);
    const std::vector<store::TrackRow> rows = rows_of(backend, found);
    const Summaries summaries = summaries_of(backend, rows);
    std::vector<store::AnalysisSummary> seeds;
    for (const auto& [id, summary] : summaries_of(backend, wanted.seeds))
        seeds.push_back(summary);
    const store::AnalysisSummary seed =
        wanted.mood.empty() ? features::common_summary(seeds) : features::summary_of_mood(wanted.mood);
    json::array cards = track_cards(backend, rows);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto summary = summaries.find(rows[i].id);
        const auto explanation = features::explain(
            seed,
            summary == summaries.end() ? store::AnalysisSummary{.id = {}, .key = features::kNoKey, .moods = {}}
                                       : summary->second,
            found[i].distance);
        add_likeness(cards[i].as_object(), found[i].distance, explanation);
    }
    json::object answer;
    if (!wanted.mood.empty()) {
        answer["mood"] = wanted.mood;
    } else if (!wanted.anchor.empty()) {
        answer["anchor"] = wanted.anchor;
    } else if (call.text("item_id").empty()) {
        answer["seeds"] = track_cards(backend, wanted.seeds);
    } else {
        answer["seed"] = track_card(backend, wanted.seeds.front());
    }
    answer["tracks"] = std::move(cards);
    return json_response(200, answer);
}

Response max_distance(Backend& backend, const Call& call) {
    const std::string item_id = call.text("item_id");
    const auto index = require_index(backend);
    const auto server = selected_server(backend, call);
    const auto row = backend.context.store.tracks().by_item_id(item_id, server);
    if (!row || !index->contains(row->id.value)) {
        throw Error(ErrorCode::not_found, fmt::format("Item '{}' not found in index or index unavailable.", item_id));
    }
    const features::FarthestTrack farthest = features::max_distance(*index, row->id);
    json::value farthest_id = nullptr;
    if (farthest.id) {
        // Null for one that the selected server does not have: the distance is that of the whole index.
        std::vector<store::TrackRow> other = backend.context.store.tracks().get(std::span(&farthest.id, 1));
        speak_ids_of(backend, server, other);
        if (!other.empty()) farthest_id = other.front().item_id;
    }
    return json_response(200, {{"max_distance", told_distance(*backend.context.settings.get(), farthest.distance)},
                               {"farthest_item_id", farthest_id}});
}

Response track(Backend& backend, const Call& call) {
    return json_response(200, track_line(require_track(backend, call.text("item_id"), selected_server(backend, call))));
}

Response external_score(Backend& backend, const Call& call) {
    const std::string id = call.text("id");
    const auto server = selected_server(backend, call);
    auto row = backend.context.store.tracks().by_item_id(id, server);
    if (row && !row->present) row.reset();
    const auto summaries = row ? backend.context.store.analyses().summaries(std::span(&row->id, 1))
                               : std::vector<store::AnalysisSummary>();
    if (summaries.empty()) throw Error(ErrorCode::not_found, fmt::format("Score not found for id: {}", id));
    const store::AnalysisSummary& summary = summaries.front();
    const int moods = static_cast<int>(backend.context.settings->top_n_moods);
    json::object score = track_line(*row);
    if (server) score["item_id"] = id;
    score["tempo"] = summary.tempo_bpm;
    score["key"] = kPitchClassNames.at(static_cast<std::size_t>(summary.key));
    score["scale"] = scale_name(summary.scale);
    score["mood_vector"] = store::mood_vector_text(summary.moods, moods);
    score["energy"] = summary.energy;
    score["other_features"] = store::other_features_text(summary.other_features);
    return json_response(200, score);
}

Response external_embedding(Backend& backend, const Call& call) {
    const std::string id = call.text("id");
    const auto server = selected_server(backend, call);
    auto row = backend.context.store.tracks().by_item_id(id, server);
    if (row && !row->present) row.reset();
    std::optional<Embedding> embedding;
    if (row) embedding = backend.context.store.analyses().embedding(row->id, backend.context.model);
    if (!embedding) throw Error(ErrorCode::not_found, fmt::format("Embedding not found for id: {}", id));
    json::array numbers;
    numbers.reserve(embedding->size());
    for (const float value : *embedding)
        numbers.emplace_back(shortest(value));
    return json_response(200, {{"item_id", server ? id : row->item_id}, {"embedding", std::move(numbers)}});
}

}  // namespace

std::vector<Route> track_routes() {
    using enum ParamType;
    const Param title = {.name = "title", .help = "Part of the title, or of the author when no artist is given."};
    const Param artist = {.name = "artist", .help = "Part of the author."};
    const Param item_id = {.name = "item_id", .help = "Id of the track.", .required = true};
    const Param id = {.name = "id", .help = "Id of the track.", .required = true};
    const auto count = [](double fallback) {
        return Param{.name = "n",
                     .type = integer,
                     .help = "Tracks wanted.",
                     .fallback = fallback,
                     .minimum = 1,
                     .maximum = kMostSimilar};
    };
    return {
        {Method::get, "/api/search_tracks", "search_tracks", search_tracks, Right::read,
         with_server(
             {title,
              artist,
              {.name = "search_query", .help = "Words in any field, instead of title and artist."},
              {.name = "start", .type = integer, .help = "First row of a search_query.", .fallback = 0, .minimum = 0},
              {.name = "end",
               .type = integer,
               .help = "Row after the last of a search_query; without it start + 20.",
               .fallback = 20,
               .minimum = 0}})},
        {Method::get, "/api/similar_tracks", "similar_tracks", similar_tracks, Right::read,
         with_filter(with_server({{.name = "item_id", .help = "Id of the seed; goes before title and artist."},
                                  {.name = "title", .help = "Title of the seed, together with artist."},
                                  {.name = "artist", .help = "Author of the seed, together with title."},
                                  count(10),
                                  {.name = "eliminate_duplicates",
                                   .type = boolean,
                                   .help = "Apply the limit of tracks per artist; default from the settings."},
                                  {.name = "radius_similarity",
                                   .type = boolean,
                                   .help = "Order as a walk through the neighbourhood; default from the settings."},
                                  {.name = "mood_similarity",
                                   .type = boolean,
                                   .help = "Drop tracks of another mood; default from the settings."}}))},
        {Method::get, "/api/library/similar", "library_similar", library_similar, Right::read,
         with_filter(
             {{.name = "item_id", .help = "Id of the track that the others are to be like."},
              {.name = "seeds", .help = "Or ids of several tracks, parted by commas: what lies in their middle."},
              {.name = "anchor", .help = "Or the id of an anchor: what lies in the middle of its points."},
              {.name = "mood", .help = "Or a tag such as jazz, or danceable, aggressive, happy, party, relaxed, sad."},
              count(25),
              {.name = "radius", .type = boolean, .help = "Order as a walk; default from the settings."}})},
        {Method::get, "/api/max_distance", "max_distance", max_distance, Right::read, with_server({item_id})},
        {Method::get, "/api/track", "track", track, Right::read, with_server({item_id})},
        {Method::get, "/external/get_score", "external_score", external_score, Right::read, with_server({id})},
        {Method::get, "/external/get_embedding", "external_embedding", external_embedding, Right::read,
         with_server({id})},
        {Method::get, "/external/search", "external_search", external_search, Right::read,
         with_server({title, artist})},
    };
}

}  // namespace audiomuse::api
