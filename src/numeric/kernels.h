// The inner loops, once per instruction set.
#pragma once

#include <cstddef>
#include <span>

namespace audiomuse::numeric {

struct Kernels {
    const char* name;
    float (*dot)(const float* a, const float* b, std::size_t n);
    float (*squared_l2)(const float* a, const float* b, std::size_t n);
    /// out[i] = dot(query, rows + i * n) for i in [0, count).
    void (*dot_rows)(const float* query, const float* rows, std::size_t count, std::size_t n, float* out);
};

/// Those this CPU can run, the slowest first; never empty.
std::span<const Kernels> supported_kernels();
/// The last of them.
const Kernels& best_kernels();

}  // namespace audiomuse::numeric
