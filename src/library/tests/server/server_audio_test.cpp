#include "audiomuse/library/server_audio.h"

#include <gmock/gmock.h>

#include <fstream>

#include "support/temp_folder.h"

namespace audiomuse::library {
namespace {

using testing_support::contents;
using testing_support::TempFolder;

const CancelToken kGoOn;

TEST(PathMap, TheLongestBeginningCounts) {
    const PathMap map = {{"/music", "/mnt/a"}, {"/music/new/", "/mnt/b/"}, {"D:\\Music", "/mnt/c"}, {"", "/mnt/d"}};
    EXPECT_EQ(map_path(map, "/music/x/y.flac"), "/mnt/a/x/y.flac");
    EXPECT_EQ(map_path(map, "/music/new/y.flac"), "/mnt/b/y.flac");
    EXPECT_EQ(map_path(map, "D:\\Music\\x\\y.flac"), "/mnt/c/x/y.flac");
    EXPECT_EQ(map_path(map, "Artist/y.flac"), "/mnt/d/Artist/y.flac") << "relative paths of a server";
}

TEST(PathMap, OnlyWholePartsAndNothingOutside) {
    const PathMap map = {{"/music", "/mnt/a"}};
    EXPECT_EQ(map_path(map, "/musical/y.flac"), std::nullopt);
    EXPECT_EQ(map_path(map, "/other/y.flac"), std::nullopt);
    EXPECT_EQ(map_path(map, "/music/../../etc/passwd"), std::nullopt);
    EXPECT_EQ(map_path(map, "/music/x/../../../etc/passwd"), std::nullopt);
    EXPECT_EQ(map_path(map, "/music/x/../y.flac"), "/mnt/a/y.flac");
    EXPECT_EQ(map_path(map, "/music"), std::nullopt);
    EXPECT_EQ(map_path({}, "/music/y.flac"), std::nullopt);
}

/// Counts the bytes that go over the network.
class CountingServer final : public MediaServer {
public:
    std::uint64_t sent = 0;

    ServerInfo probe(const CancelToken&) override { return {}; }
    std::vector<MusicLibrary> libraries(const CancelToken&) override { return {}; }
    std::vector<ServerAlbum> newest_albums(std::int64_t, const CancelToken&) override { return {}; }
    std::int64_t list_tracks(const std::function<void(ServerTrack)>&, const CancelToken&) override { return 0; }
    std::vector<ServerTrack> most_played(std::int64_t, const CancelToken&) override { return {}; }
    Opinions opinions(const CancelToken&) override { return {}; }
    void fetch(const std::string& track, const std::filesystem::path& file, const CancelToken&) override {
        if (track == "gone") throw Error(ErrorCode::not_found, "There is no such track.");
        std::ofstream(file) << "from the server";
        sent += 15;
    }
    std::string lyrics(const std::string&, const CancelToken&) override { return {}; }
    std::string change_stamp(const CancelToken&) override { return {}; }
    std::vector<ServerPlaylist> playlists(const CancelToken&) override { return {}; }
    std::vector<std::string> playlist_tracks(const std::string&, const CancelToken&) override { return {}; }
    std::string create_playlist(const std::string&, std::span<const std::string>, const CancelToken&) override {
        return {};
    }
    std::string replace_playlist(const ServerPlaylist&, std::span<const std::string>, const CancelToken&) override {
        return {};
    }
    void delete_playlist(const std::string&, const CancelToken&) override {}
    bool keeps_duplicates() const override { return true; }
};

TEST(ServerAudio, FilesThatAreHereAreNotDownloaded) {
    const TempFolder folder;
    std::filesystem::create_directories(folder.path() / "music/Anna");
    std::ofstream(folder.path() / "music/Anna/1.flac") << "from the disk";
    const auto server = std::make_shared<CountingServer>();
    ServerAudio audio(server, {{"/srv", (folder.path() / "music").string()}}, folder.path() / "downloads");
    EXPECT_EQ(contents(audio.fetch("1", "/srv/Anna/1.flac", kGoOn)->path()), "from the disk");
    EXPECT_EQ(server->sent, 0u) << "bytes over the network";

    auto other = audio.fetch("2", "/srv/Anna/2.flac", kGoOn);
    EXPECT_EQ(contents(other->path()), "from the server") << "one that is not here";
    const std::filesystem::path place = other->path();
    other.reset();
    EXPECT_FALSE(std::filesystem::exists(place));
    EXPECT_THROW(audio.fetch("gone", "", kGoOn), Error);
    EXPECT_TRUE(std::filesystem::exists(folder.path() / "music/Anna/1.flac"));
}

}  // namespace
}  // namespace audiomuse::library
