#include "reader.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include "audiomuse/base/analysis.h"
#include "audiomuse/features/common/list_filter.h"
#include "phrases.h"
#include "quantities.h"

namespace audiomuse::features {

namespace {

constexpr std::size_t kLongestGenre = 5;  // words
constexpr std::size_t kLongestTitle = 8;
constexpr double kDay = 86'400;
constexpr double kYear = 365 * kDay;
/// What is at least as long is a list, not a song.
constexpr double kListLength = 900;
constexpr double kLatelyDays = 30;

struct Name {
    std::string name;
    std::size_t length = 0;  // tokens; 0: there is none
};

/// What a negation holds for.
struct Scope {
    bool open = false;                       // what comes next is not wanted
    std::optional<ConditionKind> last = {};  // of the condition before, when it is not wanted
};

bool is_name_of_a_thing(ConditionKind kind) {
    return kind == ConditionKind::genre || kind == ConditionKind::instrument || kind == ConditionKind::voice ||
           kind == ConditionKind::artist || kind == ConditionKind::song || kind == ConditionKind::like_artist ||
           kind == ConditionKind::like_song;
}

/// Whether there may be more or less of it.
bool is_gradual(ConditionKind kind) {
    return kind <= ConditionKind::energy && kind != ConditionKind::voice;
}

/// The opposite of a condition: of a range with one end the rest, of a voice the other.
void negate(Condition& condition) {
    using enum ConditionKind;
    switch (condition.kind) {
        case count:
        case duration:
        case per_artist:
            return;  // a size of the list is never unwanted
        case voice:
            if (condition.value == "instrumental" || condition.value == "vocal") {
                condition.value = condition.value == "vocal" ? "instrumental" : "vocal";
                return;
            }
            break;
        default:
            break;
    }
    const double step = condition.kind == year ? 1 : 0;
    if (condition.degree == Degree::is && condition.from.has_value() != condition.to.has_value() &&
        condition.kind != unplayed) {
        const Condition before = condition;
        condition.to = before.from ? std::optional(*before.from - step) : std::nullopt;
        condition.from = before.to ? std::optional(*before.to + step) : std::nullopt;
        return;
    }
    condition.degree = condition.degree == Degree::more ? Degree::less : Degree::is_not;
}

class Reader {
public:
    Reader(std::string_view text, const std::vector<Token>& tokens, const WordTable& table, NameMemory& names,
           int this_year)
        : text_(text), phrases_(tokens, table), table_(table), names_(names), this_year_(this_year) {
        reading_.request.language = table.language();
    }

    Reading run() {
        using Rule = std::size_t (Reader::*)(std::size_t);
        // The first that takes something: figures and names before words.
        static constexpr std::array<Rule, 14> kRules = {
            &Reader::read_key,        &Reader::read_unplayed, &Reader::read_last_years, &Reader::read_years,
            &Reader::read_tempo,      &Reader::read_rating,   &Reader::read_per_artist, &Reader::read_time,
            &Reader::read_count,      &Reader::read_like,     &Reader::read_artist,     &Reader::read_named_song,
            &Reader::read_genre_name, &Reader::read_phrase};
        for (std::size_t i = 0; i < phrases_.size();) {
            if (phrases_.token(i).breaks) pause(i);
            std::size_t taken = 0;
            for (const Rule rule : kRules) {
                taken = (this->*rule)(i);
                if (taken == 0) continue;
                if (rule != &Reader::read_phrase) degree_ = Degree::is;
                break;
            }
            if (taken == 0) taken = read_unknown(i);
            i += taken;
        }
        return std::move(reading_);
    }

private:
    // Words

    /// The longest phrase at `i`. Of several meanings a comparison counts where there is something to compare with:
    /// the German "langsamer" is "slower" behind "like A, but", and else a slow one.
    Match best_match(std::size_t i) const {
        // A word that bounds a figure, with no figure behind it, may still be one: "slower than Muse".
        const auto& matches = phrases_.at(i);
        const auto found = std::ranges::find_if_not(matches, [](const Match& match) {
            return match.meaning->role >= Role::over && match.meaning->role <= Role::until;
        });
        const Match& first = found == matches.end() ? matches.front() : *found;
        const bool compare =
            phrases_.follows(i + first.length, Role::than).length > 0 ||
            std::ranges::any_of(reading_.request.conditions, [](const Condition& condition) {
                return condition.kind == ConditionKind::like_artist || condition.kind == ConditionKind::like_song;
            });
        for (const Match& match : phrases_.at(i)) {
            if (match.length != first.length || match.meaning->role != Role::none) continue;
            const Degree degree = match.meaning->conditions.front().degree;
            if (compare == (degree == Degree::more || degree == Degree::less)) return match;
        }
        return first;
    }

