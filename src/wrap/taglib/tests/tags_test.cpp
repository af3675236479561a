#include "audiomuse/wrap/taglib/tags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <fstream>

#include "audiomuse/base/error.h"
#include "audiomuse/wrap/ffmpeg/encoder.h"
#include "support/temp_folder.h"

namespace audiomuse::wrap::taglib {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kPng = "\x89PNG\r\n\x1A\n picture";
constexpr std::string_view kJpeg = "\xFF\xD8\xFF\xE0 picture";

class TagsTest : public testing::Test {
protected:
    fs::path audio(const std::string& name, std::string_view container) {
        std::vector<float> tone(44100);
        for (std::size_t i = 0; i < tone.size(); ++i)
            tone[i] = 0.3F * std::sin(0.05F * static_cast<float>(i));
        ffmpeg::encode_audio(dir_ / name, container, {tone, tone, 44100});
        return dir_ / name;
    }
    fs::path file(const std::string& name, std::string_view bytes) { return dir_.write(name, bytes); }

    const testing_support::TempFolder dir_;
};

TrackTags full_tags() {
    TrackTags tags;
    tags.title = "Ég anda – 夜の歌";
    tags.artists = {"Sigur Rós", "AC/DC & Friends feat. Nobody", "Кино"};
    tags.album = "Ágætis byrjun";
    tags.album_artist = "Sigur Rós";
    tags.track_number = 7;
    tags.disc_number = 2;
    tags.year = 1999;
    tags.genres = {"Post-Rock", "Ambient"};
    tags.lyrics = "first line\nзвезда по имени солнце";
    tags.musicbrainz_recording_id = "e0b9a2f4-4d6e-4b6f-9d2f-0f2c1a3b4c5d";
    tags.musicbrainz_album_id = "aaaaaaaa-4d6e-4b6f-9d2f-0f2c1a3b4c5d";
    tags.musicbrainz_artist_ids = {"bbbbbbbb-4d6e-4b6f-9d2f-0f2c1a3b4c5d", "cccccccc-4d6e-4b6f-9d2f-0f2c1a3b4c5d"};
    return tags;
}

class TagsFormatTest : public TagsTest, public testing::WithParamInterface<const char*> {};

TEST_P(TagsFormatTest, WhatIsWrittenIsReadBack) {
    const fs::path path = audio(std::string("song.") + GetParam(), GetParam());
    write_tags(path, full_tags(), {"image/png", std::string(kPng)});

    TrackTags expected = full_tags();
    expected.has_cover = true;
    const TrackTags read = read_tags(path);
    expected.duration_s = read.duration_s;
    EXPECT_EQ(read.artists, expected.artists);
    EXPECT_EQ(read.lyrics, expected.lyrics);
    EXPECT_EQ(read.musicbrainz_recording_id, expected.musicbrainz_recording_id);
    EXPECT_EQ(read.musicbrainz_artist_ids, expected.musicbrainz_artist_ids);
    EXPECT_EQ(read.genres, expected.genres);
    EXPECT_TRUE(read == expected);
    EXPECT_NEAR(read.duration_s, 1.0, 0.08);
    EXPECT_EQ(read_cover(path, 1000).media_type, "image/png");
    EXPECT_EQ(read_cover(path, 1000).bytes, kPng);
    EXPECT_THAT(read_cover(path, 5).bytes, IsEmpty());
}

TEST_P(TagsFormatTest, KindIsToldByContentWhateverTheName) {
    for (const char* name : {"song.txt", "song.mp3", "song.flac", "song.m4a", "song"}) {
        const fs::path path = audio(name, GetParam());
        write_tags(path, full_tags());
        EXPECT_EQ(read_tags(path).title, full_tags().title) << name;
        EXPECT_GT(read_tags(path).duration_s, 0.9) << name;
    }
}

TEST_P(TagsFormatTest, EmptyTagsReplaceOldOnes) {
    const fs::path path = audio("song", GetParam());
    write_tags(path, full_tags());
    write_tags(path, {});
    TrackTags expected;
    expected.duration_s = read_tags(path).duration_s;
    EXPECT_TRUE(read_tags(path) == expected);
}

TEST_P(TagsFormatTest, CutFilesNeverThrow) {
    const fs::path path = audio("song", GetParam());
    write_tags(path, full_tags(), {"image/png", std::string(kPng)});
    const std::string whole = testing_support::contents(path);
    for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 60) {
        const fs::path cut = file("cut", std::string_view(whole).substr(0, length));
        EXPECT_NO_THROW(read_tags(cut)) << length;
        EXPECT_NO_THROW(read_cover(cut, 1000)) << length;
    }
}

