#include "row_numbers.h"

#include <numeric>
#include <span>

#include "audiomuse/base/random.h"

namespace audiomuse::numeric {

std::vector<std::uint32_t> row_numbers(std::size_t count) {
    std::vector<std::uint32_t> numbers(count);
    std::iota(numbers.begin(), numbers.end(), 0U);
    return numbers;
}

std::vector<std::uint32_t> sample_row_numbers(std::size_t count, std::size_t most, std::uint64_t seed) {
    std::vector<std::uint32_t> numbers = row_numbers(count);
    if (most == 0 || count <= most) return numbers;
    Random(seed).shuffle(std::span(numbers));
    numbers.resize(most);
    return numbers;
}

}  // namespace audiomuse::numeric
