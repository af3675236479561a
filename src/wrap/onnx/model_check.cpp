#include "model_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::wrap::onnx {

namespace {

// Of the standard operator set, what networks of this kind consist of; sorted.
constexpr auto kOperators = std::to_array<std::string_view>({"Abs",
                                                             "Add",
                                                             "AveragePool",
                                                             "BatchNormalization",
                                                             "Cast",
                                                             "Ceil",
                                                             "Clip",
                                                             "Concat",
                                                             "Constant",
                                                             "Conv",
                                                             "DequantizeLinear",
                                                             "Div",
                                                             "Dropout",
                                                             "DynamicQuantizeLinear",
                                                             "Elu",
                                                             "Erf",
                                                             "Exp",
                                                             "Flatten",
                                                             "Floor",
                                                             "Gather",
                                                             "Gelu",
                                                             "Gemm",
                                                             "GlobalAveragePool",
                                                             "GlobalMaxPool",
                                                             "HardSigmoid",
                                                             "HardSwish",
                                                             "Identity",
                                                             "InstanceNormalization",
                                                             "LayerNormalization",
                                                             "LeakyRelu",
                                                             "Log",
                                                             "LogSoftmax",
                                                             "MatMul",
                                                             "Max",
                                                             "MaxPool",
                                                             "Mean",
                                                             "Min",
                                                             "Mul",
                                                             "Neg",
                                                             "PRelu",
                                                             "Pow",
                                                             "QLinearConv",
                                                             "QLinearMatMul",
                                                             "QuantizeLinear",
                                                             "Reciprocal",
                                                             "ReduceL2",
                                                             "ReduceMax",
                                                             "ReduceMean",
                                                             "ReduceMin",
                                                             "ReduceSum",
                                                             "Relu",
                                                             "Reshape",
                                                             "Selu",
                                                             "Shape",
                                                             "Sigmoid",
                                                             "Slice",
                                                             "Softmax",
                                                             "Softplus",
                                                             "Split",
                                                             "Sqrt",
                                                             "Squeeze",
                                                             "Sub",
                                                             "Sum",
                                                             "Tanh",
                                                             "Transpose",
                                                             "Unsqueeze"});
static_assert(std::ranges::is_sorted(kOperators));

// Of kernels, strides and padding; those of a spectrogram's network are below a thousand.
constexpr std::uint64_t kLargestAttribute = 1 << 16;

/// One field of a protocol buffer (protobuf.dev, "Encoding"): a number, or bytes.
struct Field {
    std::uint64_t number = 0;
    bool is_bytes = false;
    std::uint64_t value = 0;
    std::string_view bytes;
};

class Checker {
public:
    Checker(std::string_view name, NetworkKind kind) : name_(name), kind_(kind) {}

    // The numbers are those of the messages in onnx.proto, version 1.20.
    void model(std::string_view bytes) const {
        each(bytes, [&](const Field& field) {
            if (field.number == 7) graph(field.bytes);
            if (field.number == 20) refuse("is for training");
            if (field.number == 25) {
                if (!is_large()) refuse("defines functions of its own");
                function(field.bytes);
            }
        });
    }

private:
    bool is_large() const { return kind_ == NetworkKind::large; }
    [[noreturn]] void refuse(std::string_view why) const {
        throw Error(ErrorCode::model_failed, fmt::format("The model {} cannot be loaded: it {}.", name_, why));
    }
    [[noreturn]] void refuse_as_broken() const { refuse("is not an ONNX file, or a damaged one"); }

    std::uint64_t varint(std::string_view& bytes) const {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (bytes.empty()) refuse_as_broken();
            const auto byte = static_cast<unsigned char>(bytes.front());
            bytes.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
            if ((byte & 0x80U) == 0) return value;
        }
        refuse_as_broken();
    }

    template <class Visit>
    void each(std::string_view bytes, const Visit& visit) const {
        while (!bytes.empty()) {
            const std::uint64_t key = varint(bytes);
            Field field{.number = key >> 3U};
            std::uint64_t length = 0;
            switch (key & 7U) {
                case 0:
                    field.value = varint(bytes);
                    break;
                case 1:
                    length = 8;
                    break;
                case 2:
                    length = varint(bytes);
                    field.is_bytes = true;
                    break;
                case 5:
                    length = 4;
                    break;
                default:
                    refuse_as_broken();
            }
            if (length > bytes.size()) refuse_as_broken();
            if (field.is_bytes) field.bytes = bytes.substr(0, length);
            bytes.remove_prefix(length);
            visit(field);
        }
    }

