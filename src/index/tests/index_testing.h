// Vectors and images for the tests of this module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "audiomuse/base/random.h"
#include "audiomuse/index/vector_index.h"

namespace audiomuse::index {

inline std::vector<float> random_vector(Random& random, std::size_t dimension) {
    std::vector<float> vector(dimension);
    for (float& value : vector)
        value = static_cast<float>(random.normal());
    return vector;
}

/// Vectors in clusters that overlap, as those of music do: `count` rows around `clusters` centres.
inline std::vector<std::vector<float>> clustered_vectors(std::size_t count, std::size_t dimension, std::size_t clusters,
                                                         std::uint64_t seed) {
    Random random(seed);
    std::vector<std::vector<float>> centres;
    for (std::size_t c = 0; c < clusters; ++c)
        centres.push_back(random_vector(random, dimension));
    std::vector<std::vector<float>> vectors;
    for (std::size_t i = 0; i < count; ++i) {
        std::vector<float> vector = random_vector(random, dimension);
        const auto& centre =
            centres[static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(clusters) - 1))];
        for (std::size_t j = 0; j < dimension; ++j)
            vector[j] += centre[j];
        vectors.push_back(std::move(vector));
    }
    return vectors;
}

inline std::vector<std::byte> saved(const VectorIndex& index) {
    std::vector<std::byte> image;
    index.save([&](std::span<const std::byte> part) { image.insert(image.end(), part.begin(), part.end()); });
    return image;
}

}  // namespace audiomuse::index
