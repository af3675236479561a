#include "audiomuse/features/path/song_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <numeric>
#include <set>

#include "../great_circle.h"
#include "../path_order.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/distance.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct SongLibrary {
    explicit SongLibrary(std::size_t dimension) : index(index::create_index(dimension)) {}

    std::unique_ptr<index::VectorIndex> index;
    std::map<TrackId, PathSong> songs;
    int reads = 0;  ///< songs asked for

    void add(std::int64_t id, const std::vector<float>& vector, const PathSong& song) {
        index->add(id, vector);
        songs[TrackId{id}] = song;
    }
    ReadPathSongs reader() {
        return [this](std::span<const TrackId> ids) {
            std::vector<PathSong> result;
            for (const TrackId id : ids)
                result.push_back(songs.at(id));
            reads += static_cast<int>(ids.size());
            return result;
        };
    }
    SongPath path(std::initializer_list<std::int64_t> stops, const PathParams& params,
                  const index::VectorIndex::Filter& allowed = {}) {
        std::vector<TrackId> ids;
        for (const std::int64_t id : stops)
            ids.push_back(TrackId{id});
        return find_path(*index, ids, params, reader(), allowed);
    }
};

/// Songs on a circle, one for each of `degrees`, with ids from 1 on, each by an artist of its own.
SongLibrary circle(std::initializer_list<double> degrees) {
    SongLibrary library(2);
    std::uint64_t id = 0;
    for (const double angle : degrees) {
        ++id;
        const double radians = angle * std::numbers::pi / 180;
        library.add(static_cast<std::int64_t>(id),
                    {static_cast<float>(std::cos(radians)), static_cast<float>(std::sin(radians))},
                    {.artist = id, .signature = id, .duration_s = 100 + 10 * static_cast<double>(id), .present = true});
    }
    return library;
}

/// Styles as clouds around centres of their own, with songs that lead from one to the next, as in a real library.
SongLibrary styles(std::size_t songs, std::uint64_t seed) {
    constexpr std::size_t kStyles = 8;
    constexpr std::size_t kDimension = 24;
    Random random(seed);
    std::vector<std::vector<double>> centres(kStyles, std::vector<double>(kDimension));
    for (auto& centre : centres) {
        for (double& value : centre)
            value = random.normal();
    }
    SongLibrary library(kDimension);
    for (std::size_t i = 1; i <= songs; ++i) {
        const auto& a = centres[i % kStyles];
        const auto& b = centres[static_cast<std::size_t>(random.integer(0, kStyles - 1))];
        const double mix = 0.5 * random.uniform() * random.uniform();
        std::vector<float> vector(kDimension);
        for (std::size_t j = 0; j < kDimension; ++j)
            vector[j] = static_cast<float>((1 - mix) * a[j] + mix * b[j] + 0.3 * random.normal());
        library.add(static_cast<std::int64_t>(i), vector,
                    {.artist = 1 + i % 97, .signature = i, .duration_s = 60 + static_cast<double>(i), .present = true});
    }
    return library;
}

std::vector<std::int64_t> values(const std::vector<TrackId>& ids) {
    std::vector<std::int64_t> result;
    for (const TrackId id : ids)
        result.push_back(id.value);
    return result;
}

TEST(GreatCircle, GoesAtAnEvenPace) {
    const std::vector<float> a = {1, 0, 0};
    const std::vector<float> b = {0, 0.6F, 0.8F};
    for (const double t : {0.0, 0.25, 0.5, 1.0}) {
        const std::vector<float> point = between(a, b, t);
        EXPECT_NEAR(angle_of(static_cast<double>(numeric::cosine_distance(a, point))), t * std::numbers::pi / 2, 1e-3);
        EXPECT_NEAR(numeric::dot(point, point), 1, 1e-6);
    }
    EXPECT_THAT(between(a, a, 0.5), testing::Pointwise(testing::FloatNear(1e-6F), a));
}

TEST(GreatCircle, FindsAWayBetweenOpposites) {
    const std::vector<float> a = {1, 0};
    const std::vector<float> b = {-1, 0};
    const std::vector<float> half = between(a, b, 0.5);
    EXPECT_NEAR(numeric::dot(a, half), 0, 1e-3);
    EXPECT_NEAR(numeric::dot(between(a, b, 0.25), half), std::sqrt(0.5), 1e-3);
}

TEST(AngleOf, IsRightForSmallAndLargeDistances) {
    for (const double angle : {1e-3, 0.1, 1.0, 3.0})
        EXPECT_NEAR(angle_of(2 * std::pow(std::sin(angle / 2), 2)), angle, 1e-9);
    EXPECT_NEAR(angular_length(std::vector<float>{0, 1, 2}), 1.5, 1e-6);  // a quarter and a half turn
}

