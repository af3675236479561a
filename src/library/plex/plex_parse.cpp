#include "plex/plex_parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <unordered_set>

#include "audiomuse/base/text.h"
#include "server/json_read.h"
#include "server/stars.h"

namespace audiomuse::library::plex {

namespace json = boost::json;

namespace {

constexpr double kMsPerSecond = 1000;
constexpr double kBestRating = 10;
constexpr std::int64_t kLyrics = 4;  // streamType: 1 video, 2 audio, 3 subtitles

int small_number(const json::value& row, std::string_view name) {
    constexpr std::int64_t kLargest = 100'000;
    const auto number = integer_at(row, name).value_or(0);
    return number > 0 && number <= kLargest ? static_cast<int>(number) : 0;
}

double time_at(const json::value& row, std::string_view name) {
    return std::max(0.0, number_at(row, name).value_or(0));
}

/// The first of the parts of a track, whichever of its versions has one.
const json::value& first_part(const json::value& track) {
    static const json::value none;
    const json::value* found = &none;
    each_at(track, "Media", [&](const json::value& media) {
        each_at(media, "Part", [&](const json::value& part) {
            if (found->is_null() && !text_at(part, "key").empty()) found = &part;
        });
    });
    return *found;
}

}  // namespace

ServerTrack read_track(const json::value& row) {
    ServerTrack track;
    track.id = text_at(row, "ratingKey");
    track.tags.title = text_at(row, "title");
    track.tags.album = text_at(row, "parentTitle");
    track.tags.album_artist = text_at(row, "grandparentTitle");
    // The artists of the track, only where they are not those of the album.
    for (const std::string& artist : split(text_at(row, "originalTitle"), ';')) {
        if (const auto name = trim(artist); !name.empty()) track.tags.artists.emplace_back(name);
    }
    if (track.tags.artists.empty() && !track.tags.album_artist.empty()) {
        track.tags.artists.push_back(track.tags.album_artist);
    }
    track.tags.track_number = small_number(row, "index");
    track.tags.disc_number = small_number(row, "parentIndex");
    track.tags.year = small_number(row, "parentYear");
    if (track.tags.year == 0) track.tags.year = small_number(row, "year");
    each_at(row, "Genre", [&](const json::value& genre) {
        if (std::string name = text_at(genre, "tag"); !name.empty()) track.tags.genres.push_back(std::move(name));
    });
    track.tags.duration_s = time_at(row, "duration") / kMsPerSecond;
    track.album_id = text_at(row, "parentRatingKey");
    track.artist_id = text_at(row, "grandparentRatingKey");
    const json::value& part = first_part(row);
    track.path = text_at(part, "file");
    track.size = std::max<std::int64_t>(0, integer_at(part, "size").value_or(0));
    track.changed_at = time_at(row, "updatedAt");
    track.play_count = std::max<std::int64_t>(0, integer_at(row, "viewCount").value_or(0));  // left out when 0
    if (const double played = time_at(row, "lastViewedAt"); played > 0) track.last_played = played;
    track.rating = stars_of(number_at(row, "userRating").value_or(0), kBestRating);  // left out when there is none
    return track;
}

ServerAlbum read_album(const json::value& row) {
    return {.id = text_at(row, "ratingKey"),
            .name = text_at(row, "title"),
            .artist = text_at(row, "parentTitle"),
            .tracks = std::max<std::int64_t>(0, integer_at(row, "leafCount").value_or(0)),
            .added_at = time_at(row, "addedAt")};
}

ServerPlaylist read_playlist(const json::value& row) {
    return {.id = text_at(row, "ratingKey"),
            .name = text_at(row, "title"),
            .tracks = std::max<std::int64_t>(0, integer_at(row, "leafCount").value_or(0))};
}

std::string part_key(const json::value& track) {
    std::string key = text_at(first_part(track), "key");
    return key.starts_with('/') ? key : "";
}

std::vector<std::string> lyrics_keys(const json::value& track) {
    std::vector<std::string> local;
    std::vector<std::string> remote;
    each_at(track, "Media", [&](const json::value& media) {
        each_at(media, "Part", [&](const json::value& part) {
            each_at(part, "Stream", [&](const json::value& stream) {
                const std::string key = text_at(stream, "key");
                if (integer_at(stream, "streamType") != kLyrics || !key.starts_with('/')) return;
                const bool is_local = text_at(stream, "provider").find("localmedia") != std::string::npos;
                (is_local ? local : remote).push_back(key);
            });
        });
    });
    local.insert(local.end(), remote.begin(), remote.end());
    return local;
}

bool is_id(std::string_view id) {
    constexpr std::size_t kMostDigits = 18;
    return !id.empty() && id.size() <= kMostDigits &&
           std::ranges::all_of(id, [](char c) { return c >= '0' && c <= '9'; });
}

std::vector<std::vector<std::string>> batches(std::span<const std::string> tracks, std::size_t most) {
    std::vector<std::vector<std::string>> parts;
    std::unordered_set<std::string_view> known;
    for (const std::string& track : tracks) {
        if (parts.empty() || parts.back().size() >= most || known.contains(track)) {
            parts.emplace_back();
            known.clear();
        }
        parts.back().push_back(track);
        known.insert(track);
    }
    return parts;
}

std::string tracks_uri(std::string_view machine, const std::vector<std::string>& tracks) {
    return fmt::format("server://{}/com.plexapp.plugins.library/library/metadata/{}", machine, join(tracks, ","));
}

}  // namespace audiomuse::library::plex
