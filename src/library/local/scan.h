#pragma once

#include <filesystem>
#include <functional>
#include <vector>

#include "audiomuse/library/music_source.h"

namespace audiomuse::library {

/// Lists the audio files below `roots`, folder by folder, sorted by the bytes of their names. Symbolic links are
/// followed; a folder that is reached twice is listed once. See MusicSource::list.
Listing scan_folders(const std::vector<std::filesystem::path>& roots, const std::function<void(SourceItem)>& found,
                     const CancelToken& cancel);

}  // namespace audiomuse::library
