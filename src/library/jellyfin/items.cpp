#include "jellyfin/items.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "audiomuse/base/text.h"
#include "server/json_read.h"
#include "server/stars.h"

namespace audiomuse::library::media_browser {

namespace json = boost::json;

namespace {

constexpr double kTicksPerSecond = 1e7;
constexpr double kBestRating = 10;

/// Numbers of tracks, discs and years: 0 for what can't be one.
int small_at(const json::value& item, std::string_view path) {
    constexpr std::int64_t kLargest = 1'000'000;
    const auto number = integer_at(item, path).value_or(0);
    return number < 0 || number > kLargest ? 0 : static_cast<int>(number);
}

/// Nothing also for the year 1, which is "never" here.
std::optional<double> time_at(const json::value& item, std::string_view path) {
    const auto time = parse_time(text_at(item, path));
    if (!time || *time <= 0) return std::nullopt;
    return time;
}

void add_text(std::vector<std::string>& texts, std::string text) {
    if (!text.empty()) texts.push_back(std::move(text));
}

std::vector<std::string> texts_at(const json::value& item, std::string_view path) {
    std::vector<std::string> texts;
    each_at(item, path, [&](const json::value& element) { add_text(texts, text_at(element, "")); });
    return texts;
}

std::vector<std::string> names_at(const json::value& item, std::string_view path) {
    std::vector<std::string> names;
    each_at(item, path, [&](const json::value& element) { add_text(names, text_at(element, "Name")); });
    return names;
}

std::string first_at(const json::value& item, std::string_view path, std::string_view field) {
    std::string first;
    each_at(item, path, [&](const json::value& element) {
        if (first.empty()) first = text_at(element, field);
    });
    return first;
}

/// The artist of a whole album, or of the album that a track is on.
std::string album_artist_of(const json::value& item) {
    std::string artist = text_at(item, "AlbumArtist");
    return artist.empty() ? first_at(item, "AlbumArtists", "Name") : artist;
}

/// An id as servers write it, without the dashes that they take, too.
std::string plain_id(std::string_view id) {
    std::string plain;
    for (const char c : id)
        if (c != '-') plain += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    return plain;
}

}  // namespace

std::optional<Rows> parse_rows(json::value answer, std::int64_t first) {
    json::object* object = answer.if_object();
    if (object == nullptr) return std::nullopt;
    Rows rows;
    rows.total = integer_at(answer, "TotalRecordCount");
    if (json::value* items = object->if_contains("Items"); items != nullptr && items->is_array()) {
        rows.rows = std::move(items->get_array());
    } else if (rows.total != 0) {
        return std::nullopt;
    }
    if (rows.total && *rows.total < first + static_cast<std::int64_t>(rows.rows.size())) {
        // Past the end nothing is left to be counted.
        if (!rows.rows.empty()) rows.total.reset();
    }
    return rows;
}

bool is_type(const json::value& item, std::string_view type) {
    return text_at(item, "Type") == type;
}

bool has_play_count(const json::value& item) {
    return integer_at(item, "UserData.PlayCount").has_value();
}

ServerTrack parse_track(const json::value& item) {
    ServerTrack track;
    track.id = text_at(item, "Id");
    TrackTags& tags = track.tags;
    tags.title = text_at(item, "Name");
    tags.artists = names_at(item, "ArtistItems");
    if (tags.artists.empty()) tags.artists = texts_at(item, "Artists");
    tags.album = text_at(item, "Album");
    tags.album_artist = album_artist_of(item);
    tags.track_number = small_at(item, "IndexNumber");
    tags.disc_number = small_at(item, "ParentIndexNumber");
    tags.year = small_at(item, "ProductionYear");
    tags.genres = texts_at(item, "Genres");
    tags.musicbrainz_recording_id = text_at(item, "ProviderIds.MusicBrainzRecording");
    tags.musicbrainz_album_id = text_at(item, "ProviderIds.MusicBrainzAlbum");
    add_text(tags.musicbrainz_artist_ids, text_at(item, "ProviderIds.MusicBrainzArtist"));
    tags.duration_s = std::max(0.0, number_at(item, "RunTimeTicks").value_or(0) / kTicksPerSecond);
    track.artist_id = first_at(item, "ArtistItems", "Id");
    track.album_id = text_at(item, "AlbumId");
    track.path = text_at(item, "Path");
    track.size = std::max<std::int64_t>(0, integer_at(item, "Size").value_or(0));
    track.changed_at = time_at(item, "DateCreated").value_or(0);
    track.play_count = integer_at(item, "UserData.PlayCount");
    if (track.play_count && *track.play_count < 0) track.play_count.reset();
    if (!track.play_count && flag_at(item, "UserData.Played")) track.play_count = 1;  // at least
    track.last_played = time_at(item, "UserData.LastPlayedDate");
    if (member(item, "UserData").is_object()) {
        track.rating = stars_of(number_at(item, "UserData.Rating").value_or(0), kBestRating);
        track.favourite = flag_at(item, "UserData.IsFavorite");
    }
    return track;
}

ServerAlbum parse_album(const json::value& item) {
    ServerAlbum album{.id = text_at(item, "Id"), .name = text_at(item, "Name"), .artist = album_artist_of(item)};
    if (album.artist.empty()) album.artist = first_at(item, "ArtistItems", "Name");
    album.tracks = std::max<std::int64_t>(0, integer_at(item, "ChildCount").value_or(0));
    album.added_at = time_at(item, "DateCreated").value_or(0);
    return album;
}

std::optional<std::vector<Folder>> parse_folders(const json::value& answer) {
    const json::value& rows = answer.is_array() ? answer : member(answer, "Items");
    if (!rows.is_array()) return std::nullopt;
    std::vector<Folder> folders;
    for (const json::value& row : rows.get_array()) {
        const std::string kind = fold(text_at(row, "CollectionType"));
        if (!kind.empty() && kind != "music" && kind != "mixed") continue;
        Folder folder{.library = {.id = text_at(row, "ItemId"), .name = text_at(row, "Name"), .tracks = std::nullopt},
                      .mixed = kind != "music"};
        if (folder.library.id.empty()) folder.library.id = text_at(row, "Id");
        // A parent without id would be no filter at all.
        if (!folder.library.id.empty()) folders.push_back(std::move(folder));
    }
    return folders;
}

std::optional<User> parse_user(const json::value& value) {
    User user{.id = text_at(value, "Id"), .name = text_at(value, "Name")};
    if (user.id.empty()) return std::nullopt;
    user.administrator = flag_at(value, "Policy.IsAdministrator");
    const json::value& download = member(value, "Policy.EnableContentDownloading");
    user.may_download = download.is_null() || flag_at(download, "");
    return user;
}

std::vector<User> parse_users(const json::array& values) {
    std::vector<User> users;
    for (const json::value& value : values)
        if (auto user = parse_user(value)) users.push_back(std::move(*user));
    return users;
}

std::optional<User> find_user(const std::vector<User>& users, std::string_view name_or_id) {
    auto found = std::ranges::find(users, name_or_id, &User::name);
    if (found == users.end()) {
        found =
            std::ranges::find_if(users, [&](const User& user) { return plain_id(user.id) == plain_id(name_or_id); });
    }
    if (found == users.end()) {
        found = std::ranges::find_if(users, [&](const User& user) { return fold(user.name) == fold(name_or_id); });
    }
    if (found == users.end()) return std::nullopt;
    return *found;
}

bool looks_like_user_id(std::string_view text) {
    const std::string id = plain_id(text);
    return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
}

bool is_own_playlist(const json::value& item) {
    const json::value& may_delete = member(item, "CanDelete");
    return is_type(item, "Playlist") && !text_at(item, "Id").empty() && text_at(item, "MediaType") != "Video" &&
           (may_delete.is_null() || flag_at(may_delete, ""));
}

Entry parse_entry(const json::value& item) {
    return {.track = text_at(item, "Id"), .id = text_at(item, "PlaylistItemId"), .audio = is_type(item, "Audio")};
}

std::optional<std::string> parse_lyrics(const json::value& answer) {
    if (!answer.is_object()) return std::nullopt;
    std::string text;
    each_at(answer, "Lyrics", [&](const json::value& line) { text += text_at(line, "Text") + '\n'; });
    text.erase(text.find_last_not_of('\n') + 1);
    return text;
}

Version parse_version(std::string_view text) {
    Version version;
    const char* end = text.data() + text.size();
    const auto major = std::from_chars(text.data(), end, version.major);
    if (major.ec == std::errc() && major.ptr != end && *major.ptr == '.')
        std::from_chars(major.ptr + 1, end, version.minor);
    return version;
}

}  // namespace audiomuse::library::media_browser
