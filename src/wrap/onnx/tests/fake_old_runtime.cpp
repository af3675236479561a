// A library that answers like an ONNX Runtime too old for us: it knows its version but not the interface asked for.
#include <cstdint>

namespace {

struct ApiBase {
    const void* (*get_api)(std::uint32_t);
    const char* (*get_version)();
};

const ApiBase base = {[](std::uint32_t) -> const void* { return nullptr; }, []() -> const char* { return "1.2.3"; }};

}  // namespace

extern "C" const void* OrtGetApiBase() {
    return &base;
}
