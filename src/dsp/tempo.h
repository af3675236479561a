// The tempo a listener taps: periods of the onset envelope, and which of them is the beat.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace audiomuse::dsp {

inline constexpr std::size_t kOnsetBands = 4;
struct OnsetFrame {
    /// Rises of the spectrum in dB over the last 32 ms: below 160 Hz, to 640 Hz, to 1.7 kHz, to 8 kHz.
    std::array<float, kOnsetBands> rise{};
    /// How far the spectrum below 1.7 kHz rose in dB, one third of a second against the one before: chord changes.
    float change = 0;
};

/// Collects the rises of the mel spectrum band by band: log spectral flux as in Klapuri, Eronen and Astola, "Analysis
/// of the meter of acoustic musical signals" (2006). Keeps the first 600 s, at 20 bytes a frame: hours of music have no
/// one tempo, and memory must not grow with them.
class OnsetBands {
public:
    static constexpr std::size_t kMostFrames = 18'750;

    /// 128 Slaney mel bands from 0 to 8 kHz in dB, frame after frame (kEnvelopeRate).
    void add(std::span<const float> mel_db);
    std::span<const OnsetFrame> frames() const { return frames_; }

private:
    static constexpr std::size_t kChangeFrames = 11;
    static constexpr std::size_t kChangeMels = 64;
    using Pitched = std::array<float, kChangeMels>;

    std::vector<OnsetFrame> frames_;
    std::array<Pitched, 2 * kChangeFrames> recent_{};  // a ring
    Pitched before_{};                                 // sums over its older half
    Pitched after_{};                                  // and its younger
    std::vector<float> previous_;
    float loudest_ = -1e9F;
};

/// What speaks for a period P being the beat, each of the order of 1.
inline constexpr std::size_t kBeatEvidence = 10;
struct TempoCandidate {
    double bpm = 0;
    double regularity = 0;  ///< how well the onsets repeat after one to four periods, about 0 (noise) .. 1
    /// 0 squared distance from 110 BPM in octaves
    /// 1 regularity, 2 correlation at P, 3 at P/3; all against the best regularity among the candidates
    /// 4 strength on the beat against its thirds, 5 against its quarters
    /// 6 of two beats the stronger against the weaker
    /// 7 the lowest band on the beat against half way between
    /// 8 correlation of the chord changes at 3 P, 9 at 4 P
    std::array<double, kBeatEvidence> evidence{};
};

/// Periods between 40 and 200 BPM that the onsets repeat after, and their simple multiples and fractions. Empty for
/// less than 3 s and without onsets.
std::vector<TempoCandidate> tempo_candidates(std::span<const OnsetFrame> onsets);

struct TempoEstimate {
    double bpm = 0;         ///< 40..200; 0 without a candidate
    double confidence = 0;  ///< 0..1, see estimate_tempo
};
/// The candidate with the largest weighted sum of evidence: a conditional logit model (McFadden, 1974), fitted to
/// rendered pieces by tests/rendered_music/fit_tempo.cpp. Autocorrelation and pulse alignment follow Percival and
/// Tzanetakis, "Streamlined tempo estimation" (2014), chord changes as beat cues Goto and Muraoka (1999). The
/// confidence is the model's probability of the winner, less in proportion where the onsets hardly repeat at all.
TempoEstimate estimate_tempo(std::span<const OnsetFrame> onsets);

}  // namespace audiomuse::dsp
