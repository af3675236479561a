#include "hub_balance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "audiomuse/base/random.h"

namespace audiomuse::features {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using Pools = std::vector<std::vector<PoolTrack>>;

/// In how many lists each track stands.
std::vector<int> counts(const Pools& pools, std::size_t length, const std::vector<float>& weights) {
    std::vector<int> counts(weights.size());
    for (std::vector<PoolTrack> pool : pools) {
        std::ranges::sort(pool, {}, [&](const PoolTrack& each) { return each.distance * weights[each.track]; });
        for (std::size_t i = 0; i < std::min(length, pool.size()); ++i)
            ++counts[pool[i].track];
    }
    return counts;
}

/// 400 lists over 400 tracks, of which the first ten are a little nearer to everything.
Pools pools_with_hubs() {
    Random random(5);
    Pools pools(400);
    for (auto& pool : pools) {
        for (std::uint32_t track = 0; track < 400; ++track) {
            const double distance = 0.5 + 0.1 * random.uniform() - (track < 10 ? 0.05 : 0);
            pool.push_back({track, static_cast<float>(distance)});
        }
    }
    return pools;
}

TEST(HubBalance, NoTrackStandsInMoreListsThanItMay) {
    const Pools pools = pools_with_hubs();
    std::vector<float> weights(400, 2.0F);
    ASSERT_GT(std::ranges::max(counts(pools, 20, weights)), 200);
    balance(pools, {.length = 20, .most = 40, .threads = 2}, weights);
    EXPECT_LE(std::ranges::max(counts(pools, 20, weights)), 42);
    EXPECT_THAT(weights, Each(Ge(2.0F)));
    EXPECT_LT(std::ranges::count_if(weights, [](float weight) { return weight > 2; }), 40) << "only what has to";
    EXPECT_GT(std::ranges::min(std::span(weights).first(10)), 2);
    std::vector<float> again(400, 2.0F);
    balance(pools, {.length = 20, .most = 40, .threads = 1}, again);
    EXPECT_EQ(weights, again);
}

TEST(HubBalance, WhereThereAreNoHubsNothingChanges) {
    const Pools pools = pools_with_hubs();
    std::vector<float> weights(400, 1.0F);
    balance(pools, {.length = 20, .most = 400}, weights);
    EXPECT_THAT(weights, Each(1.0F));
}

TEST(HubBalance, WhatHasNoAlternativeStays) {
    const Pools pools(10, {{0, 0.1F}, {1, 0.2F}});
    std::vector<float> weights = {1, 1};
    balance(pools, {.length = 2, .most = 5}, weights);
    EXPECT_THAT(counts(pools, 2, weights), ElementsAre(10, 10));
    balance({}, {.length = 2, .most = 5}, weights);
}

}  // namespace
}  // namespace audiomuse::features
