#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>

#include "audiomuse/base/machine.h"
#include "audiomuse/features/clustering/clustering.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace json = boost::json;

namespace {

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
    const unsigned cores = allowed_cores();
    params.threads = s.workers > 0 ? static_cast<unsigned>(std::min<std::int64_t>(s.workers, cores)) : cores;
    return params;
}

std::string upper(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::toupper(c); });
    return out;
}

std::string text_of(const json::value& value) {
    return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

/// The settings with what the job's parameters say otherwise. Their names are those of POST /api/clustering/start:
/// settings in lower case. Throws Error(invalid_argument) for a value that is not allowed.
features::ClusteringParams read_params(settings::Settings settings, const std::string& job_params) {
    const json::object given = json::parse(job_params).as_object();
    int top_n_moods = 0;
    for (const auto& [key, value] : given) {
        if (key == "top_n_moods") {
            top_n_moods = value.to_number<int>();
        } else {
            settings::set(settings, key == "clustering_method" ? "CLUSTER_ALGORITHM" : upper(key), text_of(value));
        }
    }
    features::ClusteringParams params = from_settings(settings);
    params.top_n_moods = top_n_moods;
    features::check(params);
    return params;
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
    const features::ClusteringParams params = read_params(context.settings, given);
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
