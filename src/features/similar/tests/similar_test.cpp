#include "audiomuse/features/similar/similar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "../../common/tests/fake_store.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"
#include "audiomuse/features/similar/local_scales.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

/// Tracks on a circle: the angle is all that is to be heard.
struct Library {
    FakeStore store;
    std::unique_ptr<index::VectorIndex> index = index::create_index(2);

    void add(std::int64_t id, double degrees, const std::string& artist, const std::string& title = "") {
        store.add_track(id, artist, title);
        const double angle = degrees * M_PI / 180;
        index->add(id, std::vector<float>{static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))});
    }
    void set_features(std::int64_t id, float value) {
        store::AnalysisSummary summary;
        summary.id = TrackId{id};
        summary.other_features.fill(value);
        store.fake_analyses.rows[summary.id] = summary;
    }
    std::vector<std::int64_t> similar(std::int64_t seed, const SimilarParams& params) {
        std::vector<std::int64_t> ids;
        for (const SimilarTrack& track : find_similar(store, *index, TrackId{seed}, params))
            ids.push_back(track.id.value);
        return ids;
    }
};

/// The nearest, by these rules.
SimilarParams plain(int n = 10, int max_songs_per_artist = 3, int duplicate_lookback = 1) {
    SimilarParams params{.n = n, .radius = false};
    params.filter.max_songs_per_artist = max_songs_per_artist;
    params.filter.duplicate_lookback = duplicate_lookback;
    return params;
}

SimilarParams walk(int n = 10, int max_songs_per_artist = 3, int duplicate_lookback = 1) {
    SimilarParams params = plain(n, max_songs_per_artist, duplicate_lookback);
    params.radius = true;
    return params;
}

TEST(FindSimilar, NearestFirstWithoutTheSeed) {
    Library library;
    library.add(1, 0, "a");
    library.add(2, 60, "b");
    library.add(3, -30, "c");
    library.add(4, 100, "d");
    EXPECT_THAT(library.similar(1, plain()), ElementsAre(3, 2, 4));
    const auto tracks = find_similar(library.store, *library.index, TrackId{1}, plain());
    EXPECT_NEAR(tracks[1].distance, 0.5, 1e-5);
    EXPECT_THAT(library.similar(1, plain(2)), ElementsAre(3, 2));
    EXPECT_THAT(library.similar(1, walk(0)), IsEmpty());
}

TEST(FindSimilar, RefusesAnUnknownSeed) {
    Library library;
    library.add(1, 0, "a");
    library.store.add_track(2, "b");  // never analysed
    for (const std::int64_t id : {2, 99}) {
        try {
            library.similar(id, plain());
            FAIL() << id;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::not_found);
        }
    }
}

TEST(FindSimilar, DropsVersionsNearDuplicatesAndAbsentTracks) {
    Library library;
    library.add(1, 0, "a", "Song");
    library.add(2, 20, "a", "Song (2011 Remaster)");  // the seed again
    library.add(3, 30, "b", "Other");
    library.add(4, 31, "c", "Third");  // 1 - cos 1 degree = 0.00015: the same recording as 3
    library.add(5, 50, "b", "Other [Explicit]");
    library.add(6, 60, "d", "Gone");
    library.store.fake_tracks.rows[TrackId{6}].present = false;
    library.add(7, 5, "e", "Copy of the seed");  // 0.0038 from the seed
    library.add(8, 70, "f", "");
    EXPECT_THAT(library.similar(1, plain()), ElementsAre(3, 8));
    EXPECT_THAT(library.similar(1, plain(10, 3, 0)), ElementsAre(7, 3, 4, 8));
}

TEST(FindSimilar, CapsArtistsWhereAsked) {
    Library library;
    library.add(1, 0, "seed artist");
    for (std::int64_t id = 2; id < 10; ++id)
        library.add(id, 9.0 * static_cast<double>(id), id < 8 ? "a" : "");
    EXPECT_THAT(library.similar(1, plain()), ElementsAre(2, 3, 4, 8, 9));
    EXPECT_EQ(library.similar(1, plain(10, 0)).size(), 8U);
    EXPECT_EQ(library.similar(1, plain(10, 0)).size(), 8U);
    EXPECT_EQ(library.similar(1, walk()).size(), 5U);
    EXPECT_EQ(library.similar(1, walk(10, 0)).size(), 8U);
}

