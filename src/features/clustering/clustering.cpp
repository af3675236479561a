#include "audiomuse/features/clustering/clustering.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <numeric>
#include <optional>
#include <unordered_map>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/features/common/songs.h"
#include "audiomuse/numeric/cluster_quality.h"
#include "audiomuse/numeric/kmeans.h"
#include "lists.h"
#include "naming.h"
#include "sampling.h"
#include "space.h"

namespace audiomuse::features {
namespace {

// Runs of one batch are done side by side and know the same elites: what they draw depends on nothing that runs beside
// them.
constexpr int kRunsPerBatch = 20;
constexpr std::size_t kLeastTracks = 8;
// One or two components cut the library into slices of equal brightness, which the score may like and no listener does.
constexpr double kLeastVariance = 0.8;

struct Range {
    int low = 0;
    int high = 0;
    int clip(int value) const { return std::clamp(value, low, high); }
};

/// What a run is made of, and what the search varies.
struct Genes {
    int clusters = 0;
    int pca_components = 0;  ///< 0 = all
    friend bool operator==(const Genes&, const Genes&) = default;
};

/// Usable lists first (as many as wanted are as good as more), the score among equals.
struct Rank {
    std::size_t usable_lists = 0;
    double score = 0;
    friend auto operator<=>(const Rank&, const Rank&) = default;
};

struct Run {
    Genes genes;
    std::uint64_t seed = 0;
    std::vector<std::size_t> sample;
    bool done = false;  ///< false when cancelled before it began
    Rank rank;
    std::vector<SongList> lists;  ///< the most diverse ones
};

class Search {
public:
    Search(const ClusteringInput& input, const ClusteringParams& params)
        : input_(input),
          params_(params),
          space_(make_space(input, params)),
          profiles_(make_profiles(input, params, space_)),
          sampler_(input, params),
          min_size_(least_list_size(input.ids.size(), params)) {
        // More clusters than the library has lists to give cannot all be usable. Where that cuts the range, its lower
        // end comes down to half of the upper one.
        const auto room = static_cast<int>(std::min<std::size_t>(input.ids.size() / min_size_, 1'000'000));
        clusters_ = {params.num_clusters_min, params.num_clusters_max};
        if (room < clusters_.high) {
            clusters_.high = std::max(2, room);
            clusters_.low = std::min(clusters_.low, std::max(2, clusters_.high / 2));
        }
        const auto columns = static_cast<int>(space_.points.columns());
        components_.high = std::min(params.pca_components_max, columns);
        components_.low = std::min(params.pca_components_min, components_.high);
        least_components_ = std::min(components_.high, components_holding(kLeastVariance));
    }

    ClusteringResult run(const ClusteringProgress& progress, const CancelToken& cancel) {
        ClusteringResult result;
        result.min_playlist_size = static_cast<int>(min_size_);
        const int exploit_from =
            static_cast<int>(std::ceil(params_.exploitation_start * static_cast<double>(params_.runs)));
        int last_improvement = 0;
        while (result.runs_done < params_.runs && !cancel.cancelled()) {
            const int first = result.runs_done;
            std::vector<Run> batch(static_cast<std::size_t>(std::min(kRunsPerBatch, params_.runs - first)));
            for (std::size_t i = 0; i < batch.size(); ++i)
                prepare(batch[i], first + static_cast<int>(i), first >= exploit_from);
            parallel_for(batch.size(), params_.threads, [&](std::size_t i) {
                if (!cancel.cancelled()) perform(batch[i]);
            });
            for (Run& run : batch) {
                if (!run.done) continue;
                ++result.runs_done;
                remember(run);
                if (best_ && run.rank <= best_->rank) continue;
                last_improvement = result.runs_done;
                run.sample.clear();
                best_ = std::move(run);
            }
            if (progress) progress(result.runs_done, params_.runs, best_score());
            const int waited = result.runs_done - std::max(last_improvement, exploit_from);
            if (params_.patience_runs > 0 && waited >= params_.patience_runs) {
                result.stopped_early = result.runs_done < params_.runs;
                break;
            }
        }
        result.cancelled = cancel.cancelled() && result.runs_done < params_.runs && !result.stopped_early;
        if (best_ && !best_->lists.empty()) hand_over(result);
        return result;
    }

private:
    double best_score() const { return best_ && !best_->lists.empty() ? best_->rank.score : -1; }

