#include "vectors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "audiomuse/base/error.h"

namespace audiomuse::index {
namespace {

constexpr std::size_t kRowAlignment = 16;  // of rows, so that a vector begins where a load of sixteen bytes may
constexpr int kHalf = 256;
constexpr int kMostSteps = 127 * kHalf;  // of the largest number, so that its high half is at most 127
// Sums of squares of a difference and twice a product stay floats below this.
constexpr double kMostSquares = 1e37;

std::size_t rounded_up(std::size_t bytes) {
    return (bytes + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
}

std::size_t rough_bytes(std::size_t dimension, Storage storage) {
    return rounded_up(storage == Storage::int8 ? 2 * sizeof(float) + dimension : dimension * sizeof(float));
}

std::size_t rest_bytes(std::size_t dimension, Storage storage) {
    return storage == Storage::int8 ? dimension : 0;
}

}  // namespace

float distance(Metric metric, std::span<const float> a, std::span<const float> b) {
    return metric == Metric::angular ? numeric::cosine_distance(a, b) : std::sqrt(numeric::squared_l2(a, b));
}

Vectors::Vectors(std::size_t dimension, Metric metric, Storage storage)
    : dimension_(dimension),
      metric_(metric),
      storage_(storage),
      floats_(metric == Metric::angular ? numeric::dot_function() : numeric::squared_l2_function()),
      dot_bytes_(numeric::byte_dot_function()),
      rough_(rough_bytes(dimension, storage)),
      rest_(rest_bytes(dimension, storage)) {}

void Vectors::check(std::span<const float> vector) const {
    if (vector.size() != dimension_) {
        throw Error(ErrorCode::invalid_argument, "The index holds vectors of length " + std::to_string(dimension_) +
                                                     ", but one of length " + std::to_string(vector.size()) +
                                                     " was given.");
    }
    double squares = 0;
    for (const float number : vector)
        squares += static_cast<double>(number) * static_cast<double>(number);
    if (metric_ == Metric::angular && !(squares > 0 && std::isfinite(squares))) {
        throw Error(ErrorCode::invalid_argument,
                    "A vector without a direction (zero or not finite) has no neighbours.");
    }
    if (metric_ == Metric::euclidean && !(squares < kMostSquares)) {
        throw Error(ErrorCode::invalid_argument, "A vector that is not of finite length has no neighbours.");
    }
}

StoredVector Vectors::encode(std::span<const float> vector) const {
    check(vector);
    std::vector<float> numbers(vector.begin(), vector.end());
    if (metric_ == Metric::angular) numeric::normalise(numbers);
    StoredVector stored;
    stored.rough.resize(rough_.row_bytes());
    if (storage_ == Storage::float32) {
        std::memcpy(stored.rough.data(), numbers.data(), dimension_ * sizeof(float));
        return stored;
    }
    float largest = 0;
    for (const float number : numbers)
        largest = std::max(largest, std::abs(number));
    const double steps = largest > 0 ? kMostSteps / static_cast<double>(largest) : 0;
    auto* high = reinterpret_cast<std::int8_t*>(stored.rough.data() + sizeof(Scale));
    stored.rest.resize(dimension_);
    auto* low = reinterpret_cast<std::int8_t*>(stored.rest.data());
    double squares = 0;
    double high_squares = 0;
    for (std::size_t i = 0; i < dimension_; ++i) {
        const auto code = static_cast<int>(std::lround(static_cast<double>(numbers[i]) * steps));
        const int upper = (code + kHalf / 2) >> 8;  // the nearest
        high[i] = static_cast<std::int8_t>(upper);
        low[i] = static_cast<std::int8_t>(code - kHalf * upper);
        squares += static_cast<double>(code) * code;
        high_squares += static_cast<double>(upper) * upper;
    }
    // A unit vector stays one: the step is what makes its codes one, where lengths do not count.
    const double step = metric_ == Metric::angular ? 1 / std::sqrt(squares) : static_cast<double>(largest) / kMostSteps;
    Scale scale;
    scale.step = static_cast<float>(step * kHalf);
    scale.squares =
        static_cast<float>(static_cast<double>(scale.step) * static_cast<double>(scale.step) * high_squares);
    std::memcpy(stored.rough.data(), &scale, sizeof scale);
    return stored;
}

void Vectors::append(const StoredVector& vector) {
    const std::size_t slot = size();
    rough_.grow(slot + 1);
    rest_.grow(slot + 1);
    std::memcpy(rough_[slot], vector.rough.data(), vector.rough.size());
    if (!vector.rest.empty()) std::memcpy(rest_[slot], vector.rest.data(), vector.rest.size());
}

bool Vectors::equal(Slot slot, const StoredVector& vector) const {
    return std::memcmp(rough_[slot], vector.rough.data(), vector.rough.size()) == 0 &&
           (vector.rest.empty() || std::memcmp(rest_[slot], vector.rest.data(), vector.rest.size()) == 0);
}

StoredVector Vectors::stored(Slot slot) const {
    return {{rough_[slot], rough_[slot] + rough_.row_bytes()}, {rest_[slot], rest_[slot] + rest_.row_bytes()}};
}

std::vector<float> Vectors::decode(Slot slot) const {
    std::vector<float> numbers(dimension_);
    const std::byte* row = rough_[slot];
    if (storage_ == Storage::float32) {
        std::memcpy(numbers.data(), row, dimension_ * sizeof(float));
        return numbers;
    }
    const float step = reinterpret_cast<const Scale*>(row)->step / kHalf;
    const std::int8_t* high = bytes_of(row);
    const auto* low = reinterpret_cast<const std::int8_t*>(rest_[slot]);
    for (std::size_t i = 0; i < dimension_; ++i)
        numbers[i] = step * static_cast<float>(kHalf * high[i] + low[i]);
    return numbers;
}

float Vectors::distance(const StoredVector& query, Slot slot) const {
    const std::byte* row = rough_[slot];
    if (rough_is_exact()) {
        const float rough = rough_distance(query.rough.data(), row);
        return metric_ == Metric::angular ? std::clamp(rough, 0.0F, 2.0F) : std::sqrt(rough);
    }
    const std::byte* rest = rest_[slot];
    const auto step = [](const std::byte* rough) {
        return static_cast<double>(reinterpret_cast<const Scale*>(rough)->step) / kHalf;
    };
    const double a = step(query.rough.data());
    const double b = step(row);
    const auto both = static_cast<double>(product(query.rough.data(), query.rest.data(), row, rest));
    if (metric_ == Metric::angular) return static_cast<float>(std::clamp(1 - a * b * both, 0.0, 2.0));
    const auto first =
        static_cast<double>(product(query.rough.data(), query.rest.data(), query.rough.data(), query.rest.data()));
    const auto second = static_cast<double>(product(row, rest, row, rest));
    return static_cast<float>(std::sqrt(std::max(0.0, a * a * first + b * b * second - 2 * a * b * both)));
}

std::int64_t Vectors::product(const std::byte* a, const std::byte* a_rest, const std::byte* b,
                              const std::byte* b_rest) const {
    const auto* a_low = reinterpret_cast<const std::int8_t*>(a_rest);
    const auto* b_low = reinterpret_cast<const std::int8_t*>(b_rest);
    const std::int64_t high = dot_bytes_(bytes_of(a), bytes_of(b), dimension_);
    const std::int64_t mixed =
        std::int64_t{dot_bytes_(bytes_of(a), b_low, dimension_)} + dot_bytes_(a_low, bytes_of(b), dimension_);
    return kHalf * (kHalf * high + mixed) + dot_bytes_(a_low, b_low, dimension_);
}

bool Vectors::plausible(Slot slot) const {
    constexpr double kTolerance = 1e-3;
    const std::byte* row = rough_[slot];
    double squares = 0;
    if (storage_ == Storage::float32) {
        const auto* numbers = reinterpret_cast<const float*>(row);
        squares = static_cast<double>(numeric::dot({numbers, dimension_}, {numbers, dimension_}));
    } else {
        const auto* scale = reinterpret_cast<const Scale*>(row);
        if (!std::isfinite(scale->step) || scale->step < 0) return false;
        const double step_squared = static_cast<double>(scale->step) * static_cast<double>(scale->step);
        const double expected = step_squared * dot_bytes_(bytes_of(row), bytes_of(row), dimension_);
        if (!(std::abs(expected - static_cast<double>(scale->squares)) <= kTolerance * expected)) return false;
        squares = step_squared / (kHalf * kHalf) * static_cast<double>(product(row, rest_[slot], row, rest_[slot]));
    }
    return metric_ == Metric::angular ? std::abs(squares - 1) < kTolerance : squares < 1.01 * kMostSquares;
}

}  // namespace audiomuse::index
