#include "sampling.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>

#include "audiomuse/base/random.h"

namespace audiomuse::features {
namespace {

// AudioMuse-AI's STRATIFIED_GENRES.
constexpr std::array<std::string_view, 27> kGenres = {
    "rock",         "pop",         "alternative",      "indie",        "electronic", "jazz",    "metal",
    "classic rock", "soul",        "indie rock",       "electronica",  "folk",       "punk",    "blues",
    "hard rock",    "ambient",     "acoustic",         "experimental", "Hip-Hop",    "country", "funk",
    "electro",      "heavy metal", "Progressive rock", "rnb",          "indie pop",  "House"};

/// The k-th percentile (0..100) by linear interpolation.
double percentile_of(std::vector<std::size_t> values, double percentile) {
    std::sort(values.begin(), values.end());
    const double at = percentile / 100 * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    const double share = at - static_cast<double>(below);
    return (1 - share) * static_cast<double>(values[below]) + share * static_cast<double>(values[above]);
}

/// Raises the lowest of `quotas` again and again, each up to its limit, until their sum is `total` or all limits are
/// reached.
void fill_evenly(std::vector<std::size_t>& quotas, const std::vector<std::size_t>& limits, std::size_t total) {
    const auto sum_at = [&](std::size_t level) {
        std::size_t sum = 0;
        for (std::size_t g = 0; g < quotas.size(); ++g)
            sum += std::max(quotas[g], std::min(level, limits[g]));
        return sum;
    };
    std::size_t low = 0;
    std::size_t high = *std::max_element(limits.begin(), limits.end());
    while (low < high) {  // the highest level that does not exceed the total
        const std::size_t middle = low + (high - low + 1) / 2;
        if (sum_at(middle) <= total) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    for (std::size_t g = 0; g < quotas.size(); ++g)
        quotas[g] = std::max(quotas[g], std::min(low, limits[g]));
    std::size_t sum = std::accumulate(quotas.begin(), quotas.end(), std::size_t{0});
    for (std::size_t g = 0; g < quotas.size() && sum < total; ++g) {
        if (quotas[g] == low && quotas[g] < limits[g]) {
            ++quotas[g];
            ++sum;
        }
    }
}

}  // namespace

std::size_t genre_count() {
    return kGenres.size() + 1;
}

std::vector<std::size_t> primary_genres(const ClusteringInput& input) {
    std::array<std::size_t, kGenres.size()> mood_of_genre{};
    for (std::size_t g = 0; g < kGenres.size(); ++g) {
        const auto* const found = std::find(kMoodNames.begin(), kMoodNames.end(), kGenres[g]);
        mood_of_genre[g] = static_cast<std::size_t>(found - kMoodNames.begin());
    }
    std::vector<std::size_t> genres;
    genres.reserve(input.summaries.size());
    for (const auto& summary : input.summaries) {
        std::size_t genre = kGenres.size();
        float strongest = 0;
        for (std::size_t g = 0; g < kGenres.size() && summary.moods.size() == kMoodNames.size(); ++g) {
            const float value = summary.moods[mood_of_genre[g]];
            if (value > strongest) {
                strongest = value;
                genre = g;
            }
        }
        genres.push_back(genre);
    }
    return genres;
}

std::vector<std::size_t> genre_quotas(const std::vector<std::size_t>& sizes, std::size_t total, std::size_t min_songs,
                                      double percentile) {
    const std::size_t others = sizes.size() - 1;
    std::vector<std::size_t> known;
    for (std::size_t g = 0; g < others; ++g) {
        if (sizes[g] > 0) known.push_back(sizes[g]);
    }
    std::vector<std::size_t> quotas(sizes.size());
    if (!known.empty()) {
        const std::size_t target = std::max(min_songs, static_cast<std::size_t>(percentile_of(known, percentile)));
        std::vector<std::size_t> limits(sizes.begin(), sizes.end());
        limits.back() = 0;
        std::vector<std::size_t> base = limits;
        for (std::size_t& limit : base)
            limit = std::min(limit, target);
        fill_evenly(quotas, base, total);
        fill_evenly(quotas, limits, total);
    }
    const std::size_t sum = std::accumulate(quotas.begin(), quotas.end(), std::size_t{0});
    quotas.back() = std::min(sizes.back(), total - std::min(total, sum));
    return quotas;
}

Sampler::Sampler(const ClusteringInput& input, const ClusteringParams& params, std::size_t most)
    : size_(std::min(most, input.ids.size())) {
    if (input.ids.size() <= most) return;
    genres_.resize(genre_count());
    const std::vector<std::size_t> genres = primary_genres(input);
    for (std::size_t i = 0; i < genres.size(); ++i)
        genres_[genres[i]].rows.push_back(i);
    std::vector<std::size_t> sizes;
    for (const Genre& genre : genres_)
        sizes.push_back(genre.rows.size());
    const std::vector<std::size_t> quotas =
        genre_quotas(sizes, most, static_cast<std::size_t>(params.min_songs_per_genre_for_stratification),
                     params.stratified_sampling_target_percentile);
    for (std::size_t g = 0; g < genres_.size(); ++g) {
        Genre& genre = genres_[g];
        Random random = Random::for_task(params.seed, g);
        random.shuffle(std::span(genre.rows));
        genre.quota = quotas[g];
        const double kept = (1 - params.sampling_change_per_run) * static_cast<double>(genre.quota);
        genre.step = genre.quota - static_cast<std::size_t>(kept);
    }
}

std::vector<std::size_t> Sampler::sample(int run) const {
    std::vector<std::size_t> sample;
    for (const Genre& genre : genres_) {
        const std::size_t first = static_cast<std::size_t>(run) * genre.step;
        for (std::size_t i = 0; i < genre.quota; ++i)
            sample.push_back(genre.rows[(first + i) % genre.rows.size()]);
    }
    std::sort(sample.begin(), sample.end());
    return sample;
}

}  // namespace audiomuse::features