TEST(FindSimilar, WalksPastHubsAsListsDo) {
    Library library;
    std::unordered_map<TrackId, float> near_to_many;
    library.add(1, 0, "seed artist");
    library.add(2, 10, "hub");
    near_to_many[TrackId{2}] = 0.0092F;
    for (std::int64_t id = 3; id <= 30; ++id) {
        library.add(id, 14 + 3.0 * static_cast<double>(id - 3), "artist " + std::to_string(id));
        near_to_many[TrackId{id}] = 0.1F;
    }
    const LocalScales scales(near_to_many);
    for (const SimilarParams& params : {plain(2, 3, 0), walk(2, 3, 0)}) {
        EXPECT_THAT(library.similar(1, params), ElementsAre(2, 3)) << params.radius;
        const auto found = find_similar(library.store, *library.index, TrackId{1}, params, {.scales = &scales});
        ASSERT_EQ(found.size(), 2U);
        EXPECT_EQ(found[0].id.value, 3) << params.radius;
        EXPECT_EQ(found[1].id.value, 4) << params.radius;
        EXPECT_NEAR(found[0].distance, 1 - std::cos(14 * M_PI / 180), 1e-5) << "not the scaled one";
    }
}

TEST(FindSimilar, MoodFilterKeepsTheOrder) {
    Library library;
    for (std::int64_t id = 1; id <= 120; ++id) {
        library.add(id, static_cast<double>(id - 1) * 1.4, "artist " + std::to_string(id));
        if (id != 50) library.set_features(id, id % 2 == 0 ? 0.9F : 0.5F);
    }
    SimilarParams params = plain(40, 3, 0);
    params.mood_similarity = true;
    const auto found = library.similar(2, params);
    ASSERT_EQ(found.size(), 40U);
    for (const auto id : found)
        EXPECT_EQ(id % 2, 0);
    EXPECT_THAT(found, Not(testing::Contains(50)));  // no features, no likeness
    const auto tracks = find_similar(library.store, *library.index, TrackId{2}, params);
    EXPECT_TRUE(std::is_sorted(tracks.begin(), tracks.end(),
                               [](const auto& a, const auto& b) { return a.distance < b.distance; }));
    // A seed without features: the filter has nothing to compare and is left out.
    EXPECT_EQ(library.similar(50, params).size(), 40U);
}

TEST(FindSimilar, EnlargesThePoolUntilThereAreEnough) {
    Library library;
    Random random(1);
    library.add(1, 0, "seed artist");
    // The 300 nearest are of one artist; the others lie behind them.
    for (std::int64_t id = 2; id <= 301; ++id)
        library.add(id, random.uniform(1, 40), "a");
    for (std::int64_t id = 302; id <= 400; ++id)
        library.add(id, random.uniform(45, 90), "b" + std::to_string(id));
    for (const bool radius : {true, false}) {
        const SimilarParams params = radius ? walk(20, 3, 0) : plain(20, 3, 0);
        const auto found = library.similar(1, params);
        EXPECT_EQ(found.size(), 20U) << radius;
        EXPECT_EQ(std::count_if(found.begin(), found.end(), [](auto id) { return id <= 301; }), 3) << radius;
    }
    EXPECT_EQ(library.similar(1, walk(500, 3, 0)).size(), 102U);  // all there is
}

TEST(FindSimilar, ReadsEachTrackOnce) {
    Library library;
    for (std::int64_t id = 1; id <= 400; ++id)
        library.add(id, static_cast<double>(id) * 0.4, "a");
    library.similar(1, plain(20));  // exhausts the index because of the cap
    EXPECT_EQ(library.store.fake_tracks.reads, 400);
}

TEST(MaxDistance, IsTheFarthestTrack) {
    Library library;
    library.add(1, 0, "a");
    EXPECT_FALSE(max_distance(*library.index, TrackId{1}).id);
    library.add(2, 150, "b");
    library.add(3, -170, "c");
    const FarthestTrack farthest = max_distance(*library.index, TrackId{1});
    EXPECT_EQ(farthest.id, TrackId{3});
    EXPECT_NEAR(farthest.distance, 1 - std::cos(170 * M_PI / 180), 1e-5);
    EXPECT_THROW(max_distance(*library.index, TrackId{9}), Error);
}

