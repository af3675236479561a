#include "audiomuse/wrap/ffmpeg/encoder.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>

#include "audiomuse/base/error.h"
#include "owned.h"
#include "process_setup.h"

namespace audiomuse::wrap::ffmpeg {

namespace {

void close_output(AVFormatContext** format) {
    if ((*format)->pb) avio_closep(&(*format)->pb);
    avformat_free_context(*format);
}

using OutputPtr = std::unique_ptr<AVFormatContext, Deleter<close_output>>;
using ResamplerPtr = std::unique_ptr<SwrContext, Deleter<swr_free>>;

struct Recipe {
    std::string_view container;
    const char* muxer;
    const char* encoder;
    int sample_rate;               // 0: as the input
    std::int64_t bits_per_second;  // 0: by `quality`, or lossless
    int quality;                   // codec's own variable-rate scale, -1: none
    const char* option_name;
    const char* option_value;
};

constexpr std::array<Recipe, 5> kRecipes = {{
    {"flac", "flac", "flac", 0, 0, -1, nullptr, nullptr},
    {"mp3", "mp3", "libmp3lame", 0, 128'000, -1, nullptr, nullptr},
    {"ogg", "ogg", "libvorbis", 0, 0, 4, nullptr, nullptr},
    {"opus", "opus", "libopus", 48'000, 96'000, -1, nullptr, nullptr},
    // The default coder takes three times as long.
    {"m4a", "ipod", "aac", 0, 128'000, -1, "aac_coder", "fast"},
}};

std::string text_of(int status) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(status, text.data(), text.size());
    return text.data();
}

int checked(int status, const char* what) {
    if (status < 0)
        throw Error(ErrorCode::internal, std::string("FFmpeg could not ") + what + ": " + text_of(status) + ".");
    return status;
}

template <class T>
T* checked(T* object, const char* what) {
    if (!object) throw Error(ErrorCode::internal, std::string("FFmpeg could not ") + what + ".");
    return object;
}

const AVCodec* find_encoder(const char* name) {
    const AVCodec* codec = avcodec_find_encoder_by_name(name);
    if (!codec) {
        throw Error(ErrorCode::internal, std::string("This FFmpeg was built without the encoder ") + name + ".");
    }
    return codec;
}

const Recipe& find_recipe(std::string_view container) {
    const auto* found = std::ranges::find(kRecipes, container, &Recipe::container);
    if (found == kRecipes.end()) {
        throw Error(ErrorCode::invalid_argument,
                    "Audio can be written as flac, mp3, ogg, opus or m4a, not as \"" + std::string(container) + "\".");
    }
    return *found;
}

CodecPtr open_encoder(const Recipe& recipe, int sample_rate, bool global_header) {
    const AVCodec* codec = find_encoder(recipe.encoder);
    CodecPtr context(checked(avcodec_alloc_context3(codec), "make an encoder"));
    context->sample_rate = sample_rate;
    context->sample_fmt = codec->sample_fmts[0];
    av_channel_layout_default(&context->ch_layout, 2);
    context->time_base = {1, sample_rate};
    context->bit_rate = recipe.bits_per_second;
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_BITEXACT;
    if (recipe.quality >= 0) {
        context->flags |= AV_CODEC_FLAG_QSCALE;
        context->global_quality = recipe.quality * FF_QP2LAMBDA;
    }
    if (global_header) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (recipe.option_name) {
        checked(av_opt_set(context->priv_data, recipe.option_name, recipe.option_value, 0),
                "set an option of the encoder");
    }
    checked(avcodec_open2(context.get(), codec, nullptr), "open the encoder");
    return context;
}

constexpr int kPieceSamples = 1 << 16;

/// All samples in the encoder's format and at its rate.
FramePtr convert(const StereoView& audio, const AVCodecContext& codec) {
    AVChannelLayout stereo = {};
    av_channel_layout_default(&stereo, 2);
    SwrContext* made = nullptr;
    checked(swr_alloc_set_opts2(&made, &stereo, codec.sample_fmt, codec.sample_rate, &stereo, AV_SAMPLE_FMT_FLTP,
                                audio.sample_rate, 0, nullptr),
            "set up the resampler");
    const ResamplerPtr resampler(made);
    checked(swr_init(resampler.get()), "set up the resampler");

    const auto count = static_cast<int>(audio.left.size());
    FramePtr frame(checked(av_frame_alloc(), "make a frame"));
    frame->format = codec.sample_fmt;
    frame->sample_rate = codec.sample_rate;
    checked(av_channel_layout_copy(&frame->ch_layout, &stereo), "copy a channel layout");
    // What the resampler holds back comes with the second call, so leave room for it.
    frame->nb_samples = checked(swr_get_out_samples(resampler.get(), count), "resample") + 4096;
    checked(av_frame_get_buffer(frame.get(), 0), "make a frame");

    const bool planar = av_sample_fmt_is_planar(codec.sample_fmt) != 0;
    const int stride = av_get_bytes_per_sample(codec.sample_fmt) * (planar ? 1 : 2);
    int made_samples = 0;
    // `in` null takes what the resampler holds back.
    const auto convert_piece = [&](const std::uint8_t** in, int length) {
        const std::ptrdiff_t offset = static_cast<std::ptrdiff_t>(made_samples) * stride;
        std::array<std::uint8_t*, 2> out = {frame->extended_data[0] + offset, nullptr};
        if (planar) out[1] = frame->extended_data[1] + offset;
        const int room = std::min(checked(swr_get_out_samples(resampler.get(), length), "resample"),
                                  frame->nb_samples - made_samples);
        made_samples += checked(swr_convert(resampler.get(), out.data(), room, in, length), "resample");
    };
    // In pieces, since the resampler keeps buffers as long as what it is given and asked for.
    for (int from = 0; from < count; from += kPieceSamples) {
        std::array<const std::uint8_t*, 2> in = {reinterpret_cast<const std::uint8_t*>(audio.left.data() + from),
                                                 reinterpret_cast<const std::uint8_t*>(audio.right.data() + from)};
        convert_piece(in.data(), std::min(kPieceSamples, count - from));
    }
    if (codec.sample_rate != audio.sample_rate) convert_piece(nullptr, 0);
    frame->nb_samples = made_samples;
    return frame;
}

/// Hands `frame` (or, with null, the end of the stream) to the encoder and writes what comes out.
void encode(AVCodecContext& codec, const AVFrame* frame, AVFormatContext& output, AVPacket& packet) {
    checked(avcodec_send_frame(&codec, frame), "encode");
    while (true) {
        const int status = avcodec_receive_packet(&codec, &packet);
        if (status == AVERROR(EAGAIN) || status == AVERROR_EOF) return;
        checked(status, "encode");
        packet.stream_index = 0;
        av_packet_rescale_ts(&packet, codec.time_base, output.streams[0]->time_base);
        checked(av_interleaved_write_frame(&output, &packet), "write the file");
    }
}

void encode_slices(AVCodecContext& codec, const AVFrame& all, AVFormatContext& output) {
    const PacketPtr packet(checked(av_packet_alloc(), "make a packet"));
    const int step = codec.frame_size > 0 ? codec.frame_size : 4096;
    for (int at = 0; at < all.nb_samples; at += step) {
        const FramePtr slice(checked(av_frame_alloc(), "make a frame"));
        slice->format = all.format;
        slice->sample_rate = all.sample_rate;
        slice->nb_samples = std::min(step, all.nb_samples - at);
        slice->pts = at;
        checked(av_channel_layout_copy(&slice->ch_layout, &all.ch_layout), "copy a channel layout");
        checked(av_frame_get_buffer(slice.get(), 0), "make a frame");
        checked(av_samples_copy(slice->extended_data, all.extended_data, 0, at, slice->nb_samples, 2, codec.sample_fmt),
                "copy samples");
        encode(codec, slice.get(), output, *packet);
    }
    encode(codec, nullptr, output, *packet);
}

void write_audio(const std::filesystem::path& file, const Recipe& recipe, const StereoView& audio) {
    AVFormatContext* made = nullptr;
    checked(avformat_alloc_output_context2(&made, nullptr, recipe.muxer, nullptr), "set up the container");
    const OutputPtr output(made);
    output->flags |= AVFMT_FLAG_BITEXACT;

    const int sample_rate = recipe.sample_rate ? recipe.sample_rate : audio.sample_rate;
    const CodecPtr codec = open_encoder(recipe, sample_rate, (output->oformat->flags & AVFMT_GLOBALHEADER) != 0);
    AVStream* stream = checked(avformat_new_stream(output.get(), nullptr), "add a stream");
    stream->time_base = codec->time_base;
    checked(avcodec_parameters_from_context(stream->codecpar, codec.get()), "describe the stream");

    const int opened = avio_open(&output->pb, ("file:" + file.string()).c_str(), AVIO_FLAG_WRITE);
    if (opened < 0)
        throw Error(ErrorCode::io, "The file " + file.string() + " cannot be written: " + text_of(opened) + ".");
    checked(avformat_write_header(output.get(), nullptr), "write the file's header");
    encode_slices(*codec, *convert(audio, *codec), *output);
    checked(av_write_trailer(output.get()), "end the file");
    const int closed = avio_closep(&output->pb);
    if (closed < 0)
        throw Error(ErrorCode::io, "The file " + file.string() + " cannot be written: " + text_of(closed) + ".");
}

}  // namespace

void encode_audio(const std::filesystem::path& file, std::string_view container, const StereoView& audio) {
    set_up_process();
    const Recipe& recipe = find_recipe(container);
    if (audio.left.empty() || audio.left.size() != audio.right.size()) {
        throw Error(ErrorCode::invalid_argument,
                    "Both channels must have the same number of samples, and at least one.");
    }
    try {
        write_audio(file, recipe, audio);
    } catch (...) {
        std::error_code ignored;
        std::filesystem::remove(file, ignored);
        throw;
    }
}

std::string encode_png(int width, int height, std::span<const std::uint8_t> rgb) {
    set_up_process();
    if (width < 1 || height < 1 ||
        rgb.size() != static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3) {
        throw Error(ErrorCode::invalid_argument,
                    "A picture needs 3 bytes for each of its pixels, and at least one pixel.");
    }
    const AVCodec* codec = find_encoder("png");
    const CodecPtr context(checked(avcodec_alloc_context3(codec), "make an encoder"));
    context->width = width;
    context->height = height;
    context->pix_fmt = AV_PIX_FMT_RGB24;
    context->time_base = {1, 1};
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_BITEXACT;
    checked(avcodec_open2(context.get(), codec, nullptr), "open the encoder");

    const FramePtr frame(checked(av_frame_alloc(), "make a frame"));
    frame->format = AV_PIX_FMT_RGB24;
    frame->width = width;
    frame->height = height;
    checked(av_frame_get_buffer(frame.get(), 0), "make a frame");
    const auto row = static_cast<std::size_t>(width) * 3;
    for (int y = 0; y < height; ++y) {
        std::copy_n(rgb.begin() + static_cast<std::ptrdiff_t>(row) * y, row,
                    frame->data[0] + static_cast<std::ptrdiff_t>(frame->linesize[0]) * y);
    }

    const PacketPtr packet(checked(av_packet_alloc(), "make a packet"));
    checked(avcodec_send_frame(context.get(), frame.get()), "encode a picture");
    checked(avcodec_send_frame(context.get(), nullptr), "encode a picture");
    checked(avcodec_receive_packet(context.get(), packet.get()), "encode a picture");
    return {reinterpret_cast<const char*>(packet->data), static_cast<std::size_t>(packet->size)};
}

}  // namespace audiomuse::wrap::ffmpeg