    std::string typed(std::size_t begin, std::size_t end) const {
        return std::string(
            text_.substr(phrases_.token(begin).begin, phrases_.token(end - 1).end - phrases_.token(begin).begin));
    }

    // What is found

    void add(Condition condition, std::size_t begin, std::size_t end) {
        if (scope_.open) {
            negate(condition);
        } else if (degree_ != Degree::is && is_gradual(condition.kind)) {
            condition.degree = degree_;
            condition.from = condition.to = std::nullopt;
        }
        const ConditionKind kind = condition.kind;
        scope_.last = scope_.open ? std::optional(kind) : std::nullopt;
        if (is_name_of_a_thing(kind)) scope_.open = false;
        auto& conditions = reading_.request.conditions;
        condition.words = typed(begin, end);
        if (condition.degree == Degree::more || condition.degree == Degree::less) comparison_end_ = end;
        const auto same =
            std::ranges::find(conditions, to_text(condition), [](const Condition& other) { return to_text(other); });
        if (same == conditions.end() && conditions.size() < kMostConditions) conditions.push_back(std::move(condition));
        in_unknown_ = false;
    }

    /// A size of the list, or something else that "not", "more" and "less" say nothing about.
    void add_plain(Condition condition, std::size_t begin, std::size_t end) {
        const Scope scope = std::exchange(scope_, {});
        const Degree degree = std::exchange(degree_, Degree::is);
        add(std::move(condition), begin, end);
        scope_ = scope;
        degree_ = degree;
    }

    /// Takes at least one token, so that the reading comes to an end.
    std::size_t read_unknown(std::size_t i) {
        const Token& token = phrases_.token(i);
        // A title that is to be left out: "everything except Yesterday".
        if (scope_.open && !token.number) {
            if (const Name song = song_at(i); song.length > 0) {
                add({.kind = ConditionKind::song, .value = song.name}, i, i + song.length);
                return song.length;
            }
        }
        if (!token.number && !token.quoted) {
            if (const std::string word = table_.corrected(token.word); !word.empty()) {
                phrases_.replace(i, word);
                if (const std::size_t taken = read_phrase(i); taken > 0) {
                    ++reading_.corrected;
                    return taken;
                }
            }
        }
        ++reading_.unknown;
        auto& unknown = reading_.request.not_understood;
        if (in_unknown_ && !token.breaks && !unknown.empty()) {
            unknown.back() = typed(unknown_begin_, i + 1);
        } else {
            unknown_begin_ = i;
            unknown.push_back(typed(i, i + 1));
        }
        in_unknown_ = true;
        scope_ = {};
        return 1;
    }

    // Negation

    /// What kind of thing stands at `i`, and how long it is.
    std::optional<std::pair<ConditionKind, std::size_t>> thing_at(std::size_t i) {
        const Match phrase = phrases_.role(i, Role::none);
        if (const Name artist = artist_at(i); artist.length > 0 && artist.length >= phrase.length)
            return {{ConditionKind::artist, artist.length}};
        if (phrase.length > 0) return {{phrase.meaning->conditions.front().kind, phrase.length}};
        return std::nullopt;
    }

    /// Whether the things from `i` on, parted by commas, are of the kind and lead to an "or" or "and" and one more:
    /// "no metal, rap or country" is three things that are not wanted, "no metal, calm piano" one.
    bool goes_on_as_list(std::size_t i, ConditionKind kind) {
        for (bool first = true;; first = false) {
            const std::size_t word = std::max(phrases_.role(i, Role::or_).length, phrases_.role(i, Role::and_).length);
            const auto thing = i + word < phrases_.size() ? thing_at(i + word) : std::nullopt;
            if (!thing || thing->first != kind) return false;
            if (word > 0) return true;
            if (!first && !phrases_.token(i).breaks) return false;
            i += thing->second;
            if (i >= phrases_.size()) return false;
        }
    }

