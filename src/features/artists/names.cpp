#include "audiomuse/features/artists/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "audiomuse/base/text.h"
#include "audiomuse/features/common/songs.h"

namespace audiomuse::features {
namespace {

// Marks are compared without regard to the case of ASCII letters; the longer ones first.
constexpr std::array<std::string_view, 12> kCertain = {" featuring ", "(featuring ", "[featuring ", " feat. ",
                                                       "(feat. ",     "[feat. ",     " feat ",      " ft. ",
                                                       "(ft. ",       " ft ",        " / ",         ";"};
constexpr std::array<std::string_view, 11> kDoubtful = {" versus ", " with ", " and ", " vs. ", " vs ", " & ",
                                                        " + ",      " x ",    ", ",    "&",     "/"};
constexpr std::array<std::string_view, 7> kNobody = {"",   "unknown artist", "various artists", "various",
                                                     "va", "v.a.",           "[unknown]"};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool starts_with(std::string_view text, std::string_view mark) {
    if (text.size() < mark.size()) return false;
    return std::equal(mark.begin(), mark.end(), text.begin(), [](char m, char t) { return m == lower(t); });
}

template <std::size_t N>
std::vector<std::string> part_at(std::string_view text, const std::array<std::string_view, N>& marks) {
    std::vector<std::string> parts;
    std::size_t begin = 0;
    char closing = 0;  // of a bracket that the last mark opened
    const auto keep = [&](std::size_t end) {
        std::string_view part = trim(text.substr(begin, end - begin));
        if (closing != 0 && !part.empty() && part.back() == closing) part = trim(part.substr(0, part.size() - 1));
        if (!part.empty()) parts.emplace_back(part);
    };
    for (std::size_t i = 0; i < text.size();) {
        const auto mark = std::find_if(marks.begin(), marks.end(),
                                       [&](std::string_view each) { return starts_with(text.substr(i), each); });
        if (mark == marks.end()) {
            ++i;
            continue;
        }
        keep(i);
        closing = mark->front() == '(' ? ')' : mark->front() == '[' ? ']' : 0;
        i += mark->size();
        begin = i;
    }
    keep(text.size());
    return parts;
}

}  // namespace

std::string artist_name_key(std::string_view name) {
    std::string key = fold(name);
    if (std::find(kNobody.begin(), kNobody.end(), key) != kNobody.end()) key.clear();
    return key;
}

std::string artist_id_of(std::string_view key) {
    return fmt::format("{:016x}", song_key(key));
}

std::vector<std::string> certain_artists(std::string_view text) {
    std::vector<std::string> parts = part_at(text, kCertain);
    if (parts.empty()) parts.emplace_back(trim(text));
    return parts;
}

void KnownArtists::add(const std::vector<std::string>& artists, std::string_view album_artist) {
    const auto add_text = [&](std::string_view text) {
        for (const std::string& name : certain_artists(text)) {
            if (part_at(name, kDoubtful).size() == 1) keys_.insert(artist_name_key(name));
        }
    };
    for (const std::string& artist : artists)
        add_text(artist);
    add_text(album_artist);
}

std::vector<std::string> KnownArtists::split(const std::vector<std::string>& artists,
                                             std::string_view album_artist) const {
    std::vector<std::string> names;
    std::unordered_set<std::string> taken;
    const auto take = [&](const std::string& name) {
        std::string key = artist_name_key(name);
        if (!key.empty() && taken.insert(std::move(key)).second) names.push_back(name);
    };
    const auto take_text = [&](std::string_view text) {
        for (const std::string& name : certain_artists(text)) {
            const std::vector<std::string> parts = part_at(name, kDoubtful);
            const bool all_known = std::all_of(parts.begin(), parts.end(), [&](const std::string& part) {
                const std::string key = artist_name_key(part);
                return !key.empty() && keys_.contains(key);
            });
            if (parts.size() > 1 && all_known) {
                for (const std::string& part : parts)
                    take(part);
            } else {
                take(name);
            }
        }
    };
    for (const std::string& artist : artists)
        take_text(artist);
    if (names.empty()) take_text(album_artist);
    return names;
}

}  // namespace audiomuse::features