TEST(ShortestOrder, IsThatOfTryingAll) {
    Random random(3);
    for (int round = 0; round < 30; ++round) {
        std::vector<std::vector<float>> points(7, std::vector<float>(3));
        for (auto& point : points) {
            for (float& value : point)
                value = static_cast<float>(random.normal());
            numeric::normalise(point);
        }
        const auto length = [&](const std::vector<std::size_t>& order) {
            double sum = 0;
            for (std::size_t i = 1; i < order.size(); ++i) {
                const auto& from = points[order[i - 1]];
                sum += angle_of(static_cast<double>(numeric::unit_cosine_distance(from, points[order[i]])));
            }
            return sum;
        };
        std::vector<std::size_t> order(points.size());
        std::iota(order.begin(), order.end(), std::size_t{0});
        const double before = length(order);
        double shortest = before;
        do {
            shortest = std::min(shortest, length(order));
        } while (std::next_permutation(order.begin() + 1, order.end() - 1));
        const std::vector<std::span<const float>> views(points.begin(), points.end());
        const std::vector<std::size_t> found = shortest_order(views);
        EXPECT_EQ(found.front(), 0U);
        EXPECT_EQ(found.back(), 6U);
        EXPECT_LE(length(found), before + 1e-6);
        EXPECT_LE(length(found), shortest * 1.15);  // a local optimum
    }
}

TEST(FindPath, TakesTheSongsOnTheWay) {
    SongLibrary library = circle({0, 90, 31, 59, 200});
    const SongPath path = library.path({1, 2}, {.length = 4});
    EXPECT_THAT(values(path.songs), ElementsAre(1, 3, 4, 2));
    EXPECT_THAT(path.shortfall, IsEmpty());
    EXPECT_EQ(path.distances[0], 0);
    EXPECT_NEAR(path.distances[1], 1 - std::cos(31 * std::numbers::pi / 180), 1e-5);
    EXPECT_NEAR(path.positions[1], 31.0 / 90, 1e-4);
    EXPECT_EQ(path.positions.back(), 1);
    EXPECT_THAT(values(library.path({1, 2}, {.length = 2}).songs), ElementsAre(1, 2));
    EXPECT_THAT(values(library.path({1, 2}, {.length = 0}).songs), ElementsAre(1, 2));
}

TEST(FindPath, LeadsThroughTheStopsBetween) {
    SongLibrary library = circle({0, 90, 40, 60, 140, 20, 120});
    // 140 degrees to 5 and 50 back: of two songs more each part gets one, near its middle.
    EXPECT_THAT(values(library.path({1, 5, 2}, {.length = 5}).songs), ElementsAre(1, 4, 5, 7, 2));
    // Of five, 3.7 and 1.3.
    const std::vector<std::int64_t> longer = values(library.path({1, 5, 2}, {.length = 8}).songs);
    EXPECT_THAT(longer, testing::SizeIs(7));  // all that there are
    EXPECT_EQ(longer.back(), 2);
}

TEST(FindPath, KeepsTheRules) {
    SongLibrary library = circle({0, 90, 30, 30.1, 60, 45});
    library.songs[TrackId{4}].duration_s = library.songs[TrackId{3}].duration_s;  // the same recording as 3
    library.songs[TrackId{5}].signature = 1;                                      // another version of the first
    library.songs[TrackId{6}].present = false;
    SongPath path = library.path({1, 2}, {.length = 6, .exact = true});
    EXPECT_THAT(values(path.songs), testing::AnyOf(ElementsAre(1, 3, 2), ElementsAre(1, 4, 2)));
    EXPECT_THAT(path.shortfall, HasSubstr("3 of 6"));
    EXPECT_THAT(path.shortfall, HasSubstr("duplicates"));

    for (auto& [id, song] : library.songs)
        song = {.artist = 7, .signature = static_cast<std::uint64_t>(id.value), .present = true};
    path = library.path({1, 2}, {.length = 6, .exact = true, .max_songs_per_artist = 3, .duplicate_distance = 0});
    EXPECT_EQ(path.songs.size(), 3U);
    EXPECT_THAT(path.shortfall, HasSubstr("limit of 3 per artist"));

    for (auto& [id, song] : library.songs) {
        song.artist = 0;
        song.album = 8;
    }
    path = library.path({1, 2}, {.length = 6, .exact = true, .max_songs_per_album = 4, .duplicate_distance = 0});
    EXPECT_EQ(path.songs.size(), 4U);
    EXPECT_THAT(path.shortfall, HasSubstr("limit of 4 per album"));
}

TEST(FindPath, ExactMeansExactWhileThereAreSongs) {
    SongLibrary library = styles(400, 1);
    for (const int length : {3, 10, 60, 200}) {
        const SongPath path = library.path({1, 2}, {.length = length, .exact = true});
        EXPECT_EQ(path.songs.size(), static_cast<std::size_t>(length));
        EXPECT_THAT(path.shortfall, IsEmpty());
    }
    // All that there are, without rules; then one more.
    const PathParams all = {.length = 400, .exact = true, .max_songs_per_artist = 0, .duplicate_distance = 0};
    EXPECT_EQ(library.path({1, 2}, all).songs.size(), 400U);
    PathParams more = all;
    more.length = 401;
    const SongPath path = library.path({1, 2}, more);
    EXPECT_EQ(path.songs.size(), 400U);
    EXPECT_THAT(path.shortfall, HasSubstr("library has no more"));
}

