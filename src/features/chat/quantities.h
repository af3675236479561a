// Numbers, years and lengths of time in a request, and ranges of them.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "audiomuse/features/chat/request.h"
#include "phrases.h"

namespace audiomuse::features {

/// A number or a range at some place, and how many tokens say it.
struct Quantity {
    double from = 0;
    double to = 0;
    std::size_t length = 0;
    double unit = 0;  // of time, in seconds; 0: none was named
};

/// How a quantity bounds something.
struct Bounds {
    Role form = Role::none;  // between, over, under, around, since, after, before, until; none: that much
    Quantity quantity;       // from its first end to its last
    std::size_t length = 0;
    bool range = false;  // both ends were named
};

/// Figures or a number word; with "dozen" behind it twelve times as much.
std::optional<Quantity> number_at(const Phrases& phrases, std::size_t i);
/// A year, a decade or a part of one.
std::optional<Quantity> years_at(const Phrases& phrases, std::size_t i);
/// The years of the decade that a number such as 80 or 1980 names.
std::optional<Quantity> years_of_decade(const Token& token);
/// A length of time: "40 minutes", "1 h 30", "half an hour", "an hour and 20 minutes"; or a number alone.
std::optional<Quantity> time_at(const Phrases& phrases, std::size_t i);

using ReadQuantity = std::function<std::optional<Quantity>(std::size_t)>;
/// What `read` finds at `i`, or behind a word there that bounds it, and up to what it finds behind "to" or a dash.
std::optional<Bounds> bounds_at(const Phrases& phrases, std::size_t i, const ReadQuantity& read);

/// Sets both ends by the bounds; `exact` and `about` are what a plain number is widened by.
void bound(Condition& condition, const Bounds& bounds, double exact, double about);

}  // namespace audiomuse::features
