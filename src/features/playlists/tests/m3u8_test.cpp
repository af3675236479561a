#include "audiomuse/features/playlists/m3u8.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "../../common/tests/fake_store.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "support/temp_folder.h"

namespace audiomuse::features {
namespace {

using testing_support::TempFolder;

using testing::ElementsAre;

store::TrackRow track(const std::string& path, const std::string& author, const std::string& title, double seconds) {
    store::TrackRow row;
    row.path = path;
    row.author = author;
    row.tags.title = title;
    row.tags.duration_s = seconds;
    return row;
}

TEST(ToM3u8, WritesExtendedM3u) {
    const std::vector<store::TrackRow> tracks = {
        track("/music/Sigur Rós/01 Hoppípolla.flac", "Sigur Rós", "Hoppípolla", 268.6),
        track("/music/x.mp3", "Unknown Artist", "", 0)};
    EXPECT_EQ(to_m3u8(tracks, {.name = "Calm"}),
              "#EXTM3U\n"
              "#PLAYLIST:Calm\n"
              "#EXTINF:269,Sigur Rós - Hoppípolla\n"
              "/music/Sigur Rós/01 Hoppípolla.flac\n"
              "#EXTINF:-1,Unknown Artist - x\n"
              "/music/x.mp3\n");
    EXPECT_EQ(to_m3u8({}), "#EXTM3U\n");
}

TEST(ToM3u8, WritesRelativePaths) {
    const std::vector<store::TrackRow> tracks = {track("/music/a/1.mp3", "A", "T", 1),
                                                 track("/other/2.mp3", "A", "T", 1),
                                                 track("/music/lists/#3.mp3", "A", "T", 1)};
    const std::string text = to_m3u8(tracks, {.relative_to = "/music/lists"});
    EXPECT_THAT(text, testing::HasSubstr("\n../a/1.mp3\n"));
    EXPECT_THAT(text, testing::HasSubstr("\n../../other/2.mp3\n"));
    EXPECT_THAT(text, testing::HasSubstr("\n./#3.mp3\n"));
}

TEST(ToM3u8, TagsCannotAddLines) {
    const std::vector<store::TrackRow> tracks = {
        track("/m/1.mp3", "A\n/etc/passwd", "T\r\n#EXTINF:1,x\n/etc/shadow", 5),
        track("/m/odd\nname.mp3", "A", "B", 5)};
    EXPECT_EQ(to_m3u8(tracks, {.name = "two\nlines"}),
              "#EXTM3U\n"
              "#PLAYLIST:two lines\n"
              "#EXTINF:5,A /etc/passwd - T  #EXTINF:1,x /etc/shadow\n"
              "/m/1.mp3\n");
}

TEST(SafeFileName, IsSafeEverywhere) {
    EXPECT_EQ(safe_file_name("Rock_Indie_Fast"), "Rock_Indie_Fast");
    EXPECT_EQ(safe_file_name("../../etc/passwd"), "_.._etc_passwd");
    EXPECT_EQ(safe_file_name("a/b\\c:d*e?f\"g<h>i|j"), "a_b_c_d_e_f_g_h_i_j");
    EXPECT_EQ(safe_file_name("...hidden"), "hidden");
    EXPECT_EQ(safe_file_name("ends. . ."), "ends");
    EXPECT_EQ(safe_file_name("tab\there\n"), "tab_here_");
    EXPECT_EQ(safe_file_name("con"), "_con");
    EXPECT_EQ(safe_file_name("NUL.txt"), "_NUL.txt");
    EXPECT_EQ(safe_file_name("Com7"), "_Com7");
    EXPECT_EQ(safe_file_name("Console"), "Console");
    EXPECT_EQ(safe_file_name(""), "playlist");
    EXPECT_EQ(safe_file_name(" . "), "playlist");
    EXPECT_EQ(safe_file_name("千と千尋"), "千と千尋");
    EXPECT_EQ(safe_file_name("bad\xFF"), "bad\xEF\xBF\xBD");
}

TEST(SafeFileName, IsCutBetweenCharacters) {
    std::string japanese;
    for (int i = 0; i < 100; ++i)
        japanese += "千";  // 3 bytes each
    const std::string safe = safe_file_name("a" + japanese);
    EXPECT_EQ(safe.size(), 118U);  // 1 + 39 * 3
    EXPECT_EQ(to_valid_utf8(safe), safe);
    EXPECT_EQ(safe_file_name(std::string(119, 'x') + " . y").size(), 119U);
}

TEST(ExportAll, WritesOneFilePerPlaylist) {
    FakeStore store;
    for (std::int64_t id = 1; id <= 3; ++id)
        store.add_track(id, "Artist");
    const auto add = [&](std::int64_t id, const std::string& name, std::vector<TrackId> tracks) {
        store::Playlist playlist;
        playlist.id = PlaylistId{id};
        playlist.name = name;
        store.fake_playlists.rows.push_back(playlist);
        store.fake_playlists.members[playlist.id] = std::move(tracks);
    };
    add(1, "Calm/Slow", {TrackId{2}, TrackId{1}, TrackId{2}});
    add(2, "calm_slow", {TrackId{3}});
    add(3, "Empty", {});
    const TempFolder dir;
    const auto target = dir.path() / "new" / "folder";
    const auto files = export_all(store, target);
    EXPECT_THAT(files, ElementsAre(target / "Calm_Slow.m3u8", target / "calm_slow (2).m3u8", target / "Empty.m3u8"));
    EXPECT_EQ(testing_support::contents(files[0]),
              "#EXTM3U\n#PLAYLIST:Calm/Slow\n"
              "#EXTINF:100,Artist - Title 2\n/music/2.flac\n"
              "#EXTINF:100,Artist - Title 1\n/music/1.flac\n"
              "#EXTINF:100,Artist - Title 2\n/music/2.flac\n");
    EXPECT_EQ(testing_support::contents(files[2]), "#EXTM3U\n#PLAYLIST:Empty\n");

    store.fake_playlists.members[PlaylistId{1}] = {TrackId{1}};
    EXPECT_EQ(export_all(store, target), files);  // again, over the old ones
    EXPECT_EQ(testing_support::contents(files[0]),
              "#EXTM3U\n#PLAYLIST:Calm/Slow\n#EXTINF:100,Artist - Title 1\n/music/1.flac\n");
    std::size_t entries = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(target))
        ++entries;
    EXPECT_EQ(entries, 3U);  // no half-written ones left
}

TEST(ExportAll, SaysWhichFileCannotBeWritten) {
    FakeStore store;
    store.fake_playlists.rows.push_back({.id = PlaylistId{1}, .name = "List"});
    const TempFolder dir;
    std::filesystem::create_directories(dir.path() / "List.m3u8" / "in the way");
    try {
        export_all(store, dir.path());
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::io);
        EXPECT_THAT(error.what(), testing::HasSubstr("List.m3u8"));
    }
    EXPECT_FALSE(std::filesystem::exists(dir.path() / "List.m3u8.part"));
    std::ofstream(dir.path() / "file") << "x";
    EXPECT_THROW(export_all(store, dir.path() / "file"), Error);
}

}  // namespace
}  // namespace audiomuse::features
