#include "audiomuse/features/similar/local_scales.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cmath>
#include <numeric>

#include "../../common/tests/fake_store.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/features/similar/similar.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;
using testing::FloatNear;

std::unique_ptr<index::VectorIndex> on_a_circle(const std::vector<double>& degrees) {
    auto index = index::create_index(2);
    for (std::size_t i = 0; i < degrees.size(); ++i) {
        const double angle = degrees[i] * M_PI / 180;
        index->add(static_cast<std::int64_t>(i) + 1,
                   std::vector<float>{static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))});
    }
    return index;
}

float apart(double degrees) {
    return static_cast<float>(1 - std::cos(degrees * M_PI / 180));
}

TEST(LocalScales, AreMeanDistancesToTheNearest) {
    const auto index = on_a_circle({0, 10, 30, 31});
    const LocalScales scales = measure_scales(*index, {.neighbours = 2});
    ASSERT_EQ(scales.size(), 4U);
    EXPECT_NEAR(*scales.of(TrackId{1}), (apart(10) + apart(30)) / 2, 1e-5);
    EXPECT_NEAR(*scales.of(TrackId{2}), (apart(10) + apart(20)) / 2, 1e-5);
    EXPECT_FALSE(scales.of(TrackId{9}));
    const auto copies = on_a_circle({0, 0, 0});
    EXPECT_GT(*measure_scales(*copies, {.neighbours = 2}).of(TrackId{1}), 0);
    EXPECT_EQ(measure_scales(*on_a_circle({5})).size(), 0U) << "nothing to measure by";
}

TEST(LocalScales, AreTakenOverWhereNothingChanged) {
    const auto index = on_a_circle({0, 10, 30, 31});
    const LocalScales known({{TrackId{1}, 7.0F}, {TrackId{2}, 7.0F}, {TrackId{99}, 7.0F}});
    const std::vector<TrackId> changed = {TrackId{2}};
    std::atomic<std::size_t> reported = 0;
    const LocalScales scales = measure_scales(*index, {.neighbours = 2, .threads = 2}, known, changed,
                                              [&](std::size_t done) { reported = done; });
    EXPECT_EQ(scales.size(), 4U);
    EXPECT_EQ(scales.of(TrackId{1}), 7.0F);
    EXPECT_LT(*scales.of(TrackId{2}), 1);
    EXPECT_EQ(reported, 3U);
}

TEST(LocalScales, PutTracksOfDenseNeighbourhoodsBack) {
    const LocalScales scales({{TrackId{1}, 0.01F}, {TrackId{2}, 0.04F}});
    std::vector<index::Neighbour> pool = {{1, 0.2F}, {2, 0.3F}, {3, 0.31F}};
    // The mean scale is 0.025, which is that of the third, too.
    EXPECT_THAT(scales.sort(pool), ElementsAre(FloatNear(0.7906F, 1e-4F), 1, FloatNear(1.5811F, 1e-4F)));
    EXPECT_THAT(pool, ElementsAre(index::Neighbour{2, 0.3F}, index::Neighbour{3, 0.31F}, index::Neighbour{1, 0.2F}));
    std::vector<index::Neighbour> unknown = {{8, 0.1F}, {9, 0.2F}};
    EXPECT_THAT(scales.sort(unknown), ElementsAre(1, 1));
    EXPECT_EQ(unknown.front().id, 8);
}

TEST(LocalScales, AreSavedAndRead) {
    const LocalScales scales({{TrackId{1}, 0.5F}, {TrackId{2}, 0.25F}});
    std::vector<std::byte> image = scales.image();
    const LocalScales read = LocalScales::read(image);
    EXPECT_EQ(read.size(), 2U);
    EXPECT_EQ(read.of(TrackId{2}), 0.25F);
    EXPECT_EQ(read.image(), image);
    for (std::size_t size = 0; size < image.size(); ++size)
        EXPECT_THROW(LocalScales::read(std::span(image).first(size)), Error) << size;
    image[0] = std::byte{0};
    EXPECT_THROW(LocalScales::read(image), Error);
}

TEST(LocalScales, ListsStayOrderedByDistance) {
    FakeStore store;
    const auto index = index::create_index(8);
    Random random(3);
    for (std::int64_t id = 1; id <= 400; ++id) {
        store.add_track(id, "artist " + std::to_string(id));
        std::vector<float> vector(8);
        for (float& value : vector)
            value = static_cast<float>(random.normal() + 0.5);
        index->add(id, vector);
    }
    const LocalScales scales = measure_scales(*index);
    for (const bool radius : {false, true}) {
        SimilarParams params{.n = 20, .radius = radius};
        const auto list = find_similar(store, *index, TrackId{5}, params, {.scales = &scales});
        EXPECT_EQ(list.size(), 20U);
        if (radius) continue;
        EXPECT_TRUE(std::ranges::is_sorted(list, {}, &SimilarTrack::distance));
        EXPECT_NE(list, find_similar(store, *index, TrackId{5}, params)) << "other tracks";
        params.n = 399;
        EXPECT_EQ(find_similar(store, *index, TrackId{5}, params, {.scales = &scales}).size(),
                  find_similar(store, *index, TrackId{5}, params).size());
    }
}

