#include "audiomuse/dsp/track_features.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>
#include <optional>
#include <vector>

#include "filter_banks.h"
#include "framer.h"
#include "kernels.h"
#include "power_spectrum.h"
#include "rhythm.h"
#include "spectral_shape.h"
#include "tempo.h"
#include "tonality.h"
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
constexpr std::size_t kFirstSectionFrames = 600 * kSampleRate / kHop + 1;
// Short, so that what is kept per frame of a long track fits into the memory that the first section leaves.
constexpr std::size_t kLaterSectionFrames = 120 * kSampleRate / kHop;
/// 10 log10(x), at least -100 dB.
constexpr LogShape kDecibels{.floor = 1e-10F,
                             .factor = 10 * std::numbers::log10e_v<float> * std::numbers::ln2_v<float>};
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

/// Of values that are not negative. Half of them and more are often 0, and need no sorting.
float median(const MelFrame& values) {
    MelFrame positive;
    std::size_t count = 0;
    for (const float value : values) {
        positive[count] = value;
        count += value > 0 ? 1 : 0;
    }
    const std::size_t zeros = kMels - count;
    if (zeros > kMels / 2) return 0;
    const auto end = positive.begin() + static_cast<std::ptrdiff_t>(count);
    const auto middle = positive.begin() + static_cast<std::ptrdiff_t>(kMels / 2 - zeros);
    std::nth_element(positive.begin(), middle, end);
    const float below = middle == positive.begin() ? 0 : *std::max_element(positive.begin(), middle);
    return (below + *middle) / 2;
}

/// Difference between the 95th and the 10th percentile of the frames' levels in dB, pauses left out.
double loudness_range(std::span<const float> rms) {
    const float loudest = rms.empty() ? 0 : *std::max_element(rms.begin(), rms.end());
    const double pause = static_cast<double>(loudest) * std::pow(10, -kPauseDb / 20);
    std::vector<float> levels;
    std::copy_if(rms.begin(), rms.end(), std::back_inserter(levels),
                 [pause](float level) { return static_cast<double>(level) > pause; });
    if (levels.empty()) return 0;
    const auto level_db = [&](std::size_t rank) {
        const auto at = levels.begin() + static_cast<std::ptrdiff_t>(rank);
        std::nth_element(levels.begin(), at, levels.end());
        return 20 * std::log10(static_cast<double>(*at));
    };
    const auto percentile = [&](double share) {
        const double position = share * static_cast<double>(levels.size() - 1);
        const auto below = static_cast<std::size_t>(position);
        const std::size_t above = std::min(below + 1, levels.size() - 1);
        return std::lerp(level_db(below), level_db(above), position - static_cast<double>(below));
    };
    return percentile(0.95) - percentile(0.10);
}

}  // namespace

struct FeatureExtractor::State {
    State() {
        start_section(kFirstSectionFrames);
        framer.push(std::vector<float>(kCentre), [this](auto frame) { add_frame(frame); });
    }

    Framer framer{kFrame, kHop};
    PowerSpectrum spectrum{kFrame};
    MelFilterBank mel_bank{{kSampleRate, kFrame, kMels, 0, kSampleRate / 2.0}};
    ContrastBands contrast_bands{kSampleRate, kFrame};
    std::vector<float> cosines = cosine_rows();
    std::vector<float> magnitude = std::vector<float>(kFrame / 2 + 1);

    // Of the samples, hop by hop; the four hops of the frame at hand.
    struct Hop {
        double energy = 0;
        int crossings = 0;
        bool crossing_at_start = false;
    };
    std::int64_t samples = 0;
    std::int64_t measured = 0;
    float peak = 0;
    std::array<Hop, kHopsPerFrame> hops{};

    // Of the frames.
    std::size_t frames = 0;
    std::vector<float> levels;  // root mean squares
    Statistics rms;
    Statistics loudness;
    Statistics crossing_rate;
    Statistics centroid;
    Statistics bandwidth;
    Statistics rolloff;
    Statistics flatness;

    // Decibels wait until their section is complete: librosa cuts them off 80 dB below the loudest.
    std::size_t section_frames = 0;
    std::vector<MelFrame> mel_db;
    std::vector<Contrast> contrast_db;
    std::optional<MelFrame> before_section;
    std::array<Statistics, ContrastBands::kBands> contrast;
    std::array<Statistics, kCoefficients> mfcc;
    // The rise into frame t shows in the envelope when that frame's first sample has passed its centre.
    std::vector<float> envelope_mean = std::vector<float>(kEnvelopeDelay);
    std::vector<float> envelope_median = std::vector<float>(kEnvelopeDelay);

