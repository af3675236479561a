#include "audiomuse/features/fingerprint/taste.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../../common/tests/fake_store.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr double kNow = 1'800'000'000;
constexpr double kDay = 86'400;

struct Library {
    FakeStore store;
    std::unique_ptr<index::VectorIndex> index = index::create_index(2);

    Library() {
        for (std::int64_t id = 1; id <= 40; ++id) {
            store.add_track(id, "Artist " + std::to_string(id));
            index->add(id, std::vector<float>{1, static_cast<float>(id)});
        }
    }
    std::vector<std::int64_t> liked(const std::vector<store::Heard>& heard, const TasteParams& params = {}) {
        std::vector<std::int64_t> ids;
        for (const Liked& each : taste_of(store, *index, heard, kNow, params))
            ids.push_back(each.heard.track.value);
        return ids;
    }
};

store::Heard heard(std::int64_t id, std::int64_t plays, double days_ago = -1) {
    return {.track = TrackId{id}, .plays = plays, .last_played_at = days_ago < 0 ? 0 : kNow - days_ago * kDay};
}

TEST(Taste, RanksByRealPlayCounts) {
    Library library;
    EXPECT_THAT(library.liked({heard(1, 3), heard(2, 9), heard(3, 3, 5), heard(4, 0), heard(5, -2)}),
                ElementsAre(2, 3, 1));
    EXPECT_THAT(library.liked({heard(1, 3), heard(2, 4), heard(1, 3)}), ElementsAre(1, 2)) << "two listeners";
    std::vector<store::Heard> many;
    for (std::int64_t id = 1; id <= 40; ++id)
        many.push_back(heard(id, id));
    EXPECT_THAT(library.liked(many), SizeIs(20));
    EXPECT_THAT(library.liked(many, {.songs = 2}), ElementsAre(40, 39));
    EXPECT_THAT(library.liked({}), IsEmpty());
}

TEST(Taste, WeighsByRecency) {
    Library library;
    const auto weights = [&](double days_ago) {
        return taste_of(library.store, *library.index, std::vector{heard(1, 1, days_ago)}, kNow).at(0).weight;
    };
    EXPECT_DOUBLE_EQ(weights(0), 1);
    EXPECT_DOUBLE_EQ(weights(0.9), 1) << "whole days";
    EXPECT_DOUBLE_EQ(weights(30), 0.5);
    EXPECT_DOUBLE_EQ(weights(60.5), 0.25);
    EXPECT_DOUBLE_EQ(weights(-1), 0.25) << "no date";
    const std::vector<store::Heard> later = {{.track = TrackId{1}, .plays = 1, .last_played_at = kNow + 5 * kDay}};
    EXPECT_DOUBLE_EQ(taste_of(library.store, *library.index, later, kNow).at(0).weight, 1) << "a clock ahead of ours";
}

// What can't be used is made up for by what is played less.
TEST(Taste, PassesOverWhatIsGoneAndTooMuchOfAnAlbum) {
    Library library;
    std::vector<store::Heard> all;
    for (std::int64_t id = 1; id <= 40; ++id) {
        all.push_back(heard(id, 100 - id));
        if (id <= 10) {
            library.store.fake_tracks.rows[TrackId{id}].tags.album = "One mix";
            library.store.fake_tracks.rows[TrackId{id}].tags.album_artist = "Various Artists";
        }
    }
    library.store.fake_tracks.rows[TrackId{11}].present = false;
    library.index->remove(12);
    library.store.fake_tracks.rows[TrackId{14}].tags.title = "Title 13 (Remaster)";
    library.store.fake_tracks.rows[TrackId{14}].tags.artists = {"Artist 13"};
    all.push_back(heard(99, 500));  // not in the library
    const auto liked = library.liked(all);
    EXPECT_THAT(liked, SizeIs(20));
    EXPECT_THAT(std::vector(liked.begin(), liked.begin() + 5), ElementsAre(1, 2, 3, 13, 15));
}

}  // namespace
}  // namespace audiomuse::features
