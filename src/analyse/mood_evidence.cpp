#include "mood_evidence.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace audiomuse::analyse {
namespace {

using enum Sign;

// The columns of signs: danceable, aggressive, happy, relaxed, sad.
constexpr std::array<Evidence, kSignalEvidence + kTagEvidence> kEvidence = {{
    {"loud", {more, more, more, less, less}, {}},
    {"bright", {any, more, any, less, less}, {}},
    {"noisy", {any, more, any, less, less}, {}},
    {"busy", {more, more, more, less, less}, {}},
    {"pulse", {more, any, any, any, any}, {}},
    {"tonal", {any, less, any, more, any}, {}},
    {"attack", {more, any, any, less, any}, {}},
    {"fast", {more, more, more, less, less}, {}},
    {"major", {any, any, more, any, less}, {}},
    {"dance", {own, any, more, less, less}, {"dance", "House", "electro", "party"}},
    {"electronic", {any, any, any, any, any}, {"electronic", "electronica"}},
    {"heavy", {less, own, less, less, less}, {"metal", "heavy metal", "hard rock", "punk"}},
    {"rock",
     {less, more, any, less, any},
     {"rock", "alternative rock", "classic rock", "indie rock", "Progressive rock"}},
    {"ambient", {less, less, less, own, any}, {"ambient"}},
    {"calm", {any, less, less, own, more}, {"chillout", "chill", "Mellow", "easy listening"}},
    {"acoustic", {any, less, any, more, any}, {"acoustic", "folk", "country"}},
    {"urban", {more, any, any, any, any}, {"Hip-Hop", "rnb", "soul", "funk"}},
    {"cheerful", {more, less, own, any, less}, {"happy", "catchy", "pop", "indie pop"}},
    {"oldies", {any, any, any, any, any}, {"oldies", "60s", "70s"}},
    {"jazz", {any, less, any, any, less}, {"jazz", "blues"}},
    {"sad", {less, less, any, more, own}, {"sad", "beautiful"}},
    {"sung", {any, any, any, any, any}, {"female vocalists", "male vocalists", "female vocalist"}},
}};

double limited(double x, double low, double high) {
    return x > low ? std::min(x, high) : low;  // low for NaN
}

std::array<double, kSignalEvidence> from_signal(const dsp::TrackFeatures& f) {
    double contrast = 0;
    for (std::size_t band = 1; band <= 5; ++band)
        contrast += f.contrast[band].mean / 5;
    const double key = limited(f.key_strength, 0, 1);
    return {limited((20 * std::log10(f.energy) + 20) / 10, -4, 2),
            limited(std::log2(f.centroid_hz.mean / 1500), -3, 3),
            limited((std::log10(f.flatness.mean) + 3) / 1.5, -4, 3),
            limited((f.onsets_per_second - 3) / 2, -2, 3),
            limited((f.pulse_clarity - 0.35) / 0.2, -2, 3),
            limited((contrast - 20) / 5, -3, 3),
            limited((f.onset_strength.mean - 1.3) / 0.6, -2.5, 4),
            limited(std::log2(f.tempo_bpm / 110), -1.5, 1),
            f.scale == Scale::major ? key : -key};
}

double log_odds(std::span<const float> moods, std::string_view tag) {
    const auto found = std::find(kMoodNames.begin(), kMoodNames.end(), tag);
    const auto probability = static_cast<double>(moods[static_cast<std::size_t>(found - kMoodNames.begin())]);
    const double p = limited(probability, 1e-4, 1 - 1e-4);
    return std::log(p / (1 - p));
}

double from_tags(std::span<const float> moods, const Evidence& evidence) {
    double sum = 0;
    int count = 0;
    for (const std::string_view tag : evidence.tags) {
        if (tag.empty()) break;
        sum += log_odds(moods, tag);
        ++count;
    }
    return limited(sum / count + 4, -3, 4);
}

}  // namespace

std::span<const Evidence> evidence_list() {
    return kEvidence;
}

std::vector<double> mood_evidence(const dsp::TrackFeatures& features, std::span<const float> moods) {
    const auto signal = from_signal(features);
    std::vector<double> values(signal.begin(), signal.end());
    if (moods.size() == kMoodNames.size()) {
        for (std::size_t i = kSignalEvidence; i < kEvidence.size(); ++i)
            values.push_back(from_tags(moods, kEvidence[i]));
    }
    return values;
}

}  // namespace audiomuse::analyse
