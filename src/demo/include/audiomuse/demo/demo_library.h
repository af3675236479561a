// Synthesises a tagged music library whose styles differ as real music does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <vector>

#include "audiomuse/base/cancel.h"

namespace audiomuse::demo {

struct DemoOptions {
    int tracks = 96;         ///< 1..10000; spread evenly over the styles
    std::uint64_t seed = 1;  ///< of the music; names and covers do not depend on it
    unsigned threads = 0;    ///< 0: all allowed cores; the files are the same for any number
};

struct DemoReport {
    int written = 0;
    int kept = 0;  ///< were already there from an earlier run
    double elapsed_s = 0;
};

/// Called from any thread, one call at a time.
using DemoProgress = std::function<void(int done, int total)>;

/// Writes DIR/Artist/Album/NN - Title.ext: FLAC, MP3, Ogg Vorbis, Opus and M4A of 20 to 40 s, with tags, covers and
/// some lyrics. The style stands in the genre tag and nowhere else. The same options give the same bytes. Every file
/// appears whole or not at all; a run that was interrupted goes on where it was. Throws Error: invalid_argument for
/// options out of range; conflict when `dir` holds other files, or a demo library of other options; io; cancelled.
DemoReport write_demo_library(const std::filesystem::path& dir, const DemoOptions& options = {},
                              const DemoProgress& progress = {}, const CancelToken& cancel = {});

/// Samples of one piece at 44.1 kHz, both channels of the same length, peaks below 1.
struct DemoAudio {
    std::vector<float> left;
    std::vector<float> right;
};

/// The audio of track `index` as write_demo_library makes it. Pure.
DemoAudio render_demo_track(std::size_t index, std::uint64_t seed);

}  // namespace audiomuse::demo
