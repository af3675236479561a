#include "audiomuse/library/path_tags.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audiomuse/base/text.h"

namespace audiomuse::library {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string clean(std::string_view text) {
    return std::string(trim(text));
}

int number_of(std::string_view digits) {
    int number = 0;
    for (const char c : digits)
        number = number * 10 + (c - '0');
    return number;
}

std::size_t leading_digits(std::string_view text) {
    return static_cast<std::size_t>(std::ranges::find_if_not(text, is_digit) - text.begin());
}

bool is_year(std::string_view text) {
    return text.size() == 4 && leading_digits(text) == 4 && number_of(text) >= 1900 && number_of(text) <= 2099;
}

/// The parts between " - ", trimmed.
std::vector<std::string> dashed(std::string_view text) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t at = text.find(" - ");
        parts.push_back(clean(text.substr(0, at)));
        if (at == std::string_view::npos) return parts;
        text.remove_prefix(at + 3);
    }
}

std::string rejoin(const std::vector<std::string>& parts, std::size_t from) {
    return join({parts.begin() + static_cast<std::ptrdiff_t>(from), parts.end()}, " - ");
}

/// The file's name without its extension. A dot is only taken for one before up to five letters and digits.
std::string stem_of(const std::filesystem::path& file) {
    std::string name = to_valid_utf8(file.filename().string());
    const std::size_t dot = name.rfind('.');
    const auto letter = [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (dot != std::string::npos && dot > 0 && name.size() - dot <= 6 &&
        std::all_of(name.begin() + static_cast<std::ptrdiff_t>(dot) + 1, name.end(), letter)) {
        name.erase(dot);
    }
    // Names made for old systems have underscores for blanks.
    if (name.find(' ') == std::string::npos) std::ranges::replace(name, '_', ' ');
    return clean(name);
}

struct TrackPlace {
    int disc = 0;
    int track = 0;
    std::size_t length = 0;  // of the number with what separates it from the title
};

/// A number at the begin of a file's name: "01 - ", "03. ", "1-05 ", "[07] ", "12 ".
TrackPlace leading_track(std::string_view stem) {
    TrackPlace place;
    std::size_t at = 0;
    const char closing = stem.starts_with('[') ? ']' : stem.starts_with('(') ? ')' : '\0';
    if (closing) at = 1;
    std::size_t digits = leading_digits(stem.substr(at));
    if (digits < 1 || digits > 3) return {};
    std::string_view number = stem.substr(at, digits);
    at += digits;
    if (!closing && digits <= 2 && at < stem.size() && (stem[at] == '-' || stem[at] == '.')) {
        const std::size_t more = leading_digits(stem.substr(at + 1));
        const std::size_t after = at + 1 + more;
        if (more == 2 && after < stem.size() && (stem[after] == ' ' || stem[after] == '.' || stem[after] == '-')) {
            place.disc = number_of(number);
            number = stem.substr(at + 1, more);
            at = after;
        }
    }
    if (closing) {
        if (at >= stem.size() || stem[at] != closing) return {};
        ++at;
    }
    const std::size_t title = stem.find_first_not_of(" .-_)", at);
    if (title == std::string_view::npos || title == at) return {};
    const std::string_view between = stem.substr(at, title - at);
    // Without a dot or dash a number may belong to the title: "99 Luftballons", "7 Years".
    const bool marked = closing || place.disc || between.find_first_not_of(' ') != std::string_view::npos;
    const bool numbering = number.front() == '0' || (number.size() == 2 && number_of(number) <= 30);
    if (!marked && !numbering) return {};
    // "24.7" or "9-5" is a title, and so is "1999 - " (four digits, refused above).
    if (marked && !closing && !place.disc && between.size() == 1 && between != ")" && is_digit(stem[title])) return {};
    place.track = number_of(number);
    place.length = title;
    return place;
}

/// Takes "(1999)", "[1999]" or "1999 - " off an album's name.
int take_year(std::string& album) {
    const auto bracketed = [](std::string_view text) {
        return text.size() == 6 &&
               ((text.front() == '(' && text.back() == ')') || (text.front() == '[' && text.back() == ']')) &&
               is_year(text.substr(1, 4));
    };
    const std::string whole = album;
    const std::string_view text = whole;
    if (text.size() > 7 && bracketed(text.substr(0, 6))) {
        album = clean(text.substr(
            text.find_first_not_of(" -", 6) == std::string_view::npos ? 6 : text.find_first_not_of(" -", 6)));
        return number_of(text.substr(1, 4));
    }
    if (text.size() > 7 && bracketed(text.substr(text.size() - 6))) {
        album = clean(text.substr(0, text.size() - 6));
        return number_of(text.substr(text.size() - 5, 4));
    }
    if (text.size() > 7 && is_year(text.substr(0, 4)) && text.substr(4, 3) == " - ") {
        album = clean(text.substr(7));
        return number_of(text.substr(0, 4));
    }
    return 0;
}

bool is_various(const std::string& folder) {
    const std::string folded = fold(folder);
    return folded == "various artists" || folded == "various" || folded == "va" || folded == "compilations";
}

bool same(const std::string& a, const std::string& b) {
    return !a.empty() && fold(a) == fold(b);
}

}  // namespace

