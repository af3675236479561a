#include "audiomuse/features/clustering/draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audiomuse/base/error.h"
#include "support/temp_folder.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;

class DraftTest : public testing::Test {
protected:
    DraftTest() {
        const ServerId server = store_->tracks().local_server();
        for (int i = 0; i < 40; ++i) {
            const std::string path = "/m/" + std::to_string(i);
            const store::Tracks::PutItem item{{path, {1, 1}}, path, {.title = path}};
            ids_.push_back(store_->tracks().put(server, {&item, 1}).front().id);
        }
    }

    std::vector<TrackId> tracks(std::size_t first, std::size_t count) const {
        return {ids_.begin() + static_cast<std::ptrdiff_t>(first),
                ids_.begin() + static_cast<std::ptrdiff_t>(first + count)};
    }
    Draft draft(const std::vector<AutomaticPlaylist>& lists) {
        return make_draft(*store_, {.genes = {.clusters = 9}, .rank = {lists.size(), 0.5}, .playlists = lists}, {},
                          "task 1");
    }
    std::vector<std::string> names() {
        std::vector<std::string> names;
        for (const store::Playlist& list : store_->playlists().list())
            names.push_back(list.name);
        return names;
    }
    store::Playlist named(const std::string& name) {
        for (const store::Playlist& list : store_->playlists().list()) {
            if (list.name == name) return list;
        }
        throw Error(ErrorCode::not_found, "no " + name);
    }

    testing_support::TempFolder folder_;
    std::unique_ptr<store::Store> store_ = store::open_sqlite(folder_.path() / "test.db");
    std::vector<TrackId> ids_;
};

TEST_F(DraftTest, IsKeptUntilItIsPublished) {
    EXPECT_FALSE(read_draft(*store_));
    save_draft(*store_, draft({{"Rock_Fast", tracks(0, 5), 3}, {"Jazz_Slow", tracks(5, 5), 0}}));
    EXPECT_TRUE(names().empty()) << "a draft is no playlist yet";
    const Draft kept = read_draft(*store_).value();
    EXPECT_EQ(kept.task, "task 1");
    EXPECT_EQ(kept.algorithm, "kmeans");
    EXPECT_EQ(kept.genes.clusters, 9);
    EXPECT_EQ(kept.score, 0.5);
    EXPECT_GT(kept.made_at, 0);
    ASSERT_EQ(kept.lists.size(), 2U);
    EXPECT_EQ(kept.lists[1].number, 2);
    EXPECT_EQ(kept.lists[1].tracks, tracks(5, 5));
    EXPECT_EQ(publish_draft(*store_, kept), 2U);
    EXPECT_THAT(names(), ElementsAre("Jazz_Slow", "Rock_Fast"));
    EXPECT_EQ(named("Rock_Fast").recipe, kept.lists[0].recipe);
    EXPECT_FALSE(read_draft(*store_));
    store_->save_setting("clustering_draft", "nonsense");
    EXPECT_THROW(read_draft(*store_), Error);
}

