#include "audiomuse/features/chat/request.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "audiomuse/base/error.h"
#include "word_table.h"

namespace audiomuse::features {

namespace {

// In the order of ConditionKind.
constexpr std::array<std::string_view, 20> kKindNames = {
    "mood",     "genre",     "style",       "instrument", "voice",    "tempo",       "energy",
    "key",      "year",      "song_length", "artist",     "song",     "like_artist", "like_song",
    "unplayed", "favourite", "rating",      "count",      "duration", "per_artist"};
static_assert(static_cast<std::size_t>(ConditionKind::per_artist) + 1 == kKindNames.size());

// In the order of Degree.
constexpr std::array<std::string_view, 4> kDegreeNames = {"", "not", "more", "less"};

/// The word in front, which is taken off.
std::string_view take_word(std::string_view& text) {
    const std::size_t blank = text.find(' ');
    const std::string_view word = text.substr(0, blank);
    text = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
    return word;
}

/// False for what is no number; an empty text is none, which is right at an end of a range.
bool read_end(std::string_view text, std::optional<double>& end) {
    if (text.empty()) return true;
    double number = 0;
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || stop != text.data() + text.size()) return false;
    end = number;
    return true;
}

/// Whether one number says it.
bool is_amount(ConditionKind kind) {
    return kind >= ConditionKind::unplayed;
}

}  // namespace

std::string_view kind_name(ConditionKind kind) {
    return kKindNames[static_cast<std::size_t>(kind)];
}

bool says_how_long(ConditionKind kind) {
    return kind == ConditionKind::count || kind == ConditionKind::duration || kind == ConditionKind::per_artist;
}

std::string_view degree_name(Degree degree) {
    constexpr std::array<std::string_view, 4> kNames = {"is", "is_not", "more", "less"};
    return kNames[static_cast<std::size_t>(degree)];
}

std::string to_text(const Condition& condition) {
    std::string text(kind_name(condition.kind));
    if (condition.degree != Degree::is)
        text += fmt::format(" {}", kDegreeNames[static_cast<std::size_t>(condition.degree)]);
    if (!condition.value.empty()) text += ' ' + condition.value;
    if (condition.from && condition.to) {
        text += fmt::format(" {}..{}", *condition.from, *condition.to);
    } else if (condition.from && is_amount(condition.kind)) {
        text += fmt::format(" {}", *condition.from);
    } else if (condition.from) {
        text += fmt::format(" {}..", *condition.from);
    } else if (condition.to) {
        text += fmt::format(" ..{}", *condition.to);
    } else if (condition.kind == ConditionKind::unplayed) {
        text += " never";
    }
    return text;
}

Condition parse_condition(std::string_view text) {
    const std::string_view whole = text;
    Condition condition;
    const auto kind = std::ranges::find(kKindNames, take_word(text));
    if (kind == kKindNames.end()) throw Error(ErrorCode::damaged, fmt::format("'{}' is no condition.", whole));
    condition.kind = static_cast<ConditionKind>(kind - kKindNames.begin());
    std::string_view rest = text;
    const auto degree = std::find(kDegreeNames.begin() + 1, kDegreeNames.end(), take_word(rest));
    if (degree != kDegreeNames.end()) {
        condition.degree = static_cast<Degree>(degree - kDegreeNames.begin());
        text = rest;
    }
    const std::size_t dots = text.find("..");
    if (is_amount(condition.kind) && dots == std::string_view::npos) {
        if (text != "never" && !read_end(text, condition.from))
            throw Error(ErrorCode::damaged, fmt::format("'{}' is no number.", text));
    } else if (dots == std::string_view::npos) {
        condition.value = text;
    } else if (!read_end(text.substr(0, dots), condition.from) || !read_end(text.substr(dots + 2), condition.to)) {
        throw Error(ErrorCode::damaged, fmt::format("'{}' is no range.", text));
    }
    return condition;
}

}  // namespace audiomuse::features
