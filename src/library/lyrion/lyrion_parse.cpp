#include "lyrion/lyrion_parse.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <charconv>

#include "audiomuse/base/text.h"
#include "server/json_read.h"
#include "server/stars.h"

namespace audiomuse::library::lyrion {

namespace json = boost::json;

namespace {

constexpr std::string_view kFileScheme = "file://";
constexpr double kBestRating = 100;

std::string percent_decode(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned byte = 0;
        if (text[i] == '%' && i + 2 < text.size() &&
            std::from_chars(&text[i + 1], &text[i] + 3, byte, 16).ptr == &text[i] + 3) {
            decoded += static_cast<char>(byte);
            i += 2;
        } else {
            decoded += text[i];
        }
    }
    return decoded;
}

bool has_drive(std::string_view path) {
    const char letter = path.empty() ? '\0' : path[0];
    return path.size() >= 2 && path[1] == ':' &&
           ((letter >= 'A' && letter <= 'Z') || (letter >= 'a' && letter <= 'z')) &&
           (path.size() == 2 || path[2] == '/' || path[2] == '\\');
}

bool is_windows(std::string_view path) {
    return has_drive(path) || path.starts_with("\\\\");
}

/// A form of a path that can be compared: "/a/b" of "/a//b/", "w/c:/music" of "C:\\Music"; empty for no path.
std::string normal_form(std::string_view path) {
    const bool windows = is_windows(path);
    if (!windows && !path.starts_with('/')) return {};
    std::string text(path);
    if (windows) {
        for (char& c : text) {
            if (c == '\\') c = '/';
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        }
    }
    std::string form = windows ? "w" : "";
    for (const std::string& part : split(text, '/')) {
        if (!part.empty()) form += '/' + part;
    }
    return form.empty() ? "/" : form;
}

/// The names that `role` has, which the server joins with ", " without saying which commas are part of a name: the
/// number of ids tells.
std::vector<std::string> names_of(const json::value& row, const std::string& role) {
    const std::string text = text_at(row, role);
    if (text.empty()) return {};
    constexpr std::string_view kJoint = ", ";
    std::vector<std::string> names;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find(kJoint, at), text.size());
        names.push_back(text.substr(at, end - at));
        at = end + kJoint.size();
    }
    const std::string ids = text_at(row, role + "_ids");
    const auto count = ids.empty() ? std::size_t{0} : split(ids, ',').size();
    if (names.size() != count) return {text};
    return names;
}

int small_number(const json::value& row, std::string_view name) {
    constexpr std::int64_t kLargest = 100'000;
    const auto number = integer_at(row, name).value_or(0);
    return number > 0 && number <= kLargest ? static_cast<int>(number) : 0;
}

std::string first_text(const json::value& row, std::initializer_list<std::string_view> names) {
    for (const std::string_view name : names) {
        if (std::string text = text_at(row, name); !text.empty()) return text;
    }
    return {};
}

}  // namespace

Place place_of(std::string_view url) {
    if (!url.starts_with(kFileScheme)) return Place::remote;
    // A "#" that is part of a name comes as %23.
    return url.find('#') == std::string_view::npos ? Place::file : Place::cue_track;
}

std::string path_of_url(std::string_view url) {
    if (!url.starts_with(kFileScheme)) return {};
    const std::string_view rest = url.substr(kFileScheme.size());
    std::string path = percent_decode(rest);
    const bool drive = path.starts_with('/') && has_drive(std::string_view(path).substr(1));
    const bool share = !path.empty() && !path.starts_with('/');
    if (drive) path.erase(0, 1);
    if (share) path.insert(0, "//");
    if (drive || share) std::ranges::replace(path, '/', '\\');
    return path;
}

Folders::Folders(const std::vector<std::string>& paths) {
    for (std::size_t i = 0; i < paths.size(); ++i) {
        if (std::string form = normal_form(paths[i]); !form.empty()) indices_[std::move(form)].push_back(i);
    }
}

std::vector<std::size_t> Folders::holding(std::string_view path) const {
    const std::string form = normal_form(path);
    std::vector<std::size_t> holding;
    const auto add = [&](const std::string& folder) {
        const auto found = indices_.find(folder);
        if (found != indices_.end()) holding.insert(holding.end(), found->second.begin(), found->second.end());
    };
    if (form.empty()) return holding;
    if (form.starts_with('/')) add("/");
    for (auto end = form.find('/', 1); form != "/"; end = form.find('/', end + 1)) {
        add(form.substr(0, end));
        if (end == std::string::npos) break;
    }
    return holding;
}

bool is_inside(std::string_view path, std::string_view folder) {
    return !Folders({std::string(folder)}).holding(path).empty();
}

bool is_path(std::string_view text) {
    return text.starts_with('/') || is_windows(text);
}

ServerTrack read_track(const json::value& row) {
    ServerTrack track;
    track.id = text_at(row, "id");
    track.tags.title = text_at(row, "title");
    // A track whose album has an artist of its own names its artists "trackartist"; compilations may come with a band.
    for (const char* role : {"trackartist", "artist", "albumartist", "band"}) {
        track.tags.artists = names_of(row, role);
        if (!track.tags.artists.empty()) break;
    }
    const std::string ids = first_text(row, {"trackartist_ids", "artist_ids", "artist_id", "albumartist_ids"});
    track.artist_id = trim(std::string_view(ids).substr(0, ids.find(',')));
    track.tags.album = text_at(row, "album");
    track.album_id = text_at(row, "album_id");
    track.tags.album_artist = first_text(row, {"albumartist", "band"});
    track.tags.track_number = small_number(row, "tracknum");
    track.tags.disc_number = small_number(row, "disc");
    track.tags.year = small_number(row, "year");
    const std::string genres = first_text(row, {"genres", "genre"});
    for (const std::string& genre : split(genres, ',')) {
        if (const auto name = trim(genre); !name.empty()) track.tags.genres.emplace_back(name);
    }
    track.tags.duration_s = std::max(0.0, number_at(row, "duration").value_or(0));
    // The bytes of a name on the disk; only what is shown has to be valid UTF-8.
    if (const auto* url = member(row, "url").if_string()) track.path = path_of_url(std::string_view(*url));
    track.size = std::max<std::int64_t>(0, integer_at(row, "filesize").value_or(0));
    track.changed_at = std::max(0.0, number_at(row, "modificationTime").value_or(0));
    if (const auto plays = integer_at(row, "playcount"); plays && *plays >= 0) track.play_count = plays;
    track.rating = stars_of(number_at(row, "rating").value_or(0), kBestRating);  // left out when there is none
    return track;
}

const json::value& songinfo_member(const json::value& result, std::string_view name) {
    if (const json::array* rows = member(result, "songinfo_loop").if_array()) {
        for (const json::value& row : *rows) {
            const json::value& found = member(row, name);
            if (!found.is_null()) return found;
        }
    }
    return member(result, "there.is.none");
}

bool is_row_number(std::string_view id) {
    constexpr std::size_t kMostDigits = 18;
    return !id.empty() && id.size() <= kMostDigits &&
           std::ranges::all_of(id, [](char c) { return c >= '0' && c <= '9'; });
}

int major_version(std::string_view version) {
    int major = 0;
    std::from_chars(version.data(), version.data() + version.size(), major);
    return major;
}

}  // namespace audiomuse::library::lyrion
