#include "audiomuse/dsp/clap_mel.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "filter_banks.h"
#include "power_spectrum.h"

namespace audiomuse::dsp {

namespace {

constexpr std::size_t kFftSize = 2048;
constexpr std::size_t kHop = 480;
constexpr std::size_t kHalf = kFftSize / 2;
constexpr float kFullScale = 32767.0F;
// Frames at either end of a segment that reach beyond it, and so differ from those of its neighbours.
constexpr std::size_t kEdgeFrames = (kHalf + kHop - 1) / kHop;
// Frames by which a segment is ahead of the one before.
constexpr std::size_t kFramesAhead = ClapMelSegments::kSegmentHop / kHop;
static_assert(ClapMelSegments::kSegmentHop % kHop == 0 &&
              ClapMelSegments::kSegment / kHop + 1 == ClapMelSegments::kFrames);

std::int16_t quantised(float sample) {
    return static_cast<std::int16_t>(std::clamp(sample, -1.0F, 1.0F) * kFullScale);  // a cast rounds toward zero
}

/// The index that position `i` of a signal of `length` samples reads when it is continued by reflection.
std::size_t reflected(std::ptrdiff_t i, std::size_t length) {
    const auto last = static_cast<std::ptrdiff_t>(length) - 1;
    return static_cast<std::size_t>(i < 0 ? -i : i > last ? 2 * last - i : i);
}

}  // namespace

struct ClapMelSegments::State {
    explicit State(SegmentSink segment_sink) : sink(std::move(segment_sink)) {}

    SegmentSink sink;
    PowerSpectrum spectrum{kFftSize};
    MelFilterBank mel{{static_cast<int>(kSampleRate), kFftSize, kBands, 0, 14000}};
    // From the start of the last segment handed out: a last segment that ends with the audio may begin anywhere in it.
    std::vector<std::int16_t> samples;
    std::size_t origin = 0;  // index of samples[0] in the audio
    std::size_t handed_out = 0;
    std::vector<float> rows = std::vector<float>(kFrames * kBands);  // of the last segment, [frame][band]
    std::vector<float> decibels = std::vector<float>(kBands * kFrames);
    std::vector<float> frame = std::vector<float>(kFftSize);

    void push(std::span<const float> block) {
        while (!block.empty()) {
            const std::size_t wanted = kSegment + (handed_out > 0 ? kSegmentHop : 0);
            const std::size_t count = std::min(block.size(), wanted - samples.size());
            std::transform(block.begin(), block.begin() + static_cast<std::ptrdiff_t>(count),
                           std::back_inserter(samples), quantised);
            block = block.subspan(count);
            if (samples.size() < wanted) continue;
            if (handed_out > 0) {
                samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(kSegmentHop));
                origin += kSegmentHop;
                std::copy(rows.begin() + kFramesAhead * kBands, rows.end(), rows.begin());
                hand_out(0, kEdgeFrames, kFrames - kFramesAhead - kEdgeFrames);
            } else {
                hand_out(0, 0, 0);
            }
        }
    }

    void finish() {
        if (samples.empty() || (handed_out == 1 && samples.size() == kSegment)) return;
        if (handed_out == 0) samples.resize(kSegment);
        hand_out(samples.size() - kSegment, 0, 0);
    }

    /// The segment that begins at samples[start]; its rows from `known_first` to before `known_end` are in place.
    void hand_out(std::size_t start, std::size_t known_first, std::size_t known_end) {
        const std::span<const std::int16_t> segment = std::span(samples).subspan(start, kSegment);
        for (std::size_t t = 0; t < kFrames; ++t) {
            if (t < known_first || t >= known_end) measure(segment, t);
        }
        for (std::size_t t = 0; t < kFrames; ++t) {
            for (std::size_t b = 0; b < kBands; ++b)
                decibels[b * kFrames + t] = rows[t * kBands + b];
        }
        ++handed_out;
        sink(origin + start, decibels);
    }

    void measure(std::span<const std::int16_t> segment, std::size_t t) {
        const auto first = static_cast<std::ptrdiff_t>(t * kHop) - static_cast<std::ptrdiff_t>(kHalf);
        for (std::size_t i = 0; i < kFftSize; ++i) {
            const std::size_t at = reflected(first + static_cast<std::ptrdiff_t>(i), segment.size());
            frame[i] = static_cast<float>(segment[at]) / kFullScale;
        }
        const std::span<float> row = std::span(rows).subspan(t * kBands, kBands);
        mel.apply(spectrum(frame), row);
        for (float& value : row)
            value = 10 * std::log10(std::max(1e-10F, value));
    }
};

ClapMelSegments::ClapMelSegments(SegmentSink sink) : state_(std::make_unique<State>(std::move(sink))) {}
ClapMelSegments::~ClapMelSegments() = default;
ClapMelSegments::ClapMelSegments(ClapMelSegments&&) noexcept = default;
ClapMelSegments& ClapMelSegments::operator=(ClapMelSegments&&) noexcept = default;

void ClapMelSegments::push(std::span<const float> samples) {
    state_->push(samples);
}
void ClapMelSegments::finish() {
    state_->finish();
}

}  // namespace audiomuse::dsp
