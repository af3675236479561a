#include "jellyfin/jellyfin.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <limits>

#include "audiomuse/base/log.h"
#include "jellyfin/media_browser.h"
#include "server/json_read.h"

namespace audiomuse::library {

namespace json = boost::json;
namespace mb = media_browser;

namespace {

constexpr mb::Version kLyrics{10, 9};
constexpr mb::Version kKeyReplaces{10, 11};  // API keys may take entries out of playlists
constexpr mb::Version kDuplicates{12, 0};

json::array json_list(std::span<const std::string> ids) {
    json::array list;
    for (const std::string& id : ids)
        list.emplace_back(id);
    return list;
}

class Jellyfin : public MediaBrowser {
public:
    explicit Jellyfin(const ServerAccount& account)
        : MediaBrowser(account, account.url,
                       {.prefix = "",
                        .user = "userId",
                        .ids = "ids",
                        .entries = "entryIds",
                        .track_fields = "Path,DateCreated,Genres,ProviderIds",
                        .ids_at_creation = std::numeric_limits<std::size_t>::max()}) {}

    std::string lyrics(const std::string& track, const CancelToken& cancel) override;
    std::string replace_playlist(const ServerPlaylist& playlist, std::span<const std::string> tracks,
                                 const CancelToken& cancel) override;
    bool keeps_duplicates() const override;

protected:
    Pairs token_headers(const std::string& token) const override;
    std::pair<std::string, std::string> client_header() const override;
    void check_kind(const json::value& info) const override;
    void resolve_user(Session& session, const CancelToken& cancel) const override;
    Call items_call(const Session& session) const override;
    std::vector<mb::Folder> read_folders(const Session& session, const CancelToken& cancel) const override;
    std::string post_playlist(const Session& session, const std::string& name, std::span<const std::string> tracks,
                              const CancelToken& cancel) const override;
    Call deletion_call(const std::string& item) const override;
    void fetch_file(const Session& session, const std::string& track, const std::filesystem::path& file,
                    const CancelToken& cancel) const override;

private:
    mb::User named_user(const Session& session, const CancelToken& cancel) const;
    bool update(const Session& session, const std::string& playlist, std::span<const std::string> tracks) const;
};

// The other headers that older clients send are refused by Jellyfin 12. No device beside the token: it would rename the
// one that the token was made for.
Pairs Jellyfin::token_headers(const std::string& token) const {
    return {{"Authorization", fmt::format("MediaBrowser Token=\"{}\"", encode_segment(token))}};
}

std::pair<std::string, std::string> Jellyfin::client_header() const {
    return {"Authorization", "MediaBrowser " + client_description()};
}

void Jellyfin::check_kind(const json::value& info) const {
    constexpr int kFirstMajor = 10;  // Emby is at 4
    const bool named = text_at(info, "ProductName").find("Jellyfin") != std::string::npos;
    if (named || mb::parse_version(text_at(info, "Version")).major >= kFirstMajor) return;
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} is no Jellyfin but, it seems, an Emby {}. Choose Emby as its kind.", http().shown(),
                            text_at(info, "Version")));
}

void Jellyfin::resolve_user(Session& session, const CancelToken& cancel) const {
    const auto answer = send(session, {.path = "/Users/Me"}, cancel, {400, 404});
    const auto me = answer.status == 200 ? mb::parse_user(http().parse(answer)) : std::nullopt;
    const std::string& wanted = account().user;
    if (me && (wanted.empty() || mb::find_user({*me}, wanted))) {
        session.user = *me;
        session.own_token = true;
        return;
    }
    if (me && !me->administrator) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("The token for {} belongs to the user \"{}\", not to \"{}\".", http().shown(), me->name,
                                wanted));
    }
    if (wanted.empty()) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("The key for {} is an API key, which belongs to nobody. Enter the name of the user "
                                "whose playlists and play counts are meant.",
                                http().shown()));
    }
    session.user = named_user(session, cancel);
    if (mb::parse_version(session.version) < kKeyReplaces) {
        session.advice = fmt::format(
            "Jellyfin {} lets no API key change playlists, so one that is replaced gets another id. With a token or "
            "the password of the user, or with Jellyfin 10.11, it keeps its id.",
            session.version);
    }
}

mb::User Jellyfin::named_user(const Session& session, const CancelToken& cancel) const {
    const json::value answer = json(session, {.path = "/Users"}, cancel);
    if (!answer.is_array()) http().fail_reading("a list of users without one");
    if (auto user = mb::find_user(mb::parse_users(answer.get_array()), account().user)) return *user;
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} has no user called \"{}\".", http().shown(), account().user));
}

