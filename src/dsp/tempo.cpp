#include "tempo.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "audiomuse/wrap/fftw/real_fft.h"
#include "rhythm.h"

namespace audiomuse::dsp {

namespace {

constexpr double kSlowest = 40;
constexpr double kFastest = 200;
constexpr std::array<std::size_t, kOnsetBands + 1> kBandEdges = {0, 7, 27, 64, 128};
// Below the louder of these, rises are noise: so far under the loudest band up to now, and the last of 16 bits.
constexpr float kFloorDb = 60;
constexpr float kQuietestDb = -70;

// Correlated in windows so that a tempo may drift; the longest lag is four beats at the slowest tempo.
constexpr std::size_t kWindow = 384;
constexpr std::size_t kLags = 190;
constexpr std::size_t kChordWindow = 768;  // chords change slower
constexpr std::size_t kShortest = 94;      // 3 s
constexpr std::size_t kMostCandidates = 12;

constexpr std::size_t kPhases = 12;  // of a beat: halves, thirds and quarters are among them

using Envelope = std::vector<float>;

/// Less its mean over a second, negative values cut off, in units of its own deviation.
template <class Value>
Envelope sharpened(std::span<const OnsetFrame> onsets, const Value& value_of) {
    constexpr std::size_t kReach = 16;
    std::vector<double> sums(onsets.size() + 1);
    for (std::size_t t = 0; t < onsets.size(); ++t)
        sums[t + 1] = sums[t] + static_cast<double>(value_of(onsets[t]));
    Envelope out(onsets.size());
    double squares = 0;
    for (std::size_t t = 0; t < out.size(); ++t) {
        const std::size_t from = t > kReach ? t - kReach : 0;
        const std::size_t to = std::min(t + kReach + 1, out.size());
        const double mean = (sums[to] - sums[from]) / static_cast<double>(to - from);
        out[t] = std::max(0.0F, value_of(onsets[t]) - static_cast<float>(mean));
        squares += static_cast<double>(out[t]) * static_cast<double>(out[t]);
    }
    if (squares > 0) {
        const auto scale = static_cast<float>(std::sqrt(static_cast<double>(out.size()) / squares));
        for (float& value : out)
            value *= scale;
    }
    return out;
}

struct Onsets {
    Envelope all;   // mean of the bands
    Envelope bass;  // the lowest band
    Envelope changes;
};

Onsets onsets_of(std::span<const OnsetFrame> frames) {
    Onsets onsets;
    onsets.all.resize(frames.size());
    for (std::size_t b = 0; b < kOnsetBands; ++b) {
        Envelope band = sharpened(frames, [b](const OnsetFrame& frame) { return frame.rise[b]; });
        for (std::size_t t = 0; t < frames.size(); ++t)
            onsets.all[t] += band[t] / kOnsetBands;
        if (b == 0) onsets.bass = std::move(band);
    }
    onsets.changes = sharpened(frames, [](const OnsetFrame& frame) { return frame.change; });
    return onsets;
}

/// Windows overlap by half.
std::vector<std::size_t> window_starts(std::size_t length, std::size_t window) {
    std::vector<std::size_t> starts = {0};
    while (starts.back() + window + window / 2 <= length)
        starts.push_back(starts.back() + window / 2);
    return starts;
}

/// Mean over windows of the correlation coefficient at each lag, which is 1 at lag 0 and about 0 for noise.
std::vector<double> autocorrelation(const Envelope& envelope, std::size_t window, std::size_t lags) {
    wrap::fftw::RealFft fft(std::bit_ceil(window + lags));
    std::vector<double> mean(lags);
    double windows = 0;
    for (const std::size_t start : window_starts(envelope.size(), window)) {
        const std::size_t count = std::min(window, envelope.size() - start);
        const std::span<const float> part = std::span(envelope).subspan(start, count);
        const float level = std::accumulate(part.begin(), part.end(), 0.0F) / static_cast<float>(count);
        const std::span<float> signal = fft.signal();
        std::fill(signal.begin(), signal.end(), 0.0F);
        for (std::size_t i = 0; i < count; ++i)
            signal[i] = part[i] - level;
        fft.forward();
        for (auto& bin : fft.spectrum())
            bin = std::norm(bin);
        fft.inverse();
        const float power = signal[0];
        if (!(power > 0)) continue;
        windows += 1;
        for (std::size_t lag = 0; lag < std::min(lags, count); ++lag) {
            const double overlap = static_cast<double>(count - lag) / static_cast<double>(count);
            mean[lag] += static_cast<double>(signal[lag] / power) / std::max(overlap, 0.25);
        }
    }
    for (double& value : mean)
        value /= std::max(windows, 1.0);
    return mean;
}

/// Catmull-Rom between the four nearest values.
double between(const std::vector<double>& values, double at) {
    if (at < 0) return 0;
    const auto below = static_cast<std::size_t>(at);
    if (below + 1 >= values.size()) return 0;
    const double t = at - static_cast<double>(below);
    const double p1 = values[below];
    const double p2 = values[below + 1];
    const double p0 = below > 0 ? values[below - 1] : p1;
    const double p3 = below + 2 < values.size() ? values[below + 2] : p2;
    return p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)));
}

