#pragma once

namespace audiomuse::wrap::ffmpeg {

/// Sends FFmpeg's messages to our log at level debug instead of standard error. Process-wide, once; any thread.
void redirect_av_log();

}  // namespace audiomuse::wrap::ffmpeg
