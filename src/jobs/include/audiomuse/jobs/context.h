// What jobs may use, and what kinds of jobs there are.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>

#include "audiomuse/analyse/analyser.h"
#include "audiomuse/jobs/media_servers.h"
#include "audiomuse/jobs/served_index.h"
#include "audiomuse/jobs/throttle.h"
#include "audiomuse/library/music_source.h"
#include "audiomuse/queue/queue.h"
#include "audiomuse/settings/live.h"
#include "audiomuse/store/store.h"

namespace audiomuse::jobs {

// Whole jobs, that users start. They are coordinators: they cut the work into children, hand these out a few at a time,
// and end when all of them have.
inline constexpr const char* kMainAnalysis = "main_analysis";
inline constexpr const char* kMainClustering = "main_clustering";
inline constexpr const char* kCleaning = "cleaning";
// Their children.
inline constexpr const char* kScanLibrary = "scan_library";       ///< lists the folders of the machine it runs on
inline constexpr const char* kListServer = "list_server";         ///< asks a media server what it has
inline constexpr const char* kAnalyseAlbum = "analyse_album";     ///< a few tracks, of one folder where possible
inline constexpr const char* kClusterBatch = "clustering_batch";  ///< runs of a search for playlists
// Beside whatever whole job there is, see store::kAside: radios::kRefreshJob, backups::kBackupJob, and this.
inline constexpr const char* kWritePlaylists =
    "write_playlists";  ///< to the media servers, after a draft was published

/// What is free, in bytes. A function that is null limits nothing.
struct Room {
    std::function<std::uint64_t()> disk;    ///< of the data folder
    std::function<std::uint64_t()> memory;  ///< of what this process may hold
};

/// Everything a job may use; made once by `app`, outlives every worker.
struct JobContext {
    store::Store& store;
    queue::Queue& queue;
    ServedIndex& index;
    settings::Live settings;
    std::string worker;                      ///< who this process is; unlike that of any other
    library::MusicSource* source = nullptr;  ///< null: this process has no way to music folders
    bool lists_folders = false;              ///< whether `source` is folders of this machine, which can be listed
    MediaServers* servers = nullptr;         ///< null: this process reaches no media servers
    ServedIndex* sounds = nullptr;           ///< the index of how CLAP hears tracks; null: this process keeps none
    analyse::Analyser* analyser = nullptr;   ///< null: this process does not analyse
    Room room = {};                          ///< that analysis leaves
    std::filesystem::path backups = {};      ///< folder for backups; empty: this process makes none
    ThrottleClock clock = real_clock();      ///< by which analysis keeps to its hours and its share of the processor
};

/// Whether this process has what a job of that type needs.
bool can_do(const JobContext& context, const std::string& type);

/// A name for this process that no other has: host, process number, random digits.
std::string new_worker_name();

}  // namespace audiomuse::jobs
