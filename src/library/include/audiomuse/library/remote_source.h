// Music folders of another machine, through the web instances that can read them.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "audiomuse/library/music_source.h"

namespace audiomuse::library {

struct RemoteOptions {
    /// URLs of the living web instances, the best first, e.g. "http://10.0.0.7:8000". Asked before each attempt.
    std::function<std::vector<std::string>()> instances;
    std::string secret;                     ///< that those instances know, see audio_link.h
    std::filesystem::path folder;           ///< for downloads; made when missing
    std::chrono::seconds patience{60};      ///< how long to go on when no instance can be reached
    std::chrono::seconds stall{30};         ///< how long a download may stand still
    std::uint64_t max_bytes = 16ull << 30;  ///< of one file
};

/// Only fetch() works, of items with a track id: it downloads the file, goes on where a broken download ended, and
/// deletes it with the FetchedAudio. It throws Error: unavailable (no instance within the patience, or none takes our
/// signature), not_found (the file is gone), limit_exceeded, io (no room here). The other functions throw
/// Error(unavailable): they are work for a process that has the music folders. Throws Error(io) when `folder` can't be
/// used.
std::unique_ptr<MusicSource> create_remote(RemoteOptions options);

}  // namespace audiomuse::library