TEST(Explain, NamesTheTwoStrongestReasons) {
    store::AnalysisSummary seed;
    seed.tempo_bpm = 120;
    seed.energy = 0.1;
    seed.key = 3;
    seed.moods.assign(kMoodNames.size(), 0.01F);
    seed.moods[29] = 0.6F;  // acoustic
    seed.other_features.fill(0.5F);
    store::AnalysisSummary other = seed;
    Explanation explanation = explain(seed, other, 0.0712F);
    EXPECT_EQ(explanation.percent, 93);
    EXPECT_THAT(explanation.reasons, ElementsAre("both acoustic", "same tempo"));

    other.moods[29] = 0.1F;
    EXPECT_THAT(explain(seed, other, 0).reasons, ElementsAre("same tempo", "same key"));
    other.tempo_bpm = 126;
    other.key = 4;
    EXPECT_THAT(explain(seed, other, 0).reasons, ElementsAre("similar energy"));
    other.energy = 0.2;
    EXPECT_THAT(explain(seed, other, 0).reasons, IsEmpty());
    seed.other_features[4] = 0.9F;
    other.other_features[4] = 0.8F;
    EXPECT_THAT(explain(seed, other, 0).reasons, ElementsAre("both relaxed"));
    seed.tempo_bpm = other.tempo_bpm = 0;  // no pulse is not a tempo
    EXPECT_THAT(explain(seed, other, 0).reasons, ElementsAre("both relaxed"));
    EXPECT_EQ(explain(seed, other, 1.7F).percent, 0);
}

TEST(Explain, KnowsRelatedKeysAndTempi) {
    store::AnalysisSummary seed;
    seed.tempo_bpm = 70;
    seed.key = 9;  // A minor
    seed.scale = Scale::minor;
    store::AnalysisSummary other = seed;
    other.tempo_bpm = 140;
    other.key = 0;  // C major
    other.scale = Scale::major;
    EXPECT_THAT(explain(seed, other, 0).reasons, ElementsAre("double the tempo", "related key"));
    EXPECT_THAT(explain(other, seed, 0).reasons, ElementsAre("half the tempo", "related key"));
    other.tempo_bpm = 100;
    other.scale = Scale::minor;
    other.key = 4;  // E minor, a fifth up
    EXPECT_THAT(explain(seed, other, 0).reasons, ElementsAre("related key"));
    other.key = 7;  // G minor
    EXPECT_THAT(explain(seed, other, 0).reasons, IsEmpty());
    EXPECT_THAT(explain(seed, {.id = {}, .key = kNoKey, .moods = {}}, 0).reasons, IsEmpty());
}

TEST(Explain, OfSeveralSeedsNamesWhatAllHave) {
    store::AnalysisSummary one;
    one.tempo_bpm = 120;
    one.energy = 0.1;
    one.key = 3;
    one.moods.assign(kMoodNames.size(), 0.01F);
    one.moods[9] = 0.6F;
    one.moods[0] = 0.6F;
    store::AnalysisSummary other = one;
    other.moods[0] = 0.01F;
    other.key = 4;
    const std::vector<store::AnalysisSummary> both = {one, other};
    EXPECT_THAT(explain(common_summary(both), one, 0).reasons, ElementsAre("both jazz", "same tempo"));
    other.moods[9] = 0.01F;
    other.tempo_bpm = 90;
    const std::vector<store::AnalysisSummary> strangers = {one, other};
    EXPECT_THAT(explain(common_summary(strangers), one, 0).reasons, ElementsAre("similar energy"));
    EXPECT_THAT(explain(common_summary({}), one, 0).reasons, IsEmpty());
    EXPECT_THAT(explain(summary_of_mood("Jazz"), one, 0).reasons, ElementsAre("both jazz"));
}

