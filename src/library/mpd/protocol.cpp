#include "mpd/protocol.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "audiomuse/library/path_tags.h"
#include "server/json_read.h"

namespace audiomuse::library::mpd {

namespace {

std::string quote(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

/// A whole number that takes up all of `text`.
std::optional<std::size_t> whole_number(std::string_view text) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// As a tag's number is kept: 0 for what is none.
int small_number(std::string_view text) {
    const auto number = leading_number(text).value_or(0);
    return number > 0 && number <= std::numeric_limits<int>::max() ? static_cast<int>(number) : 0;
}

double seconds(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && std::isfinite(value) && value > 0 ? value : 0;
}

/// Keeps the first of several.
void keep(std::string& field, std::string value) {
    if (field.empty()) field = std::move(value);
}

}  // namespace

std::string command(std::string_view name, const std::vector<std::string>& arguments) {
    std::string line(name);
    for (const std::string& argument : arguments) {
        if (argument.find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) {
            throw Error(ErrorCode::invalid_argument,
                        fmt::format("MPD takes no line ends in names, as in \"{}\".",
                                    to_valid_utf8(argument.substr(0, argument.find_first_of("\n\r")))));
        }
        line += ' ' + quote(argument);
    }
    return line;
}

std::string everything() {
    return "(file != \"\")";
}

std::string below(std::string_view folder) {
    return fmt::format("(base {})", quote(folder));
}

std::string equals(std::string_view tag, std::string_view value) {
    return fmt::format("({} == {})", tag, quote(value));
}

std::string all_of(const std::vector<std::string>& filters) {
    return filters.size() == 1 ? filters.front() : '(' + join(filters, " AND ") + ')';
}

std::string window(std::int64_t first, std::int64_t count) {
    return fmt::format("{}:{}", first, first + count);
}

std::optional<Ack> parse_ack(std::string_view line) {
    if (!line.starts_with("ACK ")) return std::nullopt;
    Ack ack;
    const auto at = line.find('@');
    const auto bracket = line.find(']');
    const auto open = line.find('{');
    const auto close = line.find('}');
    if (!line.starts_with("ACK [") || at == std::string_view::npos || bracket == std::string_view::npos ||
        at > bracket || open == std::string_view::npos || close == std::string_view::npos || open > close) {
        ack.text = to_valid_utf8(line.substr(4));
        return ack;
    }
    ack.code = static_cast<int>(whole_number(line.substr(5, at - 5)).value_or(0));
    ack.index = whole_number(line.substr(at + 1, bracket - at - 1)).value_or(0);
    ack.command = to_valid_utf8(line.substr(open + 1, close - open - 1));
    ack.text = to_valid_utf8(trim(line.substr(close + 1)));
    return ack;
}

std::optional<std::string> parse_greeting(std::string_view line) {
    constexpr std::string_view kGreeting = "OK MPD ";
    if (!line.starts_with(kGreeting)) return std::nullopt;
    return to_valid_utf8(trim(line.substr(kGreeting.size())));
}

bool is_at_least(std::string_view version, int major, int minor) {
    const auto first = leading_number(version).value_or(0);
    const auto dot = version.find('.');
    const auto second = dot == std::string_view::npos ? 0 : leading_number(version.substr(dot + 1)).value_or(0);
    return std::pair<std::int64_t, std::int64_t>(first, second) >= std::pair<std::int64_t, std::int64_t>(major, minor);
}

std::optional<std::pair<std::string_view, std::string_view>> parse_pair(std::string_view line) {
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) return std::nullopt;
    return std::pair(line.substr(0, colon), line.substr(colon + 2));
}

std::optional<std::int64_t> leading_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    return value;
}

std::string AlbumKey::id() const {
    return name.empty() ? "" : fmt::format("{}\t{}\t{}", artist, name, date);  // MPD has no tabs in tags
}

void SongReader::line(std::string_view key, std::string_view value) {
    const bool begins_song = key == "file";
    if (begins_song || key == "directory" || key == "playlist") end();
    if (begins_song) {
        song_.emplace();
        song_->track.id = to_valid_utf8(value);
        song_->track.path = song_->track.id;
        return;
    }
    if (song_) tag(key, value);
}

void SongReader::tag(std::string_view key, std::string_view value) {
    ServerTrack& track = song_->track;
    TrackTags& tags = track.tags;
    if (key == "Last-Modified") {
        track.changed_at = parse_time(value).value_or(0);
    } else if (key == "Range") {
        song_->is_part = true;
    } else if (key == "Title") {
        keep(tags.title, to_valid_utf8(value));
    } else if (key == "Artist") {
        tags.artists.push_back(to_valid_utf8(value));
    } else if (key == "Album") {
        keep(tags.album, to_valid_utf8(value));
    } else if (key == "AlbumArtist") {
        keep(tags.album_artist, to_valid_utf8(value));
    } else if (key == "Track") {
        if (tags.track_number == 0) tags.track_number = small_number(value);
    } else if (key == "Disc") {
        if (tags.disc_number == 0) tags.disc_number = small_number(value);
    } else if (key == "Date") {
        keep(song_->album.date, to_valid_utf8(value));
        if (tags.year == 0) tags.year = small_number(value.substr(0, 4));
    } else if (key == "Genre") {
        tags.genres.push_back(to_valid_utf8(value));
    } else if (key == "duration" || (key == "Time" && tags.duration_s == 0)) {  // Time: the same in whole seconds
        tags.duration_s = seconds(value);
    } else if (key == "MUSICBRAINZ_TRACKID") {  // the recording's, whatever its name says
        keep(tags.musicbrainz_recording_id, to_valid_utf8(value));
    } else if (key == "MUSICBRAINZ_ALBUMID") {
        keep(tags.musicbrainz_album_id, to_valid_utf8(value));
    } else if (key == "MUSICBRAINZ_ARTISTID") {
        tags.musicbrainz_artist_ids.push_back(to_valid_utf8(value));
    }
}

void SongReader::end() {
    if (!song_) return;
    Song song = std::move(*song_);
    song_.reset();
    TrackTags& tags = song.track.tags;
    song.album.name = tags.album;
    song.album.artist = tags.album_artist;
    if (song.album.artist.empty() && !tags.artists.empty()) song.album.artist = tags.artists.front();
    song.track.album_id = song.album.id();
    fill_missing(tags, tags_from_path(song.track.path));
    found_(std::move(song));
}

}  // namespace audiomuse::library::mpd