/// How well the envelope repeats after one, two, three and four periods.
double comb(const std::vector<double>& correlation, double period) {
    double sum = 0;
    double weights = 0;
    for (int k = 1; k <= 4 && k * period < static_cast<double>(correlation.size() - 1); ++k) {
        const double weight = 1.0 / k;
        sum += weight * between(correlation, k * period);
        weights += weight;
    }
    return weights > 0 ? sum / weights : 0;
}

/// Long multiples of a period pin it down better than itself: the best sum over all that fit, within 2.5 %.
double refined(const std::vector<double>& correlation, double period) {
    double best = period;
    double best_sum = -1e9;
    for (int step = -50; step <= 50; ++step) {
        const double tried = period * (1 + 0.0005 * step);
        double sum = 0;
        for (int k = 1; k * tried < static_cast<double>(correlation.size() - 2) && k <= 8; ++k)
            sum += between(correlation, k * tried);
        if (sum > best_sum) {
            best_sum = sum;
            best = tried;
        }
    }
    return best;
}

double period_of(double bpm) {
    return 60 * kEnvelopeRate / bpm;
}
double bpm_of(double period) {
    return 60 * kEnvelopeRate / period;
}

/// The peaks of the comb over a logarithmic scale of periods, highest first: height and period.
std::vector<std::pair<double, double>> comb_peaks(const std::vector<double>& correlation) {
    constexpr double kStep = 1.01;
    std::vector<std::pair<double, double>> peaks;
    std::vector<double> periods;
    std::vector<double> heights;
    for (double period = period_of(kFastest * 1.05); period < period_of(kSlowest / 1.05); period *= kStep) {
        periods.push_back(period);
        heights.push_back(comb(correlation, period));
    }
    for (std::size_t i = 1; i + 1 < periods.size(); ++i) {
        if (heights[i] > heights[i - 1] && heights[i] >= heights[i + 1]) peaks.emplace_back(heights[i], periods[i]);
    }
    std::sort(peaks.begin(), peaks.end(), std::greater<>());
    return peaks;
}

/// The two highest peaks with the levels of metre around them, then all other peaks.
std::vector<double> candidate_periods(const std::vector<double>& correlation) {
    const std::vector<std::pair<double, double>> peaks = comb_peaks(correlation);
    std::vector<double> chosen;
    const auto choose = [&](double period) {
        if (chosen.size() >= kMostCandidates) return;
        period = refined(correlation, period);
        const double bpm = bpm_of(period);
        if (bpm < kSlowest || bpm > kFastest) return;
        const bool known = std::any_of(chosen.begin(), chosen.end(),
                                       [&](double other) { return std::abs(std::log(other / period)) < 0.03; });
        if (!known) chosen.push_back(period);
    };
    for (std::size_t i = 0; i < std::min<std::size_t>(peaks.size(), 2); ++i) {
        for (const double factor : {1.0, 2.0, 0.5, 3.0, 1.0 / 3, 1.5, 2.0 / 3})
            choose(peaks[i].second * factor);
    }
    for (const auto& [height, period] : peaks)
        choose(period);
    return chosen;
}

