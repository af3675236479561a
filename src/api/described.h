// Tracks that a text describes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/features/common/list_filter.h"
#include "backend.h"

namespace audiomuse::api {

/// Tracks and how well each fits.
struct FoundByText {
    std::vector<std::pair<TrackId, double>> tracks;  ///< the best first
    std::string_view understood_by;                  ///< "sound" or "words"
    std::vector<std::string> not_understood = {};
    std::string message = {};  ///< why there are none
};

/// The index of how CLAP hears tracks; null where it has none.
std::shared_ptr<index::VectorIndex> heard_tracks(Backend& backend);
bool clap_enabled(const Backend& backend);

/// By CLAP, whose text branch may have to be brought into memory; nothing where it is not there, has heard nothing yet,
/// or fails.
std::optional<FoundByText> find_by_sound(Backend& backend, std::string_view text, const features::ListFilter& filter,
                                         std::size_t limit);
/// By names, tags and lyrics. Reads all analyses: call it with backend.answering held.
FoundByText find_by_words(Backend& backend, std::string_view text, const features::ListFilter& filter,
                          std::size_t limit);

}  // namespace audiomuse::api
