#include "filter_banks.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vector_math.h"

namespace audiomuse::dsp {

namespace {

// Slaney's Auditory Toolbox: 200/3 Hz per mel up to 1 kHz, then 27 mels per factor of 6.4.
constexpr double kLinearHzPerMel = 200.0 / 3.0;
constexpr double kLogStartHz = 1000.0;
constexpr double kLogStartMel = kLogStartHz / kLinearHzPerMel;
const double kLogStep = std::log(6.4) / 27.0;

double hz_to_mel(double hz) {
    return hz < kLogStartHz ? hz / kLinearHzPerMel : kLogStartMel + std::log(hz / kLogStartHz) / kLogStep;
}

// Rows are filled up with zeros to whole vectors of every instruction set.
constexpr std::size_t kRowMultiple = 8;

double mel_to_hz(double mel) {
    return mel < kLogStartMel ? mel * kLinearHzPerMel : kLogStartHz * std::exp(kLogStep * (mel - kLogStartMel));
}

}  // namespace

MelFilterBank::MelFilterBank(const MelShape& shape) : bins_(shape.fft_size / 2 + 1) {
    std::vector<double> edges_hz(shape.bands + 2);
    const double low = hz_to_mel(shape.low_hz);
    const double high = hz_to_mel(shape.high_hz);
    for (std::size_t i = 0; i < edges_hz.size(); ++i) {
        edges_hz[i] = mel_to_hz(low + (high - low) * static_cast<double>(i) / static_cast<double>(shape.bands + 1));
    }
    const double bin_hz = static_cast<double>(shape.sample_rate) / static_cast<double>(shape.fft_size);
    for (std::size_t b = 0; b < shape.bands; ++b) {
        const double lower = edges_hz[b];
        const double centre = edges_hz[b + 1];
        const double upper = edges_hz[b + 2];
        std::vector<float> row(bins_);
        std::size_t first = bins_;
        std::size_t end = 0;
        for (auto k = static_cast<std::size_t>(lower / bin_hz); k < bins_; ++k) {
            const double hz = static_cast<double>(k) * bin_hz;
            if (hz > upper) break;
            const double rise = (hz - lower) / (centre - lower);
            const double fall = (upper - hz) / (upper - centre);
            row[k] = static_cast<float>(std::max(0.0, std::min(rise, fall)) * 2.0 / (upper - lower));
            if (row[k] <= 0) continue;
            first = std::min(first, k);
            end = k + 1;
        }
        const std::size_t count =
            first < end ? std::min(bins_, (end - first + kRowMultiple - 1) / kRowMultiple * kRowMultiple) : 0;
        first = std::min(first, bins_ - count);
        bands_.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(weights_.size()),
                          static_cast<std::uint32_t>(count)});
        weights_.insert(weights_.end(), row.begin() + static_cast<std::ptrdiff_t>(first),
                        row.begin() + static_cast<std::ptrdiff_t>(first + count));
    }
}

std::vector<float> MelFilterBank::row(std::size_t band) const {
    std::vector<float> dense(bins_);
    const BandWeights& sparse = bands_[band];
    std::copy_n(weights_.begin() + static_cast<std::ptrdiff_t>(sparse.first_weight), sparse.count,
                dense.begin() + static_cast<std::ptrdiff_t>(sparse.first_value));
    return dense;
}

void MelFilterBank::apply(std::span<const float> power, std::span<float> out) const {
    best_kernels().band_sums(power.data(), weights_.data(), bands_.data(), bands_.size(), out.data());
}

ChromaFilterBank::ChromaFilterBank(int sample_rate, std::size_t fft_size, double tuning) {
    constexpr double kA0Hz = 27.5;
    constexpr double kCentreOctave = 5;
    constexpr double kOctaveWidth = 2;
    // Position of every bin in semitones above A0. The zero bin has no pitch; it is put one and a half octaves below
    // the first.
    std::vector<double> semitone(fft_size);
    const double a0_hz = kA0Hz * std::exp2(tuning / 12);
    for (std::size_t k = 1; k < fft_size; ++k) {
        const double hz = static_cast<double>(sample_rate) * static_cast<double>(k) / static_cast<double>(fft_size);
        semitone[k] = 12 * std::log2(hz / a0_hz);
    }
    semitone[0] = semitone[1] - 18;

    const std::size_t bins = fft_size / 2 + 1;
    for (auto& row : rows_)
        row.resize(bins);
    for (std::size_t k = 0; k < bins; ++k) {
        const double width = std::max(semitone[k + 1] - semitone[k], 1.0);
        std::array<double, 12> weight{};
        double squares = 0;
        for (std::size_t c = 0; c < 12; ++c) {
            const double shifted = semitone[k] - static_cast<double>(c) + 6 + 120;
            const double distance = shifted - 12 * std::floor(shifted / 12) - 6;
            weight[c] = std::exp(-0.5 * std::pow(2 * distance / width, 2));
            squares += weight[c] * weight[c];
        }
        const double octave_weight = std::exp(-0.5 * std::pow((semitone[k] / 12 - kCentreOctave) / kOctaveWidth, 2));
        // Classes count from A here, from C in the result.
        for (std::size_t c = 0; c < 12; ++c) {
            rows_[(c + 9) % 12][k] = static_cast<float>(weight[c] / std::sqrt(squares) * octave_weight);
        }
    }
}

std::array<float, 12> ChromaFilterBank::apply(std::span<const float> power) const {
    std::array<float, 12> chroma{};
    for (std::size_t c = 0; c < 12; ++c)
        chroma[c] = dot(rows_[c], power);
    const float peak = *std::max_element(chroma.begin(), chroma.end());
    if (peak >= std::numeric_limits<float>::min()) {
        for (float& value : chroma)
            value /= peak;
    }
    return chroma;
}

}  // namespace audiomuse::dsp
