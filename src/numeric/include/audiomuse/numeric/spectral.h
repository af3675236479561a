// Spectral clustering (Shi and Malik, 2000; von Luxburg, "A tutorial on spectral clustering", 2007) of the graph of
// nearest neighbours, as scikit-learn does it.
#pragma once

#include <cstdint>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::numeric {

struct SpectralParams {
    std::size_t clusters = 8;
    std::size_t neighbours = 20;  ///< of each row, itself included; at most the rows count
    int n_init = 10;              ///< restarts of the k-means over the embedding
    std::uint64_t seed = 1;
    unsigned threads = 1;  ///< has no influence on the result
    CancelToken cancel;
};

struct SpectralResult {
    std::vector<int> labels;  ///< 0 to clusters - 1
    Matrix centres;           ///< mean of the members of each cluster, in the space of the points
    /// A row for each point: the `clusters` lowest eigenvectors of the normalised Laplacian, divided by the square root
    /// of the point's degree. A column of zeros for one that did not converge.
    Matrix embedding;
};

/// Two rows are joined by 1 where each is among the neighbours of the other, by 1/2 where one is. Unconnected parts of
/// the graph are told apart exactly. Throws Error(invalid_argument) unless 2 <= clusters < rows and neighbours >= 2,
/// Error(cancelled) once `cancel` is.
SpectralResult spectral(const Matrix& points, const SpectralParams& params = {});

}  // namespace audiomuse::numeric
