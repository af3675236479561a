#include "audiomuse/dsp/log_mel_patches.h"

#include <numbers>
#include <utility>
#include <vector>

#include "filter_banks.h"
#include "framer.h"
#include "kernels.h"
#include "power_spectrum.h"

namespace audiomuse::dsp {

namespace {

constexpr std::size_t kFftSize = 512;
constexpr std::size_t kHop = 256;
/// log10(1 + 10000 x).
constexpr LogShape kCompression{
    .gain = 10000, .offset = 1, .floor = 1, .factor = std::numbers::log10e_v<float> * std::numbers::ln2_v<float>};

}  // namespace

struct LogMelPatches::State {
    explicit State(PatchSink patch_sink) : sink(std::move(patch_sink)) {}

    PatchSink sink;
    Framer framer{kFftSize, kHop};
    PowerSpectrum spectrum{kFftSize};
    MelFilterBank mel{{16000, kFftSize, kBands, 0, 8000}};
    std::vector<float> patch = std::vector<float>(kFrames * kBands);
    std::size_t frames = 0;

    void add_frame(std::span<const float> frame) {
        const std::size_t row = frames++ % kFrames;
        const std::span<float> out = std::span(patch).subspan(row * kBands, kBands);
        mel.apply(spectrum(frame), out);
        best_kernels().logarithms(out.data(), out.size(), kCompression);
        if (row + 1 == kFrames) sink(patch);
    }
};

LogMelPatches::LogMelPatches(PatchSink sink) : state_(std::make_unique<State>(std::move(sink))) {}
LogMelPatches::~LogMelPatches() = default;
LogMelPatches::LogMelPatches(LogMelPatches&&) noexcept = default;
LogMelPatches& LogMelPatches::operator=(LogMelPatches&&) noexcept = default;

void LogMelPatches::push(std::span<const float> samples) {
    state_->framer.push(samples, [this](std::span<const float> frame) { state_->add_frame(frame); });
}

std::size_t LogMelPatches::frames() const {
    return state_->frames;
}
std::size_t LogMelPatches::patches() const {
    return state_->frames / kFrames;
}

}  // namespace audiomuse::dsp
