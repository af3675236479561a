#include "audiomuse/wrap/ffmpeg/audio_reader.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <vector>

#include "allowed.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "process_setup.h"

namespace audiomuse::wrap::ffmpeg {

namespace {

constexpr int kMaxChannels = 64;
constexpr int kMinSampleRate = 1000;
constexpr int kMaxSampleRate = 2'822'400;  // DSD512, a byte of 8 bits as one sample
constexpr unsigned kMaxProbeBytes = 8U << 20U;
constexpr std::int64_t kAnalyseBytes = 10'000'000;
constexpr int kMaxStreams = 64;
constexpr int kIoBufferBytes = 64 * 1024;
// FFmpeg gives 1 to a file in which something could be taken for a frame of mp3: text, pictures, noise.
constexpr int kLowestProbeScore = 2;
// No mp3 frame is longer, so that more bytes before the first one can't be its info frame.
constexpr std::int64_t kMaxMp3FrameBytes = 2881;

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* object) const {
        Free(&object);
    }
};

using CodecPtr = std::unique_ptr<AVCodecContext, Deleter<avcodec_free_context>>;
using FramePtr = std::unique_ptr<AVFrame, Deleter<av_frame_free>>;
using InputPtr = std::unique_ptr<AVFormatContext, Deleter<avformat_close_input>>;
using PacketPtr = std::unique_ptr<AVPacket, Deleter<av_packet_free>>;

void free_io(AVIOContext** io) {
    // FFmpeg may have replaced the buffer it was given.
    av_freep(&(*io)->buffer);
    avio_context_free(io);
}
using IoPtr = std::unique_ptr<AVIOContext, Deleter<free_io>>;

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

