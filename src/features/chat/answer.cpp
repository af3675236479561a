#include "audiomuse/features/chat/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <utility>

#include "audiomuse/base/random.h"
#include "audiomuse/features/common/list_rules.h"
#include "judge.h"

namespace audiomuse::features {

namespace {

/// What gives way, first to last. Those behind `kHeldOn` only to what comes near them.
constexpr std::array kGivesWay = {ConditionKind::key,         ConditionKind::tempo,      ConditionKind::energy,
                                  ConditionKind::song_length, ConditionKind::mood,       ConditionKind::style,
                                  ConditionKind::instrument,  ConditionKind::described,  ConditionKind::unplayed,
                                  ConditionKind::rating,      ConditionKind::favourite,  ConditionKind::year,
                                  ConditionKind::genre,       ConditionKind::voice,      ConditionKind::similar_artist,
                                  ConditionKind::like_song,   ConditionKind::like_artist};
constexpr std::size_t kHeldOn = 12;
static_assert(kGivesWay[kHeldOn] == ConditionKind::genre);

/// A list is as long as was asked when it is so within this share.
constexpr double kTolerance = 0.05;

/// One of several is enough: there is no track of two years.
bool are_alternatives(ConditionKind kind) {
    using enum ConditionKind;
    return kind == genre || kind == year || kind == key || kind == tempo || kind == energy || kind == song_length ||
           kind == artist || kind == like_artist || kind == like_song || kind == similar_artist || kind == described;
}

/// The kind that stands for all that are alternatives of each other.
ConditionKind group_kind(ConditionKind kind) {
    return kind == ConditionKind::like_song ? ConditionKind::like_artist : kind;
}

bool overlap(const Condition& a, const Condition& b) {
    if ((!a.from && !a.to) || (!b.from && !b.to)) return false;
    constexpr double kFar = 1e12;
    return a.from.value_or(-kFar) <= b.to.value_or(kFar) && b.from.value_or(-kFar) <= a.to.value_or(kFar);
}

/// A condition and the tracks that meet it.
struct Judged {
    const Condition* condition;
    Judgement judgement;
    std::optional<std::size_t> group;
    bool wanted() const { return condition->degree != Degree::is_not; }
};

/// Conditions that one track meets by one of them (alternatives), or one alone.
struct Group {
    ConditionKind kind;
    AllowedTracks met, nearly;
    std::size_t order = 0;  // from 1: what gives way first
};

/// Ranges that overlap narrow each other ("over 100, under 120"), others are alternatives ("80s and 90s").
Judgement any_of(const std::vector<const Judged*>& members) {
    struct Part {
        std::vector<const Condition*> conditions;
        Judgement judgement;
    };
    std::vector<Part> parts;
    for (const Judged* member : members) {
        const auto same = std::ranges::find_if(parts, [&](const Part& part) {
            return std::ranges::all_of(part.conditions,
                                       [&](const Condition* other) { return overlap(*other, *member->condition); });
        });
        if (same == parts.end()) {
            parts.push_back({{member->condition}, member->judgement});
            continue;
        }
        same->conditions.push_back(member->condition);
        same->judgement.met = common_to(same->judgement.met, member->judgement.met);
        same->judgement.nearly = common_to(same->judgement.nearly, member->judgement.nearly);
    }
    Judgement all = std::move(parts.front().judgement);
    for (std::size_t i = 1; i < parts.size(); ++i) {
        all.met = united(all.met, parts[i].judgement.met);
        all.nearly = united(all.nearly, parts[i].judgement.nearly);
    }
    return all;
}

std::vector<Group> groups_of(std::vector<Judged>& judged) {
    std::vector<Group> groups;
    for (std::size_t order = 0; order < kGivesWay.size(); ++order) {
        std::vector<Judged*> members;
        for (Judged& each : judged) {
            if (each.judgement.told && each.wanted() && group_kind(each.condition->kind) == kGivesWay[order])
                members.push_back(&each);
        }
        if (members.empty()) continue;
        const auto add = [&](const std::vector<const Judged*>& of, Judgement judgement) {
            for (Judged* member : members) {
                if (std::ranges::find(of, member) != of.end()) member->group = groups.size();
            }
            groups.push_back({.kind = kGivesWay[order],
                              .met = AllowedTracks(std::move(judgement.met), {}),
                              .nearly = AllowedTracks(std::move(judgement.nearly), {}),
                              .order = groups.size() + 1});
        };
        if (are_alternatives(kGivesWay[order])) {
            const std::vector<const Judged*> all(members.begin(), members.end());
            add(all, any_of(all));
        } else {
            for (const Judged* member : members)
                add({member}, member->judgement);
        }
    }
    return groups;
}

/// What has to give way for a track to be in the list: 0 for nothing; nothing at all for one that may not be.
std::optional<std::size_t> level_of(TrackId id, const std::vector<Group>& groups) {
    std::size_t level = 0;
    bool fits_something = groups.empty();
    for (const Group& group : groups) {
        if (group.met(id)) {
            fits_something = true;
            continue;
        }
        const bool nearly = group.nearly(id);
        const auto place = std::ranges::find(kGivesWay, group.kind) - kGivesWay.begin();
        if (!nearly && static_cast<std::size_t>(place) >= kHeldOn) return std::nullopt;
        fits_something = fits_something || nearly;
        level = std::max(level, 2 * group.order - (nearly ? 1 : 0));
    }
    return fits_something ? std::optional(level) : std::nullopt;
}

struct Ranked {
    TrackId id;
    std::size_t level;
    double closeness;
};

struct Size {
    std::size_t n;
    std::optional<double> duration_s;
    bool asked = false;  // the request says how long the list is to be
};

Size size_of(const Request& request, const AnswerParams& params) {
    Size size{.n = params.n};
    for (const Condition& condition : request.conditions) {
        if (condition.kind == ConditionKind::count) {
            size.n = static_cast<std::size_t>(std::clamp(*condition.from, 0.0, static_cast<double>(kMostTracks)));
            size.asked = true;
        }
        if (condition.kind == ConditionKind::duration) {
            size.duration_s = *condition.from;
            size.asked = true;
        }
    }
    const bool counted =
        std::ranges::any_of(request.conditions, [](const Condition& c) { return c.kind == ConditionKind::count; });
    if (size.duration_s && !counted) size.n = kMostTracks;
    return size;
}

/// The rules of the list: who is asked for by name may play as often as there are songs.
ListFilter filter_for(const Request& request, const ListFilter& given) {
    ListFilter filter = given;
    for (const Condition& condition : request.conditions) {
        if (condition.kind == ConditionKind::artist && condition.degree == Degree::is)
            filter.max_songs_per_artist = filter.max_songs_per_album = 0;
    }
    for (const Condition& condition : request.conditions) {
        if (condition.kind == ConditionKind::per_artist)
            filter.max_songs_per_artist = static_cast<int>(std::clamp(*condition.from, 1.0, 1000.0));
    }
    return filter;
}

/// Takes ranked tracks, the best first, by the rules of the list until it is as long as was asked for.
class ListMaker {
public:
    ListMaker(store::Store& store, const index::VectorIndex* index, SongCache* songs, const Size& size,
              const AnswerParams& params, const ListFilter& filter)
        : store_(store), index_(index), cache_(songs), size_(size), enough_(params.enough), rules_(filter) {}

