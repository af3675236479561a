#include "server/fake_jellyfin.h"

#include <fmt/format.h>

#include <boost/json/parse.hpp>

#include "jellyfin/items.h"
#include "server/json_read.h"

namespace audiomuse::library::testing {

namespace json = boost::json;

namespace {

json::object user_object(const std::string& name, const std::string& id, bool administrator, bool downloads) {
    return {{"Name", name},
            {"Id", id},
            {"Policy", json::object{{"IsAdministrator", administrator}, {"EnableContentDownloading", downloads}}}};
}

const WebAnswer kRefused = {.status = 400, .type = "text/plain", .body = "Error processing request."};

}  // namespace

FakeJellyfin::FakeJellyfin(const std::string& version, Login login)
    : FakeMediaBrowser("c0ffee000000000000000000", "a1b0000000000000000000bb", "11b0000000000000000000cc",
                       "feedc0de0000000000000000", 8),
      version_(version),
      login_(login) {
    keeps_duplicates_ = minor_version() >= 12;
    entries_are_tracks_ = minor_version() >= 10;
    may_download = by_key();
}

int FakeJellyfin::minor_version() const {
    const auto version = media_browser::parse_version(version_);
    return version.major > 10 ? version.major : version.minor;
}

ServerAccount FakeJellyfin::account() const {
    ServerAccount account{
        .kind = ServerKind::jellyfin, .url = web().url() + "/web/index.html", .limits = fast_limits()};
    if (login_ != Login::token) account.user = "Alice";
    (login_ == Login::password ? account.password : account.token) = login_ == Login::password ? kPassword : kToken;
    return account;
}

ServerAccount FakeJellyfin::wrong_login() const {
    ServerAccount wrong = account();
    (login_ == Login::password ? wrong.password : wrong.token) = kWrong;
    return wrong;
}

std::string FakeJellyfin::token() const {
    return login_ == Login::password ? fmt::format("{}{}", kToken, logins_) : kToken;
}

void FakeJellyfin::end_login() {
    std::lock_guard lock(state_.mutex);
    ++logins_;
}

bool FakeJellyfin::is_known(const Asked& asked) {
    const WebRequest& request = asked.request;
    for (const char* old : {"x-emby-token", "x-mediabrowser-token", "x-emby-authorization"})
        if (!request.header(old).empty()) complain(asked, std::string("a header that Jellyfin 12 refuses: ") + old);
    if (asked.query.contains("api_key")) complain(asked, "the token in the address");
    return request.header("authorization") == fmt::format("MediaBrowser Token=\"{}\"", token());
}

/// API keys are nobody; a user's token stands for him.
void FakeJellyfin::check_user(const Asked& asked) {
    const std::string user = asked.value("userid");
    if (user.empty() && by_key()) complain(asked, "an API key without a user");
    if (!user.empty() && user != kAliceId) complain(asked, "another user");
}

WebAnswer FakeJellyfin::answer(const Asked& asked) {
    if (asked.is("GET", "/System/Info/Public")) {
        json::object info{{"Version", version_}, {"Id", "7c1e5b0d9a3f4e6c8b2d0f1a3c5e7b90"}};
        if (!product.empty()) info["ProductName"] = product;
        return json_answer(info);
    }
    if (asked.is("POST", "/Users/AuthenticateByName")) return log_in(asked);
    if (!is_known(asked)) return empty_answer(401);
    const std::string type = asked.request.header("content-type");
    if (asked.request.body.empty() ? !type.empty() : type != "application/json") complain(asked, "type " + type);
    return answer_known(asked);
}

WebAnswer FakeJellyfin::log_in(const Asked& asked) {
    const std::string client = asked.request.header("authorization");
    for (const char* part : {"MediaBrowser ", "Client=\"", "Device=\"", "DeviceId=\"", "Version=\""})
        if (client.find(part) == std::string::npos) return empty_answer(400);
    const json::value body = json::parse(asked.request.body);
    if (text_at(body, "Username") != "Alice" || text_at(body, "Pw") != kPassword) return empty_answer(401);
    ++logins_;
    return json_answer(json::object{{"AccessToken", token()}, {"User", user_object("alice", kAliceId, false, false)}});
}

WebAnswer FakeJellyfin::users(const Asked& asked) {
    check_query(asked, {});
    if (asked.is("GET", "/Users/Me"))
        return by_key() ? kRefused : json_answer(user_object("alice", kAliceId, false, may_download));
    return json_answer(
        json::array{user_object("bob", kBobId, false, true), user_object("alice", kAliceId, true, true)});
}

WebAnswer FakeJellyfin::answer_known(const Asked& asked) {
    if (asked.is("GET", "/Users/Me") || asked.is("GET", "/Users")) return users(asked);
    if (asked.is("GET", "/Library/VirtualFolders")) return by_key() ? libraries(true) : empty_answer(403);
    if (asked.is("GET", "/UserViews")) {
        if (minor_version() < 9) return empty_answer(404);
        check_query(asked, {"userid"});
        check_user(asked);
        return libraries(false);
    }
    if (asked.is("GET", "/Users/" + kAliceId + "/Views")) return libraries(false);
    if (asked.is("GET", "/ScheduledTasks")) return by_key() ? scheduled_tasks() : empty_answer(403);
    if (asked.is("GET", "/Items")) {
        check_user(asked);
        return items(asked, true, true);
    }
    if (asked.path.front() == "Playlists") return playlists(asked);
    return media(asked);
}

WebAnswer FakeJellyfin::media(const Asked& asked) {
    if (asked.is("GET", "/Items/*/Download"))
        return may_download ? audio_file(asked.path[1]) : empty_answer(number_of_track(asked.path[1]) ? 403 : 404);
    if (asked.is("GET", "/Items/*/File")) return audio_file(asked.path[1]);
    if (asked.is("GET", "/Audio/*/Lyrics") && minor_version() >= 9) {
        const auto number = number_of_track(asked.path[1]);
        if (!number || fake_track(*number).lyrics.empty()) return json_answer(json::object{{"status", 404}}, 404);
        json::array lines;
        lines.emplace_back(json::object{{"Text", "Morning comes in slowly"}, {"Start", 0}});
        lines.emplace_back(json::object{{"Text", "Over paper walls"}, {"Start", 25000000}});
        return json_answer(json::object{{"Metadata", json::object()}, {"Lyrics", std::move(lines)}});
    }
    if (asked.is("DELETE", "/Items/*")) {
        if (playlist(asked.path[1]) == nullptr) {
            if (number_of_track(asked.path[1])) complain(asked, "a track's file is deleted");
            return empty_answer(404);
        }
        if (!deletes_playlists) return empty_answer(401);
        state_.playlists.erase(playlist_number(asked.path[1]));
        return empty_answer(204);
    }
    complain(asked, "no such call");
    return empty_answer(404);
}

WebAnswer FakeJellyfin::create(const Asked& asked) {
    check_query(asked, {});
    const json::value body = json::parse(asked.request.body);
    if (text_at(body, "Name").empty()) return json_answer(json::object{{"status", 400}}, 400);
    if (text_at(body, "UserId") != kAliceId) return kRefused;
    if (text_at(body, "MediaType") != "Audio") complain(asked, "no media type");
    if (!member(body, "IsPublic").is_bool() || flag_at(body, "IsPublic")) complain(asked, "everybody sees it");
    std::vector<std::string> ids;
    each_at(body, "Ids", [&](const json::value& id) { ids.push_back(text_at(id, "")); });
    return json_answer(json::object{{"Id", make_playlist(text_at(body, "Name"), ids)}});
}

WebAnswer FakeJellyfin::update(const Asked& asked) {
    if (minor_version() < 9) return empty_answer(404);
    if (by_key()) {
        complain(asked, "this is for users only");
        return kRefused;
    }
    FakePlaylist* list = playlist(asked.path[1]);
    if (list == nullptr) return {.status = 404, .body = "\"Playlist not found\""};
    if (!list->own) return empty_answer(403);
    std::vector<std::string> ids;
    each_at(json::parse(asked.request.body), "Ids", [&](const json::value& id) { ids.push_back(text_at(id, "")); });
    list->tracks.clear();
    add_to(*list, wanted_tracks(ids));
    return empty_answer(204);
}

WebAnswer FakeJellyfin::playlists(const Asked& asked) {
    if (asked.is("POST", "/Playlists")) return create(asked);
    if (asked.is("POST", "/Playlists/*")) return update(asked);
    if (asked.path.size() != 3 || asked.path[2] != "Items") {
        complain(asked, "no such call");
        return empty_answer(404);
    }
    const std::string id = asked.path[1];
    FakePlaylist* list = playlist(id);
    if (asked.method == "GET") {
        check_query(asked, {"userid", "startindex", "limit"});
        check_user(asked);
        return playlist_entries(asked, id, true);
    }
    if (list == nullptr) return {.status = 404, .body = "\"Playlist not found\""};
    if (asked.method == "POST") {
        check_query(asked, {"userid", "ids"});
        check_user(asked);
        if (!list->own) return empty_answer(403);
        const auto ids = comma_list(asked.value("ids"));
        if (ids.size() > 100) return empty_answer(414);
        if (adding_fails()) return empty_answer(500);
        add_to(*list, wanted_tracks(ids));
        return empty_answer(204);
    }
    check_query(asked, {"entryids"});
    if (by_key() && (minor_version() == 9 || minor_version() == 10)) return kRefused;
    const auto entries = comma_list(asked.value("entryids"));
    if (entries.size() > 100) return empty_answer(414);
    remove_entries(id, entries);
    return empty_answer(204);
}

}  // namespace audiomuse::library::testing
