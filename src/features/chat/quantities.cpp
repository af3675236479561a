#include "quantities.h"

#include <algorithm>
#include <cmath>

namespace audiomuse::features {

namespace {

std::optional<Quantity> decade_at(const Phrases& phrases, std::size_t i) {
    if (const Match word = phrases.role(i, Role::none); word.length > 0 && word.meaning->conditions.size() == 1) {
        const Condition& condition = word.meaning->conditions.front();
        if (condition.kind == ConditionKind::year && condition.from && condition.to && *condition.from > 0)
            return Quantity{*condition.from, *condition.to, word.length};
    }
    const std::size_t before = phrases.role(i, Role::decade_before).length;
    const std::size_t at = i + before;
    auto years = at < phrases.size() ? years_of_decade(phrases.token(at)) : std::nullopt;
    if (!years) return std::nullopt;
    const std::size_t after = phrases.follows(at + 1, Role::decade_after).length;
    if (before + after == 0) return std::nullopt;
    years->length = before + 1 + after;
    return years;
}

}  // namespace

std::optional<Quantity> years_of_decade(const Token& token) {
    const auto figures = number_of(token);
    if (!figures || std::fmod(*figures, 10) != 0) return std::nullopt;
    double first = *figures;
    if (first < 100) first += first < 30 ? 2000 : 1900;
    if (first < 1900 || first > 2090) return std::nullopt;
    return Quantity{first, first + 9, 1};
}

std::optional<Quantity> number_at(const Phrases& phrases, std::size_t i) {
    if (i >= phrases.size()) return std::nullopt;
    Quantity number;
    if (const auto value = number_of(phrases.token(i))) {
        number = {*value, *value, 1};
    } else if (const Match word = phrases.role(i, Role::number); word.length > 0) {
        number = {word.meaning->number, word.meaning->number, word.length};
    } else {
        return std::nullopt;
    }
    constexpr double kDozen = 12;
    const std::size_t next = i + number.length;
    if (const Match dozen = phrases.follows(next, Role::number); dozen.length > 0 && dozen.meaning->number == kDozen) {
        number.from = number.to = number.from * kDozen;
        number.length += dozen.length;
    }
    return number;
}

std::optional<Quantity> years_at(const Phrases& phrases, std::size_t i) {
    std::size_t at = i;
    Role part = Role::none;
    for (const Role name : {Role::early, Role::mid, Role::late}) {
        const Match word = part == Role::none ? phrases.role(at, name) : Match();
        if (word.length == 0) continue;
        part = name;
        at = phrases.after_filler(at + word.length);
    }
    const auto decade = decade_at(phrases, at);
    if (!decade) {
        const auto year = at < phrases.size() ? number_of(phrases.token(at)) : std::nullopt;
        if (!year || part != Role::none || phrases.token(at).word.size() != 4 || *year < 1900 || *year > 2100)
            return std::nullopt;
        for (const Role other : {Role::bpm, Role::unit, Role::song}) {
            if (phrases.follows(at + 1, other).length > 0) return std::nullopt;
        }
        return Quantity{*year, *year, at + 1 - i};
    }
    Quantity years = *decade;
    if (part == Role::early) years.to = years.from + 3;
    if (part == Role::mid) years = {years.from + 4, years.from + 6, years.length};
    if (part == Role::late) years.from += 7;
    years.length = at + decade->length - i;
    return years;
}

std::optional<Quantity> time_at(const Phrases& phrases, std::size_t i) {
    Quantity time;
    std::size_t at = i;
    if (const Match whole = phrases.role(at, Role::time); whole.length > 0) {
        time.from = whole.meaning->number;
        time.unit = 1;
        at += whole.length;
    } else {
        const auto number = number_at(phrases, at);
        if (!number) return std::nullopt;
        at += number->length;
        const Match unit = phrases.follows(at, Role::unit);
        time.unit = unit.length > 0 ? unit.meaning->number : 0;
        time.from = number->from * (time.unit > 0 ? time.unit : 1);
        at += unit.length;
    }
    constexpr double kHour = 3600, kMinute = 60;
    if (time.unit == kHour || time.from >= kHour) {
        const std::size_t next = at + (phrases.follows(at, Role::and_).length);
        const auto more = phrases.ends(next) ? std::nullopt : number_at(phrases, next);
        if (more && more->from < 60) {
            const std::size_t last = next + more->length;
            const Match unit = phrases.follows(last, Role::unit);
            const bool bare = next == at && phrases.token(at).glued;  // "1h30"
            if (unit.length > 0 ? unit.meaning->number == kMinute : bare) {
                time.from += more->from * kMinute;
                at = last + unit.length;
            }
        }
    }
    time.to = time.from;
    time.length = at - i;
    return time;
}

std::optional<Bounds> bounds_at(const Phrases& phrases, std::size_t i, const ReadQuantity& read) {
    Bounds bounds;
    std::size_t at = i;
    std::size_t lead = 0;
    for (const Role form : {Role::between, Role::over, Role::under, Role::around, Role::since, Role::after,
                            Role::before, Role::until, Role::most, Role::from}) {
        const std::size_t length = phrases.role(i, form).length;
        if (length <= lead) continue;
        lead = length;
        bounds.form = form;
    }
    std::optional<Quantity> first;
    if (lead > 0) {
        at = phrases.after_filler(i + lead);
        if (!phrases.ends(at)) first = read(at);
    }
    if (!first) {  // the word that bounds may belong to what is read: "de los 80"
        bounds.form = Role::none;
        at = i;
        first = read(at);
    }
    if (!first) return std::nullopt;
    at += first->length;
    if (!phrases.ends(at)) {
        const std::size_t to = std::max(phrases.role(at, Role::to).length,
                                        bounds.form == Role::between ? phrases.role(at, Role::and_).length : 0);
        const bool may = bounds.form == Role::between || bounds.form == Role::from || bounds.form == Role::none ||
                         bounds.form == Role::since || bounds.form == Role::around;
        if (may && (to > 0 || phrases.token(at).dash)) {
            const std::size_t next = phrases.after_filler(at + to);
            if (const auto last = phrases.ends(next) && to > 0 ? std::nullopt : read(next);
                last && last->to >= first->from) {
                if (first->unit == 0 && last->unit > 0) first->from *= last->unit;
                first->to = last->to;
                first->unit = std::max(first->unit, last->unit);
                at = next + last->length;
                bounds.range = true;
            }
        }
    }
    if (bounds.form == Role::from) bounds.form = Role::none;
    bounds.quantity = *first;
    bounds.length = at - i;
    return bounds;
}

void bound(Condition& condition, const Bounds& bounds, double exact, double about) {
    const Quantity& of = bounds.quantity;
    switch (bounds.range ? Role::between : bounds.form) {
        case Role::between:
            condition.from = of.from, condition.to = of.to;
            break;
        case Role::over:
        case Role::since:
        case Role::after:
            condition.from = of.from;
            break;
        case Role::under:
        case Role::most:
        case Role::before:
        case Role::until:
            condition.to = of.to;
            break;
        default: {
            const double by = bounds.form == Role::around ? about : exact;
            condition.from = of.from - by;
            condition.to = of.to + by;
        }
    }
}

}  // namespace audiomuse::features
