// Bytes through the whole decode path: probing, demuxing, decoding, mixing, resampling.
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
constexpr double kStallSeconds = 5;

void note_place(void*, int, const char* format, va_list) {
    fuzz::note_behaviour(reinterpret_cast<std::size_t>(format));
}

void decode_through(const std::filesystem::path& file) {
    try {
        const decode::DecodeSummary summary = decode::decode_file(
            file, {.max_seconds = kMaxSeconds, .stall_seconds = kStallSeconds}, [](std::span<const float> samples) {
                for (const float sample : samples) {
                    if (!(sample > -1e8F && sample < 1e8F)) std::abort();  // also NaN
                }
            });
        if (static_cast<double>(summary.samples) > (kMaxSeconds + 1) * 16000) std::abort();
        const std::hash<std::string> hash;
        fuzz::note_behaviour(hash(summary.info.container) + hash(summary.info.codec) +
                             static_cast<std::size_t>(summary.info.channels));
        fuzz::note_behaviour(hash(summary.info.codec) ^ fuzz::kind_of_message(summary.warning));
    } catch (const Error& error) {
        if (error.code() == ErrorCode::internal) throw;
        fuzz::note_behaviour(static_cast<std::size_t>(error.code()));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const fuzz::MemoryFile file({data, size});
    decode_through(file.path());
    // After the first file, which sets the program's own callback.
    av_log_set_callback(note_place);
    return 0;
}
