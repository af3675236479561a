#include "image.h"

#include <bit>
#include <cstring>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/wrap/zlib/crc32.h"

namespace audiomuse::index {
namespace {

static_assert(std::endian::native == std::endian::little, "The image is written in the machine's own byte order.");

constexpr std::string_view kTag = "AMVINDEX";
constexpr std::uint32_t kVersion = 2;
constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxDimension = 65536;
constexpr std::size_t kMaxM = 1024;

[[noreturn]] void damaged(const std::string& what) {
    throw Error(ErrorCode::damaged, "The saved index is damaged (" + what + ") and has to be built again.");
}

class Writer {
public:
    explicit Writer(const VectorIndex::Sink& sink) : sink_(sink) { buffer_.reserve(kBufferBytes); }
    void bytes(const void* data, std::size_t size) {
        if (size == 0) return;
        const auto* begin = static_cast<const std::byte*>(data);
        checksum_ = wrap::zlib::crc32({begin, size}, checksum_);
        buffer_.insert(buffer_.end(), begin, begin + size);
        if (buffer_.size() >= kBufferBytes) flush();
    }
    template <class T>
    void value(T v) {
        bytes(&v, sizeof v);
    }
    void finish() {
        value(checksum_);
        flush();
    }

private:
    void flush() {
        sink_(buffer_);
        buffer_.clear();
    }
    const VectorIndex::Sink& sink_;
    std::vector<std::byte> buffer_;
    std::uint32_t checksum_ = 0;
};

class Reader {
public:
    explicit Reader(std::span<const std::byte> bytes) : rest_(bytes) {}
    std::span<const std::byte> bytes(std::size_t size) {
        if (size > rest_.size()) damaged("it ends too early");
        const auto taken = rest_.first(size);
        rest_ = rest_.subspan(size);
        return taken;
    }
    template <class T>
    T value() {
        T v;
        std::memcpy(&v, bytes(sizeof v).data(), sizeof v);
        return v;
    }
    template <class T>
    std::vector<T> values(std::size_t count) {
        std::vector<T> all(count);
        const auto from = bytes(count * sizeof(T));
        if (count > 0) std::memcpy(all.data(), from.data(), from.size());
        return all;
    }
    std::size_t left() const { return rest_.size(); }

private:
    std::span<const std::byte> rest_;
};

}  // namespace

void write_image(const Contents& contents, const VectorIndex::Sink& sink) {
    const HnswGraph& graph = contents.graph;
    const std::size_t slots = graph.size();
    Writer out(sink);
    out.bytes(kTag.data(), kTag.size());
    out.value(kVersion);
    out.value(static_cast<std::uint32_t>(contents.dimension));
    out.value(static_cast<std::uint32_t>(contents.params.metric));
    out.value(static_cast<std::uint32_t>(contents.params.storage));
    out.value(static_cast<std::uint64_t>(contents.params.M));
    out.value(static_cast<std::uint64_t>(contents.params.ef_construction));
    out.value(static_cast<std::uint64_t>(contents.params.ef_search));
    out.value(contents.params.seed);
    out.value(static_cast<std::uint64_t>(slots));
    out.value(slots > 0 ? graph.entry() : Slot{0});
    out.value(std::uint32_t{0});
    out.bytes(contents.ids.data(), slots * sizeof(std::int64_t));
    out.bytes(contents.alive.data(), slots);
    out.bytes(graph.levels().data(), slots);
    const auto piece = [&](std::span<const std::byte> bytes) { out.bytes(bytes.data(), bytes.size()); };
    graph.vectors().rough_rows().each_piece(piece);
    graph.vectors().rest_rows().each_piece(piece);
    graph.lowest_links().each_piece(piece);
    graph.upper_links().each_piece(piece);
    out.finish();
}

Contents read_image(std::span<const std::byte> image, unsigned threads) {
    Reader head(image);
    if (std::memcmp(head.bytes(kTag.size()).data(), kTag.data(), kTag.size()) != 0) damaged("it does not begin as one");
    if (const auto version = head.value<std::uint32_t>(); version != kVersion) {
        damaged("its version " + std::to_string(version) + " is not known");
    }
    if (head.left() < sizeof(std::uint32_t)) damaged("it ends too early");
    const auto body = image.first(image.size() - sizeof(std::uint32_t));
    const auto checksum = Reader(image.last(sizeof(std::uint32_t))).value<std::uint32_t>();

    Reader in(body.subspan(kTag.size() + sizeof kVersion));
    const std::size_t dimension = in.value<std::uint32_t>();
    const auto metric = in.value<std::uint32_t>();
    const auto storage = in.value<std::uint32_t>();
    IndexParams params;
    params.M = in.value<std::uint64_t>();
    params.ef_construction = in.value<std::uint64_t>();
    params.ef_search = in.value<std::uint64_t>();
    params.seed = in.value<std::uint64_t>();
    const auto slots = in.value<std::uint64_t>();
    const auto entry = in.value<Slot>();
    in.value<std::uint32_t>();
    if (dimension == 0 || dimension > kMaxDimension || metric > 1 || storage > 1 || params.M < 2 || params.M > kMaxM ||
        params.ef_construction > 1'000'000 || params.ef_search > 1'000'000) {
        damaged("impossible parameters");
    }
    params.metric = static_cast<Metric>(metric);
    params.storage = static_cast<Storage>(storage);
    Contents contents{dimension, params, HnswGraph(dimension, params), {}, {}};

    // Nothing is allocated by a count before the bytes it speaks of are known to be there.
    const HnswGraph& graph = contents.graph;
    const std::size_t slot_bytes = sizeof(std::int64_t) + 2 + graph.vectors().rough_rows().row_bytes() +
                                   graph.vectors().rest_rows().row_bytes() + graph.lowest_links().row_bytes();
    if (slots > in.left() / slot_bytes) damaged("it ends too early");
    if (slots > 0 && entry >= slots) damaged("impossible entry");
    contents.ids = in.values<std::int64_t>(slots);
    contents.alive = in.values<std::uint8_t>(slots);
    auto levels = in.values<std::uint8_t>(slots);
    const std::size_t upper_rows = std::accumulate(levels.begin(), levels.end(), std::size_t{0});
    const std::size_t expected =
        slots * (slot_bytes - sizeof(std::int64_t) - 2) + upper_rows * graph.upper_links().row_bytes();
    if (in.left() != expected) damaged("it has another length than it says");

    struct Piece {
        std::span<std::byte> to;
        std::span<const std::byte> from;
    };
    std::vector<Piece> pieces;
    for (RowBlocks* rows : contents.graph.restore_begin(std::move(levels), entry)) {
        rows->each_piece([&](std::span<std::byte> piece) {
            if (!piece.empty()) pieces.push_back({piece, in.bytes(piece.size())});
        });
    }
    // The checksum takes about as long as copying: one thread begins with it.
    bool whole = false;
    parallel_for(1 + pieces.size(), threads, [&](std::size_t i) {
        if (i == 0) {
            whole = checksum == wrap::zlib::crc32(body);
        } else {
            std::memcpy(pieces[i - 1].to.data(), pieces[i - 1].from.data(), pieces[i - 1].from.size());
        }
    });
    if (!whole) damaged("wrong checksum");
    if (const char* wrong = graph.restore_end(threads)) damaged(wrong);
    return contents;
}

}  // namespace audiomuse::index
