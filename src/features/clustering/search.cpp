#include "audiomuse/features/clustering/search.h"

#include <algorithm>
#include <cmath>
#include <deque>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/distance.h"
#include "fit.h"
#include "fitness.h"
#include "library.h"
#include "lists.h"
#include "naming.h"

namespace audiomuse::features {
namespace {

ClusteringInput with_unit_embeddings(ClusteringInput input) {
    for (std::size_t i = 0; i < input.embeddings.rows(); ++i)
        numeric::normalise(input.embeddings.row(i));
    return input;
}

int exploitation_from(const ClusteringParams& params) {
    return static_cast<int>(std::ceil(params.exploitation_start * static_cast<double>(params.runs)));
}

/// Adds one, the best first and the earlier of equals before the later, at most `most`. Of the same genes the best
/// counts.
void add_elite(std::vector<Elite>& elites, const Elite& elite, std::size_t most) {
    const auto same = std::ranges::find(elites, elite.genes, &Elite::genes);
    if (same == elites.end()) {
        elites.push_back(elite);
    } else {
        same->rank = std::max(same->rank, elite.rank);
    }
    std::ranges::stable_sort(elites, std::greater(), &Elite::rank);
    if (elites.size() > most) elites.resize(most);
}

/// What one run has come to, before its lists have names.
struct Run {
    Genes genes;
    Rank rank;
    std::vector<SongList> lists;
};

Genes choose(const ClusterLibrary& library, const std::vector<Elite>& elites, int number, Random& random) {
    const ClusteringParams& params = library.params;
    const bool exploits = number >= exploitation_from(params) && !elites.empty();
    if (!exploits || random.uniform() >= params.exploitation_probability) return draw(library.bounds, random);
    const auto chosen = random.integer(0, static_cast<std::int64_t>(elites.size()) - 1);
    return vary(elites[static_cast<std::size_t>(chosen)].genes, library.bounds, params, random);
}

Run perform(const ClusterLibrary& library, const Genes& genes, int number, std::uint64_t seed,
            const CancelToken& cancel) {
    const ClusteringParams& params = library.params;
    const numeric::Matrix points = view(library.space.points, static_cast<std::size_t>(genes.components));
    const double unit = spread(library.space, points.columns());
    const Grouping groups = fit(points, library.sampler.sample(number), genes, params,
                                {.spread = unit, .min_size = library.min_size}, seed, cancel);
    cancel.check();
    std::vector<SongList> usable = make_lists(groups, library.input, params,
                                              {.min_size = library.min_size, .farthest = params.max_distance * unit});
    const std::size_t wanted = params.top_n_playlists > 0 ? static_cast<std::size_t>(params.top_n_playlists) : 1;
    Run run{.genes = genes, .rank = {.usable_lists = std::min(wanted, usable.size())}, .lists = {}};
    run.lists = most_diverse(std::move(usable), params.top_n_playlists);
    run.rank.score = fitness({run.lists, points, groups.members.labels}, library.space, library.profiles, params,
                             library.min_size, cancel);
    return run;
}

Solution named(const Run& run, const ClusterLibrary& library) {
    Solution solution{run.genes, run.rank, {}};
    std::vector<std::vector<std::size_t>> rows;
    for (const SongList& list : run.lists)
        rows.push_back(list.rows);
    const std::vector<std::string> names = name_lists(rows, library.input, library.params.top_n_moods);
    for (std::size_t i = 0; i < names.size(); ++i) {
        AutomaticPlaylist playlist{names[i], {}, run.lists[i].artist_cap};
        for (const std::size_t row : rows[i])
            playlist.tracks.push_back(library.input.ids[row]);
        solution.playlists.push_back(std::move(playlist));
    }
    return solution;
}

}  // namespace

ClusterLibrary::ClusterLibrary(ClusteringInput given, const ClusteringParams& wanted, const CancelToken& cancel)
    : input(with_unit_embeddings(std::move(given))),
      params(wanted),
      min_size(least_list_size(input.ids.size(), params)),
      sampler(input, params, most_songs(params)) {
    if (input.ids.size() < kLeastTracks) return;
    space = make_space(input, params, cancel);
    cancel.check();
    profiles = make_profiles(input, params, space);
    cancel.check();
    bounds = bounds_of(params, space, sampler.size(), min_size, cancel);
}

std::shared_ptr<const ClusterLibrary> prepare_library(ClusteringInput input, const ClusteringParams& params,
                                                      const CancelToken& cancel) {
    check(params);
    return std::make_shared<ClusterLibrary>(std::move(input), params, cancel);
}

const ClusteringInput& input_of(const ClusterLibrary& library) {
    return library.input;
}

int least_list_size(const ClusterLibrary& library) {
    return static_cast<int>(library.min_size);
}

BatchResult run_batch(const ClusterLibrary& library, const Batch& batch, const ClusteringProgress& progress,
                      const CancelToken& cancel) {
    if (library.input.ids.size() < kLeastTracks) return {.runs_done = batch.runs};
    const auto most = static_cast<std::size_t>(library.params.elites);
    BatchResult result;
    std::vector<Elite> known = batch.elites;
    std::optional<Run> best;
    for (int i = 0; i < batch.runs && !cancel.cancelled(); ++i) {
        const int number = batch.first_run + i;
        Random random = Random::for_task(library.params.seed, static_cast<std::uint64_t>(number));
        const Genes genes = choose(library, known, number, random);
        try {
            Run run = perform(library, genes, number, random.bits(), cancel);
            if (!run.lists.empty()) {
                add_elite(known, {run.genes, run.rank}, most);
                add_elite(result.elites, {run.genes, run.rank}, most);
                if (!best || run.rank > best->rank) best = std::move(run);
            }
        } catch (const Error& error) {
            if (error.code() != ErrorCode::cancelled) throw;
            break;
        }
        ++result.runs_done;
        if (progress) progress(result.runs_done, batch.runs, best ? best->rank.score : -1);
    }
    if (best) result.best = named(*best, library);
    return result;
}

int batch_count(const ClusteringParams& params) {
    return (params.runs + params.runs_per_batch - 1) / params.runs_per_batch;
}

int handed_out(const SearchState& state, const ClusteringParams& params) {
    return is_over(state, params) ? state.taken_in
                                  : std::min(batch_count(params), state.taken_in + params.batches_at_once);
}

Batch batch_of(const SearchState& state, const ClusteringParams& params, int number) {
    const int first = number * params.runs_per_batch;
    Batch batch{.number = number, .first_run = first, .runs = std::min(params.runs_per_batch, params.runs - first)};
    // The first ones go out together and know nothing, also when one of them is handed out again.
    if (number >= params.batches_at_once) batch.elites = state.elites;
    return batch;
}

bool take_in(SearchState& state, const BatchResult& result, const ClusteringParams& params) {
    ++state.taken_in;
    state.runs_done += result.runs_done;
    for (const Elite& elite : result.elites)
        add_elite(state.elites, elite, static_cast<std::size_t>(params.elites));
    if (!result.best || (state.best && result.best->rank <= *state.best)) return false;
    state.best = result.best->rank;
    state.best_after = state.runs_done;
    return true;
}

bool has_settled(const SearchState& state, const ClusteringParams& params) {
    const int waited = state.runs_done - std::max(state.best_after, exploitation_from(params));
    return params.patience_runs > 0 && waited >= params.patience_runs;
}

bool is_over(const SearchState& state, const ClusteringParams& params) {
    return state.taken_in >= batch_count(params) || has_settled(state, params);
}

ClusteringResult cluster(const ClusteringInput& input, const ClusteringParams& params,
                         const ClusteringProgress& progress, const CancelToken& cancel) {
    ClusteringResult result;
    check(params);
    if (input.ids.size() < kLeastTracks) return result;
    const auto library = prepare_library(input, params);
    result.min_playlist_size = least_list_size(*library);
    SearchState state;
    std::deque<Batch> waiting;
    int next = 0;
    const auto hand_out = [&] {
        for (; next < handed_out(state, params); ++next)
            waiting.push_back(batch_of(state, params, next));
    };
    for (hand_out(); !is_over(state, params) && !cancel.cancelled();) {
        std::vector<Batch> batches;
        for (; !waiting.empty() && batches.size() < std::max(1U, params.threads); waiting.pop_front())
            batches.push_back(std::move(waiting.front()));
        std::vector<BatchResult> results(batches.size());
        parallel_for(batches.size(), params.threads,
                     [&](std::size_t i) { results[i] = run_batch(*library, batches[i], {}, cancel); });
        for (BatchResult& found : results) {
            if (is_over(state, params)) break;
            if (take_in(state, found, params)) result.best = std::move(*found.best);
            hand_out();
        }
        if (progress) progress(state.runs_done, params.runs, state.best ? state.best->score : -1);
    }
    result.runs_done = state.runs_done;
    result.stopped_early = has_settled(state, params) && state.runs_done < params.runs;
    result.cancelled = cancel.cancelled() && state.runs_done < params.runs && !result.stopped_early;
    return result;
}

}  // namespace audiomuse::features
