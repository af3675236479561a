// Which slot an id is in: a hash table of slots alone, since the ids stand in an array anyway. About eight bytes an id.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

namespace audiomuse::index {

using Slot = std::uint32_t;

/// Linear probing with deletion by moving up (Knuth, The Art of Computer Programming 3, 6.4, algorithm R). `ids` is the
/// array that slots point into; ids are distinct among the slots inside.
class SlotMap {
public:
    std::size_t size() const { return size_; }
    std::size_t memory_bytes() const { return table_.size() * sizeof(Slot); }

    std::optional<Slot> find(std::int64_t id, const std::vector<std::int64_t>& ids) const {
        if (table_.empty()) return std::nullopt;
        for (std::size_t at = home(id); table_[at] != kFree; at = next(at)) {
            if (ids[table_[at]] == id) return table_[at];
        }
        return std::nullopt;
    }

    /// ids[slot] is not inside yet.
    void insert(Slot slot, const std::vector<std::int64_t>& ids) {
        if ((size_ + 1) * 4 > table_.size() * 3) grow(ids);
        place(slot, ids);
        ++size_;
    }

    void erase(std::int64_t id, const std::vector<std::int64_t>& ids) {
        if (table_.empty()) return;
        std::size_t hole = home(id);
        while (table_[hole] != kFree && ids[table_[hole]] != id)
            hole = next(hole);
        if (table_[hole] == kFree) return;
        for (std::size_t at = next(hole); table_[at] != kFree; at = next(at)) {
            // Whether the probe from its home on passes the hole before it comes here.
            const std::size_t from = home(ids[table_[at]]);
            if (((at - from) & mask()) < ((at - hole) & mask())) continue;
            table_[hole] = table_[at];
            hole = at;
        }
        table_[hole] = kFree;
        --size_;
    }

private:
    static constexpr Slot kFree = std::numeric_limits<Slot>::max();

    std::size_t mask() const { return table_.size() - 1; }
    std::size_t next(std::size_t at) const { return (at + 1) & mask(); }
    std::size_t home(std::int64_t id) const {
        return (static_cast<std::uint64_t>(id) * 0x9E3779B97F4A7C15U >> 32) & mask();  // Fibonacci hashing
    }
    void place(Slot slot, const std::vector<std::int64_t>& ids) {
        std::size_t at = home(ids[slot]);
        while (table_[at] != kFree)
            at = next(at);
        table_[at] = slot;
    }
    void grow(const std::vector<std::int64_t>& ids) {
        std::vector<Slot> old(table_.empty() ? 16 : 2 * table_.size(), kFree);
        old.swap(table_);
        for (const Slot slot : old) {
            if (slot != kFree) place(slot, ids);
        }
    }

    std::vector<Slot> table_;  // its length is a power of two
    std::size_t size_ = 0;
};

}  // namespace audiomuse::index
