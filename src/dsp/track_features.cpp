#include "audiomuse/dsp/track_features.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <numbers>
#include <optional>
#include <vector>

#include "filter_banks.h"
#include "framer.h"
#include "power_spectrum.h"
#include "rhythm.h"
#include "spectral_shape.h"
#include "tuning.h"
#include "vector_math.h"

namespace audiomuse::dsp {

namespace {

constexpr int kSampleRate = 16000;
constexpr std::size_t kFrame = 2048;
constexpr std::size_t kHop = 512;
constexpr std::size_t kHopsPerFrame = kFrame / kHop;
constexpr std::size_t kCentre = kFrame / 2;
constexpr std::size_t kMels = 128;
constexpr std::size_t kCoefficients = 20;
constexpr float kTopDb = 80;
// librosa treats samples this close to zero as zero when it counts crossings.
constexpr float kCrossingThreshold = 1e-10F;
constexpr std::size_t kTuningFrames = 120 * kSampleRate / kHop;
// Of the onset envelope: the lag of one frame, and half an analysis frame because frames are centred.
constexpr std::size_t kEnvelopeDelay = 1 + kFrame / (2 * kHop);
// Quieter than the loudest frame by more than this is a pause, not dynamics.
constexpr double kPauseDb = 60;

using MelFrame = std::array<float, kMels>;
using Contrast = ContrastBands::Extremes;

class Statistics {
public:
    void add(double value) {
        ++count_;
        const double delta = value - mean_;
        mean_ += delta / static_cast<double>(count_);
        squares_ += delta * (value - mean_);
    }
    MeanStd result() const {
        return count_ == 0 ? MeanStd{} : MeanStd{mean_, std::sqrt(squares_ / static_cast<double>(count_))};
    }

private:
    std::int64_t count_ = 0;
    double mean_ = 0;
    double squares_ = 0;  // sum of squared distances from the mean (Welford)
};

float to_db(float power) {
    return 10.0F * fast_log10(std::max(1e-10F, power));
}

/// The first rows of the orthonormal DCT-II over the mel bands.
std::vector<float> cosine_rows() {
    std::vector<float> rows(kCoefficients * kMels);
    for (std::size_t c = 0; c < kCoefficients; ++c) {
        const double scale = std::sqrt((c == 0 ? 1.0 : 2.0) / static_cast<double>(kMels));
        for (std::size_t b = 0; b < kMels; ++b) {
            const double angle =
                std::numbers::pi * static_cast<double>(c * (2 * b + 1)) / static_cast<double>(2 * kMels);
            rows[c * kMels + b] = static_cast<float>(scale * std::cos(angle));
        }
    }
    return rows;
}

float median(MelFrame values) {
    const auto middle = values.begin() + kMels / 2;
    std::nth_element(values.begin(), middle, values.end());
    return (*std::max_element(values.begin(), middle) + *middle) / 2;
}

/// Difference between the 95th and the 10th percentile of the frames' levels, pauses left out.
double loudness_range(const std::vector<float>& rms) {
    const float loudest = rms.empty() ? 0 : *std::max_element(rms.begin(), rms.end());
    std::vector<double> levels;
    for (const float value : rms) {
        const double below_peak =
            value > 0 ? 20 * std::log10(static_cast<double>(value) / static_cast<double>(loudest)) : -1e9;
        if (below_peak > -kPauseDb) levels.push_back(below_peak);
    }
    if (levels.empty()) return 0;
    std::sort(levels.begin(), levels.end());
    const auto percentile = [&](double share) {
        const double position = share * static_cast<double>(levels.size() - 1);
        const auto below = static_cast<std::size_t>(position);
        const std::size_t above = std::min(below + 1, levels.size() - 1);
        return std::lerp(levels[below], levels[above], position - static_cast<double>(below));
    };
    return percentile(0.95) - percentile(0.10);
}

}  // namespace

struct FeatureExtractor::State {
    State() {
        framer.push(std::vector<float>(kCentre), [this](auto frame) { add_frame(frame); });
    }

    Framer framer{kFrame, kHop};
    PowerSpectrum spectrum{kFrame};
    MelFilterBank mel_bank{{kSampleRate, kFrame, kMels, 0, kSampleRate / 2.0}};
    ContrastBands contrast_bands{kSampleRate, kFrame};
    std::vector<float> magnitude = std::vector<float>(kFrame / 2 + 1);

    // Of the samples. Block b holds the hop of samples [(b - 2) kHop, (b - 1) kHop): blocks line up with the centred
    // frames.
    std::int64_t samples = 0;
    float peak = 0;
    bool last_negative = false;
    struct Block {
        double energy = 0;
        int crossings = 0;
        bool crossing_at_start = false;
    };
    std::vector<Block> blocks = std::vector<Block>(kCentre / kHop);

