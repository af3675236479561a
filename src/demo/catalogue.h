// Who plays what: the made-up artists, albums and titles of the demo library.
#pragma once

#include <cstdint>
#include <string>

#include "audiomuse/base/track.h"

namespace audiomuse::demo {

struct CatalogueEntry {
    std::size_t style = 0;  ///< index into styles()
    std::size_t album = 0;  ///< running number over all albums of all styles; equal for tracks of one album
    TrackTags tags;         ///< all but duration_s and has_cover
    std::string container;  ///< "flac", "mp3", "ogg", "opus" or "m4a"; the file's extension too
    enum class CoverPlace { embedded, folder, none } cover = CoverPlace::embedded;
};

/// The track at `index`: styles take turns, so that any number of tracks is spread evenly over them. Twelve styles of
/// eight tracks by two artists on three albums make the first 96; further ones are later volumes of the same albums.
/// Pure.
CatalogueEntry catalogue_entry(std::size_t index);

}  // namespace audiomuse::demo