    /// A repeated number comes one by one or packed.
    template <class Visit>
    void each_number(const Field& field, const Visit& visit) const {
        if (!field.is_bytes) return visit(field.value);
        std::string_view rest = field.bytes;
        while (!rest.empty())
            visit(varint(rest));
    }

    void graph(std::string_view bytes) const {
        each(bytes, [&](const Field& field) {
            if (field.number == 1) node(field.bytes);
            if (field.number == 5) tensor(field.bytes);
            if (field.number == 15) refuse("has sparse tensors");
        });
    }

    void function(std::string_view bytes) const {
        each(bytes, [&](const Field& field) {
            if (field.number == 7) node(field.bytes);
        });
    }

    void node(std::string_view bytes) const {
        bool is_slice = false;
        each(bytes, [&](const Field& field) {
            if (field.number == 4) {
                if (!is_large() && !std::ranges::binary_search(kOperators, field.bytes)) {
                    refuse(fmt::format("has an operator that is not run here ({})",
                                       to_valid_utf8(std::string(field.bytes.substr(0, 40)))));
                }
                is_slice = field.bytes == "Slice";
            }
            if (!is_large() && field.number == 7 && !field.bytes.empty() && field.bytes != "ai.onnx")
                refuse("has operators outside the standard set");
        });
        each(bytes, [&](const Field& field) {
            if (field.number == 5) attribute(field.bytes, is_slice);
        });
    }

    void attribute(std::string_view bytes, bool may_be_large) const {
        int tensors = 0;
        const auto check_number = [&](std::uint64_t value) {
            const auto negative = static_cast<std::uint64_t>(-static_cast<std::int64_t>(value >> 63U));
            const std::uint64_t magnitude = (value ^ negative) - negative;
            if (magnitude > kLargestAttribute && !may_be_large && !is_large())
                refuse("has a kernel or padding of absurd size");
        };
        each(bytes, [&](const Field& field) {
            if (field.number == 3 || field.number == 8) each_number(field, check_number);
            if (field.number == 5) {
                tensor(field.bytes);
                ++tensors;
            }
            if (field.number == 6 || field.number == 11) {
                if (!is_large()) refuse("has loops, branches or other graphs inside");
                const Nesting nesting(*this);
                graph(field.bytes);
            }
            if (field.number == 10 && is_large()) {
                tensor(field.bytes);
            } else if (field.number == 10 || field.number == 22 || field.number == 23) {
                refuse("has lists of tensors");
            }
        });
        // A parser would merge them into one.
        if (tensors > 1) refuse_as_broken();
    }

    void tensor(std::string_view bytes) const {
        // No kind of value takes less than half a byte.
        const std::uint64_t most_values = 2 * bytes.size();
        std::uint64_t values = 1;
        bool is_elsewhere = false;
        bool claims_more = false;
        each(bytes, [&](const Field& field) {
            if (field.number == 1) {
                each_number(field, [&](std::uint64_t size) {
                    claims_more = claims_more || (size != 0 && values > most_values / size);
                    values *= claims_more ? 1 : size;
                });
            }
            if (field.number == 13) {
                place(field.bytes);
                is_elsewhere = true;
            }
            if (field.number == 14 && field.value != 0) is_elsewhere = true;
        });
        // What lies in another file is compared with that file by the runtime.
        if (is_elsewhere && !is_large()) refuse("keeps values in other files");
        if (claims_more && !is_elsewhere) refuse("claims more values than it holds");
    }

    /// One entry of where a tensor's values lie: a key and a value. The only file may be one beside the model.
    void place(std::string_view bytes) const {
        std::string_view key;
        std::string_view value;
        each(bytes, [&](const Field& field) {
            if (field.number == 1) key = field.bytes;
            if (field.number == 2) value = field.bytes;
        });
        if (key == "location" &&
            (value.empty() || value == "." || value == ".." || value.find_first_of("/\\") != value.npos))
            refuse("keeps values in a file that does not lie beside it");
    }

    /// Graphs inside graphs are looked into by recursion, which has to end.
    struct Nesting {
        explicit Nesting(const Checker& checker) : of(checker) {
            if (++of.depth_ > kDeepest) of.refuse("has graphs inside graphs without end");
        }
        ~Nesting() { --of.depth_; }
        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;
        const Checker& of;
    };
    static constexpr int kDeepest = 32;

    std::string_view name_;
    NetworkKind kind_;
    mutable int depth_ = 0;
};

}  // namespace

void check_model(std::string_view name, std::span<const std::byte> model, NetworkKind kind) {
    Checker(name, kind).model({reinterpret_cast<const char*>(model.data()), model.size()});
}

}  // namespace audiomuse::wrap::onnx