    // Of the frames. Decibels are kept until the end, as librosa cuts them off 80 dB below the loudest of the whole
    // track.
    std::deque<MelFrame> mel_db;
    std::deque<Contrast> contrast_db;
    Statistics centroid;
    Statistics bandwidth;
    Statistics rolloff;
    Statistics flatness;

    // Chroma needs the tuning: spectra wait until it is known.
    TuningEstimator tuning_estimator{kSampleRate, kFrame};
    std::deque<std::vector<float>> waiting_spectra;
    std::optional<ChromaFilterBank> chroma_bank;
    double tuning = 0;
    std::array<double, 12> chroma_sum{};

    void push(std::span<const float> block) {
        measure_samples(block);
        framer.push(block, [this](auto frame) { add_frame(frame); });
    }

    void measure_samples(std::span<const float> input) {
        std::size_t done = 0;
        while (done < input.size()) {
            const auto into_block = static_cast<std::size_t>(samples) % kHop;
            if (into_block == 0) blocks.emplace_back();
            Block& block = blocks.back();
            const std::size_t count = std::min(input.size() - done, kHop - into_block);
            for (std::size_t i = 0; i < count; ++i) {
                const float sample = input[done + i];
                const bool negative = sample < -kCrossingThreshold;
                const bool crossing = negative != last_negative && samples + static_cast<std::int64_t>(i) > 0;
                if (into_block + i == 0) block.crossing_at_start = crossing;
                block.crossings += crossing ? 1 : 0;
                block.energy += static_cast<double>(sample) * static_cast<double>(sample);
                peak = std::max(peak, std::abs(sample));
                last_negative = negative;
            }
            samples += static_cast<std::int64_t>(count);
            done += count;
        }
    }

    void add_frame(std::span<const float> frame) {
        const std::span<const float> power = spectrum(frame);
        for (std::size_t k = 0; k < power.size(); ++k)
            magnitude[k] = std::sqrt(power[k]);

        MelFrame& mel = mel_db.emplace_back();
        mel_bank.apply(power, mel);
        for (float& value : mel)
            value = to_db(value);

        Contrast& contrast = contrast_db.emplace_back(contrast_bands(magnitude));
        for (float& value : contrast.peak)
            value = to_db(value);
        for (float& value : contrast.valley)
            value = to_db(value);

        const SpectralShape shape = spectral_shape(power, magnitude, static_cast<double>(kSampleRate) / kFrame);
        centroid.add(shape.centroid_hz);
        bandwidth.add(shape.bandwidth_hz);
        rolloff.add(shape.rolloff_hz);
        flatness.add(shape.flatness);

        if (chroma_bank) {
            add_chroma(power);
            return;
        }
        tuning_estimator.add(power);
        waiting_spectra.emplace_back(power.begin(), power.end());
        if (waiting_spectra.size() == kTuningFrames) settle_tuning();
    }

    void settle_tuning() {
        tuning = tuning_estimator.estimate();
        chroma_bank.emplace(kSampleRate, kFrame, tuning);
        for (const auto& power : waiting_spectra)
            add_chroma(power);
        waiting_spectra = {};
    }

    void add_chroma(std::span<const float> power) {
        const std::array<float, 12> chroma = chroma_bank->apply(power);
        for (std::size_t c = 0; c < 12; ++c)
            chroma_sum[c] += static_cast<double>(chroma[c]);
    }

    TrackFeatures finish() {
        TrackFeatures features;
        features.samples = samples;
        features.peak = static_cast<double>(peak);
        features.silent = peak == 0;
        if (samples == 0) return features;
        framer.push(std::vector<float>(kCentre), [this](auto frame) { add_frame(frame); });
        if (!chroma_bank) settle_tuning();

        finish_levels(features);
        finish_tonality(features);
        finish_contrast(features);
        finish_mel(features);
        features.centroid_hz = centroid.result();
        features.bandwidth_hz = bandwidth.result();
        features.rolloff_hz = rolloff.result();
        features.flatness = flatness.result();
        return features;
    }

    std::size_t frames() const { return mel_db.size(); }

    void finish_levels(TrackFeatures& features) {
        blocks.resize(frames() + kHopsPerFrame - 1);
        std::vector<float> levels;
        Statistics rms;
        Statistics loudness;
        Statistics crossing_rate;
        for (std::size_t t = 0; t < frames(); ++t) {
            double energy = 0;
            int crossings = 0;
            for (std::size_t b = t; b < t + kHopsPerFrame; ++b) {
                energy += blocks[b].energy;
                crossings += blocks[b].crossings;
            }
            // A crossing lies between two samples; the one before the frame's first sample is outside.
            if (blocks[t].crossing_at_start) --crossings;
            const double level = std::sqrt(energy / kFrame);
            levels.push_back(static_cast<float>(level));
            rms.add(level);
            loudness.add(level > 0 ? std::clamp((20 * std::log10(level) + 60) / 60, 0.0, 1.0) : 0.0);
            crossing_rate.add(static_cast<double>(crossings) / kFrame);
        }
        features.rms = rms.result();
        features.energy = features.rms.mean;
        features.loudness = loudness.result().mean;
        features.zero_crossing_rate = crossing_rate.result();
        features.loudness_range_db = loudness_range(levels);
    }

