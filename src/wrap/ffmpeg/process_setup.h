#pragma once

namespace audiomuse::wrap::ffmpeg {

/// What FFmpeg keeps per process: its messages go to our log at level debug instead of standard error, and no single
/// allocation may exceed 128 MB, whatever a header claims. Done once; any thread.
void set_up_process();

}  // namespace audiomuse::wrap::ffmpeg
