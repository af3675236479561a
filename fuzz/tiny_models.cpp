#include "tiny_models.h"

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

namespace audiomuse::fuzz {

namespace {

// Protocol buffers, encoded by hand (protobuf.dev, "Encoding"); the field numbers are those of onnx.proto, version 1.
std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7U)
        bytes += static_cast<char>((value & 0x7FU) | 0x80U);
    return bytes + static_cast<char>(value);
}

std::string number(unsigned field, std::uint64_t value) {
    return varint(field << 3U) + varint(value);
}

std::string text(unsigned field, std::string_view value) {
    return varint(field << 3U | 2U) + varint(value.size()) + std::string(value);
}

/// A ValueInfoProto: a tensor of floats with a free first dimension "N".
std::string value_info(std::string_view name, std::initializer_list<std::uint64_t> dimensions) {
    std::string shape = text(1, text(2, "N"));
    for (const std::uint64_t dimension : dimensions)
        shape += text(1, number(1, dimension));
    return text(1, name) + text(2, text(1, number(1, 1) + text(2, shape)));
}

/// A TensorProto of one 64-bit integer.
std::string integer(std::string_view name, std::uint64_t value) {
    return number(1, 1) + number(2, 7) + number(7, value) + text(8, name);
}

std::string node(std::initializer_list<std::string_view> inputs, std::string_view output, std::string_view operation) {
    std::string bytes;
    for (const std::string_view input : inputs)
        bytes += text(1, input);
    return bytes + text(2, output) + text(4, operation);
}

std::string model(const std::string& graph) {
    constexpr std::uint64_t kIrVersion = 7;
    constexpr std::uint64_t kOpset = 13;
    return number(1, kIrVersion) + text(7, graph) + text(8, text(1, "") + number(2, kOpset));
}

std::string slice(std::uint64_t count) {
    return text(5, integer("from", 0)) + text(5, integer("to", count)) + text(5, integer("axis", 1));
}

}  // namespace

std::string tiny_embedding_model() {
    return model(text(1, node({"model/Placeholder:0"}, "flat", "Flatten")) +
                 text(1, node({"flat", "from", "to", "axis"}, "model/dense/BiasAdd:0", "Slice")) + text(2, "g") +
                 slice(200) + text(11, value_info("model/Placeholder:0", {187, 96})) +
                 text(12, value_info("model/dense/BiasAdd:0", {200})));
}

std::string tiny_prediction_model() {
    return model(text(1, node({"serving_default_model_Placeholder:0", "from", "to", "axis"}, "logits", "Slice")) +
                 text(1, node({"logits"}, "PartitionedCall:0", "Sigmoid")) + text(2, "g") + slice(50) +
                 text(11, value_info("serving_default_model_Placeholder:0", {200})) +
                 text(12, value_info("PartitionedCall:0", {50})));
}

}  // namespace audiomuse::fuzz