constexpr std::size_t kDimension = 200;
constexpr std::size_t kTop = 50;

/// A library in which hubs are to be expected: all vectors lean to one side, so that those nearest to the middle are
/// near to all others.
numeric::Matrix leaning_library(std::size_t tracks) {
    Random random(11);
    numeric::Matrix rows(tracks, kDimension);
    for (std::size_t i = 0; i < tracks; ++i) {
        for (float& value : rows.row(i))
            value = static_cast<float>(random.normal() + 0.7);
    }
    return rows;
}

/// Clusters of 40, some of them dense, some wide: a list of 50 has to take from others.
numeric::Matrix clustered_library(std::size_t tracks) {
    constexpr std::size_t kSize = 40;
    constexpr std::size_t kLatent = 24;
    Random random(5);
    numeric::Matrix axes(kLatent, kDimension);
    for (std::size_t i = 0; i < kLatent; ++i) {
        for (float& value : axes.row(i))
            value = static_cast<float>(random.normal());
    }
    numeric::Matrix rows(tracks, kDimension);
    std::array<double, kLatent> centre{};
    double spread = 0;
    for (std::size_t i = 0; i < tracks; ++i) {
        if (i % kSize == 0) {
            std::ranges::generate(centre, [&] { return random.normal(); });
            spread = 0.2 * std::exp(1.6 * random.uniform());
        }
        for (std::size_t j = 0; j < kLatent; ++j) {
            const auto weight = static_cast<float>(centre[j] + spread * random.normal());
            for (std::size_t d = 0; d < kDimension; ++d)
                rows(i, d) += weight * axes(j, d);
        }
    }
    return rows;
}

std::unique_ptr<index::VectorIndex> index_of(const numeric::Matrix& rows) {
    auto index = index::create_index(kDimension, {.M = 16, .ef_construction = 80, .ef_search = 210});
    std::vector<std::int64_t> ids(rows.rows());
    std::iota(ids.begin(), ids.end(), std::int64_t{1});
    index->add_many(ids, {rows.data(), rows.rows() * rows.columns()}, allowed_cores());
    return index;
}

using Nearest = std::vector<std::vector<index::Neighbour>>;

/// Of each track the 200 nearest: the first 50 are taken from them.
Nearest nearest_of(const index::VectorIndex& index) {
    Nearest pools(index.size());
    parallel_for(pools.size(), allowed_cores(), [&](std::size_t i) {
        const auto id = static_cast<std::int64_t>(i) + 1;
        pools[i] = index.search(index.vector(id), 4 * kTop + 1);
        std::erase_if(pools[i], [&](const index::Neighbour& neighbour) { return neighbour.id == id; });
    });
    return pools;
}

/// The share of the tracks that have the one that comes up most among their first 50.
double greatest_share(Nearest pools, const LocalScales& scales) {
    std::vector<int> counts(pools.size() + 1);
    for (auto& pool : pools) {
        scales.sort(pool);
        for (std::size_t rank = 0; rank < kTop; ++rank)
            ++counts[static_cast<std::size_t>(pool[rank].id)];
    }
    return std::ranges::max(counts) / static_cast<double>(pools.size());
}

TEST(LocalScales, LeaveNoHubInALibraryOfTwentyThousand) {
    const auto index = index_of(leaning_library(20'000));
    const Nearest pools = nearest_of(*index);
    EXPECT_GT(greatest_share(pools, {}), 0.03) << "a library without hubs proves nothing";
    EXPECT_LE(greatest_share(pools, measure_scales(*index, {.threads = allowed_cores()})), 0.01) << "one in a hundred";
}

TEST(LocalScales, MakeNoHubsInALibraryOfClusters) {
    const auto index = index_of(clustered_library(8'000));
    const Nearest pools = nearest_of(*index);
    const double scaled = greatest_share(pools, measure_scales(*index, {.threads = allowed_cores()}));
    EXPECT_LE(scaled, greatest_share(pools, {}));
    EXPECT_LE(scaled, 0.0135) << "twice the mean, and one in twenty of it";
}

}  // namespace
}  // namespace audiomuse::features
