// What holds for every metric and every form of storage.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "audiomuse/base/error.h"
#include "audiomuse/index/vector_index.h"
#include "index_testing.h"
#include "slot_map.h"

namespace audiomuse::index {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

struct Form {
    Metric metric;
    Storage storage;
};

class EveryForm : public testing::TestWithParam<Form> {
protected:
    IndexParams params() const {
        return {.metric = GetParam().metric,
                .storage = GetParam().storage,
                .M = 12,
                .ef_construction = 60,
                .ef_search = 40};
    }
    bool angular() const { return GetParam().metric == Metric::angular; }

    /// The nearest that pass, by the obvious way.
    std::vector<Neighbour> exact(const std::vector<std::vector<float>>& vectors, std::span<const float> query,
                                 std::size_t k, const VectorIndex::Filter& filter) const {
        std::vector<Neighbour> all;
        for (std::size_t i = 0; i < vectors.size(); ++i) {
            const auto id = static_cast<std::int64_t>(i);
            if (!filter || filter(id)) all.push_back({id, distance(GetParam().metric, query, vectors[i])});
        }
        std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.distance < b.distance; });
        all.resize(std::min(all.size(), k));
        return all;
    }
};

std::vector<std::int64_t> numbered(std::size_t count) {
    std::vector<std::int64_t> ids(count);
    for (std::size_t i = 0; i < count; ++i)
        ids[i] = static_cast<std::int64_t>(i);
    return ids;
}

std::vector<float> rows_of(const std::vector<std::vector<float>>& vectors) {
    std::vector<float> rows;
    for (const auto& vector : vectors)
        rows.insert(rows.end(), vector.begin(), vector.end());
    return rows;
}

TEST_P(EveryForm, DistancesAndVectorsAreThoseOfTheMetric) {
    constexpr std::size_t kDimension = 200;
    const auto vectors = clustered_vectors(300, kDimension, 10, 1);
    const auto index = create_index(kDimension, params());
    index->add_many(numbered(vectors.size()), rows_of(vectors), 1);
    EXPECT_EQ(index->params(), params());
    for (std::size_t i = 0; i < vectors.size(); i += 50) {
        double length = 0;
        for (const float value : vectors[i])
            length += static_cast<double>(value) * static_cast<double>(value);
        length = std::sqrt(length);
        const auto found = index->search(vectors[i], vectors.size());
        ASSERT_EQ(found.size(), vectors.size());
        EXPECT_EQ(found[0].id, static_cast<std::int64_t>(i));
        EXPECT_NEAR(found[0].distance, 0, angular() ? 1e-6 : 2e-4 * length);
        for (const Neighbour& neighbour : found) {
            const float expected =
                distance(GetParam().metric, vectors[i], vectors[static_cast<std::size_t>(neighbour.id)]);
            EXPECT_NEAR(neighbour.distance, expected, angular() ? 1e-5 : 2e-5 * length);
        }
        const auto farthest = index->farthest(vectors[i], found[299].id);
        EXPECT_EQ(farthest, found[298]);
        const auto stored = index->vector(static_cast<std::int64_t>(i));
        for (std::size_t j = 0; j < kDimension; ++j) {
            const double expected = static_cast<double>(vectors[i][j]) / (angular() ? length : 1);
            EXPECT_NEAR(stored[j], expected, 2e-5 * (angular() ? 1 : length));
        }
    }
}

