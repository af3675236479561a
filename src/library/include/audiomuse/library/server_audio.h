// The audio of a media server's tracks, as files on this machine.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audiomuse/library/media_server.h"
#include "audiomuse/library/music_source.h"

namespace audiomuse::library {

/// What a server's paths begin with, and what they begin with on this machine: {"/music", "/mnt/nas/music"}.
using PathMap = std::vector<std::pair<std::string, std::string>>;

/// The local path that `path` stands for by the longest beginning that fits (whole parts of it, "/" and "\" alike);
/// nothing when none does, or when the result would lie outside of the folder mapped to.
std::optional<std::filesystem::path> map_path(const PathMap& map, std::string_view path);

class FetchFolder;

/// Reads the file where this machine can, and downloads it otherwise. Threads: any number.
class ServerAudio {
public:
    /// Downloads lie below `folder` for as long as they are used. Throws Error(io) when it can't be made.
    ServerAudio(std::shared_ptr<MediaServer> server, PathMap map, const std::filesystem::path& folder);
    ~ServerAudio();

    /// `item`: the server's id of the track; `path`: as the server has it, or empty. Errors: MediaServer::fetch.
    std::unique_ptr<FetchedAudio> fetch(const std::string& item, const std::string& path, const CancelToken& cancel);
    MediaServer& server() { return *server_; }

private:
    const std::shared_ptr<MediaServer> server_;
    const PathMap map_;
    const std::shared_ptr<FetchFolder> folder_;
};

}  // namespace audiomuse::library
