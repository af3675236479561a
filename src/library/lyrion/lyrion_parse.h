// What Lyrion writes, as values. Pure.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "audiomuse/library/media_server.h"

namespace audiomuse::library::lyrion {

/// Letters that make the server send what read_track reads, in a "titles" query: A and S artists and their ids by role,
/// l e album, t i track and disc, y year, d duration, u url, f size, n file time, G genres, O plays, R rating. O and
/// R let a query sort by either. Not a or s: they leave out tracks whose artists have other roles.
inline constexpr std::string_view kTrackTags = "tags:AlSetiyduofnGRO";

/// What a row of a listing is a row of.
enum class Place {
    file,       ///< an audio file of the server's disks
    remote,     ///< of an online service or a station
    cue_track,  ///< a part of a file, cut by a cue sheet: what would be sent is the whole file
};
Place place_of(std::string_view url);

/// "/srv/music/a & b.flac" of "file:///srv/music/a%20&%20b.flac", "C:\Music\a.flac" of "file:///C:/Music/a.flac",
/// "\\nas\music\a.flac" of "file://nas/music/a.flac". Empty for an url that is no file's. Bytes as the server's disk
/// has them.
std::string path_of_url(std::string_view url);

/// Folders, by which files are told apart. Whole names are compared, so that "Rock" holds nothing of "Rockabilly"; on
/// Windows blind to case and kind of slash.
class Folders {
public:
    Folders() = default;
    explicit Folders(const std::vector<std::string>& paths);

    bool empty() const { return indices_.empty(); }
    /// Places in the list of those that `path` is or lies in. In time that does not grow with the number of folders:
    /// a server of one media folder shows all the folders of artists in it.
    std::vector<std::size_t> holding(std::string_view path) const;

private:
    std::unordered_map<std::string, std::vector<std::size_t>> indices_;  // by normal form of the path
};
/// Whether `path` is `folder` or lies in it, compared so.
bool is_inside(std::string_view path, std::string_view folder);
/// Whether `text` is written as a path: "/a", "C:\a", "\\nas\a".
bool is_path(std::string_view text);

/// A row of "titles".
ServerTrack read_track(const boost::json::value& row);

/// The first of the names that "songinfo" has: it answers a list of objects of one member each. Null when it is not
/// there.
const boost::json::value& songinfo_member(const boost::json::value& result, std::string_view name);

/// Whether `id` can be one of the server's: digits.
bool is_row_number(std::string_view id);

/// 9 of "9.0.1"; 0 when it is no version.
int major_version(std::string_view version);

}  // namespace audiomuse::library::lyrion
