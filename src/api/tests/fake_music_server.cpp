#include "fake_music_server.h"

#include <algorithm>

namespace audiomuse::api::testing {
namespace {

using library::MusicLibrary;

class FakeMusicServer final : public library::MediaServer {
public:
    explicit FakeMusicServer(const library::ServerAccount& account) : account_(account) {
        if (account.kind == library::ServerKind::navidrome && account.user.empty()) {
            throw Error(ErrorCode::invalid_argument, "The user for Navidrome is missing.");
        }
    }

    library::ServerInfo probe(const CancelToken& cancel) override {
        const std::vector<MusicLibrary> all = libraries(cancel);
        library::ServerInfo info{.product = "Fakedrome", .version = "1.2", .user = account_.user, .libraries = all};
        for (const std::string& wanted : account_.libraries) {
            if (std::ranges::find(all, wanted, &MusicLibrary::id) == all.end()) {
                throw Error(ErrorCode::invalid_argument, "There is no music library called \"" + wanted + "\".");
            }
        }
        for (const MusicLibrary& each : all) {
            if (account_.libraries.empty() ||
                std::ranges::find(account_.libraries, each.id) != account_.libraries.end())
                info.tracks += *each.tracks;
        }
        return info;
    }

    std::vector<MusicLibrary> libraries(const CancelToken&) override {
        if (account_.url.starts_with("http://refused"))
            throw Error(ErrorCode::unavailable, "Fakedrome refused the connection. Is it running, on this port?");
        if (account_.url.ends_with("/wrong"))
            throw Error(ErrorCode::invalid_argument, "Fakedrome answers with a web page. Check the path.");
        if (account_.password != "secret" && account_.token != "key")
            throw Error(ErrorCode::login_refused, "Fakedrome refused user or password.");
        if (account_.user == "guest")
            throw Error(ErrorCode::permission_denied, "Fakedrome does not let guest see music.");
        if (account_.user == "lost") throw Error(ErrorCode::invalid_argument, "Fakedrome has no user called \"lost\".");
        if (account_.kind == library::ServerKind::lyrion)
            throw Error(ErrorCode::unsupported, "Fakedrome does not tell its libraries.");
        if (account_.user == "empty") return {};
        return {{"1", "Music", 12}, {"2", "Talk", 3}};
    }

    std::vector<library::ServerAlbum> newest_albums(std::int64_t, const CancelToken&) override { return {}; }
    std::int64_t list_tracks(const std::function<void(library::ServerTrack)>&, const CancelToken&) override {
        return 0;
    }
    std::vector<library::ServerTrack> most_played(std::int64_t, const CancelToken& cancel) override {
        libraries(cancel);  // as whoever may see these
        library::ServerTrack often;
        often.id = "nd-2";
        often.play_count = 9;
        library::ServerTrack once;
        once.id = "nd-1";
        once.play_count = 1;
        return {often, once};
    }
    library::Opinions opinions(const CancelToken&) override { return {}; }
    void fetch(const std::string&, const std::filesystem::path&, const CancelToken&) override {}
    std::string lyrics(const std::string&, const CancelToken&) override { return ""; }
    std::string change_stamp(const CancelToken&) override { return ""; }
    std::vector<library::ServerPlaylist> playlists(const CancelToken&) override { return {}; }
    std::vector<std::string> playlist_tracks(const std::string&, const CancelToken&) override { return kept_; }
    std::string create_playlist(const std::string& name, std::span<const std::string> tracks,
                                const CancelToken& cancel) override {
        libraries(cancel);  // who may not see anything may not write either
        kept_.assign(tracks.begin(), tracks.end());
        if (account_.user == "half") kept_.resize(kept_.size() / 2);
        return account_.user + "/" + name;
    }
    std::string replace_playlist(const library::ServerPlaylist& playlist, std::span<const std::string>,
                                 const CancelToken&) override {
        return playlist.id;
    }
    void delete_playlist(const std::string&, const CancelToken&) override {}
    bool keeps_duplicates() const override { return true; }

private:
    const library::ServerAccount account_;
    std::vector<std::string> kept_;
};

}  // namespace

std::unique_ptr<library::MediaServer> fake_music_server(const library::ServerAccount& account) {
    return std::make_unique<FakeMusicServer>(account);
}

}  // namespace audiomuse::api::testing
