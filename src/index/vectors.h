// The vectors of an index, as they are stored and compared.
//
// Storage int8: a number is a whole number of steps in 16 bits, 256 * high + low, and the two halves lie apart.
// Searches walk over the high halves, which are the vector in 8 bits, by products of bytes; what they find is ranked by
// both. Everything but the last scaling is exact arithmetic of whole numbers, so that a graph is the same on every
// machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "audiomuse/index/vector_index.h"
#include "audiomuse/numeric/distance.h"
#include "row_blocks.h"
#include "slot_map.h"

namespace audiomuse::index {

/// A vector as it is stored; also what a query is made into.
struct StoredVector {
    std::vector<std::byte> rough;
    std::vector<std::byte> rest;  ///< empty with float32
};

class Vectors {
public:
    Vectors(std::size_t dimension, Metric metric, Storage storage);

    std::size_t dimension() const { return dimension_; }
    std::size_t size() const { return rough_.size(); }
    std::size_t memory_bytes() const { return rough_.memory_bytes() + rest_.memory_bytes(); }

    /// Throws Error(invalid_argument), as VectorIndex::add.
    void check(std::span<const float> vector) const;
    /// Checks, too.
    StoredVector encode(std::span<const float> vector) const;
    void append(const StoredVector& vector);
    bool equal(Slot slot, const StoredVector& vector) const;
    StoredVector stored(Slot slot) const;
    std::vector<float> decode(Slot slot) const;

    const std::byte* rough(Slot slot) const { return rough_[slot]; }
    void prefetch(Slot slot) const { prefetch_row(rough_[slot], rough_.row_bytes()); }
    void prefetch_rest(Slot slot) const { prefetch_row(rest_[slot], rest_.row_bytes()); }
    /// What orders vectors in the graph: 1 - cos, or the squared length of the difference; by the high halves alone.
    /// Both are rough forms of stored vectors.
    float rough_distance(const std::byte* a, const std::byte* b) const {
        if (storage_ == Storage::int8) {
            const auto* x = reinterpret_cast<const Scale*>(a);
            const auto* y = reinterpret_cast<const Scale*>(b);
            const float product =
                x->step * y->step * static_cast<float>(dot_bytes_(bytes_of(a), bytes_of(b), dimension_));
            return x->squares + y->squares - 2 * product;
        }
        const float sum = floats_(reinterpret_cast<const float*>(a), reinterpret_cast<const float*>(b), dimension_);
        return metric_ == Metric::angular ? 1.0F - sum : sum;
    }
    /// The distance by the metric, as exact as the storage.
    float distance(const StoredVector& query, Slot slot) const;
    /// Whether rough distances are as exact as they get.
    bool rough_is_exact() const { return storage_ == Storage::float32; }

    // What an image consists of.

    const RowBlocks& rough_rows() const { return rough_; }
    const RowBlocks& rest_rows() const { return rest_; }
    RowBlocks& rough_rows() { return rough_; }
    RowBlocks& rest_rows() { return rest_; }
    /// Whether slot holds what encode() may make, as far as searches rely on it.
    bool plausible(Slot slot) const;

private:
    /// Before the high halves of a vector.
    struct Scale {
        float step;     ///< of the high halves
        float squares;  ///< see rough_distance; of the high halves alone
    };
    static void prefetch_row(const std::byte* row, std::size_t bytes) {
        constexpr std::size_t kLine = 64;
        for (std::size_t i = 0; i < bytes; i += kLine)
            __builtin_prefetch(row + i);
    }
    static const std::int8_t* bytes_of(const std::byte* rough) {
        return reinterpret_cast<const std::int8_t*>(rough + sizeof(Scale));
    }
    std::int64_t product(const std::byte* a, const std::byte* a_rest, const std::byte* b,
                         const std::byte* b_rest) const;

    std::size_t dimension_;
    Metric metric_;
    Storage storage_;
    numeric::DotFunction floats_;
    numeric::ByteDotFunction dot_bytes_;
    RowBlocks rough_;
    RowBlocks rest_;
};

}  // namespace audiomuse::index
