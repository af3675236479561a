#include "audiomuse/features/path/library_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "../../common/tests/fake_store.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// Songs on a circle.
struct Library {
    FakeStore store;
    std::unique_ptr<index::VectorIndex> index = index::create_index(2);

    void add(std::int64_t id, double degrees, const std::string& artist, const std::string& title = "") {
        store.add_track(id, artist, title);
        const double angle = degrees * std::numbers::pi / 180;
        index->add(id, std::vector<float>{static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))});
    }
    std::vector<std::int64_t> path(const LibraryPathParams& params, const PathCaches& caches = {}) {
        const std::vector<TrackId> stops = {TrackId{1}, TrackId{2}};
        std::vector<std::int64_t> ids;
        for (const TrackId id : find_library_path(store, *index, stops, params, caches).songs)
            ids.push_back(id.value);
        return ids;
    }
};

Library quarter() {
    Library library;
    library.add(1, 0, "a");
    library.add(2, 90, "b");
    library.add(3, 20, "c", "Song");
    library.add(4, 40, "c", "Song (2011 Remaster)");
    library.add(5, 60, "c", "Other");
    library.add(6, 75, "c", "Third");
    return library;
}

TEST(LibraryPath, KeepsTheRulesOfTheFilter) {
    Library library = quarter();
    LibraryPathParams params = {.length = 6, .exact = true};
    EXPECT_THAT(library.path(params).size(), 5U) << "one version of the song";
    params.filter.one_version = false;
    params.filter.max_songs_per_artist = 0;
    EXPECT_THAT(library.path(params), ElementsAre(1, 3, 4, 5, 6, 2));
    params.filter.max_songs_per_artist = 2;
    EXPECT_THAT(library.path(params).size(), 4U);
}

TEST(LibraryPath, LeavesOutWhatIsNotWanted) {
    Library library = quarter();
    LibraryPathParams params = {.length = 6, .exact = true};
    params.filter.except = {TrackId{3}, TrackId{4}, TrackId{1}};
    EXPECT_THAT(library.path(params), ElementsAre(1, 5, 6, 2)) << "a stop may be any song";
    params.filter.except = {TrackId{3}, TrackId{4}, TrackId{5}, TrackId{6}};
    const std::vector<TrackId> stops = {TrackId{1}, TrackId{2}};
    EXPECT_THAT(find_library_path(library.store, *library.index, stops, params).shortfall, HasSubstr("filter"));
}

TEST(LibraryPath, IsTheSameFromACache) {
    Library library = quarter();
    SongCache songs;
    FilterCache filters;
    const LibraryPathParams params = {.length = 4};
    const auto plain = library.path(params);
    EXPECT_EQ(library.path(params, {&songs, &filters}), plain);
    const int reads = library.store.fake_tracks.reads;
    EXPECT_EQ(library.path(params, {&songs, &filters}), plain);
    EXPECT_EQ(library.store.fake_tracks.reads, reads) << "nothing is read again";
}

}  // namespace
}  // namespace audiomuse::features
