#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "audiomuse/base/text.h"
#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> names(const std::vector<Playlist>& playlists) {
    std::vector<std::string> names;
    for (const Playlist& playlist : playlists)
        names.push_back(playlist.name);
    return names;
}

TEST_P(StoreContract, KeepsAPlaylist) {
    TrackTags first = tags("a");
    first.duration_s = 100;
    TrackTags second = tags("b");
    second.duration_s = 50.5;
    const TrackId a = add("/a", first);
    const TrackId b = add("/b", second);
    const PlaylistId id =
        store_->playlists().create("  Road trip ", PlaylistKind::own, R"({"from":"similar"})", std::vector{b, a, b});
    reopen();
    const auto playlist = store_->playlists().get(id);
    ASSERT_TRUE(playlist);
    EXPECT_EQ(playlist->id, id);
    EXPECT_EQ(playlist->name, "Road trip");
    EXPECT_EQ(playlist->kind, PlaylistKind::own);
    EXPECT_EQ(playlist->recipe, R"({"from":"similar"})");
    EXPECT_EQ(playlist->track_count, 3);
    EXPECT_EQ(playlist->duration_s, 201);
    EXPECT_GT(playlist->created_at, 1e9);
    EXPECT_EQ(playlist->updated_at, playlist->created_at);
    EXPECT_THAT(store_->playlists().tracks(id), ElementsAre(b, a, b));
}

TEST_P(StoreContract, UnknownPlaylists) {
    Playlists& playlists = store_->playlists();
    EXPECT_FALSE(playlists.get(PlaylistId{5}));
    EXPECT_THAT(playlists.tracks(PlaylistId{5}), IsEmpty());
    EXPECT_EQ(error_of([&] { playlists.rename(PlaylistId{5}, "x"); }).code(), ErrorCode::not_found);
    EXPECT_EQ(error_of([&] { playlists.set_tracks(PlaylistId{5}, {}); }).code(), ErrorCode::not_found);
    EXPECT_EQ(error_of([&] { playlists.remove(PlaylistId{5}); }).code(), ErrorCode::not_found);
}

TEST_P(StoreContract, PlaylistNamesAreChecked) {
    Playlists& playlists = store_->playlists();
    const auto create = [&](const std::string& name) { return playlists.create(name, PlaylistKind::own, "", {}); };
    EXPECT_EQ(error_of([&] { create(" \t "); }).code(), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([&] { create(std::string(201, 'x')); }).code(), ErrorCode::invalid_argument);
    std::string umlauts;
    for (int i = 0; i < 200; ++i)
        umlauts += "ü";
    EXPECT_NO_THROW(create(umlauts)) << "characters are counted, not bytes";
    const PlaylistId id = create("Mix");
    EXPECT_EQ(error_of([&] { create(" Mix "); }).code(), ErrorCode::conflict);
    const PlaylistId other = create("Other");
    EXPECT_EQ(error_of([&] { playlists.rename(other, "Mix"); }).code(), ErrorCode::conflict);
    EXPECT_EQ(error_of([&] { playlists.rename(other, " "); }).code(), ErrorCode::invalid_argument);
    EXPECT_NO_THROW(playlists.rename(id, "Mix")) << "its own name";
    EXPECT_NO_THROW(playlists.create("Mix", PlaylistKind::automatic, "", {}))
        << "automatic lists have names of their own";
    EXPECT_EQ(playlists.get(id)->recipe, "{}");
    EXPECT_EQ(playlists.get(create("bad \xFF"))->name, "bad \uFFFD");
}

TEST_P(StoreContract, PlaylistsChange) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    Playlists& playlists = store_->playlists();
    const PlaylistId id = playlists.create("Mix", PlaylistKind::own, "", std::vector{a});
    playlists.rename(id, "Better mix");
    playlists.set_tracks(id, std::vector{b, a});
    EXPECT_EQ(playlists.get(id)->name, "Better mix");
    EXPECT_THAT(playlists.tracks(id), ElementsAre(b, a));
    EXPECT_GE(playlists.get(id)->updated_at, playlists.get(id)->created_at);
    EXPECT_EQ(error_of([&] { playlists.set_tracks(id, std::vector{a, TrackId{99}}); }).code(), ErrorCode::not_found);
    EXPECT_THAT(playlists.tracks(id), ElementsAre(b, a)) << "a change that failed";
    playlists.remove(id);
    EXPECT_FALSE(playlists.get(id));
    EXPECT_THAT(playlists.tracks(id), IsEmpty());
}

TEST_P(StoreContract, PlaylistsKeepTracksThatAreGone) {
    const TrackId a = add("a");
    const PlaylistId id = store_->playlists().create("Mix", PlaylistKind::own, "", std::vector{a});
    list({});
    EXPECT_THAT(store_->playlists().tracks(id), ElementsAre(a));
}