    void pause(std::size_t i) {
        scope_.open = scope_.last && goes_on_as_list(i, *scope_.last);
        if (!scope_.open) scope_.last.reset();
        degree_ = Degree::is;
        in_unknown_ = false;
    }

    // Words in general: what means conditions, and the words of grammar that stand alone

    std::size_t read_phrase(std::size_t i) {
        if (!says_something(i)) return 0;
        const Match match = best_match(i);
        const std::size_t end = i + match.length;
        const Role wanted = match.meaning->role;
        switch (wanted) {
            case Role::none: {
                const Scope scope = scope_;
                for (Condition condition : match.meaning->conditions) {
                    scope_.open = scope.open;  // for all of the phrase
                    if (condition.kind == ConditionKind::year) {
                        for (std::optional<double>* bound : {&condition.from, &condition.to}) {
                            if (*bound && **bound <= 0) **bound += this_year_;
                        }
                    }
                    add(std::move(condition), i, end);
                }
                degree_ = Degree::is;
                break;
            }
            case Role::not_:
                scope_ = {.open = true};
                break;
            case Role::but:
                scope_ = {};
                break;
            case Role::or_:
                scope_.open = scope_.open || scope_.last.has_value();
                break;
            case Role::and_: {
                const auto next = scope_.last ? thing_at(phrases_.after_filler(end)) : std::nullopt;
                scope_.open = next && next->first == *scope_.last;
                break;
            }
            case Role::song:
                scope_.open = scope_.open && !scope_.last;
                break;  // "no songs by" goes on
            case Role::more:
                degree_ = Degree::more;
                break;
            case Role::less:
                degree_ = Degree::less;
                break;
            default:
                break;
        }
        return match.length;
    }

    std::size_t read_years(std::size_t i) {
        const auto bounds = bounds_at(phrases_, i, [&](std::size_t at) { return years_at(phrases_, at); });
        if (!bounds || bounds->form == Role::under || bounds->form == Role::most) return 0;
        std::size_t end = i + bounds->length;
        Condition condition{.kind = ConditionKind::year};
        bound(condition, *bounds, 0, 2);
        if (const std::size_t onwards = phrases_.follows(end, Role::onwards).length; onwards > 0) {
            condition.to.reset();
            end += onwards;
        }
        if (!bounds->range && bounds->form == Role::after) condition.from = bounds->quantity.to + 1;
        if (!bounds->range && bounds->form == Role::before) condition.to = bounds->quantity.from - 1;
        add(std::move(condition), i, end);
        return read_more_decades(i, end) - i;
    }

    /// "anni 70 e 80": the decades behind the first, which alone is said to be one. Returns where they end.
    std::size_t read_more_decades(std::size_t begin, std::size_t end) {
        bool announced = false;
        for (std::size_t at = begin; at < end; ++at)
            announced = announced || phrases_.role(at, Role::decade_before).length > 0;
        while (announced) {
            const std::size_t word =
                std::max(phrases_.follows(end, Role::and_).length, phrases_.follows(end, Role::or_).length);
            const std::size_t next = end + word;
            if (word == 0 || phrases_.ends(next)) break;
            const auto years = years_of_decade(phrases_.token(next));
            const bool counts =
                phrases_.follows(next + 1, Role::unit).length > 0 || phrases_.follows(next + 1, Role::song).length > 0;
            if (!years || counts) break;
            scope_.open = scope_.last.has_value();
            add({.kind = ConditionKind::year, .from = years->from, .to = years->to}, next, next + 1);
            end = next + 1;
        }
        return end;
    }

    /// "the last 5 years"
    std::size_t read_last_years(std::size_t i) {
        const std::size_t last = phrases_.role(i, Role::last).length;
        const auto number = last > 0 ? number_at(phrases_, i + last) : std::nullopt;
        if (!number) return 0;
        const std::size_t at = i + last + number->length;
        const Match unit = phrases_.follows(at, Role::unit);
        if (unit.length == 0 || unit.meaning->number < kYear) return 0;
        const std::size_t length = at + unit.length - i;
        const double years = number->from * unit.meaning->number / kYear;
        add({.kind = ConditionKind::year, .from = this_year_ - std::min(years, 1000.0)}, i, i + length);
        return length;
    }

