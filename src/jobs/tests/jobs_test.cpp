// Analyses from start to end: what they count, when they run, what they show.
#include "jobs_testing.h"

namespace audiomuse::jobs {
namespace {

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
    ASSERT_TRUE(index.live().get());
    EXPECT_EQ(index.live().get()->size(), 20U);
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

TEST_F(JobsTest, TheMapIsDrawnAndFollows) {
    run();
    const auto first = store->index_blobs().info("map");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->count, 20);
    run();
    EXPECT_EQ(store->index_blobs().info("map")->version, first->version);
    source.add("/one_more.flac", "one more");
    run();
    EXPECT_EQ(store->index_blobs().info("map")->count, 21);
}

TEST_F(JobsTest, AnAnalysisEndsWellWithoutAMap) {
    run();
    // Of a version to come: it is not understood, and made anew.
    store->index_blobs().save({.name = "map", .model = analyser.model(), .revision = 0, .count = 0},
                              [](const auto& sink) { sink(std::as_bytes(std::span("AMMAP", 5))); });
    const store::Job job = run();
    EXPECT_EQ(job.state, store::JobState::success);
    EXPECT_EQ(store->index_blobs().info("map")->count, 20);
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

TEST_F(JobsTest, AnIncompleteListingDeletesNothing) {
    run();
    source.files.clear();
    source.complete = false;
    const store::Job job = run();
    EXPECT_EQ(job.state, store::JobState::success);
    EXPECT_EQ(count(job, "found"), 21);
    EXPECT_EQ(index.live().get()->size(), 20U);
}

TEST_F(JobsTest, CancelEndsTheJobAndKeepsWhatWasDone) {
    analyser.stay_at("/a7.flac");
    const JobId id = enqueue();
    {
        const Workers workers(context(), kAllLanes);
        ASSERT_TRUE(wait_until([&] { return analyser.staying.load(); }));
        store->jobs().request_cancel(id);
        queue->cancel(id);
        ASSERT_TRUE(wait_until([&] { return ended(id); }));
        EXPECT_TRUE(store->jobs().children(id).empty());
    }
    EXPECT_EQ(store->jobs().get(id)->state, store::JobState::revoked);
    const auto done = store->analyses().coverage(analyser.tag).analysed;
    EXPECT_GT(done, 0);
    analyser.hook = nullptr;
    EXPECT_EQ(count(run(), "known"), done);
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
        const Workers workers(context(), kAllLanes);
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
    const Workers workers(context(), kAllLanes);
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

TEST_F(JobsTest, AnalysisWaitsForRoomOnTheDiskAndGoesOnByItself) {
    std::atomic<std::uint64_t> free{1023 * (std::uint64_t{1} << 20U)};
    room.disk = [&] { return free.load(); };
    const JobId id = enqueue();
    const auto details = [&] { return store->jobs().get(id)->details; };
    const Workers workers(context(), kAllLanes);
    EXPECT_TRUE(wait_until([&] {
        return details().find("Waiting for room on the disk of the data folder: 1024 MiB") != std::string::npos;
    })) << details();
    EXPECT_EQ(analyser.calls, 0);
    free = 1024 * (std::uint64_t{1} << 20U);
    EXPECT_TRUE(wait_until([&] { return ended(id); })) << details();
    EXPECT_EQ(count(*store->jobs().get(id), "analysed"), 20);
}

/// How many files are listened to at once, at most.
struct Crowd {
    std::atomic<int> now{0};
    std::atomic<int> most{0};
    void pass() {
        const int here = ++now;
        for (int seen = most; seen < here && !most.compare_exchange_weak(seen, here);) {
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        --now;
    }
};

TEST_F(JobsTest, WhereMemoryIsShortTracksAreListenedToOneByOne) {
    room.memory = [] { return std::uint64_t{1} << 20U; };
    Crowd crowd;
    analyser.hook = [&](const std::string&, const CancelToken&) { crowd.pass(); };
    EXPECT_EQ(count(run(), "analysed"), 20);
    EXPECT_EQ(crowd.most, 1);
}

TEST_F(JobsTest, TheRateIsKept) {
    FakeDay day(12);
    clock = day.clock();
    settings.tracks_per_hour = 60;
    const double start = clock.steady();
    run();
    EXPECT_GE(clock.steady() - start, 20 * 60.0) << "21 files, one a minute";
}

TEST_F(JobsTest, ChangedSettingsCountInTheMiddleOfAJob) {
    FakeDay day(12);
    day.always_this_hour = 12;
    clock = day.clock();
    settings.workers = 0;
    JobContext running = context();
    running.settings.set_saved({{"AUDIOMUSE_ANALYSIS_HOURS", "22-6"}});
    const JobId id = enqueue();
    const Workers workers(running, kAllLanes);
    EXPECT_TRUE(
        wait_until([&] { return store->jobs().get(id)->details.find("Waiting until 22:00") != std::string::npos; }));
    running.settings.set_saved({});
    EXPECT_TRUE(wait_until([&] { return ended(id); }));
    EXPECT_EQ(count(*store->jobs().get(id), "analysed"), 20);
}

TEST_F(JobsTest, MoreAndFewerWorkersAreTakenWhileTheyRun) {
    if (allowed_cores() < 2) GTEST_SKIP() << "one core has one worker";
    settings.workers = 1;
    JobContext running = context();
    Crowd crowd;
    analyser.hook = [&](const std::string&, const CancelToken&) { crowd.pass(); };
    const auto run_again = [&] {
        analyser.tag.version += "x";  // everything is to be heard again
        const JobId id = enqueue();
        EXPECT_TRUE(wait_until([&] { return ended(id); }));
        return crowd.most.exchange(0);
    };
    const Workers workers(running, kAllLanes);
    EXPECT_EQ(run_again(), 1);
    running.settings.set_saved({{"AUDIOMUSE_WORKERS", "2"}});
    std::this_thread::sleep_for(std::chrono::seconds(1));  // twice the time in which it is noticed
    EXPECT_EQ(run_again(), 2);
    running.settings.set_saved({{"AUDIOMUSE_WORKERS", "1"}});
    std::this_thread::sleep_for(std::chrono::seconds(1));
    EXPECT_EQ(run_again(), 1);
}

TEST_F(JobsTest, PriorityCanBeRaisedAgain) {
    const auto nice_here = [] { return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid())); };
    const int before = nice_here();
    settings.workers = 1;
    settings.nice = 15;
    JobContext running = context();
    std::atomic<int> seen{-1};
    analyser.hook = [&](const std::string&, const CancelToken&) { seen = nice_here(); };
    const Workers workers(running, kAllLanes);
    const auto run_again = [&] {
        analyser.tag.version += "x";
        const JobId id = enqueue();
        EXPECT_TRUE(wait_until([&] { return ended(id); }));
        return seen.load();
    };
    EXPECT_EQ(run_again(), std::max(before, 15));
    running.settings.set_saved({{"AUDIOMUSE_NICE", "12"}});
    EXPECT_EQ(run_again(), std::max(before, 12));
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
    without.lists_folders = false;
    const JobId id = enqueue();
    const Workers workers(without, kAllLanes);
    ASSERT_TRUE(wait_until([&] { return ended(id); }));
    const store::Job job = store->jobs().get(id).value();
    EXPECT_EQ(job.state, store::JobState::failure);
    EXPECT_THAT(job.details, testing::HasSubstr("No music folder is set"));
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

}  // namespace
}  // namespace audiomuse::jobs
