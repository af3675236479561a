// PostgreSQL's binary formats: network byte order, floats as IEEE 754.
#pragma once

#include <bit>
#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "audiomuse/wrap/postgres/connection.h"

namespace audiomuse::wrap::postgres {

/// Type numbers of PostgreSQL's catalogue (pg_type.dat); they never change.
enum Type : unsigned {
    kUnknown = 0,  ///< the server finds it out
    kBool = 16,
    kBytea = 17,
    kChar = 18,
    kName = 19,
    kInt8 = 20,
    kInt2 = 21,
    kInt4 = 23,
    kText = 25,
    kOid = 26,
    kFloat4 = 700,
    kFloat8 = 701,
    kBpchar = 1042,
    kVarchar = 1043,
};

/// The same number in the other byte order, on machines whose order is not the network's.
template <class Number>
Number network_order(Number value) {
    static_assert(std::is_unsigned_v<Number>);
    if constexpr (std::endian::native == std::endian::big || sizeof(Number) == 1) return value;
    if constexpr (sizeof(Number) == 2) return __builtin_bswap16(value);
    if constexpr (sizeof(Number) == 4) return __builtin_bswap32(value);
    if constexpr (sizeof(Number) == 8) return __builtin_bswap64(value);
}

/// Values as the server takes them with a statement.
class Parameters {
public:
    explicit Parameters(std::span<const Value> values);
    int count() const { return static_cast<int>(types_.size()); }
    std::span<const unsigned> types() const { return types_; }
    const char* const* values() const { return values_.data(); }
    const int* lengths() const { return lengths_.data(); }
    const int* formats() const { return formats_.data(); }

private:
    std::vector<std::uint64_t> numbers_;  // what values_ of numbers point to
    std::vector<unsigned> types_;
    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
};

/// Appends `value` as a field of a binary COPY to a column of `type`: its length, then its bytes. Throws
/// Error(internal) for a value that the column does not take.
void append_field(std::string& out, const Value& value, unsigned type);

template <class Number>
void append_number(std::string& out, Number value) {
    const Number network = network_order(value);
    out.append(reinterpret_cast<const char*>(&network), sizeof network);
}

}  // namespace audiomuse::wrap::postgres
