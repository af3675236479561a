#include "server/fake_emby.h"

#include <boost/json/parse.hpp>

#include "server/json_read.h"

namespace audiomuse::library::testing {

namespace json = boost::json;

namespace {

json::object alice() {
    return {{"Name", "alice"}, {"Id", kAliceId}, {"Policy", json::object{{"IsAdministrator", true}}}};
}

}  // namespace

FakeEmby::FakeEmby(const std::string& version, Login login)
    : FakeMediaBrowser("1", "2", "3", "9", 7), version_(version), login_(login) {
    year_is_a_field_ = true;
}

ServerAccount FakeEmby::account() const {
    ServerAccount account{
        .kind = ServerKind::emby, .url = web().url() + "/emby/", .user = "Alice", .limits = fast_limits()};
    (login_ == Login::password ? account.password : account.token) = login_ == Login::password ? kPassword : kToken;
    return account;
}

ServerAccount FakeEmby::wrong_login() const {
    ServerAccount wrong = account();
    (login_ == Login::password ? wrong.password : wrong.token) = kWrong;
    return wrong;
}

WebAnswer FakeEmby::answer(const Asked& asked) {
    if (asked.path.front() != "emby") complain(asked, "without the prefix");
    if (asked.is("GET", "/emby/System/Info/Public")) {
        json::object info{{"Version", version_}, {"ServerName", "attic"}};
        if (!product.empty()) info["ProductName"] = product;
        return json_answer(info);
    }
    if (asked.is("GET", "/emby/Users/Public")) return json_answer(hides_users ? json::array() : json::array{alice()});
    if (asked.is("POST", "/emby/Users/AuthenticateByName")) return log_in(asked);
    if (!asked.request.header("authorization").empty()) complain(asked, "Jellyfin's header");
    if (asked.query.contains("api_key")) complain(asked, "the key in the address");
    if (asked.request.header("x-emby-token") != kToken)
        return {.status = 401, .type = "text/plain", .body = "Access token is invalid or expired."};
    if (!asked.request.body.empty() || !asked.request.header("content-type").empty()) complain(asked, "a body");
    return answer_known(asked);
}

WebAnswer FakeEmby::log_in(const Asked& asked) {
    const std::string client = asked.request.header("x-emby-authorization");
    for (const char* part : {"Emby ", "Client=\"", "Device=\"", "DeviceId=\"", "Version=\""})
        if (client.find(part) == std::string::npos) return empty_answer(400);
    const json::value body = json::parse(asked.request.body);
    if (text_at(body, "Username") != "Alice" || text_at(body, "Pw") != kPassword)
        return {.status = 401, .type = "text/plain", .body = "Invalid username or password entered."};
    return json_answer(json::object{{"AccessToken", kToken}, {"User", alice()}});
}

WebAnswer FakeEmby::answer_known(const Asked& asked) {
    if (asked.path.size() > 1 && asked.path[1] == "Users") return users(asked);
    if (asked.path.size() > 1 && asked.path[1] == "Playlists") return playlists(asked);
    if (asked.is("GET", "/emby/Library/VirtualFolders/Query")) {
        if (version_.starts_with("4.8")) return empty_answer(404);
        return administrator() ? libraries(false) : empty_answer(refusal_status);
    }
    if (asked.is("GET", "/emby/Library/VirtualFolders"))
        return administrator() ? libraries(true) : empty_answer(refusal_status);
    if (asked.is("GET", "/emby/ScheduledTasks"))
        return administrator() ? scheduled_tasks() : empty_answer(refusal_status);
    if (asked.is("GET", "/emby/Items/*/Download")) return audio_file(asked.path[2]);
    if (asked.is("GET", "/emby/Items/*/*/Subtitles/1/Stream.lrc")) {
        if (asked.path[3] != "mediasource_" + asked.path[2]) return empty_answer(404);
        return {.type = "text/plain",
                .body = "[ar:Anna Bell]\r\n[00:00.00]Morning comes in slowly\r\n[00:02.00]Over paper walls\r\n"};
    }
    if (asked.is("POST", "/emby/Items/Delete")) {
        check_query(asked, {"ids"});
        if (playlist(asked.value("ids")) == nullptr) {
            complain(asked, "what is deleted is no playlist");
            return empty_answer(404);
        }
        state_.playlists.erase(playlist_number(asked.value("ids")));
        return empty_answer(204);
    }
    complain(asked, "no such call");
    return empty_answer(404);
}

WebAnswer FakeEmby::users(const Asked& asked) {
    if (asked.is("GET", "/emby/Users/Query")) {
        if (!administrator()) return empty_answer(refusal_status);
        const json::object bob{{"Name", "bob"}, {"Id", kBobId}};
        return json_answer(json::object{{"Items", json::array{bob, alice()}}, {"TotalRecordCount", 2}});
    }
    if (asked.path.size() < 3 || asked.path[2] != kAliceId) return empty_answer(404);
    return asked.path.size() == 3 ? json_answer(alice()) : of_user(asked);
}

WebAnswer FakeEmby::of_user(const Asked& asked) {
    if (asked.is("GET", "/emby/Users/*/Views")) return libraries(false);
    if (asked.is("GET", "/emby/Users/*/Items")) return items(asked, true, false);
    if (asked.is("GET", "/emby/Users/*/Items/*")) {
        check_query(asked, {}, {"fields"});
        const auto number = number_of_track(asked.path[4]);
        if (!number) return empty_answer(404);
        json::object item = track_item(*number, {"single"}, true);
        json::array streams{json::object{{"Type", "Audio"}, {"Index", 0}, {"Codec", "flac"}}};
        if (!fake_track(*number).lyrics.empty()) {
            streams.emplace_back(
                json::object{{"Type", "Subtitle"}, {"Index", 1}, {"Codec", "lrc"}, {"IsTextSubtitleStream", true}});
        }
        if (asked.value("fields") == "MediaSources") {
            item["MediaSources"] =
                json::array{json::object{{"Id", "mediasource_" + asked.path[4]}, {"MediaStreams", std::move(streams)}}};
        }
        return json_answer(item);
    }
    complain(asked, "no such call");
    return empty_answer(404);
}

WebAnswer FakeEmby::playlists(const Asked& asked) {
    const auto ids = comma_list(asked.value("ids"));
    if (ids.size() > 100) return empty_answer(414);
    if (asked.is("POST", "/emby/Playlists")) {
        check_query(asked, {"name", "ids", "mediatype", "userid"});
        const std::string id = make_playlist(asked.value("name"), ids);
        return json_answer(json::object{{"Id", id}, {"Name", asked.value("name")}, {"ItemAddedCount", ids.size()}});
    }
    if (asked.path.size() != 4 || asked.path[3] != "Items") {
        complain(asked, "no such call");
        return empty_answer(404);
    }
    const std::string id = asked.path[2];
    if (asked.method == "GET") {
        check_query(asked, {"userid", "startindex", "limit"});
        return playlist_entries(asked, id, false);
    }
    FakePlaylist* list = playlist(id);
    if (list == nullptr) return empty_answer(404);
    if (asked.method == "POST") {
        check_query(asked, {"userid", "ids"});
        if (adding_fails()) return empty_answer(500);
        add_to(*list, wanted_tracks(ids));
        return json_answer(json::object{{"Id", id}, {"ItemAddedCount", ids.size()}});
    }
    check_query(asked, {"entryids"});
    const auto entries = comma_list(asked.value("entryids"));
    if (entries.size() > 100) return empty_answer(414);
    remove_entries(id, entries);
    return empty_answer(204);
}

}  // namespace audiomuse::library::testing
