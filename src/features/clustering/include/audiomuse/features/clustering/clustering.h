// Automatic playlists: many runs of a clustering algorithm with different parameters, the best of which becomes the
// lists. docs/clustering.md says how a run is made and judged, and where this differs from AudioMuse-AI. search.h has
// the same search in parts, for several machines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/base/ids.h"
#include "audiomuse/numeric/gmm.h"
#include "audiomuse/numeric/matrix.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

enum class ClusteringMethod { kmeans, dbscan, gmm, spectral };
std::string_view method_name(ClusteringMethod method);
/// Throws Error(invalid_argument) for another name, as the function below.
ClusteringMethod parse_method(std::string_view name);
/// "full", "tied", "diag" or "spherical".
numeric::Covariance parse_covariance(std::string_view name);

/// What a run is judged by, see fitness.h.
enum class Fitness {
    listening,     ///< lists that are coherent, different, of a size people play, and for all of the library
    audiomuse_ai,  ///< AudioMuse-AI's measures, with weights
};

/// Both ends are allowed.
template <class Number>
struct Range {
    Number low{};
    Number high{};
    friend bool operator==(const Range&, const Range&) = default;
};

/// Names in brackets are the keys of POST /api/clustering/start where they differ.
struct ClusteringParams {
    ClusteringMethod method = ClusteringMethod::kmeans;  ///< [clustering_method]

    // The search.
    int runs = 1000;                        ///< most runs [clustering_runs]
    double exploitation_start = 0.2;        ///< share of the runs that draw at random before the best ones are varied
    double exploitation_probability = 0.7;  ///< after that, the chance that a run varies one of the best
    int elites = 10;                        ///< how many of the best are remembered for that
    int mutation_delta = 3;                 ///< a variation changes a whole number by at most this much
    double mutation_float_delta = 0.05;     ///< and any other by at most this
    int patience_runs = 100;  ///< stop after this many runs without improvement since exploitation began; 0 = never
    int runs_per_batch = 20;  ///< runs that know the same elites [iterations_per_batch_job]
    int batches_at_once =
        10;  ///< a batch knows what this many batches before it have found [max_concurrent_batch_jobs]

    // What a run draws. Where `calibrate`, ranges are narrowed to what the library allows, see docs/clustering.md.
    bool calibrate = true;
    Range<int> kmeans_clusters = {40, 100};    ///< [num_clusters_min, num_clusters_max]
    Range<int> gmm_components = {40, 100};     ///< [gmm_n_components_min, gmm_n_components_max]
    Range<int> spectral_clusters = {40, 100};  ///< [spectral_n_clusters_min, spectral_n_clusters_max]
    Range<double> dbscan_eps = {0.1, 0.5};     ///< in units of the library's spread, see space.h
    Range<int> dbscan_min_samples = {5, 20};
    /// Principal components clustered on; 0 = all.
    Range<int> pca_components = {0, 199};
    bool use_embeddings = true;  ///< cluster on embeddings, else on tags and features [enable_clustering_embeddings]
    numeric::Covariance gmm_covariance = numeric::Covariance::full;
    int spectral_neighbours = 20;  ///< [spectral_n_neighbors]

    // The sample a run clusters; the whole library is grouped by it afterwards.
    int sample_songs = 10'000;  ///< at most; slower algorithms take less, see fit.h
    int min_songs_per_genre_for_stratification = 100;
    double stratified_sampling_target_percentile = 50;  ///< of the genres' sizes: how many songs a genre gives at first
    double sampling_change_per_run = 0.2;               ///< share of the sample that is exchanged from run to run

