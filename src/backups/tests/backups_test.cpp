#include "audiomuse/backups/backups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "audiomuse/base/error.h"
#include "support/temp_folder.h"

namespace audiomuse::backups {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing_support::contents;

class Backups : public ::testing::Test {
protected:
    /// A track with an analysis, and a playlist of it.
    void add(const std::string& path) {
        const Tracks::PutItem item{{path, {10, 1}}, path, {.title = path, .artists = {"Somebody"}}};
        const TrackId id = store_->tracks().put(store_->tracks().local_server(), {&item, 1}).front().id;
        TrackAnalysis analysis;
        analysis.model = {"mini", "1"};
        analysis.embedding = {0.1F, -0.2F, 1e-30F};
        const store::Analyses::Saved saved{id, item.file.stamp, analysis, std::nullopt};
        store_->analyses().save({&saved, 1});
        store_->playlists().create("List of " + path, store::PlaylistKind::own, "{}", std::vector{id});
    }
    void put_file(const std::string& name, const std::string& text = "x") { std::ofstream(folder_ / name) << text; }
    Error error_of(const std::function<void()>& work) {
        try {
            work();
        } catch (const Error& error) {
            return error;
        }
        ADD_FAILURE() << "no error";
        return {ErrorCode::internal, "none"};
    }

    using Tracks = store::Tracks;
    testing_support::TempFolder place_;
    const fs::path folder_ = place_ / "backups";
    std::unique_ptr<store::Store> store_ = store::open_sqlite(place_ / "audiomuse.db");
    const MakeOptions options_{.kept = 2};
};

TEST_F(Backups, ComeBackBitForBit) {
    add("/a.flac");
    add("/b.flac");
    const Backup made = make(*store_, folder_, options_);
    EXPECT_EQ(made.tracks, 2);
    const std::string before = contents(folder_ / made.filename);

    // Everything goes, and something else comes.
    std::vector<TrackId> gone;
    store_ = nullptr;
    for (const char* ending : {"", "-wal", "-shm"})
        fs::remove(place_ / (std::string("audiomuse.db") + ending));
    store_ = store::open_sqlite(place_ / "audiomuse.db");
    add("/c.flac");

    const Restored restored = restore(*store_, folder_, made.filename, options_);
    EXPECT_EQ(restored.report.tracks, 2);
    EXPECT_TRUE(store_->tracks().by_path("/a.flac"));
    EXPECT_FALSE(store_->tracks().by_path("/c.flac"));
    // The change counter alone goes on, so that caches notice: an export of the same rows from an empty store is equal.
    const auto fresh = store::open_sqlite(place_ / "fresh.db");
    fresh->transfer().import_from(folder_ / made.filename, {}, {});
    fresh->transfer().export_to(place_ / "again.audiomuse", {});
    EXPECT_TRUE(contents(place_ / "again.audiomuse") == before);

    ASSERT_FALSE(restored.kept_as.empty());
    restore(*store_, folder_, restored.kept_as, options_);
    EXPECT_TRUE(store_->tracks().by_path("/c.flac")) << "and back";
}

TEST_F(Backups, TheNewestStay) {
    add("/a.flac");
    fs::create_directories(folder_);
    put_file("audiomuse-20200101-030000-5-tracks.audiomuse");
    put_file("audiomuse-20210101-030000-6-tracks.audiomuse");
    put_file("mine.audiomuse");
    put_file("audiomuse-notes-tracks.audiomuse");
    make(*store_, folder_, options_);
    std::vector<std::string> names;
    for (const Backup& backup : list(folder_))
        names.push_back(backup.filename);
    EXPECT_THAT(names, SizeIs(4));
    EXPECT_THAT(names, ::testing::Not(::testing::Contains("audiomuse-20200101-030000-5-tracks.audiomuse")));
    EXPECT_THAT(names, ::testing::Contains("mine.audiomuse")) << "what others put there is theirs";
    EXPECT_THAT(names, ::testing::Contains("audiomuse-notes-tracks.audiomuse"));
    const Backup old = list(folder_).back();
    EXPECT_EQ(old.filename, "audiomuse-20210101-030000-6-tracks.audiomuse");
    EXPECT_EQ(old.tracks, 6);
    EXPECT_EQ(old.made_at, 1'609'470'000);
}

TEST_F(Backups, OnlyFilesOfTheFolderAreFound) {
    fs::create_directories(folder_);
    put_file("mine.audiomuse");
    put_file("mine.txt");
    put_file(".hidden.audiomuse");
    std::ofstream(place_ / "outside.audiomuse") << "x";
    fs::create_symlink(place_ / "outside.audiomuse", folder_ / "link.audiomuse");
    fs::create_directory(folder_ / "folder.audiomuse");
    EXPECT_EQ(find(folder_, "mine.audiomuse"), folder_ / "mine.audiomuse");
    for (const char* name : {"", ".", "..", "mine.txt", ".hidden.audiomuse", "../outside.audiomuse", "link.audiomuse",
                             "folder.audiomuse", "./mine.audiomuse", "/etc/passwd"}) {
        EXPECT_EQ(error_of([&] { find(folder_, name); }).code(), ErrorCode::not_found) << name;
    }
    EXPECT_THAT(list(folder_), SizeIs(1));
    EXPECT_THAT(list(place_ / "nowhere"), SizeIs(0));
}

TEST_F(Backups, NeverFillTheDisk) {
    add("/a.flac");
    MakeOptions full = options_;
    full.room = [](const fs::path&) { return std::uint64_t{200} << 20; };
    const Error refused = error_of([&] { make(*store_, folder_, full); });
    EXPECT_EQ(refused.code(), ErrorCode::limit_exceeded);
    EXPECT_THAT(refused.what(), HasSubstr("There is no room for a backup"));

    int asked = 0;  // enough at first, and then something else fills the disk
    full.room = [&](const fs::path&) { return ++asked == 1 ? std::uint64_t{1} << 40 : std::uint64_t{1} << 20; };
    EXPECT_EQ(error_of([&] { make(*store_, folder_, full); }).code(), ErrorCode::limit_exceeded);
    EXPECT_TRUE(fs::is_empty(folder_)) << "nothing is left behind";
}

TEST_F(Backups, ADamagedOneChangesNothing) {
    add("/a.flac");
    const Backup made = make(*store_, folder_, options_);
    std::string bytes = contents(folder_ / made.filename);
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
    put_file("damaged.audiomuse", bytes);
    const std::int64_t before = store_->change_counter();
    error_of([&] { restore(*store_, folder_, "damaged.audiomuse", options_); });
    EXPECT_EQ(store_->change_counter(), before);
    EXPECT_TRUE(store_->tracks().by_path("/a.flac"));
}

}  // namespace
}  // namespace audiomuse::backups
