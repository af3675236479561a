// How well tracks fit a description, without a model of text and sound.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/features/chat/request.h"
#include "audiomuse/features/common/list_filter.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

struct TextMatch {
    TrackId id;
    double score = 0;  ///< 0 to 1; docs/words.md has the formula
};

struct TextMatches {
    std::vector<TextMatch> tracks;            ///< the best first; none when there is no good match
    std::vector<std::string> not_understood;  ///< words that are neither in the tables nor in any name or lyrics
    double confidence = 0;                    ///< the share of the words that say something
};

/// Below this confidence nothing is a good match, and neither is a track that meets less than this of what is wanted.
inline constexpr double kGoodMatch = 0.5;

/// The `limit` tracks of `filter.criteria` (without filter.except) that fit best; the filter's other rules are not
/// applied. What the request wants is weighed up, unlike in answer(): a track need not meet all of it. Words that no
/// table knows are looked for in names and lyrics. What is not wanted keeps a track out, and how long a list is to be
/// says nothing here. `now`: Unix seconds. Costs as answer() does, and a search for each unknown word. Throws what the
/// store throws; thread-safe.
TextMatches match_text(store::Store& store, const index::VectorIndex* index, const Request& request,
                       const ListFilter& filter, std::size_t limit, double now);

}  // namespace audiomuse::features
