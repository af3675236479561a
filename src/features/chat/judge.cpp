#include "judge.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <utility>

#include "audiomuse/features/common/list_filter.h"
#include "word_table.h"

namespace audiomuse::features {

namespace {

// A tag as likely as this says that a genre is heard, and that it may be.
constexpr float kHeard = 0.3F, kPerhapsHeard = 0.15F;
// Moods are a matter of degree: the highest quarter of the library has one, the higher half nearly.
constexpr double kMuch = 0.75, kMore = 0.5;
/// Tracks of an artist that are looked at to find the middle of them.
constexpr std::size_t kMostSeeds = 500;

/// A tenth of the library sounds like something, at least fifty tracks and at most two thousand.
std::size_t so_many_alike(std::size_t tracks) {
    constexpr std::size_t kFewest = 50, kMost = 2000, kShare = 10;
    return std::clamp(tracks / kShare, kFewest, kMost);
}
constexpr std::size_t kWiderLikeness = 3;

Judgement untold(std::string note) {
    return {.told = false, .note = std::move(note)};
}

Judgement told(TrackIds met, TrackIds nearly) {
    return {.told = true, .note = {}, .met = std::move(met), .nearly = std::move(nearly)};
}

Judgement not_analysed() {
    return untold("No track has been analysed for it yet.");
}

bool is_likeness(ConditionKind kind) {
    return kind == ConditionKind::like_artist || kind == ConditionKind::like_song;
}

/// Title and artist of a value of like_song.
std::pair<std::string, std::string> parted_song(const std::string& value) {
    constexpr std::string_view kBy = " by ";
    const std::size_t at = value.rfind(kBy);
    if (at == std::string::npos) return {value, ""};
    return {value.substr(0, at), value.substr(at + kBy.size())};
}

bool holds_words(const std::string& words, const std::string& phrase) {
    return (' ' + words + ' ').find(' ' + phrase + ' ') != std::string::npos;
}

}  // namespace

TrackIds united(const TrackIds& a, const TrackIds& b) {
    TrackIds result;
    std::ranges::set_union(a, b, std::back_inserter(result));
    return result;
}

TrackIds common_to(const TrackIds& a, const TrackIds& b) {
    TrackIds result;
    std::ranges::set_intersection(a, b, std::back_inserter(result));
    return result;
}

TrackIds without(const TrackIds& a, const TrackIds& b) {
    TrackIds result;
    std::ranges::set_difference(a, b, std::back_inserter(result));
    return result;
}

Judge::Judge(store::Store& store, const index::VectorIndex* index, const Request& request, double now, UserId listener,
             Finders finders)
    : store_(store), index_(index), now_(now), listener_(listener), finders_(std::move(finders)), sounds_(store) {
    for (const Condition& condition : request.conditions) {
        if (!is_likeness(condition.kind) || condition.degree != Degree::is) continue;
        const Seeds seeds = seeds_of(condition);
        seeds_ = united(seeds_, seeds.tracks);
        if (condition.kind == ConditionKind::like_song) named_songs_ = united(named_songs_, seeds.tracks);
    }
}

const TrackIds& Judge::all() {
    if (!all_) all_ = matching({});
    return *all_;
}

Judgement Judge::judge(const Condition& condition) {
    using enum ConditionKind;
    const bool range = condition.from || condition.to;
    store::TrackCriteria exact, wide;
    switch (condition.kind) {
        case mood:
        case genre:
        case style:
        case instrument:
            return of_sound(condition);
        case voice:
            return of_voice(condition);
        case tempo: {
            if (!range) return compared(condition, *sounds_.column("tempo"));
            constexpr double kWider = 0.1;
            exact.tempo = {condition.from, condition.to};
            if (condition.from) wide.tempo.from = *condition.from * (1 - kWider);
            if (condition.to) wide.tempo.to = *condition.to * (1 + kWider);
            return of_range(exact, wide);
        }
        case energy:
            return of_energy(condition);
        case key:
            return of_key(condition);
        case year: {
            constexpr std::int64_t kWider = 5;
            constexpr double kLast = 9999;
            if (condition.from) exact.year.from = static_cast<std::int64_t>(std::clamp(*condition.from, 0.0, kLast));
            if (condition.to) exact.year.to = static_cast<std::int64_t>(std::clamp(*condition.to, 0.0, kLast));
            if (exact.year.from) wide.year.from = *exact.year.from - kWider;
            if (exact.year.to) wide.year.to = *exact.year.to + kWider;
            return of_range(exact, wide);
        }
        case song_length:
            return of_song_length(condition);
        case artist: {
            exact.artists = {condition.value};
            TrackIds tracks = matching(exact);
            if (tracks.empty() && condition.degree == Degree::is)
                return untold(fmt::format("The library has no tracks by {}.", condition.value));
            return told(tracks, tracks);
        }
        case song: {
            const auto [title, by] = parted_song(condition.value);
            const auto row = store_.tracks().by_name(title, by);
            if (!row) return untold("There is no such song.");
            return told({row->id}, {row->id});
        }
        case like_artist:
        case like_song:
            return of_likeness(condition);
        case similar_artist:
            return of_similar_artists(condition);
        case described:
            return of_description(condition);
        case unplayed:
            return of_unplayed(condition);
        case favourite:
            exact.favourite = true;
            return of_range(exact, exact);
        case rating:
            return of_rating(condition);
        case count:
        case duration:
        case per_artist:
            break;
    }
    return {};
}

double Judge::closeness(TrackId id) const {
    if (by_likeness_) {
        const auto found = distances_.find(id);
        return found == distances_.end() ? -std::numeric_limits<double>::infinity()
                                         : 1 - static_cast<double>(found->second);
    }
    if (ranking_.empty()) return 1;
    double sum = 0;
    for (const auto& [column, direction] : ranking_) {
        const double place = column->place(id).value_or(direction > 0 ? 0 : 1);
        sum += direction > 0 ? place : 1 - place;
    }
    return sum / static_cast<double>(ranking_.size());
}

std::vector<std::string> Judge::genres_with(const Condition& condition) {
    std::vector<std::string> phrases = {words_of(condition.value)};
    for (const WordTable& table : word_tables()) {
        const auto more = table.phrases_of(condition.kind, condition.value);
        phrases.insert(phrases.end(), more.begin(), more.end());
    }
    if (!genres_) genres_ = store_.tracks().genres();
    std::vector<std::string> names;
    for (const auto& genre : *genres_) {
        const std::string words = words_of(genre.name);
        const auto holds = [&](const std::string& phrase) { return holds_words(words, phrase); };
        if (std::ranges::any_of(phrases, holds)) names.push_back(genre.name);
    }
    return names;
}

Judge::Seeds Judge::seeds_of(const Condition& condition) {
    Seeds seeds;
    if (condition.kind == ConditionKind::like_song) {
        const auto [title, artist] = parted_song(condition.value);
        if (const auto row = store_.tracks().by_name(title, artist)) seeds.tracks = {row->id};
    } else {
        store::TrackCriteria criteria;
        criteria.artists = {condition.value};
        seeds.tracks = matching(criteria);
    }
    if (seeds.tracks.size() > kMostSeeds) seeds.tracks.resize(kMostSeeds);
    if (index_ == nullptr) return seeds;
    std::vector<float> sum(index_->dimension());
    double square = 0;
    for (const TrackId id : seeds.tracks) {
        const std::vector<float> vector = index_->vector(id.value);
        for (std::size_t i = 0; i < vector.size(); ++i)
            sum[i] += vector[i];
    }
    for (const float value : sum)
        square += static_cast<double>(value) * static_cast<double>(value);
    if (square > 0) seeds.middle = std::move(sum);
    return seeds;
}

Judgement Judge::of_likeness(const Condition& condition) {
    const Seeds seeds = seeds_of(condition);
    if (seeds.tracks.empty()) return untold(fmt::format("The library does not have {}.", condition.value));
    if (seeds.middle.empty()) return untold(fmt::format("{} has not been analysed yet.", condition.value));
    const std::size_t like = so_many_alike(index_->size());
    TrackIds met, nearly;
    for (const index::Neighbour& neighbour : index_->search(seeds.middle, kWiderLikeness * like)) {
        const TrackId id{neighbour.id};
        if (met.size() < like) met.push_back(id);
        nearly.push_back(id);
        if (condition.degree != Degree::is) continue;
        by_likeness_ = true;
        const auto [known, first] = distances_.emplace(id, neighbour.distance);
        if (!first) known->second = std::min(known->second, neighbour.distance);
    }
    std::ranges::sort(met);
    std::ranges::sort(nearly);
    if (condition.degree == Degree::is_not) met = united(met, seeds.tracks);
    return told(std::move(met), std::move(nearly));
}

Judgement Judge::of_similar_artists(const Condition& condition) {
    constexpr std::size_t kLike = 8;
    const auto by = [&](std::vector<std::string> names) {
        store::TrackCriteria criteria;
        criteria.artists = std::move(names);
        return matching(criteria);
    };
    std::vector<std::string> names = {condition.value};
    if (finders_.similar_artists) {
        const auto found = finders_.similar_artists(condition.value);
        names.insert(names.end(), found.begin(), found.end());
    }
    if (names.size() == 1) return untold(fmt::format("Nobody is known to sound like {}.", condition.value));
    TrackIds nearly = by(names);
    names.resize(std::min(names.size(), kLike + 1));
    return told(by(std::move(names)), std::move(nearly));
}

Judgement Judge::of_description(const Condition& condition) {
    const TrackIds ranked = finders_.described ? finders_.described(condition.value) : TrackIds();
    if (ranked.empty()) return untold("No track is known to sound as that describes.");
    const std::size_t like = so_many_alike(all().size());
    TrackIds met, nearly;
    for (const TrackId id : ranked) {
        if (nearly.size() == kWiderLikeness * like) break;
        if (met.size() < like) met.push_back(id);
        nearly.push_back(id);
    }
    std::vector<SoundColumn::Entry> entries;
    for (std::size_t i = 0; i < nearly.size(); ++i)
        entries.push_back({.value = -static_cast<float>(i), .id = nearly[i]});
    const SoundColumn& column = *described_.emplace_back(std::make_unique<SoundColumn>(std::move(entries)));
    if (condition.degree == Degree::is) ranking_.emplace_back(&column, 1);
    std::ranges::sort(met);
    std::ranges::sort(nearly);
    return told(std::move(met), std::move(nearly));
}

Judgement Judge::of_range(const store::TrackCriteria& exact, const store::TrackCriteria& wide) {
    TrackIds met = matching(exact);
    TrackIds nearly = exact == wide ? met : united(met, matching(wide));
    if (nearly.empty()) return untold("No track of the library is known to be so.");
    return told(std::move(met), std::move(nearly));
}

Judgement Judge::compared(const Condition& condition, const SoundColumn& column) {
    if (column.empty()) return not_analysed();
    double sum = 0;
    double known = 0;
    for (const TrackId seed : seeds_) {
        if (const auto place = column.place(seed)) {
            sum += *place;
            ++known;
        }
    }
    const double middle = known > 0 ? sum / known : 0.5;
    const bool more = condition.degree == Degree::more;
    ranking_.emplace_back(&column, more ? 1 : -1);
    // A third of the way from there to the end, so that something is left wherever it is.
    if (more) return told(column.between(middle + (1 - middle) / 3, 1), column.between(middle, 1));
    return told(column.between(0, middle * 2 / 3), column.between(0, middle));
}

Judgement Judge::of_sound(const Condition& condition) {
    const bool genre = condition.kind == ConditionKind::genre;
    const SoundColumn* const column = sounds_.column(condition.value);
    const bool comparing = condition.degree == Degree::more || condition.degree == Degree::less;
    if (comparing && column != nullptr) return compared(condition, *column);

    TrackIds tagged;
    if (condition.kind != ConditionKind::mood) {
        store::TrackCriteria criteria;
        criteria.genres = genres_with(condition);
        if (!criteria.genres.empty()) tagged = matching(criteria);
    }
    TrackIds met = tagged;
    TrackIds nearly = tagged;
    if (column != nullptr && !column->empty()) {
        if (!genre) {
            met = united(met, column->between(kMuch, 1));
            nearly = united(nearly, column->between(kMore, 1));
        } else {
            // Tags know better; what nobody tagged is heard.
            if (tagged.empty() || condition.degree == Degree::is_not) met = united(met, column->at_least(kHeard));
            nearly = united(nearly, column->at_least(tagged.empty() ? kPerhapsHeard : kHeard));
        }
        if (condition.degree == Degree::is) ranking_.emplace_back(column, 1);
    }
    if (condition.degree == Degree::less) {  // than nothing that can be heard: none of it, if possible
        met = without(all(), met);
        return told(met, met);
    }
    if (nearly.empty() && !(genre && condition.degree == Degree::is_not)) {
        if (column != nullptr && column->empty()) return not_analysed();
        return untold(
            fmt::format("No track of the library is tagged '{}', and it is not heard in any.", condition.value));
    }
    return told(std::move(met), std::move(nearly));
}

Judgement Judge::of_voice(const Condition& condition) {
    store::TrackCriteria criteria;
    if (condition.value == "instrumental" || condition.value == "vocal") {
        criteria.vocal = condition.value == "vocal";
        return of_range(criteria, criteria);
    }
    constexpr std::size_t kFemale = 5, kMale = 13, kFemaleToo = 31;
    static_assert(kMoodNames[kFemale] == "female vocalists" && kMoodNames[kMale] == "male vocalists" &&
                  kMoodNames[kFemaleToo] == "female vocalist");
    const float sign = condition.value == "female" ? 1.0F : -1.0F;
    const SoundColumn& column =
        sounds_.column("voice " + condition.value, [&](const store::AnalysisSummary& summary) -> std::optional<float> {
            if (store::sounds_vocal(summary.moods) != std::optional(true)) return std::nullopt;
            return sign * (std::max(summary.moods[kFemale], summary.moods[kFemaleToo]) - summary.moods[kMale]);
        });
    if (column.empty()) return not_analysed();
    if (condition.degree == Degree::is) ranking_.emplace_back(&column, 1);
    TrackIds met = column.at_least(0);
    return told(met, column.between(0, 1));
}

Judgement Judge::of_energy(const Condition& condition) {
    const SoundColumn& column = *sounds_.column("energy");
    if (column.empty()) return not_analysed();
    if (!condition.from && !condition.to) return compared(condition, column);
    constexpr double kWider = 0.15;
    const double from = condition.from.value_or(0), to = condition.to.value_or(1);
    if (condition.degree == Degree::is && (condition.from.has_value() != condition.to.has_value()))
        ranking_.emplace_back(&column, condition.from ? 1 : -1);
    return told(column.between(from, to), column.between(from - kWider, to + kWider));
}

Judgement Judge::of_key(const Condition& condition) {
    const auto key = parse_key(condition.value);
    if (!key) {  // a scale alone
        const Scale scale = condition.value == "minor" ? Scale::minor : Scale::major;
        TrackIds met;
        for (const store::AnalysisSummary& summary : sounds_.summaries()) {
            if (summary.key >= 0 && summary.scale == scale) met.push_back(summary.id);
        }
        std::ranges::sort(met);
        if (met.empty()) return not_analysed();
        return told(met, met);
    }
    // Related keys: a fifth up and down, and the relative one.
    constexpr int kFifth = 7, kOctave = 12, kMinorThird = 3;
    const bool minor = key->scale == Scale::minor;
    const std::array<store::MusicalKey, 3> related = {
        store::MusicalKey{(key->key + kFifth) % kOctave, key->scale},
        store::MusicalKey{(key->key + kOctave - kFifth) % kOctave, key->scale},
        store::MusicalKey{(key->key + (minor ? kMinorThird : kOctave - kMinorThird)) % kOctave,
                          minor ? Scale::major : Scale::minor}};
    store::TrackCriteria criteria;
    criteria.key = key;
    TrackIds met = matching(criteria);
    TrackIds nearly = met;
    for (const store::MusicalKey& other : related) {
        criteria.key = other;
        nearly = united(nearly, matching(criteria));
    }
    if (nearly.empty()) return untold("No track of the library is known to be in this key.");
    return told(std::move(met), std::move(nearly));
}

Judgement Judge::of_song_length(const Condition& condition) {
    store::TrackCriteria exact, wide;
    constexpr double kWider = 0.25;
    store::Range<double> range{condition.from, condition.to};
    if (condition.degree == Degree::more || condition.degree == Degree::less) {
        constexpr double kUsual = 240;
        double sum = 0;
        double known = 0;
        for (const store::TrackRow& row : store_.tracks().get(seeds_)) {
            if (row.tags.duration_s <= 0) continue;
            sum += row.tags.duration_s;
            ++known;
        }
        const double usual = known > 0 ? sum / known : kUsual;
        (condition.degree == Degree::more ? range.from : range.to) = usual;
    }
    exact.length_s = range;
    if (range.from) wide.length_s.from = *range.from * (1 - kWider);
    if (range.to) wide.length_s.to = *range.to * (1 + kWider);
    return of_range(exact, wide);
}

Judgement Judge::of_rating(const Condition& condition) {
    constexpr double kBest = 5;
    store::TrackCriteria exact, wide;
    if (condition.from) {
        exact.rating_from = static_cast<int>(std::clamp(*condition.from, 1.0, kBest));
        wide.rating_from = std::max(1, exact.rating_from - 1);
        return of_range(exact, wide);
    }
    // At most so many stars: not one more.
    exact.rating_from = static_cast<int>(std::clamp(condition.to.value_or(kBest), 0.0, kBest)) + 1;
    TrackIds tracks = exact.rating_from > kBest ? all() : without(all(), matching(exact));
    return told(tracks, tracks);
}

Judgement Judge::of_unplayed(const Condition& condition) {
    TrackIds played, lately, half_as_lately;
    constexpr double kDay = 86'400;
    const double days = condition.from.value_or(0);
    for (const store::Heard& heard :
         store_.history().most_played(listener_, std::numeric_limits<std::int32_t>::max())) {
        if (heard.plays > 0) played.push_back(heard.track);
        if (heard.last_played_at > now_ - days * kDay) lately.push_back(heard.track);
        if (heard.last_played_at > now_ - days * kDay / 2) half_as_lately.push_back(heard.track);
    }
    for (TrackIds* const tracks : {&played, &lately, &half_as_lately})
        std::ranges::sort(*tracks);
    if (!condition.from) return told(without(all(), played), without(all(), played));
    return told(without(all(), lately), without(all(), half_as_lately));
}

}  // namespace audiomuse::features