TEST(FindPath, StaysWithinWhatIsAllowed) {
    SongLibrary library = styles(400, 2);
    const auto even = [](std::int64_t id) { return id % 2 == 0; };
    const SongPath path = library.path({1, 3}, {.length = 30, .exact = true}, even);
    ASSERT_EQ(path.songs.size(), 30U);
    for (std::size_t i = 1; i + 1 < path.songs.size(); ++i)
        EXPECT_TRUE(even(path.songs[i].value));
    const SongPath none = library.path({1, 3}, {.length = 30, .exact = true}, [](std::int64_t) { return false; });
    EXPECT_THAT(values(none.songs), ElementsAre(1, 3));
    EXPECT_THAT(none.shortfall, HasSubstr("filter leaves no more"));
}

TEST(FindPath, AnyTwoSongsGiveASmoothPath) {
    SongLibrary library = styles(3000, 5);
    Random random(17);
    double smooth = 0;
    double shuffled = 0;
    for (int round = 0; round < 60; ++round) {
        const std::int64_t from = random.integer(1, 3000);
        const std::int64_t to = random.integer(1, 3000);
        if (from == to) continue;
        const PathParams params = {.length = 25, .exact = round % 2 == 0, .max_songs_per_artist = 1 + round % 3};
        const SongPath path = library.path({from, to}, params);
        ASSERT_EQ(path.songs.front(), TrackId{from});
        ASSERT_EQ(path.songs.back(), TrackId{to});
        ASSERT_EQ(std::set<TrackId>(path.songs.begin(), path.songs.end()).size(), path.songs.size());
        if (params.exact) {
            ASSERT_EQ(path.songs.size(), 25U);
        } else {
            ASSERT_LE(path.songs.size(), 25U);
            ASSERT_GE(path.songs.size(), 10U);
        }
        std::map<std::uint64_t, int> counts;
        for (std::size_t i = 1; i + 1 < path.songs.size(); ++i)
            ++counts[library.songs.at(path.songs[i]).artist];
        for (const auto& [artist, count] : counts)
            ASSERT_LE(count, params.max_songs_per_artist);
        ASSERT_TRUE(std::is_sorted(path.positions.begin(), path.positions.end()));
        smooth += statistics_of(path.distances).mean;

        std::vector<TrackId> order = path.songs;
        random.shuffle(std::span(order).subspan(1, order.size() - 2));
        std::vector<float> distances(order.size());
        for (std::size_t i = 1; i < order.size(); ++i) {
            distances[i] = numeric::unit_cosine_distance(library.index->vector(order[i - 1].value),
                                                         library.index->vector(order[i].value));
        }
        shuffled += statistics_of(distances).mean;
    }
    EXPECT_LT(smooth, 0.6 * shuffled);
}

TEST(FindPath, ChanceVariesAndASeedRepeats) {
    SongLibrary library = styles(2000, 4);
    const PathParams plain = {.length = 25};
    PathParams varied = plain;
    varied.variance = 1;
    varied.seed = 5;
    const auto first = library.path({1, 2}, varied).songs;
    EXPECT_EQ(first, library.path({1, 2}, varied).songs);
    EXPECT_NE(first, library.path({1, 2}, plain).songs);
    varied.seed = 6;
    EXPECT_NE(first, library.path({1, 2}, varied).songs);
    EXPECT_EQ(library.path({1, 2}, plain).songs, library.path({1, 2}, plain).songs);
}

TEST(FindPath, ReadsASongOnceAndNotTheWholeLibrary) {
    SongLibrary library = styles(3000, 6);
    library.path({1, 2}, {.length = 25});
    EXPECT_LE(library.reads, 2 + 23 * 50);
}

TEST(FindPath, RefusesWhatIsNoPath) {
    SongLibrary library = circle({0, 90});
    const auto code_of = [&](std::initializer_list<std::int64_t> stops) {
        for (const std::int64_t id : stops)
            library.songs[TrackId{id}].present = true;
        try {
            library.path(stops, {});
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::internal;
    };
    EXPECT_EQ(code_of({1}), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of({1, 1}), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of({1, 2, 1}), ErrorCode::invalid_argument);
    EXPECT_EQ(code_of({1, 9}), ErrorCode::not_found);
}

TEST(PathStatistics, AreThoseOfTheSteps) {
    const PathStatistics statistics = statistics_of(std::vector<float>{0, 0.25F, 0.5F, 0.125F});
    EXPECT_NEAR(statistics.total, 0.875, 1e-6);
    EXPECT_NEAR(statistics.mean, 0.875 / 3, 1e-6);
    EXPECT_NEAR(statistics.longest, 0.5, 1e-6);
    EXPECT_EQ(statistics.longest_at, 2U);
    EXPECT_EQ(statistics_of(std::vector<float>{0}).mean, 0);
}

}  // namespace
}  // namespace audiomuse::features
