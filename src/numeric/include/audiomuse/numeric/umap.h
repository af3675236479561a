// A picture of many dimensions in two: UMAP (McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation and
// Projection for Dimension Reduction", arXiv 1802.03426v3, 2020), from the nearest neighbours of every point.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "audiomuse/numeric/matrix.h"
#include "audiomuse/numeric/neighbours.h"

namespace audiomuse::numeric {

/// Similarity of two points of the picture that are d apart: 1 / (1 + a d^(2b)).
struct UmapCurve {
    double a = 0;
    double b = 0;
};
/// The least-squares fit to 1 up to `min_dist` and exp(-(d - min_dist) / spread) beyond, over 0..3 spread (section
/// 3.2).
UmapCurve fit_umap_curve(double min_dist, double spread);

struct UmapParams {
    double min_dist = 0.1;  ///< how tightly points may lie
    double spread = 1.0;    ///< the scale of the picture
    int epochs = 0;         ///< 0: 500 up to 10,000 points, else 200
    int negatives = 5;      ///< points that one is driven away from for each that it is drawn to
    double rate = 1.0;      ///< of the first epoch; falls to 0 in a straight line
    std::uint64_t seed = 1;
    unsigned threads = 1;  ///< has no influence on the result
};

/// Called before each epoch with the share that is done; what it throws ends the work.
using UmapReport = std::function<void(double)>;

/// The size a picture begins with best: the largest coordinate is 10.
inline constexpr float kUmapStart = 10;

/// One row of two coordinates per point. `start` holds the coordinates to begin with, such as the first two principal
/// components or an earlier picture, in the unit of the picture; without rows they are drawn at random.
///
/// Differs from the paper's algorithm 5 so that threads cannot change the result: in an epoch every point moves by its
/// own edges one after another, while all others stand where the epoch before left them; its random numbers depend on
/// seed, epoch and point alone. Throws Error(invalid_argument) for an id or distance out of range and for a start of
/// another shape.
Matrix umap(const Neighbours& neighbours, const Matrix& start, const UmapParams& params = {},
            const UmapReport& report = {});

/// Where new points belong in a picture that stays as it is: `neighbours` holds, for each new point, rows of `picture`.
/// They begin at the mean of their neighbours, weighted by similarity, and move as in umap for a third of its epochs. A
/// point without neighbours gets the middle of the picture.
Matrix umap_place(const Neighbours& neighbours, const Matrix& picture, const UmapParams& params = {});

}  // namespace audiomuse::numeric
