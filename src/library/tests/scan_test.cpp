#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>

#include "audiomuse/library/music_source.h"
#include "local/file_kind.h"
#include "support/temp_folder.h"

namespace audiomuse::library {
namespace {

using testing_support::TempFolder;

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

struct Listed {
    Listing listing;
    std::vector<std::string> paths;  // relative to the folder
    std::vector<SourceItem> items;
};

Listed list(const fs::path& root) {
    Listed result;
    result.listing = create_local({root})->list(
        [&](SourceItem item) {
            result.paths.push_back(item.path.substr(root.string().size() + 1));
            result.items.push_back(std::move(item));
        },
        {});
    return result;
}

constexpr std::string_view kFlacHead = "fLaC, and so on";

TEST(FileKind, NamesThatTell) {
    for (const char* name : {"a.mp3", "a.FLAC", "a.b.Ogg", "a.opus", "a.m4a", "a.wv", "a.dsf", "a.mka", "a.aiff"}) {
        EXPECT_EQ(kind_by_name(name), NameKind::audio) << name;
    }
    for (const char* name : {"cover.JPG", "a.m3u8", "a.cue", "a.log", "a.txt", "film.mkv", "Thumbs.db", "a.pdf"}) {
        EXPECT_EQ(kind_by_name(name), NameKind::other) << name;
    }
    for (const char* name : {"a", "a.mp4", "a.webm", "a.mp3x", "a.", ".mp3"}) {
        EXPECT_EQ(kind_by_name(name), NameKind::unknown) << name;
    }
}

bool sniffed(std::string head) {
    head.resize(std::max<std::size_t>(head.size(), 64), '\0');
    return looks_like_audio(std::as_bytes(std::span(head)));
}

TEST(FileKind, ContentThatTells) {
    EXPECT_TRUE(sniffed("fLaC"));
    EXPECT_TRUE(sniffed("OggS"));
    EXPECT_TRUE(sniffed("ID3\4"));
    EXPECT_TRUE(sniffed("RIFF....WAVEfmt "));
    EXPECT_TRUE(sniffed("FORM....AIFC"));
    EXPECT_TRUE(sniffed(std::string("\0\0\0\x20", 4) + "ftypM4A "));
    EXPECT_TRUE(sniffed(std::string("\0\0\0\x20", 4) + "ftypisom"));
    EXPECT_FALSE(sniffed(std::string("\0\0\0\x20", 4) + "ftypheic"));
    EXPECT_FALSE(sniffed("RIFF....WEBPVP8 "));
    EXPECT_FALSE(sniffed("\x89PNG\r\n"));
    EXPECT_FALSE(sniffed("#!/bin/sh\necho"));
    EXPECT_FALSE(sniffed(""));
    EXPECT_FALSE(looks_like_audio({}));
}

TEST(FileKind, OneFrameHeaderIsNotEnough) {
    // MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes.
    std::string mp3(900, '\0');
    mp3.replace(0, 4, "\xFF\xFB\x90\x44");
    EXPECT_FALSE(sniffed(mp3));
    mp3.replace(417, 4, "\xFF\xFB\x90\x44");
    EXPECT_TRUE(sniffed(mp3));
    // ADTS, 100 bytes.
    std::string aac(300, '\0');
    aac.replace(0, 7, std::string("\xFF\xF1\x50\x80\x0C\x9F\xFC", 7));
    EXPECT_FALSE(sniffed(aac));
    aac.replace(100, 7, std::string("\xFF\xF1\x50\x80\x0C\x9F\xFC", 7));
    EXPECT_TRUE(sniffed(aac));
}

TEST(Scan, ListsAudioInStableOrder) {
    const TempFolder dir;
    dir.write("b/2.mp3", "x");
    dir.write("b/10.mp3", "x");
    dir.write("a/z.flac", "xyz");
    dir.write("c.ogg", "");
    dir.write("a/cover.jpg", "x");
    dir.write("a/list.m3u", "x");
    const Listed listed = list(dir.path());
    EXPECT_THAT(listed.paths, ElementsAre("a/z.flac", "b/10.mp3", "b/2.mp3", "c.ogg"));
    EXPECT_EQ(listed.listing.items, 4);
    EXPECT_EQ(listed.listing.folders, 3);
    EXPECT_TRUE(listed.listing.complete);
    EXPECT_THAT(listed.listing.problems, IsEmpty());
    EXPECT_EQ(listed.items[0].stamp.size, 3);
    EXPECT_GT(listed.items[0].stamp.mtime_ns, 1'600'000'000'000'000'000);
    EXPECT_EQ(list(dir.path()).paths, listed.paths);
}

TEST(Scan, ContentDecidesWhereTheNameDoesNot) {
    const TempFolder dir;
    dir.write("no extension", kFlacHead);
    dir.write("song.mp4", std::string("\0\0\0\x20", 4) + "ftypM4A .............");
    dir.write("photo.mp4", std::string("\0\0\0\x20", 4) + "ftypheic.............");
    dir.write("notes", "just some text, no music");
    dir.write("song.jpg", kFlacHead);
    EXPECT_THAT(list(dir.path()).paths, ElementsAre("no extension", "song.mp4"));
}

TEST(Scan, HiddenAndSystemFoldersAreSkipped) {
    const TempFolder dir;
    dir.write("a.mp3", "x");
    for (const char* name : {".hidden.mp3", ".git/a.mp3", "@eaDir/a.mp3", "#recycle/a.mp3", "lost+found/a.mp3"})
        dir.write(name, "x");
    EXPECT_THAT(list(dir.path()).paths, ElementsAre("a.mp3"));
}

TEST(Scan, LinksAreFollowedAndLoopsEnd) {
    const TempFolder elsewhere;
    elsewhere.write("far.mp3", "x");
    const TempFolder dir;
    dir.write("album/a.mp3", "x");
    fs::create_directory_symlink(dir.path(), dir / "album/up");
    fs::create_directory_symlink("itself", dir / "itself");
    fs::create_directory_symlink(elsewhere.path(), dir / "linked");
    fs::create_symlink(elsewhere / "far.mp3", dir / "single.mp3");
    fs::create_symlink(dir / "nowhere.mp3", dir / "broken.mp3");
    const Listed listed = list(dir.path());
    EXPECT_THAT(listed.paths, ElementsAre("album/a.mp3", "linked/far.mp3", "single.mp3"));
    ASSERT_EQ(listed.listing.problems.size(), 1U);
    EXPECT_THAT(listed.listing.problems[0].path, testing::EndsWith("broken.mp3"));
    EXPECT_EQ(listed.listing.problems[0].code, ErrorCode::not_found);
    EXPECT_TRUE(listed.listing.complete) << "a file that is gone hides no other";
}

TEST(Scan, AFolderWithinAFolderIsListedOnce) {
    const TempFolder dir;
    dir.write("a/1.mp3", "x");
    dir.write("2.mp3", "x");
    std::vector<std::string> paths;
    create_local({dir.path(), dir / "a"})->list([&](const SourceItem& item) { paths.push_back(item.path); }, {});
    EXPECT_THAT(paths, ElementsAre((dir / "2.mp3").string(), (dir / "a/1.mp3").string()));
}

/// Nothing is unreadable for root, so root steps down for a while.
class AsOrdinaryUser {
public:
    AsOrdinaryUser() {
        if (was_ == 0) stepped_down_ = ::seteuid(65534) == 0;
    }
    ~AsOrdinaryUser() {
        if (stepped_down_ && ::seteuid(was_) != 0) std::abort();
    }
    AsOrdinaryUser(const AsOrdinaryUser&) = delete;
    AsOrdinaryUser& operator=(const AsOrdinaryUser&) = delete;

private:
    uid_t was_ = ::geteuid();
    bool stepped_down_ = false;
};

TEST(Scan, UnreadableFoldersAreReported) {
    const TempFolder dir;
    dir.write("a/1.mp3", "x");
    dir.write("b/2.mp3", "x");
    dir.write("b/unknown", kFlacHead);
    fs::permissions(dir.path(), fs::perms{0755});
    fs::permissions(dir / "b", fs::perms{0755});
    fs::permissions(dir / "a", fs::perms::none);
    fs::permissions(dir / "b/unknown", fs::perms::none);
    Listed listed;
    {
        const AsOrdinaryUser stepped_down;
        listed = list(dir.path());
    }
    fs::permissions(dir / "a", fs::perms{0755});
    EXPECT_THAT(listed.paths, ElementsAre("b/2.mp3"));
    EXPECT_FALSE(listed.listing.complete);
    ASSERT_EQ(listed.listing.problems.size(), 2U);
    for (const ListProblem& problem : listed.listing.problems)
        EXPECT_EQ(problem.code, ErrorCode::permission_denied);
    EXPECT_EQ(listed.listing.problems[0].path, (dir / "a").string());
    EXPECT_EQ(listed.listing.problems[1].path, (dir / "b/unknown").string());
}

TEST(Scan, AFolderWhoseNameIsTooLongForTheSystemIsReported) {
    const TempFolder dir;
    dir.write("z.mp3", "x");
    // Paths beyond PATH_MAX exist: they are made step by step.
    const fs::path before = fs::current_path();
    const std::string step(200, 'd');
    fs::current_path(dir.path());
    for (int i = 0; i < 25; ++i) {
        fs::create_directory(step);
        fs::current_path(step);
    }
    fs::current_path(before);
    const Listed listed = list(dir.path());
    EXPECT_THAT(listed.paths, ElementsAre("z.mp3"));
    EXPECT_FALSE(listed.listing.complete);
    EXPECT_THAT(listed.listing.problems, testing::SizeIs(1));
    // Shortened from the top, so that the folder can be removed by path.
    for (int i = 0; i < 25; ++i) {
        fs::rename(dir / step, dir / "top");
        if (fs::exists(dir / "top" / step)) fs::rename(dir / "top" / step, dir / step);
        fs::remove(dir / "top");
    }
}

TEST(Scan, FilesThatVanishWhileListingDoNoHarm) {
    const TempFolder dir;
    for (const char* name : {"a/1.mp3", "b/2.mp3", "b/3.mp3", "c/4.mp3"})
        dir.write(name, "x");
    std::vector<std::string> paths;
    const Listing listing = create_local({dir.path()})
                                ->list(
                                    [&](const SourceItem& item) {
                                        paths.push_back(fs::path(item.path).filename());
                                        if (paths.back() == "2.mp3") {
                                            fs::remove(dir / "b/3.mp3");
                                            fs::remove_all(dir / "c");
                                        }
                                    },
                                    {});
    EXPECT_THAT(paths, ElementsAre("1.mp3", "2.mp3"));
    EXPECT_EQ(listing.problems.size(), 2U);
    EXPECT_FALSE(listing.complete) << "nobody knows what the folder still held";
}

TEST(Scan, AMissingOrEmptyRootIsNotAnEmptyLibrary) {
    const TempFolder dir;
    fs::create_directory(dir / "music");
    const auto source = create_local({dir / "music"});
    const Listing empty = source->list([](const SourceItem&) {}, {});
    EXPECT_FALSE(empty.complete) << "a disk that is not mounted looks like this";
    ASSERT_EQ(empty.problems.size(), 1U);
    EXPECT_EQ(empty.problems[0].code, ErrorCode::empty);

    fs::remove(dir / "music");
    const Listing missing = source->list([](const SourceItem&) {}, {});
    EXPECT_FALSE(missing.complete);
    ASSERT_EQ(missing.problems.size(), 1U);
    EXPECT_EQ(missing.problems[0].code, ErrorCode::not_found);
    EXPECT_THAT(missing.problems[0].message, testing::HasSubstr((dir / "music").string()));
}

TEST(Scan, AMissingFolderIsRefusedAtOnce) {
    const TempFolder dir;
    const auto message = [&](const fs::path& path) {
        try {
            create_local({dir.path(), path});
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::not_found);
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_THAT(message(dir / "nowhere"), testing::HasSubstr("nowhere"));
    EXPECT_THAT(message(dir.write("file.mp3", "x")), testing::HasSubstr("file.mp3"));
}

TEST(Scan, NamesThatAreNotUtf8Survive) {
    const TempFolder dir;
    dir.write("Bj\xF6rk/J\xF3ga.mp3", "x");
    const Listed listed = list(dir.path());
    ASSERT_THAT(listed.paths, ElementsAre("Bj\xF6rk/J\xF3ga.mp3"));
    EXPECT_EQ(create_local({dir.path()})->read_tags(listed.items[0]).title, "J\xEF\xBF\xBDga");
}

TEST(Scan, SpecialFilesAreNeverOpened) {
    const TempFolder dir;
    dir.write("a.mp3", "x");
    ASSERT_EQ(::mkfifo((dir / "pipe.mp3").c_str(), 0600), 0);
    ASSERT_EQ(::mkfifo((dir / "pipe").c_str(), 0600), 0);
    EXPECT_THAT(list(dir.path()).paths, ElementsAre("a.mp3"));
}

TEST(Scan, CancelEndsIt) {
    const TempFolder dir;
    for (int i = 0; i < 10; ++i)
        dir.write("song" + std::to_string(i) + ".mp3", "x");
    CancelSource cancel;
    int found = 0;
    const auto run = [&] {
        create_local({dir.path()})
            ->list(
                [&](const SourceItem&) {
                    if (++found == 3) cancel.cancel();
                },
                cancel.token());
    };
    EXPECT_THROW(run(), Error);
    EXPECT_EQ(found, 3);
}

/// The names of files in one folder that are opened while this lives, as the kernel reports them.
class OpenWatch {
public:
    explicit OpenWatch(const fs::path& folder) : fd_(::inotify_init1(IN_NONBLOCK)) {
        ::inotify_add_watch(fd_, folder.c_str(), IN_OPEN);
    }
    ~OpenWatch() { ::close(fd_); }
    OpenWatch(const OpenWatch&) = delete;
    OpenWatch& operator=(const OpenWatch&) = delete;
    std::vector<std::string> opened() {
        std::vector<std::string> names;
        alignas(inotify_event) std::array<char, 65536> buffer{};
        for (ssize_t count = 0; (count = ::read(fd_, buffer.data(), buffer.size())) > 0;) {
            for (ssize_t at = 0; at < count;) {
                const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
                if (event->len > 0) names.emplace_back(event->name);
                at += static_cast<ssize_t>(sizeof(inotify_event)) + event->len;
            }
        }
        return names;
    }

private:
    int fd_;
};

TEST(Scan, OpensNoFileWhoseNameTellsItsKindAndIsFast) {
    constexpr int kFiles = 2000;
    const TempFolder dir;
    for (int i = 0; i < kFiles; ++i)
        dir.write("song " + std::to_string(i) + (i % 2 ? ".mp3" : ".flac"), "");
    dir.write("cover.jpg", "x");
    dir.write("unknown", "x");
    OpenWatch watch(dir.path());
    const std::clock_t begun = std::clock();
    const Listed listed = list(dir.path());
    const double cpu_s = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
    EXPECT_EQ(listed.listing.items, kFiles);
    EXPECT_THAT(watch.opened(), ElementsAre("unknown")) << "the control: this one had to be opened";
    // The promise is 50,000 files in 10 s of wall time; processor time does not depend on what else the machine does.
    EXPECT_LT(cpu_s, 0.2);
}

}  // namespace
}  // namespace audiomuse::library
