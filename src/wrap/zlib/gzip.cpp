#include "audiomuse/wrap/zlib/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

#include "audiomuse/base/error.h"

namespace audiomuse::wrap::zlib {

std::string library_version() {
    return zlibVersion();
}

namespace {

constexpr int kGzipWindowBits = 15 + 16;  // the largest window; 16 asks for a gzip header instead of a zlib one
constexpr int kMemoryLevel = 8;           // zlib's default

class Deflater {
public:
    explicit Deflater(int level) {
        if (deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) != Z_OK) {
            throw Error(ErrorCode::internal, std::string("zlib: ") + (stream_.msg ? stream_.msg : "cannot start"));
        }
    }
    ~Deflater() { deflateEnd(&stream_); }
    Deflater(const Deflater&) = delete;
    Deflater& operator=(const Deflater&) = delete;
    z_stream& stream() { return stream_; }

private:
    z_stream stream_{};
};

}  // namespace

std::string gzip(std::string_view bytes, int level) {
    Deflater deflater(std::clamp(level, 1, 9));
    z_stream& stream = deflater.stream();
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    // zlib counts in 32 bits, so both sides are handed over in pieces.
    constexpr std::size_t kPiece = std::numeric_limits<uInt>::max();
    std::size_t read = 0;
    std::size_t written = 0;
    for (int status = Z_OK; status != Z_STREAM_END;) {
        const std::size_t in = std::min(kPiece, bytes.size() - read);
        const std::size_t room = std::min(kPiece, out.size() - written);
        stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data() + read));
        stream.avail_in = static_cast<uInt>(in);
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + written);
        stream.avail_out = static_cast<uInt>(room);
        status = deflate(&stream, read + in == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
        if (status != Z_OK && status != Z_STREAM_END) {
            throw Error(ErrorCode::internal, std::string("zlib: ") + (stream.msg ? stream.msg : "cannot compress"));
        }
        read += in - stream.avail_in;
        written += room - stream.avail_out;
    }
    out.resize(written);
    return out;
}

}  // namespace audiomuse::wrap::zlib
