#include "emby/emby.h"

#include <fmt/format.h>

#include "audiomuse/base/text.h"
#include "emby/subtitle_text.h"
#include "jellyfin/media_browser.h"
#include "server/json_read.h"

namespace audiomuse::library {

namespace json = boost::json;
namespace mb = media_browser;

namespace {

constexpr std::string_view kPrefix = "/emby";
constexpr std::size_t kIdsAtCreation = 100;  // they go into the address

/// Without the prefix, which every path gets.
std::string address_of(const ServerAccount& account) {
    if (trim(account.url).empty()) return {};
    std::string address = clean_address(account.url, kind_title(account.kind));
    if (address.ends_with(kPrefix)) address.resize(address.size() - kPrefix.size());
    return address;
}

class Emby : public MediaBrowser {
public:
    explicit Emby(const ServerAccount& account)
        : MediaBrowser(account, address_of(account),
                       {.prefix = std::string(kPrefix),
                        .user = "UserId",
                        .ids = "Ids",
                        .entries = "EntryIds",
                        .track_fields = "Path,ProductionYear,ParentId,DateCreated,Genres,ProviderIds",
                        .ids_at_creation = kIdsAtCreation}) {
        if (this->account().user.empty()) {
            throw Error(ErrorCode::invalid_argument,
                        "Emby needs the name of the user whose playlists and play counts are meant.");
        }
    }

    std::string lyrics(const std::string& track, const CancelToken& cancel) override;
    std::string replace_playlist(const ServerPlaylist& playlist, std::span<const std::string> tracks,
                                 const CancelToken& cancel) override;
    bool keeps_duplicates() const override { return true; }

protected:
    Pairs token_headers(const std::string& token) const override { return {{"X-Emby-Token", token}}; }
    std::pair<std::string, std::string> client_header() const override {
        return {"X-Emby-Authorization", "Emby " + client_description()};
    }
    void check_kind(const json::value& info) const override;
    void resolve_user(Session& session, const CancelToken& cancel) const override;
    Call items_call(const Session& session) const override;
    std::vector<mb::Folder> read_folders(const Session& session, const CancelToken& cancel) const override;
    std::string post_playlist(const Session& session, const std::string& name, std::span<const std::string> tracks,
                              const CancelToken& cancel) const override;
    Call deletion_call(const std::string& item) const override;
    ServerTrack played_track(const Session& session, const json::value& row, const CancelToken& cancel) const override;

private:
    std::optional<mb::User> user_of_id(const Session& session, const std::string& id, const CancelToken& cancel) const;
    std::optional<mb::User> user_of_name(const Session& session, const CancelToken& cancel) const;
    std::string user_path(const Session& session, std::string_view rest) const;
    json::value item(const Session& session, const std::string& id, const Pairs& query,
                     const CancelToken& cancel) const;
};

void Emby::check_kind(const json::value& info) const {
    if (text_at(info, "ProductName").find("Jellyfin") == std::string::npos) return;
    throw Error(ErrorCode::invalid_argument,
                fmt::format("{} is no Emby but a Jellyfin. Choose Jellyfin as its kind.", http().shown()));
}

std::optional<mb::User> Emby::user_of_id(const Session& session, const std::string& id,
                                         const CancelToken& cancel) const {
    const auto answer = send(session, {.path = "/Users/" + encode_segment(id)}, cancel, {400, 404});
    if (answer.status != 200) return std::nullopt;
    return mb::parse_user(http().parse(answer));
}

std::optional<mb::User> Emby::user_of_name(const Session& session, const CancelToken& cancel) const {
    const auto answer = send(session, {.path = "/Users/Query"}, cancel, {401, 403, 404});
    if (answer.status == 200) {
        const auto users = mb::parse_rows(http().parse(answer), 0);
        if (!users) http().fail_reading("a list of users without one");
        return mb::find_user(mb::parse_users(users->rows), account().user);
    }
    // That list is for administrators. Those who may be seen at the login are for everybody.
    const json::value shown = json(session, {.path = "/Users/Public"}, cancel);
    if (!shown.is_array()) http().fail_reading("a list of users without one");
    const auto user = mb::find_user(mb::parse_users(shown.get_array()), account().user);
    if (!user) http().fail(answer);
    return user_of_id(session, user->id, cancel);
}

void Emby::resolve_user(Session& session, const CancelToken& cancel) const {
    std::optional<mb::User> user;
    if (mb::looks_like_user_id(account().user)) user = user_of_id(session, account().user, cancel);
    if (!user) user = user_of_name(session, cancel);
    if (!user) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("{} has no user called \"{}\".", http().shown(), account().user));
    }
    session.user = *user;
}

