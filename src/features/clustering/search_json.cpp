// Batches, their results and the state of a search as JSON.
#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

#include "audiomuse/features/clustering/search.h"
#include "json.h"

namespace audiomuse::features {

namespace json = boost::json;

namespace {

// As text: Boost 1.81 reads numbers to within a bit, and ties between runs are decided by the last one.
json::string exactly(double number) {
    return json::string(fmt::format("{}", number));
}

double read_exactly(const json::value& from) {
    const json::string& text = from.as_string();
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) throw std::invalid_argument("not a number");
    return number;
}

json::object write(const Rank& rank) {
    return {{"lists", rank.usable_lists}, {"score", exactly(rank.score)}};
}

json::array write(const std::vector<Elite>& elites) {
    json::array array;
    for (const Elite& elite : elites)
        array.push_back({{"genes", to_json(elite.genes)}, {"rank", write(elite.rank)}});
    return array;
}

json::object write(const Solution& solution) {
    json::array lists;
    for (const AutomaticPlaylist& list : solution.playlists) {
        lists.push_back({{"name", list.name}, {"artist_cap", list.artist_cap}, {"tracks", to_json(list.tracks)}});
    }
    return {{"genes", to_json(solution.genes)}, {"rank", write(solution.rank)}, {"playlists", std::move(lists)}};
}

int whole(const json::value& object, const char* name) {
    return object.at(name).to_number<int>();
}

Rank read_rank(const json::value& from) {
    return {.usable_lists = from.at("lists").to_number<std::size_t>(), .score = read_exactly(from.at("score"))};
}

std::vector<Elite> read_elites(const json::value& from) {
    std::vector<Elite> elites;
    for (const json::value& each : from.as_array())
        elites.push_back({read_genes(each.at("genes")), read_rank(each.at("rank"))});
    return elites;
}

Solution read_solution(const json::value& from) {
    Solution solution{read_genes(from.at("genes")), read_rank(from.at("rank")), {}};
    for (const json::value& each : from.at("playlists").as_array()) {
        solution.playlists.push_back(
            {std::string(each.at("name").as_string()), read_tracks(each.at("tracks")), whole(each, "artist_cap")});
    }
    return solution;
}

}  // namespace

json::object to_json(const Genes& genes) {
    return {{"components", genes.components},
            {"clusters", genes.clusters},
            {"eps", exactly(genes.eps)},
            {"min_samples", genes.min_samples}};
}

json::array to_json(const std::vector<TrackId>& tracks) {
    json::array ids;
    for (const TrackId id : tracks)
        ids.emplace_back(id.value);
    return ids;
}

Genes read_genes(const json::value& from) {
    return {.components = whole(from, "components"),
            .clusters = whole(from, "clusters"),
            .eps = read_exactly(from.at("eps")),
            .min_samples = whole(from, "min_samples")};
}

std::vector<TrackId> read_tracks(const json::value& from) {
    std::vector<TrackId> tracks;
    for (const json::value& id : from.as_array())
        tracks.push_back(TrackId{id.to_number<std::int64_t>()});
    return tracks;
}

std::string to_json(const Batch& batch) {
    return json::serialize(json::object{{"number", batch.number},
                                        {"first_run", batch.first_run},
                                        {"runs", batch.runs},
                                        {"elites", write(batch.elites)}});
}

std::string to_json(const BatchResult& result) {
    json::object out = {{"runs_done", result.runs_done}, {"elites", write(result.elites)}};
    if (result.best) out["best"] = write(*result.best);
    return json::serialize(out);
}

std::string to_json(const SearchState& state) {
    json::object out = {{"taken_in", state.taken_in},
                        {"runs_done", state.runs_done},
                        {"best_after", state.best_after},
                        {"elites", write(state.elites)}};
    if (state.best) out["best"] = write(*state.best);
    return json::serialize(out);
}

Batch parse_batch(std::string_view text) {
    return read_json(text, "a batch", [](const json::value& from) {
        return Batch{.number = whole(from, "number"),
                     .first_run = whole(from, "first_run"),
                     .runs = whole(from, "runs"),
                     .elites = read_elites(from.at("elites"))};
    });
}

BatchResult parse_batch_result(std::string_view text) {
    return read_json(text, "the result of a batch", [](const json::value& from) {
        BatchResult result{.runs_done = whole(from, "runs_done"), .elites = read_elites(from.at("elites"))};
        if (const json::value* best = from.as_object().if_contains("best")) result.best = read_solution(*best);
        return result;
    });
}

SearchState parse_search_state(std::string_view text) {
    return read_json(text, "the state of a search", [](const json::value& from) {
        SearchState state{.taken_in = whole(from, "taken_in"),
                          .runs_done = whole(from, "runs_done"),
                          .best_after = whole(from, "best_after"),
                          .elites = read_elites(from.at("elites"))};
        if (const json::value* best = from.as_object().if_contains("best")) state.best = read_rank(*best);
        return state;
    });
}

}  // namespace audiomuse::features