    void shun(const TrackIds& tracks) {
        read(tracks);
        for (const TrackId id : tracks)
            rules_.shun({songs_.at(id), vector(id)});
    }

    void take(const std::vector<Ranked>& ranked, ChatAnswer& answer) {
        constexpr std::size_t kLot = 256;
        for (std::size_t begin = 0; begin < ranked.size(); begin += kLot) {
            const std::size_t end = std::min(begin + kLot, ranked.size());
            TrackIds lot;
            for (std::size_t i = begin; i < end; ++i)
                lot.push_back(ranked[i].id);
            read(lot);
            for (std::size_t i = begin; i < end; ++i) {
                if (full(answer) || (ranked[i].level > 0 && !size_.asked && answer.tracks.size() >= enough_)) return;
                offer(ranked[i].id, answer);
            }
        }
    }

private:
    void read(const TrackIds& tracks) {
        if (cache_ != nullptr) {
            cache_->read(store_, tracks, songs_);
        } else {
            read_songs(store_, tracks, songs_);
        }
    }

    std::span<const float> vector(TrackId id) {
        if (index_ == nullptr) return {};
        return vectors_.emplace(id, index_->vector(id.value)).first->second;
    }

    bool full(const ChatAnswer& answer) const {
        return answer.tracks.size() >= size_.n ||
               (size_.duration_s && answer.duration_s >= (1 - kTolerance) * *size_.duration_s);
    }

    void offer(TrackId id, ChatAnswer& answer) {
        const Song& song = songs_.at(id);
        if (!song.present) return;
        if (size_.duration_s) {
            const double sum = answer.duration_s + song.duration_s;
            if (song.duration_s <= 0 || sum > (1 + kTolerance) * *size_.duration_s) return;
        }
        if (!rules_.may_take({song}) || !rules_.offer({song, vector(id)})) return;
        answer.tracks.push_back(id);
        answer.duration_s += song.duration_s;
    }

