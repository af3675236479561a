// Names of playlists by a language model: what it is asked, and what of its answer is a name.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "audiomuse/store/tracks.h"

namespace audiomuse::features {

struct TitleRequest {
    std::string plain_name;                  ///< what the songs have in common, e.g. "Jazz_Blues_Slow_Relaxed"
    std::span<const store::TrackRow> songs;  ///< some of the list
    std::string refused = {};                ///< the answer before this one, if it could not be used
};

inline constexpr std::size_t kShortestTitle = 5;  ///< characters
inline constexpr std::size_t kLongestTitle = 40;

/// Asks for one short, evocative title, and nothing else.
std::string title_prompt(const TitleRequest& request);

/// The title in an answer: letters, digits, blanks and - & ' ! . , ? ( ) [ ] of it, without a number in parentheses at
/// its end. Nothing when that is too short or too long.
std::optional<std::string> clean_title(std::string_view answer);

}  // namespace audiomuse::features
