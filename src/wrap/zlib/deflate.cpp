#include "audiomuse/wrap/zlib/deflate.h"

#include <zlib.h>

#include <algorithm>
#include <string>

#include "audiomuse/base/error.h"

namespace audiomuse::wrap::zlib {

void deflate(std::span<const std::byte> bytes, int level, std::vector<std::byte>& out) {
    const std::size_t before = out.size();
    uLongf written = compressBound(bytes.size());
    out.resize(before + written);
    const int status = compress2(reinterpret_cast<Bytef*>(out.data() + before), &written,
                                 reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), std::clamp(level, 1, 9));
    if (status != Z_OK) throw Error(ErrorCode::internal, std::string("zlib: ") + zError(status));
    out.resize(before + written);
}

void inflate(std::span<const std::byte> bytes, std::span<std::byte> out) {
    uLongf written = out.size();
    uLong read = bytes.size();
    // zlib wants a place to write to even where nothing is to be written.
    std::byte none{};
    const int status = uncompress2(reinterpret_cast<Bytef*>(out.empty() ? &none : out.data()), &written,
                                   reinterpret_cast<const Bytef*>(bytes.data()), &read);
    if (status != Z_OK || written != out.size() || read != bytes.size()) {
        throw Error(ErrorCode::damaged,
                    std::string("zlib: ") + (status != Z_OK ? zError(status) : "not the size that was said"));
    }
}

}  // namespace audiomuse::wrap::zlib
