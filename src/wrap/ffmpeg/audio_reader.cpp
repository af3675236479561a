#include "audiomuse/wrap/ffmpeg/audio_reader.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string_view>
#include <vector>

#include "allowed.h"
#include "audiomuse/base/error.h"
#include "byte_source.h"
#include "owned.h"
#include "process_setup.h"
#include "sample_formats.h"

namespace audiomuse::wrap::ffmpeg {

namespace {

constexpr int kMaxChannels = 64;
constexpr int kMinSampleRate = 1000;
constexpr int kMaxSampleRate = 2'822'400;  // DSD512, a byte of 8 bits as one sample
constexpr unsigned kMaxProbeBytes = 8U << 20U;
constexpr std::int64_t kAnalyseBytes = 10'000'000;
constexpr int kMaxStreams = 64;
// Of all channels of a frame; those of Monkey's Audio, the longest there are, have 2.4 million.
constexpr std::int64_t kMaxFrameValues = 1 << 24;
// More than any codec needs before its output is what it would be without the seek (Opus: 0.08 s; RFC 7845, 4.6).
constexpr double kPrerollSeconds = 0.5;
constexpr double kSeekToleranceSeconds = 1;
// FFmpeg gives 1 to a file in which something could be taken for a frame of mp3: text, pictures, noise.
constexpr int kLowestProbeScore = 2;
// No mp3 frame is longer, so that more bytes before the first one can't be its info frame.
constexpr std::int64_t kMaxMp3FrameBytes = 2881;

using InputPtr = std::unique_ptr<AVFormatContext, Deleter<avformat_close_input>>;

std::string av_message(int error) {
    std::array<char, AV_ERROR_MAX_STRING_SIZE> text{};
    av_strerror(error, text.data(), text.size());
    return text.data();
}

template <class T>
T* require(T* object) {
    if (object == nullptr) throw Error(ErrorCode::internal, "Out of memory while opening an audio file.");
    return object;
}

/// An Ogg file that was written to its end has the flag "last page" on the last of its pages (RFC 3533, section 6).
bool lacks_last_ogg_page(int fd) {
    constexpr off_t kLongestPage = 65'307;
    constexpr std::size_t kFlagsAt = 5;
    constexpr std::uint8_t kLastPage = 4;
    struct stat status {};
    if (::fstat(fd, &status) != 0) return false;
    std::string tail(static_cast<std::size_t>(std::min(status.st_size, kLongestPage)), '\0');
    if (::pread(fd, tail.data(), tail.size(), status.st_size - static_cast<off_t>(tail.size())) !=
        static_cast<ssize_t>(tail.size())) {
        return false;
    }
    const std::size_t page = tail.rfind("OggS");
    return page == std::string::npos || page + kFlagsAt >= tail.size() ||
           (static_cast<std::uint8_t>(tail[page + kFlagsAt]) & kLastPage) == 0;
}

}  // namespace

struct AudioReader::State {
    State(const std::filesystem::path& file, const ReadOptions& read_options)
        : source(file, read_options), max_values(read_options.max_values) {
        set_up_process();
        source.start_clock(0);
        open_container();
        open_codec();
        source.stop_clock();
    }

    AudioStream stream;
    Damage damage;

    std::optional<AudioBlock> read() {
        if (!pending && !next_frame()) {
            throw_if_unusable();
            damage.cut_off = stream.container == "ogg" && lacks_last_ogg_page(source.descriptor());
            return std::nullopt;
        }
        pending = false;
        return convert_frame();
    }

    std::optional<double> seek(double seconds) {
        const AVStream& chosen = *input->streams[stream_index];
        const double tick = av_q2d(chosen.time_base);
        const std::int64_t origin = chosen.start_time == AV_NOPTS_VALUE ? 0 : chosen.start_time;
        const std::int64_t target = origin + std::llround(std::max(0.0, seconds - kPrerollSeconds) / tick);
        source.start_clock(seconds_read);
        const int result = av_seek_frame(input.get(), stream_index, target, AVSEEK_FLAG_BACKWARD);
        source.throw_if_interrupted();
        source.stop_clock();
        if (result < 0) return std::nullopt;
        avcodec_flush_buffers(codec.get());
        draining = false;
        // A decoder that starts in the middle may miss what its first packets refer to: no damage of the file.
        const Damage before = damage;
        const auto found = decode_up_to(seconds, origin, tick);
        damage = before;
        return found;
    }

