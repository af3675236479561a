#include "audiomuse/features/common/song_cache.h"

#include <gtest/gtest.h>

#include <vector>

#include "audiomuse/features/common/songs.h"
#include "fake_store.h"

namespace audiomuse::features {
namespace {

Song read_one(SongCache& cache, store::Store& store, std::int64_t id) {
    Songs songs;
    cache.read(store, std::vector{TrackId{id}}, songs);
    return songs.at(TrackId{id});
}

TEST(SongCache, ReadsEachSongOnce) {
    FakeStore store;
    store.add_track(1, "Björk", "Jóga (Remastered)");
    store.add_track(2, "bjork", "Jóga");
    store.add_track(3, "", "");
    SongCache cache;
    const Song first = read_one(cache, store, 1);
    EXPECT_TRUE(first.present);
    EXPECT_EQ(first.artist, song_key("bjork"));
    EXPECT_EQ(first.signature, read_one(cache, store, 2).signature);
    EXPECT_EQ(first.duration_s, 100);
    EXPECT_EQ(read_one(cache, store, 3).artist, 0U);
    EXPECT_EQ(store.fake_tracks.reads, 3);
    EXPECT_EQ(read_one(cache, store, 1).artist, first.artist);
    EXPECT_EQ(store.fake_tracks.reads, 3);
    EXPECT_FALSE(read_one(cache, store, 99).present);
}

TEST(SongCache, ForgetsWhenTheStoreHasChanged) {
    FakeStore store;
    store.add_track(1, "before");
    SongCache cache;
    EXPECT_EQ(read_one(cache, store, 1).artist, song_key("before"));
    store.add_track(1, "after").present = false;
    ++store.changes;
    EXPECT_FALSE(read_one(cache, store, 1).present);
    store.fake_tracks.rows[TrackId{1}].present = true;
    ++store.changes;
    EXPECT_EQ(read_one(cache, store, 1).artist, song_key("after"));
}

TEST(SongCache, DoesNotKeepWhatWasReadBeforeOthersSawAChange) {
    FakeStore store;
    store.add_track(1, "before");
    store.add_track(2, "other");
    SongCache cache;
    // While the first reader reads, the store changes, and a second reader sees that.
    store.fake_tracks.on_read = [&] {
        ++store.changes;
        read_one(cache, store, 2);
    };
    EXPECT_EQ(read_one(cache, store, 1).artist, song_key("before"));
    store.add_track(1, "after");
    EXPECT_EQ(read_one(cache, store, 1).artist, song_key("after"));
}

TEST(SongCache, HoldsNoMoreThanItsCapacity) {
    FakeStore store;
    SongCache cache(10);
    std::vector<TrackId> all;
    for (std::int64_t id = 1; id <= 30; ++id) {
        store.add_track(id, "a");
        all.push_back(TrackId{id});
        read_one(cache, store, id);
        EXPECT_LE(cache.size(), 10U);
    }
    Songs songs;
    cache.read(store, all, songs);
    EXPECT_EQ(songs.size(), 30U);
    EXPECT_LE(cache.size(), 10U);
}

}  // namespace
}  // namespace audiomuse::features
