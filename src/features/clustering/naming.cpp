#include "naming.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
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

using Rows = std::vector<std::size_t>;

/// What names of lists of one library are made from.
class Words {
public:
    Words(const ClusteringInput& input, int top_n_moods) : input_(input), moods_(active_moods(input, top_n_moods)) {
        Rows everything(input.ids.size());
        std::iota(everything.begin(), everything.end(), std::size_t{0});
        for (const std::size_t mood : moods_)
            in_library_.push_back(mood_mean(everything, mood));
        for (const auto& summary : input.summaries)
            energies_.push_back(summary.energy);
        std::sort(energies_.begin(), energies_.end());
    }

    /// The up to three moods that say most about the list; the energy where nothing is known of moods.
    std::vector<std::string> moods(const Rows& rows) const {
        if (moods_.empty()) return {energy(rows)};
        std::vector<Weighted> telling;
        std::vector<Weighted> present;
        for (std::size_t m = 0; m < moods_.size(); ++m) {
            const double p = mood_mean(rows, moods_[m]);
            if (p <= kLeastMood) continue;
            const std::string text = title_case(kMoodNames[moods_[m]]);
            present.push_back({p, text});
            if (p > in_library_[m]) telling.push_back({p * std::log(p / in_library_[m]), text});
        }
        std::vector<std::string> words = strongest(telling.empty() ? present : telling, kMostMoods);
        if (words.empty()) words.emplace_back("Mixed");
        return words;
    }

    std::string tempo(const Rows& rows) const {
        const double bpm = mean_over(rows, [&](std::size_t row) { return input_.summaries[row].tempo_bpm; });
        return bpm < kSlowBelow ? "Slow" : bpm < kFastFrom ? "Medium" : "Fast";
    }

    std::vector<std::string> features(const Rows& rows) const {
        std::vector<Weighted> strong;
        for (std::size_t f = 0; f < kOtherFeatureNames.size(); ++f) {
            const double value = mean_over(
                rows, [&](std::size_t row) { return static_cast<double>(input_.summaries[row].other_features[f]); });
            if (value >= kLeastFeature) strong.push_back({value, title_case(kOtherFeatureNames[f])});
        }
        return strongest(std::move(strong), kMostFeatures);
    }

    /// By thirds of the library.
    std::string energy(const Rows& rows) const {
        const double value = mean_over(rows, [&](std::size_t row) { return input_.summaries[row].energy; });
        const double low = energies_[energies_.size() / 3];
        const double high = energies_[(energies_.size() * 2 - 1) / 3];
        return value < low ? "Calm" : value > high ? "Energetic" : "Lively";
    }

private:
    double mood_mean(const Rows& rows, std::size_t mood) const {
        return mean_over(rows, [&](std::size_t row) {
            const auto& values = input_.summaries[row].moods;
            return mood < values.size() ? static_cast<double>(values[mood]) : 0.0;
        });
    }

    const ClusteringInput& input_;
    std::vector<std::size_t> moods_;
    std::vector<double> in_library_;  ///< mean of each mood
    std::vector<double> energies_;    ///< rising
};

void add_new(std::vector<std::string>& parts, const std::string& part) {
    if (std::find(parts.begin(), parts.end(), part) == parts.end()) parts.push_back(part);
}

}  // namespace

std::vector<std::string> name_lists(const std::vector<std::vector<std::size_t>>& lists, const ClusteringInput& input,
                                    int top_n_moods) {
    const Words words(input, top_n_moods);
    std::vector<std::vector<std::string>> parts;
    std::map<std::string, int> times;
    for (const Rows& rows : lists) {
        std::vector<std::string> name = words.moods(rows);
        name.push_back(words.tempo(rows));
        // "Party" and "Happy" and "Sad" are moods as well.
        for (const std::string& feature : words.features(rows))
            add_new(name, feature);
        ++times[join(name, "_")];
        parts.push_back(std::move(name));
    }
    std::vector<std::string> names;
    std::set<std::string> taken;
    for (std::size_t i = 0; i < lists.size(); ++i) {
        if (times[join(parts[i], "_")] > 1) add_new(parts[i], words.energy(lists[i]));
        const std::string base = join(parts[i], "_");
        std::string name = base;
        for (int number = 2; !taken.insert(name).second; ++number)
            name = base + "_" + std::to_string(number);
        names.push_back(name);
    }
    return names;
}

}  // namespace audiomuse::features