    ByteSource source;  // outlives `input`, which reads from it
    const std::int64_t max_values;
    InputPtr input;
    CodecPtr codec;
    PacketPtr packet{require(av_packet_alloc())};
    FramePtr frame{require(av_frame_alloc())};
    int stream_index = -1;
    bool weakly_recognised = false;  // the format is a guess
    bool draining = false;
    bool seen_packet = false;
    bool pending = false;  // `frame` was decoded by seek() and not yet read
    std::int64_t blocks_read = 0;
    std::int64_t values_read = 0;
    double seconds_read = 0;
    double position_s = 0;  // of the next frame
    std::vector<float> converted;
    std::vector<const float*> channels;

    /// The next samples into `frame`; false at the end.
    bool next_frame() {
        source.start_clock(seconds_read);
        av_frame_unref(frame.get());
        bool found = false;
        while (!found) {
            source.throw_if_interrupted();
            const int result = avcodec_receive_frame(codec.get(), frame.get());
            if (result == 0) {
                found = frame->nb_samples > 0;
            } else if (result == AVERROR(EAGAIN)) {
                feed_decoder();
            } else if (result == AVERROR_EOF) {
                break;
            } else {
                note_damage();
            }
        }
        source.stop_clock();
        if (found) count_frame();
        return found;
    }

    void count_frame() {
        check_layout(frame->sample_rate, frame->ch_layout.nb_channels);
        values_read += std::int64_t{frame->nb_samples} * frame->ch_layout.nb_channels;
        if (values_read > max_values) {
            source.fail(ErrorCode::limit_exceeded,
                        fmt::format("was given up after {:.0f} s: it holds more samples than any piece of music",
                                    seconds_read));
        }
        seconds_read += static_cast<double>(frame->nb_samples) / frame->sample_rate;
    }

    /// Decodes until a frame that ends after `seconds`, which read() then gives. Returns where it begins, or nothing
    /// when time stamps, in units of `tick` from `origin` on, are missing or it lies elsewhere.
    std::optional<double> decode_up_to(double seconds, std::int64_t origin, double tick) {
        while (next_frame()) {
            if (frame->best_effort_timestamp == AV_NOPTS_VALUE) return std::nullopt;
            const double begin = static_cast<double>(frame->best_effort_timestamp - origin) * tick;
            if (begin > seconds + kSeekToleranceSeconds) return std::nullopt;
            if (begin + static_cast<double>(frame->nb_samples) / frame->sample_rate > seconds) {
                pending = true;
                position_s = begin;
                return begin;
            }
        }
        return std::nullopt;
    }

    [[noreturn]] void fail_as_unknown() const {
        source.fail(ErrorCode::unsupported_format, "is not an audio file of a known format");
    }

    /// What was only a guess and then can't be read was another kind of file.
    void fail_if_weakly_recognised() const {
        if (weakly_recognised) fail_as_unknown();
    }

    static int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
        return AVERROR(EPERM);
    }

    void open_container() {
        const AVInputFormat* format = nullptr;
        const int score = av_probe_input_buffer2(source.io(), &format, "", nullptr, 0, kMaxProbeBytes);
        if (score < kLowestProbeScore || format == nullptr || !is_music_demuxer(format->name)) {
            source.throw_if_disturbed();
            fail_as_unknown();
        }

        weakly_recognised = score <= AVPROBE_SCORE_EXTENSION;

        // avformat_open_input frees the context when it fails, so it is handed over only for the call.
        AVFormatContext* context = require(avformat_alloc_context());
        context->pb = source.io();
        context->interrupt_callback = {[](void* self) { return static_cast<ByteSource*>(self)->interrupted() ? 1 : 0; },
                                       &source};
        context->io_open = refuse_to_open;
        context->protocol_whitelist = av_strdup("none");
        // Looking into streams opens their decoders, those of pictures too.
        context->codec_whitelist = av_strdup(kMusicDecoders);
        context->max_streams = kMaxStreams;
        context->probesize = kAnalyseBytes;
        int result = avformat_open_input(&context, "", format, nullptr);
        input.reset(context);
        if (result < 0) {
            source.throw_if_disturbed();
            fail_if_weakly_recognised();
            source.fail(ErrorCode::damaged,
                        fmt::format("looks like {} but can't be opened: {}", format->name, av_message(result)));
        }
        result = avformat_find_stream_info(input.get(), nullptr);
        if (result < 0) source.throw_if_disturbed();
        stream.container = format->name;
    }

