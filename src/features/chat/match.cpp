#include "audiomuse/features/chat/match.h"

#include <algorithm>
#include <set>
#include <utility>

#include "audiomuse/base/text.h"
#include "judge.h"
#include "tokens.h"

namespace audiomuse::features {

namespace {

/// Of a score; the rest is what the conditions say.
constexpr double kShareOfCloseness = 0.2;
constexpr std::size_t kMostUnknownWords = 8;  ///< that are looked for

/// How much of what is wanted each of some tracks meets.
class Fits {
public:
    explicit Fits(TrackIds tracks) : tracks_(std::move(tracks)), sums_(tracks_.size()) {}

    /// One for those that meet it, a half for those that nearly do.
    void add(const Judgement& judgement) {
        add(judgement.met, 1);
        add(without(judgement.nearly, judgement.met), 0.5);
        ++wanted_;
    }
    const TrackIds& tracks() const { return tracks_; }
    double mean(std::size_t i) const { return wanted_ > 0 ? sums_[i] / static_cast<double>(wanted_) : 1; }

private:
    void add(const TrackIds& ids, double fit) {
        auto id = ids.begin();
        for (std::size_t i = 0; i < tracks_.size() && id != ids.end();) {
            if (tracks_[i] < *id) {
                ++i;
            } else {
                if (tracks_[i] == *id) sums_[i++] += fit;
                ++id;
            }
        }
    }

    TrackIds tracks_;  // ascending
    std::vector<double> sums_;
    std::size_t wanted_ = 0;
};

/// In a name, or nearly: in the lyrics.
Judgement named(store::Store& store, const std::string& word) {
    Judgement judgement;
    // Ids are all that is wanted: none is let through to be read.
    const auto collect = [](TrackIds& ids) { return [&ids](TrackId id) { return ids.push_back(id), false; }; };
    store.tracks().search({.text = word, .limit = 1, .allowed = collect(judgement.met)});
    store.tracks().search_lyrics(word, 1, collect(judgement.nearly));
    std::ranges::sort(judgement.met);
    std::ranges::sort(judgement.nearly);
    judgement.told = !judgement.met.empty() || !judgement.nearly.empty();
    return judgement;
}

/// What the conditions of a request make of the tracks, and how many of its words say something.
class Weighing {
public:
    Weighing(store::Store& store, Judge& judge) : store_(store), judge_(judge) {}

    void weigh(const Condition& condition) {
        const bool counted = !words_.insert(condition.words).second;  // several conditions may come from one word
        const std::size_t words = counted ? 0 : count_words(words_of(condition.words));
        if (says_how_long(condition.kind)) return;
        Judgement judgement = judge_.judge(condition);
        // "No vocals" and "female singer" are no matter of degree, however they are worded.
        if (judgement.told && condition.kind == ConditionKind::voice && condition.degree == Degree::is)
            unwanted_ = united(unwanted_, without(judge_.all(), judgement.nearly));
        take(condition.words, words, condition.degree, std::move(judgement));
    }
    void weigh_unknown(const std::string& phrase) {
        for (const std::string& word : split(words_of(phrase), ' ')) {
            if (word.empty() || !words_.insert(word).second) continue;
            take(word, 1, Degree::is, looked_for_++ < kMostUnknownWords ? named(store_, word) : Judgement());
        }
    }

    Fits fits(const TrackIds& tracks) const {
        Fits fits(without(tracks, unwanted_));
        for (const Judgement& judgement : wanted_)
            fits.add(judgement);
        return fits;
    }
    double confidence() const {
        const std::size_t all = understood_ + not_understood_;
        return all > 0 ? static_cast<double>(understood_) / static_cast<double>(all) : 0;
    }
    const std::vector<std::string>& unknown() const { return unknown_; }

private:
    void take(const std::string& phrase, std::size_t words, Degree degree, Judgement judgement) {
        if (!judgement.told) {
            not_understood_ += words;
            if (words > 0) unknown_.push_back(phrase);
            return;
        }
        understood_ += words;
        if (degree == Degree::is_not) {
            unwanted_ = united(unwanted_, judgement.met);
        } else {
            wanted_.push_back(std::move(judgement));
        }
    }

    store::Store& store_;
    Judge& judge_;
    std::vector<Judgement> wanted_;
    TrackIds unwanted_;
    std::set<std::string> words_;
    std::vector<std::string> unknown_;
    std::size_t understood_ = 0, not_understood_ = 0, looked_for_ = 0;
};

}  // namespace

TextMatches match_text(store::Store& store, const index::VectorIndex* index, const Request& request,
                       const ListFilter& filter, std::size_t limit, double now) {
    Judge judge(store, index, request, now, filter.criteria.listener);
    Weighing weighing(store, judge);
    for (const Condition& condition : request.conditions)
        weighing.weigh(condition);
    for (const std::string& phrase : request.not_understood)
        weighing.weigh_unknown(phrase);
    TextMatches matches{.tracks = {}, .not_understood = weighing.unknown(), .confidence = weighing.confidence()};
    if (matches.confidence < kGoodMatch) return matches;

    TrackIds except = filter.except;
    std::ranges::sort(except);
    const Fits fits = weighing.fits(without(store.tracks().matching(filter.criteria), except));
    for (std::size_t i = 0; i < fits.tracks().size(); ++i) {
        const double fit = fits.mean(i);
        if (fit < kGoodMatch) continue;
        const double closeness = std::clamp(judge.closeness(fits.tracks()[i]), 0.0, 1.0);
        matches.tracks.push_back(
            {fits.tracks()[i], matches.confidence * ((1 - kShareOfCloseness) * fit + kShareOfCloseness * closeness)});
    }
    const auto shown = matches.tracks.begin() + static_cast<std::ptrdiff_t>(std::min(limit, matches.tracks.size()));
    std::ranges::partial_sort(matches.tracks, shown, [](const TextMatch& a, const TextMatch& b) {
        return a.score != b.score ? a.score > b.score : a.id < b.id;
    });
    matches.tracks.erase(shown, matches.tracks.end());
    return matches;
}

}  // namespace audiomuse::features
