#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <set>

#include "audiomuse/library/audio_signature.h"
#include "audiomuse/library/music_source.h"
#include "audiomuse/wrap/ffmpeg/encoder.h"
#include "audiomuse/wrap/taglib/tags.h"
#include "support/temp_folder.h"

namespace audiomuse::library {
namespace {

using testing_support::contents;
using testing_support::TempFolder;

namespace fs = std::filesystem;
using testing::ElementsAre;

constexpr std::string_view kPng = "\x89PNG\r\n\x1A\n picture";
constexpr std::string_view kJpeg = "\xFF\xD8\xFF\xE0 picture";

fs::path make_audio(const fs::path& file, std::string_view container, double hz, double seconds) {
    std::vector<float> tone(static_cast<std::size_t>(seconds * 44100));
    for (std::size_t i = 0; i < tone.size(); ++i) {
        const double t = static_cast<double>(i) / 44100;
        tone[i] =
            static_cast<float>(0.3 * std::sin(6.2831853 * hz * t) + 0.2 * std::sin(6.2831853 * hz * t * (1 + 0.1 * t)));
    }
    fs::create_directories(file.parent_path());
    wrap::ffmpeg::encode_audio(file, container, {tone, tone, 44100});
    return file;
}

TrackTags some_tags(std::size_t lyrics_length) {
    TrackTags tags;
    tags.title = "Title";
    tags.artists = {"Artist"};
    tags.lyrics = std::string(lyrics_length, 'x');
    return tags;
}

std::string little_endian(std::size_t number, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i)
        text += static_cast<char>(number >> (8 * i));
    return text;
}

class SignatureTest : public testing::TestWithParam<const char*> {};

TEST_P(SignatureTest, SurvivesMovesAndTagsButNotOtherAudio) {
    const TempFolder dir;
    // Long enough for the middle to be left out, and short.
    for (const double seconds : {17.0, 1.0}) {
        const fs::path file = make_audio(dir / "song", GetParam(), 330, seconds);
        const std::string first = audio_signature(file);
        EXPECT_EQ(first.size(), 32U);
        wrap::taglib::write_tags(file, some_tags(40));
        EXPECT_EQ(audio_signature(file), first) << "tagged";
        // Tags of several Ogg pages move and renumber all that follow.
        wrap::taglib::write_tags(file, some_tags(200'000),
                                 {"image/png", std::string(kPng) + std::string(300'000, 'p')});
        EXPECT_EQ(audio_signature(file), first) << "large tags";
        wrap::taglib::write_tags(file, {});
        EXPECT_EQ(audio_signature(file), first) << "tags removed";
        fs::rename(file, dir / "other name.xyz");
        EXPECT_EQ(audio_signature(dir / "other name.xyz"), first) << "renamed";
        EXPECT_NE(audio_signature(make_audio(dir / "higher", GetParam(), 331, seconds)), first) << "other pitch";
        EXPECT_NE(audio_signature(make_audio(dir / "longer", GetParam(), 330, seconds + 0.5)), first) << "other length";
    }
}

INSTANTIATE_TEST_SUITE_P(AllFormats, SignatureTest, testing::Values("flac", "ogg", "opus", "mp3", "m4a"),
                         [](const auto& param) { return std::string(param.param); });

TEST(Signature, FlacWithoutAChecksumOfItsSamples) {
    const TempFolder dir;
    const auto without = [&](double hz) {
        std::string bytes = contents(make_audio(dir / "song.flac", "flac", hz, 1));
        bytes.replace(26, 16, std::string(16, '\0'));  // "fLaC", a block header of 4 bytes, 18 bytes, the MD5
        return dir.write("zero" + std::to_string(hz) + ".flac", bytes);
    };
    const fs::path file = without(330);
    const std::string first = audio_signature(file);
    wrap::taglib::write_tags(file, some_tags(5000));
    EXPECT_EQ(audio_signature(file), first);
    EXPECT_NE(audio_signature(without(331)), first);
}

TEST(Signature, TagsAtBothEndsOfAnMp3) {
    const TempFolder dir;
    const std::string audio = contents(make_audio(dir / "plain.mp3", "mp3", 330, 1));
    const std::string first = audio_signature(dir / "plain.mp3");
    std::string id3v1 = "TAG" + std::string(125, 'x');
    std::string ape_foot = "APETAGEX" + little_endian(2000, 4) + little_endian(52, 4) + little_endian(0, 4) +
                           little_endian(1U << 31, 4) + std::string(8, '\0');
    const std::string ape = std::string(32, 'h') + std::string(20, 'i') + ape_foot;
    const std::string lyrics =
        "LYRICSBEGINwords"
        "000016"
        "LYRICS200";
    EXPECT_EQ(audio_signature(dir.write("1.mp3", audio + id3v1)), first);
    EXPECT_EQ(audio_signature(dir.write("2.mp3", audio + ape)), first);
    EXPECT_EQ(audio_signature(dir.write("3.mp3", audio + ape + lyrics + id3v1)), first);
    EXPECT_NE(audio_signature(dir.write("4.mp3", audio + "more")), first);
    EXPECT_NE(audio_signature(dir.write("5.mp3", audio.substr(0, audio.size() - 1))), first);
}

TEST(Signature, WavChunksAroundTheSamples) {
    const TempFolder dir;
    const auto chunk = [](const std::string& name, const std::string& body) {
        return name + little_endian(body.size(), 4) + body + std::string(body.size() % 2, '\0');
    };
    const auto wav = [&](const std::string& before, const std::string& samples, const std::string& after) {
        return dir.write("a.wav", "RIFF" + little_endian(1000, 4) + "WAVE" + before + chunk("data", samples) + after);
    };
    const std::string samples(501, 's');
    const std::string first = audio_signature(wav("", samples, ""));
    EXPECT_EQ(audio_signature(wav(chunk("LIST", "odd"), samples, "")), first);
    EXPECT_EQ(audio_signature(wav("", samples, chunk("id3 ", "abcdef"))), first);
    EXPECT_NE(audio_signature(wav("", samples + "s", "")), first);
}

TEST(Signature, DamagedFilesHaveOneToo) {
    const TempFolder dir;
    std::set<std::string> seen;
    const std::vector<std::string> damaged = {"",
                                              "fLaC",
                                              std::string("fLaC\xFF\xFF\xFF\xFF", 8),
                                              "OggS",
                                              "OggS" + std::string(300, '\xFF'),
                                              "ID3\4" + std::string(6, '\x7F'),
                                              std::string("\0\0\0\1ftypM4A \0\0\0\0mdat", 20),
                                              "RIFF\xFF\xFF\xFF\xFFWAVEdata" + std::string(4, '\xFF'),
                                              "DSD " + std::string(60, '\xFF'),
                                              "APETAGEX" + std::string(24, '\xFF')};
    for (std::size_t i = 0; i < damaged.size(); ++i) {
        const fs::path file = dir.write(std::to_string(i), damaged[i]);
        EXPECT_EQ(audio_signature(file).size(), 32U) << i;
    }
    for (const char* container : {"flac", "ogg", "m4a"}) {
        const std::string whole = contents(make_audio(dir / "whole", container, 330, 1));
        for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 40) {
            EXPECT_EQ(audio_signature(dir.write("cut", std::string_view(whole).substr(0, length))).size(), 32U);
        }
    }
    EXPECT_THROW(audio_signature(dir / "missing"), Error);
}

TEST(LocalSource, TagsComeFromTheFileAndMissingOnesFromThePath) {
    const TempFolder dir;
    const fs::path file = make_audio(dir / "The Artist/1999 - The Album/03 - The Title.flac", "flac", 330, 1);
    const auto source = create_local({dir.path()});
    const TrackTags bare = source->read_tags({file, {}});
    EXPECT_EQ(bare.title, "The Title");
    EXPECT_THAT(bare.artists, ElementsAre("The Artist"));
    EXPECT_EQ(bare.album, "The Album");
    EXPECT_EQ(bare.year, 1999);
    EXPECT_EQ(bare.track_number, 3);
    EXPECT_NEAR(bare.duration_s, 1, 0.01);

    wrap::taglib::write_tags(file, some_tags(3));
    const TrackTags tagged = source->read_tags({file, {}});
    EXPECT_EQ(tagged.title, "Title");
    EXPECT_THAT(tagged.artists, ElementsAre("Artist"));
    EXPECT_EQ(tagged.album, "The Album");
}

TEST(LocalSource, FoldersAboveTheRootSayNothing) {
    const TempFolder dir;
    const fs::path file = make_audio(dir / "Somebody/Music/song.flac", "flac", 330, 1);
    // Written with a detour and a last slash, as users do.
    const auto source = create_local({dir / "Somebody/./Music/"});
    std::vector<SourceItem> items;
    source->list([&](SourceItem item) { items.push_back(std::move(item)); }, {});
    ASSERT_EQ(items.size(), 1U);
    EXPECT_EQ(items[0].path, file.string());
    EXPECT_THAT(source->read_tags(items[0]).artists, testing::IsEmpty());
    EXPECT_EQ(source->read_tags(items[0]).title, "song");
}

TEST(LocalSource, LyricsComeFromTheFileElseFromTheOneBeside) {
    const TempFolder dir;
    const fs::path file = make_audio(dir / "song.flac", "flac", 330, 1);
    const auto source = create_local({dir.path()});
    const auto write = [&](const char* name, const std::string& text) {
        std::ofstream(dir / name, std::ios::binary) << text;
    };
    write("other.lrc", "[00:01.00]Another song");
    EXPECT_EQ(source->read_tags({file, {}}).lyrics, "");
    write("song.lrc", "[ar:Anna]\n[00:01.00]Down by the river\r\n[00:05.50]over and over\n");
    EXPECT_EQ(source->read_tags({file, {}}).lyrics, "Down by the river\nover and over");
    write("song.lrc", std::string(2 * 1024 * 1024, 'x'));
    EXPECT_EQ(source->read_tags({file, {}}).lyrics, "") << "no lyrics are so long";
    write("song.lrc", "[00:01.00]Down by the river");
    wrap::taglib::write_tags(file, some_tags(3));
    EXPECT_EQ(source->read_tags({file, {}}).lyrics, "xxx");
}

TEST(LocalSource, FetchGivesTheFileItself) {
    const TempFolder dir;
    const fs::path file = dir.write("a.mp3", "x");
    const auto source = create_local({dir.path()});
    EXPECT_EQ(source->fetch({file, {}}, {})->path(), file);
    EXPECT_TRUE(fs::exists(file)) << "nothing is deleted";
    fs::remove(file);
    EXPECT_THROW(source->fetch({file, {}}, {}), Error);
    EXPECT_THROW(source->read_tags({file, {}}), Error);
}

TEST(LocalSource, CoverFromTheFileElseFromTheFolder) {
    const TempFolder dir;
    const fs::path file = make_audio(dir / "album/song.flac", "flac", 330, 1);
    const auto source = create_local({dir.path()});
    EXPECT_EQ(source->cover({file, {}}).bytes, "");
    dir.write("album/back.jpg", kJpeg);
    EXPECT_EQ(source->cover({file, {}}).bytes, "") << "not a front cover";
    dir.write("album/Front.JPG", kJpeg);
    EXPECT_EQ(source->cover({file, {}}).media_type, "image/jpeg");
    dir.write("album/FOLDER.png", "not a picture");
    EXPECT_EQ(source->cover({file, {}}).bytes, kJpeg) << "what is no picture is passed over";
    wrap::taglib::write_tags(file, some_tags(3), {"image/png", std::string(kPng)});
    EXPECT_EQ(source->cover({file, {}}).media_type, "image/png");
    EXPECT_EQ(source->cover({file, {}}).bytes, kPng);
}

TEST(LocalSource, DiscsShareTheCoverOfTheirAlbum) {
    const TempFolder dir;
    const fs::path file = make_audio(dir / "album/CD2/song.flac", "flac", 330, 1);
    const fs::path stray = make_audio(dir / "album/other/song.flac", "flac", 330, 1);
    dir.write("album/cover.png", kPng);
    const auto source = create_local({dir.path()});
    EXPECT_EQ(source->cover({file, {}}).bytes, kPng);
    EXPECT_EQ(source->cover({stray, {}}).bytes, "");
}

TEST(LocalSource, HugeCoversArePassedOver) {
    const TempFolder dir;
    const fs::path file = make_audio(dir / "album/song.flac", "flac", 330, 1);
    dir.write("album/cover.png", std::string(kPng) + std::string(11 * 1024 * 1024, 'p'));
    dir.write("album/folder.png", kPng);
    EXPECT_EQ(create_local({dir.path()})->cover({file, {}}).bytes, kPng);
}

}  // namespace
}  // namespace audiomuse::library