TEST_P(TagsFormatTest, SpoiltBytesNeverThrow) {
    const fs::path path = audio("song", GetParam());
    write_tags(path, full_tags(), {"image/png", std::string(kPng)});
    const std::string whole = testing_support::contents(path);
    for (std::size_t at = 0; at < std::min<std::size_t>(whole.size(), 1500); at += 13) {
        std::string spoilt = whole;
        spoilt[at] = static_cast<char>(spoilt[at] ^ 0xFF);
        const fs::path damaged = file("damaged", spoilt);
        EXPECT_NO_THROW(read_tags(damaged)) << at;
        EXPECT_NO_THROW(read_cover(damaged, 1000)) << at;
    }
}

INSTANTIATE_TEST_SUITE_P(AllFormats, TagsFormatTest, testing::Values("flac", "ogg", "opus", "mp3", "m4a"),
                         [](const auto& param) { return std::string(param.param); });

/// An ID3v2 tag in front of MPEG audio.
class Id3Test : public TagsTest {
protected:
    static std::string frame(const std::string& id, const std::string& body, int version) {
        std::string size;
        for (int shift = 3; shift >= 0; --shift) {
            size += static_cast<char>(body.size() >> (shift * (version == 4 ? 7 : 8)) & (version == 4 ? 0x7F : 0xFF));
        }
        return id + size + std::string(2, '\0') + body;
    }
    TrackTags read(const std::string& frames, int version, const std::string& tail = "") {
        std::string tag = "ID3" + std::string(1, static_cast<char>(version)) + std::string(2, '\0');
        for (int shift = 3; shift >= 0; --shift)
            tag += static_cast<char>(frames.size() >> (shift * 7) & 0x7F);
        return read_tags(
            file("tagged.mp3", tag + frames + testing_support::contents(audio("plain.mp3", "mp3")) + tail));
    }
};

TEST_F(Id3Test, Utf16WithEitherByteOrder) {
    const std::string little("\x01\xFF\xFE\x1F\x04\x3A\x04", 7);  // encoding, mark, two Cyrillic letters
    const std::string big("\x01\xFE\xFF\x04\x1F\x04\x3A", 7);
    EXPECT_EQ(read(frame("TIT2", little, 3), 3).title, "Пк");
    EXPECT_EQ(read(frame("TIT2", big, 3), 3).title, "Пк");
}

TEST_F(Id3Test, Latin1StaysAsItIs) {
    EXPECT_EQ(read(frame("TIT2", std::string("\0Bj\xF6rk", 6), 3), 3).title, "Björk");
    // Cyrillic bytes marked as Latin-1: what the file says, in valid UTF-8.
    EXPECT_EQ(read(frame("TIT2", std::string("\0\xCA\xE8\xED\xEE", 5), 3), 3).title, "Êèíî");
}

TEST_F(Id3Test, ListsBySeveralValuesButNeverBySlash) {
    EXPECT_THAT(read(frame("TPE1", std::string("\3A\0B feat. C", 12), 4), 4).artists, ElementsAre("A", "B feat. C"));
    EXPECT_THAT(read(frame("TPE1", std::string("\0AC/DC", 6), 3), 3).artists, ElementsAre("AC/DC"));
}

TEST_F(Id3Test, ArtistsWinsOverArtist) {
    const std::string frames =
        frame("TPE1", std::string("\3A & B", 6), 4) + frame("TXXX", std::string("\3ARTISTS\0A\0B", 12), 4);
    EXPECT_THAT(read(frames, 4).artists, ElementsAre("A", "B"));
}

