// Samples of any of FFmpeg's formats to floats.
#pragma once

extern "C" {
#include <libavutil/samplefmt.h>
}

#include <cstddef>
#include <cstdint>

namespace audiomuse::wrap::ffmpeg {

/// Converts `count` samples that lie `stride` samples apart from `source` on; integers are scaled to -1..1.
using ConvertFunction = void (*)(const std::uint8_t* source, std::size_t stride, std::size_t count, float* out);

/// Null for a format that is not known. `packed_format` as av_get_packed_sample_fmt gives it.
ConvertFunction converter_for(AVSampleFormat packed_format);

}  // namespace audiomuse::wrap::ffmpeg
