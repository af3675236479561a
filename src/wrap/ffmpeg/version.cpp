#include "audiomuse/wrap/ffmpeg/version.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <fmt/format.h>

namespace audiomuse::wrap::ffmpeg {

namespace {

std::string dotted(unsigned version) {
    return fmt::format("{}.{}.{}", AV_VERSION_MAJOR(version), AV_VERSION_MINOR(version), AV_VERSION_MICRO(version));
}

}  // namespace

std::string version() {
    return fmt::format("avformat {}, avcodec {}", dotted(avformat_version()), dotted(avcodec_version()));
}

}  // namespace audiomuse::wrap::ffmpeg
