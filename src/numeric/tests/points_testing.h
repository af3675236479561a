// Points that the tests of clustering share.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <span>

#include "audiomuse/base/cancel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::numeric {

inline Matrix points_of(std::initializer_list<std::initializer_list<float>> rows) {
    Matrix matrix(rows.size(), rows.begin()->size());
    std::size_t i = 0;
    for (const auto& row : rows)
        std::copy(row.begin(), row.end(), matrix.row(i++).begin());
    return matrix;
}

/// `per_blob` points around each of `blobs` random centres: row i belongs to blob i % blobs.
inline Matrix blobs_of(std::size_t blobs, std::size_t per_blob, std::size_t columns, double spread,
                       std::uint64_t seed) {
    Random random(seed);
    Matrix centres(blobs, columns);
    for (std::size_t i = 0; i < blobs * columns; ++i)
        centres.data()[i] = static_cast<float>(random.normal());
    Matrix points(blobs * per_blob, columns);
    for (std::size_t i = 0; i < points.rows(); ++i) {
        for (std::size_t j = 0; j < columns; ++j)
            points(i, j) = centres(i % blobs, j) + static_cast<float>(spread * random.normal());
    }
    return points;
}

inline double slow_distance(std::span<const float> a, std::span<const float> b) {
    double squares = 0;
    for (std::size_t j = 0; j < a.size(); ++j) {
        const double difference = static_cast<double>(a[j]) - static_cast<double>(b[j]);
        squares += difference * difference;
    }
    return std::sqrt(squares);
}

/// Of a work that was cancelled before it began.
inline CancelToken cancelled_token() {
    const CancelSource source;
    source.cancel();
    return source.token();
}

}  // namespace audiomuse::numeric
