#include "lyrion/lyrion_parse.h"

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include "plain_lyrics.h"

namespace audiomuse::library {
namespace {

using lyrion::Place;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
namespace json = boost::json;

TEST(LyrionParse, AddressesBecomePaths) {
    EXPECT_EQ(lyrion::path_of_url("file:///srv/music/%C3%98rjan%20&%20S%C3%B8n/B%C3%B8lger%20%232/50%25%20(x).ogg"),
              "/srv/music/Ørjan & Søn/Bølger #2/50% (x).ogg");
    EXPECT_EQ(lyrion::path_of_url("file:///C:/Music/A%20b.flac"), "C:\\Music\\A b.flac");
    EXPECT_EQ(lyrion::path_of_url("file://nas/share/a.flac"), "\\\\nas\\share\\a.flac");
    EXPECT_EQ(lyrion::path_of_url("file:///srv/odd%2"), "/srv/odd%2");
    EXPECT_EQ(lyrion::path_of_url("file:///srv/odd%zz"), "/srv/odd%zz");
    EXPECT_EQ(lyrion::path_of_url("qobuz://1.flac"), "");
    EXPECT_EQ(lyrion::path_of_url(""), "");
}

TEST(LyrionParse, WhatHasNoFileOfItsOwnIsKnown) {
    EXPECT_EQ(lyrion::place_of("file:///srv/Deezer/a%23b.flac"), Place::file);
    EXPECT_EQ(lyrion::place_of("file:///srv/album.flac#0-185.3"), Place::cue_track);
    for (const char* url : {"spotify:track:1", "qobuz://1.flac", "https://radio/x", ""})
        EXPECT_EQ(lyrion::place_of(url), Place::remote) << url;
}

TEST(LyrionParse, FoldersAreComparedByWholeNames) {
    EXPECT_TRUE(lyrion::is_inside("/srv/music/Rock/a.flac", "/srv/music/Rock"));
    EXPECT_TRUE(lyrion::is_inside("/srv/music/Rock/a.flac", "/srv/music/Rock/"));
    EXPECT_TRUE(lyrion::is_inside("/srv/music/Rock", "/srv/music/Rock"));
    EXPECT_TRUE(lyrion::is_inside("/srv/music/a", "/"));
    EXPECT_FALSE(lyrion::is_inside("/srv/music/Rockabilly/a.flac", "/srv/music/Rock"));
    EXPECT_FALSE(lyrion::is_inside("/srv/music/Kid Rock/a.flac", "/srv/music/Rock"));
    EXPECT_FALSE(lyrion::is_inside("/srv/music/rock/a.flac", "/srv/music/Rock"));
    EXPECT_FALSE(lyrion::is_inside("/music/Rock/a.flac", "/srv/music/Rock"));
    EXPECT_FALSE(lyrion::is_inside("/srv", "/srv/music"));
    EXPECT_FALSE(lyrion::is_inside("/srv/music", ""));
    EXPECT_FALSE(lyrion::is_inside("/srv/music", "music"));
    EXPECT_TRUE(lyrion::is_inside("C:\\Music\\A\\b.flac", "c:/music/a"));
    EXPECT_FALSE(lyrion::is_inside("C:\\Music\\AB\\b.flac", "C:\\Music\\A"));
    EXPECT_TRUE(lyrion::is_inside("\\\\nas\\share\\a.flac", "\\\\NAS\\share"));
    EXPECT_FALSE(lyrion::is_inside("/nas/share/a.flac", "\\\\nas\\share"));
}

TEST(LyrionParse, FoldersHoldWhatLiesInThem) {
    const lyrion::Folders folders({"/a", "/a/b/", "C:\\Music", "none", "/a/b"});
    EXPECT_THAT(folders.holding("/a/b/c.flac"), ElementsAre(0, 1, 4));
    EXPECT_THAT(folders.holding("/a/bc.flac"), ElementsAre(0));
    EXPECT_THAT(folders.holding("c:/MUSIC/x"), ElementsAre(2));
    EXPECT_THAT(folders.holding("/c:/music/x"), IsEmpty());
    EXPECT_THAT(folders.holding("/"), IsEmpty());
    EXPECT_THAT(folders.holding(""), IsEmpty());
    EXPECT_THAT(lyrion::Folders({"/"}).holding("/a"), ElementsAre(0));
    EXPECT_THAT(lyrion::Folders({"/"}).holding("/"), ElementsAre(0));
    EXPECT_TRUE(lyrion::Folders().empty());
}

TEST(LyrionParse, ArtistsAreTakenApartWhereTheirIdsTellHow) {
    const auto artists = [](std::string_view row) { return lyrion::read_track(json::parse(row)).tags.artists; };
    EXPECT_THAT(artists(R"({"trackartist":"Tom Reed, Anna Bell","trackartist_ids":"4,2"})"),
                ElementsAre("Tom Reed", "Anna Bell"));
    EXPECT_THAT(artists(R"({"trackartist":"Reed, Bell & Sons","trackartist_ids":"4"})"),
                ElementsAre("Reed, Bell & Sons"));
    EXPECT_THAT(artists(R"({"trackartist":"Reed, Bell & Sons, Anna","trackartist_ids":"4,2"})"),
                ElementsAre("Reed, Bell & Sons, Anna"));
    EXPECT_THAT(artists(R"({"artist":"Gulls","band":"Various Artists"})"), ElementsAre("Gulls"));
    EXPECT_THAT(artists(R"({"band":"The Piers"})"), ElementsAre("The Piers"));
    EXPECT_THAT(artists(R"({"artist":7,"albumartist":null})"), ElementsAre("7"));
    EXPECT_THAT(artists("{}"), IsEmpty());
    EXPECT_THAT(artists("[]"), IsEmpty());
}

TEST(LyrionParse, NumbersMayBeTextsAndNonsenseIsNone) {
    const ServerTrack track = lyrion::read_track(json::parse(
        R"({"id":7,"year":"2011","tracknum":"3","disc":-1,"duration":"4.05","filesize":"58043","playcount":"7",
            "modificationTime":"1795351510","album_id":3,"genres":"Folk, Pop,"})"));
    EXPECT_EQ(track.id, "7");
    EXPECT_EQ(track.tags.year, 2011);
    EXPECT_EQ(track.tags.track_number, 3);
    EXPECT_EQ(track.tags.disc_number, 0);
    EXPECT_DOUBLE_EQ(track.tags.duration_s, 4.05);
    EXPECT_EQ(track.size, 58043);
    EXPECT_EQ(track.play_count, 7);
    EXPECT_EQ(track.changed_at, 1795351510);
    EXPECT_EQ(track.album_id, "3");
    EXPECT_THAT(track.tags.genres, ElementsAre("Folk", "Pop"));
    const ServerTrack odd = lyrion::read_track(json::parse(
        R"({"id":"8","year":1e12,"tracknum":"A1","duration":-3,"filesize":-1,"playcount":-2,"url":7,
            "modificationTime":"Sunday, November 22, 2026, 12:45 PM"})"));
    EXPECT_EQ(odd.tags.year, 0);
    EXPECT_EQ(odd.tags.track_number, 0);
    EXPECT_EQ(odd.tags.duration_s, 0);
    EXPECT_EQ(odd.size, 0);
    EXPECT_EQ(odd.changed_at, 0);
    EXPECT_EQ(odd.path, "");
    EXPECT_FALSE(odd.play_count);
}

TEST(LyrionParse, Versions) {
    EXPECT_EQ(lyrion::major_version("7.7.1"), 7);
    EXPECT_EQ(lyrion::major_version("9.0.1"), 9);
    EXPECT_EQ(lyrion::major_version("10.0"), 10);
    EXPECT_EQ(lyrion::major_version("new"), 0);
}

TEST(PlainLyrics, AreLinesOfText) {
    EXPECT_EQ(plain_lyrics("One\r\nTwo\rThree\n\n"), "One\nTwo\nThree");
    EXPECT_EQ(plain_lyrics("[ar:Anna Bell]\n[ti:First Light]\n[offset:+5]\n[00:01.50]One\n[00:02][01:02.00] Two\n"),
              "One\nTwo");
    EXPECT_EQ(plain_lyrics("[00:01.00]<00:01.00>Paper <00:02.00>walls"), "Paper walls");
    EXPECT_EQ(plain_lyrics("[Chorus: all]\nI <3 [you]"), "[Chorus: all]\nI <3 [you]");
    EXPECT_EQ(plain_lyrics("One\n\nTwo"), "One\n\nTwo");
    EXPECT_EQ(plain_lyrics("\xEF\xBB\xBF雪\n"), "雪");
    EXPECT_EQ(plain_lyrics(std::string_view("\xFF\xFE\xEA\x96\x0A\x00\x41\x00", 8)), "雪\nA");
    EXPECT_EQ(plain_lyrics(std::string_view("\xFE\xFF\xD8\x3C\xDF\xB5\x00\x0D\x00\x0A\x00\x41", 12)), "🎵\nA");
    EXPECT_EQ(plain_lyrics(std::string_view("\xFF\xFE\x00\xD8\x41", 5)), "\uFFFD\uFFFD\uFFFD");
    EXPECT_EQ(plain_lyrics("[00:01.00"), "[00:01.00");
    EXPECT_EQ(plain_lyrics(""), "");
}

}  // namespace
}  // namespace audiomuse::library
