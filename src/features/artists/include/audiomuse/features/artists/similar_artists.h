// Artists that sound like one, and which of their songs meet.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "audiomuse/features/artists/artist_models.h"

namespace audiomuse::features {

/// The soft Chamfer distance of two artists, 0..2, symmetric: each component's way to the nearest of the other artist
/// (1 - cos of the means), weighted by the components, half for each side. 2 when one of them has no model.
double artist_distance(const ArtistModels& models, std::size_t artist, std::size_t other);

struct SimilarArtist {
    std::size_t artist = 0;
    double distance = 0;
};
struct SimilarArtistsParams {
    std::size_t n = 10;
    std::size_t min_tracks = 1;  ///< analysed ones: a single odd track makes no likeness
    bool strict = false;         ///< else artists of fewer tracks fill the list up where there are too few others
    std::function<bool(std::size_t)> allowed = {};  ///< empty: all
};
/// At most n artists nearest to `artist`, whose own tracks may be few, equal distances by number. By one exact pass
/// over all.
std::vector<SimilarArtist> similar_artists(const ArtistModels& models, std::size_t artist,
                                           const SimilarArtistsParams& params = {});

struct ComponentMatch {
    std::size_t component = 0;
    std::size_t other_component = 0;
    double distance = 0;  ///< 1 - cos of the means
};
/// The pairs of components that are nearest, at most `most`.
std::vector<ComponentMatch> match_components(const ArtistModels& models, std::size_t artist, std::size_t other,
                                             std::size_t most);

struct Representative {
    TrackId id;
    double distance = 0;  ///< 1 - cos to the component's mean
};
/// The artist's songs nearest to a component's mean, at most `most`, of those that pass `allowed` (all, if it is
/// empty).
std::vector<Representative> representatives(const ArtistModels& models, const index::VectorIndex& index,
                                            std::size_t artist, std::size_t component, std::size_t most,
                                            const std::function<bool(TrackId)>& allowed = {});

/// Two coordinates for each component, artist by artist: the first two principal components of the means.
std::vector<std::array<float, 2>> project_components(const ArtistModels& models);

}  // namespace audiomuse::features
