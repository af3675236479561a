// Bytes through the whole decode path: probing, demuxing, decoding, mixing, resampling, seeking.
extern "C" {
#include <libavutil/log.h>
}

#include <functional>

#include "audiomuse/base/error.h"
#include "audiomuse/decode/decoder.h"
#include "target.h"

namespace {

using namespace audiomuse;

constexpr double kMaxSeconds = 5;
constexpr double kWindowedSeconds = 0.2;
constexpr double kStallSeconds = 5;
constexpr std::int64_t kMaxValues = 100'000'000;

void note_place(void*, int, const char* format, va_list) {
    fuzz::note_behaviour(reinterpret_cast<std::size_t>(format));
}

/// Returns what the decoder says is the file's length; 0 when it was rejected.
double decode_through(const std::filesystem::path& file, decode::Stretch stretch, double seconds) {
    try {
        const decode::DecodeSummary summary = decode::decode_file(
            file,
            {.stretch = stretch, .max_seconds = seconds, .stall_seconds = kStallSeconds, .max_values = kMaxValues},
            [](std::span<const float> samples) {
                for (const float sample : samples) {
                    if (!(sample > -1e8F && sample < 1e8F)) std::abort();  // also NaN
                }
            });
        if (static_cast<double>(summary.samples) > (seconds + 1) * 16000) std::abort();
        const std::hash<std::string> hash;
        fuzz::note_behaviour(hash(summary.info.container) + hash(summary.info.codec) +
                             static_cast<std::size_t>(summary.info.channels));
        fuzz::note_behaviour(hash(summary.info.codec) ^ fuzz::kind_of_message(summary.warning));
        return summary.file_seconds;
    } catch (const Error& error) {
        if (error.code() == ErrorCode::internal) throw;
        fuzz::note_behaviour(static_cast<std::size_t>(error.code()));
        return 0;
    }
}

}  // namespace

// libFuzzer calls it by this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::MemoryFile file({data, size});
    const double length = decode_through(file.path(), decode::Stretch::first, kMaxSeconds);
    // What can be heard is also entered in the middle.
    if (length > kWindowedSeconds) decode_through(file.path(), decode::Stretch::spread, kWindowedSeconds);
    // After the first file, which sets the program's own callback.
    av_log_set_callback(note_place);
    return 0;
}
