#include "audiomuse/wrap/onnx/session.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>

// The library is not linked, so its entry point is looked up and handed to the C++ interface.
#define ORT_API_MANUAL_INIT
#include <onnxruntime_cxx_api.h>
#undef ORT_API_MANUAL_INIT

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/mapped_file.h"
#include "audiomuse/base/text.h"
#include "model_check.h"

namespace audiomuse::wrap::onnx {

namespace fs = std::filesystem;

namespace {

void ORT_API_CALL write_log(void*, OrtLoggingLevel level, const char*, const char*, const char*, const char* text) {
    if (level >= ORT_LOGGING_LEVEL_ERROR) {
        log::warn("ONNX Runtime: {}", text);
    } else {
        log::debug("ONNX Runtime: {}", text);
    }
}

std::vector<std::string> candidates() {
    if (const char* given = std::getenv("AUDIOMUSE_ONNXRUNTIME"); given && *given) return {given};
    std::vector<std::string> paths;
    const auto add = [&](std::string path) {
        if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(std::move(path));
    };
    std::error_code ignored;
    if (const fs::path program = fs::read_symlink("/proc/self/exe", ignored); !program.empty()) {
        const fs::path folder = program.parent_path();
        add((folder.parent_path() / "lib" / "libonnxruntime.so.1").string());
        add((folder / "libonnxruntime.so.1").string());
    }
    add(AUDIOMUSE_ONNXRUNTIME_LIBRARY);
    // Upstream's name, and Debian's, whose ABI name carries the minor version.
    add("libonnxruntime.so.1");
    add(fmt::format("libonnxruntime.so.1.{}", ORT_API_VERSION));
    return paths;
}

const OrtApiBase* entry_point(const std::string& path, std::string& why) {
    // A path is checked first, because dlopen's message would name it twice.
    if (path.find('/') != std::string::npos && !fs::exists(path)) {
        why = path + " (not there)";
        return nullptr;
    }
    // The library starts threads and registers exit handlers of its own: it must not be unloaded.
    void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) {
        why = dlerror();
        return nullptr;
    }
    using GetApiBase = const OrtApiBase*(ORT_API_CALL*)();
    const auto get_api_base = reinterpret_cast<GetApiBase>(dlsym(handle, "OrtGetApiBase"));
    if (!get_api_base) {
        why = path + " (not an ONNX Runtime: it has no OrtGetApiBase)";
        return nullptr;
    }
    return get_api_base();
}

}  // namespace

struct Runtime::State {
    std::string version;
    std::string path;
    Ort::Env env{nullptr};
};

Runtime::Runtime(std::unique_ptr<State> state) : state_(std::move(state)) {}
Runtime::~Runtime() = default;
const std::string& Runtime::version() const {
    return state_->version;
}
const std::string& Runtime::path() const {
    return state_->path;
}

std::shared_ptr<const Runtime> Runtime::load() {
    static std::mutex mutex;  // guards the one pointer to the library's functions that Ort::InitApi sets
    std::lock_guard lock(mutex);
    std::vector<std::string> tried;
    for (const std::string& path : candidates()) {
        std::string why;
        const OrtApiBase* base = entry_point(path, why);
        const OrtApi* api = base ? base->GetApi(ORT_API_VERSION) : nullptr;
        if (!api) {
            if (base) {
                why = fmt::format("{} (version {} is too old, 1.{} or later is needed)", path, base->GetVersionString(),
                                  ORT_API_VERSION);
            }
            tried.push_back(why);
            continue;
        }
        Ort::InitApi(api);
        try {
            auto state = std::make_unique<State>();
            state->version = base->GetVersionString();
            state->path = path;
            state->env = Ort::Env(ORT_LOGGING_LEVEL_WARNING, "audiomuse", write_log, nullptr);
            return std::shared_ptr<const Runtime>(new Runtime(std::move(state)));
        } catch (const Ort::Exception& error) {
            throw Error(ErrorCode::model_missing,
                        fmt::format("ONNX Runtime ({}) cannot start: {}", path, error.what()));
        }
    }
    throw Error(ErrorCode::model_missing,
                fmt::format("ONNX Runtime cannot be loaded; tried {}. Install it, or name the library's file in the "
                            "environment variable AUDIOMUSE_ONNXRUNTIME.",
                            join(tried, "; ")));
}

