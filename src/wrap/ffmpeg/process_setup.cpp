#include "process_setup.h"

extern "C" {
#include <libavutil/log.h>
#include <libavutil/mem.h>
}

#include <array>
#include <cstdarg>
#include <cstddef>
#include <mutex>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"

namespace audiomuse::wrap::ffmpeg {

namespace {

// The index of a day of m4a needs less than half of it.
constexpr std::size_t kLargestAllocation = 128U << 20U;

void forward(void* source, int level, const char* format, va_list arguments) {
    if (level > AV_LOG_WARNING || !log::enabled(log::Level::debug)) return;
    std::array<char, 512> line{};
    int print_prefix = 1;
    av_log_format_line2(source, level, format, arguments, line.data(), static_cast<int>(line.size()), &print_prefix);
    const std::string text = to_valid_utf8(trim(line.data()));
    if (!text.empty()) log::debug("ffmpeg: {}", text);
}

}  // namespace

void set_up_process() {
    static std::once_flag once;
    std::call_once(once, [] {
        av_log_set_callback(forward);
        av_max_alloc(kLargestAllocation);
    });
}

}  // namespace audiomuse::wrap::ffmpeg
