// The job engine over a real store and queue, with a library and an analyser that the test holds in its hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "../in_flight.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/base/random.h"
#include "audiomuse/jobs/worker.h"
#include "audiomuse/store/store.h"
#include "support/temp_folder.h"

namespace audiomuse::jobs {
namespace {

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
    std::unique_ptr<library::FetchedAudio> fetch(const library::SourceItem& item) override {
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
    std::string decoder_name = "decoder 1";
    std::function<void(const std::string&, const CancelToken&)> hook;
    std::atomic<int> calls{0};

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
        return analysis;
    }
    ModelTag model() const override { return tag; }
    std::size_t networks_beside() const override { return 0; }
    std::string decoder() const override { return decoder_name; }
};

class JobsTest : public testing::Test {
protected:
    JobsTest() : store(store::open_sqlite(folder.path() / "test.db")), queue(queue::create_embedded()) {
        settings.workers = 2;
        for (int i = 0; i < 20; ++i)
            source.add("/a" + std::to_string(i) + ".flac", "content " + std::to_string(i));
        source.add("/bad.mp3", "noise");
    }

    JobContext context() {
        return {.store = *store,
                .queue = *queue,
                .index = index,
                .settings = settings,
                .source = &source,
                .analyser = &analyser,
                .data = folder.path(),
                .clock = clock};
    }

    JobId enqueue(const std::string& type = kMainAnalysis) {
        store::Job job;
        job.id = new_job_id();
        job.type = type;
        job.created_at = unix_now();
        store->jobs().create(job);
        queue->enqueue(job.id, queue::Lane::high);
        return job.id;
    }

    /// Runs a job in this thread and returns its row.
    store::Job run(const std::string& type = kMainAnalysis, const CancelToken& stop = {}) {
        const JobId id = enqueue(type);
        const auto claim = queue->claim({queue::Lane::high}, std::chrono::milliseconds(0));
        run_job(context(), *claim, stop);
        return store->jobs().get(id).value();
    }

    static std::int64_t count(const store::Job& job, const char* name) {
        return boost::json::parse(job.details).at("counts").at(name).to_number<std::int64_t>();
    }

    std::vector<store::TrackRow> all_tracks() { return store->tracks().search({.limit = 1000}).rows; }

    TempFolder folder;
    settings::Settings settings;
    ThrottleClock clock = real_clock();
    FakeSource source;
    FakeAnalyser analyser;
    index::LiveIndex index;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<queue::Queue> queue;
};

TEST_F(JobsTest, CountsAgreeWithTheLibrary) {
    const store::Job job = run();
    EXPECT_EQ(job.state, store::JobState::success) << job.details;
    EXPECT_EQ(count(job, "found"), 21);
    EXPECT_EQ(count(job, "analysed"), 20);
    EXPECT_EQ(count(job, "known"), 0);
    EXPECT_EQ(count(job, "failed"), 1);
    const auto failures = store->analyses().failures(0, 10);
    ASSERT_EQ(failures.total, 1);
    EXPECT_EQ(failures.rows[0].failure.message, "/bad.mp3 is damaged.");
    ASSERT_TRUE(index.get());
    EXPECT_EQ(index.get()->size(), 20U);
}

TEST_F(JobsTest, ASecondRunOpensNothing) {
    run();
    source.opened = 0;
    analyser.calls = 0;
    const store::Job job = run();
    EXPECT_EQ(count(job, "known"), 20);
    EXPECT_EQ(count(job, "analysed"), 0);
    EXPECT_EQ(count(job, "failed"), 1);
    EXPECT_EQ(source.opened, 0);
    EXPECT_EQ(analyser.calls, 0);
}

TEST_F(JobsTest, MovedFilesKeepTheirAnalysis) {
    run();
    const TrackId id = store->tracks().by_path("/a3.flac")->id;
    auto node = source.files.extract("/a3.flac");
    node.key() = "/moved/elsewhere.flac";
    source.files.insert(std::move(node));
    analyser.calls = 0;
    const store::Job job = run();
    EXPECT_EQ(analyser.calls, 0) << "a moved file is not listened to again";
    EXPECT_EQ(count(job, "known"), 20);
    ASSERT_TRUE(store->tracks().by_path("/moved/elsewhere.flac"));
    EXPECT_EQ(store->tracks().by_path("/moved/elsewhere.flac")->id, id);
    EXPECT_EQ(store->analyses().times_analysed(id), 1);
}

TEST_F(JobsTest, ChangedFilesAreListenedToAgain) {
    run();
    source.add("/a3.flac", "another recording");
    source.add("/bad.mp3", "mended? no");
    analyser.calls = 0;
    const store::Job job = run();
    EXPECT_EQ(analyser.calls, 2);
    EXPECT_EQ(count(job, "analysed"), 1);
    EXPECT_EQ(count(job, "known"), 19);
    EXPECT_EQ(count(job, "failed"), 1);
}

TEST_F(JobsTest, AFailureKeepsStampStageAndDecoder) {
    run();
    const auto rows = store->analyses().failures(0, 10).rows;
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].failure.code, ErrorCode::damaged);
    EXPECT_EQ(rows[0].failure.stage, "decode");
    EXPECT_EQ(rows[0].stamp, source.files.at("/bad.mp3").stamp);
    EXPECT_EQ(rows[0].decoder, "decoder 1");
}

