#include "values.h"

#include <fmt/format.h>

#include <limits>

#include "audiomuse/base/error.h"

namespace audiomuse::wrap::postgres {

namespace {

template <class... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};
template <class... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

int checked_length(std::size_t size) {
    if (size > static_cast<std::size_t>(std::numeric_limits<int>::max()))
        throw Error(ErrorCode::limit_exceeded, "A value for PostgreSQL is larger than 2 GB.");
    return static_cast<int>(size);
}

}  // namespace

Parameters::Parameters(std::span<const Value> values)
    : numbers_(values.size()),
      types_(values.size()),
      values_(values.size()),
      lengths_(values.size()),
      formats_(values.size(), 1) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        const auto set = [&](unsigned type, const void* data, std::size_t size) {
            types_[i] = type;
            // A null pointer would be NULL, so that an empty view needs an address.
            values_[i] = data != nullptr ? static_cast<const char*>(data) : "";
            lengths_[i] = checked_length(size);
        };
        const auto set_number = [&](unsigned type, std::uint64_t bits) {
            numbers_[i] = network_order(bits);
            set(type, &numbers_[i], sizeof(std::uint64_t));
        };
        std::visit(Overloaded{
                       [&](std::nullptr_t) { types_[i] = kUnknown; },
                       [&](std::int64_t value) { set_number(kInt8, static_cast<std::uint64_t>(value)); },
                       [&](double value) { set_number(kFloat8, std::bit_cast<std::uint64_t>(value)); },
                       [&](std::string_view value) { set(kText, value.data(), value.size()); },
                       [&](std::span<const std::byte> value) { set(kBytea, value.data(), value.size()); },
                   },
                   values[i]);
    }
}

void append_field(std::string& out, const Value& value, unsigned type) {
    const auto refuse = [&](std::string_view kind) {
        throw Error(ErrorCode::internal,
                    fmt::format("A {} cannot be copied into a column of PostgreSQL's type {}.", kind, type));
    };
    const auto append_8_bytes = [&](std::uint64_t bits) {
        append_number(out, std::uint32_t{sizeof bits});
        append_number(out, bits);
    };
    const auto append_bytes = [&](const void* data, std::size_t size) {
        append_number(out, static_cast<std::uint32_t>(checked_length(size)));
        if (size > 0) out.append(static_cast<const char*>(data), size);
    };
    std::visit(Overloaded{
                   [&](std::nullptr_t) { append_number(out, std::numeric_limits<std::uint32_t>::max()); },
                   [&](std::int64_t number) {
                       if (type == kFloat8) {
                           append_8_bytes(std::bit_cast<std::uint64_t>(static_cast<double>(number)));
                       } else if (type == kInt8) {
                           append_8_bytes(static_cast<std::uint64_t>(number));
                       } else {
                           refuse("whole number");
                       }
                   },
                   [&](double number) {
                       if (type != kFloat8) refuse("number");
                       append_8_bytes(std::bit_cast<std::uint64_t>(number));
                   },
                   [&](std::string_view text) {
                       if (type != kText) refuse("text");
                       append_bytes(text.data(), text.size());
                   },
                   [&](std::span<const std::byte> bytes) {
                       if (type != kBytea) refuse("string of bytes");
                       append_bytes(bytes.data(), bytes.size());
                   },
               },
               value);
}

}  // namespace audiomuse::wrap::postgres
