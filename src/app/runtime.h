// The one context of the program, built in plain order and destroyed in reverse.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "audiomuse/analyse/analyser.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/jobs/context.h"
#include "audiomuse/library/music_source.h"
#include "audiomuse/models/embedding_model.h"
#include "audiomuse/queue/queue.h"
#include "audiomuse/settings/live.h"
#include "audiomuse/store/deliveries.h"
#include "audiomuse/store/store.h"

namespace audiomuse::app {

/// Held by the one process that may change a data folder with jobs; others may read beside it.
class DataLock {
public:
    /// Throws Error(conflict) naming the process that holds it.
    explicit DataLock(const std::filesystem::path& data);
    ~DataLock();
    DataLock(const DataLock&) = delete;
    DataLock& operator=(const DataLock&) = delete;

private:
    int descriptor_ = -1;
};

/// What a command needs of the program: the store alone; the queue too; the music folders, to show and hand out files;
/// to run jobs; to listen to music as well.
enum class Needs { store, reading, serving, jobs, analysis };

/// Whether several processes share a store in PostgreSQL.
bool has_shared_store(const settings::Settings& settings);
store::PostgresOptions postgres_options(const settings::Settings& settings);

class SettingsFollower;

class Runtime {
public:
    /// `flags` are settings given on the command line, by their names. Reads .env of the current folder, the
    /// environment and the saved settings; opens what `needs` says. A process that runs jobs on a
    /// data folder holds its lock, unless the store is a shared one.
    Runtime(const settings::Values& flags, Needs needs);
    ~Runtime();

    const settings::Live& settings() const { return settings_; }
    const std::filesystem::path& data() const { return data_; }
    const std::vector<std::filesystem::path>& music_folders() const { return music_folders_; }
    store::Store& store() { return *store_; }
    queue::Queue& queue() { return *queue_; }
    jobs::ServedIndex& index() { return *index_; }
    /// The index of how CLAP hears tracks, which may be empty.
    jobs::ServedIndex& sounds() { return *sounds_; }
    library::MusicSource* source() { return source_.get(); }
    /// The model that analyses here; with Needs::reading the one whose results are shown.
    const ModelTag& model() const { return model_; }
    jobs::JobContext job_context();
    bool shared() const { return has_shared_store(*settings_.get()); }
    /// By which addresses of files are signed between processes; empty where the store is not shared.
    std::string link_secret();

private:
    void open_queue();
    void open_music();
    void open_servers();
    void open_analyser();

    settings::Live settings_;
    std::filesystem::path data_;
    std::unique_ptr<DataLock> lock_;
    std::unique_ptr<store::Store> store_;
    std::unique_ptr<store::Deliveries> deliveries_;  // where PostgreSQL delivers jobs
    std::unique_ptr<queue::Queue> queue_;
    std::unique_ptr<SettingsFollower> follower_;
    std::unique_ptr<jobs::ServedIndex> index_;
    std::unique_ptr<jobs::ServedIndex> sounds_;
    std::vector<std::filesystem::path> music_folders_;
    std::unique_ptr<library::MusicSource> source_;
    bool lists_folders_ = false;
    std::unique_ptr<jobs::MediaServers> servers_;
    std::unique_ptr<analyse::Analyser> analyser_;
    ModelTag model_;
    std::string worker_;
};

/// What is saved of the settings that are taken at a start, "" for nothing: to be put back when they do not work.
/// Without the folders of a machine where others share the store.
settings::Values saved_start_settings(const settings::Live& settings);
/// Settings from flags, environment and .env, for commands that open no store; `saved` is what a store holds.
settings::Settings load_settings(const settings::Values& flags, const settings::Values& saved = {});
/// The data folder these settings mean; not created.
std::filesystem::path data_folder(const settings::Settings& settings);
/// The folders of a MUSIC_FOLDERS, absolute.
std::vector<std::filesystem::path> music_folders_of(const std::string& text);
models::ModelPlaces model_places(const settings::Settings& settings);
/// What these settings mean for the analysis of one file.
analyse::AnalyserOptions analyser_options(const settings::Settings& settings);

}  // namespace audiomuse::app
