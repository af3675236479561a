#include "audiomuse/index/vector_index.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <set>
#include <thread>

#include "audiomuse/base/error.h"
#include "audiomuse/numeric/distance.h"
#include "index_testing.h"

namespace audiomuse::index {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::int64_t> ids_of(const std::vector<Neighbour>& neighbours) {
    std::vector<std::int64_t> ids;
    for (const Neighbour& neighbour : neighbours)
        ids.push_back(neighbour.id);
    return ids;
}

TEST(VectorIndex, FindsTheNearestFirst) {
    const auto index = create_index(2);
    index->add(10, std::vector<float>{1, 0});
    index->add(20, std::vector<float>{5, 5});  // length does not matter
    index->add(30, std::vector<float>{0, 1});
    index->add(40, std::vector<float>{-1, 0});
    const auto found = index->search(std::vector<float>{2, 0.1F}, 3);
    EXPECT_THAT(ids_of(found), ElementsAre(10, 20, 30));
    EXPECT_NEAR(found[0].distance, 1 - 2 / std::sqrt(4.01), 1e-6);
    EXPECT_EQ(index->farthest(std::vector<float>{1, 0}, 10).id, 40);
    EXPECT_FLOAT_EQ(index->farthest(std::vector<float>{1, 0}, 10).distance, 2);
    EXPECT_EQ(index->farthest(std::vector<float>{1, 0}, 40).id, 30);
    EXPECT_FLOAT_EQ(index->vector(20)[0], std::sqrt(0.5F));
    EXPECT_THAT(index->vector(21), IsEmpty());
    EXPECT_THAT(index->ids(), ElementsAre(10, 20, 30, 40));
}

TEST(VectorIndex, OrdersEqualDistancesById) {
    const auto index = create_index(2);
    for (const std::int64_t id : {7, 3, 9, 1})
        index->add(id, std::vector<float>{1, 1});
    EXPECT_THAT(ids_of(index->search(std::vector<float>{1, 0}, 3)), ElementsAre(1, 3, 7));
    EXPECT_EQ(index->farthest(std::vector<float>{1, 0}, 1).id, 3);
}

TEST(VectorIndex, EmptyAndTooSmall) {
    const auto index = create_index(3);
    EXPECT_THAT(index->search(std::vector<float>{1, 0, 0}, 5), IsEmpty());
    EXPECT_EQ(index->farthest(std::vector<float>{1, 0, 0}, 0), Neighbour{});
    index->add(1, std::vector<float>{1, 0, 0});
    EXPECT_EQ(index->search(std::vector<float>{1, 0, 0}, 5).size(), 1U);
    EXPECT_THAT(index->search(std::vector<float>{1, 0, 0}, 0), IsEmpty());
    EXPECT_EQ(index->farthest(std::vector<float>{1, 0, 0}, 1), Neighbour{});
}

TEST(VectorIndex, RefusesVectorsItCannotCompare) {
    const auto index = create_index(2);
    EXPECT_THROW(index->add(1, std::vector<float>{1, 2, 3}), Error);
    EXPECT_THROW(index->add(1, std::vector<float>{0, 0}), Error);
    EXPECT_THROW(index->add(1, std::vector<float>{1, std::numeric_limits<float>::quiet_NaN()}), Error);
    EXPECT_THROW(index->search(std::vector<float>{1}, 1), Error);
    EXPECT_EQ(index->size(), 0U);
}

TEST(VectorIndex, RemovedIdsAreNeverFoundAndMayComeBack) {
    Random random(1);
    const auto index = create_index(8);
    for (std::int64_t id = 1; id <= 50; ++id)
        index->add(id, random_vector(random, 8));
    const auto seven = index->vector(7);
    index->remove(7);
    index->remove(7);  // unknown by now
    EXPECT_FALSE(index->contains(7));
    EXPECT_EQ(index->size(), 49U);
    EXPECT_THAT(ids_of(index->search(seven, 50)), testing::Not(testing::Contains(7)));
    const std::vector<float> opposite = {-seven[0], -seven[1], -seven[2], -seven[3],
                                         -seven[4], -seven[5], -seven[6], -seven[7]};
    index->add(7, seven);
    index->add(7, opposite);  // replaces
    EXPECT_EQ(index->size(), 50U);
    const auto all = ids_of(index->search(seven, 100));
    EXPECT_EQ(all.size(), 50U);
    EXPECT_EQ(all.back(), 7);
}

/// Random adds, replacements and removals beside an obvious model, through growth, graph search and rebuilds.
TEST(VectorIndex, AgreesWithAnExactModelThroughManyChanges) {
    constexpr std::size_t kDimension = 6;
    Random random(2);
    const auto index = create_index(kDimension, {.M = 12, .ef_construction = 60, .ef_search = 60});
    std::map<std::int64_t, std::vector<float>> model;
    for (int step = 0; step < 9000; ++step) {
        const std::int64_t id = random.integer(1, 4000);
        // Growth at first, then mostly removals, so that the removed become the majority.
        if (random.uniform() < (step < 5000 ? 0.1 : 0.7)) {
            index->remove(id);
            model.erase(id);
        } else {
            model[id] = random_vector(random, kDimension);
            index->add(id, model[id]);
        }
        ASSERT_EQ(index->size(), model.size());
        if (step % 300 != 299 || model.empty()) continue;
        const auto query = random_vector(random, kDimension);
        const auto found = index->search(query, 10);
        ASSERT_EQ(found.size(), std::min<std::size_t>(10, model.size()));
        const auto found_ids = ids_of(found);
        EXPECT_EQ(std::set<std::int64_t>(found_ids.begin(), found_ids.end()).size(), found.size());
        std::multimap<float, std::int64_t> exact;
        for (const auto& [other, vector] : model)
            exact.emplace(numeric::cosine_distance(query, vector), other);
        std::size_t agree = 0;
        auto expected = exact.begin();
        for (std::size_t i = 0; i < found.size(); ++i, ++expected) {
            ASSERT_TRUE(model.contains(found[i].id));
            EXPECT_NEAR(found[i].distance, numeric::cosine_distance(query, model[found[i].id]), 3e-5);
            EXPECT_LE(found[i == 0 ? 0 : i - 1].distance, found[i].distance);
            if (std::abs(found[i].distance - expected->first) < 3e-5) ++agree;
        }
        EXPECT_GE(agree, found.size() * 8 / 10) << "at step " << step;
    }
}

TEST(VectorIndex, FilterFindsAllThatPassEvenWhenFewDo) {
    const auto vectors = clustered_vectors(6000, 16, 30, 3);
    const auto index = create_index(16, {.M = 12, .ef_construction = 60, .ef_search = 40});
    for (std::size_t i = 0; i < vectors.size(); ++i)
        index->add(static_cast<std::int64_t>(i), vectors[i]);
    for (const std::int64_t share : {2, 10, 500, 3000}) {
        const auto passes = [&](std::int64_t id) { return id % share == 0; };
        std::vector<Neighbour> exact;
        for (std::size_t i = 0; i < vectors.size(); i += static_cast<std::size_t>(share)) {
            exact.push_back({static_cast<std::int64_t>(i), numeric::cosine_distance(vectors[1], vectors[i])});
        }
        std::sort(exact.begin(), exact.end(), [](const auto& a, const auto& b) { return a.distance < b.distance; });
        const auto found = index->search(vectors[1], 12, passes);
        ASSERT_EQ(found.size(), std::min<std::size_t>(12, exact.size())) << "one in " << share;
        std::size_t near = 0;
        for (const Neighbour& neighbour : found) {
            EXPECT_TRUE(passes(neighbour.id));
            if (neighbour.distance <= exact[found.size() - 1].distance + 1e-6F) ++near;
        }
        EXPECT_GE(near + 2, found.size()) << "one in " << share;
    }
    EXPECT_THAT(index->search(vectors[1], 5, [](std::int64_t) { return false; }), IsEmpty());
}

TEST(VectorIndex, SameOrderAndSeedGiveTheSameGraph) {
    const auto vectors = clustered_vectors(2500, 16, 10, 4);
    const auto build = [&](std::uint64_t seed) {
        auto index = create_index(16, {.M = 8, .ef_construction = 40, .ef_search = 10, .seed = seed});
        for (std::size_t i = 0; i < vectors.size(); ++i)
            index->add(static_cast<std::int64_t>(i), vectors[i]);
        return saved(*index);
    };
    const auto first = build(1);
    EXPECT_EQ(first, build(1));
    EXPECT_NE(first, build(2));
}

TEST(VectorIndex, ReadersAndWritersBesideEachOther) {
    constexpr std::size_t kDimension = 12;
    const auto vectors = clustered_vectors(3000, kDimension, 10, 5);
    const auto index = create_index(kDimension, {.M = 8, .ef_construction = 40, .ef_search = 20});
    for (std::size_t i = 0; i < 2200; ++i)
        index->add(static_cast<std::int64_t>(i), vectors[i]);
    std::atomic<bool> stop{false};
    std::atomic<int> searches{0};
    std::atomic<int> faults{0};
    std::vector<std::jthread> readers;
    for (std::size_t r = 0; r < 3; ++r) {
        readers.emplace_back([&, r] {
            for (std::size_t i = r; !stop; i = (i + 3) % 2000) {
                // Ids below 2000 never change: each must always be its own nearest neighbour.
                const auto found = index->search(vectors[i], 5);
                if (found.size() != 5 || found[0].id != static_cast<std::int64_t>(i)) ++faults;
                if (index->vector(static_cast<std::int64_t>(i)).size() != kDimension) ++faults;
                ++searches;
            }
        });
    }
    std::jthread saver([&] {
        while (!stop) {
            if (saved(*index).empty()) ++faults;
        }
    });
    std::jthread other_writer([&] {
        for (std::int64_t id = 2000; id < 2200; ++id)
            index->remove(id);
    });
    for (std::size_t i = 2200; i < vectors.size(); ++i)
        index->add(static_cast<std::int64_t>(i), vectors[i]);
    other_writer.join();
    while (searches < 100)
        std::this_thread::yield();
    stop = true;
    readers.clear();
    EXPECT_EQ(faults, 0);
    EXPECT_EQ(index->size(), vectors.size() - 200);
}

TEST(LiveIndex, ReadersKeepTheIndexTheyHold) {
    LiveIndex live;
    EXPECT_EQ(live.get(), nullptr);
    std::shared_ptr<VectorIndex> first = create_index(2);
    first->add(1, std::vector<float>{1, 0});
    live.swap(first);
    const auto held = live.get();
    first.reset();
    live.swap(create_index(3));
    EXPECT_TRUE(held->contains(1));
    EXPECT_EQ(live.get()->dimension(), 3U);
}

}  // namespace
}  // namespace audiomuse::index
