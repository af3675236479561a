// The subcommands. Each takes its options as a struct and returns the exit status: 0 done, 1 failed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "audiomuse/settings/settings.h"

namespace audiomuse::app {

struct ServeOptions {
    settings::Values settings;
    bool no_worker = false;
};
int serve(const ServeOptions& options);

struct WorkerOptions {
    settings::Values settings;
};
int worker(const WorkerOptions& options);

struct AnalyzeOptions {
    settings::Values settings;
    std::vector<std::filesystem::path> files;
    bool json = false;
};
int analyze(const AnalyzeOptions& options);

struct ScanOptions {
    settings::Values settings;
    bool retry_failed = false;
    bool json = false;
};
int scan(const ScanOptions& options);

struct SimilarOptions {
    settings::Values settings;
    std::string track;
    int n = 10;
    bool radius = false;
    bool json = false;
};
int similar(const SimilarOptions& options);

struct PathOptions {
    settings::Values settings;
    std::string from;
    std::string to;
    std::vector<std::string> via;
    int n = 0;  ///< 0: as the settings say
    bool exact = false;
    bool json = false;
};
int path(const PathOptions& options);

struct ClusterOptions {
    settings::Values settings;
    bool if_changed = false;
    bool json = false;
};
int cluster(const ClusterOptions& options);

struct PlaylistsOptions {
    settings::Values settings;
    std::filesystem::path export_folder;
    bool json = false;
};
int playlists(const PlaylistsOptions& options);

struct UsersOptions {
    settings::Values settings;
    enum class What { list, add, reset_password, remove } what = What::list;
    std::string name;
    bool admin = false;
    bool json = false;
};
int users(const UsersOptions& options);

struct JobsOptions {
    settings::Values settings;
    std::string cancel;  ///< id of a job to cancel; empty: list
    bool json = false;
};
int jobs_list(const JobsOptions& options);

struct ModelsOptions {
    settings::Values settings;
    bool verify = false;
    bool json = false;
};
int models_list(const ModelsOptions& options);

struct DemoOptions {
    settings::Values settings;
    std::filesystem::path folder;
    int tracks = 96;
    std::uint64_t seed = 1;
};
int demo(const DemoOptions& options);

struct ExportOptions {
    settings::Values settings;
    std::filesystem::path file;
    bool json = false;
};
int export_catalogue(const ExportOptions& options);

struct ImportOptions {
    settings::Values settings;
    std::filesystem::path file;
    bool replace = false;  ///< also over a catalogue that is not empty, after an export of it
    bool check = false;    ///< only read the file
    bool json = false;
};
int import_catalogue(const ImportOptions& options);

struct CheckOptions {
    settings::Values settings;
    std::vector<std::string> parts;  ///< empty: all
    bool running = false;            ///< the web server must answer
    bool json = false;
};
int check(const CheckOptions& options);

}  // namespace audiomuse::app