class FileDescriptor {
public:
    explicit FileDescriptor(int fd) : fd_(fd) {}
    ~FileDescriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    FileDescriptor(const FileDescriptor&) = delete;
    FileDescriptor& operator=(const FileDescriptor&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

/// `source` points at `count` samples that lie `stride` apart; integers are scaled to -1..1.
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

using ConvertFunction = void (*)(const std::uint8_t*, std::size_t, std::size_t, float*);

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
        : name(to_valid_utf8(file.filename().string())), options(read_options), fd(open_file(file)) {
        deadline = steady_now() + options.stall_seconds;
        set_up_process();
        open_container();
        open_codec();
    }

    const std::string name;  // of the file, for messages
    const ReadOptions options;
    AudioStream stream;
    Damage damage;

    std::optional<AudioBlock> read() {
        deadline = steady_now() + options.stall_seconds;
        av_frame_unref(frame.get());
        while (true) {
            throw_if_interrupted();
            const int result = avcodec_receive_frame(codec.get(), frame.get());
            if (result == 0) {
                if (frame->nb_samples > 0) return convert_frame();
            } else if (result == AVERROR(EAGAIN)) {
                feed_decoder();
            } else if (result == AVERROR_EOF) {
                break;
            } else {
                note_damage();
            }
        }
        throw_if_unusable();
        damage.cut_off = stream.container == "ogg" && lacks_last_ogg_page(fd.get());
        return std::nullopt;
    }

    FileDescriptor fd;
    int read_errno = 0;
    double deadline = 0;
    // `io` must outlive `input`, which is destroyed first.
    IoPtr io;
    InputPtr input;
    CodecPtr codec;
    PacketPtr packet{require(av_packet_alloc())};
    FramePtr frame{require(av_frame_alloc())};
    int stream_index = -1;
    bool weakly_recognised = false;  // the format is a guess
    bool draining = false;
    bool seen_packet = false;
    std::int64_t blocks_read = 0;
    double seconds_read = 0;
    std::vector<float> converted;
    std::vector<const float*> channels;

    [[noreturn]] void fail(ErrorCode code, std::string_view what) const {
        throw Error(code, fmt::format("'{}' {}.", name, what));
    }

    [[noreturn]] void fail_as_unknown() const {
        fail(ErrorCode::unsupported_format, "is not an audio file of a known format");
    }

    /// What was only a guess and then can't be read was another kind of file.
    void fail_if_weakly_recognised() const {
        if (weakly_recognised) fail_as_unknown();
    }

    int open_file(const std::filesystem::path& file) const {
        // Without O_NONBLOCK, opening a named pipe would wait for ever.
        const int opened = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (opened < 0) {
            if (errno == ENOENT || errno == ENOTDIR) fail(ErrorCode::not_found, "does not exist (any more)");
            if (errno == EACCES || errno == EPERM) fail(ErrorCode::permission_denied, "may not be read by this user");
            fail(ErrorCode::io, fmt::format("could not be opened: {}", std::strerror(errno)));
        }
        struct stat status {};
        const bool known = ::fstat(opened, &status) == 0;
        if (!known || !S_ISREG(status.st_mode)) {
            ::close(opened);
            fail(ErrorCode::unsupported_format, "is not a regular file");
        }
        if (status.st_size == 0) {
            ::close(opened);
            fail(ErrorCode::empty, "is empty (0 bytes)");
        }
        return opened;
    }

    bool interrupted() const { return options.cancel.cancelled() || steady_now() > deadline; }

    void throw_if_interrupted() const {
        options.cancel.check();
        if (steady_now() > deadline) {
            fail(ErrorCode::timeout,
                 fmt::format("gave no audio for {:g} s, so it was given up", options.stall_seconds));
        }
    }

    static int read_bytes(void* self, std::uint8_t* buffer, int size) {
        auto& state = *static_cast<State*>(self);
        if (state.interrupted()) return AVERROR_EXIT;
        ssize_t got = 0;
        do {
            got = ::read(state.fd.get(), buffer, static_cast<std::size_t>(size));
        } while (got < 0 && errno == EINTR);
        if (got < 0) {
            state.read_errno = errno;
            return AVERROR(errno);
        }
        return got == 0 ? AVERROR_EOF : static_cast<int>(got);
    }

    static std::int64_t seek_bytes(void* self, std::int64_t offset, int whence) {
        const int descriptor = static_cast<State*>(self)->fd.get();
        if ((whence & AVSEEK_SIZE) != 0) {
            struct stat status {};
            return ::fstat(descriptor, &status) == 0 ? status.st_size : AVERROR(errno);
        }
        const off_t position = ::lseek(descriptor, offset, whence & ~AVSEEK_FORCE);
        return position < 0 ? AVERROR(errno) : position;
    }

    static int refuse_to_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
        return AVERROR(EPERM);
    }

    /// After a failed call of libavformat: an interruption or a read error explains more than its result does.
    void throw_if_disturbed() const {
        throw_if_interrupted();
        if (read_errno != 0) {
            fail(ErrorCode::io, fmt::format("could not be read to its end: {}", std::strerror(read_errno)));
        }
    }

    void open_container() {
        auto* buffer = require(static_cast<unsigned char*>(av_malloc(kIoBufferBytes)));
        io.reset(avio_alloc_context(buffer, kIoBufferBytes, 0, this, read_bytes, nullptr, seek_bytes));
        if (!io) av_free(buffer);
        require(io.get());

        const AVInputFormat* format = nullptr;
        const int score = av_probe_input_buffer2(io.get(), &format, "", nullptr, 0, kMaxProbeBytes);
        if (score < kLowestProbeScore || format == nullptr || !is_music_demuxer(format->name)) {
            throw_if_disturbed();
            fail_as_unknown();
        }

        weakly_recognised = score <= AVPROBE_SCORE_EXTENSION;

        // avformat_open_input frees the context when it fails, so it is handed over only for the call.
        AVFormatContext* context = require(avformat_alloc_context());
        context->pb = io.get();
        context->interrupt_callback = {[](void* self) { return static_cast<State*>(self)->interrupted() ? 1 : 0; },
                                       this};
        context->io_open = refuse_to_open;
        context->protocol_whitelist = av_strdup("none");
        // Looking into streams opens their decoders, those of pictures too.
        context->codec_whitelist = av_strdup(kMusicDecoders);
        context->max_streams = kMaxStreams;
        context->probesize = kAnalyseBytes;
        int result = avformat_open_input(&context, "", format, nullptr);
        input.reset(context);
        if (result < 0) {
            throw_if_disturbed();
            fail_if_weakly_recognised();
            fail(ErrorCode::damaged,
                 fmt::format("looks like {} but can't be opened: {}", format->name, av_message(result)));
        }
        result = avformat_find_stream_info(input.get(), nullptr);
        if (result < 0) throw_if_disturbed();
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
            fail(ErrorCode::unsupported_format, fmt::format("holds no audio (its format is {})", stream.container));
        }
        if (decoder == nullptr)
            fail(ErrorCode::unsupported_format, "holds audio of a codec that can't be decoded here");

