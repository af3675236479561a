#include "audiomuse/library/path_tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace audiomuse::library {
namespace {

struct Case {
    const char* path;
    const char* artist;
    const char* album;
    const char* title;
    int track = 0;
    int disc = 0;
    int year = 0;
    const char* album_artist = "";
};

// So that a failure names the path.
void PrintTo(const Case& one, std::ostream* out) {
    *out << one.path;
}

class PathTagsTest : public testing::TestWithParam<Case> {};

TEST_P(PathTagsTest, ReadsWhatThePathSays) {
    const Case& expected = GetParam();
    const TrackTags tags = tags_from_path(expected.path);
    EXPECT_EQ(tags.artists, *expected.artist ? std::vector<std::string>{expected.artist} : std::vector<std::string>{});
    EXPECT_EQ(tags.album, expected.album);
    EXPECT_EQ(tags.title, expected.title);
    EXPECT_EQ(tags.track_number, expected.track);
    EXPECT_EQ(tags.disc_number, expected.disc);
    EXPECT_EQ(tags.year, expected.year);
    EXPECT_EQ(tags.album_artist, expected.album_artist);
}

INSTANTIATE_TEST_SUITE_P(
    Layouts, PathTagsTest,
    testing::Values(
        Case{"Artist/Album/01 - Title.flac", "Artist", "Album", "Title", 1},
        Case{"Artist/Album/03. Title.mp3", "Artist", "Album", "Title", 3},
        Case{"Artist/Album/03.Title.mp3", "Artist", "Album", "Title", 3},
        Case{"Artist/Album/07 Title.mp3", "Artist", "Album", "Title", 7},
        Case{"Artist/Album/12 Title.mp3", "Artist", "Album", "Title", 12},
        Case{"Artist/Album/[05] Title.mp3", "Artist", "Album", "Title", 5},
        Case{"Artist/Album/(05) Title.mp3", "Artist", "Album", "Title", 5},
        Case{"Artist/Album/2-05 Title.mp3", "Artist", "Album", "Title", 5, 2},
        Case{"Artist/Album/Title.mp3", "Artist", "Album", "Title"},
        Case{"Genre/Artist/Album/1 - Title.ogg", "Artist", "Album", "Title", 1},
        Case{"Artist/Album/CD1/02 - Title.ogg", "Artist", "Album", "Title", 2, 1},
        Case{"Artist/Album/Disc 03/02 - Title.ogg", "Artist", "Album", "Title", 2, 3},
        Case{"Artist/Album/CD2 - Live/02 - Title.ogg", "Artist", "Album", "Title", 2, 2},
        Case{"Artist/1999 - Album/02 - Title.ogg", "Artist", "Album", "Title", 2, 0, 1999},
        Case{"Artist/Album (1999)/02 - Title.ogg", "Artist", "Album", "Title", 2, 0, 1999},
        Case{"Artist/[1999] Album/02 - Title.ogg", "Artist", "Album", "Title", 2, 0, 1999},
        Case{"Artist/Artist - Album/02 - Title.ogg", "Artist", "Album", "Title", 2},
        Case{"Artist/Artist - 1999 - Album/02 - Title.ogg", "Artist", "Album", "Title", 2, 0, 1999},
        Case{"Artist/Album/02 - Artist - Title.ogg", "Artist", "Album", "Title", 2},
        Case{"Artist/Album/Artist - Album - 02 - Title.ogg", "Artist", "Album", "Title", 2},
        Case{"Artist/Album/02 - Guest - Title.ogg", "Guest", "Album", "Title", 2, 0, 0, "Artist"},
        Case{"Various Artists/Album/07 - Guest - Title.mp3", "Guest", "Album", "Title", 7, 0, 0, "Various Artists"},
        Case{"VA/Album/07 - Title.mp3", "", "Album", "Title", 7, 0, 0, "Various Artists"},
        Case{"Artist - Album/03. Title.mp3", "Artist", "Album", "Title", 3},
        Case{"Artist - Album (1999)/03 Title.mp3", "Artist", "Album", "Title", 3, 0, 1999},
        Case{"1999 - Album/03 - Title.mp3", "", "Album", "Title", 3, 0, 1999},
        Case{"Artist/Title.mp3", "Artist", "", "Title"}, Case{"Album/03 - Title.mp3", "", "Album", "Title", 3},
        Case{"Album/03 - Artist - Title.mp3", "Artist", "Album", "Title", 3},
        Case{"Artist/Artist - Title.mp3", "Artist", "", "Title"}, Case{"Artist - Title.mp3", "Artist", "", "Title"},
        Case{"Artist - Title - Live.mp3", "Artist", "Title", "Live"},
        Case{"Artist - Album - 05 - Title.m4a", "Artist", "Album", "Title", 5},
        Case{"05 - Artist - Title.m4a", "Artist", "", "Title", 5}, Case{"Title.m4a", "", "", "Title"},
        Case{"artist_-_some_title.mp3", "artist", "", "some title"}),
    [](const auto& param) { return "n" + std::to_string(param.index); });

INSTANTIATE_TEST_SUITE_P(NumbersThatBelongToTheTitle, PathTagsTest,
                         testing::Values(Case{"Nena/Nena/99 Luftballons.mp3", "Nena", "Nena", "99 Luftballons"},
                                         Case{"Artist/Album/7 Years.mp3", "Artist", "Album", "7 Years"},
                                         Case{"Artist/Album/1999.mp3", "Artist", "Album", "1999"},
                                         Case{"Artist/1999/01 - 1999.mp3", "Artist", "1999", "1999", 1},
                                         Case{"Artist/Album/24.7.mp3", "Artist", "Album", "24.7"},
                                         Case{"Artist/Album/1000 Umbrellas.mp3", "Artist", "Album", "1000 Umbrellas"},
                                         Case{"Artist/Album/03.mp3", "Artist", "Album", "03"}),
                         [](const auto& param) { return "n" + std::to_string(param.index); });

INSTANTIATE_TEST_SUITE_P(
    OddNames, PathTagsTest,
    testing::Values(Case{"Кино/Группа крови/01 - Группа крови.flac", "Кино", "Группа крови", "Группа крови", 1},
                    Case{"椎名林檎/無罪モラトリアム/01. 正しい街.mp3", "椎名林檎", "無罪モラトリアム", "正しい街", 1},
                    Case{"Artist/Album/Mr. Blue Sky", "Artist", "Album", "Mr. Blue Sky"},
                    Case{"Artist/Album/.mp3", "Artist", "Album", ".mp3"},
                    Case{"Artist/Album/01 - .mp3", "Artist", "Album", "01 -"},
                    Case{"Bj\xF6rk/Album/01 - J\xF3ga.mp3", "Bj\xEF\xBF\xBDrk", "Album", "J\xEF\xBF\xBDga", 1},
                    Case{" Artist / Album /01 -  Title .mp3", "Artist", "Album", "Title", 1}),
    [](const auto& param) { return "n" + std::to_string(param.index); });

TEST(PathTags, DiscFolders) {
    EXPECT_EQ(disc_of_folder("CD1"), 1);
    EXPECT_EQ(disc_of_folder("cd 12"), 12);
    EXPECT_EQ(disc_of_folder("Disk-2"), 2);
    EXPECT_EQ(disc_of_folder("CDs"), std::nullopt);
    EXPECT_EQ(disc_of_folder("Discovery"), std::nullopt);
    EXPECT_EQ(disc_of_folder("Disc 1x"), std::nullopt);
}

TEST(PathTags, FillOnlyWhatIsMissing) {
    TrackTags tags;
    tags.title = "From the file";
    tags.album_artist = "Somebody";
    tags.year = 2001;
    fill_missing(tags, tags_from_path("Artist/1999 - Album/CD2/03 - Title.mp3"));
    EXPECT_EQ(tags.title, "From the file");
    EXPECT_THAT(tags.artists, testing::IsEmpty()) << "the album artist speaks for the track";
    EXPECT_EQ(tags.album, "Album");
    EXPECT_EQ(tags.year, 2001);
    EXPECT_EQ(tags.track_number, 3);
    EXPECT_EQ(tags.disc_number, 2);
}

}  // namespace
}  // namespace audiomuse::library
