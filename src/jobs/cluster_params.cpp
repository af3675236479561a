#include "cluster_params.h"

#include <algorithm>
#include <boost/json.hpp>

#include "audiomuse/base/text.h"

namespace audiomuse::jobs {

namespace json = boost::json;

namespace {

int narrow(std::int64_t value) {
    return static_cast<int>(value);
}

features::Range<int> range(std::int64_t low, std::int64_t high) {
    return {narrow(low), narrow(high)};
}

features::ClusteringParams from_settings(const settings::Settings& s) {
    features::ClusteringParams params;
    params.method = features::parse_method(s.cluster_algorithm);
    params.runs = narrow(s.clustering_runs);
    params.exploitation_start = s.exploitation_start;
    params.exploitation_probability = s.exploitation_probability;
    params.elites = narrow(s.top_n_elites);
    params.mutation_delta = narrow(s.mutation_delta);
    params.mutation_float_delta = s.mutation_float_delta;
    params.runs_per_batch = narrow(s.clustering_batch_runs);
    params.batches_at_once = narrow(s.clustering_batches);
    params.calibrate = s.clustering_calibration;
    params.kmeans_clusters = range(s.num_clusters_min, s.num_clusters_max);
    params.gmm_components = range(s.gmm_n_components_min, s.gmm_n_components_max);
    params.spectral_clusters = range(s.spectral_n_clusters_min, s.spectral_n_clusters_max);
    params.dbscan_eps = {s.dbscan_eps_min, s.dbscan_eps_max};
    params.dbscan_min_samples = range(s.dbscan_min_samples_min, s.dbscan_min_samples_max);
    params.pca_components = range(s.pca_components_min, s.pca_components_max);
    params.use_embeddings = s.enable_clustering_embeddings;
    params.gmm_covariance = features::parse_covariance(s.gmm_covariance_type);
    params.spectral_neighbours = narrow(s.spectral_n_neighbors);
    params.min_songs_per_genre_for_stratification = narrow(s.min_songs_per_genre);
    params.stratified_sampling_target_percentile = static_cast<double>(s.stratified_percentile);
    params.sampling_change_per_run = s.sampling_change;
    params.top_n_playlists = narrow(s.top_n_playlists);
    params.min_playlist_size = narrow(s.min_playlist_size);
    params.max_songs_per_cluster = narrow(s.max_songs_per_cluster);
    params.max_songs_per_artist = narrow(s.max_songs_per_artist);
    params.max_songs_per_album = narrow(s.max_songs_per_album);
    params.max_distance = s.max_distance;
    params.duplicate_distance = s.duplicate_distance;
    params.duplicate_lookback = narrow(s.duplicate_lookback);
    params.fitness =
        s.clustering_fitness == "listening" ? features::Fitness::listening : features::Fitness::audiomuse_ai;
    params.score_weight_diversity = s.weight_diversity;
    params.score_weight_purity = s.weight_purity;
    params.score_weight_silhouette = s.weight_silhouette;
    params.score_weight_davies_bouldin = s.weight_davies_bouldin;
    params.score_weight_calinski_harabasz = s.weight_calinski_harabasz;
    params.score_weight_other_feature_diversity = s.weight_other_feature_diversity;
    params.score_weight_other_feature_purity = s.weight_other_feature_purity;
    params.seed = static_cast<std::uint64_t>(s.clustering_seed);
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

}  // namespace

ClusterRequest read_cluster_request(const settings::Settings& settings, const std::string& job_params) {
    ClusterRequest request{.params = {}, .settings = settings};
    int top_n_moods = 0;
    bool names_weight = false;
    bool names_fitness = false;
    const json::object given = json::parse(job_params).as_object();
    for (const auto& [key, value] : given) {
        if (key == "top_n_moods") {
            top_n_moods = value.to_number<int>();
        } else if (key == "publish") {
            request.publish = value.as_bool();
        } else {
            settings::set(request.settings, key == "clustering_method" ? "CLUSTER_ALGORITHM" : upper(key),
                          text_of(value));
            names_weight = names_weight || key.starts_with("score_weight_");
            names_fitness = names_fitness || key == "clustering_fitness";
        }
    }
    request.params = from_settings(request.settings);
    request.params.top_n_moods = top_n_moods;
    if (names_weight && !names_fitness) request.params.fitness = features::Fitness::audiomuse_ai;
    features::check(request.params);
    return request;
}

std::string complete_params(const ClusterRequest& request, const std::string& job_params) {
    json::object given = json::parse(job_params).as_object();
    for (const settings::SettingInfo& info : settings::table()) {
        if (info.group == "clustering") given[fold(info.name)] = settings::get(request.settings, info.name);
    }
    const bool by_weights = request.params.fitness == features::Fitness::audiomuse_ai;
    given["clustering_fitness"] = by_weights ? "audiomuse-ai" : "listening";
    return json::serialize(given);
}

}  // namespace audiomuse::jobs
