// ONNX Runtime, loaded at run time: a program that has no use for it starts without it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace audiomuse::wrap::onnx {

/// The loaded library. It stays loaded until the process ends; load() again is cheap.
class Runtime {
public:
    /// Looks, in this order, for the file that the environment variable AUDIOMUSE_ONNXRUNTIME names (then nowhere
    /// else); libonnxruntime.so.1 in ../lib and in the folder of the running program; the library found at build time;
    /// the system's. Throws Error(model_missing) saying where it looked, or that the one it found is too old.
    /// Thread-safe.
    static std::shared_ptr<const Runtime> load();

    ~Runtime();
    /// E.g. "1.23.2".
    const std::string& version() const;
    /// The file it was loaded from.
    const std::string& path() const;

private:
    friend class Session;
    struct State;
    explicit Runtime(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Which tensors of a graph to use. A name is resolved to the graph's own by the first rule that gives one: exact;
/// without ":0"; the last component after "/"; "/" replaced by "_"; the first of the graph.
struct Ports {
    std::string input;
    std::string output;
};

enum class Element { float32, int64 };
/// An input that has to be there under this name (or without its ":0", or as the last component after "/").
struct NamedInput {
    std::string name;
    Element element = Element::float32;
};
/// What an input is given: row-major values, as many as the product of the shape.
struct InputValues {
    std::variant<std::span<const float>, std::span<const std::int64_t>> values;
    std::span<const std::int64_t> shape;
};

/// A network of one or more inputs and one float output, run on the CPU by the calling thread alone.
/// Threads: run() may be called from any number of threads at once.
class Session {
public:
    /// `model`: the bytes of an ONNX file, not needed afterwards. `name` is used in messages. Throws
    /// Error(model_failed), also for a graph with loops, tensors in other files or operators beyond those of plain
    /// networks (model_check.h).
    Session(std::shared_ptr<const Runtime> runtime, std::string name, std::span<const std::byte> model,
            const Ports& ports);
    /// A large network, by its file: any graph is taken, and its weights may lie in a file beside it.
    /// With one entry in `inputs`, the name is resolved as Ports says. Throws as above, also where the graph has other
    /// inputs.
    Session(std::shared_ptr<const Runtime> runtime, const std::filesystem::path& file,
            const std::vector<NamedInput>& inputs, const std::string& output);
    ~Session();
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;

    /// Dimensions as the graph declares them, -1 where a dimension is free.
    const std::vector<std::int64_t>& input_shape(std::size_t input = 0) const;
    const std::vector<std::int64_t>& output_shape() const;

    /// `input` and `output` are row-major; the product of a shape is the length of its span. Throws Error(model_failed)
    /// with the runtime's message, and when the graph does not give an output of `output_shape`.
    void run(std::span<const float> input, std::span<const std::int64_t> input_shape, std::span<float> output,
             std::span<const std::int64_t> output_shape) const;
    /// The same with as many inputs as there are, in the order they were named.
    void run(std::span<const InputValues> inputs, std::span<float> output,
             std::span<const std::int64_t> output_shape) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// The rule described at Ports; `names` is not empty. Public for tests.
std::string resolve_tensor_name(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace audiomuse::wrap::onnx
