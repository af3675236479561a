#pragma once

#include <string>

namespace audiomuse::wrap::ffmpeg {

/// The FFmpeg libraries that are loaded, e.g. "avformat 59.27.100, avcodec 59.37.100".
std::string version();

}  // namespace audiomuse::wrap::ffmpeg