/// Mean of the envelope at every `period` from `from` until `end`, which is at most its last index.
double pulse(const Envelope& envelope, double from, double end, double period) {
    double sum = 0;
    int count = 0;
    for (double at = from; at < end; at += period) {
        const auto below = static_cast<std::size_t>(at);
        const double part = at - static_cast<double>(below);
        const auto left = static_cast<double>(envelope[below]);
        sum += left + part * (static_cast<double>(envelope[below + 1]) - left);
        ++count;
    }
    return count > 0 ? sum / count : 0;
}

struct Alignment {
    double start = 0;  // of the first of two beats, in frames
    double period = 0;
};

/// The pulse train of about `period` that catches most of the onsets; of two beats the stronger is first, so that
/// windows can be laid over each other.
Alignment aligned(const Envelope& onsets, double from, double end, double period) {
    Alignment best;
    double best_strength = -1;
    for (const double bend : {0.99, 0.995, 1.0, 1.005, 1.01}) {
        for (std::size_t i = 0; i < 2 * kPhases; ++i) {
            const double start = from + period * bend * static_cast<double>(i) / (2 * kPhases);
            const double strength = pulse(onsets, start, end, period * bend);
            if (strength > best_strength) {
                best_strength = strength;
                best = {start, period * bend};
            }
        }
    }
    const double first = pulse(onsets, best.start, end, 2 * best.period);
    const double second = pulse(onsets, best.start + best.period, end, 2 * best.period);
    if (second > first) best.start += best.period;
    return best;
}

/// Strength of the onsets at each phase of two beats, mean over windows that are aligned on their own.
struct BeatProfile {
    std::array<double, 2 * kPhases> all{};
    std::array<double, 2 * kPhases> bass{};
};

BeatProfile beat_profile(const Onsets& onsets, double period) {
    BeatProfile profile;
    const std::vector<std::size_t> starts = window_starts(onsets.all.size(), kWindow);
    for (const std::size_t start : starts) {
        const auto from = static_cast<double>(start);
        const auto end = static_cast<double>(std::min(start + kWindow, onsets.all.size() - 1));
        const Alignment beats = aligned(onsets.all, from, end, period);
        for (std::size_t i = 0; i < 2 * kPhases; ++i) {
            double at = beats.start + beats.period * static_cast<double>(i) / kPhases;
            if (at >= from + 2 * beats.period) at -= 2 * beats.period;
            const double share = 1.0 / static_cast<double>(starts.size());
            profile.all[i] += share * pulse(onsets.all, at, end, 2 * beats.period);
            profile.bass[i] += share * pulse(onsets.bass, at, end, 2 * beats.period);
        }
    }
    return profile;
}

/// Mean of both beats at `phase`.
double at_phase(const std::array<double, 2 * kPhases>& profile, std::size_t phase) {
    return (profile[phase] + profile[phase + kPhases]) / 2;
}

double contrast(double a, double b) {
    return (a - b) / (std::abs(a) + std::abs(b) + 0.05);
}

}  // namespace

