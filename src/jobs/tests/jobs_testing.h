// A library and an analyser that a test holds in its hand, and a fixture that runs jobs over a real store and queue.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/base/random.h"
#include "audiomuse/jobs/workers.h"
#include "audiomuse/store/store.h"
#include "support/temp_folder.h"

namespace audiomuse::jobs {

using testing_support::TempFolder;

namespace fs = std::filesystem;

class PlainFile : public library::FetchedAudio {
public:
    explicit PlainFile(fs::path path) : path_(std::move(path)) {}
    const fs::path& path() const override { return path_; }

private:
    fs::path path_;
};

/// A library that is a map of path to (stamp, content).
class FakeSource : public library::MusicSource {
public:
    struct File {
        FileStamp stamp;
        std::string content;
    };
    std::map<std::string, File> files;
    bool complete = true;
    std::atomic<int> opened{0};

    void add(const std::string& path, const std::string& content) {
        files[path] = {{static_cast<std::int64_t>(content.size()), ++clock_}, content};
    }
    library::Listing list(const std::function<void(library::SourceItem)>& found, const CancelToken&) override {
        for (const auto& [path, file] : files)
            found({path, file.stamp});
        return {.items = static_cast<std::int64_t>(files.size()), .complete = complete};
    }
    TrackTags read_tags(const library::SourceItem& item) override {
        ++opened;
        return {.title = fs::path(item.path).stem().string(), .artists = {"Artist " + item.path.substr(1, 1)}};
    }
    std::string signature(const library::SourceItem& item) override {
        ++opened;
        return files.at(item.path).content;
    }
    std::unique_ptr<library::FetchedAudio> fetch(const library::SourceItem& item, const CancelToken&) override {
        ++opened;
        if (!files.contains(item.path)) throw Error(ErrorCode::io, item.path + " is gone.");
        return std::make_unique<PlainFile>(item.path);
    }
    Cover cover(const library::SourceItem&) override { return {}; }

private:
    std::int64_t clock_ = 0;
};

/// Makes a vector from the file's name; names with "bad" fail. `hook` runs before each file.
class FakeAnalyser : public analyse::Analyser {
public:
    ModelTag tag{"audiomuse-mini", "1"};
    std::optional<ModelTag> sound_tag;  ///< of CLAP, where it is to be there
    std::atomic<int> times_heard{0};    ///< by CLAP alone
    std::string decoder_name = "decoder 1";
    std::function<void(const std::string&, const CancelToken&)> hook;
    std::atomic<int> calls{0};
    std::atomic<bool> staying{false};  ///< stay_at was reached

    /// Makes the hook hold on at a file until the work is cancelled.
    void stay_at(const std::string& path) {
        hook = [this, path](const std::string& file, const CancelToken& cancel) {
            if (file != path) return;
            staying = true;
            while (!cancel.cancelled())
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
        };
    }

