#include "subsonic/subsonic.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <optional>

#include "audiomuse/base/log.h"
#include "server/json_read.h"
#include "subsonic/catalogue.h"
#include "subsonic/playlists.h"
#include "subsonic/session.h"

namespace audiomuse::library {

namespace json = boost::json;
using namespace subsonic;

namespace {

/// After every scan: servers that get a later time answer with little.
constexpr const char* kFarFutureMs = "4102444800000";

std::string product_of(const Response& server) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kProducts = {
        {{"navidrome", "Navidrome"}, {"ampache", "Ampache"}, {"lms", "LMS"}, {"subsonic", "Subsonic"}}};
    if (server.type.empty()) return "Subsonic server";
    const auto known = std::ranges::find(kProducts, server.type, &std::pair<std::string_view, std::string_view>::first);
    return known == kProducts.end() ? server.type : std::string(known->second);
}

std::string version_of(const Response& server) {
    if (server.server_version.empty()) return fmt::format("API {}", server.api_version);
    return server.server_version.substr(0, server.server_version.find(" ("));  // then the commit
}

/// Whether the failure says that there is no such method.
bool lacks_method(const Response& response) {
    return !response.ok && response.error == kGeneric;
}

class SubsonicServer final : public MediaServer {
public:
    explicit SubsonicServer(const ServerAccount& account)
        : session_(account), catalogue_(session_, account.libraries), playlists_(session_) {}

    ServerInfo probe(const CancelToken& cancel) override;
    std::vector<MusicLibrary> libraries(const CancelToken& cancel) override { return catalogue_.libraries(cancel); }
    std::vector<ServerAlbum> newest_albums(std::int64_t limit, const CancelToken& cancel) override {
        return catalogue_.newest_albums(limit, cancel);
    }
    std::int64_t list_tracks(const std::function<void(ServerTrack)>& found, const CancelToken& cancel) override {
        return catalogue_.list_tracks(found, cancel);
    }
    std::vector<ServerTrack> most_played(std::int64_t limit, const CancelToken& cancel) override {
        return catalogue_.most_played(limit, cancel);
    }
    Opinions opinions(const CancelToken& cancel) override {
        return {.tracks = catalogue_.starred(cancel), .all_favourites = true};  // nothing lists the rated ones
    }
    void fetch(const std::string& track, const std::filesystem::path& file, const CancelToken& cancel) override {
        session_.fetch(track, file, cancel);
    }
    std::string lyrics(const std::string& track, const CancelToken& cancel) override;
    std::string change_stamp(const CancelToken& cancel) override;

    std::vector<ServerPlaylist> playlists(const CancelToken& cancel) override {
        return playlists_.own(user(cancel), cancel);
    }
    std::vector<std::string> playlist_tracks(const std::string& playlist, const CancelToken& cancel) override {
        return playlists_.tracks(playlist, cancel);
    }
    std::string create_playlist(const std::string& name, std::span<const std::string> tracks,
                                const CancelToken& cancel) override {
        return playlists_.create(name, tracks, user(cancel), cancel);
    }
    std::string replace_playlist(const ServerPlaylist& playlist, std::span<const std::string> tracks,
                                 const CancelToken& cancel) override {
        playlists_.replace(playlist, tracks, cancel);
        return playlist.id;
    }
    void delete_playlist(const std::string& playlist, const CancelToken& cancel) override {
        playlists_.remove(playlist, cancel);
    }
    bool keeps_duplicates() const override { return true; }

private:
    std::string user(const CancelToken& cancel) const;
    std::string advice(const CancelToken& cancel) const;
    std::optional<std::string> lyrics_by_id(const std::string& track, const CancelToken& cancel) const;
    std::string stamp_of_scan(const CancelToken& cancel) const;

