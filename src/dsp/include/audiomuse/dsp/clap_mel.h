// The front end of CLAP-like networks: 48 kHz mono in, mel spectrograms of overlapping segments out, streaming.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace audiomuse::dsp {

/// Samples are cut to -1..1 and rounded toward zero to 16 bits. Segments of 10 s start every 5 s, and a last one
/// ends with the audio, even where that repeats the one before (the reference's mean counts it twice); audio of up to
/// 10 s is one segment, filled up with zeros. Of each: power
/// spectrogram (FFT and window 2048, periodic Hann, hop 480, centred with reflection), 128 Slaney mel bands 0-14000 Hz
/// with Slaney normalisation, 10 log10(max(1e-10, x)). Source: AudioMuse-AI's DCLAP; values as librosa's
/// melspectrogram and power_to_db. One instance per track and thread; memory: 3 MB.
class ClapMelSegments {
public:
    static constexpr std::size_t kSampleRate = 48000;
    static constexpr std::size_t kSegment = 10 * kSampleRate;  ///< samples
    static constexpr std::size_t kSegmentHop = 5 * kSampleRate;
    static constexpr std::size_t kBands = 128;
    static constexpr std::size_t kFrames = 1001;
    /// Takes one segment: its first sample's index and kBands x kFrames decibels, [band][frame], valid during the call.
    using SegmentSink = std::function<void(std::size_t start, std::span<const float> decibels)>;

    explicit ClapMelSegments(SegmentSink sink);
    ~ClapMelSegments();
    ClapMelSegments(ClapMelSegments&&) noexcept;
    ClapMelSegments& operator=(ClapMelSegments&&) noexcept;

    void push(std::span<const float> samples);
    /// Hands out the last segment; call once, after the last push. Without samples there is none.
    void finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace audiomuse::dsp
