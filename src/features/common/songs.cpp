#include "audiomuse/features/common/songs.h"

#include <algorithm>
#include <array>

#include "audiomuse/base/text.h"

namespace audiomuse::features {
namespace {

constexpr std::array<std::string_view, 8> kVersionWords = {"remaster", "remastered", "explicit", "clean",
                                                           "radio",    "edit",       "version",  "mix"};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

/// `text` is folded. Whole words only: "Mixtape", "Edith" and "cleaner" mark nothing.
bool marks_version(std::string_view text) {
    for (std::size_t begin = 0; begin < text.size();) {
        if (!is_letter(text[begin])) {
            ++begin;
            continue;
        }
        std::size_t end = begin;
        while (end < text.size() && is_letter(text[end]))
            ++end;
        const auto word = text.substr(begin, end - begin);
        if (std::find(kVersionWords.begin(), kVersionWords.end(), word) != kVersionWords.end()) return true;
        begin = end;
    }
    return false;
}

std::string without_groups(std::string text, char open, char close) {
    for (std::size_t begin = text.find(open); begin != std::string::npos;) {
        const std::size_t end = text.find(close, begin);
        if (end == std::string::npos) break;
        if (marks_version(std::string_view(text).substr(begin, end - begin))) {
            text.erase(begin, end - begin + 1);
            begin = text.find(open, begin);
        } else {
            begin = text.find(open, end);
        }
    }
    return text;
}

std::string without_feature(std::string artist) {
    for (const std::string_view mark : {" feat.", " feat ", " ft.", " ft ", " featuring ", " (feat", " [feat"}) {
        const std::size_t at = artist.find(mark);
        if (at != std::string::npos && at > 0) artist.erase(at);
    }
    return artist;
}

}  // namespace

std::string artist_key(const TrackTags& tags) {
    const auto named = [](const std::string& artist) { return !artist.empty() && artist != "unknown artist"; };
    if (!tags.artists.empty()) {
        if (auto artist = without_feature(fold(tags.artists.front())); named(artist)) return artist;
    }
    auto artist = fold(tags.album_artist);
    return named(artist) && artist != "various artists" && artist != "various" && artist != "va" ? artist : "";
}

std::string song_signature(std::string_view title, std::string_view author) {
    const std::string folded = fold(title);
    if (folded.empty()) return "";
    std::string bare = without_groups(without_groups(folded, '(', ')'), '[', ']');
    if (const std::size_t dash = bare.rfind(" - "); dash != std::string::npos && marks_version(bare.substr(dash))) {
        bare.erase(dash);
    }
    bare = fold(bare);  // collapses the blanks that the groups left behind
    if (bare.empty()) bare = folded;
    return bare + '\n' + fold(author);
}

std::uint64_t song_key(std::string_view text) {
    if (text.empty()) return 0;
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3U;
    }
    return hash == 0 ? 1 : hash;
}

}  // namespace audiomuse::features
