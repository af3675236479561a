#include "byte_source.h"

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/mem.h>
}

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/text.h"

namespace audiomuse::wrap::ffmpeg {

namespace {

constexpr int kIoBufferBytes = 64 * 1024;
// Looking for the format and the streams reads the beginning several times over, however short the file is.
constexpr std::int64_t kProbingBytes = 64 << 20;

}  // namespace

void ByteSource::FreeIo::operator()(AVIOContext* io) const {
    // FFmpeg may have replaced the buffer it was given.
    av_freep(&io->buffer);
    avio_context_free(&io);
}

ByteSource::ByteSource(const std::filesystem::path& file, const ReadOptions& options)
    : name_(to_valid_utf8(file.filename().string())), options_(options) {
    auto* buffer = static_cast<unsigned char*>(av_malloc(kIoBufferBytes));
    if (buffer != nullptr) {
        io_.reset(avio_alloc_context(buffer, kIoBufferBytes, 0, this, read_bytes, nullptr, seek_bytes));
        if (!io_) av_free(buffer);
    }
    if (!io_) throw Error(ErrorCode::internal, "Out of memory while opening an audio file.");
    open_file(file);
}

ByteSource::~ByteSource() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void ByteSource::open_file(const std::filesystem::path& file) {
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
    descriptor_ = opened;
    max_bytes_ = kProbingBytes + static_cast<std::int64_t>(options_.max_passes * static_cast<double>(status.st_size));
}

void ByteSource::start_clock(double seconds_read) {
    started_ = steady_now();
    seconds_read_ = seconds_read;
    stall_at_ = started_ + options_.stall_seconds;
    slow_at_ = started_ + options_.slow_seconds + seconds_read - busy_s_;
}

void ByteSource::stop_clock() {
    busy_s_ += steady_now() - started_;
}

bool ByteSource::interrupted() const {
    return options_.cancel.cancelled() || bytes_read_ > max_bytes_ || steady_now() > std::min(stall_at_, slow_at_);
}

void ByteSource::throw_if_interrupted() const {
    options_.cancel.check();
    if (bytes_read_ > max_bytes_) {
        fail(ErrorCode::limit_exceeded,
             fmt::format("was given up: its decoder read {} bytes, many times its size", bytes_read_));
    }
    const double now = steady_now();
    if (now > stall_at_) {
        fail(ErrorCode::timeout, fmt::format("gave no audio for {:g} s, so it was given up", options_.stall_seconds));
    }
    if (now > slow_at_) {
        fail(ErrorCode::timeout, fmt::format("took {:.0f} s to decode {:.0f} s of audio, so it was given up",
                                             busy_s_ + now - started_, seconds_read_));
    }
}

void ByteSource::throw_if_disturbed() const {
    throw_if_interrupted();
    if (read_errno_ != 0) {
        fail(ErrorCode::io, fmt::format("could not be read to its end: {}", std::strerror(read_errno_)));
    }
}

void ByteSource::fail(ErrorCode code, std::string_view what) const {
    throw Error(code, fmt::format("'{}' {}.", name_, what));
}

int ByteSource::read_bytes(void* self, std::uint8_t* buffer, int size) {
    auto& source = *static_cast<ByteSource*>(self);
    if (source.interrupted()) return AVERROR_EXIT;
    ssize_t got = 0;
    do {
        got = ::read(source.descriptor_, buffer, static_cast<std::size_t>(size));
    } while (got < 0 && errno == EINTR);
    if (got < 0) {
        source.read_errno_ = errno;
        return AVERROR(errno);
    }
    source.bytes_read_ += got;
    return got == 0 ? AVERROR_EOF : static_cast<int>(got);
}

std::int64_t ByteSource::seek_bytes(void* self, std::int64_t offset, int whence) {
    const int descriptor = static_cast<ByteSource*>(self)->descriptor_;
    if ((whence & AVSEEK_SIZE) != 0) {
        struct stat status {};
        return ::fstat(descriptor, &status) == 0 ? status.st_size : AVERROR(errno);
    }
    const off_t position = ::lseek(descriptor, offset, whence & ~AVSEEK_FORCE);
    return position < 0 ? AVERROR(errno) : position;
}

}  // namespace audiomuse::wrap::ffmpeg