std::string resolve_tensor_name(std::string_view wanted, const std::vector<std::string>& names) {
    const std::string exact(wanted);
    const std::string bare = exact.substr(0, exact.ends_with(":0") ? exact.size() - 2 : exact.size());
    const std::string last = bare.substr(bare.rfind('/') + 1);  // npos + 1 is 0
    std::string underscored = bare;
    std::replace(underscored.begin(), underscored.end(), '/', '_');
    for (const std::string& candidate : {exact, bare, last, underscored}) {
        if (std::find(names.begin(), names.end(), candidate) != names.end()) return candidate;
    }
    return names.front();
}

struct Session::State {
    struct Input {
        std::string name;
        Element element;
        std::vector<std::int64_t> shape;
    };
    std::shared_ptr<const Runtime> runtime;  // outlives the session
    std::string name;
    std::vector<Input> inputs;
    std::string output;
    std::vector<std::int64_t> output_shape;
    Ort::MemoryInfo memory = Ort::MemoryInfo::CreateCpu(OrtDeviceAllocator, OrtMemTypeDefault);
    mutable Ort::Session session{nullptr};  // Run is thread-safe but not const in the library's interface

    /// `make` gives the library's session for these options.
    template <class Make>
    void open(const Make& make, const std::vector<NamedInput>& wanted, const std::string& wanted_output);
    void choose(const std::vector<NamedInput>& wanted, const std::string& wanted_output);
    [[noreturn]] void refuse(const std::string& why) const {
        throw Error(ErrorCode::model_failed, fmt::format("The model {} {}.", name, why));
    }
};

template <class Make>
void Session::State::open(const Make& make, const std::vector<NamedInput>& wanted, const std::string& wanted_output) {
    try {
        Ort::SessionOptions options;
        options.SetIntraOpNumThreads(1);
        options.SetInterOpNumThreads(1);
        options.SetExecutionMode(ORT_SEQUENTIAL);
        options.SetGraphOptimizationLevel(ORT_ENABLE_ALL);
        options.SetLogSeverityLevel(ORT_LOGGING_LEVEL_ERROR);
        options.AddConfigEntry("session.intra_op.allow_spinning", "0");
        // Of the two formats it reads, only the one that check_model understands.
        options.AddConfigEntry("session.load_model_format", "ONNX");
        // Planning one block for all activations costs memory and gains no time here (measured: docs/models.md).
        options.DisableMemPattern();
        session = make(options);
        choose(wanted, wanted_output);
    } catch (const Ort::Exception& error) {
        refuse(fmt::format("cannot be loaded: {}", error.what()));
    }
}

