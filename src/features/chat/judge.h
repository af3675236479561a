// Which tracks of a library meet a condition.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/features/chat/answer.h"
#include "audiomuse/features/chat/request.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"
#include "sound_table.h"

namespace audiomuse::features {

using TrackIds = std::vector<TrackId>;  ///< ascending, each once

TrackIds united(const TrackIds& a, const TrackIds& b);
TrackIds common_to(const TrackIds& a, const TrackIds& b);
TrackIds without(const TrackIds& a, const TrackIds& b);

/// Of a condition; where something is not wanted, of that something.
struct Judgement {
    bool told = false;      ///< the library says something about it
    std::string note = {};  ///< a sentence: why not
    TrackIds met = {};
    TrackIds nearly = {};  ///< these and what comes near them
};

/// Judges the conditions of one request. What is to be sounded like is compared
/// with, so it is looked up first.
class Judge {
public:
    /// Ratings and plays are those of `listener`, see store::TrackCriteria.
    Judge(store::Store& store, const index::VectorIndex* index, const Request& request, double now, UserId listener,
          Finders finders = {});

    Judgement judge(const Condition& condition);
    /// How well a track fits within what meets the conditions alike: the more the better, 1 the best. One less the
    /// distance where something is to be sounded like, else how much it has of what is to be heard, 0 to 1.
    double closeness(TrackId id) const;
    bool by_likeness() const { return by_likeness_; }
    /// Songs that are named to be sounded like.
    const TrackIds& named_songs() const { return named_songs_; }
    /// All present tracks.
    const TrackIds& all();

private:
    struct Seeds {
        TrackIds tracks = {};
        std::vector<float> middle = {};  // of unit length; empty: they are not in the index
    };

    TrackIds matching(store::TrackCriteria criteria) {
        criteria.listener = listener_;
        return store_.tracks().matching(criteria);
    }
    std::vector<std::string> genres_with(const Condition& condition);
    Seeds seeds_of(const Condition& condition);
    Judgement of_range(const store::TrackCriteria& exact, const store::TrackCriteria& wide);
    Judgement compared(const Condition& condition, const SoundColumn& column);
    Judgement of_likeness(const Condition& condition);
    Judgement of_similar_artists(const Condition& condition);
    Judgement of_description(const Condition& condition);
    Judgement of_sound(const Condition& condition);
    Judgement of_voice(const Condition& condition);
    Judgement of_energy(const Condition& condition);
    Judgement of_key(const Condition& condition);
    Judgement of_song_length(const Condition& condition);
    Judgement of_rating(const Condition& condition);
    Judgement of_unplayed(const Condition& condition);

    store::Store& store_;
    const index::VectorIndex* index_;
    double now_;
    UserId listener_;
    const Finders finders_;
    SoundTable sounds_;
    std::vector<std::unique_ptr<SoundColumn>> described_;
    TrackIds seeds_, named_songs_;
    std::unordered_map<TrackId, float> distances_;  // to the nearest of what is to be sounded like
    bool by_likeness_ = false;
    std::vector<std::pair<const SoundColumn*, double>> ranking_;  // 1: the more the better; -1: the less
    std::optional<std::vector<store::Tracks::GenreCount>> genres_;
    std::optional<TrackIds> all_;
};

}  // namespace audiomuse::features
