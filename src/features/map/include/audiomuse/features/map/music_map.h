// Where every track lies in a picture of the library.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "audiomuse/base/analysis.h"
#include "audiomuse/base/ids.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::features {

enum class Projection : std::uint8_t { none, pca, umap };

struct MusicMap {
    ModelTag model;  ///< of the embeddings it was drawn from
    Projection projection = Projection::none;
    float unit = 1;            ///< of UMAP's own picture, in which 1 is about the reach of a neighbourhood, per 1 here
    std::int64_t changed = 0;  ///< tracks that were placed, moved or have gone since it was drawn
    std::vector<TrackId> ids;  ///< rising
    std::vector<std::uint32_t> marks;  ///< of each track's vector; another one tells that it sounds otherwise now
    numeric::Matrix at;                ///< two coordinates of each; those it was drawn with lie within -1..1

    std::size_t size() const { return ids.size(); }
    std::optional<std::size_t> row_of(TrackId id) const;  ///< nothing for a track that is not on it
};

struct MapParams {
    std::size_t neighbours = 15;    ///< that draw a track to themselves
    double min_dist = 0.1;          ///< see numeric::UmapParams
    int epochs = 0;                 ///< see numeric::UmapParams
    double redraw_share = 0.2;      ///< the picture is drawn anew when a larger share of its tracks has changed
    double redraw_rate = 0.3;       ///< how freely tracks move when it starts from an earlier one; 1: as at first
    std::size_t exact_rows = 2000;  ///< up to so many tracks neighbours are found by an exact pass
    std::uint64_t seed = 1;
    unsigned threads = 1;  ///< has no influence on the picture
};

/// Below this number there are no neighbourhoods: the first two principal components are the picture.
inline constexpr std::size_t kFewestForUmap = 16;

/// Told the share that is done now and then; what it throws ends the work.
using MapReport = std::function<void(double)>;

/// The tracks of a map that another state of the index does not know, knows besides, and knows otherwise.
struct MapDifference {
    std::size_t gone = 0;
    std::size_t come = 0;
    std::vector<TrackId> moved;  ///< rising
    std::size_t count() const { return gone + come + moved.size(); }
};
MapDifference difference(const index::VectorIndex& index, const MusicMap& map);

/// A picture of all tracks of `index`. Starts from `before` where it knows tracks, and is turned and mirrored to lie on
/// it; from the first two principal components without. The model of the result is for the caller to set.
MusicMap draw_map(const index::VectorIndex& index, const MusicMap& before, const MapParams& params = {},
                  const MapReport& report = {});

/// `map` without the tracks that `index` no longer has, and with those it has more, placed by their neighbours; those
/// that sound otherwise now are placed again. All others stay where they are. `changed` counts what was done.
MusicMap place_on_map(const index::VectorIndex& index, const MusicMap& map, const MapParams& params = {});

/// Where on the map a vector belongs, roughly: the mean place of the tracks on it that are nearest to it, those
/// counting most that are hardly farther than the nearest. Nothing when the index has no track of the map.
std::optional<std::array<double, 2>> place_of(const index::VectorIndex& index, const MusicMap& map,
                                              std::span<const float> vector, std::size_t neighbours = 15);

}  // namespace audiomuse::features
