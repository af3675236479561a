// What answers of Subsonic servers say. Pure functions, for every dialect.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "audiomuse/library/media_server.h"

namespace audiomuse::library::subsonic {

/// Codes of failures, from the OpenSubsonic specification.
enum ErrorNumber : int {
    kGeneric = 0,
    kMissingParameter = 10,
    kClientTooOld = 20,
    kServerTooOld = 30,
    kWrongLogin = 40,
    kNoTokens = 41,
    kNoSuchLogin = 42,
    kLoginConflict = 43,
    kWrongKey = 44,
    kNotAllowed = 50,
    kTrialOver = 60,
    kNotFound = 70,
};

/// What stands in every answer.
struct Response {
    bool ok = false;
    int error = kGeneric;        ///< where it is not ok
    std::string message;         ///< the server's words for it
    std::string api_version;     ///< "1.16.1"
    std::string type;            ///< "navidrome"; empty: a server from before OpenSubsonic
    std::string server_version;  ///< "0.60.3"; empty as above
    bool open_subsonic = false;
    boost::json::value content;  ///< the object that holds all of this and what was asked for
};

/// Nothing: this is no answer of a Subsonic server.
std::optional<Response> read_response(boost::json::value body);
/// The same of a failure in XML, which servers send where they could not read the request. Nothing for other texts.
std::optional<Response> read_xml_failure(std::string_view body);
/// "1.10.2" is older than "1.14".
bool older(std::string_view api_version, std::string_view than);

/// Calls `body` for each of content.ELEMENT.ROWS. No rows are a missing or empty part (servers write null, "", {} and
/// []); false: there is something else, so the answer can't be trusted.
bool each_row(const boost::json::value& content, std::string_view element, std::string_view rows,
              const std::function<void(const boost::json::value&)>& body);

/// Whether a row of songs is music: no folder, no video.
bool is_music(const boost::json::value& row);
/// `navidrome`: an absent play count means never, and a path that is not absolute is made up. The id is empty where the
/// row has none.
ServerTrack read_track(const boost::json::value& row, bool navidrome);

struct AlbumRow {
    ServerAlbum album;
    std::optional<std::int64_t> play_count;
};
AlbumRow read_album(const boost::json::value& row);

MusicLibrary read_library(const boost::json::value& row);

struct PlaylistRow {
    ServerPlaylist playlist;
    std::string owner;
    bool read_only = false;  ///< of another user, or smart
    double created_at = 0;   ///< Unix seconds
};
PlaylistRow read_playlist(const boost::json::value& row);

/// Of getLyricsBySongId: the text without times where there is one, else the first. Lines are joined.
std::string read_structured_lyrics(const boost::json::value& content);
/// Of getLyrics, if they are those of `title`: servers look for a part of it.
std::string read_lyrics(const boost::json::value& content, std::string_view title);

/// What getScanStatus tells of the last finished scan; empty where that is not said.
std::string read_scan(const boost::json::value& content);

}  // namespace audiomuse::library::subsonic
