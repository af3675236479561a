#include "image.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_set>

#include "audiomuse/base/error.h"
#include "audiomuse/numeric/distance.h"
#include "crc32.h"

namespace audiomuse::index {
namespace {

static_assert(std::endian::native == std::endian::little, "The image is written in the machine's own byte order.");

constexpr std::string_view kTag = "AMVINDEX";
constexpr std::uint32_t kVersion = 1;
constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxDimension = 65536;
constexpr std::size_t kMaxM = 1024;
// A level of 30 has a chance of M^-30; what claims more was not written by us.
constexpr int kMaxLevel = 30;

[[noreturn]] void damaged(const std::string& what) {
    throw Error(ErrorCode::damaged, "The saved index is damaged (" + what + ") and has to be built again.");
}

class Writer {
public:
    explicit Writer(const VectorIndex::Sink& sink) : sink_(sink) { buffer_.reserve(kBufferBytes); }
    void bytes(const void* data, std::size_t size) {
        crc_.add(data, size);
        const auto* begin = static_cast<const std::byte*>(data);
        buffer_.insert(buffer_.end(), begin, begin + size);
        if (buffer_.size() >= kBufferBytes) flush();
    }
    template <class T>
    void value(T v) {
        bytes(&v, sizeof v);
    }
    void finish() {
        value(crc_.value());
        flush();
    }

private:
    void flush() {
        sink_(buffer_);
        buffer_.clear();
    }
    const VectorIndex::Sink& sink_;
    std::vector<std::byte> buffer_;
    Crc32 crc_;
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
    std::size_t left() const { return rest_.size(); }

private:
    std::span<const std::byte> rest_;
};

}  // namespace

void write_image(const Contents& contents, const VectorIndex::Sink& sink) {
    const HnswGraph& graph = contents.graph;
    const auto slots = static_cast<Slot>(graph.size());
    Writer out(sink);
    out.bytes(kTag.data(), kTag.size());
    out.value(kVersion);
    out.value(static_cast<std::uint32_t>(contents.dimension));
    out.value(static_cast<std::uint64_t>(contents.params.M));
    out.value(static_cast<std::uint64_t>(contents.params.ef_construction));
    out.value(static_cast<std::uint64_t>(contents.params.ef_search));
    out.value(contents.params.seed);
    out.value(static_cast<std::uint64_t>(slots));
    out.value(slots > 0 ? graph.entry() : Slot{0});
    out.value(std::uint32_t{0});
    for (Slot slot = 0; slot < slots; ++slot) {
        out.value(contents.ids[slot]);
        out.value(contents.alive[slot]);
        out.value(static_cast<std::uint8_t>(graph.level(slot)));
    }
    for (Slot slot = 0; slot < slots; ++slot)
        out.bytes(graph.vector(slot), contents.dimension * sizeof(float));
    for (Slot slot = 0; slot < slots; ++slot) {
        for (int layer = 0; layer <= graph.level(slot); ++layer) {
            const auto links = graph.links(slot, layer);
            out.value(static_cast<std::uint16_t>(links.size()));
            out.bytes(links.data(), links.size_bytes());
        }
    }
    out.finish();
}

Contents read_image(std::span<const std::byte> image) {
    Reader head(image);
    if (std::memcmp(head.bytes(kTag.size()).data(), kTag.data(), kTag.size()) != 0) damaged("it does not begin as one");
    if (const auto version = head.value<std::uint32_t>(); version != kVersion) {
        damaged("its version " + std::to_string(version) + " is not known");
    }
    if (head.left() < sizeof(std::uint32_t)) damaged("it ends too early");
    const auto body = image.first(image.size() - sizeof(std::uint32_t));
    Crc32 crc;
    crc.add(body.data(), body.size());
    if (Reader(image.last(sizeof(std::uint32_t))).value<std::uint32_t>() != crc.value()) damaged("wrong checksum");

    Reader in(body.subspan(kTag.size() + sizeof kVersion));
    const std::size_t dimension = in.value<std::uint32_t>();
    IndexParams params;
    params.M = in.value<std::uint64_t>();
    params.ef_construction = in.value<std::uint64_t>();
    params.ef_search = in.value<std::uint64_t>();
    params.seed = in.value<std::uint64_t>();
    const auto slots = in.value<std::uint64_t>();
    const auto entry = in.value<Slot>();
    in.value<std::uint32_t>();
    if (dimension == 0 || dimension > kMaxDimension || params.M < 2 || params.M > kMaxM ||
        params.ef_construction > 1'000'000 || params.ef_search > 1'000'000) {
        damaged("impossible parameters");
    }
    // Nothing is allocated by a count before the bytes it speaks of are known to be there.
    constexpr std::size_t kSlotHeadBytes = sizeof(std::int64_t) + 2;
    const std::size_t least_bytes = kSlotHeadBytes + dimension * sizeof(float) + sizeof(std::uint16_t);
    if (slots > in.left() / least_bytes) damaged("it ends too early");
    if (slots > 0 && entry >= slots) damaged("impossible entry");

    Contents contents{dimension, params, HnswGraph(dimension, params), {}, {}};
    std::vector<int> levels(slots);
    int highest = 0;
    std::unordered_set<std::int64_t> seen;
    for (std::size_t slot = 0; slot < slots; ++slot) {
        contents.ids.push_back(in.value<std::int64_t>());
        contents.alive.push_back(in.value<std::uint8_t>());
        levels[slot] = in.value<std::uint8_t>();
        highest = std::max(highest, levels[slot]);
        if (contents.alive[slot] > 1 || levels[slot] > kMaxLevel) damaged("impossible node");
        if (contents.alive[slot] == 1 && !seen.insert(contents.ids[slot]).second) damaged("an id occurs twice");
    }
    // Searches descend from the entry through all layers that any node has.
    if (slots > 0 && levels[entry] != highest) damaged("impossible entry");

    contents.graph.restore_begin(slots);
    std::vector<float> vector(dimension);
    for (std::size_t slot = 0; slot < slots; ++slot) {
        std::memcpy(vector.data(), in.bytes(dimension * sizeof(float)).data(), dimension * sizeof(float));
        if (!(std::abs(numeric::dot(vector, vector) - 1.0F) < 1e-3F)) damaged("a vector is not of unit length");
        contents.graph.restore_node(vector.data(), levels[slot]);
    }
    std::vector<Slot> links;
    for (Slot slot = 0; slot < slots; ++slot) {
        for (int layer = 0; layer <= levels[slot]; ++layer) {
            links.resize(in.value<std::uint16_t>());
            if (links.size() > HnswGraph::max_links(params, layer)) damaged("too many links");
            if (!links.empty())
                std::memcpy(links.data(), in.bytes(links.size() * sizeof(Slot)).data(), links.size() * sizeof(Slot));
            for (const Slot link : links) {
                if (link >= slots || link == slot || levels[link] < layer) damaged("impossible link");
            }
            contents.graph.restore_links(slot, layer, links);
        }
    }
    if (in.left() != 0) damaged("there is more than belongs to it");
    if (slots > 0) contents.graph.restore_entry(entry);
    return contents;
}

}  // namespace audiomuse::index
