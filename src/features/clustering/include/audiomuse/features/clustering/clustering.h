// Automatic playlists: many k-means runs with random parameters, the best of which becomes the lists.
// docs/clustering.md says how a run is judged and where this differs from AudioMuse-AI.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/base/ids.h"
#include "audiomuse/numeric/matrix.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

enum class ClusteringMethod { kmeans };

/// Names in brackets are the keys of POST /api/clustering/start where they differ.
struct ClusteringParams {
    ClusteringMethod method = ClusteringMethod::kmeans;  ///< [clustering_method]

    // The search.
    int runs = 1000;                        ///< most runs [clustering_runs]
    double exploitation_start = 0.2;        ///< share of the runs that draw at random before the best ones are varied
    double exploitation_probability = 0.7;  ///< after that, the chance that a run varies one of the best
    int elites = 10;                        ///< how many of the best are remembered for that
    int mutation_delta = 3;                 ///< a variation changes each number by at most this much
    int patience_runs = 100;  ///< stop after this many runs without improvement since exploitation began; 0 = never

    // What a run draws. Ranges are narrowed to what the library allows, see docs/clustering.md.
    int num_clusters_min = 40;
    int num_clusters_max = 100;
    /// Principal components clustered on; 0 = all. A draw is raised to as many as hold four fifths of the variance.
    int pca_components_min = 0;
    int pca_components_max = 199;
    bool use_embeddings = true;  ///< cluster on embeddings, else on tags and features [enable_clustering_embeddings]
    int kmeans_n_init = 2;       ///< restarts inside one run; the search itself is a restart, so few are enough
    int kmeans_max_iterations = 100;

    // The sample a run clusters; the whole library is assigned to its centres afterwards.
    int sample_songs = 10'000;  ///< libraries up to this size are clustered whole
    int min_songs_per_genre_for_stratification = 100;
    double stratified_sampling_target_percentile = 50;  ///< of the genres' sizes: how many songs a genre gives at first
    double sampling_change_per_run = 0.2;               ///< share of the sample that is exchanged from run to run

    // The lists.
    int top_n_playlists = 8;        ///< keep the most diverse so many; 0 = all
    int min_playlist_size = 20;     ///< smaller lists are dropped; libraries of less than 320 songs need less
    int max_songs_per_cluster = 0;  ///< 0 = no limit
    int max_songs_per_artist = 3;  ///< <= 0: no limit; raised for a list that would stay below the least size otherwise
    double max_distance =
        1.0;  ///< songs farther from their centre than this times the library's spread stay out; 0 = none
    double duplicate_distance = 0.01;  ///< 1 - cos below which a song of the same length repeats one before it
    int duplicate_lookback = 1;
    int top_n_moods = 0;  ///< tags that count: the library's most frequent so many; <= 0: all

    // How a run is judged: weights of measures that are all 0..1.
    double score_weight_diversity = 2;  ///< lists differ in their tags
    double score_weight_purity = 1;     ///< songs resemble their list in their tags
    double score_weight_silhouette = 0;
    double score_weight_davies_bouldin = 0;
    double score_weight_calinski_harabasz = 0;
    double score_weight_other_feature_diversity = 0;  ///< as above, by the six further features
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
    std::vector<std::string> signatures;  ///< song_signature
    std::vector<double> durations;        ///< seconds; 0: not known
};

/// The present tracks that have an embedding by `model`.
ClusteringInput read_clustering_input(store::Store& store, const ModelTag& model);

struct AutomaticPlaylist {
    std::string name;             ///< unique within a result, e.g. "Jazz_Blues_Slow_Relaxed"
    std::vector<TrackId> tracks;  ///< by distance to the centre, nearest first
    int artist_cap = 0;           ///< the limit per artist that was used; 0 = none
};

struct ClusteringResult {
    std::vector<AutomaticPlaylist> playlists;  ///< most diverse first; empty for a library of less than 8 tracks
    int clusters = 0;                          ///< of the best run
    int pca_components = 0;                    ///< of the best run; 0 = all
    int min_playlist_size = 0;                 ///< that was asked of the lists
    double score = 0;                          ///< of the best run, 0..1
    int runs_done = 0;
    bool stopped_early = false;  ///< by patience_runs
    bool cancelled = false;      ///< the playlists are the best of the runs done until then, perhaps none
};

/// Called now and then from the calling thread; `best_score` is negative until a run gave lists.
using ClusteringProgress = std::function<void(int runs_done, int runs_total, double best_score)>;

/// Same input, parameters and seed: same result, on any number of threads. Cancelling ends it within about a run (a
/// fraction of a second) and is told in the result. Throws what check() throws.
ClusteringResult cluster(const ClusteringInput& input, const ClusteringParams& params,
                         const ClusteringProgress& progress = {}, const CancelToken& cancel = {});

/// Why a playlist exists, as JSON for store::Playlist::recipe.
std::string recipe_json(const ClusteringResult& result, const AutomaticPlaylist& playlist,
                        const ClusteringParams& params);

}  // namespace audiomuse::features