        AVStream& chosen = *input->streams[stream_index];
        chosen.discard = AVDISCARD_DEFAULT;
        const AVCodecParameters& parameters = *chosen.codecpar;
        stream.codec = avcodec_get_name(parameters.codec_id);
        stream.sample_rate = parameters.sample_rate;
        stream.channels = parameters.ch_layout.nb_channels;
        if (stream.sample_rate == 0 || stream.channels == 0) {
            throw_if_disturbed();
            fail_if_weakly_recognised();
            fail(ErrorCode::damaged, fmt::format("looks like {} but no audio could be found in it", stream.container));
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
        if (result >= 0) result = avcodec_open2(codec.get(), decoder, nullptr);
        if (result < 0) {
            fail(ErrorCode::unsupported_format,
                 fmt::format("holds {} audio that can't be decoded: {}", stream.codec, av_message(result)));
        }
    }

    void check_layout(int sample_rate, int channel_count) const {
        if (channel_count < 1 || channel_count > kMaxChannels || sample_rate < kMinSampleRate ||
            sample_rate > kMaxSampleRate) {
            fail(ErrorCode::unsupported_format,
                 fmt::format("claims {} channels at {} Hz, which is beyond what is read", channel_count, sample_rate));
        }
    }

    void note_damage() {
        if (damage.pieces++ == 0) damage.first_at_s = seconds_read;
    }

    void feed_decoder() {
        while (true) {
            throw_if_interrupted();
            const int result = av_read_frame(input.get(), packet.get());
            if (result == AVERROR(EAGAIN)) continue;
            if (result < 0) {
                throw_if_disturbed();
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
        if (::pread(fd.get(), head.data(), head.size(), 0) == 10 && std::memcmp(head.data(), "ID3", 3) == 0) {
            tag_bytes =
                10 + ((head[6] & 0x7F) << 21) + ((head[7] & 0x7F) << 14) + ((head[8] & 0x7F) << 7) + (head[9] & 0x7F);
        }
        if (packet->pos - tag_bytes > kMaxMp3FrameBytes) damage.leading_bytes = packet->pos - tag_bytes;
    }

    AudioBlock convert_frame() {
        const int channel_count = frame->ch_layout.nb_channels;
        check_layout(frame->sample_rate, channel_count);
        const auto format = static_cast<AVSampleFormat>(frame->format);
        const ConvertFunction convert = converter_for(av_get_packed_sample_fmt(format));
        if (convert == nullptr) fail(ErrorCode::unsupported_format, "holds samples of an unknown kind");
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
        seconds_read += static_cast<double>(count) / frame->sample_rate;
        return {frame->sample_rate, count, channels};
    }

    /// At the end. Noise taken for audio yields little but errors.
    void throw_if_unusable() const {
        if (blocks_read > damage.pieces) return;
        if (damage.pieces == 0) fail(ErrorCode::empty, "holds no samples");
        fail_if_weakly_recognised();
        fail(ErrorCode::damaged, blocks_read == 0 ? "is damaged: nothing in it could be decoded"
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
const Damage& AudioReader::damage() const {
    return state_->damage;
}

}  // namespace audiomuse::wrap::ffmpeg