    int components_holding(double share) const {
        const double total = std::accumulate(space_.variance.begin(), space_.variance.end(), 0.0);
        std::size_t count = 0;
        for (double sum = 0; count < space_.variance.size() && sum < share * total; ++count)
            sum += space_.variance[count];
        return static_cast<int>(count);
    }

    int enough_components(int drawn) const { return drawn == 0 ? 0 : std::max(drawn, least_components_); }

    void prepare(Run& run, int number, bool exploit) {
        Random random = Random::for_task(params_.seed, static_cast<std::uint64_t>(number));
        if (exploit && !elites_.empty() && random.uniform() < params_.exploitation_probability) {
            const auto chosen = random.integer(0, static_cast<std::int64_t>(elites_.size()) - 1);
            const Genes& elite = elites_[static_cast<std::size_t>(chosen)].first;
            const auto vary = [&](int value) {
                return value + static_cast<int>(random.integer(-params_.mutation_delta, params_.mutation_delta));
            };
            run.genes.clusters = clusters_.clip(vary(elite.clusters));
            run.genes.pca_components = enough_components(components_.clip(vary(elite.pca_components)));
        } else {
            run.genes.clusters = static_cast<int>(random.integer(clusters_.low, clusters_.high));
            run.genes.pca_components =
                enough_components(static_cast<int>(random.integer(components_.low, components_.high)));
        }
        run.sample = sampler_.next(random);
        run.seed = random.bits();
    }

    void perform(Run& run) const {
        const auto components = static_cast<std::size_t>(run.genes.pca_components);
        const numeric::Matrix all = view(space_.points, components);
        const numeric::Matrix drawn =
            run.sample.empty() ? numeric::Matrix() : view(space_.points, components, run.sample);
        const numeric::Matrix& points = run.sample.empty() ? all : drawn;
        const numeric::KMeansResult model =
            numeric::kmeans(points, {.clusters = static_cast<std::size_t>(run.genes.clusters),
                                     .n_init = params_.kmeans_n_init,
                                     .max_iterations = params_.kmeans_max_iterations,
                                     .seed = run.seed});
        const numeric::Assignment assignment = numeric::assign(all, model.centres);
        const double variance = std::accumulate(
            space_.variance.begin(), space_.variance.begin() + static_cast<std::ptrdiff_t>(all.columns()), 0.0);
        const ListParams list_params = {.min_size = min_size_, .farthest = params_.max_distance * std::sqrt(variance)};
        std::vector<SongList> usable = make_lists(assignment, model.centres, input_, space_.unit, params_, list_params);
        const std::size_t wanted = params_.top_n_playlists > 0 ? static_cast<std::size_t>(params_.top_n_playlists) : 1;
        run.rank.usable_lists = std::min(wanted, usable.size());
        run.lists = most_diverse(std::move(usable), params_.top_n_playlists);
        run.rank.score = score(run.lists, points, model.labels);
        run.done = true;
    }

    double score(const std::vector<SongList>& lists, const numeric::Matrix& points,
                 const std::vector<int>& labels) const {
        double sum = 0;
        double weights = 0;
        const auto add = [&](double weight, const auto& measure) {
            if (weight == 0) return;
            sum += weight * measure();
            weights += weight;
        };
        add(params_.score_weight_diversity, [&] { return diversity(lists, profiles_.whole); });
        add(params_.score_weight_purity, [&] { return purity(lists, profiles_.whole); });
        add(params_.score_weight_other_feature_diversity, [&] { return diversity(lists, profiles_.features); });
        add(params_.score_weight_other_feature_purity, [&] { return purity(lists, profiles_.features); });
        add(params_.score_weight_silhouette, [&] { return (numeric::silhouette(points, labels) + 1) / 2; });
        add(params_.score_weight_davies_bouldin, [&] { return 1 / (1 + numeric::davies_bouldin(points, labels)); });
        add(params_.score_weight_calinski_harabasz,
            [&] { return 1 - std::exp(-numeric::calinski_harabasz(points, labels) / 500); });
        return weights > 0 ? sum / weights : 0;
    }

    void remember(const Run& run) {
        if (run.lists.empty()) return;
        const auto same =
            std::find_if(elites_.begin(), elites_.end(), [&](const auto& e) { return e.first == run.genes; });
        if (same != elites_.end()) {
            same->second = std::max(same->second, run.rank);
        } else {
            elites_.emplace_back(run.genes, run.rank);
        }
        std::stable_sort(elites_.begin(), elites_.end(),
                         [](const auto& a, const auto& b) { return a.second > b.second; });
        if (elites_.size() > static_cast<std::size_t>(params_.elites))
            elites_.resize(static_cast<std::size_t>(params_.elites));
    }

