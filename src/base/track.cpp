#include "audiomuse/base/track.h"

#include "audiomuse/base/analysis.h"
#include "audiomuse/base/text.h"

namespace audiomuse {

std::string display_artist(const TrackTags& tags) {
    if (!tags.artists.empty()) return join(tags.artists, ", ");
    return tags.album_artist.empty() ? "Unknown Artist" : tags.album_artist;
}

std::string_view scale_name(Scale scale) {
    return scale == Scale::major ? "major" : "minor";
}

}  // namespace audiomuse
