#include "audiomuse/features/clustering/clustering.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <unordered_map>

#include "audiomuse/base/error.h"
#include "audiomuse/features/common/songs.h"

namespace audiomuse::features {
namespace {

void require(bool holds, const std::string& sentence) {
    if (!holds) throw Error(ErrorCode::invalid_argument, sentence);
}

template <class Number>
void require_range(const Range<Number>& range, Number least, const std::string& name) {
    require(range.low >= least, fmt::format("{}_min has to be at least {}.", name, least));
    require(range.high >= range.low, fmt::format("{}_max must not be below {}_min.", name, name));
}

struct Named {
    ClusteringMethod method;
    std::string_view name;
};
constexpr std::array<Named, 4> kMethods = {{{ClusteringMethod::kmeans, "kmeans"},
                                            {ClusteringMethod::dbscan, "dbscan"},
                                            {ClusteringMethod::gmm, "gmm"},
                                            {ClusteringMethod::spectral, "spectral"}}};

}  // namespace

std::string_view method_name(ClusteringMethod method) {
    return std::ranges::find(kMethods, method, &Named::method)->name;
}

ClusteringMethod parse_method(std::string_view name) {
    const auto* const found = std::ranges::find(kMethods, name, &Named::name);
    require(found != kMethods.end(), fmt::format("'{}' is no algorithm: kmeans, dbscan, gmm, spectral.", name));
    return found->method;
}

numeric::Covariance parse_covariance(std::string_view name) {
    using enum numeric::Covariance;
    if (name == "full") return full;
    if (name == "tied") return tied;
    if (name == "diag") return diagonal;
    require(name == "spherical", fmt::format("'{}' is no covariance: full, tied, diag, spherical.", name));
    return spherical;
}

void check(const ClusteringParams& p) {
    require(p.runs >= 1 && p.runs <= 1'000'000, "clustering_runs has to be between 1 and 1,000,000.");
    require(p.runs_per_batch >= 1, "iterations_per_batch_job has to be at least 1.");
    require(p.batches_at_once >= 1, "max_concurrent_batch_jobs has to be at least 1.");
    require_range(p.kmeans_clusters, 2, "num_clusters");
    require_range(p.gmm_components, 2, "gmm_n_components");
    require_range(p.spectral_clusters, 2, "spectral_n_clusters");
    require_range(p.dbscan_eps, 1e-6, "dbscan_eps");
    require_range(p.dbscan_min_samples, 1, "dbscan_min_samples");
    require_range(p.pca_components, 0, "pca_components");
    require(p.spectral_neighbours >= 2, "spectral_n_neighbors has to be at least 2.");
    require(p.sample_songs >= 100, "sample_songs has to be at least 100.");
    require(p.min_songs_per_genre_for_stratification >= 0,
            "min_songs_per_genre_for_stratification must not be negative.");
    require(p.stratified_sampling_target_percentile >= 0 && p.stratified_sampling_target_percentile <= 100,
            "stratified_sampling_target_percentile has to be between 0 and 100.");
    require(p.sampling_change_per_run >= 0 && p.sampling_change_per_run <= 1,
            "sampling_change_per_run has to be between 0 and 1.");
    require(p.exploitation_start >= 0 && p.exploitation_start <= 1, "exploitation_start has to be between 0 and 1.");
    require(p.exploitation_probability >= 0 && p.exploitation_probability <= 1,
            "exploitation_probability has to be between 0 and 1.");
    require(p.elites >= 1, "elites has to be at least 1.");
    require(p.mutation_delta >= 0, "mutation_delta must not be negative.");
    require(std::isfinite(p.mutation_float_delta) && p.mutation_float_delta >= 0,
            "mutation_float_delta must not be negative.");
    require(p.patience_runs >= 0, "patience_runs must not be negative.");
    require(p.top_n_playlists >= 0, "top_n_playlists must not be negative.");
    require(p.min_playlist_size >= 1, "min_playlist_size has to be at least 1.");
    require(p.max_songs_per_cluster >= 0, "max_songs_per_cluster must not be negative.");
    require(std::isfinite(p.max_distance) && p.max_distance >= 0, "max_distance must not be negative.");
    for (const double weight : {p.score_weight_diversity, p.score_weight_purity, p.score_weight_silhouette,
                                p.score_weight_davies_bouldin, p.score_weight_calinski_harabasz,
                                p.score_weight_other_feature_diversity, p.score_weight_other_feature_purity}) {
        require(std::isfinite(weight) && weight >= 0, "A score_weight must not be negative.");
    }
}

ClusteringInput read_clustering_input(store::Store& store, const ModelTag& model, const CancelToken& cancel) {
    std::unordered_map<TrackId, store::AnalysisSummary> summaries;
    store.analyses().each_summary([&](const store::AnalysisSummary& summary) { summaries[summary.id] = summary; });
    ClusteringInput input;
    std::vector<float> values;
    std::size_t dimension = 0;
    cancel.check();
    store.analyses().each_embedding(model, [&](TrackId id, const Embedding& embedding) {
        cancel.check();
        const auto found = summaries.find(id);
        if (found == summaries.end() || embedding.empty()) return;
        if (dimension == 0) dimension = embedding.size();
        // A vector of another length or without a direction cannot be compared; it does not come from this model.
        const bool zero = std::all_of(embedding.begin(), embedding.end(), [](float value) { return value == 0; });
        if (embedding.size() != dimension || zero) return;
        input.ids.push_back(id);
        input.summaries.push_back(std::move(found->second));
        values.insert(values.end(), embedding.begin(), embedding.end());
    });
    input.embeddings = numeric::Matrix(input.ids.size(), dimension);
    std::copy(values.begin(), values.end(), input.embeddings.data());

    // Rows come in the order of the ids, without those that vanished meanwhile.
    std::unordered_map<TrackId, std::size_t> row_of;
    for (std::size_t i = 0; i < input.ids.size(); ++i)
        row_of[input.ids[i]] = i;
    input.artists.resize(input.ids.size());
    input.albums.resize(input.ids.size());
    input.signatures.resize(input.ids.size());
    input.durations.resize(input.ids.size());
    constexpr std::size_t kRowsAtOnce = 500;
    for (std::size_t begin = 0; begin < input.ids.size(); begin += kRowsAtOnce) {
        cancel.check();
        const std::size_t count = std::min(kRowsAtOnce, input.ids.size() - begin);
        for (const store::TrackRow& row : store.tracks().get(std::span(input.ids).subspan(begin, count))) {
            const std::size_t i = row_of.at(row.id);
            input.artists[i] = artist_key(row.tags);
            input.albums[i] = album_key(row.tags);
            input.signatures[i] = song_signature(row.tags.title, row.author);
            input.durations[i] = row.tags.duration_s;
        }
    }
    return input;
}

std::string recipe_json(const Solution& solution, const AutomaticPlaylist& playlist, const ClusteringParams& params) {
    boost::json::object recipe = {{"algorithm", method_name(params.method)},
                                  {"on", params.use_embeddings ? "embeddings" : "tags and features"},
                                  {"pca_components", solution.genes.components}};
    if (params.method == ClusteringMethod::dbscan) {
        recipe["eps"] = std::round(solution.genes.eps * 1e4) / 1e4;
        recipe["min_samples"] = solution.genes.min_samples;
    } else {
        recipe["clusters"] = solution.genes.clusters;
    }
    recipe["score"] = std::round(solution.rank.score * 1e4) / 1e4;
    recipe["seed"] = params.seed;
    recipe["max_songs_per_artist"] = playlist.artist_cap;
    return boost::json::serialize(recipe);
}

}  // namespace audiomuse::features
