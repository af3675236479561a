#include <fmt/format.h>
#include <libpq-fe.h>

#include <charconv>
#include <cstring>

#include "audiomuse/base/error.h"
#include "audiomuse/wrap/postgres/connection.h"
#include "values.h"

namespace audiomuse::wrap::postgres {

namespace {

template <class Number>
Number read_number(std::span<const std::byte> bytes) {
    Number number = 0;
    if (bytes.size() != sizeof number) throw Error(ErrorCode::internal, "PostgreSQL sent a number of another size.");
    std::memcpy(&number, bytes.data(), sizeof number);
    return network_order(number);
}

double read_float4(std::span<const std::byte> bytes) {
    return std::bit_cast<float>(read_number<std::uint32_t>(bytes));
}

double read_float8(std::span<const std::byte> bytes) {
    return std::bit_cast<double>(read_number<std::uint64_t>(bytes));
}

[[noreturn]] void refuse(unsigned type, std::string_view wanted) {
    throw Error(
        ErrorCode::internal,
        fmt::format("A column of PostgreSQL's type {} cannot be read as {}. Cast it in the query.", type, wanted));
}

}  // namespace

void Result::Clearer::operator()(pg_result* result) const noexcept {
    PQclear(result);
}

Result::Result(pg_result* result) : result_(result), rows_(PQntuples(result)) {
    types_.reserve(static_cast<std::size_t>(PQnfields(result)));
    for (int column = 0; column < PQnfields(result); ++column)
        types_.push_back(PQftype(result, column));
}

std::span<const std::byte> Result::value(int row, int column) const {
    return {reinterpret_cast<const std::byte*>(PQgetvalue(result_.get(), row, column)),
            static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

bool Result::null(int row, int column) const {
    return PQgetisnull(result_.get(), row, column) != 0;
}

std::int64_t Result::integer(int row, int column) const {
    if (null(row, column)) return 0;
    const auto bytes = value(row, column);
    switch (const unsigned type = types_.at(static_cast<std::size_t>(column))) {
        case kBool:
            return bytes[0] != std::byte{0} ? 1 : 0;
        case kInt2:
            return static_cast<std::int16_t>(read_number<std::uint16_t>(bytes));
        case kInt4:
            return static_cast<std::int32_t>(read_number<std::uint32_t>(bytes));
        case kOid:
            return read_number<std::uint32_t>(bytes);
        case kInt8:
            return static_cast<std::int64_t>(read_number<std::uint64_t>(bytes));
        default:
            refuse(type, "a whole number");
    }
}

double Result::real(int row, int column) const {
    if (null(row, column)) return 0;
    const auto bytes = value(row, column);
    switch (types_.at(static_cast<std::size_t>(column))) {
        case kFloat4:
            return read_float4(bytes);
        case kFloat8:
            return read_float8(bytes);
        default:
            return static_cast<double>(integer(row, column));
    }
}

std::string_view Result::text(int row, int column) const {
    switch (const unsigned type = types_.at(static_cast<std::size_t>(column))) {
        case kText:
        case kVarchar:
        case kBpchar:
        case kName:
        case kChar:
            break;
        default:
            refuse(type, "text");
    }
    const auto bytes = value(row, column);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::byte> Result::bytes(int row, int column) const {
    const unsigned type = types_.at(static_cast<std::size_t>(column));
    if (type != kBytea) refuse(type, "bytes");
    return value(row, column);
}

std::int64_t Result::affected() const {
    const std::string_view digits = PQcmdTuples(result_.get());
    std::int64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);  // "" of other statements stays 0
    return number;
}

std::size_t Result::size_bytes() const {
    return PQresultMemorySize(result_.get());
}

}  // namespace audiomuse::wrap::postgres
