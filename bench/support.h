// What the benchmarks share: clocks, medians, and music to listen to.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/models/embedding_model.h"

namespace audiomuse::bench {

/// CPU seconds of the calling thread: what else the machine does plays little role.
double thread_seconds();
/// The most memory this process has had since it started, in MB (VmHWM), and what it has now (VmRSS).
double peak_megabytes();
double resident_megabytes();
/// Runs this program again with `arguments` and returns the number it printed: what is measured in a process of its own
/// does not see the memory of this one. Throws Error(internal) when it failed.
double ask_child(const std::string& arguments);
/// Of a copy; 0 for none.
double median(std::vector<double> values);

/// Writes `seconds` of the demo library's music, stereo at 44.1 kHz, pieces of all styles one after the other from
/// number `first` on. `container` as for wrap::ffmpeg::encode_audio.
void write_music(const std::filesystem::path& file, std::string_view container, double seconds, std::size_t first = 0);

/// Of the folder that AUDIOMUSE_MODEL_DIR names, else of ../shared/models beside the project. Null, after a line on
/// the output that says so, where MusiCNN is in neither.
std::shared_ptr<const models::EmbeddingModel> open_musicnn();
std::shared_ptr<const models::EmbeddingModel> open_mini();
/// "mini" or "musicnn".
std::shared_ptr<const models::EmbeddingModel> open_named(std::string_view name);

/// `count` patches of log-mel frames of music.
std::vector<float> music_patches(std::size_t count);

}  // namespace audiomuse::bench
