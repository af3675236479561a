// From an onset envelope to tempo and rhythm. Pure functions; the envelope has one value per hop of 512 samples at 16
// kHz.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace audiomuse::dsp {

inline constexpr double kEnvelopeRate = 16000.0 / 512.0;  ///< values per second
inline constexpr std::size_t kTempogramLags = 250;        ///< 8 s, librosa's window for tempo

/// Mean over time of librosa's tempogram: the envelope, padded by linear ramps to 0, is cut at every value into windows
/// of `lags`, weighted (Hann), autocorrelated and divided by its largest magnitude. `lags` values, 1 at lag 0 unless
/// all is silent.
std::vector<double> mean_tempogram(std::span<const float> envelope, std::size_t lags = kTempogramLags);

/// BPM of lag k: 60 * kEnvelopeRate / k.
double lag_to_bpm(std::size_t lag);

/// librosa.feature.tempo: the lag with the largest ln(1 + 1e6 A) under a log-normal prior (120 BPM, one octave), below
/// 320 BPM. Returns that lag, 0 when `tempogram` is all zero.
std::size_t tempo_lag(std::span<const double> tempogram);

/// How far the tempogram at `lag` stands out of its mean between 40 and 320 BPM, 0 (not at all) to 1 (a metronome).
double pulse_clarity(std::span<const double> tempogram, std::size_t lag);

/// The part of the tempogram above its mean between 40 and 320 BPM, octaves laid over each other, in 8 bands of an
/// eighth of an octave from 40 BPM up; sums to 1, or all 0 without a pulse.
std::array<float, 8> rhythm_spectrum(std::span<const double> tempogram);

/// Number of onsets: values that are the largest within 2 before and after, and exceed the mean from 3 before to 3
/// after by 0.07 of the envelope's range. librosa.onset.onset_detect with a wider window for maxima: its 30 ms are less
/// than one value here, and an onset fills the four frames that overlap it.
std::size_t count_onsets(std::span<const float> envelope);

}  // namespace audiomuse::dsp
