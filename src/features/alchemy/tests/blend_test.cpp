#include "audiomuse/features/alchemy/blend.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include "audiomuse/base/error.h"
#include "audiomuse/numeric/distance.h"
#include "style_library.h"

namespace audiomuse::features {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

BlendPoint point(Style style, double weight = 1) {
    return {.vector = StyleLibrary::centre(style), .weight = weight};
}

std::array<int, 4> count_styles(const std::vector<BlendedTrack>& tracks) {
    std::array<int, 4> counts{};
    for (const BlendedTrack& track : tracks)
        ++counts[static_cast<std::size_t>(StyleLibrary::style_of(track.id))];
    return counts;
}

double mean_distance(const std::vector<BlendedTrack>& tracks) {
    double sum = 0;
    for (const BlendedTrack& track : tracks)
        sum += static_cast<double>(track.distance);
    return sum / static_cast<double>(tracks.size());
}

std::set<TrackId> ids_of(const std::vector<BlendedTrack>& tracks) {
    std::set<TrackId> ids;
    for (const BlendedTrack& track : tracks)
        ids.insert(track.id);
    return ids;
}

Blend blend_of(StyleLibrary& library, const std::vector<BlendPoint>& add, const std::vector<BlendPoint>& subtract,
               const BlendParams& params) {
    return blend(library.store, *library.index, add, subtract, params);
}

TEST(Blend, AddsAStyle) {
    StyleLibrary library;
    for (const double temperature : {0.0, 1.0}) {
        const Blend made = blend_of(library, {point(kJazz)}, {}, {.n = 30, .temperature = temperature});
        EXPECT_THAT(made.tracks, SizeIs(30));
        EXPECT_EQ(count_styles(made.tracks)[kJazz], 30) << temperature;
        EXPECT_THAT(made.filtered_out, IsEmpty());
    }
}

// The slow, obvious way: every track's distance to the nearest point, sorted.
TEST(Blend, WithoutTemperatureTakesTheNearestInOrder) {
    StyleLibrary library;
    const std::vector<BlendPoint> add = {point(kRock)};
    const Blend made = blend_of(
        library, add, {}, {.n = 25, .temperature = 0, .filter = {.max_songs_per_artist = 0, .duplicate_lookback = 0}});
    std::vector<BlendedTrack> wanted;
    for (const std::int64_t id : library.index->ids())
        wanted.push_back({TrackId{id}, numeric::unit_cosine_distance(add[0].vector, library.index->vector(id))});
    std::ranges::sort(wanted, {}, &BlendedTrack::distance);
    ASSERT_THAT(made.tracks, SizeIs(25));
    for (std::size_t i = 0; i < made.tracks.size(); ++i) {
        EXPECT_EQ(made.tracks[i].id, wanted[i].id) << i;
        EXPECT_NEAR(made.tracks[i].distance, wanted[i].distance, 1e-6);
    }
}

// Twice as wide a style gets its half of the list all the same, and what lies between both is not asked for.
TEST(Blend, TwoStylesAreBothThereAndNotWhatLiesBetween) {
    StyleLibrary library;
    for (const double temperature : {0.0, 1.0}) {
        const Blend made = blend_of(library, {point(kRock), point(kJazz)}, {}, {.n = 40, .temperature = temperature});
        const auto styles = count_styles(made.tracks);
        EXPECT_EQ(styles[kRock], 20) << temperature;
        EXPECT_EQ(styles[kJazz], 20) << temperature;
    }
    const Blend weighted = blend_of(library, {point(kRock, 3), point(kJazz, 1)}, {}, {.n = 40, .temperature = 0});
    EXPECT_EQ(count_styles(weighted.tracks)[kRock], 30);
    EXPECT_TRUE(std::ranges::is_sorted(weighted.tracks, {}, &BlendedTrack::distance));
}

TEST(Blend, SubtractsAStyle) {
    StyleLibrary library;
    const BlendParams params = {.n = 60, .temperature = 0, .filter = {.max_songs_per_artist = 0}};
    const std::vector<BlendPoint> between = {point(kBetween)};
    const Blend without = blend_of(library, between, {}, params);
    EXPECT_EQ(count_styles(without.tracks)[kBetween], 60);
    const Blend made = blend_of(library, between, between, params);
    EXPECT_EQ(count_styles(made.tracks)[kBetween], 0);
    EXPECT_THAT(made.tracks, SizeIs(60)) << "there are enough others";
    EXPECT_THAT(made.filtered_out, SizeIs(StyleLibrary::kEach));
    // Two subtracted points keep two styles out; their mean would be near neither.
    const Blend two = blend_of(library, {point(kRock), point(kJazz), point(kAmbient)}, {point(kRock), point(kJazz)},
                               {.n = 30, .temperature = 0});
    EXPECT_EQ(count_styles(two.tracks)[kRock] + count_styles(two.tracks)[kJazz], 0);
    EXPECT_EQ(count_styles(two.tracks)[kAmbient], 30);
}

TEST(Blend, EachSubtractedPointMayHaveItsOwnRadius) {
    StyleLibrary library;
    const BlendParams params = {
        .n = 500, .temperature = 0, .filter = {.max_songs_per_artist = 0, .duplicate_lookback = 0}};
    const auto out = [&](double radius) {
        const std::vector<BlendPoint> subtract = {{.vector = StyleLibrary::centre(kRock), .radius = radius}};
        const Blend made = blend_of(library, {point(kRock)}, subtract, params);
        for (const BlendedTrack& track : made.tracks)
            EXPECT_GE(angular_distance(static_cast<double>(track.distance)), radius);
        EXPECT_EQ(made.tracks.size() + made.filtered_out.size(), 4U * StyleLibrary::kEach);
        return made.filtered_out.size();
    };
    EXPECT_LT(out(0.06), out(0.1));
    EXPECT_EQ(out(1), 4U * StyleLibrary::kEach);
}

TEST(Blend, TemperatureWidensTheList) {
    StyleLibrary library;
    constexpr std::array kTemperatures = {0.0, 0.25, 1.0, 4.0, 100.0};
    std::array<double, kTemperatures.size()> means{};
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        for (std::size_t i = 0; i < kTemperatures.size(); ++i) {
            const Blend made = blend_of(library, {point(kJazz)}, {},
                                        {.n = 20, .temperature = kTemperatures[i], .filter = {.seed = seed}});
            ASSERT_THAT(made.tracks, SizeIs(20));
            means[i] += mean_distance(made.tracks) / 20;
        }
    }
    for (std::size_t i = 1; i < means.size(); ++i)
        EXPECT_GT(means[i], means[i - 1]) << kTemperatures[i];
    // The default keeps more than half of what chance alone would lose.
    EXPECT_LT(means[2] - means[0], 0.5 * (means[4] - means[0]));
    RecordProperty("means", testing::PrintToString(means));
}

