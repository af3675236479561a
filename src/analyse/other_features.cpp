#include "audiomuse/analyse/other_features.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <string_view>

namespace audiomuse::analyse {
namespace {

double ramp(double x, double low, double high) {
    return std::clamp((x - low) / (high - low), 0.0, 1.0);
}

consteval std::size_t tag(std::string_view name) {
    for (std::size_t i = 0; i < kMoodNames.size(); ++i) {
        if (kMoodNames[i] == name) return i;
    }
    throw "no such tag";
}

struct WeightedTag {
    std::size_t index;
    double weight;
};

double evidence(std::span<const float> moods, std::initializer_list<WeightedTag> tags) {
    double sum = 0;
    for (const WeightedTag& item : tags)
        sum += item.weight * static_cast<double>(moods[item.index]);
    return 1 - std::exp(-3 * sum);
}

std::array<double, 6> from_signal(const dsp::TrackFeatures& f) {
    const double pulse = ramp(f.pulse_clarity, 0.1, 0.6);
    const double octaves = f.tempo_bpm > 0 ? std::log2(f.tempo_bpm / 120) / 0.5 : 0;
    const double steady = f.tempo_bpm > 0 ? pulse * std::exp(-octaves * octaves / 2) : 0;
    const double loud = ramp(20 * std::log10(std::max(f.energy, 1e-6)), -36, -12);
    const double busy = ramp(f.onsets_per_second, 0.5, 5);
    const double bright = ramp(std::log2(std::max(f.centroid_hz.mean, 1.0) / 1000), -0.6, 1.4);
    const double noisy = ramp(std::log10(std::max(f.flatness.mean, 1e-10)), -4, -1);
    const double fast = ramp(f.tempo_bpm, 70, 140);
    const double strength = std::clamp(f.key_strength, 0.0, 1.0);
    const double major = (1 + (f.scale == Scale::major ? strength : -strength)) / 2;
    return {0.45 * pulse + 0.35 * steady + 0.20 * busy,
            0.35 * loud + 0.25 * noisy + 0.20 * bright + 0.20 * busy,
            0.45 * major + 0.25 * fast + 0.15 * bright + 0.15 * busy,
            0.35 * steady + 0.25 * pulse + 0.25 * loud + 0.15 * fast,
            0.35 * (1 - loud) + 0.30 * (1 - busy) + 0.20 * (1 - bright) + 0.15 * (1 - fast),
            0.40 * (1 - major) + 0.30 * (1 - fast) + 0.20 * (1 - loud) + 0.10 * (1 - busy)};
}

std::array<double, 6> from_tags(std::span<const float> m) {
    return {
        evidence(m, {{tag("dance"), 1},
                     {tag("electronic"), 0.4},
                     {tag("House"), 1},
                     {tag("funk"), 0.8},
                     {tag("Hip-Hop"), 0.7},
                     {tag("party"), 1},
                     {tag("electro"), 0.8},
                     {tag("rnb"), 0.5},
                     {tag("electronica"), 0.3}}),
        evidence(m, {{tag("metal"), 1},
                     {tag("heavy metal"), 1},
                     {tag("hard rock"), 0.8},
                     {tag("punk"), 0.8},
                     {tag("alternative rock"), 0.3},
                     {tag("rock"), 0.2}}),
        evidence(m, {{tag("happy"), 2},
                     {tag("catchy"), 1},
                     {tag("party"), 1},
                     {tag("pop"), 0.5},
                     {tag("dance"), 0.4},
                     {tag("funk"), 0.5},
                     {tag("indie pop"), 0.4}}),
        evidence(m, {{tag("party"), 2},
                     {tag("dance"), 1},
                     {tag("House"), 1},
                     {tag("electro"), 0.6},
                     {tag("Hip-Hop"), 0.5},
                     {tag("catchy"), 0.5},
                     {tag("funk"), 0.4}}),
        evidence(m, {{tag("ambient"), 1},
                     {tag("chillout"), 1},
                     {tag("chill"), 1},
                     {tag("Mellow"), 1},
                     {tag("acoustic"), 0.7},
                     {tag("easy listening"), 1},
                     {tag("beautiful"), 0.5}}),
        evidence(m, {{tag("sad"), 2},
                     {tag("Mellow"), 0.7},
                     {tag("beautiful"), 0.6},
                     {tag("acoustic"), 0.3},
                     {tag("blues"), 0.3},
                     {tag("folk"), 0.2}}),
    };
}

}  // namespace

std::array<float, 6> other_features(const dsp::TrackFeatures& features, std::span<const float> moods) {
    std::array<double, 6> values = from_signal(features);
    if (moods.size() == kMoodNames.size()) {
        const std::array<double, 6> tags = from_tags(moods);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = (values[i] + tags[i]) / 2;
    }
    std::array<float, 6> result{};
    for (std::size_t i = 0; i < values.size(); ++i)
        result[i] = static_cast<float>(std::clamp(values[i], 0.0, 1.0));
    return result;
}

}  // namespace audiomuse::analyse