    Session session_;
    Catalogue catalogue_;
    Playlists playlists_;
    mutable std::mutex mutex_;
    mutable std::optional<std::string> user_of_key_;
    mutable std::atomic<bool> has_lyrics_by_id_{true};
};

ServerInfo SubsonicServer::probe(const CancelToken& cancel) {
    try {
        session_.ask("ping", {}, cancel);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found) throw;
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("{} has no Subsonic interface (/rest). Is the path of the address right, and is the "
                                "interface switched on?",
                                session_.shown()));
    }
    ServerInfo info;
    info.product = product_of(session_.server());
    info.version = version_of(session_.server());
    info.user = user(cancel);
    Catalogue::Count count = catalogue_.count(cancel);
    info.libraries = std::move(count.libraries);
    info.tracks = count.tracks;
    info.advice = advice(cancel);
    return info;
}

std::string SubsonicServer::advice(const CancelToken& cancel) const {
    if (!session_.is_navidrome()) return {};
    const auto track = catalogue_.any_track(cancel);
    if (!track || track->path_is_real) return {};
    return "Navidrome sends paths made up from tags. Switch on \"Report Real Path\" for the player AudioMuse "
           "(Settings, "
           "Players), so that files can be read from disk and recognised after a change of the server.";
}

/// Whose playlists and play counts these are. An API key names nobody, so the server is asked.
std::string SubsonicServer::user(const CancelToken& cancel) const {
    if (!session_.has_key()) return session_.user();
    {
        std::lock_guard lock(mutex_);
        if (user_of_key_) return *user_of_key_;
    }
    std::string name = session_.user();
    try {
        const Response response = session_.try_ask("tokenInfo", {}, cancel);
        if (response.ok) {
            name = text_at(response.content, "tokenInfo.username");
        } else if (!lacks_method(response)) {
            session_.fail(response);
        }
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::unsupported) throw;
    }
    std::lock_guard lock(mutex_);
    user_of_key_ = name;
    return name;
}

/// Nothing: the server has no such method.
std::optional<std::string> SubsonicServer::lyrics_by_id(const std::string& track, const CancelToken& cancel) const {
    Response response;
    try {
        response = session_.try_ask("getLyricsBySongId", {{"id", track}}, cancel);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::not_found && error.code() != ErrorCode::unsupported) throw;
        return std::nullopt;
    }
    if (lacks_method(response)) return std::nullopt;
    if (!response.ok) session_.fail(response);
    return read_structured_lyrics(response.content);
}

std::string SubsonicServer::lyrics(const std::string& track, const CancelToken& cancel) {
    if (has_lyrics_by_id_)
        if (auto text = lyrics_by_id(track, cancel)) return *text;
    const json::value content = session_.ask("getSong", {{"id", track}}, cancel);
    has_lyrics_by_id_ = false;
    const std::string artist = text_at(content, "song.artist");
    const std::string title = text_at(content, "song.title");
    if (artist.empty() || title.empty()) return {};
    return read_lyrics(session_.ask("getLyrics", {{"artist", artist}, {"title", title}}, cancel), title);
}

/// Empty where the server does not say, or not to this user.
std::string SubsonicServer::stamp_of_scan(const CancelToken& cancel) const {
    try {
        const Response response = session_.try_ask("getScanStatus", {}, cancel);
        if (response.ok) return read_scan(response.content);
        if (!lacks_method(response) && response.error != kNotAllowed) session_.fail(response);
    } catch (const Error& error) {
        const bool may_be_told_otherwise = error.code() == ErrorCode::not_found ||
                                           error.code() == ErrorCode::unsupported ||
                                           error.code() == ErrorCode::permission_denied;
        if (!may_be_told_otherwise) throw;
    }
    return {};
}

std::string SubsonicServer::change_stamp(const CancelToken& cancel) {
    if (std::string scan = stamp_of_scan(cancel); !scan.empty()) return scan;
    const json::value content = session_.ask("getIndexes", {{"ifModifiedSince", kFarFutureMs}}, cancel);
    std::string stamp = text_at(content, "indexes.lastModified");
    if (stamp.empty()) stamp = fmt::format("{}", number_at(content, "indexes.lastModified").value_or(0));
    for (const ServerAlbum& album : catalogue_.newest_albums(1, cancel))
        stamp += fmt::format(" {} {} {}", album.id, album.added_at, album.tracks);
    return stamp;
}

}  // namespace

std::unique_ptr<MediaServer> create_subsonic(const ServerAccount& account) {
    return std::make_unique<SubsonicServer>(account);
}

}  // namespace audiomuse::library
