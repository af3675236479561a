// The classical features of a track, 16 kHz mono in, streaming.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>

#include "audiomuse/base/analysis.h"

namespace audiomuse::dsp {

/// Mean and (population) standard deviation over time.
struct MeanStd {
    double mean = 0;
    double std = 0;
};

/// Names and conventions are librosa 0.11's; frames of 2048 samples, hop 512, centred with zeros, unless said
/// otherwise.
struct TrackFeatures {
    std::int64_t samples = 0;
    double peak = 0;
    double energy = 0;    ///< mean of rms
    double loudness = 0;  ///< mean over frames of (20 log10(rms) + 60) / 60, cut to 0..1: AudioMuse-AI's later energy
    MeanStd rms;
    /// 95th minus 10th percentile of the frames' levels in dB; pauses (60 dB below the loudest frame) are left out.
    double loudness_range_db = 0;
    double tempo_librosa = 0;  ///< beat_track's global tempo: BPM on librosa's grid, 0 without onsets
    double tempo_bpm = 0;      ///< the beat a listener taps, 40..200 BPM, finer than a grid; 0 without onsets or in 3 s
    double tempo_confidence = 0;     ///< probability of tempo_bpm against other candidates, 0 (no pulse) .. 1
    double pulse_clarity = 0;        ///< height of the tempogram's peak over its mean, 0..1
    double tuning = 0;               ///< in semitones, -0.5..0.5
    std::array<float, 12> chroma{};  ///< mean of chroma_stft (power 2, per-frame maximum norm, tuning as estimated)
    int key = 0;                     ///< index into kPitchClassNames
    Scale scale = Scale::major;
    double key_strength = 0;    ///< correlation of the pitch classes heard with the key's profile, -1..1
    double key_confidence = 0;  ///< probability of the key against the other 23, 0 (no pitch) .. 1
    std::array<MeanStd, 20> mfcc{};
    std::array<MeanStd, 7> contrast{};  ///< spectral_contrast, 6 bands and the remainder, dB
    MeanStd centroid_hz;
    MeanStd bandwidth_hz;
    MeanStd rolloff_hz;  ///< 0.85
    MeanStd flatness;
    MeanStd zero_crossing_rate;
    MeanStd onset_strength;  ///< mean-aggregated, as onset_strength's default
    double onsets_per_second = 0;
    /// Share of the tempogram's energy in 8 tempo bands from 40 BPM up, octaves laid over each other; sums to 1, or all
    /// 0.
    std::array<float, 8> rhythm_spectrum{};
    bool silent = false;  ///< every sample is zero
};

/// One instance per track and thread.
///
/// librosa cuts decibels off 80 below the loudest frame of all. Here a track is heard in sections, each with the floor
/// of its own loudest frame, and the statistics run on over the sections: the first is of 600 s, the most the reference
/// listens to, so that up to there everything is librosa's; those after it are of 120 s. The tuning, and with it the
/// chroma filters, comes from the first 120 s; a shorter track gives librosa's value exactly.
///
/// Memory is bounded but for 12 bytes per frame of 32 ms (22 kB a minute): 10.6 MB for the first section in decibels,
/// 2.1 MB for a later one, and 7.7 MB for the samples of the first 120 s, which wait for the tuning.
class FeatureExtractor {
public:
    FeatureExtractor();
    ~FeatureExtractor();
    FeatureExtractor(FeatureExtractor&&) noexcept;
    FeatureExtractor& operator=(FeatureExtractor&&) noexcept;

    void push(std::span<const float> samples);
    /// Call once, after the last push.
    TrackFeatures finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace audiomuse::dsp