    // The lists.
    int top_n_playlists = 8;        ///< keep the most diverse so many; 0 = all
    int min_playlist_size = 20;     ///< smaller lists are dropped; libraries of less than 320 songs need less
    int max_songs_per_cluster = 0;  ///< 0 = no limit
    /// <= 0: no limit; raised, like the next, for a list that would stay below the least size otherwise.
    int max_songs_per_artist = 3;
    int max_songs_per_album = 0;
    double max_distance =
        1.0;  ///< songs farther from their centre than this times the library's spread stay out; 0 = none
    double duplicate_distance = 0.01;  ///< 1 - cos below which a song of the same length repeats one before it
    int duplicate_lookback = 1;
    int top_n_moods = 0;  ///< tags that count: the library's most frequent so many; <= 0: all

    // How a run is judged. The weights are those of Fitness::audiomuse_ai.
    Fitness fitness = Fitness::listening;
    double score_weight_diversity = 2;
    double score_weight_purity = 1;
    double score_weight_silhouette = 0;
    double score_weight_davies_bouldin = 0;
    double score_weight_calinski_harabasz = 0;
    double score_weight_other_feature_diversity = 0;
    double score_weight_other_feature_purity = 0;

    std::uint64_t seed = 1;
    unsigned threads = 1;  ///< has no influence on the result
};

/// Throws Error(invalid_argument) that names the field when a value is out of range or a range is upside down.
void check(const ClusteringParams& params);

/// One row per track in all of them.
struct ClusteringInput {
    std::vector<TrackId> ids;
    numeric::Matrix embeddings;  ///< raw or normalised; none zero
    std::vector<store::AnalysisSummary> summaries;
    std::vector<std::string> artists;     ///< artist_key
    std::vector<std::string> albums;      ///< album_key
    std::vector<std::string> signatures;  ///< song_signature
    std::vector<double> durations;        ///< seconds; 0: not known
};

/// The present tracks that have an embedding by `model`. Throws Error(cancelled).
ClusteringInput read_clustering_input(store::Store& store, const ModelTag& model, const CancelToken& cancel = {});

struct AutomaticPlaylist {
    std::string name;             ///< unique within a result, e.g. "Jazz_Blues_Slow_Relaxed"
    std::vector<TrackId> tracks;  ///< by distance to the centre, nearest first
    int artist_cap = 0;           ///< the limit per artist that was used; 0 = none
};

/// What a run is made of, and what the search varies. What an algorithm does not use is 0.
struct Genes {
    int components = 0;   ///< principal components clustered on; 0 = all
    int clusters = 0;     ///< kmeans, gmm, spectral
    double eps = 0;       ///< dbscan
    int min_samples = 0;  ///< dbscan
    friend bool operator==(const Genes&, const Genes&) = default;
};

/// Usable lists first (as many as wanted are as good as more), the score among equals. A run without lists has no rank.
struct Rank {
    std::size_t usable_lists = 0;
    double score = 0;
    friend auto operator<=>(const Rank&, const Rank&) = default;
};

/// What one run has come to.
struct Solution {
    Genes genes;
    Rank rank;
    std::vector<AutomaticPlaylist> playlists;  ///< most diverse first
};

struct ClusteringResult {
    Solution best;              ///< without playlists: no run gave any
    int min_playlist_size = 0;  ///< that was asked of the lists
    int runs_done = 0;
    bool stopped_early = false;  ///< by patience_runs
    bool cancelled = false;      ///< the playlists are the best of the runs done until then, perhaps none
};

/// Called now and then from the calling thread; `best_score` is negative until a run gave lists.
using ClusteringProgress = std::function<void(int runs_done, int runs_total, double best_score)>;

/// The whole search in this process. Same input, parameters and seed: same result, on any number of threads. Cancelling
/// ends it within a fraction of a second and is told in the result. Throws what check() throws. A library of less than
/// 8 tracks has no lists.
ClusteringResult cluster(const ClusteringInput& input, const ClusteringParams& params,
                         const ClusteringProgress& progress = {}, const CancelToken& cancel = {});

/// Why a playlist exists, as JSON for store::Playlist::recipe.
std::string recipe_json(const Solution& solution, const AutomaticPlaylist& playlist, const ClusteringParams& params);

}  // namespace audiomuse::features