    void finish_tonality(TrackFeatures& features) const {
        features.tuning = tuning;
        for (std::size_t c = 0; c < 12; ++c) {
            features.chroma[c] = static_cast<float>(chroma_sum[c] / static_cast<double>(frames()));
        }
        const KeyEstimate key = estimate_key(features.chroma);
        features.key = key.key;
        features.scale = key.scale;
        features.key_strength = key.strength;
    }

    void finish_contrast(TrackFeatures& features) const {
        float loudest_peak = -1e9F;
        float loudest_valley = -1e9F;
        for (const Contrast& frame : contrast_db) {
            loudest_peak = std::max(loudest_peak, *std::max_element(frame.peak.begin(), frame.peak.end()));
            loudest_valley = std::max(loudest_valley, *std::max_element(frame.valley.begin(), frame.valley.end()));
        }
        std::array<Statistics, ContrastBands::kBands> statistics;
        for (const Contrast& frame : contrast_db) {
            for (std::size_t b = 0; b < statistics.size(); ++b) {
                const float top = std::max(frame.peak[b], loudest_peak - kTopDb);
                const float bottom = std::max(frame.valley[b], loudest_valley - kTopDb);
                statistics[b].add(static_cast<double>(top - bottom));
            }
        }
        for (std::size_t b = 0; b < statistics.size(); ++b)
            features.contrast[b] = statistics[b].result();
    }

    /// MFCC, and everything that follows from the mel spectrogram's rises.
    void finish_mel(TrackFeatures& features) {
        float loudest = -1e9F;
        for (const MelFrame& frame : mel_db)
            loudest = std::max(loudest, *std::max_element(frame.begin(), frame.end()));
        const float floor = loudest - kTopDb;

        const std::vector<float> cosines = cosine_rows();
        std::array<Statistics, kCoefficients> mfcc;
        std::vector<float> envelope_median(frames());
        std::vector<float> envelope_mean(frames());
        MelFrame previous{};
        for (std::size_t t = 0; t < frames(); ++t) {
            MelFrame& current = mel_db[t];
            for (float& value : current)
                value = std::max(value, floor);
            for (std::size_t c = 0; c < kCoefficients; ++c) {
                mfcc[c].add(static_cast<double>(dot(std::span(cosines).subspan(c * kMels, kMels), current)));
            }
            // The rise into frame t shows in the envelope when that frame's first sample has passed its centre.
            if (const std::size_t at = t - 1 + kEnvelopeDelay; t > 0 && at < frames()) {
                MelFrame rise;
                for (std::size_t b = 0; b < kMels; ++b)
                    rise[b] = std::max(0.0F, current[b] - previous[b]);
                envelope_mean[at] = sum(rise) / static_cast<float>(kMels);
                envelope_median[at] = median(rise);
            }
            previous = current;
        }
        for (std::size_t c = 0; c < kCoefficients; ++c)
            features.mfcc[c] = mfcc[c].result();

        Statistics onset_strength;
        for (const float value : envelope_mean)
            onset_strength.add(static_cast<double>(value));
        features.onset_strength = onset_strength.result();
        features.onsets_per_second =
            static_cast<double>(count_onsets(envelope_mean)) * kSampleRate / static_cast<double>(samples);

        const std::vector<double> tempogram = mean_tempogram(envelope_median);
        const std::size_t lag = tempo_lag(tempogram);
        features.tempo_librosa = lag == 0 ? 0 : lag_to_bpm(lag);
        features.tempo_bpm = fold_tempo(features.tempo_librosa);
        features.pulse_clarity = pulse_clarity(tempogram, lag);
        features.rhythm_spectrum = rhythm_spectrum(tempogram);
    }
};

FeatureExtractor::FeatureExtractor() : state_(std::make_unique<State>()) {}
FeatureExtractor::~FeatureExtractor() = default;
FeatureExtractor::FeatureExtractor(FeatureExtractor&&) noexcept = default;
FeatureExtractor& FeatureExtractor::operator=(FeatureExtractor&&) noexcept = default;

void FeatureExtractor::push(std::span<const float> samples) {
    state_->push(samples);
}
TrackFeatures FeatureExtractor::finish() {
    return state_->finish();
}

}  // namespace audiomuse::dsp
