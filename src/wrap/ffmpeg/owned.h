// FFmpeg's objects as what frees itself.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
}

#include <memory>

namespace audiomuse::wrap::ffmpeg {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const {
        Free(&object);
    }
};

using CodecPtr = std::unique_ptr<AVCodecContext, Deleter<avcodec_free_context>>;
using FramePtr = std::unique_ptr<AVFrame, Deleter<av_frame_free>>;
using PacketPtr = std::unique_ptr<AVPacket, Deleter<av_packet_free>>;

}  // namespace audiomuse::wrap::ffmpeg
