// The media servers of the store, opened.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "audiomuse/library/media_server.h"
#include "audiomuse/library/server_audio.h"
#include "audiomuse/store/store.h"

namespace audiomuse::jobs {

/// Opens servers when they are first used, and again when they were changed. Threads: any number.
class MediaServers {
public:
    using Create = std::function<std::unique_ptr<library::MediaServer>(const library::ServerAccount&)>;
    /// Audio that has to be downloaded lies below `downloads` for a while.
    MediaServers(store::Store& store, std::filesystem::path downloads, Create create = library::create_media_server);

    /// Throws Error(not_found) for one that was removed; otherwise as create_media_server.
    std::shared_ptr<library::ServerAudio> open(ServerId id);
    /// For a while only, e.g. as another user (servers::as_user). Throws as create_media_server.
    std::unique_ptr<library::MediaServer> connect(const store::ServerRow& server) const;

private:
    struct Opened {
        store::ServerRow row;
        std::shared_ptr<library::ServerAudio> audio;
    };
    store::Store& store_;
    const std::filesystem::path downloads_;
    const Create create_;
    std::mutex mutex_;
    std::map<ServerId, Opened> opened_;
};

/// Every media server, without the local folders.
std::vector<store::ServerRow> media_servers(store::Store& store);

}  // namespace audiomuse::jobs