    // Chroma needs the tuning: samples wait until it is known, and are transformed again then.
    TuningEstimator tuning_estimator{kSampleRate, kFrame};
    std::vector<float> waiting_samples;
    std::optional<ChromaFilterBank> chroma_bank;
    double tuning = 0;
    std::array<double, 12> chroma_sum{};

    OnsetBands onset_bands;
    PitchProfiler pitches;

    void push(std::span<const float> block) {
        samples += static_cast<std::int64_t>(block.size());
        pitches.push(block);
        framer.push(block, [this](auto frame) { add_frame(frame); });
    }

    void add_frame(std::span<const float> frame) {
        measure_samples(frame);
        const std::span<const float> power = spectrum(frame);
        best_kernels().square_roots(power.data(), power.size(), magnitude.data());

        MelFrame& mel = mel_db.emplace_back();
        mel_bank.apply(power, mel);
        best_kernels().logarithms(mel.data(), mel.size(), kDecibels);
        onset_bands.add(mel);

        Contrast& extremes = contrast_db.emplace_back(contrast_bands(magnitude));
        best_kernels().logarithms(extremes.peak.data(), extremes.peak.size(), kDecibels);
        best_kernels().logarithms(extremes.valley.data(), extremes.valley.size(), kDecibels);

        const SpectralShape shape = spectral_shape(power, magnitude, static_cast<double>(kSampleRate) / kFrame);
        centroid.add(shape.centroid_hz);
        bandwidth.add(shape.bandwidth_hz);
        rolloff.add(shape.rolloff_hz);
        flatness.add(shape.flatness);

        ++frames;
        if (mel_db.size() == section_frames) {
            close_section();
            start_section(kLaterSectionFrames);
        }
        if (chroma_bank) {
            add_chroma(power);
        } else {
            wait_for_tuning(frame, power);
        }
    }

    /// Frame t begins with the last three hops of the one before it, frame 0 with two hops of padding.
    void measure_samples(std::span<const float> frame) {
        if (frames == 0) {
            hops[kHopsPerFrame - 2] = measure_hop(frame, kFrame - 2 * kHop);
        } else {
            std::shift_left(hops.begin(), hops.end(), 1);
        }
        hops.back() = measure_hop(frame, kFrame - kHop);

        double energy = 0;
        int crossings = 0;
        for (const Hop& hop : hops) {
            energy += hop.energy;
            crossings += hop.crossings;
        }
        // A crossing lies between two samples; the one before the frame's first sample is outside.
        if (hops.front().crossing_at_start) --crossings;
        const double level = std::sqrt(energy / kFrame);
        levels.push_back(static_cast<float>(level));
        rms.add(level);
        loudness.add(level > 0 ? std::clamp((20 * std::log10(level) + 60) / 60, 0.0, 1.0) : 0.0);
        crossing_rate.add(static_cast<double>(crossings) / kFrame);
    }

    /// The padding behind the last sample is left out, and the step from the padding to the first.
    Hop measure_hop(std::span<const float> frame, std::size_t start) {
        const std::int64_t count = std::min<std::int64_t>(kHop, samples - measured);
        if (count == 0) return {};
        const float* const first = frame.data() + start;
        const HopSums sums = best_kernels().hop_sums(first, static_cast<std::size_t>(count), kCrossingThreshold);
        Hop hop{static_cast<double>(sums.squares), sums.crossings,
                (first[0] < -kCrossingThreshold) != (first[-1] < -kCrossingThreshold)};
        if (measured == 0 && hop.crossing_at_start) {
            --hop.crossings;
            hop.crossing_at_start = false;
        }
        peak = std::max(peak, sums.peak);
        measured += count;
        return hop;
    }

    void wait_for_tuning(std::span<const float> frame, std::span<const float> power) {
        tuning_estimator.add(power);
        const auto news = waiting_samples.empty() ? frame : frame.last(kHop);
        waiting_samples.insert(waiting_samples.end(), news.begin(), news.end());
        if (frames == kTuningFrames) settle_tuning();
    }

    void settle_tuning() {
        tuning = tuning_estimator.estimate();
        chroma_bank.emplace(kSampleRate, kFrame, tuning);
        for (std::size_t start = 0; start + kFrame <= waiting_samples.size(); start += kHop)
            add_chroma(spectrum(std::span(waiting_samples).subspan(start, kFrame)));
        waiting_samples = std::vector<float>();
        tuning_estimator = TuningEstimator(kSampleRate, kFrame);
    }

    void add_chroma(std::span<const float> power) {
        const std::array<float, 12> chroma = chroma_bank->apply(power);
        for (std::size_t c = 0; c < 12; ++c)
            chroma_sum[c] += static_cast<double>(chroma[c]);
    }

