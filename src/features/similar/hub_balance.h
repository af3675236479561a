// Which tracks stand in too many lists, and by how much they have to be put back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace audiomuse::features {

struct BalanceParams {
    std::size_t length = 50;  ///< of a list
    double most = 100;        ///< lists a track may stand in, at least the mean
    unsigned threads = 1;     ///< the result does not depend on it
};

/// A track that a list may take.
struct PoolTrack {
    std::uint32_t track = 0;  ///< its place among the weights
    float distance = 0;
};

/// A list takes the `length` of its pool whose distance * weight is smallest. Raises the weights of tracks that stand
/// in more than `most` lists, little by little and no further than needed, until none does (up to one in twenty) or it
/// can't be reached: a track has to stay where a pool holds no others. Weights are above 0; none falls below what is
/// given. As prices in an auction (Bertsekas) make everybody want something else, but for many lists at once.
void balance(std::span<const std::vector<PoolTrack>> pools, const BalanceParams& params, std::vector<float>& weights);

}  // namespace audiomuse::features
