// The index in step with the store.
#include "jobs_testing.h"

namespace audiomuse::jobs {
namespace {

TEST_F(JobsTest, GoneFilesLeaveTheIndexAndComeBackForNothing) {
    run();
    const FakeSource::File kept = source.files.at("/a3.flac");
    source.files.erase("/a3.flac");
    EXPECT_EQ(count(run(), "found"), 20);
    EXPECT_EQ(index.live().get()->size(), 19U);
    source.files["/a3.flac"] = kept;
    analyser.calls = 0;
    run();
    EXPECT_EQ(analyser.calls, 0);
    EXPECT_EQ(index.live().get()->size(), 20U);
}

TEST_F(JobsTest, ANewModelKeepsTheOldIndexUntilItIsDone) {
    run();
    analyser.tag.version = "2";
    std::size_t served = 0;
    analyser.hook = [&](const std::string& path, const CancelToken&) {
        if (path == "/a15.flac") served = index.live().get()->size();
    };
    const store::Job job = run();
    EXPECT_EQ(count(job, "analysed"), 20);
    EXPECT_EQ(served, 20U);
    EXPECT_EQ(store->index_blobs().info(kTrackIndex)->model.version, "2");
    EXPECT_EQ(index.live().get()->size(), 20U);
}

TEST_F(JobsTest, TheSavedIndexIsServedAfterARestart) {
    run();
    const TrackId id = store->tracks().by_path("/a3.flac")->id;
    const auto before = index.live().get()->search(index.live().get()->vector(id.value), 5);
    for (const fs::path& cache : {fs::path(), folder / "cache", folder / "cache"}) {
        ServedIndex fresh(*store, {.params = {}, .cache = cache, .threads = 2});
        fresh.catch_up();
        ASSERT_TRUE(fresh.live().get());
        EXPECT_EQ(fresh.live().get()->search(fresh.live().get()->vector(id.value), 5), before);
    }
}

TEST_F(JobsTest, AnIndexThatFollowsFindsNewTracksAndLosesGoneOnes) {
    ServedIndex other(*store, {});
    other.follow(*queue);
    run();
    EXPECT_TRUE(wait_until([&] { return other.live().get() && other.live().get()->size() == 20; }));
    source.add("/new.flac", "new");
    source.files.erase("/a3.flac");
    run();
    const TrackId fresh = store->tracks().by_path("/new.flac")->id;
    const TrackId gone = store->tracks().by_path("/a3.flac")->id;
    EXPECT_TRUE(wait_until([&] { return other.live().get()->contains(fresh.value); }));
    EXPECT_TRUE(wait_until([&] { return !other.live().get()->contains(gone.value); }));
}

TEST_F(JobsTest, ADamagedIndexIsMadeAnew) {
    run();
    store->index_blobs().save({.name = kTrackIndex, .model = analyser.tag, .revision = store->change_counter()},
                              [](const auto& sink) { sink(std::as_bytes(std::span("nonsense"))); });
    const std::int64_t damaged = store->index_blobs().info(kTrackIndex)->version;
    ServedIndex fresh(*store, {.params = {}, .cache = folder / "cache", .threads = 1});
    fresh.catch_up();
    ASSERT_TRUE(fresh.live().get());
    EXPECT_EQ(fresh.live().get()->size(), 20U);
    // And saved, so that the next start need not make it again.
    const auto info = store->index_blobs().info(kTrackIndex);
    EXPECT_GT(info->version, damaged);
    EXPECT_EQ(info->count, 20);
    ServedIndex next(*store, {});
    next.catch_up();
    EXPECT_EQ(next.live().get()->size(), 20U);
    EXPECT_EQ(store->index_blobs().info(kTrackIndex)->version, info->version);
}

TEST_F(JobsTest, OtherSettingsOfTheIndexTakeEffect) {
    run();
    const std::int64_t first = store->index_blobs().info(kTrackIndex)->version;
    ServedIndex euclidean(*store, {.params = {.metric = index::Metric::euclidean}, .cache = {}, .threads = 1});
    euclidean.catch_up();
    ASSERT_TRUE(euclidean.live().get());
    EXPECT_EQ(euclidean.live().get()->params().metric, index::Metric::euclidean);
    EXPECT_EQ(euclidean.live().get()->size(), 20U);
    EXPECT_EQ(store->index_blobs().info(kTrackIndex)->version, first);  // processes with two settings don't fight
    euclidean.save_if_needed([](std::int64_t) {}, {});                  // until an analysis ends
    EXPECT_GT(store->index_blobs().info(kTrackIndex)->version, first);
    // The effort of searches is no part of what is saved.
    ServedIndex eager(*store,
                      {.params = {.metric = index::Metric::euclidean, .ef_search = 7}, .cache = {}, .threads = 1});
    eager.catch_up();
    EXPECT_EQ(eager.live().get()->params().ef_search, 7U);
}

}  // namespace
}  // namespace audiomuse::jobs
