// Pictures in two dimensions: how true they are, and how one is laid on another.
#pragma once

#include <cstdint>

#include "audiomuse/numeric/matrix.h"

namespace audiomuse::numeric {

struct TrustworthinessParams {
    std::size_t neighbours = 15;
    std::size_t max_rows = 2000;  ///< beyond, a random sample of this many rows stands for all; 0 = no limit
    std::uint64_t seed = 1;
    unsigned threads = 1;  ///< has no influence on the result
};
/// Whether near points of `picture` are near in `rows` too (Venna and Kaski, 2001), 0..1: the neighbours a row gains in
/// the picture cost as much as their rank among its true neighbours, by Euclidean distance, is beyond k. Throws
/// Error(invalid_argument) unless both have the same number of rows, more than twice the neighbours.
double trustworthiness(const Matrix& rows, const Matrix& picture, const TrustworthinessParams& params = {});

/// Turns, mirrors and moves all points of `picture`, so that the first rows of it come as near as can be to those of
/// `reference` (orthogonal Procrustes, Schoenemann 1966); distances within the picture stay. `reference` has two
/// columns and at most as many rows; with fewer than two nothing happens.
void lay_on(Matrix& picture, const Matrix& reference);

}  // namespace audiomuse::numeric
