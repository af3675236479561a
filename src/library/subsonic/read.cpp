#include "subsonic/read.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>
#include <utility>

#include "audiomuse/base/text.h"
#include "server/json_read.h"
#include "server/stars.h"

namespace audiomuse::library::subsonic {

namespace json = boost::json;

namespace {

constexpr double kBestRating = 5;

/// What servers write for an element with nothing in it.
bool is_nothing(const json::value& value) {
    if (const auto* text = value.if_string()) return trim(std::string_view(*text)).empty();
    if (const auto* array = value.if_array()) return array->empty();
    return value.is_null();
}

bool holds_objects(const json::value& value) {
    if (value.is_object()) return true;
    const auto* array = value.if_array();
    return array != nullptr && std::ranges::all_of(*array, &json::value::is_object);
}

/// The value of `name` in the tag that `text` begins with.
std::string xml_attribute(std::string_view text, std::string_view name) {
    text = text.substr(0, text.find('>'));
    const std::string key = fmt::format(" {}=", name);
    const auto at = text.find(key);
    if (at == std::string_view::npos || at + key.size() >= text.size()) return {};
    const char quote = text[at + key.size()];
    text.remove_prefix(at + key.size() + 1);
    return to_valid_utf8(text.substr(0, text.find(quote)));
}

int whole_number(std::string_view text, int otherwise) {
    int number = otherwise;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

int small_integer(const json::value& row, std::string_view path) {
    return static_cast<int>(std::clamp<std::int64_t>(integer_at(row, path).value_or(0), 0, 1'000'000));
}

std::vector<std::string> names_at(const json::value& row, std::string_view path) {
    std::vector<std::string> names;
    each_at(row, path, [&](const json::value& one) {
        std::string name = text_at(one, "name");
        if (!name.empty()) names.push_back(std::move(name));
    });
    return names;
}

std::string first_text(const json::value& row, std::initializer_list<std::string_view> paths) {
    for (const std::string_view path : paths)
        if (std::string text = text_at(row, path); !text.empty()) return text;
    return {};
}

bool is_absolute(std::string_view path) {
    const bool drive = path.size() > 2 && path[1] == ':' && (path[2] == '\\' || path[2] == '/');
    return path.starts_with('/') || path.starts_with("\\\\") || path.starts_with("file://") || drive;
}

TrackTags read_tags(const json::value& row) {
    TrackTags tags;
    tags.title = text_at(row, "title");
    tags.artists = names_at(row, "artists");
    tags.album_artist = first_text(row, {"displayAlbumArtist", "albumArtist"});
    if (tags.album_artist.empty()) tags.album_artist = join(names_at(row, "albumArtists"), ", ");
    if (tags.artists.empty()) {
        if (std::string artist = first_text(row, {"artist", "displayArtist"}); !artist.empty())
            tags.artists.push_back(std::move(artist));
        else if (!tags.album_artist.empty())
            tags.artists.push_back(tags.album_artist);
    }
    tags.album = text_at(row, "album");
    tags.track_number = small_integer(row, "track");
    tags.disc_number = small_integer(row, "discNumber");
    tags.year = small_integer(row, "year");
    tags.genres = names_at(row, "genres");
    if (tags.genres.empty())
        if (std::string genre = text_at(row, "genre"); !genre.empty()) tags.genres.push_back(std::move(genre));
    tags.musicbrainz_recording_id = text_at(row, "musicBrainzId");
    tags.duration_s = std::max(0.0, number_at(row, "duration").value_or(0));
    tags.has_cover = !text_at(row, "coverArt").empty();
    return tags;
}

}  // namespace

std::optional<Response> read_response(json::value body) {
    json::object* outer = body.if_object();
    json::value* found = outer == nullptr ? nullptr : outer->if_contains("subsonic-response");
    if (found == nullptr || !found->is_object()) return std::nullopt;
    json::value& content = *found;
    const std::string status = text_at(content, "status");
    if (status != "ok" && status != "failed") return std::nullopt;
    Response response;
    response.ok = status == "ok";
    response.error = static_cast<int>(std::clamp<std::int64_t>(integer_at(content, "error.code").value_or(0), 0, 999));
    response.message = text_at(content, "error.message");
    response.api_version = text_at(content, "version");
    response.type = text_at(content, "type");
    response.server_version = text_at(content, "serverVersion");
    response.open_subsonic = flag_at(content, "openSubsonic");
    response.content = std::move(content);
    return response;
}

std::optional<Response> read_xml_failure(std::string_view body) {
    const auto start = body.find("<subsonic-response");
    if (!trim(body).starts_with('<') || start == std::string_view::npos) return std::nullopt;
    body.remove_prefix(start);
    Response response;
    response.api_version = xml_attribute(body, "version");
    response.type = xml_attribute(body, "type");
    response.server_version = xml_attribute(body, "serverVersion");
    response.open_subsonic = xml_attribute(body, "openSubsonic") == "true";
    if (const auto error = body.find("<error"); error != std::string_view::npos) {
        response.error = whole_number(xml_attribute(body.substr(error), "code"), kGeneric);
        response.message = xml_attribute(body.substr(error), "message");
    }
    return response;
}

bool older(std::string_view api_version, std::string_view than) {
    const auto a = split(api_version, '.');
    const auto b = split(than, '.');
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
        const int left = i < a.size() ? whole_number(a[i], 0) : 0;
        const int right = i < b.size() ? whole_number(b[i], 0) : 0;
        if (left != right) return left < right;
    }
    return false;
}

bool each_row(const json::value& content, std::string_view element, std::string_view rows,
              const std::function<void(const json::value&)>& body) {
    const json::value& holder = member(content, element);
    if (is_nothing(holder)) return true;
    if (!holder.is_object()) return false;
    const json::value& list = member(holder, rows);
    if (is_nothing(list)) return true;
    if (!holds_objects(list)) return false;
    each_at(holder, rows, body);
    return true;
}

bool is_music(const json::value& row) {
    return !flag_at(row, "isDir") && !flag_at(row, "isVideo") && text_at(row, "type") != "video";
}

ServerTrack read_track(const json::value& row, bool navidrome) {
    ServerTrack track;
    track.id = text_at(row, "id");
    track.tags = read_tags(row);
    track.artist_id = text_at(row, "artistId");
    track.album_id = text_at(row, "albumId");
    track.path = text_at(row, "path");
    track.path_is_real = !navidrome || is_absolute(track.path);
    track.size = std::max<std::int64_t>(0, integer_at(row, "size").value_or(0));
    track.changed_at = parse_time(text_at(row, "created")).value_or(0);
    track.play_count = integer_at(row, "playCount");
    if (!track.play_count && navidrome) track.play_count = 0;
    track.last_played = parse_time(text_at(row, "played"));
    track.rating = stars_of(number_at(row, "userRating").value_or(0), kBestRating);  // left out when there is none
    track.favourite = !text_at(row, "starred").empty();                              // since when
    return track;
}

AlbumRow read_album(const json::value& row) {
    AlbumRow read;
    read.album.id = text_at(row, "id");
    read.album.name = first_text(row, {"name", "title", "album"});
    read.album.artist = first_text(row, {"artist", "displayArtist"});
    read.album.tracks = std::max<std::int64_t>(0, integer_at(row, "songCount").value_or(0));
    read.album.added_at = parse_time(text_at(row, "created")).value_or(0);
    read.play_count = integer_at(row, "playCount");
    return read;
}

MusicLibrary read_library(const json::value& row) {
    return {.id = text_at(row, "id"), .name = text_at(row, "name"), .tracks = {}};
}

PlaylistRow read_playlist(const json::value& row) {
    PlaylistRow read;
    read.playlist.id = text_at(row, "id");
    read.playlist.name = text_at(row, "name");
    read.playlist.tracks = std::max<std::int64_t>(0, integer_at(row, "songCount").value_or(0));
    read.owner = text_at(row, "owner");
    read.read_only = flag_at(row, "readonly");
    read.created_at = parse_time(text_at(row, "created")).value_or(0);
    return read;
}

std::string read_structured_lyrics(const json::value& content) {
    const json::value* chosen = nullptr;
    each_at(content, "lyricsList.structuredLyrics", [&](const json::value& entry) {
        const bool better = chosen == nullptr || (flag_at(*chosen, "synced") && !flag_at(entry, "synced"));
        if (better) chosen = &entry;
    });
    if (chosen == nullptr) return {};
    std::vector<std::string> lines;
    each_at(*chosen, "line", [&](const json::value& line) { lines.push_back(text_at(line, "value")); });
    return std::string(trim(join(lines, "\n")));
}

std::string read_lyrics(const json::value& content, std::string_view title) {
    const std::string found = text_at(content, "lyrics.title");
    if (!found.empty() && fold(found) != fold(title)) return {};
    return std::string(trim(text_at(content, "lyrics.value")));
}

std::string read_scan(const json::value& content) {
    const std::string last = text_at(content, "scanStatus.lastScan");
    if (last.empty()) return {};
    return fmt::format("{} {}", last, text_at(content, "scanStatus.count"));
}

}  // namespace audiomuse::library::subsonic
