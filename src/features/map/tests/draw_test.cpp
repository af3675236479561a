#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "audiomuse/base/error.h"
#include "map_testing.h"

namespace audiomuse::features {
namespace {

constexpr MapParams kQuick = {.epochs = 150};

TEST(DrawMap, PutsTracksAmongTheirOwn) {
    const auto index = index_of(250);
    const MusicMap map = draw_map(*index, {}, kQuick);
    ASSERT_EQ(map.size(), 250U);
    EXPECT_EQ(map.projection, Projection::umap);
    EXPECT_TRUE(std::is_sorted(map.ids.begin(), map.ids.end()));
    EXPECT_EQ(map.changed, 0);
    EXPECT_GT(share_at_home(map), 0.95);
    const auto most = *std::max_element(map.at.data(), map.at.data() + 500,
                                        [](float a, float b) { return std::abs(a) < std::abs(b); });
    EXPECT_NEAR(std::abs(most), 1, 1e-5);
}

TEST(DrawMap, IsTheSameHoweverNeighboursAreFoundAndOnAnyNumberOfThreads) {
    const auto index = index_of(300);
    const MusicMap one = draw_map(*index, {}, kQuick);
    MapParams params = kQuick;
    params.threads = 3;
    EXPECT_TRUE(same_places(one, draw_map(*index, {}, params)));
    params.exact_rows = 0;  // by the index
    const MusicMap by_index = draw_map(*index, {}, params);
    params.threads = 1;
    EXPECT_TRUE(same_places(by_index, draw_map(*index, {}, params)));
    EXPECT_GT(share_at_home(by_index), 0.95);
    params.seed = 2;
    EXPECT_FALSE(same_places(by_index, draw_map(*index, {}, params)));
}

TEST(DrawMap, TakesFewTracks) {
    EXPECT_EQ(draw_map(*index::create_index(kDimension), {}).size(), 0U);
    for (const std::int64_t tracks : {1, 2, 3, 15, 16, 17}) {
        const MusicMap map = draw_map(*index_of(tracks), {}, kQuick);
        EXPECT_EQ(map.size(), static_cast<std::size_t>(tracks));
        EXPECT_EQ(map.projection, tracks < 16 ? Projection::pca : Projection::umap);
        for (std::size_t i = 0; i < map.size() * 2; ++i)
            EXPECT_TRUE(std::isfinite(map.at.data()[i]));
    }
}

TEST(DrawMap, TakesTracksThatSoundAllTheSame) {
    auto index = index::create_index(kDimension);
    for (std::int64_t id = 1; id <= 60; ++id)
        index->add(id, sound_of(1, 5));
    for (const std::size_t exact : {0U, 2000U}) {
        MapParams params = kQuick;
        params.exact_rows = exact;
        const MusicMap map = draw_map(*index, {}, params);
        for (std::size_t i = 0; i < map.size() * 2; ++i)
            EXPECT_TRUE(std::isfinite(map.at.data()[i]));
    }
}

TEST(DrawMap, KeepsThePictureWhenDrawnAgain) {
    auto index = index_of(250);
    const MusicMap before = draw_map(*index, {}, kQuick);
    add_tracks(*index, 251, 320);
    MapParams params = kQuick;
    params.seed = 9;
    const MusicMap after = draw_map(*index, before, params);
    ASSERT_EQ(after.size(), 320U);
    EXPECT_GT(share_at_home(after), 0.95);
    double moved = 0;
    for (std::size_t i = 0; i < before.size(); ++i)
        moved += std::hypot(after.at(i, 0) - before.at(i, 0), after.at(i, 1) - before.at(i, 1)) / 250;
    EXPECT_LT(moved, 0.15);  // of a picture that is 2 wide
    // One drawn without knowing of it has its styles elsewhere.
    const MusicMap fresh = draw_map(*index_of(320), {}, params);
    double elsewhere = 0;
    for (std::size_t i = 0; i < before.size(); ++i)
        elsewhere += std::hypot(fresh.at(i, 0) - before.at(i, 0), fresh.at(i, 1) - before.at(i, 1)) / 250;
    EXPECT_LT(moved, elsewhere);
}

TEST(DrawMap, CanBeStopped) {
    const auto index = index_of(100);
    double last = -1;
    draw_map(*index, {}, kQuick, [&](double share) {
        EXPECT_GE(share, last);
        EXPECT_LT(share, 1);
        last = share;
    });
    EXPECT_GT(last, 0.9);
    EXPECT_THROW(draw_map(*index, {}, kQuick, [](double) { throw Error(ErrorCode::cancelled, "Enough."); }), Error);
}

TEST(PlaceOnMap, PutsWhatComesAmongItsOwnAndLeavesTheRest) {
    auto index = index_of(250);
    const MusicMap before = draw_map(*index, {}, kQuick);
    EXPECT_EQ(difference(*index, before).count(), 0U);
    EXPECT_TRUE(same_places(before, place_on_map(*index, before, kQuick)));

    add_tracks(*index, 251, 270);
    index->remove(7);
    index->add(10, sound_of(11, 5));  // was style 0, is style 1
    const MapDifference found = difference(*index, before);
    EXPECT_EQ(found.come, 20U);
    EXPECT_EQ(found.gone, 1U);
    EXPECT_THAT(found.moved, testing::ElementsAre(TrackId{10}));

    const MusicMap after = place_on_map(*index, before, kQuick);
    ASSERT_EQ(after.size(), 269U);
    EXPECT_EQ(after.changed, 22);
    std::size_t home = 0;
    for (std::size_t i = 0; i < after.size(); ++i) {
        const std::int64_t id = after.ids[i].value;
        if (id <= 250 && id != 10) {
            const auto row = static_cast<std::size_t>(id - 1);
            ASSERT_EQ(after.at(i, 0), before.at(row, 0));
            ASSERT_EQ(after.at(i, 1), before.at(row, 1));
            continue;
        }
        std::size_t best = 0;
        for (std::size_t j = 0; j < 200; ++j) {
            if (j != i && apart(after, i, j) < apart(after, i, best)) best = j;
        }
        home += after.ids[best].value % 5 == (id == 10 ? 1 : id % 5);
    }
    EXPECT_GE(home, 19U);  // of 21
    EXPECT_EQ(difference(*index, after).count(), 0U);
}

TEST(PlaceOf, LiesAmongItsOwn) {
    auto index = index_of(250);
    const MusicMap map = draw_map(*index, {}, kQuick);
    std::size_t home = 0;
    for (std::int64_t id = 251; id <= 270; ++id) {
        const auto place = place_of(*index, map, sound_of(id, 5));
        ASSERT_TRUE(place);
        std::size_t best = 0;
        const auto away = [&](std::size_t row) {
            return std::hypot(static_cast<double>(map.at(row, 0)) - (*place)[0],
                              static_cast<double>(map.at(row, 1)) - (*place)[1]);
        };
        for (std::size_t row = 0; row < map.size(); ++row) {
            if (away(row) < away(best)) best = row;
        }
        home += map.ids[best].value % 5 == id % 5;
    }
    EXPECT_GE(home, 19U);  // of 20
    const auto one = place_of(*index, map, index->vector(9), 1);
    const std::size_t row = *map.row_of(TrackId{9});
    EXPECT_EQ(one, (std::array<double, 2>{static_cast<double>(map.at(row, 0)), static_cast<double>(map.at(row, 1))}));
    EXPECT_FALSE(map.row_of(TrackId{251}));
    EXPECT_FALSE(place_of(*index, {}, index->vector(9)));
}

}  // namespace
}  // namespace audiomuse::features
