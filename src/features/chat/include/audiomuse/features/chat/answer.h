// A list of tracks for a request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/features/chat/request.h"
#include "audiomuse/features/common/list_filter.h"
#include "audiomuse/features/common/song_cache.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

enum class Outcome : std::uint8_t {
    met,      ///< by every track of the list
    relaxed,  ///< by some of them only
    dropped,  ///< by none, or it cannot be told
};
std::string_view outcome_name(Outcome outcome);  ///< "met"

struct ConditionResult {
    Condition condition;
    Outcome outcome = Outcome::dropped;
    std::size_t tracks = 0;  ///< of the list that meet it
    std::string note = {};   ///< a sentence, where it is not met
};

struct ChatAnswer {
    std::vector<TrackId> tracks;
    std::vector<ConditionResult> conditions;  ///< in the order of the request
    double duration_s = 0;                    ///< of the list, as far as it is known
};

/// What this module cannot find itself. An empty function: nobody can.
struct Finders {
    /// Tracks that a sentence describes, the best first.
    std::function<std::vector<TrackId>(const std::string& description)> described = {};
    /// Artists who sound like one, by name, the nearest first.
    std::function<std::vector<std::string>(const std::string& artist)> similar_artists = {};
};

struct AnswerParams {
    ListFilter filter = {};   ///< what holds for every list; conditions come on top of it
    std::size_t n = 50;       ///< tracks, where the request does not say
    std::size_t enough = 10;  ///< a request that names no length is not relaxed when this many meet all of it
    double now = 0;           ///< Unix seconds, for "not played lately"
    Finders finders = {};
};

/// The most tracks that a request gets.
inline constexpr std::size_t kMostTracks = 1000;

/// At most as many tracks as are wanted, those that meet all conditions first. What is not wanted, and who plays, holds
/// for every track; other conditions give way, one after another, while there are too few tracks: docs/words.md has the
/// order. No list, and every condition dropped, when nothing that was asked for can be told. `index` (null: none) finds
/// what sounds alike. One seed (in the filter) gives one list. Costs passes over the catalogue and the analyses. Throws
/// what the store throws; thread-safe.
ChatAnswer answer(store::Store& store, const index::VectorIndex* index, const Request& request,
                  const AnswerParams& params = {}, SongCache* songs = nullptr);

}  // namespace audiomuse::features
