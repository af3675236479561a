#include "fitness.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "audiomuse/numeric/cluster_quality.h"
#include "audiomuse/numeric/distance.h"

namespace audiomuse::features {
namespace {

constexpr std::size_t kSongsAsked = 4000;
// AudioMuse-AI's.
constexpr std::size_t kTopMoods = 3;
constexpr double kLeastPureMood = 0.01;
constexpr double kLeastPureFeature = 0.3;
constexpr double kCalinskiHarabaszScale = 500;

std::vector<float> mean_of(const SongList& list, const numeric::Matrix& values) {
    std::vector<float> mean(values.columns());
    for (const std::size_t row : list.rows) {
        const auto song = values.row(row);
        for (std::size_t j = 0; j < mean.size(); ++j)
            mean[j] += song[j];
    }
    for (float& value : mean)
        value /= static_cast<float>(list.rows.size());
    return mean;
}

std::vector<std::vector<float>> means_of(const std::vector<SongList>& lists, const numeric::Matrix& values) {
    std::vector<std::vector<float>> means;
    for (const SongList& list : lists)
        means.push_back(mean_of(list, values));
    return means;
}

double listening_fitness(const Judged& run, const ClusterSpace& space, const Profiles& profiles, std::size_t min_size) {
    const double one_thing = coherence(run.lists, profiles.whole);
    const double product = one_thing * one_thing * one_thing * distinctness(run.lists, profiles.whole) *
                           playable_size(run.lists, min_size) * coverage(run.lists, space.points);
    return std::pow(product, 1.0 / 6);
}

double audiomuse_fitness(const Judged& run, const Profiles& profiles, const ClusteringParams& params,
                         const CancelToken& cancel) {
    double sum = 0;
    double weights = 0;
    const auto add = [&](double weight, const auto& measure) {
        if (weight == 0) return;
        sum += weight * measure();
        weights += weight;
    };
    add(params.score_weight_diversity, [&] { return diversity(run.lists, profiles.moods); });
    add(params.score_weight_purity, [&] { return purity(run.lists, profiles.moods, kTopMoods, kLeastPureMood); });
    add(params.score_weight_other_feature_diversity,
        [&] { return diversity(run.lists, profiles.features, kLeastPureFeature); });
    add(params.score_weight_other_feature_purity,
        [&] { return purity(run.lists, profiles.features, 1, kLeastPureFeature); });
    add(params.score_weight_silhouette,
        [&] { return (numeric::silhouette(run.points, run.labels, {.cancel = cancel}) + 1) / 2; });
    add(params.score_weight_davies_bouldin, [&] { return 1 / (1 + numeric::davies_bouldin(run.points, run.labels)); });
    add(params.score_weight_calinski_harabasz,
        [&] { return 1 - std::exp(-numeric::calinski_harabasz(run.points, run.labels) / kCalinskiHarabaszScale); });
    return weights > 0 ? sum / weights : 0;
}

}  // namespace

double coherence(const std::vector<SongList>& lists, const numeric::Matrix& profiles) {
    double sum = 0;
    std::size_t songs = 0;
    for (const SongList& list : lists) {
        const std::vector<float> mean = mean_of(list, profiles);
        for (const std::size_t row : list.rows)
            sum += std::max(0.0, 1.0 - static_cast<double>(numeric::cosine_distance(profiles.row(row), mean)));
        songs += list.rows.size();
    }
    return songs == 0 ? 0 : sum / static_cast<double>(songs);
}

double distinctness(const std::vector<SongList>& lists, const numeric::Matrix& profiles) {
    if (lists.size() < 2) return 0;
    const std::vector<std::vector<float>> means = means_of(lists, profiles);
    double sum = 0;
    for (std::size_t a = 0; a < means.size(); ++a) {
        double nearest = 1;
        for (std::size_t b = 0; b < means.size(); ++b) {
            if (a != b) nearest = std::min(nearest, static_cast<double>(numeric::cosine_distance(means[a], means[b])));
        }
        sum += std::max(0.0, nearest);
    }
    return sum / static_cast<double>(means.size());
}

double playable_size(const std::vector<SongList>& lists, std::size_t min_size) {
    const auto low = static_cast<double>(min_size);
    const double high = 5 * static_cast<double>(min_size);
    double sum = 0;
    for (const SongList& list : lists) {
        const auto songs = static_cast<double>(list.rows.size());
        sum += std::min({1.0, songs / low, high / songs});
    }
    return lists.empty() ? 0 : sum / static_cast<double>(lists.size());
}

double coverage(const std::vector<SongList>& lists, const numeric::Matrix& points) {
    if (lists.empty()) return 0;
    const std::vector<std::vector<float>> means = means_of(lists, points);
    const std::size_t step = (points.rows() + kSongsAsked - 1) / kSongsAsked;
    double explained = 0;
    double whole = 0;
    const std::vector<float> origin(points.columns());  // the library's mean
    for (std::size_t row = 0; row < points.rows(); row += step) {
        const float from_origin = numeric::squared_l2(points.row(row), origin);
        float nearest = from_origin;
        for (const std::vector<float>& mean : means)
            nearest = std::min(nearest, numeric::squared_l2(points.row(row), mean));
        explained += static_cast<double>(from_origin - nearest);
        whole += static_cast<double>(from_origin);
    }
    return whole > 0 ? explained / whole : 0;
}

double diversity(const std::vector<SongList>& lists, const numeric::Matrix& values, double least) {
    std::map<std::size_t, double> strongest;
    if (lists.empty() || values.columns() == 0) return 0;
    for (const SongList& list : lists) {
        const std::vector<float> mean = mean_of(list, values);
        const auto top = std::max_element(mean.begin(), mean.end());
        const auto value = static_cast<double>(*top);
        double& highest = strongest[static_cast<std::size_t>(top - mean.begin())];
        if (value > least) highest = std::max(highest, value);
    }
    double sum = 0;
    for (const auto& [column, value] : strongest)
        sum += value;
    return sum / static_cast<double>(lists.size());
}

double purity(const std::vector<SongList>& lists, const numeric::Matrix& values, std::size_t top, double least) {
    if (lists.empty()) return 0;
    double sum = 0;
    for (const SongList& list : lists) {
        const std::vector<float> mean = mean_of(list, values);
        std::vector<std::size_t> columns(mean.size());
        std::iota(columns.begin(), columns.end(), std::size_t{0});
        std::stable_sort(columns.begin(), columns.end(),
                         [&](std::size_t a, std::size_t b) { return mean[a] > mean[b]; });
        columns.resize(std::min(columns.size(), top));
        std::erase_if(columns, [&](std::size_t c) { return static_cast<double>(mean[c]) <= least; });
        double of_songs = 0;
        for (const std::size_t row : list.rows) {
            float highest = 0;
            for (const std::size_t column : columns)
                highest = std::max(highest, values(row, column));
            of_songs += static_cast<double>(highest);
        }
        sum += of_songs / static_cast<double>(list.rows.size());
    }
    return sum / static_cast<double>(lists.size());
}

double fitness(const Judged& run, const ClusterSpace& space, const Profiles& profiles, const ClusteringParams& params,
               std::size_t min_size, const CancelToken& cancel) {
    if (run.lists.empty()) return 0;
    return params.fitness == Fitness::listening ? listening_fitness(run, space, profiles, min_size)
                                                : audiomuse_fitness(run, profiles, params, cancel);
}

}  // namespace audiomuse::features