TEST_F(DraftTest, KeepsDropsAndRenames) {
    const Draft made = draft({{"A", tracks(0, 5), 3}, {"B", tracks(5, 5), 3}, {"C", tracks(10, 5), 3}});
    EXPECT_EQ(publish_draft(*store_, made, std::vector<Chosen>{{3}, {1, "Morning"}}), 2U);
    EXPECT_THAT(names(), ElementsAre("C", "Morning"));
    EXPECT_EQ(store_->playlists().tracks(named("Morning").id), tracks(0, 5));
    const auto refused = [&](const std::vector<Chosen>& chosen) {
        try {
            publish_draft(*store_, made, chosen);
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::internal;
    };
    EXPECT_EQ(refused({{4}}), ErrorCode::not_found);
    EXPECT_EQ(refused({}), ErrorCode::invalid_argument);
    EXPECT_EQ(refused({{1}, {1}}), ErrorCode::invalid_argument);
    EXPECT_EQ(refused({{1, "C"}, {3}}), ErrorCode::invalid_argument);
    EXPECT_THAT(names(), ElementsAre("C", "Morning")) << "what is refused changes nothing";
}

TEST_F(DraftTest, ASongThatIsGoneIsLeftOut) {
    std::vector<TrackId> some = tracks(0, 3);
    some.insert(some.begin() + 1, TrackId{999'999});
    publish_draft(*store_, draft({{"A", some, 3}}));
    EXPECT_EQ(store_->playlists().tracks(named("A").id), tracks(0, 3));
}

TEST_F(DraftTest, AListThatIsStillTheSameKeepsItsIdAndName) {
    publish_draft(*store_,
                  draft({{"Rock", tracks(0, 10), 3}, {"Jazz", tracks(10, 10), 3}, {"Folk", tracks(20, 5), 3}}));
    const PlaylistId rock = named("Rock").id;
    const PlaylistId jazz = named("Jazz").id;
    store_->playlists().rename(rock, "My rock");
    // Of rock eight songs of ten stay; of jazz four; and a new list has the name that somebody gave to rock.
    std::vector<TrackId> mostly_rock = tracks(2, 8);
    std::vector<TrackId> hardly_jazz = tracks(16, 4);
    const auto more = tracks(30, 4);
    hardly_jazz.insert(hardly_jazz.end(), more.begin(), more.end());
    const Draft next = draft({{"My rock", tracks(34, 5), 3}, {"Rock_2", mostly_rock, 3}, {"Blues", hardly_jazz, 3}});
    EXPECT_EQ(next.lists[0].name, "My rock_2");
    EXPECT_EQ(next.lists[0].replaces, PlaylistId{});
    EXPECT_EQ(next.lists[1].name, "My rock");
    EXPECT_EQ(next.lists[1].replaces, rock);
    EXPECT_EQ(next.lists[2].name, "Blues") << "the same list, but no longer what its name says";
    EXPECT_EQ(next.lists[2].replaces, jazz);
    publish_draft(*store_, next);
    EXPECT_THAT(names(), ElementsAre("Blues", "My rock", "My rock_2"));
    EXPECT_EQ(named("My rock").id, rock);
    EXPECT_EQ(named("Blues").id, jazz);
}

TEST_F(DraftTest, OwnPlaylistsAreLeftAlone) {
    store_->playlists().create("Mine", store::PlaylistKind::own, "{}", tracks(0, 10));
    const Draft made = draft({{"Rock", tracks(0, 10), 3}});
    EXPECT_EQ(made.lists[0].replaces, PlaylistId{});
    publish_draft(*store_, made);
    EXPECT_THAT(names(), ElementsAre("Rock", "Mine"));
}

TEST(SameLists, ArePairedByWhatTheyShareTheMostAlikeFirst) {
    const auto list = [](std::int64_t first, std::int64_t count) {
        std::vector<TrackId> ids;
        for (std::int64_t i = 0; i < count; ++i)
            ids.push_back(TrackId{first + i});
        return ids;
    };
    // The second fresh list is nearer to the old one than the first.
    const auto same = same_lists({list(0, 6), list(1, 9), list(50, 5)}, {list(0, 10), list(90, 3)});
    EXPECT_FALSE(same[0].old);
    EXPECT_EQ(same[1].old, 0U);
    EXPECT_DOUBLE_EQ(same[1].shared, 0.9);
    EXPECT_FALSE(same[2].old);
    EXPECT_EQ(same_lists({list(0, 4)}, {list(0, 16)})[0].old, 0U) << "a quarter is enough";
    EXPECT_FALSE(same_lists({list(0, 4)}, {list(0, 17)})[0].old);
    EXPECT_FALSE(same_lists({{}}, {{}})[0].old);
}

}  // namespace
}  // namespace audiomuse::features
