#include "audiomuse/features/order/order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "../../common/tests/fake_store.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

/// Tracks with vectors of their own.
struct Tracks {
    std::vector<std::vector<float>> vectors;
    std::vector<OrderTrack> tracks;

    static Tracks random(std::size_t count, std::uint64_t seed) {
        Tracks made;
        made.vectors.resize(count);
        Random random(seed);
        for (auto& vector : made.vectors) {
            const double angle = random.uniform(0, M_PI);
            vector = {static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
            made.tracks.push_back({.vector = vector,
                                   .tempo_bpm = random.integer(0, 9) == 0 ? 0 : random.uniform(60, 180),
                                   .energy = random.uniform(0.01, 0.3),
                                   .key = store::MusicalKey{static_cast<int>(random.integer(0, 11)),
                                                            random.integer(0, 1) == 0 ? Scale::major : Scale::minor},
                                   .calm_to_wild = random.uniform(-1, 1)});
        }
        return made;
    }
};

std::vector<std::size_t> given_order(std::size_t count) {
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    return order;
}

/// The cheapest of all orders, by trying them all.
double cheapest(std::span<const OrderTrack> tracks, const OrderParams& params) {
    std::vector<std::size_t> order = given_order(tracks.size());
    double best = order_cost(tracks, order, params);
    while (std::next_permutation(order.begin(), order.end()))
        best = std::min(best, order_cost(tracks, order, params));
    return best;
}

TEST(Steps, OfTempiAreRatios) {
    EXPECT_EQ(tempo_step(120, 120), 0);
    EXPECT_NEAR(tempo_step(100, 110), 2 * std::log2(1.1), 1e-9);
    EXPECT_EQ(tempo_step(100, 110), tempo_step(110, 100));
    EXPECT_NEAR(tempo_step(60, 120), 0.25, 1e-9) << "the same pulse";
    EXPECT_LE(tempo_step(40, 200), 1);
    EXPECT_EQ(tempo_step(0, 120), 0.5);
}

TEST(Steps, OfKeysGoRoundTheCircleOfFifths) {
    const store::MusicalKey c{0, Scale::major};
    EXPECT_EQ(key_step(c, c), 0);
    EXPECT_NEAR(key_step(c, store::MusicalKey{7, Scale::major}), 1.0 / 7, 1e-9) << "G";
    EXPECT_NEAR(key_step(c, store::MusicalKey{5, Scale::major}), 1.0 / 7, 1e-9) << "F";
    EXPECT_NEAR(key_step(c, store::MusicalKey{9, Scale::minor}), 1.0 / 7, 1e-9) << "A minor";
    EXPECT_NEAR(key_step(c, store::MusicalKey{0, Scale::minor}), 4.0 / 7, 1e-9) << "C minor";
    EXPECT_NEAR(key_step(c, store::MusicalKey{6, Scale::major}), 6.0 / 7, 1e-9) << "F sharp";
    EXPECT_NEAR(key_step(c, store::MusicalKey{3, Scale::minor}), 1, 1e-9) << "E flat minor";
    EXPECT_EQ(key_step(c, std::nullopt), 0.5);
}

TEST(Steps, AreTheSameBothWaysAndAtMostOne) {
    const Tracks random = Tracks::random(30, 5);
    for (const OrderTrack& one : random.tracks) {
        for (const OrderTrack& other : random.tracks) {
            EXPECT_EQ(step_cost(one, other), step_cost(other, one));
            EXPECT_LE(step_cost(one, other), 1);
            EXPECT_GE(step_cost(one, other), 0);
        }
    }
}

TEST(OrderBySound, GoesAlongALine) {
    // Directions in a fan: the smooth way is from one end to the other.
    Tracks fan;
    for (const double degrees : {40.0, 0.0, 80.0, 20.0, 60.0})
        fan.vectors.push_back(
            {static_cast<float>(std::cos(degrees * M_PI / 180)), static_cast<float>(std::sin(degrees * M_PI / 180))});
    for (const auto& vector : fan.vectors)
        fan.tracks.push_back({.vector = vector});
    std::vector<std::size_t> order = order_by_sound(fan.tracks);
    if (order.front() == 2) std::ranges::reverse(order);
    EXPECT_THAT(order, ElementsAre(1, 3, 0, 4, 2));
}

TEST(OrderBySound, RisesAndFalls) {
    std::vector<OrderTrack> tracks;
    for (const double energy : {0.05, 0.2, 0.01, 0.1, 0.3})
        tracks.push_back({.energy = energy});
    EXPECT_THAT(order_by_sound(tracks, {.arc = Arc::rise}), ElementsAre(2, 0, 3, 1, 4));
    EXPECT_THAT(order_by_sound(tracks, {.arc = Arc::fall}), ElementsAre(4, 1, 3, 0, 2));
    const auto arch = order_by_sound(tracks, {.arc = Arc::arch});
    EXPECT_EQ(arch[2], 4U) << "the wildest in the middle";
    EXPECT_THAT((std::set{arch[0], arch[4]}), ElementsAre(0, 2)) << "the calmest at both ends";
}

TEST(OrderBySound, WavesUpAndDown) {
    std::vector<OrderTrack> tracks;
    for (int i = 0; i < 25; ++i)
        tracks.push_back({.energy = 0.01 * (i + 1)});
    const auto order = order_by_sound(tracks, {.arc = Arc::wave});
    const auto mean_of = [&](std::initializer_list<std::size_t> places) {
        double sum = 0;
        for (const std::size_t place : places)
            sum += tracks[order[place]].energy;
        return sum / static_cast<double>(places.size());
    };
    EXPECT_LT(mean_of({0, 12, 24}), 0.06) << "calm at both ends and between the waves";
    EXPECT_GT(mean_of({6, 18}), 0.2);
}

TEST(OrderBySound, IsNearlyAsGoodAsTheBestOfAll) {
    for (const Arc arc : {Arc::smooth, Arc::rise, Arc::arch}) {
        const OrderParams params{.arc = arc};
        double found = 0;
        double best = 0;
        for (std::uint64_t seed = 1; seed <= 5; ++seed) {
            const Tracks random = Tracks::random(7, seed);
            found += order_cost(random.tracks, order_by_sound(random.tracks, params), params);
            best += cheapest(random.tracks, params);
        }
        EXPECT_GE(found, best - 1e-6) << arc_name(arc);
        EXPECT_LE(found, 1.05 * best) << arc_name(arc);
    }
}

TEST(OrderBySound, IsAPermutationThatCostsNoMore) {
    for (const Arc arc : {Arc::smooth, Arc::rise, Arc::fall, Arc::arch, Arc::wave}) {
        for (const std::size_t count : {0, 1, 2, 3, 4, 5, 50}) {
            const OrderParams params{.arc = arc};
            const Tracks random = Tracks::random(count, 9 + count);
            std::vector<std::size_t> order = order_by_sound(random.tracks, params);
            EXPECT_LE(order_cost(random.tracks, order, params),
                      order_cost(random.tracks, given_order(count), params) + 1e-6);
            EXPECT_EQ(order, order_by_sound(random.tracks, params)) << "deterministic";
            std::ranges::sort(order);
            EXPECT_THAT(order, ElementsAreArray(given_order(count))) << arc_name(arc) << " " << count;
        }
    }
}

TEST(OrderBySound, AThousandTracksBecomeMuchSmoother) {
    const Tracks random = Tracks::random(1000, 3);
    const double before = order_cost(random.tracks, given_order(1000));
    const double after = order_cost(random.tracks, order_by_sound(random.tracks));
    std::printf("1000 tracks: a step costs %.3f before and %.3f after\n", before / 999, after / 999);
    EXPECT_LT(after, before / 3);
}

TEST(OrderList, PutsUnheardTracksLast) {
    FakeStore store;
    const auto index = index::create_index(2);
    for (std::int64_t id = 1; id <= 4; ++id) {
        store::AnalysisSummary summary;
        summary.id = TrackId{id};
        summary.energy = 0.1 * static_cast<double>(5 - id);
        if (id != 3) store.fake_analyses.rows[summary.id] = summary;
        index->add(id, std::vector<float>{1, 0.01F * static_cast<float>(id)});
    }
    const std::vector<TrackId> tracks = {TrackId{1}, TrackId{3}, TrackId{2}, TrackId{99}, TrackId{4}, TrackId{2}};
    const OrderedList list = order_list(store, *index, tracks, {.arc = Arc::rise});
    EXPECT_THAT(list.tracks, ElementsAre(TrackId{4}, TrackId{2}, TrackId{2}, TrackId{1}, TrackId{3}, TrackId{99}));
    EXPECT_EQ(list.unheard, 2U);
    EXPECT_LT(list.cost_after, list.cost_before);
    EXPECT_THROW(order_list(store, *index, std::vector<TrackId>(kMostOrdered + 1, TrackId{1})), Error);
}

TEST(Arcs, HaveNames) {
    for (const char* name : {"smooth", "rise", "fall", "arch", "wave"})
        EXPECT_EQ(arc_name(*parse_arc(name)), name);
    EXPECT_FALSE(parse_arc("sideways"));
}

}  // namespace
}  // namespace audiomuse::features