    std::variant<TrackAnalysis, AnalysisFailure> analyse(const fs::path& file, const CancelToken& cancel) override {
        ++calls;
        if (hook) hook(file.string(), cancel);
        cancel.check();
        if (file.string().find("bad") != std::string::npos) {
            return AnalysisFailure{ErrorCode::damaged, "decode", file.string() + " is damaged."};
        }
        TrackAnalysis analysis;
        analysis.tempo_bpm = 120;
        analysis.model = tag;
        analysis.moods.assign(50, 0.1F);
        Random random(std::hash<std::string>{}(file.string()));
        for (int i = 0; i < 16; ++i)
            analysis.embedding.push_back(static_cast<float>(random.normal()));
        if (sound_tag) analysis.sound = sound_of(file.string());
        return analysis;
    }
    /// From the file's name too; names with "deaf" can't be heard.
    std::variant<SoundVector, AnalysisFailure> hear(const fs::path& file, const CancelToken& cancel) override {
        ++times_heard;
        if (hook) hook(file.string(), cancel);
        cancel.check();
        if (file.string().find("deaf") != std::string::npos)
            return AnalysisFailure{ErrorCode::damaged, "decode", file.string() + " is damaged."};
        return sound_of(file.string());
    }
    SoundVector sound_of(const std::string& file) const {
        Random random(std::hash<std::string>{}(file) + 1);
        SoundVector sound{.model = *sound_tag, .vector = {}};
        for (int i = 0; i < 8; ++i)
            sound.vector.push_back(static_cast<float>(random.normal()));
        return sound;
    }
    ModelTag model() const override { return tag; }
    std::optional<ModelTag> sound_model() const override { return sound_tag; }
    std::size_t networks_beside() const override { return 0; }
    std::string decoder() const override { return decoder_name; }
};

inline const std::vector<queue::Lane> kAllLanes = {queue::Lane::high, queue::Lane::normal, queue::Lane::library,
                                                   queue::Lane::aside, queue::Lane::backup};
constexpr double kPatience = 60;  // seconds; never reached in a passing test

/// Waits until `done` says so; false when it never does.
inline bool wait_until(const std::function<bool()>& done) {
    const double started = steady_now();
    while (!done()) {
        if (steady_now() - started > kPatience) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

class JobsTest : public testing::Test {
protected:
    JobsTest() {
        settings.workers = 2;
        for (int i = 0; i < 20; ++i)
            source.add("/a" + std::to_string(i) + ".flac", "content " + std::to_string(i));
        source.add("/bad.mp3", "noise");
    }

    JobContext context(const std::string& worker = "worker 1") {
        return {.store = *store,
                .queue = *queue,
                .index = index,
                .settings = settings,
                .worker = worker,
                .source = &source,
                .lists_folders = true,
                .analyser = &analyser,
                .room = room,
                .clock = clock};
    }

    JobId enqueue(const std::string& type = kMainAnalysis, const std::string& params = "{}") {
        store::Job job;
        job.params = params;
        job.id = new_job_id();
        job.type = type;
        job.created_at = unix_now();
        store->jobs().create(job);
        queue->enqueue(job.id, queue::Lane::high);
        return job.id;
    }

    bool ended(const JobId& id) { return store::is_final(store->jobs().get(id)->state); }

    /// Runs a job to its end and returns its row.
    store::Job run(const std::string& type = kMainAnalysis) {
        const JobId id = enqueue(type);
        const Workers workers(context(), kAllLanes);
        EXPECT_TRUE(wait_until([&] { return ended(id); })) << store->jobs().get(id)->details;
        return store->jobs().get(id).value();
    }

    /// What a restart of the program does.
    void restart() {
        queue = queue::create_embedded();
        store->jobs().end_all_leases();
    }

    /// A child of an analysis, for tracks that are in the store.
    JobId add_album(const JobId& parent, const std::vector<TrackId>& tracks) {
        boost::json::array ids;
        for (const TrackId id : tracks)
            ids.emplace_back(id.value);
        store::Job job;
        job.id = new_job_id();
        job.parent = parent;
        job.type = kAnalyseAlbum;
        job.params = boost::json::serialize(boost::json::object{
            {"model", {{"name", analyser.tag.name}, {"version", analyser.tag.version}}}, {"tracks", ids}});
        store->jobs().create(job);
        return job.id;
    }

    static std::int64_t count(const store::Job& job, const char* name) {
        return boost::json::parse(job.details).at("counts").at(name).to_number<std::int64_t>();
    }

    std::vector<store::TrackRow> all_tracks() { return store->tracks().search({.limit = 1000}).rows; }

    TempFolder folder;
    settings::Settings settings;
    Room room;
    ThrottleClock clock = real_clock();
    FakeSource source;
    FakeAnalyser analyser;
    std::unique_ptr<store::Store> store = store::open_sqlite(folder.path() / "test.db");
    std::unique_ptr<queue::Queue> queue = queue::create_embedded();
    ServedIndex index{*store, {}};
};

}  // namespace audiomuse::jobs
