#include "av_log.h"

extern "C" {
#include <libavutil/log.h>
}

#include <array>
#include <cstdarg>
#include <mutex>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"

namespace audiomuse::wrap::ffmpeg {

namespace {

void forward(void* source, int level, const char* format, va_list arguments) {
    if (level > AV_LOG_WARNING || !log::enabled(log::Level::debug)) return;
    std::array<char, 512> line{};
    int print_prefix = 1;
    av_log_format_line2(source, level, format, arguments, line.data(), static_cast<int>(line.size()), &print_prefix);
    const std::string text = to_valid_utf8(trim(line.data()));
    if (!text.empty()) log::debug("ffmpeg: {}", text);
}

}  // namespace

void redirect_av_log() {
    static std::once_flag once;
    std::call_once(once, [] { av_log_set_callback(forward); });
}

}  // namespace audiomuse::wrap::ffmpeg
