#include "audiomuse/features/similar/moods.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../common/tests/fake_store.h"
#include "audiomuse/base/error.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t kJazz = 9;

/// Tracks whose share of jazz is `id` percent.
struct MoodLibrary {
    FakeStore store;
    std::unique_ptr<index::VectorIndex> index = index::create_index(2);

    explicit MoodLibrary(std::int64_t tracks) {
        for (std::int64_t id = 1; id <= tracks; ++id) {
            store::AnalysisSummary summary;
            summary.id = TrackId{id};
            summary.moods.assign(kMoodNames.size(), 0);
            summary.moods[kJazz] = static_cast<float>(id) / 1000;
            summary.other_features[4] = static_cast<float>(tracks - id) / 1000;  // relaxed
            store.fake_analyses.rows[summary.id] = summary;
            index->add(id, std::vector<float>{1, static_cast<float>(id)});
        }
    }
    const Mood& mood(const std::vector<Mood>& moods, const std::string& name) const {
        return *std::ranges::find(moods, name, &Mood::name);
    }
};

TEST(ReadMoods, FindsTheStrongestOfEach) {
    MoodLibrary small(20);
    auto moods = read_moods(small.store);
    EXPECT_THAT(small.mood(moods, "jazz").strongest,
                ElementsAre(TrackId{20}, TrackId{19}, TrackId{18}, TrackId{17}, TrackId{16}));
    EXPECT_THAT(small.mood(moods, "relaxed").strongest,
                ElementsAre(TrackId{1}, TrackId{2}, TrackId{3}, TrackId{4}, TrackId{5}));
    EXPECT_THAT(small.mood(moods, "rock").strongest, IsEmpty());

    MoodLibrary large(1000);
    moods = read_moods(large.store);
    const auto& jazz = large.mood(moods, "jazz").strongest;
    ASSERT_EQ(jazz.size(), 20U);
    EXPECT_EQ(jazz.front(), TrackId{1000});
    EXPECT_EQ(jazz.back(), TrackId{981});
}

TEST(LikeMood, IsTheMiddleOfTheStrongest) {
    const auto index = index::create_index(2);
    index->add(1, std::vector<float>{1, 0});
    index->add(2, std::vector<float>{0, 5});
    const std::vector<Mood> moods = {{"jazz", {TrackId{1}, TrackId{2}, TrackId{99}}}, {"folk", {}}};
    const Likeness jazz = like_mood(*index, moods, "Jazz");
    EXPECT_NEAR(jazz.vector[0], jazz.vector[1], 1e-6);
    EXPECT_THAT(jazz.seeds, IsEmpty()) << "the tracks may be in the list";
    for (const char* name : {"folk", "polka"}) {
        try {
            like_mood(*index, moods, name);
            ADD_FAILURE() << name;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::not_found);
        }
    }
}

}  // namespace
}  // namespace audiomuse::features