    void hand_over(ClusteringResult& result) const {
        result.clusters = best_->genes.clusters;
        result.pca_components = best_->genes.pca_components;
        result.score = best_->rank.score;
        std::vector<std::vector<std::size_t>> rows;
        for (const SongList& list : best_->lists)
            rows.push_back(list.rows);
        const std::vector<std::string> names = name_lists(rows, input_, params_.top_n_moods);
        for (std::size_t i = 0; i < names.size(); ++i) {
            AutomaticPlaylist playlist{names[i], {}, best_->lists[i].artist_cap};
            for (const std::size_t row : rows[i])
                playlist.tracks.push_back(input_.ids[row]);
            result.playlists.push_back(std::move(playlist));
        }
    }

    const ClusteringInput& input_;
    const ClusteringParams& params_;
    ClusterSpace space_;
    Profiles profiles_;
    Sampler sampler_;
    std::size_t min_size_;
    Range clusters_;
    Range components_;
    int least_components_ = 0;
    std::vector<std::pair<Genes, Rank>> elites_;  ///< best first
    std::optional<Run> best_;
};

void require(bool holds, const char* sentence) {
    if (!holds) throw Error(ErrorCode::invalid_argument, sentence);
}

}  // namespace

void check(const ClusteringParams& p) {
    require(p.runs >= 1 && p.runs <= 1'000'000, "clustering_runs has to be between 1 and 1,000,000.");
    require(p.num_clusters_min >= 2, "num_clusters_min has to be at least 2.");
    require(p.num_clusters_max >= p.num_clusters_min, "num_clusters_max must not be below num_clusters_min.");
    require(p.pca_components_min >= 0, "pca_components_min must not be negative.");
    require(p.pca_components_max >= p.pca_components_min, "pca_components_max must not be below pca_components_min.");
    require(p.kmeans_n_init >= 1, "kmeans_n_init has to be at least 1.");
    require(p.kmeans_max_iterations >= 1, "kmeans_max_iterations has to be at least 1.");
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

ClusteringInput read_clustering_input(store::Store& store, const ModelTag& model) {
    std::unordered_map<TrackId, store::AnalysisSummary> summaries;
    store.analyses().each_summary([&](const store::AnalysisSummary& summary) { summaries[summary.id] = summary; });
    ClusteringInput input;
    std::vector<float> values;
    std::size_t dimension = 0;
    store.analyses().each_embedding(model, [&](TrackId id, const Embedding& embedding) {
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
    input.signatures.resize(input.ids.size());
    input.durations.resize(input.ids.size());
    constexpr std::size_t kRowsAtOnce = 500;
    for (std::size_t begin = 0; begin < input.ids.size(); begin += kRowsAtOnce) {
        const std::size_t count = std::min(kRowsAtOnce, input.ids.size() - begin);
        for (const store::TrackRow& row : store.tracks().get(std::span(input.ids).subspan(begin, count))) {
            const std::size_t i = row_of.at(row.id);
            input.artists[i] = artist_key(row.tags);
            input.signatures[i] = song_signature(row.tags.title, row.author);
            input.durations[i] = row.tags.duration_s;
        }
    }
    return input;
}

ClusteringResult cluster(const ClusteringInput& input, const ClusteringParams& params,
                         const ClusteringProgress& progress, const CancelToken& cancel) {
    check(params);
    if (input.ids.size() < kLeastTracks) return {};
    return Search(input, params).run(progress, cancel);
}

std::string recipe_json(const ClusteringResult& result, const AutomaticPlaylist& playlist,
                        const ClusteringParams& params) {
    const boost::json::object recipe = {{"algorithm", "kmeans"},
                                        {"on", params.use_embeddings ? "embeddings" : "tags and features"},
                                        {"clusters", result.clusters},
                                        {"pca_components", result.pca_components},
                                        {"score", std::round(result.score * 1e4) / 1e4},
                                        {"runs", result.runs_done},
                                        {"seed", params.seed},
                                        {"max_songs_per_artist", playlist.artist_cap}};
    return boost::json::serialize(recipe);
}

}  // namespace audiomuse::features
