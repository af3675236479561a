// MusiCNN's front end: 16 kHz mono in, patches of 187 log-mel frames out, streaming.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>

namespace audiomuse::dsp {

/// Power spectrogram (FFT and window 512, periodic Hann, hop 256, no centring), 96 Slaney mel bands 0-8000 Hz with
/// Slaney normalisation, log10(1 + 10000 x); patches of 187 frames that do not overlap, an incomplete last one is
/// dropped. Source: Pons and Serra, musicnn (2019); values as librosa.feature.melspectrogram. One instance per track
/// and thread.
class LogMelPatches {
public:
    static constexpr std::size_t kFrames = 187;
    static constexpr std::size_t kBands = 96;
    /// Takes one patch of kFrames x kBands floats, [frame][band], valid during the call.
    using PatchSink = std::function<void(std::span<const float>)>;

    explicit LogMelPatches(PatchSink sink);
    ~LogMelPatches();
    LogMelPatches(LogMelPatches&&) noexcept;
    LogMelPatches& operator=(LogMelPatches&&) noexcept;

    void push(std::span<const float> samples);
    std::size_t frames() const;   ///< frames made so far
    std::size_t patches() const;  ///< whole patches handed out so far

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace audiomuse::dsp
