// The web server: the REST API, the page, and the events that keep the page fresh.
//
// It reads the store and the index, and starts jobs by writing their row and enqueueing their id; it never does a job's
// work.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/analysis.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/library/media_server.h"
#include "audiomuse/library/music_source.h"
#include "audiomuse/queue/queue.h"
#include "audiomuse/settings/live.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {
class TextBranch;
}

namespace audiomuse::api {

/// What requests are answered from. Everything referred to must outlive the server, and be safe to use from many
/// threads.
struct Context {
    store::Store& store;
    queue::Queue& queue;
    index::LiveIndex& index;
    settings::Live settings;
    library::MusicSource* local = nullptr;             ///< for covers; null: there are none
    ModelTag model;                                    ///< the model whose results count as analysed
    std::vector<std::filesystem::path> music_folders;  ///< only files below these are sent; empty: no such limit
    std::filesystem::path data;                        ///< the data folder, whose disk must not fill; empty: unknown
    std::string version = "0.1.0";
    std::string link_secret;  ///< that workers sign addresses of files with, see library/audio_link.h; empty: none may
    /// The index of how CLAP hears tracks, and CLAP's text branch; null: music is found by words only.
    index::LiveIndex* sounds = nullptr;
    features::TextBranch* texts = nullptr;
    std::filesystem::path backups = {};  ///< folder of backups
    /// Makes the media servers that the page adds; tests give false ones.
    std::function<std::unique_ptr<library::MediaServer>(const library::ServerAccount&)> connect =
        library::create_media_server;
};

/// One file of the page, compiled into the program. `path` begins with "/", e.g. "/index.html", "/assets/app-3f2a.js";
/// files under /assets/ carry a hash in their name and may be cached for ever. `bytes` must outlive the server.
struct StaticFile {
    std::string path;
    std::string media_type;
    std::span<const std::byte> bytes;
};

struct ServerOptions {
    std::string host = "0.0.0.0";
    std::uint16_t port = 8000;  ///< 0: any free one, see Server::port
    std::vector<StaticFile> files;
    unsigned io_threads = 2;       ///< move bytes; they never block on the store
    unsigned handler_threads = 8;  ///< run handlers: store, index and disk. Those that wait for media servers are extra
    std::size_t most_connections =
        std::numeric_limits<std::size_t>::max();  ///< what the process can hold, whatever the settings say
    double idle_timeout_s = 75;                   ///< how long a connection may wait between two requests
    double events_check_s = 15;                   ///< how often who listens to events is asked for their right anew
    double stop_timeout_s = 5;                    ///< how long stop() lets running requests finish
};

/// Threads: start, stop and wait may be called from different threads.
class Server {
public:
    virtual ~Server() = default;  ///< stops and waits
    /// Listens and returns. Throws Error(unavailable) naming address, port and the way out when the port is taken.
    virtual void start() = 0;
    virtual std::uint16_t port() const = 0;  ///< the port listened on; 0 before start
    /// Takes no more connections, ends event streams and idle connections, lets running requests finish. Returns at
    /// once.
    virtual void stop() = 0;
    /// Returns when a stopped server has ended.
    virtual void wait() = 0;
};

/// Limits come from the settings: max_connections, max_body_bytes, request_timeout_s.
std::unique_ptr<Server> create_server(Context context, ServerOptions options);

}  // namespace audiomuse::api