    std::size_t read_tempo(std::size_t i) {
        const std::size_t lead = phrases_.role(i, Role::tempo).length;
        const std::size_t begin = lead > 0 ? phrases_.after_filler(i + lead) : i;
        if (lead > 0 && phrases_.ends(begin)) return 0;
        bool named = lead > 0;
        const auto bounds = bounds_at(phrases_, begin, [&](std::size_t at) {
            auto number = number_at(phrases_, at);
            if (!number || number->from > 1000) return std::optional<Quantity>();
            const std::size_t unit = phrases_.follows(at + number->length, Role::bpm).length;
            named = named || unit > 0;
            number->length += unit;
            return number;
        });
        if (!bounds || !named) return 0;
        Condition condition{.kind = ConditionKind::tempo};
        bound(condition, *bounds, 5, 10);
        const std::size_t end = begin + bounds->length;
        add(std::move(condition), i, end);
        return end - i;
    }

    std::size_t read_rating(std::size_t i) {
        const auto bounds = bounds_at(phrases_, i, [&](std::size_t at) { return number_at(phrases_, at); });
        if (!bounds || bounds->quantity.to > 5 || phrases_.ends(i + bounds->length)) return 0;
        const std::size_t star = phrases_.role(i + bounds->length, Role::star).length;
        if (star == 0) return 0;
        Condition condition{.kind = ConditionKind::rating};
        bound(condition, *bounds, 0, 0);
        if (bounds->form == Role::none && !bounds->range) condition.to.reset();
        add(std::move(condition), i, i + bounds->length + star);
        return bounds->length + star;
    }

    std::size_t read_per_artist(std::size_t i) {
        const auto bounds = bounds_at(phrases_, i, [&](std::size_t at) { return number_at(phrases_, at); });
        if (!bounds) return 0;
        std::size_t at = i + bounds->length;
        if (!phrases_.ends(at)) at += phrases_.role(at, Role::song).length;
        const std::size_t last = phrases_.follows(at, Role::per_artist).length;
        if (last == 0) return 0;
        add_plain({.kind = ConditionKind::per_artist, .from = std::round(bounds->quantity.to)}, i, at + last);
        return at + last - i;
    }

    std::size_t read_time(std::size_t i) {
        const auto bounds = bounds_at(phrases_, i, [&](std::size_t at) { return time_at(phrases_, at); });
        if (!bounds || bounds->quantity.unit == 0 || bounds->quantity.unit >= kDay) return 0;
        std::size_t end = i + bounds->length;
        const std::size_t next = phrases_.after_filler(end);
        std::size_t each = phrases_.follows(next, Role::each).length;
        // "at least 8 minutes long tracks"
        if (const Match size = phrases_.follows(next, Role::none);
            size.length > 0 && size.meaning->conditions.front().kind == ConditionKind::song_length) {
            each = size.length;
        }
        const bool song_after = phrases_.follows(next, Role::song).length > 0;
        const bool song_before = i > 0 && !phrases_.token(i).breaks && phrases_.role(i - 1, Role::song).length > 0;
        const bool compared = bounds->range || (bounds->form != Role::none && bounds->form != Role::around);
        const bool song_like = bounds->quantity.to < kListLength;
        Condition condition{.kind = ConditionKind::duration};
        if (each > 0 || (compared && song_before) || (song_like && (song_after || compared))) {
            condition.kind = ConditionKind::song_length;
            constexpr double kAbout = 30;
            bound(condition, *bounds, kAbout, kAbout);
            end = each > 0 ? next + each : end;
            add(std::move(condition), i, end);
        } else {
            condition.from = bounds->quantity.to;
            add_plain(std::move(condition), i, end);
        }
        return end - i;
    }

