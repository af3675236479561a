#include "server/fake_plex.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <numeric>
#include <set>

#include "audiomuse/base/text.h"

namespace audiomuse::library::testing {

namespace json = boost::json;

namespace {

constexpr const char* kToken = "s3cretT0ken";
constexpr const char* kMachine = "0123456789abcdef0123456789abcdef01234567";
constexpr std::int64_t kFirstTrack = 1'000'000;
constexpr std::int64_t kFirstAlbum = 500'000;
constexpr std::int64_t kFirstPlaylist = 77;
constexpr std::int64_t kFirstSection = 5;
constexpr std::int64_t kAlbumSize = 10;
// Four albums of five are in the first library.
constexpr std::int64_t kBlock = 50;
constexpr std::int64_t kOfMain = 40;
constexpr std::size_t kMostIds = 100;

std::int64_t number_of(std::string_view text) {
    std::int64_t number = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? number : -1;
}

std::int64_t count_in(std::int64_t library, std::int64_t tracks) {
    const std::int64_t rest = tracks % kBlock;
    const std::int64_t main = tracks / kBlock * kOfMain + std::min(rest, kOfMain);
    return library == 0 ? main : tracks - main;
}

/// Number of the track that is the `index`th of that library.
std::int64_t track_at(std::int64_t library, std::int64_t index) {
    const std::int64_t size = library == 0 ? kOfMain : kBlock - kOfMain;
    return index / size * kBlock + index % size + (library == 0 ? 0 : kOfMain);
}

WebAnswer found(json::object container) {
    return {.body = json::serialize(json::object{{"MediaContainer", std::move(container)}})};
}

WebAnswer not_found() {
    return {.status = 404, .type = "text/html", .body = "<html><body><h1>404 Not Found</h1></body></html>"};
}

}  // namespace

FakePlex::FakePlex() : web_([this](const WebRequest& request) { return answer(request); }) {}

ServerAccount FakePlex::account() const {
    return {.kind = ServerKind::plex, .url = web_.url(), .token = kToken, .limits = fast_limits()};
}

ServerAccount FakePlex::wrong_login() const {
    ServerAccount wrong = account();
    wrong.token = "wr0ngT0ken";
    return wrong;
}

std::vector<std::string> FakePlex::secrets() const {
    return {kToken};
}

std::string FakePlex::track_id(std::int64_t number) const {
    return std::to_string(kFirstTrack + number);
}

std::string FakePlex::playlist_id(std::int64_t number) const {
    return std::to_string(kFirstPlaylist + number);
}

std::vector<std::string> FakePlex::complaints() const {
    std::lock_guard lock(state_.mutex);
    return complaints_;
}

void FakePlex::complain(const std::string& what) {
    if (complaints_.size() < 20) complaints_.push_back(what);
}

WebAnswer FakePlex::answer(const WebRequest& request) {
    std::lock_guard lock(state_.mutex);
    if (request.header("accept") != "application/json") complain("XML is what it gets: " + request.path);
    if (request.header("x-plex-client-identifier").empty()) complain("a client without identifier");
    if (request.query.contains("X-Plex-Token")) complain("a token in the address");
    if (!request.body.empty()) complain("a body");
    if (request.path == "/identity") {
        return found(
            {{"size", 0}, {"claimed", true}, {"machineIdentifier", kMachine}, {"version", "1.42.2.10156-f737b826c"}});
    }
    if (request.header("x-plex-token") != kToken) {
        return {.status = 401,
                .type = "text/html",
                .body = "<html><head><title>Unauthorized</title></head><body><h1>401 Unauthorized</h1></body></html>"};
    }
    return route(request);
}

WebAnswer FakePlex::route(const WebRequest& request) {
    const auto parts = split(request.path.substr(1), '/');
    const bool reads = request.method == "GET";
    if (reads && request.path == "/library/sections") return sections();
    if (reads && parts.size() == 4 && parts[1] == "sections" && parts[3] == "all") {
        const std::int64_t library = number_of(parts[2]) - kFirstSection;
        return library >= 0 && library < kFakeLibraries ? section(request, library) : not_found();
    }
    if (reads && parts.size() == 3 && parts[1] == "metadata") return metadata(parts[2]);
    if (reads && parts.size() == 5 && parts[1] == "parts") return file(request);
    if (reads && parts.size() == 3 && parts[1] == "streams") {
        if (lyrics_refused_) return {.status = 403, .type = "text/html", .body = "<html>Plex Pass</html>"};
        std::string text = "[ar:Anna Bell]\n[00:00.00]" + fake_track(0).lyrics + "\n";
        return {.type = "text/plain", .body = text.replace(text.rfind("Over"), 0, "[00:02.00]")};
    }
    if (request.path == "/playlists") return playlists(request);
    if (parts[0] == "playlists" && parts.size() >= 2) return one_playlist(request);
    complain(request.method + " " + request.path);
    return not_found();
}

WebAnswer FakePlex::sections() const {
    json::array rows{json::object{{"key", "1"}, {"type", "movie"}, {"title", "Films"}}};
    for (std::int64_t i = 0; i < kFakeLibraries; ++i) {
        rows.push_back(json::object{{"key", std::to_string(kFirstSection + i)},
                                    {"type", "artist"},
                                    {"title", fake_library_name(i)},
                                    {"scannedAt", 1'795'352'047 + state_.scans}});
    }
    return found({{"size", rows.size()}, {"Directory", rows}});
}

/// `listing`: of the library, which state() may cut.
WebAnswer FakePlex::page(const WebRequest& request, std::int64_t total, bool listing,
                         const std::function<json::object(std::int64_t)>& row) {
    std::int64_t first = number_of(request.header("x-plex-container-start"));
    const std::int64_t size = number_of(request.header("x-plex-container-size"));
    if (first < 0 || size < 0 || size > 1000) complain("no page: " + request.path);
    if (listing && state_.ignores_offset) first = 0;
    std::int64_t end = std::min(total, first + size);
    if (listing && state_.cut_after >= 0) end = std::min(end, state_.cut_after);
    json::array rows;
    for (std::int64_t i = first; i < end; ++i)
        rows.push_back(row(i));
    json::object container{{"size", rows.size()}, {"totalSize", total}, {"offset", first}};
    if (!rows.empty()) container["Metadata"] = std::move(rows);
    return found(std::move(container));
}

WebAnswer FakePlex::section(const WebRequest& request, std::int64_t library) {
    const std::string type = request.value("type");
    const std::string sort = request.value("sort");
    const std::int64_t count = count_in(library, tracks());
    if (request.query.size() != (sort.empty() ? 1U : 2U)) complain("parameters that nobody documented");
    if (type == "9") {
        if (sort != "addedAt:desc") complain("albums by " + sort);
        const std::int64_t albums = (count + kAlbumSize - 1) / kAlbumSize;
        return page(request, albums, false, [&](std::int64_t i) {
            const FakeTrack track = fake_track(track_at(library, (albums - 1 - i) * kAlbumSize));
            return json::object{{"ratingKey", std::to_string(kFirstAlbum + track.album_number)},
                                {"type", "album"},
                                {"title", track.album},
                                {"parentTitle", track.album_artist},
                                {"leafCount", kAlbumSize},
                                {"addedAt", static_cast<std::int64_t>(track.added_at)}};
        });
    }
    if (type != "10" ||
        (!sort.empty() && sort != "addedAt:desc" && sort != "viewCount:desc" && sort != "userRating:desc")) {
        complain("a list of type " + type + " by " + sort);
    }
    const bool newest_first = sort == "addedAt:desc";
    std::vector<std::int64_t> rated_first(static_cast<std::size_t>(std::min(kFakeLiked, count)));
    std::iota(rated_first.begin(), rated_first.end(), std::int64_t{0});
    if (sort == "userRating:desc") {
        std::ranges::stable_sort(rated_first, std::ranges::greater(),
                                 [&](std::int64_t i) { return fake_track(track_at(library, i)).rating; });
    }
    return page(request, count, sort.empty(), [&](std::int64_t i) {
        if (i < std::ssize(rated_first) && !newest_first) i = rated_first[static_cast<std::size_t>(i)];
        return track_row(track_at(library, newest_first ? count - 1 - i : i));  // the first are the most played
    });
}

json::object FakePlex::track_row(std::int64_t number) const {
    const FakeTrack track = fake_track(number);
    json::object row{{"ratingKey", track_id(number)},
                     {"parentRatingKey", std::to_string(kFirstAlbum + track.album_number)},
                     {"type", "track"},
                     {"title", track.title},
                     {"grandparentTitle", track.album_artist},
                     {"parentTitle", track.album},
                     {"parentYear", track.year},
                     {"index", track.track},
                     {"parentIndex", track.disc},
                     {"duration", static_cast<std::int64_t>(track.duration_s * 1000)},
                     {"addedAt", static_cast<std::int64_t>(track.added_at)},
                     {"updatedAt", static_cast<std::int64_t>(track.added_at)}};
    if (track.artists != std::vector{track.album_artist}) row["originalTitle"] = join(track.artists, "; ");
    if (track.play_count > 0) {
        row["viewCount"] = track.play_count;
        row["lastViewedAt"] = static_cast<std::int64_t>(track.last_played);
    }
    if (track.rating > 0) row["userRating"] = 2.0 * track.rating;
    const std::string folder = fake_library_folder(track.library);
    json::array streams{json::object{{"id", 1}, {"streamType", 2}}};
    if (!track.lyrics.empty()) {
        streams.push_back(json::object{{"id", 9002}, {"key", "/library/streams/9002"}, {"streamType", 4}});
    }
    const json::object part{{"key", fmt::format("/library/parts/{}/{}/file.flac", number, stale_ ? 1 : 2)},
                            {"file", folder + "/" + track.path},
                            {"size", 100'000},
                            {"Stream", streams}};
    row["Media"] = json::array{json::object{{"container", "flac"}, {"Part", json::array{part}}}};
    return row;
}

WebAnswer FakePlex::metadata(const std::string& id) {
    const std::int64_t number = number_of(id) - kFirstTrack;
    if (number < 0 || number >= tracks()) return not_found();
    json::object row = track_row(number);
    stale_ = false;
    return found({{"size", 1}, {"Metadata", json::array{std::move(row)}}});
}

WebAnswer FakePlex::file(const WebRequest& request) {
    const auto parts = split(request.path, '/');  // "", library, parts, number, time, name
    if (request.value("download") != "1") complain("a file that may be encoded anew");
    if (parts[4] != "2") return not_found();
    return {.type = "audio/flac", .body = fake_audio(number_of(parts[3]))};
}

std::vector<std::int64_t> FakePlex::tracks_of(const WebRequest& request) {
    const std::string uri = request.value("uri");
    const std::string before = fmt::format("server://{}/com.plexapp.plugins.library/library/metadata/", kMachine);
    std::vector<std::int64_t> numbers;
    if (!uri.starts_with(before)) {
        complain("an uri of nothing: " + uri);
        return numbers;
    }
    for (const std::string& id : split(uri.substr(before.size()), ',')) {
        const std::int64_t number = number_of(id) - kFirstTrack;
        if (number >= 0 && number < tracks()) numbers.push_back(number);  // others are taken no notice of
    }
    if (numbers.size() > kMostIds) complain("an address that is too long");
    if (std::set(numbers.begin(), numbers.end()).size() != numbers.size()) complain("an item twice in an address");
    return numbers;
}

json::object FakePlex::playlist_row(std::int64_t number, const FakePlaylist& playlist) const {
    return {{"ratingKey", playlist_id(number)},
            {"key", "/playlists/" + playlist_id(number) + "/items"},
            {"type", "playlist"},
            {"title", playlist.name},
            {"smart", playlist.smart},
            {"playlistType", "audio"},
            {"leafCount", playlist.tracks.size()}};
}

WebAnswer FakePlex::playlists(const WebRequest& request) {
    if (request.method == "POST") {
        if (request.value("type") != "audio" || request.value("smart") != "0" || request.value("title").empty() ||
            request.query.size() != 4) {
            complain("a playlist without title, type or smart");
        }
        const std::int64_t number = state_.next_playlist++;
        FakePlaylist& made = state_.playlists[number];
        made = {.name = request.value("title"), .tracks = tracks_of(request)};
        return found({{"size", 1}, {"Metadata", json::array{playlist_row(number, made)}}});
    }
    if (request.method != "GET" || request.value("playlistType") != "audio" || request.value("smart") != "0") {
        complain(request.method + " /playlists");
    }
    std::vector<json::object> rows;
    for (const auto& [number, playlist] : state_.playlists) {
        if (playlist.own) rows.push_back(playlist_row(number, playlist));
    }
    return page(request, static_cast<std::int64_t>(rows.size()), false,
                [&](std::int64_t i) { return rows[static_cast<std::size_t>(i)]; });
}

WebAnswer FakePlex::one_playlist(const WebRequest& request) {
    const auto parts = split(request.path, '/');  // "", playlists, id, items
    const auto at = state_.playlists.find(number_of(parts[2]) - kFirstPlaylist);
    if (at == state_.playlists.end()) return not_found();
    FakePlaylist& playlist = at->second;
    if (playlist.smart) complain("a smart playlist is touched");
    const bool items = parts.size() == 4 && parts[3] == "items";
    if (items && request.method == "GET") return entries(request, playlist);
    if (items && request.method == "PUT") {
        const auto more = tracks_of(request);
        playlist.tracks.insert(playlist.tracks.end(), more.begin(), more.end());
        return found({{"size", 1},
                      {"leafCountAdded", more.size()},
                      {"Metadata", json::array{playlist_row(at->first, playlist)}}});
    }
    if (items && request.method == "DELETE") {
        playlist.tracks.clear();
        return {.type = ""};
    }
    if (parts.size() == 3 && request.method == "DELETE") {
        state_.playlists.erase(at);
        const bool whole = fault_ == Fault::none;  // a 204 has no body that could be cut
        return {.status = whole ? 204 : 200, .type = ""};
    }
    complain(request.method + " " + request.path);
    return not_found();
}

WebAnswer FakePlex::entries(const WebRequest& request, const FakePlaylist& playlist) {
    auto count = static_cast<std::int64_t>(playlist.tracks.size());
    if (state_.drops_last && count > 0) --count;
    return page(request, count, false, [&](std::int64_t i) {
        json::object row = track_row(playlist.tracks[static_cast<std::size_t>(i)]);
        row["playlistItemID"] = 501 + i;
        return row;
    });
}

}  // namespace audiomuse::library::testing
