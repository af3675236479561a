// A child of a search for playlists: some runs, one after another.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "audiomuse/features/order/order.h"
#include "cluster_libraries.h"
#include "cluster_params.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace json = boost::json;

namespace {

constexpr std::size_t kAggressive = 1;  // of kOtherFeatureNames
constexpr std::size_t kRelaxed = 4;

/// Puts the songs of each list into an order that is good to listen to. Longer lists than can be ordered stay as they
/// are: nearest to what they have in common first.
void order_lists(features::Solution& solution, const features::ClusteringInput& input) {
    for (features::AutomaticPlaylist& list : solution.playlists) {
        if (list.tracks.size() > features::kMostOrdered) continue;
        std::vector<features::OrderTrack> tracks;
        for (const TrackId id : list.tracks) {
            const auto row = static_cast<std::size_t>(std::ranges::lower_bound(input.ids, id) - input.ids.begin());
            const store::AnalysisSummary& of = input.summaries[row];
            tracks.push_back({.vector = input.embeddings.row(row),
                              .tempo_bpm = of.tempo_bpm,
                              .energy = of.energy,
                              .key = store::MusicalKey{of.key, of.scale},
                              .calm_to_wild = static_cast<double>(of.other_features[kAggressive]) -
                                              static_cast<double>(of.other_features[kRelaxed])});
        }
        std::vector<TrackId> ordered;
        for (const std::size_t i : features::order_by_sound(tracks))
            ordered.push_back(list.tracks[i]);
        list.tracks = std::move(ordered);
    }
}

}  // namespace

void cluster_batch(const JobContext& context, Slot& slot, Progress& progress, const CancelToken& cancel) {
    const json::value own = json::parse(progress.job().params);
    const features::Batch batch = features::parse_batch(json::serialize(own.at("batch")));
    progress.set_detail("batch_id", std::to_string(batch.number));
    progress.set_detail("start_run_idx", std::to_string(batch.first_run));
    progress.set_detail("num_iterations_in_batch", std::to_string(batch.runs));
    progress.begin_step("cluster", 0, 100, "Reading how the tracks sound");
    const auto library = slot.libraries.get(progress.job().parent, [&] {
        const ClusterRequest request = read_cluster_request(*context.settings.get(), json::serialize(own.at("given")));
        return features::prepare_library(
            features::read_clustering_input(context.store, context.store.analyses().dominant_model(), cancel),
            request.params, cancel);
    });
    features::BatchResult result = features::run_batch(
        *library, batch,
        [&](int done, int total, double best) {
            progress.set_detail("runs_done", std::to_string(done));
            if (best >= 0) progress.set_detail("best_score", fmt::format("{}", best));
            progress.report(static_cast<double>(done) / total, fmt::format("{} of {} runs", done, total));
        },
        cancel);
    if (result.best) order_lists(*result.best, features::input_of(*library));
    progress.set_detail("runs_done", std::to_string(result.runs_done));
    progress.set_detail("found", features::to_json(result));
    cancel.check();
}

}  // namespace audiomuse::jobs