std::string Emby::user_path(const Session& session, std::string_view rest) const {
    return fmt::format("/Users/{}{}", encode_segment(session.user.id), rest);
}

json::value Emby::item(const Session& session, const std::string& id, const Pairs& query,
                       const CancelToken& cancel) const {
    json::value item =
        json(session, {.path = user_path(session, "/Items/" + encode_segment(id)), .query = query}, cancel);
    if (text_at(item, "Id").empty()) http().fail_reading("no item");
    return item;
}

Call Emby::items_call(const Session& session) const {
    return {.path = user_path(session, "/Items")};
}

std::vector<mb::Folder> Emby::read_folders(const Session& session, const CancelToken& cancel) const {
    auto answer = send(session, {.path = "/Library/VirtualFolders/Query"}, cancel, {401, 403, 404});
    if (answer.status == 404) answer = send(session, {.path = "/Library/VirtualFolders"}, cancel, {401, 403});
    // Both are for administrators; others have views.
    if (answer.status != 200) answer = send(session, {.path = user_path(session, "/Views")}, cancel);
    return folders_of(http().parse(answer));
}

ServerTrack Emby::played_track(const Session& session, const json::value& row, const CancelToken& cancel) const {
    if (mb::has_play_count(row)) return mb::parse_track(row);
    return mb::parse_track(item(session, text_at(row, "Id"), {}, cancel));
}

std::string Emby::lyrics(const std::string& track, const CancelToken& cancel) {
    const auto session = connect(cancel);
    const auto stream = find_subtitle(item(*session, track, {{"Fields", "MediaSources"}}, cancel));
    if (!stream) return {};
    const Call call{.path = fmt::format("/Items/{}/{}/Subtitles/{}/Stream.{}", encode_segment(track),
                                        encode_segment(stream->source), encode_segment(stream->index), stream->format)};
    // The path is not in the published API: whatever it is refused for, there are no lyrics.
    const auto answer = send(*session, call, cancel, {400, 401, 403, 404, 405, 415});
    return answer.status == 200 ? subtitle_text(answer.body) : std::string();
}

std::string Emby::post_playlist(const Session& session, const std::string& name, std::span<const std::string> tracks,
                                const CancelToken& cancel) const {
    const Call call{.method = "POST",
                    .path = "/Playlists",
                    .query = {{"Name", name},
                              {"Ids", fmt::format("{}", fmt::join(tracks, ","))},
                              {"MediaType", "Audio"},
                              {"UserId", session.user.id}}};
    return text_at(json(session, call, cancel), "Id");
}

std::string Emby::replace_playlist(const ServerPlaylist& playlist, std::span<const std::string> tracks,
                                   const CancelToken& cancel) {
    check_playlist(playlist.name, tracks);
    if (!refill(*connect(cancel), playlist, tracks, cancel)) {
        throw Error(ErrorCode::unsupported, fmt::format("{} does not let this user change the playlist \"{}\".",
                                                        http().shown(), playlist.name));
    }
    return playlist.id;
}

Call Emby::deletion_call(const std::string& item) const {
    return {.method = "POST", .path = "/Items/Delete", .query = {{"Ids", item}}};
}

}  // namespace

std::unique_ptr<MediaServer> create_emby(const ServerAccount& account) {
    return std::make_unique<Emby>(account);
}

}  // namespace audiomuse::library
