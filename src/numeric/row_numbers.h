// Which rows something is done with.
#pragma once

#include <cstdint>
#include <vector>

namespace audiomuse::numeric {

/// 0, 1, 2 ... up to `count`, without it.
std::vector<std::uint32_t> row_numbers(std::size_t count);

/// The same where there are at most `most` (0 = no limit); else so many of them at random, in random order.
std::vector<std::uint32_t> sample_row_numbers(std::size_t count, std::size_t most, std::uint64_t seed);

}  // namespace audiomuse::numeric
