// Rows of equal length in blocks: grows without moving what is there and takes little more than it holds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <vector>

namespace audiomuse::index {

class RowBlocks {
public:
    explicit RowBlocks(std::size_t row_bytes) : row_bytes_(row_bytes) {}

    std::size_t size() const { return size_; }
    std::size_t row_bytes() const { return row_bytes_; }
    std::size_t memory_bytes() const { return size_ * row_bytes_; }  // pages never written to take no memory

    std::byte* operator[](std::size_t row) { return blocks_[row / kBlockRows].get() + row % kBlockRows * row_bytes_; }
    const std::byte* operator[](std::size_t row) const {
        return blocks_[row / kBlockRows].get() + row % kBlockRows * row_bytes_;
    }

    /// New rows are zero. `size` is at least size().
    void grow(std::size_t size) {
        while (blocks_.size() * kBlockRows < size) {
            auto* block = static_cast<std::byte*>(std::calloc(kBlockRows, std::max<std::size_t>(1, row_bytes_)));
            if (block == nullptr) throw std::bad_alloc();
            blocks_.emplace_back(block);
        }
        size_ = size;
    }

    /// Calls `take` with the bytes of all rows, in order, in few pieces.
    template <class Take>
    void each_piece(Take take) const {
        for (std::size_t row = 0; row < size_; row += kBlockRows)
            take(std::span<const std::byte>((*this)[row], std::min(kBlockRows, size_ - row) * row_bytes_));
    }
    template <class Take>
    void each_piece(Take take) {
        for (std::size_t row = 0; row < size_; row += kBlockRows)
            take(std::span<std::byte>((*this)[row], std::min(kBlockRows, size_ - row) * row_bytes_));
    }

private:
    static constexpr std::size_t kBlockRows = 4096;
    struct Free {
        void operator()(std::byte* block) const { std::free(block); }
    };
    std::size_t row_bytes_;
    std::size_t size_ = 0;
    std::vector<std::unique_ptr<std::byte, Free>> blocks_;
};

}  // namespace audiomuse::index
