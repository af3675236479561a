// Workers that come, go, share and die.
#include "jobs_testing.h"

namespace audiomuse::jobs {
namespace {

TEST_F(JobsTest, AStoppedProcessLeavesTheJobForTheNext) {
    analyser.stay_at("/a15.flac");
    const JobId id = enqueue();
    {
        const Workers workers(context(), kAllLanes);
        ASSERT_TRUE(wait_until([&] { return analyser.staying.load(); }));
    }
    EXPECT_FALSE(ended(id));
    EXPECT_EQ(store->jobs().get(id)->owner, "") << "handed back";
    EXPECT_EQ(store->jobs().get(id)->attempts, 0);

    restart();
    analyser.hook = nullptr;
    {
        const Workers workers(context("worker 2"), kAllLanes);
        ASSERT_TRUE(wait_until([&] { return ended(id); }));
    }
    EXPECT_EQ(store->jobs().get(id)->state, store::JobState::success);
    EXPECT_EQ(count(*store->jobs().get(id), "analysed"), 20) << "in all, by whichever process";
    EXPECT_TRUE(store->jobs().unfinished().empty());
    for (const store::TrackRow& row : all_tracks()) {
        EXPECT_EQ(store->analyses().times_analysed(row.id), row.path == "/bad.mp3" ? 0 : 1) << row.path;
    }
}

TEST_F(JobsTest, DrainingEndsWhatIsInHandAndHandsBackTheRest) {
    std::atomic<bool> listening{false};
    std::atomic<bool> go_on{false};
    analyser.hook = [&](const std::string& path, const CancelToken& cancel) {
        if (path != "/a1.flac") return;
        listening = true;
        while (!go_on && !cancel.cancelled())
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
    };
    const JobId id = enqueue();
    Workers workers(context(), kAllLanes);
    ASSERT_TRUE(wait_until([&] { return listening.load(); }));
    std::thread drain([&] { workers.drain(std::chrono::seconds(30)); });
    EXPECT_TRUE(wait_until([&] { return store->jobs().get(id)->owner.empty(); })) << "the whole job goes at once";
    go_on = true;
    drain.join();
    EXPECT_EQ(store->analyses().times_analysed(store->tracks().by_path("/a1.flac")->id), 1)
        << "what was begun is ended";
    EXPECT_FALSE(ended(id));
    for (const store::Job& job : store->jobs().unfinished())
        EXPECT_EQ(job.owner, "") << job.type;
}

TEST_F(JobsTest, ARestartEndsWhatWasAskedToStop) {
    const JobId id = enqueue();
    store->jobs().start(id, "dead", kLeaseSeconds);
    store->jobs().request_cancel(id);
    const JobId child = add_album(id, {});
    restart();
    const Workers workers(context(), kAllLanes);
    EXPECT_TRUE(wait_until([&] { return ended(id); }));
    EXPECT_EQ(store->jobs().get(id)->state, store::JobState::revoked);
    EXPECT_TRUE(wait_until([&] { return !store->jobs().get(child); }));
    EXPECT_EQ(analyser.calls, 0);
}

TEST_F(JobsTest, AProcessLeavesWhatItCannotDo) {
    const JobId analysis = enqueue(kMainAnalysis);
    const JobId clustering = enqueue(kMainClustering);
    restart();
    JobContext without = context();
    without.source = nullptr;
    without.lists_folders = false;
    without.analyser = nullptr;
    {
        const Workers workers(without, kAllLanes);
        ASSERT_TRUE(wait_until([&] { return ended(clustering); }));
    }
    EXPECT_EQ(store->jobs().get(analysis)->state, store::JobState::pending);
    const Workers workers(context(), kAllLanes);
    EXPECT_TRUE(wait_until([&] { return ended(analysis); })) << "a process that analyses takes it up";
}

TEST_F(JobsTest, AnAlbumThatFailsIsReportedAndTheRestIsDone) {
    settings.workers = 1;
    analyser.hook = [&](const std::string& path, const CancelToken&) {
        if (path == "/a7.flac") throw std::bad_alloc();
    };
    const store::Job job = run();
    EXPECT_EQ(job.state, store::JobState::success);
    EXPECT_EQ(count(job, "analysed"), 19);
    EXPECT_THAT(job.details, testing::HasSubstr(R"("complete":false)"));
    EXPECT_THAT(job.details, testing::HasSubstr("Not complete: 1 of 21 tracks"));
    EXPECT_THAT(job.details, testing::HasSubstr("A part of the analysis failed: An unexpected error"));
    analyser.hook = nullptr;
    const store::Job next = run();
    EXPECT_EQ(count(next, "analysed"), 1);
    EXPECT_THAT(next.details, testing::HasSubstr(R"("complete":true)"));
}

TEST_F(JobsTest, TwoProcessesShareTheWorkAndRepeatNothing) {
    settings.workers = 1;
    std::atomic<int> at_once{0};
    std::atomic<bool> met{false};
    analyser.hook = [&](const std::string&, const CancelToken&) {
        if (++at_once == 2) met = true;
        wait_until([&] { return met.load(); });  // the other one comes
        --at_once;
    };
    const JobId id = enqueue();
    store->save_setting("MUSIC_FOLDERS", "/");  // as the process that has them does
    const Workers one(context("worker 1"), kAllLanes);
    JobContext remote = context("worker 2");
    remote.lists_folders = false;
    const Workers two(remote, {queue::Lane::high, queue::Lane::normal});
    ASSERT_TRUE(wait_until([&] { return ended(id); }));
    EXPECT_TRUE(met);
    EXPECT_EQ(analyser.calls, 21);
    EXPECT_EQ(count(*store->jobs().get(id), "analysed"), 20);
}

TEST_F(JobsTest, AWorkerThatLostItsJobLeavesItAlone) {
    settings.workers = 1;
    std::atomic<bool> listening{false};
    std::atomic<bool> cancelled{false};
    analyser.hook = [&](const std::string& path, const CancelToken& cancel) {
        if (path != "/a1.flac" || listening.exchange(true)) return;
        while (!cancel.cancelled())
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        cancelled = true;
    };
    const JobId id = enqueue();
    Workers workers(context(), kAllLanes);
    ASSERT_TRUE(wait_until([&] { return listening.load(); }));
    store::Job album;
    ASSERT_TRUE(wait_until([&] {
        for (const store::Job& child : store->jobs().children(id)) {
            if (child.type == kAnalyseAlbum && !child.owner.empty() && !store::is_final(child.state)) album = child;
        }
        return static_cast<bool>(album.id);
    }));
    // Thought dead: its lease has ended, and another has the album.
    store->jobs().hand_back(album.id, "worker 1");
    ASSERT_TRUE(store->jobs().start(album.id, "worker 2", kLeaseSeconds));
    EXPECT_TRUE(wait_until([&] { return cancelled.load(); }));
    workers.drain(std::chrono::milliseconds(0));
    EXPECT_EQ(store->jobs().get(album.id)->owner, "worker 2");
    EXPECT_FALSE(ended(album.id));
}

TEST_F(JobsTest, AWholeJobWhoseWorkersDieIsGivenUpWithTheReason) {
    const JobId id = enqueue(kMainClustering);
    for (int i = 0; i <= kMaxRetries; ++i)
        ASSERT_TRUE(store->jobs().start(id, "worker " + std::to_string(i), -1));
    restart();
    const Workers workers(context(), kAllLanes);
    ASSERT_TRUE(wait_until([&] { return ended(id); }));
    const store::Job job = *store->jobs().get(id);
    EXPECT_EQ(job.state, store::JobState::failure);
    EXPECT_THAT(job.details, testing::HasSubstr("Given up: 4 workers in a row were lost over it, the last worker 3"));
}

TEST_F(JobsTest, WhenNothingCouldBeDoneTheJobFails) {
    analyser.hook = [](const std::string&, const CancelToken&) { throw std::bad_alloc(); };
    const store::Job job = run();
    EXPECT_EQ(job.state, store::JobState::failure);
    EXPECT_THAT(job.details, testing::HasSubstr("unexpected error"));
}

TEST_F(JobsTest, ACoordinatorWithChildrenIsNeverGivenUp) {
    analyser.stay_at("/a7.flac");
    const JobId id = enqueue();
    {
        const Workers workers(context(), kAllLanes);
        ASSERT_TRUE(wait_until([&] { return analyser.staying.load(); }));
    }
    for (int i = 0; i <= kMaxRetries; ++i)
        ASSERT_TRUE(store->jobs().start(id, "worker " + std::to_string(i), -1));
    restart();
    analyser.hook = nullptr;
    const Workers workers(context("worker 2"), kAllLanes);
    ASSERT_TRUE(wait_until([&] { return ended(id); }));
    EXPECT_EQ(store->jobs().get(id)->state, store::JobState::success);
}

class AlbumTest : public JobsTest {
protected:
    /// The tracks of `paths` are pending, and `deaths` workers have died over the album that they make.
    JobId album_after(int deaths, const std::vector<std::string>& paths) {
        run();
        std::vector<TrackId> tracks;
        analyser.tag.version = "2";  // all are pending again
        for (const std::string& path : paths)
            tracks.push_back(store->tracks().by_path(path)->id);
        parent = new_job_id();
        store->jobs().create({.id = parent, .type = "test", .created_at = unix_now()});
        store->jobs().start(parent, "the test", 600);
        const JobId album = add_album(parent, tracks);
        for (int i = 0; i < deaths; ++i)
            store->jobs().start(album, "dead worker", -1);
        return album;
    }