TEST(Blend, TheSeedDecides) {
    StyleLibrary library;
    const auto tracks = [&](std::uint64_t seed) {
        return blend_of(library, {point(kJazz)}, {}, {.n = 20, .filter = {.seed = seed}}).tracks;
    };
    EXPECT_EQ(tracks(1), tracks(1));
    EXPECT_NE(ids_of(tracks(1)), ids_of(tracks(2)));
}

TEST(Blend, FillsTheListWhateverTheRulesRefuse) {
    StyleLibrary library(StyleLibrary::kEach, 40);  // three artists to a style
    std::vector<TrackId> odd;
    for (const std::int64_t id : library.index->ids()) {
        if (id % 2 != 0) odd.push_back(TrackId{id});
    }
    library.store.fake_tracks.matches = [](const store::TrackRow& row, const store::TrackCriteria&) {
        return row.id.value % 3 != 0;
    };
    const BlendParams params = {.n = 30, .filter = {.criteria = {.folder = "Music"}, .except = odd}};
    const Blend made = blend_of(library, {point(kRock)}, {}, params);
    EXPECT_THAT(made.tracks, SizeIs(30)) << "twelve artists in all four styles, three songs each";
    for (const BlendedTrack& track : made.tracks) {
        EXPECT_EQ(track.id.value % 2, 0);
        EXPECT_NE(track.id.value % 3, 0);
    }
    EXPECT_EQ(ids_of(made.tracks).size(), 30U);
}

