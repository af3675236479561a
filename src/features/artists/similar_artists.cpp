#include "audiomuse/features/artists/similar_artists.h"

#include <algorithm>
#include <limits>

#include "audiomuse/numeric/distance.h"
#include "audiomuse/numeric/pca.h"

namespace audiomuse::features {
namespace {

constexpr double kFarthest = 2;

/// The first `n` of `items` by `distance`, equal ones in the order they came in.
template <class T>
void keep_nearest(std::vector<T>& items, std::size_t n) {
    std::stable_sort(items.begin(), items.end(), [](const T& a, const T& b) { return a.distance < b.distance; });
    if (items.size() > n) items.resize(n);
}

}  // namespace

double artist_distance(const ArtistModels& models, std::size_t artist, std::size_t other) {
    const auto weights = models.at(artist).weights;
    const auto other_weights = models.at(other).weights;
    if (weights.empty() || other_weights.empty()) return kFarthest;
    std::vector<double> nearest(other_weights.size(), std::numeric_limits<double>::infinity());
    double sum = 0;
    double weight = 0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
        double own = std::numeric_limits<double>::infinity();
        for (std::size_t j = 0; j < other_weights.size(); ++j) {
            const double distance = models.distance(artist, i, other, j);
            own = std::min(own, distance);
            nearest[j] = std::min(nearest[j], distance);
        }
        sum += static_cast<double>(weights[i]) * own;
        weight += static_cast<double>(weights[i]);
    }
    double other_sum = 0;
    double other_weight = 0;
    for (std::size_t j = 0; j < other_weights.size(); ++j) {
        other_sum += static_cast<double>(other_weights[j]) * nearest[j];
        other_weight += static_cast<double>(other_weights[j]);
    }
    // The weights are 1 together but for rounding.
    return 0.5 * (sum / weight + other_sum / other_weight);
}

std::vector<SimilarArtist> similar_artists(const ArtistModels& models, std::size_t artist,
                                           const SimilarArtistsParams& params) {
    std::vector<SimilarArtist> found;
    if (models.at(artist).weights.empty()) return found;
    std::vector<std::size_t> few;
    for (std::size_t other = 0; other < models.size(); ++other) {
        const std::size_t analysed = models.at(other).analysed;
        if (other == artist || analysed == 0 || (params.allowed && !params.allowed(other))) continue;
        if (analysed < params.min_tracks) {
            few.push_back(other);
        } else {
            found.push_back({other, artist_distance(models, artist, other)});
        }
    }
    if (!params.strict && found.size() < params.n) {
        std::vector<SimilarArtist> others;
        for (const std::size_t other : few)
            others.push_back({other, artist_distance(models, artist, other)});
        keep_nearest(others, params.n - found.size());
        found.insert(found.end(), others.begin(), others.end());
        std::ranges::sort(found, {}, &SimilarArtist::artist);
    }
    keep_nearest(found, params.n);
    return found;
}

std::vector<ComponentMatch> match_components(const ArtistModels& models, std::size_t artist, std::size_t other,
                                             std::size_t most) {
    std::vector<ComponentMatch> matches;
    for (std::size_t i = 0; i < models.at(artist).weights.size(); ++i) {
        for (std::size_t j = 0; j < models.at(other).weights.size(); ++j)
            matches.push_back({i, j, models.distance(artist, i, other, j)});
    }
    keep_nearest(matches, most);
    return matches;
}

std::vector<Representative> representatives(const ArtistModels& models, const index::VectorIndex& index,
                                            std::size_t artist, std::size_t component, std::size_t most,
                                            const std::function<bool(TrackId)>& allowed) {
    const std::vector<float> mean = models.mean(artist, component);
    std::vector<Representative> songs;
    if (index.dimension() != mean.size()) return songs;
    for (const TrackId id : models.at(artist).tracks) {
        if (allowed && !allowed(id)) continue;
        const std::vector<float> vector = index.vector(id.value);
        if (!vector.empty()) songs.push_back({id, static_cast<double>(numeric::unit_cosine_distance(mean, vector))});
    }
    keep_nearest(songs, most);
    return songs;
}

std::vector<std::array<float, 2>> project_components(const ArtistModels& models) {
    std::vector<std::array<float, 2>> places(models.components());
    numeric::Matrix means(models.components(), models.dimension());
    std::size_t row = 0;
    for (std::size_t artist = 0; artist < models.size(); ++artist) {
        for (std::size_t k = 0; k < models.at(artist).weights.size(); ++k) {
            const std::vector<float> mean = models.mean(artist, k);
            std::copy(mean.begin(), mean.end(), means.row(row++).begin());
        }
    }
    if (means.rows() < 2) return places;  // a single one is the middle
    const numeric::Matrix projected = numeric::project(numeric::fit_pca(means, 2), means);
    for (std::size_t i = 0; i < places.size(); ++i) {
        for (std::size_t axis = 0; axis < std::min<std::size_t>(2, projected.columns()); ++axis)
            places[i][axis] = projected(i, axis);
    }
    return places;
}

}  // namespace audiomuse::features
