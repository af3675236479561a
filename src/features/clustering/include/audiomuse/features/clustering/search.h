// The search in parts: batches of runs that any number of machines do side by side, and the state of one who hands them
// out and takes in what they found.
//
// Batches are numbered, and taken in by number. The one that is handed out when batch n is taken in knows the elites of
// the batches up to n, whatever else has been found meanwhile: so the result depends on the seed, and not on how many
// machines take part nor on which of them is faster. A batch that fails counts as one that found nothing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audiomuse/features/clustering/clustering.h"

namespace audiomuse::features {

struct Elite {
    Genes genes;
    Rank rank;
};

/// Runs to be done one after another.
struct Batch {
    int number = 0;  ///< from 0
    int first_run = 0;
    int runs = 0;
    std::vector<Elite> elites = {};  ///< what is known when it is handed out, best first
};

struct BatchResult {
    int runs_done = 0;
    std::vector<Elite> elites = {};  ///< of its own runs, best first
    std::optional<Solution> best = {};
};

/// A library made ready for runs: read-only, and so for any number of threads.
class ClusterLibrary;
/// `input` may have any number of tracks. Throws what check() throws, and Error(cancelled).
std::shared_ptr<const ClusterLibrary> prepare_library(ClusteringInput input, const ClusteringParams& params,
                                                      const CancelToken& cancel = {});
/// What it was made from; the embeddings are scaled to length 1.
const ClusteringInput& input_of(const ClusterLibrary& library);
/// What is asked of a list's size.
int least_list_size(const ClusterLibrary& library);

/// Does the runs of a batch; `progress` is called after each. When cancelled it returns what the runs done until then
/// have found.
BatchResult run_batch(const ClusterLibrary& library, const Batch& batch, const ClusteringProgress& progress = {},
                      const CancelToken& cancel = {});

/// How far a search is. The best solution itself is kept by who takes it in.
struct SearchState {
    int taken_in = 0;  ///< batches
    int runs_done = 0;
    int best_after = 0;  ///< runs done when the best was taken in
    std::vector<Elite> elites = {};
    std::optional<Rank> best = {};
};

int batch_count(const ClusteringParams& params);
/// Batches below this number are to be in somebody's hands, or are taken in.
int handed_out(const SearchState& state, const ClusteringParams& params);
/// A batch that is not taken in: one of the first `batches_at_once`, or the last one below handed_out().
Batch batch_of(const SearchState& state, const ClusteringParams& params, int number);
/// Takes in batch number `state.taken_in`; true when it holds the best solution so far.
bool take_in(SearchState& state, const BatchResult& result, const ClusteringParams& params);
/// Nothing has become better for patience_runs.
bool has_settled(const SearchState& state, const ClusteringParams& params);
bool is_over(const SearchState& state, const ClusteringParams& params);

// As JSON, to be kept or sent. Reading throws Error(damaged) for text that is not of this kind.
std::string to_json(const Batch& batch);
std::string to_json(const BatchResult& result);
std::string to_json(const SearchState& state);
Batch parse_batch(std::string_view json);
BatchResult parse_batch_result(std::string_view json);
SearchState parse_search_state(std::string_view json);

}  // namespace audiomuse::features