    /// Everything that depends on the loudest frame of the section.
    void close_section() {
        add_contrast();
        float loudest = -1e9F;
        for (const MelFrame& frame : mel_db)
            loudest = std::max(loudest, *std::max_element(frame.begin(), frame.end()));
        const MelFrame last = mel_db.back();
        std::optional<MelFrame> previous = before_section;
        for (MelFrame& current : mel_db) {
            raise_to(loudest - kTopDb, current);
            for (std::size_t c = 0; c < kCoefficients; ++c)
                mfcc[c].add(static_cast<double>(dot(std::span(cosines).subspan(c * kMels, kMels), current)));
            if (previous) {
                raise_to(loudest - kTopDb, *previous);
                MelFrame rise;
                for (std::size_t b = 0; b < kMels; ++b)
                    rise[b] = std::max(0.0F, current[b] - (*previous)[b]);
                envelope_mean.push_back(sum(rise) / static_cast<float>(kMels));
                envelope_median.push_back(median(rise));
            }
            previous = current;
        }
        before_section = last;
    }

    /// Gives back the memory of the one before.
    void start_section(std::size_t size) {
        section_frames = size;
        mel_db = std::vector<MelFrame>();
        mel_db.reserve(size);
        contrast_db = std::vector<Contrast>();
        contrast_db.reserve(size);
    }

    static void raise_to(float floor, MelFrame& frame) {
        for (float& value : frame)
            value = std::max(value, floor);
    }

    void add_contrast() {
        float loudest_peak = -1e9F;
        float loudest_valley = -1e9F;
        for (const Contrast& frame : contrast_db) {
            loudest_peak = std::max(loudest_peak, *std::max_element(frame.peak.begin(), frame.peak.end()));
            loudest_valley = std::max(loudest_valley, *std::max_element(frame.valley.begin(), frame.valley.end()));
        }
        for (const Contrast& frame : contrast_db) {
            for (std::size_t b = 0; b < contrast.size(); ++b) {
                const float top = std::max(frame.peak[b], loudest_peak - kTopDb);
                const float bottom = std::max(frame.valley[b], loudest_valley - kTopDb);
                contrast[b].add(static_cast<double>(top - bottom));
            }
        }
    }

    TrackFeatures finish() {
        TrackFeatures features;
        features.samples = samples;
        features.silent = true;
        if (samples == 0) return features;
        framer.push(std::vector<float>(kCentre), [this](auto frame) { add_frame(frame); });
        if (!chroma_bank) settle_tuning();
        if (!mel_db.empty()) close_section();
        start_section(0);

        finish_levels(features);
        finish_tonality(features);
        finish_mel(features);
        for (std::size_t b = 0; b < contrast.size(); ++b)
            features.contrast[b] = contrast[b].result();
        features.centroid_hz = centroid.result();
        features.bandwidth_hz = bandwidth.result();
        features.rolloff_hz = rolloff.result();
        features.flatness = flatness.result();
        return features;
    }

    void finish_levels(TrackFeatures& features) const {
        features.peak = static_cast<double>(peak);
        features.silent = peak == 0;
        features.rms = rms.result();
        features.energy = features.rms.mean;
        features.loudness = loudness.result().mean;
        features.zero_crossing_rate = crossing_rate.result();
        features.loudness_range_db = loudness_range(levels);
    }

    void finish_tonality(TrackFeatures& features) {
        features.tuning = tuning;
        for (std::size_t c = 0; c < 12; ++c) {
            features.chroma[c] = static_cast<float>(chroma_sum[c] / static_cast<double>(frames));
        }
        const KeyEstimate key = estimate_key(pitches.finish());
        features.key = key.key;
        features.scale = key.scale;
        features.key_strength = key.strength;
        features.key_confidence = key.confidence;
    }

    /// MFCC, and everything that follows from the mel spectrogram's rises.
    void finish_mel(TrackFeatures& features) {
        for (std::size_t c = 0; c < kCoefficients; ++c)
            features.mfcc[c] = mfcc[c].result();
        envelope_mean.resize(frames);
        envelope_median.resize(frames);

        Statistics onset_strength;
        for (const float value : envelope_mean)
            onset_strength.add(static_cast<double>(value));
        features.onset_strength = onset_strength.result();
        features.onsets_per_second =
            static_cast<double>(count_onsets(envelope_mean)) * kSampleRate / static_cast<double>(samples);

        const std::vector<double> tempogram = mean_tempogram(envelope_median);
        const std::size_t lag = tempo_lag(tempogram);
        features.tempo_librosa = lag == 0 ? 0 : lag_to_bpm(lag);
        const TempoEstimate tempo = estimate_tempo(onset_bands.frames());
        features.tempo_bpm = tempo.bpm;
        features.tempo_confidence = tempo.confidence;
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
