#include "naming.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "audiomuse/base/text.h"
#include "space.h"

namespace audiomuse::features {
namespace {

// AudioMuse-AI's thirds of the range 40..200 bpm.
constexpr double kSlowBelow = 40 + 0.33 * 160;
constexpr double kFastFrom = 40 + 0.66 * 160;
constexpr double kLeastMood = 0.01;
constexpr double kLeastFeature = 0.5;
constexpr std::size_t kMostMoods = 3;
constexpr std::size_t kMostFeatures = 2;

/// "female vocalists" gives "Female Vocalists", "Hip-Hop" stays.
std::string title_case(std::string_view text) {
    std::string result(text);
    bool at_start = true;
    for (char& c : result) {
        if (at_start && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
        at_start = c == ' ' || c == '-';
    }
    return result;
}

template <class Value>
double mean_over(const std::vector<std::size_t>& rows, const Value& value) {
    double sum = 0;
    for (const std::size_t row : rows)
        sum += value(row);
    return rows.empty() ? 0 : sum / static_cast<double>(rows.size());
}

struct Weighted {
    double weight;
    std::string text;
};

std::vector<std::string> strongest(std::vector<Weighted> items, std::size_t most) {
    std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.weight > b.weight; });
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < std::min(most, items.size()); ++i)
        texts.push_back(items[i].text);
    return texts;
}

}  // namespace

std::vector<std::string> name_lists(const std::vector<std::vector<std::size_t>>& lists, const ClusteringInput& input,
                                    int top_n_moods) {
    const std::vector<std::size_t> moods = active_moods(input, top_n_moods);
    std::vector<std::size_t> everything;
    for (std::size_t i = 0; i < input.ids.size(); ++i)
        everything.push_back(i);
    const auto mood_mean = [&](const std::vector<std::size_t>& rows, std::size_t mood) {
        return mean_over(rows, [&](std::size_t row) {
            const auto& values = input.summaries[row].moods;
            return mood < values.size() ? static_cast<double>(values[mood]) : 0.0;
        });
    };
    std::vector<double> in_library;
    for (const std::size_t mood : moods)
        in_library.push_back(mood_mean(everything, mood));
    std::vector<double> energies;
    for (const auto& summary : input.summaries)
        energies.push_back(summary.energy);
    std::sort(energies.begin(), energies.end());

    std::vector<std::string> names;
    std::set<std::string> taken;
    for (const auto& rows : lists) {
        std::vector<std::string> parts;
        if (moods.empty()) {
            const double energy = mean_over(rows, [&](std::size_t row) { return input.summaries[row].energy; });
            const double low = energies[energies.size() / 3];
            const double high = energies[(energies.size() * 2 - 1) / 3];
            parts.emplace_back(energy < low ? "Calm" : energy > high ? "Energetic" : "Lively");
        } else {
            std::vector<Weighted> telling;
            std::vector<Weighted> present;
            for (std::size_t m = 0; m < moods.size(); ++m) {
                const double p = mood_mean(rows, moods[m]);
                if (p <= kLeastMood) continue;
                const std::string text = title_case(kMoodNames[moods[m]]);
                present.push_back({p, text});
                if (p > in_library[m]) telling.push_back({p * std::log(p / in_library[m]), text});
            }
            parts = strongest(telling.empty() ? present : telling, kMostMoods);
            if (parts.empty()) parts.emplace_back("Mixed");
        }
        const double tempo = mean_over(rows, [&](std::size_t row) { return input.summaries[row].tempo_bpm; });
        parts.emplace_back(tempo < kSlowBelow ? "Slow" : tempo < kFastFrom ? "Medium" : "Fast");
        std::vector<Weighted> features;
        for (std::size_t f = 0; f < kOtherFeatureNames.size(); ++f) {
            const double value = mean_over(
                rows, [&](std::size_t row) { return static_cast<double>(input.summaries[row].other_features[f]); });
            if (value >= kLeastFeature) features.push_back({value, title_case(kOtherFeatureNames[f])});
        }
        for (const std::string& feature : strongest(features, kMostFeatures)) {
            // "Party" and "Happy" and "Sad" are moods as well.
            if (std::find(parts.begin(), parts.end(), feature) == parts.end()) parts.push_back(feature);
        }
        const std::string base = join(parts, "_");
        std::string name = base;
        for (int number = 2; !taken.insert(name).second; ++number)
            name = base + "_" + std::to_string(number);
        names.push_back(name);
    }
    return names;
}

}  // namespace audiomuse::features
