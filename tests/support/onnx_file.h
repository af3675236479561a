// Writes small ONNX files: protocol buffers by hand (protobuf.dev, "Encoding"), the field numbers of onnx.proto.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace audiomuse::testing_support::onnx {

inline std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7U)
        bytes += static_cast<char>((value & 0x7FU) | 0x80U);
    return bytes + static_cast<char>(value);
}
inline std::string number(unsigned field, std::uint64_t value) {
    return varint(field << 3U) + varint(value);
}
inline std::string text(unsigned field, std::string_view value) {
    return varint(field << 3U | 2U) + varint(value.size()) + std::string(value);
}

enum ElementType : std::uint64_t { kFloat = 1, kInt64 = 7 };

/// An input or output; -1 is a free dimension.
inline std::string port(std::string_view name, ElementType type, const std::vector<std::int64_t>& shape) {
    std::string dimensions;
    for (const std::int64_t size : shape)
        dimensions += text(1, size < 0 ? text(2, "N") : number(1, static_cast<std::uint64_t>(size)));
    return text(1, name) + text(2, text(1, number(1, type) + text(2, dimensions)));
}

inline std::string raw(std::span<const float> values) {
    std::string bytes(values.size_bytes(), '\0');
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

/// A constant that lies in the file itself, or from the start of the file `location` beside it.
inline std::string tensor(std::string_view name, const std::vector<std::int64_t>& shape, std::span<const float> values,
                          std::string_view location = {}) {
    std::string bytes;
    for (const std::int64_t size : shape)
        bytes += number(1, static_cast<std::uint64_t>(size));
    bytes += number(2, kFloat) + text(8, name);
    if (location.empty()) return bytes + text(9, raw(values));
    return bytes + text(13, text(1, "location") + text(2, location)) + number(14, 1);
}

inline std::string attribute(std::string_view name, std::int64_t value) {
    constexpr std::uint64_t kInt = 2;
    return text(5, text(1, name) + number(3, static_cast<std::uint64_t>(value)) + number(20, kInt));
}
inline std::string attribute(std::string_view name, const std::vector<std::int64_t>& values) {
    constexpr std::uint64_t kInts = 7;
    std::string bytes = text(1, name);
    for (const std::int64_t value : values)
        bytes += number(8, static_cast<std::uint64_t>(value));
    return text(5, bytes + number(20, kInts));
}

inline std::string node(std::string_view operation, const std::vector<std::string>& inputs, std::string_view output,
                        const std::string& attributes = {}) {
    std::string bytes;
    for (const std::string& input : inputs)
        bytes += text(1, input);
    return bytes + text(2, output) + text(4, operation) + attributes;
}

struct Graph {
    std::vector<std::string> nodes;
    std::vector<std::string> tensors;
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
};

/// With operator set 11, in which axes are attributes.
inline void write(const std::filesystem::path& file, const Graph& graph) {
    std::string bytes;
    const auto add = [&](unsigned field, const std::vector<std::string>& parts) {
        for (const std::string& part : parts)
            bytes += text(field, part);
    };
    add(1, graph.nodes);
    bytes += text(2, "graph");
    add(5, graph.tensors);
    add(11, graph.inputs);
    add(12, graph.outputs);
    std::ofstream(file, std::ios::binary) << number(1, 6) + text(7, bytes) + text(8, text(1, "") + number(2, 11));
}

}  // namespace audiomuse::testing_support::onnx
