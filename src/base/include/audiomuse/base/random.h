// A seeded random generator whose sequence is the same on every machine and standard library.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

namespace audiomuse {

/// xoshiro256** (Blackman and Vigna, 2018), seeded through splitmix64. Not for secrets. Not thread-safe: one per
/// thread.
class Random {
public:
    explicit Random(std::uint64_t seed);
    /// 64 uniform bits.
    std::uint64_t bits();
    /// Uniform in [0, 1), 53 bits.
    double uniform();
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    /// Uniform integer in [low, high], both included; low <= high.
    std::int64_t integer(std::int64_t low, std::int64_t high);
    /// Normal with mean 0 and standard deviation 1 (Marsaglia's polar method).
    double normal();
    /// Fisher-Yates.
    template <class T>
    void shuffle(std::span<T> items) {
        for (std::size_t i = items.size(); i > 1; --i) {
            std::swap(items[i - 1], items[static_cast<std::size_t>(integer(0, static_cast<std::int64_t>(i) - 1))]);
        }
    }
    /// An independent generator for sub-task `index`, so that results do not depend on the number of threads.
    static Random for_task(std::uint64_t seed, std::uint64_t index);

private:
    std::uint64_t state_[4];
    double spare_ = 0;
    bool has_spare_ = false;
};

}  // namespace audiomuse
