// Eight bytes as the size of a file, the rest as a Range header.
#include <cstdlib>
#include <cstring>

#include "http_range.h"
#include "target.h"

// libFuzzer calls it by this name. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace audiomuse::api;
    std::uint64_t file = 0;
    if (size < sizeof file) return 0;
    std::memcpy(&file, data, sizeof file);
    const std::string_view header(reinterpret_cast<const char*>(data) + sizeof file, size - sizeof file);
    const ByteRange range = parse_range(header, file);
    if (range.kind != ByteRange::Kind::part) return 0;
    if (range.length == 0 || range.first >= file || range.length > file - range.first) std::abort();
    return 0;
}