TEST_P(EveryForm, FiltersFillUpToNWhereverWhatPassesLies) {
    constexpr std::size_t kDimension = 16;
    constexpr std::int64_t kStyles = 40;
    Random random(2);
    // Styles far apart; track i is of style i % kStyles.
    std::vector<std::vector<float>> centres;
    for (std::int64_t style = 0; style < kStyles; ++style)
        centres.push_back(random_vector(random, kDimension));
    std::vector<std::vector<float>> vectors;
    for (std::size_t i = 0; i < 12'000; ++i) {
        auto vector = random_vector(random, kDimension);
        for (std::size_t j = 0; j < kDimension; ++j)
            vector[j] = 4 * centres[i % kStyles][j] + vector[j];
        vectors.push_back(std::move(vector));
    }
    const auto index = create_index(kDimension, {.metric = GetParam().metric, .storage = GetParam().storage});
    index->add_many(numbered(vectors.size()), rows_of(vectors), 2);
    const std::vector<std::pair<const char*, VectorIndex::Filter>> filters = {
        {"half of them", [](std::int64_t id) { return id % 2 == 0; }},
        {"one in twenty", [](std::int64_t id) { return id / kStyles % 20 == 3; }},
        {"all but the query's style", [](std::int64_t id) { return id % kStyles != 7; }},
        {"one other style", [](std::int64_t id) { return id % kStyles == 8; }},
        {"half of the other styles", [](std::int64_t id) { return id % kStyles >= kStyles / 2; }},
        {"fifty", [](std::int64_t id) { return id % 240 == 11; }},
        {"three", [](std::int64_t id) { return id == 5 || id == 6000 || id == 11'999; }},
        {"none", [](std::int64_t) { return false; }},
        {"all", {}},
    };
    for (const auto& [name, filter] : filters) {
        for (const std::size_t k : {std::size_t{1}, std::size_t{30}, std::size_t{400}}) {
            SCOPED_TRACE(std::string(name) + ", " + std::to_string(k));
            const auto expected = exact(vectors, vectors[7], k, filter);
            const auto found = index->search(vectors[7], k, filter);
            ASSERT_EQ(found.size(), expected.size());
            std::size_t near = 0;
            for (std::size_t i = 0; i < found.size(); ++i) {
                EXPECT_TRUE(!filter || filter(found[i].id));
                if (i > 0) {
                    EXPECT_LE(found[i - 1].distance, found[i].distance);
                    EXPECT_NE(found[i - 1].id, found[i].id);
                }
                if (found[i].distance <= expected.back().distance * (1 + 1e-4F) + 1e-6F) ++near;
            }
            EXPECT_GE(near * 100, found.size() * 95);
        }
    }
}

TEST_P(EveryForm, TheNumberOfThreadsChangesNothing) {
    const auto vectors = clustered_vectors(3000, 12, 20, 3);
    const auto build = [&](unsigned threads) {
        auto index = create_index(12, params());
        index->add_many(numbered(vectors.size()), rows_of(vectors), threads);
        return saved(*index);
    };
    const auto one = build(1);
    EXPECT_EQ(build(2), one);
    EXPECT_EQ(build(5), one);
}

TEST_P(EveryForm, SurvivesManyEqualVectorsAndIsRebuilt) {
    const auto index = create_index(4, params());
    const std::vector<float> same = {1, 2, 3, 4};
    std::vector<float> rows;
    for (int i = 0; i < 2500; ++i)
        rows.insert(rows.end(), same.begin(), same.end());
    index->add_many(numbered(2500), rows, 2);
    const auto found = index->search(same, 150);
    ASSERT_EQ(found.size(), 150U);
    EXPECT_NEAR(found.back().distance, 0, 1e-3);
    // Everything is replaced, twice: what was is the majority then, and left behind.
    Random random(4);
    for (int round = 0; round < 2; ++round) {
        rows.clear();
        for (int i = 0; i < 2500; ++i) {
            const auto vector = random_vector(random, 4);
            rows.insert(rows.end(), vector.begin(), vector.end());
        }
        index->add_many(numbered(2500), rows, 2);
        EXPECT_EQ(index->size(), 2500U);
    }
    const std::size_t before = saved(*index).size();
    index->add(5000, same);
    EXPECT_LT(saved(*index).size(), before / 2);
    EXPECT_EQ(index->search(same, 1)[0].id, 5000);
    EXPECT_EQ(index->search(same, 5000).size(), 2501U);
}

TEST_P(EveryForm, LoadsWhatWasSavedAndGrowsAlike) {
    const auto vectors = clustered_vectors(2600, 10, 20, 5);
    const std::vector<float> rows = rows_of(vectors);
    const auto index = create_index(10, params());
    index->add_many(numbered(2300), std::span<const float>(rows).first(23'000), 2);
    index->remove(17);
    const auto loaded = load_index(saved(*index), 77);
    EXPECT_EQ(loaded->params().ef_search, 77U);
    const auto same = load_index(saved(*index));
    EXPECT_EQ(same->params(), index->params());
    for (std::size_t i = 2300; i < vectors.size(); ++i) {
        index->add(static_cast<std::int64_t>(i), vectors[i]);
        same->add(static_cast<std::int64_t>(i), vectors[i]);
    }
    EXPECT_EQ(saved(*same), saved(*index));
    EXPECT_EQ(same->search(vectors[3], 20), index->search(vectors[3], 20));
}

INSTANTIATE_TEST_SUITE_P(Forms, EveryForm,
                         testing::Values(Form{Metric::angular, Storage::int8}, Form{Metric::angular, Storage::float32},
                                         Form{Metric::euclidean, Storage::int8},
                                         Form{Metric::euclidean, Storage::float32}),
                         [](const auto& info) {
                             return std::string(info.param.metric == Metric::angular ? "angular" : "euclidean") +
                                    (info.param.storage == Storage::int8 ? "_int8" : "_float32");
                         });

TEST(Euclidean, LengthsCount) {
    const auto index = create_index(2, {.metric = Metric::euclidean});
    index->add(1, std::vector<float>{3, 4});
    index->add(2, std::vector<float>{0, 0});
    index->add(3, std::vector<float>{6, 8});
    const auto found = index->search(std::vector<float>{0, 0}, 3);
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0], (Neighbour{2, 0}));
    EXPECT_NEAR(found[1].distance, 5, 1e-3);
    EXPECT_NEAR(found[2].distance, 10, 1e-3);
    EXPECT_NEAR(index->vector(3)[1], 8, 1e-3);
    EXPECT_THROW(index->add(4, std::vector<float>{3e38F, 3e38F}), Error);
    EXPECT_THROW(index->add(4, std::vector<float>{std::numeric_limits<float>::infinity(), 0}), Error);
    EXPECT_FLOAT_EQ(distance(Metric::euclidean, std::vector<float>{0, 0}, std::vector<float>{3, 4}), 5);
    EXPECT_FLOAT_EQ(distance(Metric::angular, std::vector<float>{0, 2}, std::vector<float>{3, 0}), 1);
}

TEST(AddMany, TakesAllOrNothingAndTheLastOfEach) {
    const auto index = create_index(2);
    const std::vector<std::int64_t> ids = {1, 2, 1};
    EXPECT_THROW(index->add_many(ids, std::vector<float>{1, 0, 0, 1}, 1), Error);
    EXPECT_THROW(index->add_many(ids, std::vector<float>{1, 0, 0, 0, 0, 1}, 1), Error);
    EXPECT_EQ(index->size(), 0U);
    index->add_many(ids, std::vector<float>{1, 0, 0, 1, -1, 0}, 1);
    EXPECT_THAT(index->ids(), ElementsAre(1, 2));
    EXPECT_FLOAT_EQ(index->vector(1)[0], -1);
    index->add_many({}, {}, 4);
    EXPECT_EQ(index->size(), 2U);
}

TEST(AddMany, WhatIsThereAlreadyChangesNothing) {
    const auto vectors = clustered_vectors(200, 8, 5, 6);
    const auto index = create_index(8);
    index->add_many(numbered(200), rows_of(vectors), 2);
    const auto before = saved(*index);
    index->add_many(numbered(200), rows_of(vectors), 2);
    index->add(7, vectors[7]);
    auto longer = vectors[7];
    for (float& value : longer)
        value *= 4;  // the same direction
    index->add(7, longer);
    EXPECT_EQ(saved(*index), before);
}

TEST(SlotMap, AgreesWithAMap) {
    Random random(7);
    SlotMap slots;
    std::vector<std::int64_t> ids;
    std::map<std::int64_t, Slot> model;
    for (int step = 0; step < 20'000; ++step) {
        const std::int64_t id = random.integer(-300, 300) * 65'536;
        if (const auto known = model.find(id); known != model.end() && random.uniform() < 0.6) {
            slots.erase(id, ids);
            model.erase(known);
        } else if (known == model.end()) {
            ids.push_back(id);
            slots.insert(static_cast<Slot>(ids.size() - 1), ids);
            model[id] = static_cast<Slot>(ids.size() - 1);
        }
        ASSERT_EQ(slots.size(), model.size());
        const std::int64_t other = random.integer(-300, 300) * 65'536;
        const auto found = slots.find(other, ids);
        const auto expected = model.find(other);
        ASSERT_EQ(found.has_value(), expected != model.end());
        if (found) {
            ASSERT_EQ(*found, expected->second);
        }
    }
    slots.erase(1, ids);  // unknown
    EXPECT_EQ(slots.size(), model.size());
}

}  // namespace
}  // namespace audiomuse::index