TEST(Blend, AvoidsTheLastIssueAsLongAsThereAreOthers) {
    StyleLibrary library;
    BlendParams params = {.n = 30, .temperature = 0};
    const Blend first = blend_of(library, {point(kJazz)}, {}, params);
    for (const BlendedTrack& track : first.tracks)
        params.avoid.push_back(track.id);
    const Blend second = blend_of(library, {point(kJazz)}, {}, params);
    ASSERT_THAT(second.tracks, SizeIs(30));
    for (const BlendedTrack& track : second.tracks)
        EXPECT_FALSE(ids_of(first.tracks).contains(track.id));
    // All that is allowed was in the last issue: better the same songs than none.
    params.filter.criteria.folder = "Music";
    library.store.fake_tracks.matches = [ids = ids_of(first.tracks)](const store::TrackRow& row,
                                                                     const store::TrackCriteria&) {
        return ids.contains(row.id);
    };
    EXPECT_EQ(ids_of(blend_of(library, {point(kJazz)}, {}, params).tracks), ids_of(first.tracks));
}

TEST(Blend, NeitherSeedsNorOtherVersionsOfThemAreInTheList) {
    StyleLibrary library(20, 1);
    for (const std::int64_t id : {1003, 1004}) {
        auto& row = library.store.fake_tracks.rows[TrackId{id}];
        row.tags.title = id == 1003 ? "One song" : "One song (Radio Edit)";
        row.tags.artists = {"One artist"};
    }
    const auto ids = ids_of(blend_of(library, {point(kRock)}, {}, {.n = 18, .seeds = {TrackId{1003}}}).tracks);
    EXPECT_THAT(ids, SizeIs(18));
    EXPECT_FALSE(ids.contains(TrackId{1003}) || ids.contains(TrackId{1004}));
}

TEST(Blend, DropsVersionsAndAbsentTracks) {
    StyleLibrary library(10, 1);
    for (std::int64_t id = 1000; id < 1010; ++id) {
        auto& row = library.store.fake_tracks.rows[TrackId{id}];
        row.tags.title = id % 2 == 0 ? "One song" : "One song (2011 Remaster)";
        row.tags.artists = {"One artist"};
    }
    library.store.fake_tracks.rows[TrackId{2000}].present = false;
    const Blend made = blend_of(library, {point(kRock), point(kJazz)}, {}, {.n = 40});
    EXPECT_THAT(made.tracks, SizeIs(40 - 9 - 1));
    EXPECT_FALSE(ids_of(made.tracks).contains(TrackId{2000}));
}

TEST(Blend, ManyPointsAreDrawnTogether) {
    StyleLibrary library;
    std::vector<BlendPoint> add;
    for (const Style style : {kRock, kAmbient}) {
        for (int i = 0; i < 60; ++i)
            add.push_back({.vector = library.index->vector(1000 * (style + 1) + i)});
    }
    const auto styles = count_styles(blend_of(library, add, {}, {.n = 40}).tracks);
    EXPECT_NEAR(styles[kRock], 20, 4);
    EXPECT_NEAR(styles[kAmbient], 20, 4);
}

TEST(Blend, RefusesWhatIsNoPoint) {
    StyleLibrary library(4);
    EXPECT_THAT(blend_of(library, {}, {point(kRock)}, {}).tracks, IsEmpty());
    EXPECT_THAT(blend_of(library, {point(kRock)}, {}, {.n = 0}).tracks, IsEmpty());
    EXPECT_THROW(blend_of(library, {{.vector = {1, 2}}}, {}, {}), Error);
    EXPECT_THROW(blend_of(library, {point(kRock)}, {{.vector = std::vector<float>(StyleLibrary::kDimension)}}, {}),
                 Error);
}

