#include "runtime.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <limits>
#include <sstream>

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/base/text.h"
#include "audiomuse/library/audio_link.h"
#include "audiomuse/library/remote_source.h"
#include "seed_server.h"
#include "settings_follower.h"

namespace audiomuse::app {

namespace fs = std::filesystem;

namespace {

std::string read_file(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

settings::Values env_file(std::vector<std::string>& problems) {
    return settings::parse_env_file(read_file(".env"), problems);
}

void make_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error) {
        throw Error(ErrorCode::io, fmt::format("The data folder {} can't be made: {}. Choose another with --data.",
                                               folder.string(), error.message()));
    }
}

/// Bytes that are free for this process on the disk of `folder`; any number where it does not say.
std::uint64_t free_bytes(const fs::path& folder) {
    std::error_code error;
    const fs::space_info space = fs::space(folder, error);
    return error ? std::numeric_limits<std::uint64_t>::max() : space.available;
}

/// CLAP's audio branch where it is wanted and installed. What is wrong with its files is said, and all else goes on.
std::shared_ptr<const models::ClapAudio> open_clap_audio(const settings::Settings& settings) {
    const models::ModelPlaces places = model_places(settings);
    if (!settings.clap_enabled || !models::has_clap_audio(places)) return nullptr;
    try {
        return models::open_clap_audio(places);
    } catch (const Error& error) {
        log::warn("CLAP does not listen: {}", error.what());
        return nullptr;
    }
}

/// The model whose results count, without opening it.
ModelTag model_shown(store::Store& store) {
    const ModelTag dominant = store.analyses().dominant_model();
    return dominant.name.empty() ? ModelTag{"audiomuse-mini", "1"} : dominant;
}

index::IndexParams index_params(const settings::Settings& settings) {
    return {.storage = settings.index_storage == "float32" ? index::Storage::float32 : index::Storage::int8,
            .M = static_cast<std::size_t>(settings.index_m),
            .ef_construction = static_cast<std::size_t>(settings.index_ef_construction),
            .ef_search = static_cast<std::size_t>(settings.index_ef_search)};
}

}  // namespace

DataLock::DataLock(const fs::path& data) {
    const fs::path file = data / "lock";
    descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) {
        throw Error(ErrorCode::io, fmt::format("{} can't be written: {}. Choose another data folder with --data.",
                                               file.string(), std::strerror(errno)));
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
        const std::string holder = read_file(file);
        ::close(descriptor_);
        throw Error(
            ErrorCode::conflict,
            fmt::format("Another audiomuse (process {}) works on {}. Use its page, stop it first, or choose another "
                        "data folder with --data.",
                        trim(holder), data.string()));
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    if (::ftruncate(descriptor_, 0) != 0 || ::pwrite(descriptor_, pid.data(), pid.size(), 0) < 0) {
        log::warn("{} can't be written: {}", file.string(), std::strerror(errno));
    }
}

DataLock::~DataLock() {
    ::close(descriptor_);
}

fs::path data_folder(const settings::Settings& settings) {
    if (!settings.data.empty()) return fs::absolute(settings.data).lexically_normal();
    if (const char* xdg = std::getenv("XDG_DATA_HOME"); xdg != nullptr && *xdg != '\0') {
        return fs::path(xdg) / "audiomuse";
    }
    if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0') {
        return fs::path(home) / ".local/share/audiomuse";
    }
    throw Error(ErrorCode::invalid_argument, "There is no home folder; say where data goes with --data DIR.");
}

std::vector<fs::path> music_folders_of(const std::string& text) {
    std::vector<fs::path> folders;
    for (const std::string& part : split(text, ':')) {
        if (!part.empty()) folders.push_back(fs::absolute(part).lexically_normal());
    }
    return folders;
}

models::ModelPlaces model_places(const settings::Settings& settings) {
    return {.store = data_folder(settings) / "models",
            .extra = settings.model_dir,
            .clap_audio = settings.clap_audio_model_path,
            .clap_text = settings.clap_text_model_path};
}

analyse::AnalyserOptions analyser_options(const settings::Settings& settings) {
    return {.stretch = decode::parse_stretch(settings.stretch),
            .max_seconds = static_cast<double>(settings.audio_load_timeout)};
}

settings::Settings load_settings(const settings::Values& flags, const settings::Values& saved) {
    std::vector<std::string> problems;
    const settings::Loaded loaded = settings::load(saved, env_file(problems), settings::from_environment(), flags);
    log::set_level(log::parse_level(loaded.settings.log_level));
    for (const auto& warnings : {problems, loaded.warnings}) {
        for (const std::string& warning : warnings)
            log::warn("{}", warning);
    }
    return loaded.settings;
}

bool has_shared_store(const settings::Settings& settings) {
    return !settings.database_url.empty() || !settings.postgres_host.empty();
}

settings::Values saved_start_settings(const settings::Live& settings) {
    settings::Values values;
    for (const settings::SettingInfo& info : settings::table()) {
        const bool elsewhere = info.name == "MUSIC_FOLDERS" && has_shared_store(*settings.get());
        if (info.takes == settings::Takes::at_start && !elsewhere)
            values[std::string(info.name)] = settings.saved(info.name);
    }
    return values;
}