TEST_F(Id3Test, NumericGenresHaveNames) {
    EXPECT_THAT(read(frame("TCON", std::string("\0(17)", 5), 3), 3).genres, ElementsAre("Rock"));
    EXPECT_THAT(read(frame("TCON",
                           std::string("\0"
                                       "17",
                                       3),
                           4),
                     4)
                    .genres,
                ElementsAre("Rock"));
    std::string id3v1 = "TAG" + std::string(124, '\0') + '\x08';
    id3v1.replace(3, 4, "Oslo");
    const TrackTags tags = read_tags(file("v1.mp3", testing_support::contents(audio("plain.mp3", "mp3")) + id3v1));
    EXPECT_EQ(tags.title, "Oslo");
    EXPECT_THAT(tags.genres, ElementsAre("Jazz"));
}

TEST_F(Id3Test, LyricsWithADescription) {
    EXPECT_EQ(read(frame("USLT", std::string("\3engnote\0la la", 14), 4), 4).lyrics, "la la");
}

TEST_F(Id3Test, NumbersAndYears) {
    const std::string frames = frame("TRCK",
                                     std::string("\3"
                                                 "03/12",
                                                 6),
                                     4) +
                               frame("TPOS",
                                     std::string("\3"
                                                 "1/2",
                                                 4),
                                     4) +
                               frame("TDRC",
                                     std::string("\3"
                                                 "1999-05-03",
                                                 11),
                                     4);
    const TrackTags tags = read(frames, 4);
    EXPECT_EQ(tags.track_number, 3);
    EXPECT_EQ(tags.disc_number, 1);
    EXPECT_EQ(tags.year, 1999);
}

TEST_F(Id3Test, FrontCoverWinsOverOtherPictures) {
    const std::string back = std::string("\0image/png\0\4\0", 13) + std::string(kPng);
    const std::string front =
        std::string("\0image/png\0\3\0", 13) + std::string(kJpeg);  // the type is wrong, the bytes are not
    read(frame("APIC", back, 3) + frame("APIC", front, 3), 3);
    EXPECT_EQ(read_cover(dir_ / "tagged.mp3", 1000).media_type, "image/jpeg");
    EXPECT_EQ(read_cover(dir_ / "tagged.mp3", 1000).bytes, kJpeg);
}

TEST_F(TagsTest, OtherFilesGiveNothing) {
    EXPECT_TRUE(read_tags(file("text.mp3", "this is no music")) == TrackTags{});
    EXPECT_TRUE(read_tags(file("empty.flac", "")) == TrackTags{});
    EXPECT_TRUE(read_tags(dir_ / "missing.ogg") == TrackTags{});
    EXPECT_TRUE(read_tags(dir_.path()) == TrackTags{});
    EXPECT_THAT(read_cover(dir_ / "missing.ogg", 1000).bytes, IsEmpty());
}

TEST_F(TagsTest, WritingWhereItCannotBeDoneThrows) {
    const auto code = [](const fs::path& path) {
        try {
            write_tags(path, full_tags());
        } catch (const Error& error) {
            return error.code();
        }
        return ErrorCode::internal;
    };
    EXPECT_EQ(code(file("text.mp3", "this is no music")), ErrorCode::unsupported_format);
    EXPECT_EQ(code(dir_ / "missing.mp3"), ErrorCode::io);
}

TEST_F(TagsTest, FilesOfTheSharedCollection) {
    const fs::path shared = fs::path(AUDIOMUSE_SHARED_DIR) / "audio";
    if (!fs::exists(shared)) GTEST_SKIP() << "the shared audio files are not there: " << shared;
    EXPECT_GT(read_tags(shared / "flac_named.mp3").duration_s, 1) << "told by content";
    EXPECT_TRUE(read_tags(shared / "song_070bpm_e_minor_cover.flac").has_cover);
    EXPECT_TRUE(read_tags(shared / "song_110bpm_g_major_cover.m4a").has_cover);
    EXPECT_TRUE(read_tags(shared / "waltz_084bpm_d_major_cover_vbr.mp3").has_cover);
    for (const auto& entry : fs::directory_iterator(shared)) {
        EXPECT_NO_THROW(read_tags(entry.path())) << entry.path();
        EXPECT_NO_THROW(read_cover(entry.path(), 1 << 20)) << entry.path();
    }
}

}  // namespace
}  // namespace audiomuse::wrap::taglib