    /// What is listened to, in order.
    std::vector<std::string> listen_to(const JobId& album) {
        std::mutex mutex;
        std::vector<std::string> order;
        analyser.hook = [&](const std::string& path, const CancelToken&) {
            std::lock_guard lock(mutex);
            order.push_back(path);
        };
        {
            const Workers workers(context("worker 2"), kAllLanes);
            EXPECT_TRUE(wait_until([&] { return ended(album); }));
        }
        analyser.hook = nullptr;
        return order;
    }

    JobId parent;
};

TEST_F(AlbumTest, IsTriedAgainWhenItsWorkerDies) {
    const JobId album = album_after(kMaxRetries, {"/a3.flac", "/a5.flac"});
    EXPECT_THAT(listen_to(album), testing::ElementsAre("/a3.flac", "/a5.flac"));
    EXPECT_EQ(store->jobs().get(album)->attempts, 1) << "it got something done";
    EXPECT_THAT(store->jobs().get(album)->details, testing::HasSubstr("dead worker before"));
}

TEST_F(AlbumTest, TheTrackThatKillsItsWorkersIsGivenUpAndTheOthersAreDone) {
    const JobId album = album_after(kMaxRetries + 1, {"/a3.flac", "/a5.flac"});
    EXPECT_THAT(listen_to(album), testing::ElementsAre("/a5.flac"));
    const auto failures = store->analyses().failures(0, 10).rows;
    ASSERT_THAT(failures, testing::Contains(testing::Field(&store::FailureRow::path, "/a3.flac")));
    // The user may know better: asked for, it is tried once more.
    store->analyses().forget_failures(store->tracks().by_path("/a3.flac")->id);
    const JobId again = add_album(parent, {store->tracks().by_path("/a3.flac")->id});
    EXPECT_THAT(listen_to(again), testing::ElementsAre("/a3.flac"));
}

TEST_F(AlbumTest, WhoseWorkersDiedIsDoneAlone) {
    const JobId suspect = album_after(1, {"/a3.flac", "/a5.flac"});
    for (const char* path : {"/a6.flac", "/a7.flac", "/a8.flac"})
        add_album(parent, {store->tracks().by_path(path)->id});
    std::atomic<int> at_once{0};
    std::atomic<bool> disturbed{false};
    analyser.hook = [&](const std::string& path, const CancelToken&) {
        const bool alone = path == "/a3.flac" || path == "/a5.flac";
        ++at_once;
        for (int i = 0; i < 10; ++i) {
            if (alone && at_once > 1) disturbed = true;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        --at_once;
    };
    const Workers workers(context("worker 2"), kAllLanes);
    EXPECT_TRUE(wait_until([&] {
        return std::ranges::all_of(store->jobs().children(parent),
                                   [](const store::Job& child) { return store::is_final(child.state); });
    }));
    EXPECT_EQ(store->jobs().get(suspect)->state, store::JobState::success);
    EXPECT_FALSE(disturbed);
}

TEST_F(AlbumTest, OfAnotherModelSaysSo) {
    const JobId album = album_after(0, {"/a3.flac"});
    analyser.tag.name = "musicnn";
    EXPECT_THAT(listen_to(album), testing::IsEmpty());
    EXPECT_EQ(store->jobs().get(album)->state, store::JobState::failure);
    EXPECT_THAT(store->jobs().get(album)->details, testing::HasSubstr("Set MODEL alike on all machines"));
}

}  // namespace
}  // namespace audiomuse::jobs
