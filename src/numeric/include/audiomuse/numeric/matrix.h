// A dense matrix in row-major order: one row per item, one column per coordinate.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace audiomuse::numeric {

template <class T>
class BasicMatrix {
public:
    BasicMatrix() = default;
    /// All zeros.
    BasicMatrix(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns), values_(rows * columns) {}

    std::size_t rows() const { return rows_; }
    std::size_t columns() const { return columns_; }
    bool empty() const { return values_.empty(); }
    std::span<T> row(std::size_t i) { return {values_.data() + i * columns_, columns_}; }
    std::span<const T> row(std::size_t i) const { return {values_.data() + i * columns_, columns_}; }
    T& operator()(std::size_t i, std::size_t j) { return values_[i * columns_ + j]; }
    const T& operator()(std::size_t i, std::size_t j) const { return values_[i * columns_ + j]; }
    T* data() { return values_.data(); }
    const T* data() const { return values_.data(); }

private:
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    std::vector<T> values_;
};

using Matrix = BasicMatrix<float>;
using MatrixD = BasicMatrix<double>;

}  // namespace audiomuse::numeric