store::PostgresOptions postgres_options(const settings::Settings& settings) {
    return {.url = settings.database_url,
            .host = settings.postgres_host,
            .port = static_cast<int>(settings.postgres_port),
            .user = settings.postgres_user,
            .password = settings.postgres_password,
            .database = settings.postgres_db,
            .connections = static_cast<int>(settings.postgres_connections),
            .statement_timeout = std::chrono::seconds(settings.postgres_statement_timeout),
            .backups = data_folder(settings)};
}

Runtime::Runtime(const settings::Values& flags, Needs needs)
    : settings_(load_settings(flags)), data_(data_folder(*settings_.get())), worker_(jobs::new_worker_name()) {
    make_folder(data_);
    const bool runs_jobs = needs == Needs::jobs || needs == Needs::analysis;
    if (runs_jobs && !shared()) lock_ = std::make_unique<DataLock>(data_);
    store_ = shared() ? store::open_postgres(postgres_options(*settings_.get()))
                      : store::open_sqlite(data_ / "audiomuse.db");
    if (lock_) store_->jobs().end_all_leases();  // whoever held jobs on this folder is gone
    std::vector<std::string> told_already;
    const settings::Values of_file = env_file(told_already);
    const bool is_shared = shared();
    const auto saved = [&store = *store_, is_shared] {
        settings::Values values = settings::known(store.saved_settings());
        if (is_shared) values.erase("MUSIC_FOLDERS");  // those of another machine
        return values;
    };
    settings_ = settings::Live(saved(), of_file, settings::from_environment(), flags);
    for (const std::string& warning : settings_.warnings()) {
        if (warning.starts_with("In the saved")) log::warn("{}", warning);
    }
    log::set_level(log::parse_level(settings_->log_level));
    if (needs != Needs::store) {
        open_queue();
        follower_ = std::make_unique<SettingsFollower>(settings_, saved, *queue_);
    }
    const jobs::ServedIndex::Options options{.params = index_params(*settings_.get()),
                                             .cache = shared() ? data_ / "index" : fs::path(),
                                             .threads = allowed_cores()};
    index_ = std::make_unique<jobs::ServedIndex>(*store_, options);
    sounds_ = std::make_unique<jobs::ServedIndex>(*store_, store_->sounds(), store::kSoundIndex, options);

    if (needs == Needs::serving || needs == Needs::analysis) open_music();
    if (runs_jobs) open_servers();
    if (needs == Needs::analysis) {
        open_analyser();
    } else {
        model_ = model_shown(*store_);
    }
}

Runtime::~Runtime() = default;

void Runtime::open_queue() {
    if (!shared()) {
        queue_ = queue::create_embedded();
    } else if (!settings_->redis_url.empty()) {
        queue_ = queue::create_redis({.url = settings_->redis_url});
    } else {
        deliveries_ = store::open_postgres_deliveries(postgres_options(*settings_.get()));
        queue_ = queue::create_stored(*deliveries_);
    }
}

void Runtime::open_music() {
    music_folders_ = music_folders_of(settings_->music_folders);
    if (!music_folders_.empty()) {
        source_ = library::create_local(music_folders_);
        lists_folders_ = true;
        // So that a later start without --music finds the same library, and others know that there is one.
        if (lock_ || shared()) store_->save_setting("MUSIC_FOLDERS", settings_->music_folders);
    } else if (shared()) {
        constexpr double kSilent = 60;  // seconds after which an instance counts as gone
        const auto living = [this] {
            std::vector<std::string> urls;
            for (const store::Instance& instance : store_->instances().living(kSilent))
                urls.push_back(instance.url);
            return urls;
        };
        source_ = library::create_remote({.instances = living, .secret = link_secret(), .folder = data_ / "downloads"});
    }
}

void Runtime::open_servers() {
    servers_ = std::make_unique<jobs::MediaServers>(*store_, data_ / "downloads");
    if (!jobs::media_servers(*store_).empty()) return;
    const auto named = server_of(*settings_.get());
    if (!named) return;
    try {
        store_->servers().add(*named);
        log::info("{} at {} is added as the first media server; from now on it is changed on the page.", named->name,
                  named->url);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::conflict) throw;  // another process has just done it
    }
}

void Runtime::open_analyser() {
    auto model = models::open_model(models::parse_model_choice(settings_->model), model_places(*settings_.get()));
    model_ = model->tag();
    analyser_ = analyse::create_analyser(
        std::move(model), {}, models::open_mood_networks(model_, model_places(*settings_.get())),
        open_clap_audio(*settings_.get()), [settings = settings_] { return analyser_options(*settings.get()); });
}

std::string Runtime::link_secret() {
    if (!shared()) return {};
    return store_->save_setting_if_absent("INTERNAL_SECRET", library::new_link_secret());
}

jobs::JobContext Runtime::job_context() {
    return {.store = *store_,
            .queue = *queue_,
            .index = *index_,
            .settings = settings_,
            .worker = worker_,
            .source = source_.get(),
            .lists_folders = lists_folders_,
            .servers = servers_.get(),
            .sounds = sounds_.get(),
            .analyser = analyser_.get(),
            .room = {.disk = [data = data_] { return free_bytes(data); },
                     .memory =
                         [limit = machine_limits().memory_bytes] {
                             const std::uint64_t used = process_memory().resident_bytes;
                             return limit > used ? limit - used : 0;
                         }}};
}

}  // namespace audiomuse::app