    /// "20 fast punk songs": the number, when what is counted follows.
    std::size_t read_count(std::size_t i) {
        const auto bounds = bounds_at(phrases_, i, [&](std::size_t at) { return number_at(phrases_, at); });
        if (!bounds) return 0;
        const double count = bounds->quantity.to;
        if (count < 1 || count > 100'000 || count != std::floor(count)) return 0;
        constexpr std::size_t kWordsBetween = 4;
        const std::size_t end = i + bounds->length;
        for (std::size_t at = end; at < end + kWordsBetween + 1 && !phrases_.ends(at) && !number_of(phrases_.token(at));
             ++at) {
            if (phrases_.role(at, Role::song).length == 0) continue;
            add_plain({.kind = ConditionKind::count, .from = count}, i, end);
            return bounds->length;
        }
        return 0;
    }

    std::size_t read_unplayed(std::size_t i) {
        const std::size_t lead = phrases_.role(i, Role::unplayed).length;
        if (lead == 0 || phrases_.role(i, Role::none).length > lead) return 0;
        std::size_t end = i + lead;
        std::size_t at = phrases_.after_filler(end);
        if (!phrases_.ends(at)) at = phrases_.after_filler(at + phrases_.role(at, Role::last).length);
        double days = kLatelyDays;
        if (!phrases_.ends(at)) {
            const auto time = time_at(phrases_, at);
            const Match lately = phrases_.role(at, Role::lately);
            const Match unit = phrases_.role(at, Role::unit);
            if (lately.length > 0) {
                days = lately.meaning->number;
                end = at + lately.length;
            } else if (time && time->unit > 0) {
                days = std::ceil(time->to / kDay);
                end = at + time->length;
            } else if (unit.length > 0) {
                days = std::ceil(unit.meaning->number / kDay);
                end = at + unit.length;
            }
        }
        add_plain({.kind = ConditionKind::unplayed, .from = days}, i, end);
        return end - i;
    }

    std::size_t read_key(std::size_t i) {
        const std::size_t lead = phrases_.role(i, Role::key).length;
        std::size_t at = i + lead;
        if (at >= phrases_.size()) return 0;
        const auto found = [&](store::MusicalKey key, std::size_t end) {
            std::string value(kPitchClassNames[static_cast<std::size_t>(key.key)]);
            value += ' ' + std::string(scale_name(key.scale));
            add({.kind = ConditionKind::key, .value = std::move(value)}, i, end);
            return end - i;
        };
        if (const Match pitch = phrases_.role(at, Role::pitch); pitch.length > 0) {
            int key = static_cast<int>(pitch.meaning->number);
            at += pitch.length;
            for (const auto& [sign, step] : {std::pair{Role::sharp, 1}, std::pair{Role::flat, 11}}) {
                const std::size_t length = phrases_.follows(at, sign).length;
                if (length > 0) key += step;
                at += length;
            }
            for (const auto& [word, scale] : {std::pair{Role::major, Scale::major}, {Role::minor, Scale::minor}}) {
                const std::size_t length = phrases_.follows(at, word).length;
                // "in a minor key" names no pitch.
                const bool article =
                    phrases_.token(i).word == "a" && phrases_.follows(at + length, Role::key).length > 0;
                if (length > 0 && !article) return found({key % 12, scale}, at + length);
            }
        }
        // "8A", and "Am" where a key is announced.
        at = i + lead;
        const bool camelot = phrases_.token(at).number && !phrases_.ends(at + 1) && phrases_.token(at + 1).glued;
        if (camelot || lead > 0) {
            const std::size_t end = at + (camelot ? 2 : 1);
            if (const auto key = parse_key(typed(at, end))) return found(*key, end);
        }
        return 0;
    }

    // Names

    Name artist_at(std::size_t i) {
        Name found;
        std::string words;
        for (std::size_t length = 1; length <= names_.longest_artist() && i + length <= phrases_.size(); ++length) {
            words += (length > 1 ? " " : "") + phrases_.token(i + length - 1).word;
            if (const std::string& artist = names_.artist(words); !artist.empty()) found = {artist, length};
        }
        return found;
    }

    /// Whether the words of an artist's name may be one without further ado: most names of one word are words, too.
    bool stands_out(std::size_t i, const Name& artist) const {
        if (artist.length == 0) return false;
        if (artist.length == phrases_.size()) return true;
        const std::size_t phrase = phrases_.longest(i);
        return artist.length > phrase && (artist.length > 1 || !table_.knows(phrases_.token(i).word));
    }

    /// The longest title at `i`, with the artist behind it, as a value of like_song; within quotation marks all of it.
    Name song_at(std::size_t i) {
        std::size_t most = 1;
        while (i + most < phrases_.size() && !phrases_.token(i + most).breaks && most < kLongestTitle)
            ++most;
        for (std::size_t length = most; length > 0; --length) {
            if (phrases_.token(i).quoted && length < most) break;
            std::size_t end = i + length;
            Name artist;
            const std::size_t by = std::max(phrases_.role(end, Role::by).length, phrases_.role(end, Role::from).length);
            if (by > 0) artist = artist_at(end + by);
            KnownNames::Song song = names_.song(typed(i, end), artist.name);
            if (song.title.empty()) continue;
            if (artist.length > 0) end += by + artist.length;
            return {song.title + " by " + song.artist, end - i};
        }
        return {};
    }

    /// "Radiohead's Creep": the title behind the artist, with the "s".
    Name song_of(const Name& artist, std::size_t i) {
        if (artist.length == 0 || phrases_.ends(i) || phrases_.token(i).word != "s") return {};
        for (std::size_t end = std::min(i + 1 + kLongestTitle, phrases_.size()); end > i + 1; --end) {
            const KnownNames::Song song = names_.song(typed(i + 1, end), artist.name);
            if (!song.title.empty()) return {song.title + " by " + song.artist, end - i};
        }
        return {};
    }

    /// Something to sound like, at `i`; 0 when there is none.
    std::size_t read_likeness(std::size_t begin, std::size_t i) {
        if (i >= phrases_.size()) return 0;
        const Name artist = artist_at(i);
        const Match phrase = phrases_.role(i, Role::none);
        if (const Name song = song_of(artist, i + artist.length); song.length > 0) {
            add({.kind = ConditionKind::like_song, .value = song.name}, begin, i + artist.length + song.length);
            return artist.length + song.length;
        }
        if (artist.length > 0 && artist.length >= phrase.length) {
            add({.kind = ConditionKind::like_artist, .value = artist.name}, begin, i + artist.length);
            return artist.length;
        }
        const Name song = song_at(i);
        const bool with_artist = song.length > 0 && phrases_.role(i, Role::by).length == 0 &&
                                 song.length > phrase.length + 1;  // more than a word that means something
        if (song.length > 0 && (phrase.length == 0 || with_artist)) {
            add({.kind = ConditionKind::like_song, .value = song.name}, begin, i + song.length);
            return song.length;
        }
        return 0;
    }

    /// "like A, B and C"; a name that nobody knows counts as an artist.
    std::size_t read_like(std::size_t i) {
        const std::size_t than = comparison_end_ == i ? phrases_.role(i, Role::than).length : 0;
        const std::size_t lead = std::max(phrases_.role(i, Role::like).length, than);
        if (lead == 0 || (!phrases_.at(i).empty() && phrases_.at(i).front().length > lead)) return 0;
        const Scope scope = scope_;
        std::size_t at = i + lead;
        std::size_t taken = read_likeness(i, at);
        if (taken == 0) {
            at = phrases_.after_filler(at);
            if (at < phrases_.size()) at += phrases_.role(at, Role::song_named).length;
            taken = read_likeness(i, at);
        }
        if (taken == 0) taken = read_unknown_name(i, at);
        if (taken == 0) return lead;
        for (at += taken; at < phrases_.size(); at += taken) {
            const std::size_t word =
                std::max(phrases_.role(at, Role::and_).length, phrases_.role(at, Role::or_).length);
            if (word == 0 && !phrases_.token(at).breaks) break;
            const std::size_t next = at + word;
            if (next >= phrases_.size()) break;
            const Name artist = artist_at(next);
            if (!stands_out(next, artist) && !(artist.length > 0 && word > 0)) break;
            scope_ = scope;
            add({.kind = ConditionKind::like_artist, .value = artist.name}, next, next + artist.length);
            taken = word + artist.length;
        }
        return at - i;
    }

    bool says_something(std::size_t i) const {
        return !phrases_.at(i).empty() && phrases_.at(i).front().meaning->role != Role::other;
    }

    std::size_t read_unknown_name(std::size_t begin, std::size_t i) {
        std::size_t end = i;
        while (end < phrases_.size() && (end == i || !phrases_.token(end).breaks) && !says_something(end) &&
               (end > i || table_.corrected(phrases_.token(end).word).empty()))
            ++end;
        if (end == i) return 0;
        add({.kind = ConditionKind::like_artist, .value = typed(i, end)}, begin, end);
        return end - i;
    }

    std::size_t read_artist(std::size_t i) {
        std::size_t lead = std::max(phrases_.role(i, Role::by).length, phrases_.role(i, Role::from).length);
        Name artist = artist_at(i + std::min(lead, phrases_.size() - i));
        if (lead == 0 && !stands_out(i, artist)) return 0;
        if (artist.length == 0 && lead > 0) {
            const std::size_t at = phrases_.after_filler(i + lead);
            lead = at - i;
            artist = at < phrases_.size() ? artist_at(at) : Name();
            if (!stands_out(at, artist)) return 0;
        }
        if (artist.length == 0) return 0;
        const std::size_t end = i + lead + artist.length;
        const std::size_t after = phrases_.follows(end, Role::like_after).length;
        add({.kind = after > 0 ? ConditionKind::like_artist : ConditionKind::artist, .value = artist.name}, i,
            end + after);
        return end + after - i;
    }

    /// "the song Creep", and what stands in quotation marks.
    std::size_t read_named_song(std::size_t i) {
        const std::size_t lead = phrases_.role(i, Role::song_named).length;
        const std::size_t at = i + lead;
        if (at >= phrases_.size() || (lead == 0 && !phrases_.token(at).quoted)) return 0;
        const Name song = song_at(at);
        if (song.length == 0) return 0;
        add({.kind = scope_.open ? ConditionKind::song : ConditionKind::like_song, .value = song.name}, i,
            at + song.length);
        return lead + song.length;
    }

    /// A genre of the library that the tables do not have, or not as exactly.
    std::size_t read_genre_name(std::size_t i) {
        const std::size_t known = phrases_.longest(i);
        std::string words;
        Name found;
        for (std::size_t length = 1; length <= kLongestGenre && i + length <= phrases_.size(); ++length) {
            if (length > 1 && phrases_.token(i + length - 1).breaks) break;
            words += (length > 1 ? " " : "") + phrases_.token(i + length - 1).word;
            if (length <= known) continue;
            if (const std::string& genre = names_.genre(words); !genre.empty()) found = {genre, length};
        }
        if (found.length == 0) return 0;
        add({.kind = ConditionKind::genre, .value = found.name}, i, i + found.length);
        degree_ = Degree::is;
        return found.length;
    }

    std::string_view text_;
    Phrases phrases_;
    const WordTable& table_;
    NameMemory& names_;
    int this_year_;
    Reading reading_;
    Scope scope_;
    Degree degree_ = Degree::is;      // of the condition that comes next
    std::size_t comparison_end_ = 0;  // behind the last condition that compares
    bool in_unknown_ = false;         // nothing was understood since the last unknown word
    std::size_t unknown_begin_ = 0;
};

}  // namespace

const std::string& NameMemory::artist(const std::string& words) {
    const auto known = artists_.find(words);
    return known != artists_.end() ? known->second : artists_.emplace(words, names_.artist(words)).first->second;
}

const std::string& NameMemory::genre(const std::string& words) {
    const auto known = genres_.find(words);
    return known != genres_.end() ? known->second : genres_.emplace(words, names_.genre(words)).first->second;
}

const KnownNames::Song& NameMemory::song(const std::string& title, const std::string& artist) {
    static const KnownNames::Song kNone;
    const std::pair key(title, artist);
    const auto known = songs_.find(key);
    if (known != songs_.end()) return known->second;
    if (songs_.size() >= kMostSongs) return kNone;
    return songs_.emplace(key, names_.song(title, artist)).first->second;
}

Reading read_request(std::string_view text, const std::vector<Token>& tokens, const WordTable& table, NameMemory& names,
                     int this_year) {
    return Reader(text, tokens, table, names, this_year).run();
}

}  // namespace audiomuse::features