TEST(SpreadPoints, StandForWhatTheyAreMadeOf) {
    StyleLibrary library;
    std::vector<std::vector<float>> vectors;
    for (int i = 0; i < 48; ++i)
        vectors.push_back(library.index->vector(1000 + i));
    for (int i = 0; i < 16; ++i) {
        vectors.push_back(library.index->vector(3000 + i));
        for (float& value : vectors.back())
            value *= 50;  // raw embeddings have any length
    }
    const auto points = spread_points(vectors, 10);
    EXPECT_THAT(points, SizeIs(8));
    double rock = 0;
    double ambient = 0;
    for (const BlendPoint& each : points) {
        EXPECT_NEAR(numeric::dot(each.vector, each.vector), 1, 1e-5);
        const float to_rock = numeric::unit_cosine_distance(each.vector, StyleLibrary::centre(kRock));
        const float to_ambient = numeric::unit_cosine_distance(each.vector, StyleLibrary::centre(kAmbient));
        EXPECT_LT(std::min(to_rock, to_ambient), 0.3F) << "near one of both, not between";
        (to_rock < to_ambient ? rock : ambient) += each.weight;
    }
    EXPECT_NEAR(rock, 0.75, 1e-6);
    EXPECT_NEAR(ambient, 0.25, 1e-6);
    EXPECT_THAT(spread_points(vectors, 2), SizeIs(2));
    EXPECT_THAT(spread_points(std::vector<std::vector<float>>(9, vectors[0]), 10), SizeIs(1));
    EXPECT_THAT(spread_points({}, 10), IsEmpty());
    EXPECT_THAT(spread_points(std::vector<std::vector<float>>(3, std::vector<float>(4)), 10), IsEmpty());
}

TEST(MiddleOf, IsTheMeanOfDirections) {
    const std::vector<BlendPoint> points = {{.vector = {8, 0}, .weight = 3}, {.vector = {0, 1}, .weight = 1}};
    const std::vector<float> middle = middle_of(points);
    ASSERT_THAT(middle, SizeIs(2));
    EXPECT_NEAR(middle[0], 3 / std::sqrt(10.0), 1e-6) << "a long vector weighs no more";
    EXPECT_NEAR(middle[1], 1 / std::sqrt(10.0), 1e-6);
    EXPECT_THAT(middle_of({}), IsEmpty());
    EXPECT_THAT(middle_of(std::vector<BlendPoint>{{.vector = {1, 0}}, {.vector = {-1, 0}}}), IsEmpty());
}

// The slow, obvious way: the distance of every track.
TEST(TracksWithin, AreAllThatAreNearer) {
    const StyleLibrary library(400);
    for (const double radius : {0.04, 0.1, 0.4}) {
        std::set<TrackId> wanted;
        for (const std::int64_t id : library.index->ids()) {
            const float distance =
                numeric::unit_cosine_distance(library.index->vector(id), StyleLibrary::centre(kJazz));
            if (angular_distance(static_cast<double>(distance)) < radius) wanted.insert(TrackId{id});
        }
        const std::vector<TrackId> own = tracks_within(*library.index, {.vector = StyleLibrary::centre(kJazz)}, radius);
        EXPECT_EQ(std::set(own.begin(), own.end()), wanted) << radius;
        const auto given = tracks_within(*library.index, {.vector = StyleLibrary::centre(kJazz), .radius = radius}, 1);
        EXPECT_EQ(given, own) << "a point's own radius goes before";
    }
}

TEST(AngularDistance, IsTheAngleOverPi) {
    EXPECT_NEAR(angular_distance(0), 0, 1e-9);
    EXPECT_NEAR(angular_distance(1), 0.5, 1e-9);
    EXPECT_NEAR(angular_distance(2), 1, 1e-9);
    EXPECT_NEAR(angular_distance(2.1), 1, 1e-9);
}

}  // namespace
}  // namespace audiomuse::features
