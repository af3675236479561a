#include "audiomuse/features/common/songs.h"

#include <algorithm>
#include <array>

#include "audiomuse/base/text.h"

namespace audiomuse::features {
namespace {

/// What a group of words says about a recording of a song.
enum class Mark { none, version, live, acoustic, demo, instrumental, remix };

struct MarkWord {
    std::string_view word;
    Mark mark;
};

constexpr std::array kMarkWords = {MarkWord{"remaster", Mark::version},  MarkWord{"remastered", Mark::version},
                                   MarkWord{"explicit", Mark::version},  MarkWord{"clean", Mark::version},
                                   MarkWord{"radio", Mark::version},     MarkWord{"edit", Mark::version},
                                   MarkWord{"version", Mark::version},   MarkWord{"mix", Mark::version},
                                   MarkWord{"feat", Mark::version},      MarkWord{"ft", Mark::version},
                                   MarkWord{"featuring", Mark::version}, MarkWord{"live", Mark::live},
                                   MarkWord{"unplugged", Mark::live},    MarkWord{"session", Mark::live},
                                   MarkWord{"sessions", Mark::live},     MarkWord{"acoustic", Mark::acoustic},
                                   MarkWord{"demo", Mark::demo},         MarkWord{"instrumental", Mark::instrumental},
                                   MarkWord{"remix", Mark::remix},       MarkWord{"rmx", Mark::remix},
                                   MarkWord{"rework", Mark::remix}};

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80;
}

/// The mark that says most, in the order of Mark. `text` is folded. Whole words only: "Mixtape", "Edith" and "cleaner"
/// mark nothing.
Mark mark_of(std::string_view text) {
    Mark mark = Mark::none;
    for (std::size_t begin = 0; begin < text.size();) {
        if (!is_letter(text[begin])) {
            ++begin;
            continue;
        }
        std::size_t end = begin;
        while (end < text.size() && is_letter(text[end]))
            ++end;
        const auto found = std::ranges::find(kMarkWords, text.substr(begin, end - begin), &MarkWord::word);
        if (found != kMarkWords.end()) mark = std::max(mark, found->mark);
        begin = end;
    }
    return mark;
}

/// A title without the groups that mark something, and what they mark.
struct BareTitle {
    std::string text;
    std::string marks;  // one word for each, a remix by all its words

    /// Notes a group that is taken out; false when it marks nothing.
    bool take(std::string_view group) {
        const Mark mark = mark_of(group);
        if (mark == Mark::none) return false;
        if (mark == Mark::remix) {
            marks += '\n' + fold(group);
        } else if (mark != Mark::version) {
            marks += '\n' + std::to_string(static_cast<int>(mark));
        }
        return true;
    }

    void take_groups(char open, char close) {
        for (std::size_t begin = text.find(open); begin != std::string::npos;) {
            const std::size_t end = text.find(close, begin);
            if (end == std::string::npos) return;
            if (take(std::string_view(text).substr(begin + 1, end - begin - 1))) {
                text.erase(begin, end - begin + 1);
                begin = text.find(open, begin);
            } else {
                begin = text.find(open, end);
            }
        }
    }
};

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

std::string song_signature(std::string_view title, std::string_view author, bool keep_apart) {
    BareTitle bare{.text = fold(title), .marks = {}};
    const std::string whole = bare.text;
    if (whole.empty()) return "";
    bare.take_groups('(', ')');
    bare.take_groups('[', ']');
    constexpr std::string_view kDash = " - ";
    if (const std::size_t dash = bare.text.rfind(kDash); dash != std::string::npos) {
        if (bare.take(std::string_view(bare.text).substr(dash + kDash.size()))) bare.text.erase(dash);
    }
    bare.text = fold(bare.text);  // collapses the blanks that the groups left behind
    if (bare.text.empty()) bare = {.text = whole, .marks = {}};
    return bare.text + '\n' + fold(author) + (keep_apart ? bare.marks : "");
}

std::string album_key(const TrackTags& tags) {
    const std::string album = fold(tags.album);
    if (album.empty()) return "";
    return album + '\n' + (tags.album_artist.empty() ? artist_key(tags) : fold(tags.album_artist));
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