    void open_codec() {
        const AVCodec* decoder = nullptr;
        bool has_audio = false;
        for (unsigned i = 0; i < input->nb_streams; ++i) {
            AVStream& candidate = *input->streams[i];
            candidate.discard = AVDISCARD_ALL;
            if (candidate.codecpar->codec_type != AVMEDIA_TYPE_AUDIO || decoder != nullptr) continue;
            has_audio = true;
            decoder = avcodec_find_decoder(candidate.codecpar->codec_id);
            if (decoder != nullptr && !is_music_decoder(decoder->name)) decoder = nullptr;
            if (decoder != nullptr) stream_index = static_cast<int>(i);
        }
        if (!has_audio) {
            source.fail(ErrorCode::unsupported_format,
                        fmt::format("holds no audio (its format is {})", stream.container));
        }
        if (decoder == nullptr)
            source.fail(ErrorCode::unsupported_format, "holds audio of a codec that can't be decoded here");

        AVStream& chosen = *input->streams[stream_index];
        chosen.discard = AVDISCARD_DEFAULT;
        const AVCodecParameters& parameters = *chosen.codecpar;
        stream.codec = avcodec_get_name(parameters.codec_id);
        stream.sample_rate = parameters.sample_rate;
        stream.channels = parameters.ch_layout.nb_channels;
        if (stream.sample_rate == 0 || stream.channels == 0) {
            source.throw_if_disturbed();
            fail_if_weakly_recognised();
            source.fail(ErrorCode::damaged,
                        fmt::format("looks like {} but no audio could be found in it", stream.container));
        }
        check_layout(stream.sample_rate, stream.channels);
        if (chosen.duration > 0) {
            stream.duration_s = static_cast<double>(chosen.duration) * av_q2d(chosen.time_base);
        } else if (input->duration > 0) {
            stream.duration_s = static_cast<double>(input->duration) / AV_TIME_BASE;
        }
        stream.duration_exact =
            stream.duration_s > 0 && input->duration_estimation_method != AVFMT_DURATION_FROM_BITRATE;

        codec.reset(require(avcodec_alloc_context3(decoder)));
        int result = avcodec_parameters_to_context(codec.get(), &parameters);
        codec->pkt_timebase = chosen.time_base;
        codec->thread_count = 1;
        codec->max_samples = kMaxFrameValues;
        if (result >= 0) result = avcodec_open2(codec.get(), decoder, nullptr);
        if (result < 0) {
            source.fail(ErrorCode::unsupported_format,
                        fmt::format("holds {} audio that can't be decoded: {}", stream.codec, av_message(result)));
        }
    }

    void check_layout(int sample_rate, int channel_count) const {
        if (channel_count < 1 || channel_count > kMaxChannels || sample_rate < kMinSampleRate ||
            sample_rate > kMaxSampleRate) {
            source.fail(
                ErrorCode::unsupported_format,
                fmt::format("claims {} channels at {} Hz, which is beyond what is read", channel_count, sample_rate));
        }
    }

    void note_damage() {
        if (damage.pieces++ == 0) damage.first_at_s = position_s;
    }

