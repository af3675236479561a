// What our k-means is compared with: fewer distances, one at a time, by bounds that the triangle inequality gives.
#pragma once

#include "audiomuse/numeric/kmeans.h"

namespace audiomuse::bench {

/// Lloyd's iterations from `start` on, by numeric::squared_l2 and on one core, until the centres' squared shift is at
/// most `tolerance`. A cluster without members stays where it is.

/// A lower bound to all other centres for each point: Hamerly, "Making k-means even faster", 2010.
numeric::KMeansResult kmeans_by_hamerly(const numeric::Matrix& points, numeric::Matrix start, double tolerance);
/// A lower bound for each point and centre: Elkan, "Using the triangle inequality to accelerate k-means", 2003.
numeric::KMeansResult kmeans_by_elkan(const numeric::Matrix& points, numeric::Matrix start, double tolerance);

}  // namespace audiomuse::bench
