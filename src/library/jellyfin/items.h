// What Jellyfin and Emby answer, made the program's own. Both descend from MediaBrowser, and its items are still
// common.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/library/media_server.h"

// Whatever a field holds, the functions below neither fail nor crash: what is not of the expected kind is not known.
namespace audiomuse::library::media_browser {

/// A page of a list.
struct Rows {
    boost::json::array rows;
    std::optional<std::int64_t> total;  ///< of the whole list; nothing: not said, or less than is there
};
/// Of {"Items": [...], "TotalRecordCount": n}; `first`: number of the page's first row. Nothing when it is no list.
std::optional<Rows> parse_rows(boost::json::value answer, std::int64_t first);

/// Type is "Audio", "MusicAlbum", "Playlist": a filter that the server does not know gives items of all types.
bool is_type(const boost::json::value& item, std::string_view type);

/// Artists are those of ArtistItems, else of Artists; an id is always there when the server sent a track.
ServerTrack parse_track(const boost::json::value& item);
/// Whether the item says how often it was played; Emby leaves it out of some lists.
bool has_play_count(const boost::json::value& item);
ServerAlbum parse_album(const boost::json::value& item);

struct Folder {
    MusicLibrary library;
    bool mixed = false;  ///< made for every kind of media: may hold music
};
/// Libraries that hold music or may, of a bare array or one in "Items", of virtual folders or of views. Nothing when
/// the answer is no list.
std::optional<std::vector<Folder>> parse_folders(const boost::json::value& answer);

struct User {
    std::string id;
    std::string name;
    bool administrator = false;
    bool may_download = true;
};
/// Nothing when it has no id.
std::optional<User> parse_user(const boost::json::value& user);
std::vector<User> parse_users(const boost::json::array& users);
/// The one called so, exactly, or of that id (with dashes or without), or else called so blind to case.
std::optional<User> find_user(const std::vector<User>& users, std::string_view name_or_id);
/// 32 hexadecimal digits, dashes aside.
bool looks_like_user_id(std::string_view text);

/// Whether a playlist can be one of the user's own for music. Servers say nothing of owners, but who may delete one:
/// its owner, and administrators.
bool is_own_playlist(const boost::json::value& item);

struct Entry {
    std::string track;
    std::string id;      ///< of the entry, to remove it
    bool audio = false;  ///< false: a film among the music
};
Entry parse_entry(const boost::json::value& item);

/// {"Lyrics": [{"Text": "..."}]} as lines, without empty ones at the end. Nothing when it is no such thing.
std::optional<std::string> parse_lyrics(const boost::json::value& answer);

struct Version {
    int major = 0;
    int minor = 0;
    friend auto operator<=>(const Version&, const Version&) = default;
};
/// "10.11.11" is 10 and 11; 0 for what is no number.
Version parse_version(std::string_view text);

}  // namespace audiomuse::library::media_browser
