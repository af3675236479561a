#include "audiomuse/analyse/descriptors.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <numbers>

#include "descriptor_table.h"

namespace audiomuse::analyse {
namespace {

double log_of(double x, double floor) {
    return std::log(std::max(x, floor));
}

/// Appends values in order; a value that is not finite becomes 0, so that one odd feature cannot spoil a vector.
class Writer {
public:
    explicit Writer(std::span<double> out) : out_(out) {}
    void add(double value) { out_[next_++] = std::isfinite(value) ? value : 0; }
    std::size_t written() const { return next_; }

private:
    std::span<double> out_;
    std::size_t next_ = 0;
};

void add_log_and_spread(Writer& writer, const dsp::MeanStd& value, double floor) {
    writer.add(log_of(value.mean, floor));
    writer.add(value.std / std::max(value.mean, floor));
}

void add_harmony(Writer& writer, const dsp::TrackFeatures& features) {
    double sum = 0;
    for (const float value : features.chroma)
        sum += static_cast<double>(value);
    std::array<double, 12> share{};  // of the energy, from the tonic upwards
    for (std::size_t i = 0; i < 12; ++i) {
        const auto pitch_class = (i + static_cast<std::size_t>(features.key)) % 12;
        share[i] = sum > 0 ? static_cast<double>(features.chroma[pitch_class]) / sum : 1.0 / 12;
    }
    // Magnitudes of the Fourier transform over pitch classes do not change when the piece is transposed, nor when the
    // tonic is misjudged. Source: Quinn, General Equal-Tempered Harmony (2006): 3 is triadic, 4 octatonic, 5 diatonic
    // quality.
    for (int k = 1; k <= 6; ++k) {
        std::complex<double> coefficient = 0;
        for (std::size_t i = 0; i < 12; ++i) {
            coefficient += std::polar(share[i], -2 * std::numbers::pi * k * static_cast<double>(i) / 12);
        }
        writer.add(std::abs(coefficient));
    }
    double entropy = 0;
    for (const double value : share)
        entropy -= value > 0 ? value * std::log2(value) : 0;
    writer.add(entropy);
    writer.add(features.scale == Scale::major ? features.key_strength : -features.key_strength);
    // Tonic, second, both thirds, fourth, fifth, both sixths: the colour of the scale.
    for (const std::size_t step : {0, 2, 3, 4, 5, 7, 8, 9})
        writer.add(share[step]);
}

}  // namespace

std::array<double, kDescriptorCount> raw_descriptors(const dsp::TrackFeatures& features) {
    std::array<double, kDescriptorCount> values{};
    Writer writer(values);
    // MFCC 0 is the level, which the dynamics group has.
    for (std::size_t i = 1; i < features.mfcc.size(); ++i)
        writer.add(features.mfcc[i].mean);
    for (const auto& coefficient : features.mfcc)
        writer.add(coefficient.std);

    for (const auto& band : features.contrast)
        writer.add(band.mean);
    for (const auto& band : features.contrast)
        writer.add(band.std);

    add_log_and_spread(writer, features.centroid_hz, 20);
    add_log_and_spread(writer, features.bandwidth_hz, 20);
    add_log_and_spread(writer, features.rolloff_hz, 20);
    add_log_and_spread(writer, features.flatness, 1e-5);
    add_log_and_spread(writer, features.zero_crossing_rate, 1e-4);

    for (const float band : features.rhythm_spectrum)
        writer.add(static_cast<double>(band));
    writer.add(features.pulse_clarity);
    // The tempo's place within its octave, as a point on a circle: 70 and 140 BPM coincide, 139 and 71 are near.
    const double angle = features.tempo_bpm > 0 ? 2 * std::numbers::pi * std::log2(features.tempo_bpm / 120) : 0;
    writer.add(features.tempo_bpm > 0 ? std::cos(angle) : 0);
    writer.add(features.tempo_bpm > 0 ? std::sin(angle) : 0);
    writer.add(std::log1p(features.onsets_per_second));
    add_log_and_spread(writer, features.onset_strength, 1e-3);

    add_log_and_spread(writer, features.rms, 1e-5);
    writer.add(features.loudness_range_db);
    writer.add(log_of(features.peak / std::max(features.rms.mean, 1e-5), 1));

    add_harmony(writer, features);
    return values;
}

std::vector<float> descriptors(const dsp::TrackFeatures& features) {
    constexpr double kLimit = 4;
    const auto raw = raw_descriptors(features);
    std::vector<float> vector(kDescriptorCount);
    for (const DescriptorGroup& group : kDescriptorGroups) {
        const double weight = std::sqrt(group.share / static_cast<double>(group.count));
        for (std::size_t i = group.first; i < group.first + group.count; ++i) {
            const double standard = (raw[i] - kDescriptorTable[i].mean) / kDescriptorTable[i].deviation;
            vector[i] = static_cast<float>(weight * std::clamp(standard, -kLimit, kLimit));
        }
    }
    return vector;
}

std::vector<Standard> standardise(std::span<const std::array<double, kDescriptorCount>> corpus) {
    std::vector<Standard> table;
    const auto n = static_cast<double>(corpus.size());
    for (std::size_t i = 0; i < kDescriptorCount; ++i) {
        double mean = 0;
        for (const auto& track : corpus)
            mean += track[i] / n;
        double variance = 0;
        for (const auto& track : corpus)
            variance += (track[i] - mean) * (track[i] - mean) / n;
        const double deviation = std::sqrt(variance);
        table.push_back({mean, deviation > 1e-9 ? deviation : 1});
    }
    return table;
}

}  // namespace audiomuse::analyse
