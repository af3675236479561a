// Cleanings of a library in folders. Those of media servers: media_server_jobs_test.cpp.
#include <fmt/format.h>

#include "jobs_testing.h"

namespace audiomuse::jobs {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double kDay = 86400;

class CleaningJobs : public JobsTest {
protected:
    CleaningJobs() { run(); }

    static boost::json::object summary(const store::Job& job) {
        return boost::json::parse(job.details).at("final_summary_details").as_object();
    }
    std::int64_t count_orphans() {
        std::int64_t tracks = 0;
        for (const store::ServerOrphans& server : store->cleaning().orphans(0))
            tracks += server.tracks;
        return tracks;
    }
    /// Whether a process that starts now has it in its index.
    bool is_indexed(TrackId id) {
        ServedIndex fresh(*store, {});
        fresh.catch_up();
        return fresh.live().get()->contains(id.value);
    }
};

TEST_F(CleaningJobs, WhatIsGoneIsRemovedAfterItsTime) {
    const FakeSource::File file = source.files.at("/a3.flac");
    const TrackId gone = store->tracks().by_path("/a3.flac")->id;
    const int listened = analyser.calls;
    source.files.erase("/a3.flac");
    const store::Job first = run(kCleaning);
    EXPECT_EQ(first.state, store::JobState::success) << first.details;
    EXPECT_THAT(first.details, HasSubstr("Nothing was to be removed. Kept 1 track gone for less than 30 days"));
    EXPECT_EQ(summary(first).at("deleted_count"), 0);
    EXPECT_EQ(summary(first).at("orphaned_tracks_count"), 1);
    EXPECT_EQ(count_orphans(), 1);

    settings.orphan_days = 0;
    const store::Job second = run(kCleaning);
    EXPECT_EQ(second.state, store::JobState::success) << second.details;
    EXPECT_THAT(second.details, HasSubstr("Removed 1 track that nothing has any more (Local folders 1)"));
    EXPECT_EQ(summary(second).at("deleted_count"), 1);
    EXPECT_EQ(summary(second).at("total_database_tracks"), 21);
    EXPECT_EQ(summary(second).at("orphaned_albums").at(0).at("tracks").at(0).at("title"), "a3");
    EXPECT_EQ(count_orphans(), 0);
    ASSERT_THAT(store->cleaning().runs(), SizeIs(1));
    EXPECT_FALSE(is_indexed(gone));
    EXPECT_EQ(summary(run(kCleaning)).at("deleted_count"), 0);

    // The file is back within the week: it is the track that it was, and is not listened to again.
    source.files["/a3.flac"] = file;
    EXPECT_EQ(run().state, store::JobState::success);
    EXPECT_EQ(store->tracks().by_path("/a3.flac")->id, gone);
    EXPECT_TRUE(is_indexed(gone));
    EXPECT_EQ(analyser.calls, listened);
    EXPECT_THAT(store->cleaning().runs(), IsEmpty());
}

TEST_F(CleaningJobs, NothingIsRemovedWhenMoreThanHalfWouldGo) {
    settings.orphan_days = 0;
    for (int i = 0; i < 11; ++i)
        source.files.erase(fmt::format("/a{}.flac", i));
    const store::Job refused = run(kCleaning);
    EXPECT_EQ(refused.state, store::JobState::failure);
    EXPECT_THAT(refused.details, HasSubstr("Nothing was removed. 11 of 21 tracks would go, which is more than half."));
    EXPECT_THAT(store->cleaning().runs(), IsEmpty());
    EXPECT_EQ(count_orphans(), 11);
    source.add("/new.flac", "new");
    EXPECT_EQ(summary(run(kCleaning)).at("deleted_count"), 11) << "half of 22";
}

TEST_F(CleaningJobs, NothingIsRemovedWhenTheFoldersCannotBeRead) {
    settings.orphan_days = 0;
    source.files.erase("/a1.flac");
    ASSERT_EQ(run().state, store::JobState::success);
    ASSERT_EQ(count_orphans(), 1);
    source.complete = false;
    const store::Job refused = run(kCleaning);
    EXPECT_EQ(refused.state, store::JobState::failure);
    EXPECT_THAT(refused.details, HasSubstr("Nothing was removed. Parts of the library could not be read"));
    EXPECT_THAT(store->cleaning().runs(), IsEmpty());
}

// A new process reads the saved index and what has changed since: it must not find there what the store knows no more.
TEST_F(CleaningJobs, WhatIsDeletedForGoodIsInNoSavedIndex) {
    for (int i = 0; i < 100; ++i)
        source.add(fmt::format("/more{}.flac", i), fmt::format("more {}", i));
    ASSERT_EQ(run().state, store::JobState::success);
    const TrackId gone = store->tracks().by_path("/more7.flac")->id;
    ASSERT_TRUE(is_indexed(gone));
    const auto saved = store->index_blobs().info(store::kTrackIndex);
    source.files.erase("/more7.flac");
    ASSERT_EQ(run(kCleaning).state, store::JobState::success);
    ASSERT_EQ(store->index_blobs().info(store::kTrackIndex)->version, saved->version) << "one change is few";
    const auto over_a_week_ago = static_cast<std::int64_t>(unix_now()) - store::kUndoSeconds - 1;
    ASSERT_EQ(store->cleaning().remove(unix_now() + kDay, over_a_week_ago).removed, 1);

    const store::Job job = run(kCleaning);
    EXPECT_THAT(job.details, HasSubstr("Deleted for good 1 track removed more than 7 days ago."));
    EXPECT_FALSE(store->tracks().get(gone));
    EXPECT_FALSE(is_indexed(gone));
    EXPECT_THAT(store->cleaning().runs(), IsEmpty());
}

TEST_F(CleaningJobs, WhatCanBePutBackIsNotDeleted) {
    source.files.erase("/a1.flac");
    ASSERT_EQ(run().state, store::JobState::success);
    const auto nearly_a_week_ago = static_cast<std::int64_t>(unix_now()) - store::kUndoSeconds + 600;
    ASSERT_EQ(store->cleaning().remove(unix_now() + kDay, nearly_a_week_ago).removed, 1);
    ASSERT_EQ(run(kCleaning).state, store::JobState::success);
    EXPECT_EQ(store->cleaning().restore(nearly_a_week_ago, unix_now()), 1);
}

// The worker died when the tracks were marked: the next one ends what it began, and tells of all of it as one run.
TEST_F(CleaningJobs, GoesOnWhereAWorkerDied) {
    settings.orphan_days = 0;
    source.files.erase("/a1.flac");
    ASSERT_EQ(run().state, store::JobState::success);
    const JobId id = enqueue(kCleaning);
    const auto number = static_cast<std::int64_t>(unix_now()) - 5;
    ASSERT_TRUE(store->jobs().start(id, "dead worker", kLeaseSeconds));
    store->jobs().update(id, "dead worker", 75, fmt::format(R"({{"run":{}}})", number));
    ASSERT_EQ(store->cleaning().remove(unix_now(), number).removed, 1);
    restart();
    source.files.erase("/a2.flac");  // meanwhile
    {
        const Workers workers(context(), kAllLanes);
        ASSERT_TRUE(wait_until([&] { return ended(id); }));
    }
    const store::Job job = *store->jobs().get(id);
    EXPECT_EQ(job.state, store::JobState::success) << job.details;
    EXPECT_EQ(summary(job).at("deleted_count"), 2);
    EXPECT_EQ(summary(job).at("deletion_result").at("run"), number);
    EXPECT_THAT(store->cleaning().runs(), SizeIs(1));
}

}  // namespace
}  // namespace audiomuse::jobs
