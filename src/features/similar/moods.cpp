#include "audiomuse/features/similar/moods.h"

#include <algorithm>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "audiomuse/numeric/distance.h"

namespace audiomuse::features {

namespace {

constexpr std::int64_t kOneIn = 50;
constexpr std::int64_t kFewest = 5;
constexpr std::int64_t kMostTracks = 100;

struct Score {
    float value;
    TrackId id;
};

/// The strongest first, equal ones by id.
bool stronger(const Score& one, const Score& other) {
    return one.value != other.value ? one.value > other.value : one.id < other.id;
}

/// The kMostTracks strongest of all that are offered.
class Strongest {
public:
    void offer(const Score& score) {
        if (score.value <= 0) return;
        if (std::ssize(heap_) == kMostTracks && !stronger(score, heap_.front())) return;
        heap_.push_back(score);
        std::ranges::push_heap(heap_, stronger);
        if (std::ssize(heap_) <= kMostTracks) return;
        std::ranges::pop_heap(heap_, stronger);
        heap_.pop_back();
    }
    std::vector<TrackId> take(std::int64_t count) {
        std::ranges::sort(heap_, stronger);
        std::vector<TrackId> ids;
        for (const Score& score : heap_) {
            if (std::ssize(ids) == count) break;
            ids.push_back(score.id);
        }
        return ids;
    }

private:
    std::vector<Score> heap_;  // the weakest in front
};

}  // namespace

std::vector<Mood> read_moods(store::Store& store) {
    std::vector<Strongest> tags(kMoodNames.size());
    std::vector<Strongest> features(kOtherFeatureNames.size());
    std::int64_t tracks = 0;
    store.analyses().each_summary([&](const store::AnalysisSummary& summary) {
        ++tracks;
        for (std::size_t i = 0; i < std::min(tags.size(), summary.moods.size()); ++i)
            tags[i].offer({summary.moods[i], summary.id});
        for (std::size_t i = 0; i < features.size(); ++i)
            features[i].offer({summary.other_features[i], summary.id});
    });
    const std::int64_t count = std::clamp(tracks / kOneIn, kFewest, kMostTracks);
    std::vector<Mood> moods;
    for (std::size_t i = 0; i < tags.size(); ++i)
        moods.push_back({fold(kMoodNames[i]), tags[i].take(count)});
    for (std::size_t i = 0; i < features.size(); ++i) {
        const std::string name(kOtherFeatureNames[i]);
        // "happy", "party" and "sad" are tags, too: these were learned for it.
        const auto tag = std::ranges::find(moods, name, &Mood::name);
        if (tag == moods.end())
            moods.push_back({name, features[i].take(count)});
        else if (tag->strongest.empty())
            tag->strongest = features[i].take(count);
    }
    return moods;
}

Likeness like_mood(const index::VectorIndex& index, std::span<const Mood> moods, std::string_view name) {
    const auto mood = std::ranges::find(moods, fold(name), &Mood::name);
    if (mood == moods.end()) {
        throw Error(ErrorCode::not_found, "There is no mood '" + std::string(name) +
                                              "'; moods are tags such as jazz, "
                                              "and danceable, aggressive, "
                                              "happy, party, relaxed, sad.");
    }
    Likeness likeness{.vector = std::vector<float>(index.dimension())};
    for (const TrackId id : mood->strongest) {
        const std::vector<float> vector = index.vector(id.value);
        for (std::size_t i = 0; i < vector.size(); ++i)
            likeness.vector[i] += vector[i];
    }
    if (!numeric::normalise(likeness.vector)) {
        throw Error(ErrorCode::not_found, "No track of the library is known to be '" + mood->name + "'.");
    }
    return likeness;
}

}  // namespace audiomuse::features