TEST_F(JobsTest, AFailureIsTriedAgainWhenTheDecoderChanges) {
    run();
    source.add("/lost.flac", "lost");
    analyser.hook = [](const std::string& path, const CancelToken&) {
        if (path == "/lost.flac") throw Error(ErrorCode::io, "The share is gone.");
    };
    run();
    ASSERT_EQ(store->analyses().failures(0, 10).total, 2);
    analyser.hook = nullptr;
    analyser.calls = 0;
    analyser.decoder_name = "decoder 2";
    const store::Job job = run();
    EXPECT_EQ(analyser.calls, 1) << "the damaged file alone: no decoder brings back what could not be fetched";
    EXPECT_EQ(count(job, "failed"), 2);
    EXPECT_THAT(job.details, testing::HasSubstr("files that failed with another are tried again (1)"));
    analyser.calls = 0;
    run();
    EXPECT_EQ(analyser.calls, 0) << "once";
}

TEST_F(JobsTest, AFailureIsTriedAgainWhenTheUserAsksForOneOrAll) {
    source.add("/bad too.mp3", "noise too");
    run();
    analyser.calls = 0;
    const TrackId one = store->tracks().by_path("/bad.mp3")->id;
    EXPECT_EQ(store->analyses().forget_failures(one), 1);
    run();
    EXPECT_EQ(analyser.calls, 1);
    EXPECT_EQ(store->analyses().forget_failures(std::nullopt), 2);
    run();
    EXPECT_EQ(analyser.calls, 3);
}

TEST_F(JobsTest, GoneFilesLeaveTheIndexAndComeBackForNothing) {
    run();
    const FakeSource::File kept = source.files.at("/a3.flac");
    source.files.erase("/a3.flac");
    EXPECT_EQ(count(run(), "found"), 20);
    EXPECT_EQ(index.get()->size(), 19U);
    source.files["/a3.flac"] = kept;
    analyser.calls = 0;
    run();
    EXPECT_EQ(analyser.calls, 0);
    EXPECT_EQ(index.get()->size(), 20U);
}

TEST_F(JobsTest, AnIncompleteListingDeletesNothing) {
    run();
    source.files.clear();
    source.complete = false;
    const store::Job job = run();
    EXPECT_EQ(job.state, store::JobState::success);
    EXPECT_EQ(count(job, "found"), 21);
    EXPECT_EQ(index.get()->size(), 20U);
}

