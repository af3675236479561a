#include "server/fake_subsonic.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <set>

#include "subsonic/login.h"

namespace audiomuse::library::testing {

namespace json = boost::json;
using subsonic::md5_of;

namespace {

constexpr std::int64_t kAudioSize = 100'000;  // of fake_audio()
constexpr const char* kPassword = "pä ss&=+%";
constexpr const char* kPasswordHex = "70c3a42073733d262b25";
constexpr const char* kKey = "lms-key-3f9a0c&=+%";

std::string hex_of(std::string_view text) {
    std::string digits;
    for (const char c : text)
        digits += fmt::format("{:02x}", static_cast<unsigned char>(c));
    return digits;
}

using Names = std::set<std::string>;
/// What each method takes; a "!" stands before what it must have.
const std::map<std::string, Names>& methods() {
    static const std::map<std::string, Names> kMethods = {
        {"ping", {}},
        {"tokenInfo", {}},
        {"getMusicFolders", {}},
        {"getScanStatus", {}},
        {"getPlaylists", {}},
        {"getAlbumList2", {"!type", "!size", "!offset", "musicFolderId"}},
        {"getStarred2", {"musicFolderId"}},
        {"getAlbum", {"!id"}},
        {"getSong", {"!id"}},
        {"search3", {"!query", "!songCount", "!songOffset", "!artistCount", "!albumCount", "musicFolderId"}},
        {"download", {"!id"}},
        {"stream", {"!id", "!format"}},
        {"getLyricsBySongId", {"!id"}},
        {"getLyrics", {"!artist", "!title"}},
        {"getIndexes", {"musicFolderId", "ifModifiedSince"}},
        {"getMusicDirectory", {"!id"}},
        {"getPlaylist", {"!id"}},
        {"createPlaylist", {"name", "playlistId", "!songId"}},
        {"updatePlaylist", {"!playlistId", "songIdToAdd", "songIndexToRemove"}},
        {"deletePlaylist", {"!id"}}};
    return kMethods;
}
bool is_change(const std::string& method) {
    return method.ends_with("Playlist") && method != "getPlaylist";
}

}  // namespace

FakeSubsonic::FakeSubsonic(SubsonicKind kind)
    : kind_(kind), web_([this](const WebRequest& request) { return answer(request); }) {}

ServerAccount FakeSubsonic::account() const {
    ServerAccount account;
    account.kind = ServerKind::navidrome;
    account.url = web_.url();
    account.limits = fast_limits();
    if (kind_ == SubsonicKind::with_keys) {
        account.token = kKey;
    } else {
        account.user = kUser;
        account.password = kPassword;
        account.allow_plain_password = supysonic();
    }
    return account;
}

ServerAccount FakeSubsonic::wrong_login() const {
    ServerAccount account = this->account();
    (account.token.empty() ? account.password : account.token) = "not-the-secret";
    return account;
}

std::vector<std::string> FakeSubsonic::secrets() const {
    return {kPassword, kPasswordHex, kKey};
}

std::vector<std::string> FakeSubsonic::complaints() const {
    std::lock_guard lock(complaints_mutex_);
    return complaints_;
}

void FakeSubsonic::complain(const std::string& what) {
    std::lock_guard lock(complaints_mutex_);
    if (complaints_.size() < 20) complaints_.push_back(what);
}

std::optional<std::int64_t> FakeSubsonic::parse(std::string_view digits, int base) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

// --- ids: Navidrome's have 22 letters and digits, supysonic's are UUIDs but for folders

std::string FakeSubsonic::id_of(char what, std::int64_t number) const {
    switch (kind_) {
        case SubsonicKind::navidrome:
            return fmt::format("{}k{:020d}", what, number);
        case SubsonicKind::supysonic:
            if (what == 'd') return std::to_string(number);
            return fmt::format("{:08x}-0000-4000-8000-{:012x}", static_cast<int>(what), number);
        case SubsonicKind::with_keys:
            break;
    }
    return fmt::format("{}-{}", what, number);
}

std::optional<std::int64_t> FakeSubsonic::number_of(char what, const std::string& id) const {
    const std::string_view digits = std::string_view(id).substr(std::min<std::size_t>(id.size(), supysonic() ? 24 : 2));
    const auto number = supysonic() && what == 'd' ? parse(id) : parse(digits, supysonic() ? 16 : 10);
    if (!number || id_of(what, *number) != id) return std::nullopt;
    return number;
}

bool FakeSubsonic::well_formed(const std::string& id) const {
    return !supysonic() || (id.size() == 36 && std::ranges::count(id, '-') == 4);
}

std::string FakeSubsonic::track_id(std::int64_t number) const {
    return id_of('t', number);
}

std::string FakeSubsonic::album_id(std::int64_t number) const {
    return id_of('a', number);
}

std::string FakeSubsonic::playlist_id(std::int64_t number) const {
    return id_of('p', number);
}

std::optional<std::int64_t> FakeSubsonic::track_of(const std::string& id) const {
    const auto number = number_of('t', id);
    if (!number || *number >= tracks()) return std::nullopt;
    return number;
}

// --- answers

FakeSubsonic::Object FakeSubsonic::envelope(std::string_view status) const {
    Object envelope{{"status", status}, {"version", supysonic() ? "1.10.2" : "1.16.1"}};
    if (supysonic()) return envelope;
    envelope["type"] = navidrome() ? "navidrome" : "lms";
    envelope["serverVersion"] = navidrome() ? "0.60.3 (34c6f12a)" : "v3.68.0";
    envelope["openSubsonic"] = true;
    return envelope;
}

WebAnswer FakeSubsonic::ok(std::string_view element, json::value content) const {
    Object inside = envelope("ok");
    if (!element.empty()) inside[element] = std::move(content);
    return {.body = json::serialize(Object{{"subsonic-response", std::move(inside)}})};
}

WebAnswer FakeSubsonic::failed(int code, std::string_view message, int status) const {
    Object inside = envelope("failed");
    inside["error"] = Object{{"code", code}, {"message", message}};
    return {.status = status, .body = json::serialize(Object{{"subsonic-response", std::move(inside)}})};
}

WebAnswer FakeSubsonic::missing_parameter(const std::string& name) const {
    return failed(10, supysonic() ? "A required parameter is missing." : fmt::format("missing parameter: '{}'", name));
}

WebAnswer FakeSubsonic::unknown_method() const {
    if (navidrome()) return {.status = 404, .type = "text/plain", .body = "404 page not found\n"};
    return failed(0, "Unknown method", 404);
}

std::optional<WebAnswer> FakeSubsonic::refused_login(const WebRequest& request) {
    const bool by_key = !request.value("apiKey").empty();
    const std::string token = request.value("t");
    if (kind_ == SubsonicKind::with_keys) {
        if (by_key && !request.value("u").empty()) complain("an API key and a user");
        if (by_key && !token.empty()) return failed(43, "Multiple conflicting authentication mechanisms provided");
        if (!by_key) return failed(42, "Provided authentication mechanism not supported");
        if (request.value("apiKey") != kKey) return failed(44, "Invalid API key");
        return std::nullopt;
    }
    if (request.value("u").empty()) return missing_parameter("u");
    if (supysonic()) {
        const std::string password = request.value("p");
        if (password.empty()) return missing_parameter("p");
        if (!password.starts_with("enc:")) complain("a password that can be read at a glance");
        if (password != "enc:" + hex_of(kPassword)) return failed(40, "Wrong username or password.");
        return std::nullopt;
    }
    if (!request.value("p").empty()) complain("the password itself, although tokens are taken");
    const std::string salt = request.value("s");
    if (salt.size() < 6) complain("a salt of fewer than six characters");
    {
        std::lock_guard lock(complaints_mutex_);
        // The same request may come again, where its answer was lost.
        const std::string what = request.path + " " + request.value("id") + request.value("songOffset");
        if (salts_.emplace(salt, what).first->second != what) complaints_.emplace_back("a salt that was used before");
    }
    if (request.value("u") != kUser || token != md5_of(kPassword + salt))
        return failed(40, "Wrong username or password");
    return std::nullopt;
}

void FakeSubsonic::check(const WebRequest& request, const std::string& method) {
    const Names common = {"u", "p", "t", "s", "apiKey", "v", "c", "f"};
    const Names& known = methods().at(method);
    for (const auto& [name, value] : request.query) {
        const bool repeats = name.starts_with("song");
        if (!common.contains(name) && !known.contains(name) && !known.contains("!" + name))
            complain(method + " with " + name);
        if (!repeats && request.query.count(name) > 1) complain(method + " with two of " + name);
    }
    for (const std::string& name : known)
        if (name.starts_with('!') && !request.query.contains(name.substr(1)))
            complain(method + " without " + name.substr(1));
    if (request.value("f") != "json") complain("no f=json");
    if (request.value("c").empty()) complain("no client");
    if (request.header("accept").find("json") == std::string::npos) complain("no Accept");
    const bool form = request.header("content-type") == "application/x-www-form-urlencoded";
    if (is_change(method) && !habits.no_forms && (request.method != "POST" || !form)) complain(method + " is no form");
    if (!is_change(method) && request.method != "GET") complain(method + " by " + request.method);
}

WebAnswer FakeSubsonic::answer(const WebRequest& request) {
    std::lock_guard lock(state_.mutex);
    constexpr std::string_view kStart = "/rest/";
    constexpr std::string_view kEnd = ".view";
    if (!request.path.starts_with(kStart) || !request.path.ends_with(kEnd)) {
        complain("path " + request.path);
        return {.status = 404, .type = "text/html", .body = "<html>not found</html>"};
    }
    const std::string method = request.path.substr(kStart.size(), request.path.size() - kStart.size() - kEnd.size());
    if (habits.no_forms && request.method == "POST")
        return {.status = 405, .type = "text/plain", .body = "Method Not Allowed"};
    if (request.query.size() > 10'000)
        return {.type = "application/xml",
                .body =
                    "<subsonic-response xmlns=\"http://subsonic.org/restapi\" status=\"failed\" version=\"1.16.1\">"
                    "<error code=\"0\" message=\"number of URL query parameters exceeded limit\"></error>"
                    "</subsonic-response>"};
    if (!methods().contains(method)) {
        complain("method " + method);
        return unknown_method();
    }
    check(request, method);
    const std::string version = request.value("v");
    if (version.empty()) return missing_parameter("v");
    if (auto refusal = refused_login(request)) return *refusal;
    if (habits.refuses_new_clients && version == "1.16.1")
        return failed(30, "Incompatible Subsonic REST protocol version. Server must upgrade.");
    return dispatch(request, method);
}

WebAnswer FakeSubsonic::dispatch(const WebRequest& request, const std::string& method) {
    if (method == "ping") return ok();
    if (method == "tokenInfo")
        return kind_ == SubsonicKind::with_keys ? ok("tokenInfo", Object{{"username", kUser}}) : unknown_method();
    if (method == "getMusicFolders") return folders();
    if (method == "getScanStatus") return scan_status();
    if (method == "getAlbumList2") return albums(request);
    if (method == "getStarred2") return starred();
    if (method == "getAlbum") return album(request);
    if (method == "search3") return search(request);
    if (method == "getSong") return song(request);
    if (method == "download" || method == "stream") return audio(request);
    if (method == "getLyricsBySongId") return supysonic() ? unknown_method() : lyrics_by_id(request);
    if (method == "getLyrics") return lyrics_by_name(request);
    if (method == "getIndexes") return indexes(request);
    if (method == "getMusicDirectory") return directory(request);
    if (method == "getPlaylists") return playlists();
    if (method == "getPlaylist") return playlist(request);
    if (method == "createPlaylist") return create_playlist(request);
    if (method == "updatePlaylist") return update_playlist(request);
    return delete_playlist(request);
}

// --- the library

std::string FakeSubsonic::time_of(double seconds) const {
    const auto time = fmt::gmtime(static_cast<std::time_t>(seconds));
    return supysonic() ? fmt::format("{:%Y-%m-%dT%H:%M:%S}", time) : fmt::format("{:%Y-%m-%dT%H:%M:%S}.5Z", time);
}

FakeSubsonic::Object FakeSubsonic::show_track(std::int64_t number) const {
    const FakeTrack track = fake_track(number);
    std::string artist;
    for (const std::string& name : track.artists)
        artist += (artist.empty() ? "" : "; ") + name;
    Object row{{"id", track_id(number)},
               {"isDir", false},
               {"title", track.title},
               {"album", track.album},
               {"artist", artist},
               {"track", track.track},
               {"year", track.year},
               {"genre", track.genre},
               {"size", kAudioSize},
               {"contentType", "audio/flac"},
               {"suffix", "flac"},
               {"duration", static_cast<std::int64_t>(track.duration_s)},
               {"bitRate", supysonic() ? 99108 : 99},
               {"path", track.path},
               {"discNumber", track.disc},
               {"created", time_of(track.added_at)},
               {"albumId", album_id(track.album_number)},
               {"artistId", id_of('r', track.album_number)},
               {"type", "music"}};
    if (track.rating > 0) row["userRating"] = track.rating;
    if (track.favourite) row["starred"] = time_of(track.added_at);
    if (supysonic()) {
        row["isVideo"] = false;
        return row;
    }
    json::array artists;
    for (const std::string& name : track.artists)
        artists.push_back(Object{{"id", id_of('r', track.album_number)}, {"name", name}});
    row["artists"] = artists;
    row["displayArtist"] = artist;
    row["displayAlbumArtist"] = track.album_artist;
    row["albumArtists"] = json::array{Object{{"id", id_of('r', 1)}, {"name", track.album_artist}}};
    row["genres"] = json::array{Object{{"name", track.genre}}};
    row["isrc"] = json::array{};
    row["musicBrainzId"] = "";
    if (track.play_count > 0) {
        row["playCount"] = track.play_count;
        row["played"] = time_of(track.last_played);
    }
    return row;
}

std::int64_t FakeSubsonic::plays_of_album(std::int64_t number) const {
    std::int64_t plays = 0;
    for (std::int64_t i = number * 10; i < std::min(number * 10 + 10, tracks()); ++i)
        plays += fake_track(i).play_count;
    return plays;
}

FakeSubsonic::Object FakeSubsonic::show_album(std::int64_t number) const {
    const FakeTrack first = fake_track(number * 10);
    Object row{{"id", album_id(number)},
               {"name", first.album},
               {"artist", first.album_artist},
               {"artistId", id_of('r', number)},
               {"songCount", std::min<std::int64_t>(10, tracks() - number * 10)},
               {"duration", 1000},
               {"created", time_of(first.added_at)},
               {"year", first.year}};
    if (const auto plays = plays_of_album(number); plays > 0 && !supysonic()) row["playCount"] = plays;
    return row;
}

WebAnswer FakeSubsonic::folders() const {
    json::array rows;
    for (std::int64_t i = 0; i < kFakeLibraries; ++i) {
        json::value id = i + 1;
        if (!navidrome()) id = std::to_string(i + 1);
        rows.push_back(Object{{"id", id}, {"name", fake_library_name(i)}});
    }
    return ok("musicFolders", Object{{"musicFolder", rows}});
}

std::int64_t FakeSubsonic::library_of(const WebRequest& request) const {
    return parse(request.value("musicFolderId")).value_or(0) - 1;
}

WebAnswer FakeSubsonic::albums(const WebRequest& request) const {
    const std::string type = request.value("type");
    const std::int64_t library = supysonic() ? -1 : library_of(request);
    if (library >= kFakeLibraries)
        return failed(70, fmt::format("Library {} not found or not accessible", library + 1));
    std::vector<std::int64_t> numbers;
    for (std::int64_t i = 0; i < album_count(); ++i) {
        if (library >= 0 && fake_track(i * 10).library != library) continue;
        if (type == "frequent" && !supysonic() && plays_of_album(i) == 0) continue;
        numbers.push_back(i);
    }
    if (type == "newest") std::ranges::reverse(numbers);
    const auto size = std::min<std::int64_t>(500, parse(request.value("size")).value_or(10));
    const auto offset = state_.ignores_offset ? 0 : parse(request.value("offset")).value_or(0);
    json::array rows;
    for (std::int64_t i = offset; i < std::min<std::int64_t>(offset + size, std::ssize(numbers)); ++i)
        rows.push_back(show_album(numbers[static_cast<std::size_t>(i)]));
    return ok("albumList2", rows.empty() ? Object{} : Object{{"album", rows}});
}

WebAnswer FakeSubsonic::starred() const {
    json::array songs;
    for (std::int64_t i = 0; i < std::min(kFakeLiked, tracks()); ++i)
        if (fake_track(i).favourite) songs.push_back(show_track(i));
    return ok("starred2", songs.empty() ? Object{} : Object{{"song", songs}});
}

WebAnswer FakeSubsonic::album(const WebRequest& request) const {
    const auto number = number_of('a', request.value("id"));
    if (!number || *number >= album_count()) return failed(70, "Album not found");
    Object shown = show_album(*number);
    json::array songs;
    for (std::int64_t i = *number * 10; i < std::min(*number * 10 + 10, tracks()); ++i)
        songs.push_back(show_track(i));
    shown["song"] = songs;
    return ok("album", shown);
}

WebAnswer FakeSubsonic::search(const WebRequest& request) {
    const std::string query = request.value("query");
    if (query != "" && query != "\"\"") complain("a search for " + query);
    if (request.value("artistCount") != "0" || request.value("albumCount") != "0")
        complain("artists and albums as well");
    const auto count = parse(request.value("songCount")).value_or(20);
    if (count > 500) complain("a page of more than 500 songs");
    if (habits.wants_query && query.empty()) return failed(10, "please provide a `query` parameter");
    const bool nothing = habits.finds_nothing || (supysonic() && !query.empty());
    const std::int64_t library = supysonic() ? -1 : library_of(request);
    if (library >= kFakeLibraries)
        return failed(70, fmt::format("Library {} not found or not accessible", library + 1));
    std::int64_t skip = state_.ignores_offset ? 0 : parse(request.value("songOffset")).value_or(0);
    const std::int64_t end = state_.cut_after < 0 ? tracks() : std::min(tracks(), state_.cut_after);
    json::array rows;
    std::int64_t first = 0;
    if (library < 0) std::swap(first, skip);
    for (std::int64_t i = first; i < end && std::ssize(rows) < count && !nothing; ++i) {
        if (library >= 0 && fake_track(i).library != library) continue;
        if (skip-- > 0) continue;
        rows.push_back(show_track(i));
    }
    return ok("searchResult3", rows.empty() ? Object{} : Object{{"song", rows}});
}

WebAnswer FakeSubsonic::song(const WebRequest& request) const {
    const std::string id = request.value("id");
    if (!well_formed(id)) return failed(0, "ValueError: badly formed hexadecimal UUID string");
    const auto number = track_of(id);
    return number ? ok("song", show_track(*number)) : failed(70, "Song not found");
}

WebAnswer FakeSubsonic::audio(const WebRequest& request) const {
    const bool download = request.path.find("download") != std::string::npos;
    if (download && habits.downloads_off) return failed(50, "downloads are disabled");
    const std::string id = request.value("id");
    if (!well_formed(id)) return failed(0, "ValueError: badly formed hexadecimal UUID string");
    const auto number = track_of(id);
    if (!number) return failed(70, "data not found");
    if (!download && request.value("format") != "raw") return {.type = "audio/mpeg", .body = "ID3 transcoded"};
    return {.type = "audio/flac", .body = fake_audio(*number)};
}

WebAnswer FakeSubsonic::lyrics_by_id(const WebRequest& request) const {
    const auto number = track_of(request.value("id"));
    if (!number) return failed(70, "data not found");
    const std::string text = fake_track(*number).lyrics;
    if (text.empty()) return ok("lyricsList", Object{});
    json::array lines;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        lines.push_back(Object{{"value", text.substr(at, end - at)}});
        at = end + 1;
    }
    return ok("lyricsList",
              Object{{"structuredLyrics", json::array{Object{{"lang", "xxx"}, {"line", lines}, {"synced", false}}}}});
}

/// supysonic finds songs whose title and artist hold what was asked for.
WebAnswer FakeSubsonic::lyrics_by_name(const WebRequest& request) const {
    for (std::int64_t i = 0; i < std::min<std::int64_t>(tracks(), 10); ++i) {
        const FakeTrack track = fake_track(i);
        const bool found = track.title.find(request.value("title")) != std::string::npos &&
                           track.artists.front().find(request.value("artist")) != std::string::npos;
        if (found && !track.lyrics.empty())
            return ok("lyrics",
                      Object{{"artist", track.album_artist}, {"title", track.title}, {"value", track.lyrics + "\n"}});
    }
    return ok();
}

WebAnswer FakeSubsonic::scan_status() const {
    if (habits.scan_is_secret) return failed(50, "user is not authorized to perform this operation");
    if (supysonic()) return failed(0, "DaemonUnavailableError: [Errno 2] No such file or directory");
    return ok("scanStatus", Object{{"scanning", false},
                                   {"count", tracks()},
                                   {"folderCount", album_count()},
                                   {"lastScan", time_of(1'700'000'000 + static_cast<double>(state_.scans))},
                                   {"elapsedTime", 733022790}});
}

}  // namespace audiomuse::library::testing