TEST_P(StoreContract, AutomaticPlaylistsComeFirstThenNames) {
    Playlists& playlists = store_->playlists();
    playlists.create("beta", PlaylistKind::own, "", {});
    playlists.create("Älpha", PlaylistKind::own, "", {});
    playlists.create("zulu", PlaylistKind::automatic, "", {});
    playlists.create("Charlie", PlaylistKind::own, "", {});
    EXPECT_THAT(names(playlists.list()), ElementsAre("zulu", "Älpha", "beta", "Charlie"));
}

TEST_P(StoreContract, AutomaticPlaylistsAreReplacedTogether) {
    const TrackId a = add("a");
    Playlists& playlists = store_->playlists();
    const PlaylistId own = playlists.create("Mine", PlaylistKind::own, "", std::vector{a});
    playlists.replace_automatic(std::vector<Playlists::NewPlaylist>{{"Old 1", "{}", {a}}, {"Old 2", "{}", {}}});
    playlists.replace_automatic(std::vector<Playlists::NewPlaylist>{{"New", R"({"k":1})", {a, a}}});
    EXPECT_THAT(names(playlists.list()), ElementsAre("New", "Mine"));
    EXPECT_EQ(playlists.list()[0].kind, PlaylistKind::automatic);
    EXPECT_EQ(playlists.list()[0].track_count, 2);
    EXPECT_EQ(playlists.list()[0].recipe, R"({"k":1})");
    EXPECT_EQ(playlists.list()[1].id, own);
    // A set that cannot be stored leaves the one before.
    const std::vector<Playlists::NewPlaylist> broken = {{"Fine", "{}", {a}}, {"Broken", "{}", {TrackId{99}}}};
    EXPECT_EQ(error_of([&] { playlists.replace_automatic(broken); }).code(), ErrorCode::not_found);
    EXPECT_THAT(names(playlists.list()), ElementsAre("New", "Mine"));
    playlists.replace_automatic({});
    EXPECT_THAT(names(playlists.list()), ElementsAre("Mine"));
}

TEST_P(StoreContract, AnAutomaticPlaylistMayKeepItsId) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    Playlists& playlists = store_->playlists();
    const PlaylistId own = playlists.create("Mine", PlaylistKind::own, "", std::vector{a});
    playlists.replace_automatic(std::vector<Playlists::NewPlaylist>{{"One", "{}", {a}}, {"Two", "{}", {a}}});
    const Playlist one = playlists.list()[0];
    playlists.replace_automatic(std::vector<Playlists::NewPlaylist>{
        {"New", "{}", {b}}, {"One again", R"({"k":2})", {b, a}, one.id}, {"Not yours", "{}", {b}, own}});
    EXPECT_THAT(names(playlists.list()), ElementsAre("New", "Not yours", "One again", "Mine"));
    const Playlist again = playlists.list()[2];
    EXPECT_EQ(again.id, one.id);
    EXPECT_EQ(again.created_at, one.created_at);
    EXPECT_EQ(again.recipe, R"({"k":2})");
    EXPECT_THAT(playlists.tracks(one.id), ElementsAre(b, a));
    EXPECT_THAT(playlists.tracks(own), ElementsAre(a)) << "an own playlist is none to be replaced";
    EXPECT_NE(playlists.list()[1].id, own);
}

// Readers run beside a writer and see the old or the new set of automatic playlists, never a mixture.
TEST_P(StoreContract, ReadersSeeOneStateWhileAnotherWrites) {
    const TrackId a = add("a");
    Playlists& playlists = store_->playlists();
    const auto generation = [&](int number) {
        std::vector<Playlists::NewPlaylist> set;
        for (int i = 0; i < 5; ++i)
            set.push_back({"set " + std::to_string(number) + " list " + std::to_string(i), "{}", {a}});
        return set;
    };
    playlists.replace_automatic(generation(0));
    std::atomic<bool> stop = false;
    std::atomic<int> reads = 0;
    std::vector<std::thread> readers;
    for (int r = 0; r < 6; ++r) {
        readers.emplace_back([&] {
            int last = 0;
            while (!stop) {
                const auto seen = names(playlists.list());
                ASSERT_EQ(seen.size(), 5u);
                for (const std::string& name : seen)
                    ASSERT_EQ(split(name, ' ')[1], split(seen[0], ' ')[1]);
                const int number = std::stoi(split(seen[0], ' ')[1]);
                ASSERT_GE(number, last);
                last = number;
                ++reads;
            }
        });
    }
    for (int number = 1; number <= 100 || reads < 100; ++number)
        playlists.replace_automatic(generation(number));
    stop = true;
    for (auto& reader : readers)
        reader.join();
}

TEST_P(StoreContract, WritersOfManyThreadsWaitForEachOther) {
    std::vector<std::thread> writers;
    for (int w = 0; w < 4; ++w) {
        writers.emplace_back([&, w] {
            for (int i = 0; i < 25; ++i) {
                store_->playlists().create(std::to_string(w) + "/" + std::to_string(i), PlaylistKind::own, "", {});
            }
        });
    }
    for (auto& writer : writers)
        writer.join();
    EXPECT_EQ(store_->playlists().list().size(), 100u);
}

}  // namespace
}  // namespace audiomuse::store
