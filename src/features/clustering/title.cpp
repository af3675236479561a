#include "audiomuse/features/clustering/title.h"

#include <fmt/format.h>

#include <algorithm>

#include "audiomuse/base/text.h"
#include "audiomuse/base/track.h"

namespace audiomuse::features {
namespace {

constexpr std::string_view kPunctuation = "-&'!.,?()[]";
// A title or a name of any length may stand in a tag.
constexpr std::size_t kMostOfATag = 100;

/// Tags in one line of a prompt.
std::string one_line(std::string_view tag) {
    return keep_words(tag.substr(0, kMostOfATag), kPunctuation);
}

/// Without " (2)" at the end: two lists of one name are told apart by a number of our own.
std::string_view without_number(std::string_view title) {
    if (!title.ends_with(')')) return title;
    const std::size_t open = title.rfind(" (");
    if (open == std::string_view::npos) return title;
    const std::string_view inside = title.substr(open + 2, title.size() - open - 3);
    const bool number = !inside.empty() && std::ranges::all_of(inside, [](char c) { return c >= '0' && c <= '9'; });
    return number ? title.substr(0, open) : title;
}

}  // namespace

std::string title_prompt(const TitleRequest& request) {
    std::string prompt = fmt::format(
        "You name playlists, and you know music well. Give one title for the playlist below: short, evocative, saying "
        "the mood and the moment to listen to it. {} to {} characters, plain letters and simple punctuation. Not a "
        "list "
        "of genres, no quotation marks, no emoji, no explanation: answer with the title alone.\n\n"
        "Good: Rain on the Night Bus. Bad: Rock Pop Indie Medium (only labels). Bad: A Long and Winding Collection of "
        "Songs for Rainy Days (too long). Bad: **Title:** \"Sunset\" (decorated).\n\n"
        "What the songs have in common: {}.\nSome of them:\n",
        kShortestTitle, kLongestTitle, one_line(join(split(request.plain_name, '_'), ", ")));
    for (const store::TrackRow& song : request.songs)
        prompt += fmt::format("- {} by {}\n", one_line(song.tags.title), one_line(song.author));
    if (!request.refused.empty()) {
        prompt += fmt::format("\nYour title before, {}, has {} characters and can't be used. Give another one.\n",
                              one_line(request.refused), count_characters(request.refused));
    }
    return prompt;
}

std::optional<std::string> clean_title(std::string_view answer) {
    const std::string words = keep_words(answer, kPunctuation);
    std::string title(trim(without_number(words)));
    const std::size_t length = count_characters(title);
    if (length < kShortestTitle || length > kLongestTitle) return std::nullopt;
    return title;
}

}  // namespace audiomuse::features
