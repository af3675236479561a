#include <gmock/gmock.h>

#include <algorithm>
#include <map>

#include "audiomuse/servers/account.h"
#include "audiomuse/servers/playlist.h"

namespace audiomuse::servers {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Keeps playlists, and does to each what `spoil` says.
class ForgetfulServer final : public library::MediaServer {
public:
    std::function<void(std::vector<std::string>&)> spoil;
    bool deletes = true;
    std::map<std::string, std::vector<std::string>> kept;

    library::ServerInfo probe(const CancelToken&) override { return {}; }
    std::vector<library::MusicLibrary> libraries(const CancelToken&) override { return {}; }
    std::vector<library::ServerAlbum> newest_albums(std::int64_t, const CancelToken&) override { return {}; }
    std::int64_t list_tracks(const std::function<void(library::ServerTrack)>&, const CancelToken&) override {
        return 0;
    }
    std::vector<library::ServerTrack> most_played(std::int64_t, const CancelToken&) override { return {}; }
    library::Opinions opinions(const CancelToken&) override { return {}; }
    void fetch(const std::string&, const std::filesystem::path&, const CancelToken&) override {}
    std::string lyrics(const std::string&, const CancelToken&) override { return ""; }
    std::string change_stamp(const CancelToken&) override { return ""; }
    std::vector<library::ServerPlaylist> playlists(const CancelToken&) override { return {}; }
    std::vector<std::string> playlist_tracks(const std::string& playlist, const CancelToken&) override {
        return kept.at(playlist);
    }
    std::string create_playlist(const std::string& name, std::span<const std::string> tracks,
                                const CancelToken&) override {
        std::vector<std::string> made(tracks.begin(), tracks.end());
        if (spoil) spoil(made);
        kept["id of " + name] = std::move(made);
        return "id of " + name;
    }
    std::string replace_playlist(const library::ServerPlaylist& playlist, std::span<const std::string>,
                                 const CancelToken&) override {
        return playlist.id;
    }
    void delete_playlist(const std::string& playlist, const CancelToken&) override {
        if (!deletes) throw Error(ErrorCode::permission_denied, "Nobody may delete.");
        kept.erase(playlist);
    }
    bool keeps_duplicates() const override { return true; }
};

const std::vector<std::string> kTracks = {"c", "a", "b"};

std::string failure(ForgetfulServer& server) {
    try {
        create_verified_playlist(server, "Rain", kTracks, {});
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::server_failed);
        return error.what();
    }
    return "no failure";
}

TEST(VerifiedPlaylist, IsKeptWhenItIsWhatWasAskedFor) {
    ForgetfulServer server;
    const std::string id = create_verified_playlist(server, "Rain", kTracks, {});
    EXPECT_EQ(id, "id of Rain");
    EXPECT_THAT(server.kept.at(id), ElementsAre("c", "a", "b"));
}

TEST(VerifiedPlaylist, HalfOfOneIsAnErrorWithBothNumbersAndIsDeleted) {
    ForgetfulServer server;
    server.spoil = [](auto& tracks) { tracks.pop_back(); };
    EXPECT_THAT(failure(server), AllOf(HasSubstr("holds 2 tracks"), HasSubstr("3 were written")));
    EXPECT_THAT(server.kept, IsEmpty());
    server.spoil = [](auto& tracks) { tracks.emplace_back("d"); };
    EXPECT_THAT(failure(server), HasSubstr("holds 4 tracks"));
    server.spoil = [](auto& tracks) { std::ranges::sort(tracks); };
    EXPECT_THAT(failure(server), HasSubstr("another order"));
    server.deletes = false;
    EXPECT_THAT(failure(server), HasSubstr("another order")) << "what went wrong first";
}

TEST(Account, HasAllThatIsKeptOfAServer) {
    store::ServerRow row;
    row.type = "Subsonic";
    row.name = "Home";
    row.url = "http://nas:4533";
    row.user = "anna";
    row.password = "secret";
    row.token = "key";
    row.libraries = {"1"};
    row.music_folder = "/music";
    row.allow_plain_password = true;
    const library::ServerAccount account = account_of(row);
    EXPECT_EQ(account.kind, library::ServerKind::navidrome);
    EXPECT_EQ(account.url, "http://nas:4533");
    EXPECT_EQ(account.user + account.password + account.token, "annasecretkey");
    EXPECT_THAT(account.libraries, ElementsAre("1"));
    EXPECT_EQ(account.music_folder, "/music");
    EXPECT_TRUE(account.allow_plain_password);
    row.type = "local";
    EXPECT_THROW(account_of(row), Error);
}

}  // namespace
}  // namespace audiomuse::servers
