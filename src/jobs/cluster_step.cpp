#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "audiomuse/base/parallel.h"
#include "audiomuse/features/clustering/clustering.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace json = boost::json;

namespace {

/// A member of the job's parameters, if it is there: a number, or text that is one.
template <class Number>
void override_with(const json::object& params, const char* name, Number& value) {
    const json::value* given = params.if_contains(name);
    if (given != nullptr && given->is_number()) value = given->to_number<Number>();
}

features::ClusteringParams from_settings(const settings::Settings& s) {
    features::ClusteringParams params;
    const auto narrow = [](std::int64_t value) { return static_cast<int>(value); };
    params.runs = narrow(s.clustering_runs);
    params.exploitation_start = s.exploitation_start;
    params.exploitation_probability = s.exploitation_probability;
    params.elites = narrow(s.top_n_elites);
    params.mutation_delta = narrow(s.mutation_delta);
    params.num_clusters_min = narrow(s.num_clusters_min);
    params.num_clusters_max = narrow(s.num_clusters_max);
    params.pca_components_min = narrow(s.pca_components_min);
    params.pca_components_max = narrow(s.pca_components_max);
    params.use_embeddings = s.enable_clustering_embeddings;
    params.min_songs_per_genre_for_stratification = narrow(s.min_songs_per_genre);
    params.stratified_sampling_target_percentile = static_cast<double>(s.stratified_percentile);
    params.sampling_change_per_run = s.sampling_change;
    params.top_n_playlists = narrow(s.top_n_playlists);
    params.min_playlist_size = narrow(s.min_playlist_size);
    params.max_songs_per_cluster = narrow(s.max_songs_per_cluster);
    params.max_songs_per_artist = narrow(s.max_songs_per_artist);
    params.max_distance = s.max_distance;
    params.duplicate_distance = s.duplicate_distance;
    params.duplicate_lookback = narrow(s.duplicate_lookback);
    params.score_weight_diversity = s.weight_diversity;
    params.score_weight_purity = s.weight_purity;
    params.score_weight_silhouette = s.weight_silhouette;
    params.score_weight_davies_bouldin = s.weight_davies_bouldin;
    params.score_weight_calinski_harabasz = s.weight_calinski_harabasz;
    params.score_weight_other_feature_diversity = s.weight_other_feature_diversity;
    params.score_weight_other_feature_purity = s.weight_other_feature_purity;
    params.seed = static_cast<std::uint64_t>(s.clustering_seed);
    params.threads = s.workers > 0 ? static_cast<unsigned>(s.workers) : allowed_cores();
    return params;
}

/// The names are those of POST /api/clustering/start.
void apply(const json::object& given, features::ClusteringParams& params) {
    override_with(given, "clustering_runs", params.runs);
    override_with(given, "num_clusters_min", params.num_clusters_min);
    override_with(given, "num_clusters_max", params.num_clusters_max);
    override_with(given, "pca_components_min", params.pca_components_min);
    override_with(given, "pca_components_max", params.pca_components_max);
    override_with(given, "min_songs_per_genre_for_stratification", params.min_songs_per_genre_for_stratification);
    override_with(given, "stratified_sampling_target_percentile", params.stratified_sampling_target_percentile);
    override_with(given, "top_n_playlists", params.top_n_playlists);
    override_with(given, "max_songs_per_cluster", params.max_songs_per_cluster);
    override_with(given, "top_n_moods", params.top_n_moods);
    override_with(given, "score_weight_diversity", params.score_weight_diversity);
    override_with(given, "score_weight_purity", params.score_weight_purity);
    override_with(given, "score_weight_silhouette", params.score_weight_silhouette);
    override_with(given, "score_weight_davies_bouldin", params.score_weight_davies_bouldin);
    override_with(given, "score_weight_calinski_harabasz", params.score_weight_calinski_harabasz);
    override_with(given, "score_weight_other_feature_diversity", params.score_weight_other_feature_diversity);
    override_with(given, "score_weight_other_feature_purity", params.score_weight_other_feature_purity);
    const json::value* embeddings = given.if_contains("enable_clustering_embeddings");
    if (embeddings != nullptr && embeddings->is_bool()) params.use_embeddings = embeddings->as_bool();
}

/// What `audiomuse cluster --json` prints.
json::object result_json(const features::ClusteringResult& result, const features::ClusteringParams& params) {
    json::array lists;
    for (const features::AutomaticPlaylist& list : result.playlists) {
        json::array tracks;
        for (const TrackId id : list.tracks)
            tracks.emplace_back(std::to_string(id.value));
        lists.push_back({{"name", list.name}, {"tracks", std::move(tracks)}});
    }
    return {
        {"algorithm", "kmeans"},
        {"params", {{"clusters", result.clusters}, {"pca_components", result.pca_components}, {"seed", params.seed}}},
        {"score", result.score},
        {"runs", result.runs_done},
        {"playlists", std::move(lists)}};
}

}  // namespace

void make_playlists(const JobContext& context, const std::string& given, Progress& progress,
                    const CancelToken& cancel) {
    progress.begin_step("cluster", 0, 5, "Reading how the tracks sound");
    const ModelTag model = context.store.analyses().dominant_model();
    if (model.name.empty()) {
        throw Error(ErrorCode::invalid_argument,
                    "Nothing was listened to yet, so there is nothing to make playlists of.");
    }
    features::ClusteringParams params = from_settings(context.settings);
    apply(json::parse(given).as_object(), params);
    features::check(params);
    const features::ClusteringInput input = features::read_clustering_input(context.store, model);
    cancel.check();

    progress.begin_step("cluster", 5, 95, fmt::format("Looking for playlists among {} tracks", input.ids.size()));
    const EtaClock clock(params.runs);
    const features::ClusteringResult result = features::cluster(
        input, params,
        [&](int done, int total, double best) {
            progress.report(static_cast<double>(done) / total,
                            best < 0 ? fmt::format("Progress: {}/{} runs", done, total)
                                     : fmt::format("Progress: {}/{} runs. Best score: {:.3f}", done, total, best),
                            clock.remaining(done));
        },
        cancel);

    // A cancelled search keeps the best it found, if it found any: the user has waited for it.
    if (!result.playlists.empty()) {
        progress.begin_step("cluster", 95, 100, fmt::format("Saving {} playlists", result.playlists.size()));
        std::vector<store::Playlists::NewPlaylist> lists;
        for (const features::AutomaticPlaylist& list : result.playlists) {
            lists.push_back({list.name, features::recipe_json(result, list, params), list.tracks});
        }
        context.store.playlists().replace_automatic(lists);
        context.queue.publish({"playlists", "{}"});
    }
    progress.set_detail("num_playlists_created", std::to_string(result.playlists.size()));
    progress.set_detail("best_score", fmt::format("{}", result.score));
    progress.set_detail("result", json::serialize(result_json(result, params)));
    cancel.check();
    if (result.playlists.empty()) {
        throw Error(
            ErrorCode::invalid_argument,
            fmt::format("{} tracks are too few for playlists; the playlists there were stay.", input.ids.size()));
    }
    progress.log(fmt::format("{} playlists after {} runs.", result.playlists.size(), result.runs_done));
}

}  // namespace audiomuse::jobs