TEST_F(JobsTest, CancelEndsTheJobAndKeepsWhatWasDone) {
    std::atomic<bool> listening{false};
    analyser.hook = [&](const std::string& path, const CancelToken& cancel) {
        if (path != "/a7.flac") return;
        listening = true;
        while (!cancel.cancelled())
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    };
    const JobId id = enqueue();
    {
        const Worker worker(context());
        while (!listening)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        store->jobs().request_cancel(id);
        while (!store::is_final(store->jobs().get(id)->state))
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(store->jobs().get(id)->state, store::JobState::revoked);
    const auto done = store->analyses().coverage(analyser.tag).analysed;
    EXPECT_GT(done, 0);
    analyser.hook = nullptr;
    EXPECT_EQ(count(run(), "known"), done);
}

TEST_F(JobsTest, AStoppedProcessLeavesTheJobForTheNext) {
    CancelSource stop;
    analyser.hook = [&](const std::string& path, const CancelToken& cancel) {
        if (path != "/a15.flac") return;
        stop.cancel();
        while (!cancel.cancelled())
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    };
    const store::Job job = run(kMainAnalysis, stop.token());
    EXPECT_FALSE(store::is_final(job.state));

    // The next process: an empty queue, the same store.
    queue = queue::create_embedded();
    analyser.hook = nullptr;
    EXPECT_EQ(recover(context()), 1);
    const auto claim = queue->claim({queue::Lane::high}, std::chrono::milliseconds(0));
    run_job(context(), *claim, {});
    EXPECT_EQ(store->jobs().get(job.id)->state, store::JobState::success);
    for (const store::TrackRow& row : all_tracks()) {
        EXPECT_EQ(store->analyses().times_analysed(row.id), row.path == "/bad.mp3" ? 0 : 1) << row.path;
    }
}

TEST_F(JobsTest, RecoveryEndsWhatWasAskedToStop) {
    const JobId id = enqueue();
    store->jobs().start(id);
    store->jobs().request_cancel(id);
    queue = queue::create_embedded();
    EXPECT_EQ(recover(context()), 0);
    EXPECT_EQ(store->jobs().get(id)->state, store::JobState::revoked);
}

TEST_F(JobsTest, RecoveryLeavesWhatThisProcessCannotDo) {
    const JobId analysis = enqueue(kMainAnalysis);
    const JobId clustering = enqueue(kMainClustering);
    const JobId cancelled = enqueue(kMainAnalysis);
    store->jobs().start(cancelled);
    store->jobs().request_cancel(cancelled);
    queue = queue::create_embedded();
    JobContext without = context();
    without.source = nullptr;
    without.analyser = nullptr;
    EXPECT_EQ(recover(without), 1);
    const auto claim = queue->claim({queue::Lane::high}, std::chrono::milliseconds(0));
    ASSERT_TRUE(claim);
    EXPECT_EQ(claim->job(), clustering);
    claim->finish();
    EXPECT_FALSE(queue->claim({queue::Lane::high}, std::chrono::milliseconds(0)));
    EXPECT_EQ(store->jobs().get(analysis)->state, store::JobState::pending);
    EXPECT_EQ(store->jobs().get(cancelled)->state, store::JobState::revoked);
    store->jobs().finish(clustering, store::JobState::success, "{}");
    EXPECT_EQ(recover(context()), 1) << "a process that analyses takes it up";
}

/// A day that passes as fast as it is slept through; any number of threads may share it.
class FakeDay {
public:
    explicit FakeDay(int hour) : seconds_(hour * 3600.0) {}
    ThrottleClock clock() {
        return {.steady = [this] { return seconds_.load(); },
                .thread_cpu = [] { return 0.0; },
                .local_hour =
                    [this] {
                        return always_this_hour >= 0 ? always_this_hour.load() : static_cast<int>(seconds_ / 3600) % 24;
                    },
                .sleep =
                    [this](double seconds) {
                        seconds_ = seconds_ + 600 * seconds;
                        std::this_thread::sleep_for(std::chrono::milliseconds(1));
                    }};
    }
    void pass(double seconds) { seconds_ = seconds_ + seconds; }
    std::atomic<int> always_this_hour{-1};  ///< where time passes, but not the hour

private:
    std::atomic<double> seconds_;
};

TEST_F(JobsTest, AnalysisWaitsForItsHours) {
    FakeDay day(20);
    clock = day.clock();
    settings.analysis_hours = {22, 6};
    std::atomic<int> wrong_hours{0};
    analyser.hook = [&](const std::string&, const CancelToken&) {
        if (!settings.analysis_hours.contains(clock.local_hour())) ++wrong_hours;
    };
    EXPECT_EQ(count(run(), "analysed"), 20);
    EXPECT_EQ(wrong_hours, 0);
    EXPECT_THAT(clock.local_hour(), testing::AnyOf(22, 23));
}

TEST_F(JobsTest, WhileItWaitsForItsHoursTheJobSaysSoAndCanBeCancelled) {
    FakeDay day(12);
    day.always_this_hour = 12;
    clock = day.clock();
    settings.analysis_hours = {22, 6};
    const JobId id = enqueue();
    const auto state_of = [&] { return store->jobs().get(id)->state; };
    const auto said = [&] { return store->jobs().get(id)->details.find("Waiting until 22:00") != std::string::npos; };
    {
        const Worker worker(context());
        const double started = steady_now();
        while (!said() && steady_now() - started < 60)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        EXPECT_TRUE(said()) << store->jobs().get(id)->details;
        store->jobs().request_cancel(id);
        while (!store::is_final(state_of()) && steady_now() - started < 60)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_EQ(state_of(), store::JobState::revoked);
    EXPECT_EQ(analyser.calls, 0);
}

TEST_F(JobsTest, TheMessageStaysWhenItsHoursEndInTheMiddle) {
    FakeDay day(12);
    day.always_this_hour = 23;
    clock = day.clock();
    settings.analysis_hours = {22, 0};
    settings.workers = 1;
    analyser.hook = [&](const std::string& path, const CancelToken&) {
        if (path == "/a13.flac") day.always_this_hour = 0;
    };
    const JobId id = enqueue();
    const Worker worker(context());
    const double started = steady_now();
    const auto said_at_last = [&] {
        return store->jobs().get(id)->details.find(R"("status_message":"Waiting until 22:00)") != std::string::npos;
    };
    const auto done = [&] { return store->analyses().coverage(analyser.tag).analysed; };
    while ((done() == 0 || !said_at_last()) && steady_now() - started < 60)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_for(std::chrono::milliseconds(600));  // a later result would be saved by now
    EXPECT_TRUE(said_at_last()) << store->jobs().get(id)->details;
    EXPECT_GT(done(), 0);
    EXPECT_LT(done(), 20);
}

TEST_F(JobsTest, NothingToDoNeedsNoHours) {
    run();
    FakeDay day(12);
    day.always_this_hour = 12;
    clock = day.clock();
    settings.analysis_hours = {22, 6};
    EXPECT_EQ(run().state, store::JobState::success);
}

TEST_F(JobsTest, AnalysisKeepsItsShareOfTheProcessor) {
    FakeDay day(12);
    clock = day.clock();
    std::atomic<double> computed{0};
    clock.thread_cpu = [&] { return computed.load(); };
    analyser.hook = [&](const std::string&, const CancelToken&) {
        computed = computed + 2;
        day.pass(2);
    };
    settings.workers = 1;
    settings.cpu_share = 1;
    const double start = clock.steady();
    run();
    // After the last file there is nothing to rest for.
    const double duty = std::min(1.0, 0.01 * allowed_cores());
    EXPECT_GE(clock.steady() - start, (computed - 2) / duty);
}

TEST_F(JobsTest, OnlyTheThreadsThatAnalyseHaveALowPriority) {
    const auto nice_here = [] { return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); };
    const int before = nice_here();
    settings.nice = 13;
    std::atomic<int> seen{-1};
    analyser.hook = [&](const std::string&, const CancelToken&) { seen = nice_here(); };
    run();
    EXPECT_EQ(seen, std::max(before, 13));
    EXPECT_EQ(nice_here(), before);
}

TEST_F(JobsTest, ResultsAreSavedWhileTheNextFilesTakeLong) {
    settings.workers = 1;
    std::atomic<int> seen_in_store{-1};
    analyser.hook = [&](const std::string& path, const CancelToken&) {
        if (path != "/a19.flac") return;
        const double started = steady_now();
        const auto done = [&] { return store->analyses().coverage(analyser.tag).analysed; };
        while (done() < 19 && steady_now() - started < 30)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        seen_in_store = static_cast<int>(done());
    };
    std::map<std::string, FakeSource::File> files;
    for (const auto& [path, file] : source.files) {
        if (path != "/bad.mp3") files.emplace(path, file);
    }
    source.files = files;
    source.files.erase("/a19.flac");
    run();
    source.add("/a19.flac", "the slow one");
    analyser.tag.version = "2";
    run();
    EXPECT_EQ(seen_in_store, 19);
}

TEST_F(JobsTest, WithoutAFolderTheJobSaysWhatToDo) {
    JobContext without = context();
    without.source = nullptr;
    const JobId id = enqueue();
    const auto claim = queue->claim({queue::Lane::high}, std::chrono::milliseconds(0));
    run_job(without, *claim, {});
    const store::Job job = store->jobs().get(id).value();
    EXPECT_EQ(job.state, store::JobState::failure);
    EXPECT_THAT(job.details, testing::HasSubstr("No music folder is set"));
}

TEST_F(JobsTest, ADeadStoreFailsTheJobNotTheProcess) {
    analyser.hook = [](const std::string&, const CancelToken&) { throw std::bad_alloc(); };
    const store::Job job = run();
    EXPECT_EQ(job.state, store::JobState::failure);
    EXPECT_THAT(job.details, testing::HasSubstr("unexpected error"));
}

TEST_F(JobsTest, ANewModelKeepsTheOldIndexUntilItIsDone) {
    run();
    analyser.tag.version = "2";
    std::size_t served = 0;
    analyser.hook = [&](const std::string& path, const CancelToken&) {
        if (path == "/a15.flac") served = index.get()->size();
    };
    const store::Job job = run();
    EXPECT_EQ(count(job, "analysed"), 20);
    EXPECT_EQ(served, 20U);
    EXPECT_EQ(store->index_blobs().info(kTrackIndex)->model.version, "2");
    EXPECT_EQ(index.get()->size(), 20U);
}

TEST_F(JobsTest, TheSavedIndexIsServedAfterARestart) {
    run();
    const TrackId id = store->tracks().by_path("/a3.flac")->id;
    const auto before = index.get()->search(index.get()->vector(id.value), 5);
    index::LiveIndex fresh;
    load_saved_index(*store, fresh);
    ASSERT_TRUE(fresh.get());
    EXPECT_EQ(fresh.get()->search(fresh.get()->vector(id.value), 5), before);
}

TEST_F(JobsTest, EventsReachThePage) {
    std::mutex mutex;
    std::vector<std::string> topics;
    std::vector<int> percents;
    const auto subscription = queue->subscribe([&](const queue::Event& event) {
        std::lock_guard lock(mutex);
        topics.push_back(event.topic);
        if (event.topic == "job") percents.push_back(boost::json::parse(event.data).at("progress").to_number<int>());
    });
    run();
    EXPECT_THAT(topics, testing::IsSupersetOf({"job", "library", "index"}));
    EXPECT_TRUE(std::is_sorted(percents.begin(), percents.end()));
    EXPECT_EQ(percents.back(), 100);
}

TEST_F(JobsTest, TracksThatBroughtTheProgramDownComeLastAndAreGivenUp) {
    // Two earlier processes died while they listened to a3, three while they listened to a5.
    run();
    source.add("/a3.flac", "once more");
    source.add("/a5.flac", "once more");
    source.add("/a9.flac", "once more");
    const TrackId suspect = store->tracks().by_path("/a3.flac")->id;
    const TrackId given_up = store->tracks().by_path("/a5.flac")->id;
    std::ofstream(folder.path() / "in-flight")
        << "crashed " << suspect.value << " 2\ncrashed " << given_up.value << " 3\n";
    settings.workers = 1;
    std::vector<std::string> order;
    analyser.hook = [&](const std::string& path, const CancelToken&) { order.push_back(path); };
    run();
    EXPECT_THAT(order, testing::ElementsAre("/a9.flac", "/a3.flac"));
    EXPECT_THAT(store->analyses().failures(0, 10).rows,
                testing::Contains(testing::Field(&store::FailureRow::path, "/a5.flac")));
    // The user may know better: asked for, it is tried once more.
    store->analyses().forget_failures(given_up);
    order.clear();
    run();
    EXPECT_THAT(order, testing::ElementsAre("/a5.flac"));
}

TEST(InFlight, CountsTracksThatBroughtTheProgramDown) {
    const TempFolder folder;
    const fs::path file = folder.path() / "in-flight";
    const TrackId bad{7};
    for (int run = 0; run < InFlight::kMaxCrashes; ++run) {
        InFlight in_flight(file);
        EXPECT_EQ(in_flight.crashes(bad), run);
        in_flight.begin(TrackId{1});
        in_flight.end(TrackId{1});
        in_flight.begin(bad);  // and the process dies
    }
    InFlight in_flight(file);
    EXPECT_EQ(in_flight.crashes(bad), InFlight::kMaxCrashes);
    EXPECT_EQ(in_flight.crashes(TrackId{1}), 0);
}

TEST(InFlight, SurvivesNonsenseInItsFile) {
    const TempFolder folder;
    std::ofstream(folder.path() / "in-flight") << "running x\n\0\xff running";
    EXPECT_EQ(InFlight(folder.path() / "in-flight").crashes(TrackId{1}), 0);
}

}  // namespace
}  // namespace audiomuse::jobs