Call Jellyfin::items_call(const Session& session) const {
    return {.path = "/Items", .query = {{"userId", session.user.id}}};
}

std::vector<mb::Folder> Jellyfin::read_folders(const Session& session, const CancelToken& cancel) const {
    auto answer = send(session, {.path = "/Library/VirtualFolders"}, cancel, {403});
    if (answer.status == 403) {  // for administrators; others have views
        answer = send(session, {.path = "/UserViews", .query = {{"userId", session.user.id}}}, cancel, {404});
    }
    if (answer.status == 404) {  // before 10.9
        answer = send(session, {.path = fmt::format("/Users/{}/Views", encode_segment(session.user.id))}, cancel);
    }
    return folders_of(http().parse(answer));
}

void Jellyfin::fetch_file(const Session& session, const std::string& track, const std::filesystem::path& file,
                          const CancelToken& cancel) const {
    try {
        MediaBrowser::fetch_file(session, track, file, cancel);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::permission_denied) throw;
        // The same bytes, for users who may play but not download.
        download(session, fmt::format("/Items/{}/File", encode_segment(track)), file, cancel);
    }
}

std::string Jellyfin::lyrics(const std::string& track, const CancelToken& cancel) {
    const auto session = connect(cancel);
    if (mb::parse_version(session->version) < kLyrics) {
        throw Error(ErrorCode::unsupported, fmt::format("{} is version {}; only 10.9 and later hand out lyrics.",
                                                        http().shown(), session->version));
    }
    const auto answer = send(*session, {.path = fmt::format("/Audio/{}/Lyrics", encode_segment(track))}, cancel, {404});
    if (answer.status == 404) return {};
    auto text = mb::parse_lyrics(http().parse(answer));
    if (!text) http().fail_reading("no lyrics");
    return std::move(*text);
}

std::string Jellyfin::post_playlist(const Session& session, const std::string& name,
                                    std::span<const std::string> tracks, const CancelToken& cancel) const {
    // Without the media type an unknown id is an error; without IsPublic everybody sees the playlist.
    const json::object playlist{{"Name", name},
                                {"Ids", json_list(tracks)},
                                {"UserId", session.user.id},
                                {"MediaType", "Audio"},
                                {"IsPublic", false}};
    const Call call{
        .method = "POST", .path = "/Playlists", .body = json::serialize(playlist), .content_type = "application/json"};
    return text_at(json(session, call, cancel), "Id");
}

/// In one step, which is for owners only. False: not with this login, or not before 10.9.
bool Jellyfin::update(const Session& session, const std::string& playlist, std::span<const std::string> tracks) const {
    const Call call{.method = "POST",
                    .path = fmt::format("/Playlists/{}", encode_segment(playlist)),
                    .body = json::serialize(json::object{{"Ids", json_list(tracks)}}),
                    .content_type = "application/json"};
    return send(session, call, {}, {400, 404, 405}).status < 300;
}

std::string Jellyfin::replace_playlist(const ServerPlaylist& playlist, std::span<const std::string> tracks,
                                       const CancelToken& cancel) {
    check_playlist(playlist.name, tracks);
    const auto session = connect(cancel);
    cancel.check();
    if (session->own_token && update(*session, playlist.id, tracks)) {
        verify_playlist(*session, playlist.id, playlist.name, tracks, {});
        return playlist.id;
    }
    if (refill(*session, playlist, tracks, cancel)) return playlist.id;
    // An API key before 10.11. The old one goes when the new one is whole.
    std::string id = make_playlist(*session, playlist.name, tracks, cancel);
    try {
        remove_playlist(*session, playlist.id, {});
    } catch (const Error&) {
        try {
            remove_playlist(*session, id, {});
        } catch (const Error& error) {
            log::warn("A second playlist \"{}\" stays on {}: {}", playlist.name, http().shown(), error.what());
        }
        throw;
    }
    return id;
}

Call Jellyfin::deletion_call(const std::string& item) const {
    return {.method = "DELETE", .path = fmt::format("/Items/{}", encode_segment(item))};
}

bool Jellyfin::keeps_duplicates() const {
    try {
        return mb::parse_version(connect({})->version) >= kDuplicates;
    } catch (const Error&) {
        return false;
    }
}

}  // namespace

std::unique_ptr<MediaServer> create_jellyfin(const ServerAccount& account) {
    return std::make_unique<Jellyfin>(account);
}

}  // namespace audiomuse::library