void Session::State::choose(const std::vector<NamedInput>& wanted, const std::string& wanted_output) {
    Ort::AllocatorWithDefaultOptions allocator;
    std::vector<std::string> input_names;
    std::vector<std::string> output_names;
    for (std::size_t i = 0; i < session.GetInputCount(); ++i)
        input_names.emplace_back(session.GetInputNameAllocated(i, allocator).get());
    for (std::size_t i = 0; i < session.GetOutputCount(); ++i)
        output_names.emplace_back(session.GetOutputNameAllocated(i, allocator).get());
    if (input_names.empty() || output_names.empty()) refuse("has no input or no output");
    const auto index_of = [](const std::vector<std::string>& names, const std::string& name) {
        return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
    };
    for (const NamedInput& input : wanted) {
        const std::string found = resolve_tensor_name(input.name, input_names);
        const bool taken = std::any_of(inputs.begin(), inputs.end(), [&](const Input& i) { return i.name == found; });
        if (taken) refuse(fmt::format("has no input {}; its inputs are {}", input.name, join(input_names, ", ")));
        // The info must outlive the view that reads its shape.
        const Ort::TypeInfo info = session.GetInputTypeInfo(index_of(input_names, found));
        const auto tensor = info.GetTensorTypeAndShapeInfo();
        const bool is_float = input.element == Element::float32;
        if (tensor.GetElementType() !=
            (is_float ? ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT : ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64)) {
            refuse(is_float ? "does not take and give 32-bit floats"
                            : fmt::format("does not take 64-bit integers as {}", found));
        }
        inputs.push_back({found, input.element, tensor.GetShape()});
    }
    if (wanted.size() > 1 && input_names.size() > wanted.size())
        refuse(fmt::format("has inputs that nothing is known for: {}", join(input_names, ", ")));
    output = resolve_tensor_name(wanted_output, output_names);
    const Ort::TypeInfo info = session.GetOutputTypeInfo(index_of(output_names, output));
    const auto tensor = info.GetTensorTypeAndShapeInfo();
    if (tensor.GetElementType() != ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT) refuse("does not take and give 32-bit floats");
    output_shape = tensor.GetShape();
}

Session::Session(std::shared_ptr<const Runtime> runtime, std::string name, std::span<const std::byte> model,
                 const Ports& ports)
    : state_(std::make_unique<State>()) {
    state_->runtime = std::move(runtime);
    state_->name = std::move(name);
    check_model(state_->name, model);
    state_->open(
        [&](const Ort::SessionOptions& options) {
            return Ort::Session(state_->runtime->state_->env, model.data(), model.size(), options);
        },
        {{ports.input}}, ports.output);
}

Session::Session(std::shared_ptr<const Runtime> runtime, const fs::path& file, const std::vector<NamedInput>& inputs,
                 const std::string& output)
    : state_(std::make_unique<State>()) {
    state_->runtime = std::move(runtime);
    state_->name = file.string();
    check_model(state_->name, MappedFile(file).bytes(), NetworkKind::large);
    state_->open(
        [&](const Ort::SessionOptions& options) {
            return Ort::Session(state_->runtime->state_->env, file.c_str(), options);
        },
        inputs, output);
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
const std::vector<std::int64_t>& Session::input_shape(std::size_t input) const {
    return state_->inputs.at(input).shape;
}
const std::vector<std::int64_t>& Session::output_shape() const {
    return state_->output_shape;
}

void Session::run(std::span<const float> input, std::span<const std::int64_t> input_shape, std::span<float> output,
                  std::span<const std::int64_t> output_shape) const {
    const InputValues only{input, input_shape};
    run(std::span(&only, 1), output, output_shape);
}

void Session::run(std::span<const InputValues> inputs, std::span<float> output,
                  std::span<const std::int64_t> output_shape) const {
    const State& state = *state_;
    try {
        std::vector<Ort::Value> sources;
        std::vector<const char*> names;
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            // The interface takes a mutable pointer but does not write to inputs.
            const auto add = [&]<class T>(std::span<const T> values) {
                sources.push_back(Ort::Value::CreateTensor<T>(state.memory, const_cast<T*>(values.data()),
                                                              values.size(), inputs[i].shape.data(),
                                                              inputs[i].shape.size()));
            };
            std::visit(add, inputs[i].values);
            names.push_back(state.inputs.at(i).name.c_str());
        }
        Ort::Value target = Ort::Value::CreateTensor<float>(state.memory, output.data(), output.size(),
                                                            output_shape.data(), output_shape.size());
        const char* output_name = state.output.c_str();
        state.session.Run(Ort::RunOptions{nullptr}, names.data(), sources.data(), sources.size(), &output_name, &target,
                          1);
    } catch (const Ort::Exception& error) {
        throw Error(ErrorCode::model_failed, fmt::format("The model {} failed: {}", state.name, error.what()));
    }
}

}  // namespace audiomuse::wrap::onnx