void OnsetBands::add(std::span<const float> mel_db) {
    if (frames_.size() == kMostFrames) return;
    loudest_ = std::max(loudest_, *std::max_element(mel_db.begin(), mel_db.end()));
    const float floor = std::max(kQuietestDb, loudest_ - kFloorDb);
    OnsetFrame frame{};
    if (!previous_.empty()) {
        for (std::size_t b = 0; b < kOnsetBands; ++b) {
            float rise = 0;
            for (std::size_t m = kBandEdges[b]; m < kBandEdges[b + 1]; ++m)
                rise += std::max(0.0F, mel_db[m] - std::max(floor, previous_[m]));
            frame.rise[b] = rise / static_cast<float>(kBandEdges[b + 1] - kBandEdges[b]);
        }
    }
    Pitched now;
    for (std::size_t m = 0; m < kChangeMels; ++m)
        now[m] = std::max(floor, mel_db[m]);
    // The oldest spectrum of the ring leaves the older half, the middle one moves there from the younger.
    Pitched& oldest = recent_[frames_.size() % recent_.size()];
    const Pitched& middle = recent_[(frames_.size() + kChangeFrames) % recent_.size()];
    for (std::size_t m = 0; m < kChangeMels; ++m) {
        before_[m] += middle[m] - oldest[m];
        after_[m] += now[m] - middle[m];
        oldest[m] = now[m];
    }
    // Until the ring is full there is nothing to compare with.
    if (frames_.size() >= recent_.size()) {
        float change = 0;
        for (std::size_t m = 0; m < kChangeMels; ++m)
            change += std::max(0.0F, after_[m] - before_[m]);
        frame.change = change / (kChangeFrames * kChangeMels);
    }
    frames_.push_back(frame);
    previous_.assign(mel_db.begin(), mel_db.end());
}

std::vector<TempoCandidate> tempo_candidates(std::span<const OnsetFrame> frames) {
    constexpr double kUsualBpm = 110;
    std::vector<TempoCandidate> candidates;
    if (frames.size() < kShortest) return candidates;
    const Onsets onsets = onsets_of(frames);
    const std::vector<double> repeats = autocorrelation(onsets.all, kWindow, kLags);
    if (!(repeats[0] > 0)) return candidates;
    const std::vector<double> chords = autocorrelation(onsets.changes, kChordWindow, kLags);
    const std::vector<double> periods = candidate_periods(repeats);
    double most_regular = 0.05;
    for (const double period : periods)
        most_regular = std::max(most_regular, comb(repeats, period));
    for (const double period : periods) {
        const BeatProfile beats = beat_profile(onsets, period);
        const double bpm = bpm_of(period);
        const double octaves = std::log2(bpm / kUsualBpm);
        const double regularity = comb(repeats, period);
        const double on_beat = at_phase(beats.all, 0);
        const double thirds = (at_phase(beats.all, kPhases / 3) + at_phase(beats.all, 2 * kPhases / 3)) / 2;
        const double quarters = (at_phase(beats.all, kPhases / 4) + at_phase(beats.all, 3 * kPhases / 4)) / 2;
        candidates.push_back({bpm,
                              regularity,
                              {octaves * octaves, regularity / most_regular, between(repeats, period) / most_regular,
                               between(repeats, period / 3) / most_regular, contrast(on_beat, thirds),
                               contrast(on_beat, quarters), contrast(beats.all[0], beats.all[kPhases]),
                               contrast(at_phase(beats.bass, 0), at_phase(beats.bass, kPhases / 2)),
                               between(chords, 3 * period), between(chords, 4 * period)}});
    }
    return candidates;
}

TempoEstimate estimate_tempo(std::span<const OnsetFrame> onsets) {
    constexpr std::array<double, kBeatEvidence> kWeights = {-1.9, 2.4, 2.0, -1.4, 2.3, 4.0, -1.5, 1.9, -1.0, 2.2};
    // Noise stays below a third of this, nineteen of twenty rendered pieces and a pianist playing freely lie above.
    constexpr double kRegular = 0.25;
    TempoEstimate best;
    std::vector<double> scores;
    double regularity = 0;
    for (const TempoCandidate& candidate : tempo_candidates(onsets)) {
        scores.push_back(std::inner_product(kWeights.begin(), kWeights.end(), candidate.evidence.begin(), 0.0));
        if (scores.back() < *std::max_element(scores.begin(), scores.end())) continue;
        best.bpm = candidate.bpm;
        regularity = candidate.regularity;
    }
    if (scores.empty()) return best;
    const double best_score = *std::max_element(scores.begin(), scores.end());
    double total = 0;
    for (const double score : scores)
        total += std::exp(score - best_score);
    best.confidence = std::clamp(regularity / kRegular, 0.0, 1.0) / total;
    return best;
}

}  // namespace audiomuse::dsp
