#include "sample_formats.h"

#include <type_traits>

namespace audiomuse::wrap::ffmpeg {

namespace {

template <class T>
void convert_channel(const std::uint8_t* source, std::size_t stride, std::size_t count, float* out) {
    const T* in = reinterpret_cast<const T*>(source);
    for (std::size_t i = 0; i < count; ++i, in += stride) {
        if constexpr (std::is_floating_point_v<T>) {
            out[i] = static_cast<float>(*in);
        } else if constexpr (std::is_same_v<T, std::uint8_t>) {
            out[i] = static_cast<float>(static_cast<int>(*in) - 128) * 0x1p-7F;
        } else if constexpr (sizeof(T) == 2) {
            out[i] = static_cast<float>(*in) * 0x1p-15F;
        } else if constexpr (sizeof(T) == 4) {
            out[i] = static_cast<float>(*in) * 0x1p-31F;
        } else {
            out[i] = static_cast<float>(*in) * 0x1p-63F;
        }
    }
}

}  // namespace

ConvertFunction converter_for(AVSampleFormat packed_format) {
    switch (packed_format) {
        case AV_SAMPLE_FMT_U8:
            return convert_channel<std::uint8_t>;
        case AV_SAMPLE_FMT_S16:
            return convert_channel<std::int16_t>;
        case AV_SAMPLE_FMT_S32:
            return convert_channel<std::int32_t>;
        case AV_SAMPLE_FMT_S64:
            return convert_channel<std::int64_t>;
        case AV_SAMPLE_FMT_FLT:
            return convert_channel<float>;
        case AV_SAMPLE_FMT_DBL:
            return convert_channel<double>;
        default:
            return nullptr;
    }
}

}  // namespace audiomuse::wrap::ffmpeg
