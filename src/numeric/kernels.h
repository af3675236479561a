// The inner loops, once per instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace audiomuse::numeric {

struct Kernels {
    const char* name;
    float (*dot)(const float* a, const float* b, std::size_t n);
    float (*squared_l2)(const float* a, const float* b, std::size_t n);
    /// out[i] = dot(query, rows + i * n) for i in [0, count).
    void (*dot_rows)(const float* query, const float* rows, std::size_t count, std::size_t n, float* out);
    /// Exact for n <= 65,536, and so the same on every CPU.
    std::int32_t (*dot_bytes)(const std::int8_t* a, const std::int8_t* b, std::size_t n);
};

/// Those this CPU can run, the slowest first; never empty.
std::span<const Kernels> supported_kernels();
/// The last of them.
const Kernels& best_kernels();

}  // namespace audiomuse::numeric
