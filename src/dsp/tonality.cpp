#include "tonality.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "vector_math.h"

namespace audiomuse::dsp {

namespace {

constexpr double kLowRate = 4000;
constexpr std::size_t kFrame = 2048;
constexpr std::size_t kHop = Decimator::kBlock;
constexpr double kBinHz = kLowRate / kFrame;
constexpr double kLowestHz = 55;
constexpr double kHighestHz = 1000;
constexpr double kBassHz = 220;
constexpr std::size_t kEnvelopeReach = 40;  // bins each way: 78 Hz
constexpr auto kFirstBin = static_cast<std::size_t>(kLowestHz / kBinHz);
constexpr auto kEndBin = static_cast<std::size_t>(kHighestHz / kBinHz);
constexpr std::size_t kUsedBins = kEndBin + kEnvelopeReach + 1;
constexpr float kSilence = 1e-3F;   // of a magnitude: below the last of 16 bits
constexpr float kProminence = 2;    // of a peak over the mean around it
constexpr float kFaintest = 0.03F;  // against the loudest bin
constexpr std::size_t kHarmonics = 5;
constexpr double kHarmonicDecay = 0.7;
constexpr double kOctavesOfC = 20.75;  // A lies nine semitones above C; whole octaves keep the sum positive
const double kFading = std::exp(-static_cast<double>(kHop) / (kLowRate * 4));

std::array<double, kHarmonics> octaves_of_harmonics() {
    std::array<double, kHarmonics> octaves{};
    for (std::size_t h = 0; h < kHarmonics; ++h)
        octaves[h] = std::log2(static_cast<double>(h + 1));
    return octaves;
}

}  // namespace

PitchProfiler::PitchProfiler()
    : framer_(kFrame, kHop), spectrum_(kFrame), magnitude_(kUsedBins), sums_(kUsedBins + 1) {}

void PitchProfiler::push(std::span<const float> samples) {
    decimator_.push(samples, [this](std::span<const float> low) {
        framer_.push(low, [this](std::span<const float> frame) { add_spectrum(spectrum_(frame)); });
    });
}

void PitchProfiler::add_spectrum(std::span<const float> power) {
    float* const magnitude = magnitude_.data();
    for (std::size_t k = 0; k < kUsedBins; ++k)
        magnitude[k] = std::sqrt(power[k]);
    const float loudest = largest(magnitude_);
    if (!(loudest > kSilence)) return;
    for (std::size_t k = 0; k < kUsedBins; ++k)
        sums_[k + 1] = sums_[k] + magnitude[k];

    peaks_.clear();
    double total = 0;
    for (std::size_t k = kFirstBin; k < kEndBin; ++k) {
        const float here = magnitude[k];
        if (!(here > magnitude[k - 1]) || !(here >= magnitude[k + 1]) || here < kFaintest * loudest) continue;
        const std::size_t from = k > kEnvelopeReach ? k - kEnvelopeReach : 0;
        const std::size_t to = k + kEnvelopeReach + 1;
        if (here * static_cast<float>(to - from) < kProminence * (sums_[to] - sums_[from])) continue;
        // The vertex of the parabola through the three logarithms.
        const float left = std::log2(magnitude[k - 1] + kSilence * 1e-3F);
        const float middle = std::log2(here);
        const float right = std::log2(magnitude[k + 1] + kSilence * 1e-3F);
        const float curvature = left + right - 2 * middle;
        const float shift = curvature < 0 ? 0.5F * (left - right) / curvature : 0;
        const double hz = (static_cast<double>(k) + static_cast<double>(shift)) * kBinHz;
        peaks_.push_back({hz, kOctavesOfC + std::log2(hz / 440), std::sqrt(static_cast<double>(here / loudest))});
        total += peaks_.back().weight;
    }
    count_peaks(total);
}

void PitchProfiler::count_peaks(double total) {
    static const std::array<double, kHarmonics> kOctaves = octaves_of_harmonics();
    if (peaks_.empty()) return;
    const auto bin_of = [](double octaves) {
        const double position = (octaves - std::floor(octaves)) * kBinsPerOctave;
        return static_cast<std::size_t>(position) % kBinsPerOctave;
    };
    Histogram now{};
    for (const Peak& peak : peaks_) {
        double weight = peak.weight / total;
        if (peak.hz < kBassHz) {
            bass_[bin_of(peak.octaves)] += weight;
            opening_bass_[bin_of(peak.octaves)] += opening_weight_ * weight;
        }
        for (std::size_t h = 0; h < kHarmonics && peak.hz > kLowestHz * static_cast<double>(h + 1); ++h) {
            now[bin_of(peak.octaves - kOctaves[h])] += weight;
            weight *= kHarmonicDecay;
        }
    }
    for (std::size_t i = 0; i < kBinsPerOctave; ++i) {
        chords_[i] += now[i];
        opening_[i] += opening_weight_ * now[i];
    }
    opening_weight_ *= kFading;
}

PitchProfile PitchProfiler::finish() {
    // Silence behind the end: what was pushed last shall be heard in two frames as all else.
    push(std::vector<float>(2 * Decimator::kFactor * kHop - decimator_.pending()));
    PitchProfile profile;
    // The tuning is the angle of the mean over tenths of semitones, laid on a circle.
    double cosines = 0;
    double sines = 0;
    constexpr std::size_t kParts = kBinsPerOctave / 12;
    for (std::size_t i = 0; i < kBinsPerOctave; ++i) {
        const double angle = 2 * std::numbers::pi * (static_cast<double>(i % kParts) + 0.5) / kParts;
        cosines += chords_[i] * std::cos(angle);
        sines += chords_[i] * std::sin(angle);
    }
    profile.tuning = chords_ == Histogram{} ? 0 : std::atan2(sines, cosines) / (2 * std::numbers::pi);
    for (std::size_t i = 0; i < kBinsPerOctave; ++i) {
        double semitones = (static_cast<double>(i) + 0.5) / kParts - profile.tuning;
        const double nearest = std::round(semitones);
        const double distance = semitones - nearest;
        const double weight = std::cos(std::numbers::pi * distance) * std::cos(std::numbers::pi * distance);
        const auto c = static_cast<std::size_t>(static_cast<int>(nearest) + 12) % 12;
        profile.chords[c] += weight * chords_[i];
        profile.bass[c] += weight * bass_[i];
        profile.opening[c] += weight * opening_[i];
        profile.opening_bass[c] += weight * opening_bass_[i];
    }
    return profile;
}

}  // namespace audiomuse::dsp
