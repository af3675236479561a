#include "server/fake_lyrion.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <numeric>

#include "audiomuse/base/text.h"

namespace audiomuse::library::testing {

namespace json = boost::json;

namespace {

constexpr const char* kUser = "squeeze";
constexpr const char* kPassword = "s3cret pässword";
constexpr const char* kLogin = "Basic c3F1ZWV6ZTpzM2NyZXQgcMOkc3N3b3Jk";
constexpr std::int64_t kFirstTrack = 5001;
constexpr std::int64_t kFirstPlaylist = 900'000;
constexpr std::int64_t kMostRows = 2000;

std::int64_t number_of(const std::string& text) {
    std::int64_t number = -1;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::string url_of(const FakeTrack& track) {
    std::string url = "file://";
    for (const char c : fake_library_folder(track.library) + "/" + track.path) {
        const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 ||
                           std::string_view("-_.~/&()").find(c) != std::string_view::npos;
        url += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return url;
}

/// "x" of the term "name:x"; nothing when there is none.
std::optional<std::string> named(const std::vector<std::string>& terms, const std::string& name) {
    for (const std::string& term : terms) {
        if (term.starts_with(name + ":")) return term.substr(name.size() + 1);
    }
    return std::nullopt;
}

std::string cleaned(std::string name) {
    for (char& c : name) {
        if (c == '/' || c == ':' || static_cast<unsigned char>(c) < 0x20) c = ' ';
    }
    return name;
}

/// What ends a row's number, sometimes as a text, sometimes not, as the real one does.
json::value either(std::int64_t number, bool text) {
    if (text) return json::value(std::to_string(number));
    return number;
}

}  // namespace

FakeLyrion::FakeLyrion(std::string version, bool open)
    : version_(std::move(version)),
      old_(version_.starts_with("7.")),
      open_(open),
      web_([this](const WebRequest& request) { return answer(request); }) {}

ServerAccount FakeLyrion::account() const {
    ServerAccount account{.kind = ServerKind::lyrion, .url = web_.url(), .limits = fast_limits()};
    if (!open_) {
        account.user = kUser;
        account.password = kPassword;
    }
    return account;
}

ServerAccount FakeLyrion::wrong_login() const {
    ServerAccount wrong = account();
    wrong.password = "wr0ng";
    return wrong;
}

std::vector<std::string> FakeLyrion::secrets() const {
    return {kPassword, std::string(kLogin).substr(6)};
}

std::string FakeLyrion::track_id(std::int64_t number) const {
    return std::to_string(kFirstTrack + number);
}

std::vector<std::string> FakeLyrion::complaints() const {
    std::lock_guard lock(state_.mutex);
    return complaints_;
}

std::vector<std::string> FakeLyrion::commands() const {
    std::lock_guard lock(state_.mutex);
    return commands_;
}

void FakeLyrion::add_row(json::object row) {
    std::lock_guard lock(state_.mutex);
    more_rows_.push_back(std::move(row));
}

void FakeLyrion::refuse(const std::string& command) {
    std::lock_guard lock(state_.mutex);
    refused_ = command;
}

void FakeLyrion::complain(const std::string& what) {
    if (complaints_.size() < 20) complaints_.push_back(what);
}

WebAnswer FakeLyrion::answer(const WebRequest& request) {
    std::lock_guard lock(state_.mutex);
    if (!open_ && request.header("authorization") != kLogin) {
        return {.status = 401,
                .type = "text/html",
                .body = "<HTML><BODY>401 Authorization is Required to access this Logitech Media Server</BODY></HTML>"};
    }
    if (open_ && !request.header("authorization").empty()) complain("a login that nobody asked for");
    if (!request.query.empty()) complain("a query");
    if (request.path.starts_with("/music/")) return download(request);
    if (request.path != "/jsonrpc.js") return {.status = 404, .type = "text/html", .body = "<HTML>404</HTML>"};
    if (request.method != "POST") complain(request.method + " " + request.path);
    if (request.header("connection") != "close") complain("a command on a connection that stays");

    boost::system::error_code error;
    const json::value body = json::parse(request.body, error);
    if (error || !body.is_object() || !body.as_object().contains("params")) return {.close = true};
    if (body.at("method") != "slim.request") return {.close = true};
    const json::array& params = body.at("params").as_array();
    if (params.size() != 2 || params[0] != "") complain("a command to a player: " + request.body);
    Terms terms;
    for (const json::value& term : params.at(1).as_array())
        terms.push_back(term.is_string() ? std::string(term.as_string()) : std::to_string(term.as_int64()));
    auto result = run(terms);
    if (!result) return {.close = true};
    if (scanning_) (*result)["rescan"] = 1;
    return {.body = json::serialize(
                json::value{{"id", 1}, {"method", "slim.request"}, {"params", params}, {"result", *result}})};
}

void FakeLyrion::expect_page(const Terms& terms, std::size_t at) {
    if (terms.size() < at + 2 || number_of(terms[at]) < 0 || number_of(terms[at + 1]) < 0) {
        complain("no page: " + join(terms, " "));
    } else if (number_of(terms[at + 1]) > kMostRows) {
        complain("a page that is too large: " + join(terms, " "));
    }
}

std::optional<json::object> FakeLyrion::run(const Terms& terms) {
    const std::string name = terms.empty() ? "" : terms[0];
    const bool has_second = name == "playlists" && terms.size() > 1 && number_of(terms[1]) < 0;
    commands_.push_back(has_second ? name + " " + terms[1] : name);
    if (commands_.back() == refused_) return std::nullopt;
    if (terms == Terms{"version", "?"}) return json::object{{"_version", version_}};
    if (name == "titles") return titles(terms);
    if (name == "songinfo") return songinfo(terms);
    if (name == "playlists") return playlists(terms);
    if (name == "musicfolder") return musicfolder(terms);
    if (name == "serverstatus") {
        return json::object{{"version", version_},
                            {"lastscan", std::to_string(1'795'352'047 + state_.scans)},
                            {"info total songs", tracks()},
                            {"info total albums", (tracks() + 9) / 10}};
    }
    complain("an unknown command: " + join(terms, " "));
    return std::nullopt;
}

json::object FakeLyrion::musicfolder(const Terms& terms) {
    expect_page(terms, 1);
    if (named(terms, "tags") != "u") complain("folders without their path");
    json::array rows;
    for (std::int64_t i = 0; i < kFakeLibraries; ++i) {
        rows.push_back(json::object{{"id", 10 + i},
                                    {"filename", fake_library_name(i)},
                                    {"type", "folder"},
                                    {"url", "file://" + fake_library_folder(i)}});
    }
    rows.push_back(
        {{"id", 20}, {"filename", "A song.mp3"}, {"type", "track"}, {"url", "file:///srv/music/A%20song.mp3"}});
    const auto first = std::min<std::size_t>(static_cast<std::size_t>(number_of(terms[1])), rows.size());
    const auto count = rows.size();
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(first));
    return {{"count", count}, {"folder_loop", rows}};
}

json::object FakeLyrion::row_of(std::int64_t number, const std::string& tags) const {
    const FakeTrack track = fake_track(number);
    const auto has = [&](char tag) { return tags.find(tag) != std::string::npos; };
    json::object row{{"id", either(kFirstTrack + number, number % 2 == 1)}, {"title", track.title}};
    if (has('A')) {
        row["trackartist"] = join(track.artists, ", ");
        row[old_ ? "band" : "albumartist"] = track.album_artist;
    }
    if (has('S')) row["trackartist_ids"] = track.artists.size() == 1 ? "12" : "12,13";
    if (has('l')) row["album"] = track.album;
    if (has('e')) row["album_id"] = std::to_string(300 + track.album_number);
    if (has('t')) row["tracknum"] = std::to_string(track.track);
    if (has('i')) row["disc"] = std::to_string(track.disc);
    if (has('y')) row["year"] = either(track.year, !old_);
    if (has('d')) row["duration"] = track.duration_s;
    if (has('u')) row["url"] = url_of(track);
    if (has('o')) row["type"] = "flc";
    if (has('f')) row["filesize"] = "100000";
    if (has('n')) row["modificationTime"] = std::to_string(static_cast<std::int64_t>(track.added_at));
    if (has('G')) row["genres"] = track.genre;
    if (has('O') && !old_ && track.play_count > 0) row["playcount"] = std::to_string(track.play_count);
    if (has('R') && track.rating > 0) row["rating"] = std::to_string(20 * track.rating);
    return row;
}

std::optional<json::object> FakeLyrion::titles(const Terms& terms) {
    expect_page(terms, 1);
    const std::string tags = named(terms, "tags").value_or("");
    const std::string sort = named(terms, "sort").value_or("title");
    const std::string search = named(terms, "search").value_or("");
    for (const std::string& term : terms) {
        if (term.starts_with("library_id:")) complain("a virtual library");
    }
    if (tags.find_first_of("as") != std::string::npos) complain("tags that leave out tracks");
    if ((sort + search).find("tracks_persistent") != std::string::npos && tags.find_first_of("RO") == std::string::npos)
        return std::nullopt;  // that table is not there then
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(tracks()));
    std::iota(numbers.begin(), numbers.end(), 0);
    const auto by = [&](auto value) {
        std::ranges::stable_sort(numbers, std::ranges::greater(), [&](std::int64_t i) { return value(fake_track(i)); });
    };
    if (search == "sql=tracks_persistent.playcount > 0") {
        std::erase_if(numbers, [](std::int64_t i) { return fake_track(i).play_count == 0; });
    } else if (search == "sql=tracks_persistent.rating > 0") {
        std::erase_if(numbers, [](std::int64_t i) { return fake_track(i).rating == 0; });
    } else if (!search.empty()) {
        complain("an unknown search: " + search);
        return std::nullopt;
    }
    if (const auto wanted = named(terms, "track_id")) {
        if (old_) complain("a filter that this version takes no notice of");
        const auto ids = split(*wanted, ',');
        if (ids.size() > 500) complain("a statement that is too long");
        std::erase_if(numbers, [&](std::int64_t i) { return std::ranges::find(ids, track_id(i)) == ids.end(); });
    } else if (sort == "sql=tracks.timestamp DESC") {
        by([](const FakeTrack& track) { return track.added_at; });
    } else if (sort == "sql=tracks_persistent.playcount DESC") {
        by([](const FakeTrack& track) { return track.play_count; });
    } else if (sort == "sql=tracks_persistent.rating DESC") {
        by([](const FakeTrack& track) { return track.rating; });
    } else if (sort != "sql=tracks.id") {
        complain("an order that means titles: " + sort);
    }
    const auto more = search.empty() ? static_cast<std::int64_t>(more_rows_.size()) : 0;
    const auto count = static_cast<std::int64_t>(numbers.size()) + more;
    const std::int64_t first = state_.ignores_offset ? 0 : number_of(terms[1]);
    std::int64_t end = std::min(count, first + number_of(terms[2]));
    if (state_.cut_after >= 0) end = std::min(end, state_.cut_after);
    json::array rows;
    for (std::int64_t i = first; i < end; ++i) {
        const auto own = static_cast<std::int64_t>(numbers.size());
        if (i < own) {
            rows.push_back(row_of(numbers[static_cast<std::size_t>(i)], tags));
        } else {
            rows.push_back(more_rows_[static_cast<std::size_t>(i - own)]);
        }
    }
    json::object result{{"count", count}};
    if (!rows.empty()) result["titles_loop"] = std::move(rows);
    return result;
}

std::optional<json::object> FakeLyrion::songinfo(const Terms& terms) {
    expect_page(terms, 1);
    const std::string tags = named(terms, "tags").value_or("");
    const std::int64_t number = number_of(named(terms, "track_id").value_or("")) - kFirstTrack;
    if (number < 0 || number >= tracks()) return old_ ? std::optional(json::object{}) : std::nullopt;
    const FakeTrack track = fake_track(number);
    json::array rows{json::object{{"id", kFirstTrack + number}}, json::object{{"title", track.title}}};
    if (tags.find('u') != std::string::npos) rows.push_back(json::object{{"url", url_of(track)}});
    if (tags.find('w') != std::string::npos && !track.lyrics.empty()) {
        std::string text = "[00:01.50]" + track.lyrics;
        text.replace(text.find('\n'), 1, "\r\n[00:04.00]");
        rows.push_back(json::object{{"lyrics", text + "\r\n"}});
    }
    return json::object{{"songinfo_loop", rows}};
}

json::object FakeLyrion::list_playlists(const Terms& terms) {
    expect_page(terms, 1);
    if (named(terms, "tags") != "u") complain("playlists without their address");
    std::vector<std::pair<std::string, std::int64_t>> sorted;
    for (const auto& [number, playlist] : state_.playlists)
        sorted.emplace_back(playlist.name, number);
    std::ranges::sort(sorted);
    json::array rows{json::object{{"id", 777}, {"playlist", "A radio"}, {"url", "spotify:playlist:37i9dQ"}}};
    for (const auto& [name, number] : sorted) {
        rows.push_back(json::object{{"id", kFirstPlaylist + number},
                                    {"playlist", name},
                                    {"url", fmt::format("file:///srv/playlists/{}.m3u", number)}});
    }
    const auto count = rows.size();
    const auto first = std::min<std::size_t>(static_cast<std::size_t>(number_of(terms[1])), count);
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(first));
    return {{"count", count}, {"playlists_loop", rows}};
}

std::optional<json::object> FakeLyrion::playlists(const Terms& terms) {
    if (terms.size() < 2) return std::nullopt;
    if (number_of(terms[1]) >= 0) return list_playlists(terms);
    if (terms[1] == "new") {
        const auto name = named(terms, "name");
        if (!name) return std::nullopt;
        for (const auto& [number, playlist] : state_.playlists) {
            if (playlist.name == cleaned(*name)) {
                return json::object{{"overwritten_playlist_id", kFirstPlaylist + number}};
            }
        }
        const std::int64_t number = state_.next_playlist++;
        state_.playlists[number] = {.name = cleaned(*name), .tracks = {}};
        return json::object{{"playlist_id", kFirstPlaylist + number}};
    }
    const auto found = state_.playlists.find(number_of(named(terms, "playlist_id").value_or("")) - kFirstPlaylist);
    if (found == state_.playlists.end()) return std::nullopt;
    if (terms[1] == "tracks") return playlist_rows(found->second, terms);
    if (terms[1] == "edit") return edit(found->second, terms);
    if (terms[1] == "delete") {
        state_.playlists.erase(found);
        return json::object{};
    }
    complain("an unknown command: " + join(terms, " "));
    return std::nullopt;
}

json::object FakeLyrion::playlist_rows(const FakePlaylist& playlist, const Terms& terms) {
    expect_page(terms, 2);
    auto count = static_cast<std::int64_t>(playlist.tracks.size());
    if (state_.drops_last && count > 0) --count;
    json::array rows;
    for (std::int64_t i = number_of(terms[2]); i < std::min(count, number_of(terms[2]) + number_of(terms[3])); ++i) {
        const FakeTrack track = fake_track(playlist.tracks[static_cast<std::size_t>(i)]);
        rows.push_back(json::object{{"playlist index", either(i, i == 0)},
                                    {"id", kFirstTrack + track.number},
                                    {"title", track.title},
                                    {"url", url_of(track)}});
    }
    json::object result{{"count", count}, {"__playlistTitle", playlist.name}};
    if (!rows.empty()) result["playlisttracks_loop"] = std::move(rows);
    return result;
}

std::optional<json::object> FakeLyrion::edit(FakePlaylist& playlist, const Terms& terms) {
    if (named(terms, "title")) complain("a title, which renames the track");
    const std::string what = named(terms, "cmd").value_or("");
    if (what == "add") {
        const std::string url = named(terms, "url").value_or("");
        for (std::int64_t i = 0; i < tracks(); ++i) {
            if (url_of(fake_track(i)) != url) continue;
            const bool known = std::ranges::find(playlist.tracks, i) != playlist.tracks.end();
            if (!known) playlist.tracks.push_back(i);
            return json::object{};
        }
        complain("an address that no track has: " + url);
        return std::nullopt;
    }
    const std::int64_t index = number_of(named(terms, "index").value_or(""));
    const auto count = static_cast<std::int64_t>(playlist.tracks.size());
    if (what != "delete" || index < 0 || index >= count) return std::nullopt;
    playlist.tracks.erase(playlist.tracks.begin() + index);
    return json::object{};
}

WebAnswer FakeLyrion::download(const WebRequest& request) {
    const auto parts = split(request.path, '/');  // "", "music", id, "download"
    const std::int64_t number = parts.size() == 4 ? number_of(parts[2]) - kFirstTrack : -1;
    if (request.method != "GET" || parts.size() != 4 || parts[3] != "download") {
        complain(request.method + " " + request.path);
    }
    if (number < 0 || number >= tracks()) {
        complain("the file of an unknown track, which the real server would never answer");
        return {.close = true};
    }
    return {.type = "audio/x-flac", .body = fake_audio(number)};
}

}  // namespace audiomuse::library::testing