    store::Store& store_;
    const index::VectorIndex* index_;
    SongCache* cache_;
    const Size& size_;
    std::size_t enough_;
    ListRules rules_;
    Songs songs_;
    std::unordered_map<TrackId, std::vector<float>> vectors_;  // the rules keep views of them
};

/// The tracks that may be in the list at all.
TrackIds candidates(store::Store& store, const ListFilter& filter, const std::vector<Judged>& judged) {
    TrackIds except = filter.except;
    std::ranges::sort(except);
    TrackIds tracks = without(store.tracks().matching(filter.criteria), except);
    std::optional<TrackIds> by_artists;
    for (const Judged& each : judged) {
        if (!each.judgement.told) continue;
        if (!each.wanted()) tracks = without(tracks, each.judgement.met);
        if (each.wanted() && each.condition->kind == ConditionKind::artist)
            by_artists = united(by_artists.value_or(TrackIds()), each.judgement.met);
    }
    return by_artists ? common_to(tracks, *by_artists) : tracks;
}

std::vector<Ranked> rank(const TrackIds& tracks, const std::vector<Group>& groups, const Judge& judge,
                         std::uint64_t seed) {
    // Tracks that fit about as well take turns between lists; what is most alike is what was asked for.
    const double share = judge.by_likeness() ? 0 : 0.2;
    std::vector<Ranked> ranked;
    for (const TrackId id : tracks) {
        const auto level = level_of(id, groups);
        if (!level) continue;
        const double chance = Random::for_task(seed, static_cast<std::uint64_t>(id.value)).uniform();
        ranked.push_back({id, *level, judge.closeness(id) + share * chance});
    }
    std::ranges::sort(ranked, [](const Ranked& a, const Ranked& b) {
        if (a.level != b.level) return a.level < b.level;
        return a.closeness != b.closeness ? a.closeness > b.closeness : a.id < b.id;
    });
    return ranked;
}

ConditionResult result_of_size(const Condition& condition, const ChatAnswer& answer) {
    ConditionResult result{.condition = condition, .outcome = Outcome::met, .tracks = answer.tracks.size()};
    const bool length = condition.kind == ConditionKind::duration;
    const double wanted = *condition.from;
    const double got = length ? answer.duration_s : static_cast<double>(answer.tracks.size());
    if (answer.tracks.empty()) {
        result = {.condition = condition, .outcome = Outcome::dropped, .note = "There is no list."};
    } else if (condition.kind != ConditionKind::per_artist &&
               (length ? std::abs(got - wanted) > kTolerance * wanted : got != wanted)) {
        constexpr double kMinute = 60;
        result.outcome = Outcome::relaxed;
        result.note = length ? fmt::format("{:.0f} minutes: there is no more that fits.", got / kMinute)
                             : fmt::format("{:.0f} tracks: there are no more that fit.", got);
    }
    return result;
}

ConditionResult result_of(const Judged& judged, const std::vector<Group>& groups, const ChatAnswer& answer) {
    ConditionResult result{.condition = *judged.condition};
    if (!judged.judgement.told) {
        result.note = judged.judgement.note;
        return result;
    }
    const AllowedTracks met(judged.judgement.met, {});
    result.tracks = static_cast<std::size_t>(
        std::ranges::count_if(answer.tracks, [&](TrackId id) { return met(id) == judged.wanted(); }));
    const bool all = result.tracks == answer.tracks.size();
    const bool by_others =
        are_alternatives(judged.condition->kind) && judged.wanted() &&
        std::ranges::all_of(answer.tracks, [&](TrackId id) { return !judged.group || groups[*judged.group].met(id); });
    if (result.tracks > 0 && (all || by_others)) {
        result.outcome = Outcome::met;
    } else if (result.tracks > 0) {
        result.outcome = Outcome::relaxed;
        result.note = fmt::format("{} of {} tracks.", result.tracks, answer.tracks.size());
    } else {
        result.note = answer.tracks.empty() ? "There is no list." : "No track that meets the other conditions does.";
    }
    return result;
}

}  // namespace

std::string_view outcome_name(Outcome outcome) {
    constexpr std::array<std::string_view, 3> kNames = {"met", "relaxed", "dropped"};
    return kNames[static_cast<std::size_t>(outcome)];
}

ChatAnswer answer(store::Store& store, const index::VectorIndex* index, const Request& request,
                  const AnswerParams& params, SongCache* songs) {
    Judge judge(store, index, request, params.now, params.filter.criteria.listener, params.finders);
    std::vector<Judged> judged;
    for (const Condition& condition : request.conditions) {
        if (!says_how_long(condition.kind)) judged.push_back({&condition, judge.judge(condition), std::nullopt});
    }
    const bool told = std::ranges::any_of(judged, [](const Judged& each) { return each.judgement.told; });
    const bool anything = judged.empty() && request.not_understood.empty();  // "surprise me"
    const std::vector<Group> groups = groups_of(judged);

    ChatAnswer answer;
    if (told || anything) {
        const Size size = size_of(request, params);
        const ListFilter filter = filter_for(request, params.filter);
        ListMaker maker(store, index, songs, size, params, filter);
        maker.shun(judge.named_songs());
        TrackIds tracks = without(candidates(store, filter, judged), judge.named_songs());
        maker.take(rank(tracks, groups, judge, filter.seed), answer);
    }
    auto next = judged.begin();
    for (const Condition& condition : request.conditions) {
        answer.conditions.push_back(says_how_long(condition.kind) ? result_of_size(condition, answer)
                                                                  : result_of(*next++, groups, answer));
    }
    return answer;
}

}  // namespace audiomuse::features
