// A file as FFmpeg reads it, under limits.
#pragma once

extern "C" {
#include <libavformat/avio.h>
}

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "audiomuse/base/error.h"
#include "audiomuse/wrap/ffmpeg/audio_reader.h"

namespace audiomuse::wrap::ffmpeg {

/// A regular file, the bytes read from it, and the time spent. Throws Error as AudioReader; messages name the file.
class ByteSource {
public:
    ByteSource(const std::filesystem::path& file, const ReadOptions& options);
    ~ByteSource();
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;

    int descriptor() const { return descriptor_; }
    /// Reads through this object; never null.
    AVIOContext* io() { return io_.get(); }

    /// The clock runs between start and stop only, so that what is done with the samples does not count.
    /// `seconds_read` of audio were got until now.
    void start_clock(double seconds_read);
    void stop_clock();

    /// Cancelled, or over a limit.
    bool interrupted() const;
    void throw_if_interrupted() const;
    /// After a failed call of libavformat: an interruption or a read error explains more than its result does.
    void throw_if_disturbed() const;
    [[noreturn]] void fail(ErrorCode code, std::string_view what) const;

private:
    struct FreeIo {
        void operator()(AVIOContext* io) const;
    };

    void open_file(const std::filesystem::path& file);
    static int read_bytes(void* self, std::uint8_t* buffer, int size);
    static std::int64_t seek_bytes(void* self, std::int64_t offset, int whence);

    std::string name_;
    ReadOptions options_;
    int descriptor_ = -1;
    int read_errno_ = 0;
    std::int64_t bytes_read_ = 0;
    std::int64_t max_bytes_ = 0;
    double started_ = 0;
    double busy_s_ = 0;  // before started_
    double stall_at_ = 0;
    double slow_at_ = 0;
    double seconds_read_ = 0;
    std::unique_ptr<AVIOContext, FreeIo> io_;
};

}  // namespace audiomuse::wrap::ffmpeg
