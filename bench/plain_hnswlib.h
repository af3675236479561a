// hnswlib with floats, as its own examples use it: what the index is compared with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "audiomuse/index/vector_index.h"
#include "audiomuse/numeric/matrix.h"

namespace audiomuse::bench {

class PlainHnswlib {
public:
    /// Row i gets the number i. Angular: rows are normalised first.
    PlainHnswlib(const numeric::Matrix& rows, const index::IndexParams& params, unsigned threads);
    ~PlainHnswlib();
    PlainHnswlib(const PlainHnswlib&) = delete;
    PlainHnswlib& operator=(const PlainHnswlib&) = delete;
    void set_ef(std::size_t ef);  ///< not while searches run
    std::vector<std::int64_t> search(const float* query, std::size_t k) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace audiomuse::bench