std::optional<int> disc_of_folder(std::string_view name) {
    const std::string folded = fold(name);
    std::string_view rest = folded;
    for (const std::string_view word : {"cd", "disc", "disk", "disque"}) {
        if (!rest.starts_with(word)) continue;
        rest.remove_prefix(word.size());
        while (!rest.empty() &&
               (rest.front() == ' ' || rest.front() == '-' || rest.front() == '_' || rest.front() == '.')) {
            rest.remove_prefix(1);
        }
        const std::size_t digits = leading_digits(rest);
        // "CD1 - Live in Oslo" is one too.
        const bool ends = digits == rest.size() || rest[digits] == ' ' || rest[digits] == ':' || rest[digits] == '-';
        if (digits >= 1 && digits <= 2 && ends) return number_of(rest.substr(0, digits));
        return std::nullopt;
    }
    return std::nullopt;
}

TrackTags tags_from_path(const std::filesystem::path& relative) {
    TrackTags tags;
    std::vector<std::string> folders;
    for (const auto& part : relative.parent_path()) {
        std::string name = clean(to_valid_utf8(part.string()));
        if (!name.empty() && name != "/" && name != ".") folders.push_back(std::move(name));
    }
    if (folders.size() > 1) {
        if (const auto disc = disc_of_folder(folders.back())) {
            tags.disc_number = *disc;
            folders.pop_back();
        }
    }

    std::string artist;
    std::string single_folder;  // artist or album: the file's name decides
    if (folders.size() >= 2) {
        artist = folders[folders.size() - 2];
        tags.album = folders.back();
    } else if (folders.size() == 1) {
        single_folder = folders.front();
        const int year = take_year(single_folder);
        const auto parts = dashed(single_folder);
        if (parts.size() >= 2 && !parts.front().empty()) {
            artist = parts.front();
            tags.album = rejoin(parts, 1);
            tags.year = year;
            single_folder.clear();
        } else if (year) {
            tags.year = year;
            tags.album = std::exchange(single_folder, {});
        }
    }
    if (const int year = take_year(tags.album)) tags.year = year;
    if (const auto parts = dashed(tags.album); parts.size() >= 2 && same(parts.front(), artist)) {
        tags.album = rejoin(parts, 1);
        if (const int year = take_year(tags.album)) tags.year = year;
    }

    std::string stem = stem_of(relative);
    if (const TrackPlace place = leading_track(stem); place.length) {
        tags.track_number = place.track;
        if (place.disc) tags.disc_number = place.disc;
        stem = clean(std::string_view(stem).substr(place.length));
    }
    auto parts = dashed(stem);
    std::erase(parts, std::string());
    // A track number between dashes: "Artist - Album - 05 - Title".
    for (std::size_t i = 1; i + 1 < parts.size(); ++i) {
        if (parts[i].size() <= 3 && leading_digits(parts[i]) == parts[i].size()) {
            tags.track_number = number_of(parts[i]);
            parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
            break;
        }
    }

    std::string named_artist;
    std::size_t title_from = 0;
    if (parts.size() >= 2) {
        named_artist = parts.front();
        title_from = 1;
        const bool repeats_album = same(parts[1], tags.album);
        if (parts.size() >= 3 && (repeats_album || tags.album.empty())) {
            tags.album = parts[1];
            title_from = 2;
        }
    }
    tags.title = parts.empty() ? stem : rejoin(parts, title_from);

    if (!single_folder.empty()) {
        if (named_artist.empty() && tags.track_number == 0) {
            artist = single_folder;
        } else if (!same(named_artist, single_folder) && tags.album.empty()) {
            tags.album = single_folder;
        }
    }
    if (is_various(artist)) {
        tags.album_artist = "Various Artists";
        artist.clear();
    } else if (!artist.empty() && !named_artist.empty() && !same(artist, named_artist)) {
        tags.album_artist = artist;
    }
    if (!named_artist.empty() && !same(artist, named_artist)) artist = named_artist;
    if (!artist.empty()) tags.artists = {artist};
    return tags;
}

void fill_missing(TrackTags& tags, const TrackTags& from_path) {
    if (tags.title.empty()) tags.title = from_path.title;
    if (tags.artists.empty() && tags.album_artist.empty()) {
        tags.artists = from_path.artists;
        tags.album_artist = from_path.album_artist;
    }
    if (tags.album.empty()) tags.album = from_path.album;
    if (tags.track_number == 0) tags.track_number = from_path.track_number;
    if (tags.disc_number == 0) tags.disc_number = from_path.disc_number;
    if (tags.year == 0) tags.year = from_path.year;
}

}  // namespace audiomuse::library