TEST(FindSimilar, LooksAroundSeveralSeeds) {
    Library library;
    library.add(1, 0, "a");
    library.add(2, 40, "b");
    library.add(3, 22, "c");
    library.add(4, 90, "d");
    library.add(5, -3, "e", "Title 2");  // a version of no seed: another artist
    const std::vector<TrackId> seeds = {TrackId{1}, TrackId{2}};
    const Likeness wanted = like_tracks(*library.index, seeds);
    const auto found = find_similar(library.store, *library.index, wanted, plain());
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].id, TrackId{3});
    EXPECT_NEAR(found[0].distance, 1 - std::cos(2 * M_PI / 180), 1e-6) << "from the middle";
    EXPECT_EQ(found[1].id, TrackId{5});
    EXPECT_EQ(found[2].id, TrackId{4});
    EXPECT_THROW(like_tracks(*library.index, {}), Error);
    EXPECT_THROW(like_tracks(*library.index, std::vector{TrackId{99}}), Error);
    library.index->add(6, std::vector<float>{-1, 0});
    EXPECT_THROW(like_tracks(*library.index, std::vector{TrackId{1}, TrackId{6}}), Error) << "opposites";
}

TEST(FindSimilar, LooksAroundAnyPlace) {
    Library library;
    library.add(1, 0, "a");
    library.add(2, 40, "b");
    const auto found = find_similar(library.store, *library.index, Likeness{.vector = {0, 3}}, plain());
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].id, TrackId{2});
    EXPECT_THROW(find_similar(library.store, *library.index, Likeness{.vector = {1, 2, 3}}, plain()), Error);
    EXPECT_THROW(find_similar(library.store, *library.index, Likeness{.vector = {0, 0}}, plain()), Error);
}

TEST(FindSimilar, ComesBackWithAllThatTheFilterAllows) {
    Library library;
    for (std::int64_t id = 1; id <= 3000; ++id)
        library.add(id, static_cast<double>(id) * 0.05, "artist " + std::to_string(id));
    for (const std::int64_t every : {2, 100}) {  // 1,500 are looked for in the index, 30 are compared one by one
        library.store.fake_tracks.matches = [every](const store::TrackRow& row, const store::TrackCriteria&) {
            return row.id.value % every == 0;
        };
        for (const bool radius : {false, true}) {
            SimilarParams params = radius ? walk(25, 3, 0) : plain(25, 3, 0);
            params.filter.criteria.genres = {"any"};
            const auto found = library.similar(1, params);
            EXPECT_EQ(found.size(), 25U) << every << radius;
            for (const std::int64_t id : found)
                EXPECT_EQ(id % every, 0);
            EXPECT_TRUE(radius || found.front() == every);
        }
    }
    SimilarParams params = plain(5, 3, 0);
    params.filter.except = {TrackId{2}, TrackId{4}};
    EXPECT_THAT(library.similar(1, params), ElementsAre(3, 5, 6, 7, 8));
}

TEST(FindSimilar, VariesByTheSeed) {
    Library library;
    for (std::int64_t id = 1; id <= 200; ++id)
        library.add(id, static_cast<double>(id) * 0.4, "artist " + std::to_string(id));
    SimilarParams params = plain(20, 3, 0);
    const auto nearest = library.similar(1, params);
    params.filter.variance = 1;
    const auto one = library.similar(1, params);
    EXPECT_EQ(one.size(), 20U);
    EXPECT_EQ(library.similar(1, params), one);
    EXPECT_NE(one, nearest);
    EXPECT_TRUE(std::ranges::is_sorted(one)) << "nearer ones first";
    EXPECT_LE(one.back(), 81) << "of four times as many";
    params.filter.seed = 2;
    EXPECT_NE(library.similar(1, params), one);
}

TEST(FindSimilar, GivesTheSameWithACache) {
    FakeStore store;
    const auto index = index::create_index(8);
    Random random(4);
    for (std::int64_t id = 1; id <= 300; ++id) {
        store
            .add_track(id, "artist " + std::to_string(random.integer(1, 40)),
                       "title " + std::to_string(random.integer(1, 200)))
            .present = id % 17 != 0;
        std::vector<float> vector(8);
        for (float& value : vector)
            value = static_cast<float>(random.normal());
        index->add(id, vector);
    }
    SongCache cache;
    for (int round = 0; round < 2; ++round) {
        for (std::int64_t seed = 1; seed <= 100; ++seed) {
            if (seed % 17 == 0) continue;
            for (const bool radius : {false, true}) {
                const SimilarParams params = radius ? walk(12) : plain(12);
                EXPECT_EQ(find_similar(store, *index, TrackId{seed}, params, {.songs = &cache}),
                          find_similar(store, *index, TrackId{seed}, params));
            }
        }
    }
}

}  // namespace
}  // namespace audiomuse::features