    void feed_decoder() {
        while (true) {
            source.throw_if_interrupted();
            const int result = av_read_frame(input.get(), packet.get());
            if (result == AVERROR(EAGAIN)) continue;
            if (result < 0) {
                source.throw_if_disturbed();
                if (result != AVERROR_EOF) note_damage();
                draining = true;
                avcodec_send_packet(codec.get(), nullptr);
                return;
            }
            if (packet->stream_index == stream_index) break;
            av_packet_unref(packet.get());
        }
        if (!seen_packet) note_leading_bytes();
        seen_packet = true;
        const bool cut = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
        const int result = avcodec_send_packet(codec.get(), packet.get());
        av_packet_unref(packet.get());
        if (cut || (result < 0 && result != AVERROR_EOF)) note_damage();
    }

    void note_leading_bytes() {
        if (stream.container != "mp3" || packet->pos < 0) return;
        // An ID3v2 header is 10 bytes: "ID3", version, flags, and the tag's length in 7-bit bytes.
        std::array<std::uint8_t, 10> head{};
        std::int64_t tag_bytes = 0;
        if (::pread(source.descriptor(), head.data(), head.size(), 0) == 10 &&
            std::memcmp(head.data(), "ID3", 3) == 0) {
            tag_bytes =
                10 + ((head[6] & 0x7F) << 21) + ((head[7] & 0x7F) << 14) + ((head[8] & 0x7F) << 7) + (head[9] & 0x7F);
        }
        if (packet->pos - tag_bytes > kMaxMp3FrameBytes) damage.leading_bytes = packet->pos - tag_bytes;
    }

    AudioBlock convert_frame() {
        const int channel_count = frame->ch_layout.nb_channels;
        const auto format = static_cast<AVSampleFormat>(frame->format);
        const ConvertFunction convert = converter_for(av_get_packed_sample_fmt(format));
        if (convert == nullptr) source.fail(ErrorCode::unsupported_format, "holds samples of an unknown kind");
        if (frame->decode_error_flags != 0 || (frame->flags & AV_FRAME_FLAG_CORRUPT) != 0) note_damage();

        const auto count = static_cast<std::size_t>(frame->nb_samples);
        const auto channel_total = static_cast<std::size_t>(channel_count);
        channels.resize(channel_total);
        if (format == AV_SAMPLE_FMT_FLTP) {
            for (std::size_t c = 0; c < channel_total; ++c) {
                channels[c] = reinterpret_cast<const float*>(frame->extended_data[c]);
            }
        } else {
            const bool planar = av_sample_fmt_is_planar(format) != 0;
            const auto sample_bytes = static_cast<std::size_t>(av_get_bytes_per_sample(format));
            converted.resize(channel_total * count);
            for (std::size_t c = 0; c < channel_total; ++c) {
                float* const out = converted.data() + c * count;
                const std::uint8_t* const in =
                    planar ? frame->extended_data[c] : frame->extended_data[0] + c * sample_bytes;
                convert(in, planar ? 1 : channel_total, count, out);
                channels[c] = out;
            }
        }
        ++blocks_read;
        position_s += static_cast<double>(count) / frame->sample_rate;
        return {frame->sample_rate, count, channels};
    }

    /// At the end. Noise taken for audio yields little but errors.
    void throw_if_unusable() const {
        if (blocks_read > damage.pieces) return;
        if (damage.pieces == 0) source.fail(ErrorCode::empty, "holds no samples");
        fail_if_weakly_recognised();
        source.fail(ErrorCode::damaged, blocks_read == 0 ? "is damaged: nothing in it could be decoded"
                                                         : "is damaged: most of it could not be decoded");
    }
};

AudioReader::AudioReader(const std::filesystem::path& file, const ReadOptions& options)
    : state_(std::make_unique<State>(file, options)) {}
AudioReader::~AudioReader() = default;
AudioReader::AudioReader(AudioReader&&) noexcept = default;
AudioReader& AudioReader::operator=(AudioReader&&) noexcept = default;

const AudioStream& AudioReader::stream() const {
    return state_->stream;
}
std::optional<AudioBlock> AudioReader::read() {
    return state_->read();
}
std::optional<double> AudioReader::seek(double seconds) {
    return state_->seek(seconds);
}
const Damage& AudioReader::damage() const {
    return state_->damage;
}

}  // namespace audiomuse::wrap::ffmpeg
