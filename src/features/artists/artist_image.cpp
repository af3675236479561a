// Models as bytes: little-endian, tagged, versioned, checked.
//
//   "AMARTIST"  u32 version  u32 dimension  u64 artists  u64 tracks  u64 components  u64 bytes of text
//   artists x { u64 fingerprint }  artists x { u32 analysed }  artists x { u64 end of tracks }
//   artists x { u64 end of components }  tracks x i64  components x f32 weight  components x dimension x i16
//   text: name and key of each artist, each ended by a zero byte
//   u64 checksum of everything before it
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/features/artists/artist_models.h"

namespace audiomuse::features {
namespace {

static_assert(std::endian::native == std::endian::little, "The image is written in the machine's own byte order.");
static_assert(sizeof(TrackId) == sizeof(std::int64_t));

constexpr char kTag[8] = {'A', 'M', 'A', 'R', 'T', 'I', 'S', 'T'};
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kMaxDimension = 65536;

[[noreturn]] void damaged(const char* what) {
    throw Error(ErrorCode::damaged, std::string("The saved models of artists are damaged (") + what +
                                        "); the next analysis makes them anew.");
}

struct Header {
    char tag[8];
    std::uint32_t version;
    std::uint32_t dimension;
    std::uint64_t artists;
    std::uint64_t tracks;
    std::uint64_t components;
    std::uint64_t text;
};
static_assert(sizeof(Header) == 48);

/// FNV-1a over words of eight bytes, the rest filled up with zeros.
std::uint64_t checksum(std::span<const std::byte> bytes) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (std::size_t i = 0; i < bytes.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data() + i, std::min<std::size_t>(8, bytes.size() - i));
        hash = (hash ^ word) * 0x100000001b3U;
        hash ^= hash >> 29U;
    }
    return hash;
}

class Writer {
public:
    void bytes(const void* data, std::size_t size) {
        const auto* begin = static_cast<const std::byte*>(data);
        image_.insert(image_.end(), begin, begin + size);
    }
    template <class T>
    void array(const std::vector<T>& values) {
        bytes(values.data(), values.size() * sizeof(T));
    }
    const std::vector<std::byte>& image() const { return image_; }

private:
    std::vector<std::byte> image_;
};

class Reader {
public:
    explicit Reader(std::span<const std::byte> image) : rest_(image) {}
    std::span<const std::byte> bytes(std::uint64_t size) {
        if (size > rest_.size()) damaged("it is cut off");
        const auto taken = rest_.first(static_cast<std::size_t>(size));
        rest_ = rest_.subspan(static_cast<std::size_t>(size));
        return taken;
    }
    template <class T>
    std::vector<T> array(std::uint64_t count) {
        if (count > rest_.size() / sizeof(T)) damaged("it is cut off");
        const auto taken = bytes(count * sizeof(T));
        std::vector<T> values(static_cast<std::size_t>(count));
        if (!taken.empty()) std::memcpy(values.data(), taken.data(), taken.size());
        return values;
    }
    std::string text() {
        const auto end = std::find(rest_.begin(), rest_.end(), std::byte{0});
        if (end == rest_.end()) damaged("a name has no end");
        const auto size = static_cast<std::size_t>(end - rest_.begin());
        std::string text(reinterpret_cast<const char*>(rest_.data()), size);
        rest_ = rest_.subspan(size + 1);
        return text;
    }
    bool at_end() const { return rest_.empty(); }

private:
    std::span<const std::byte> rest_;
};

void check_ends(const std::vector<std::uint64_t>& ends, std::uint64_t last) {
    if (!std::is_sorted(ends.begin(), ends.end()) || (ends.empty() ? 0 : ends.back()) != last)
        damaged("its parts do not add up");
}

}  // namespace

void ArtistModels::save(const Sink& sink) const {
    Writer writer;
    Header header{.version = kVersion,
                  .dimension = static_cast<std::uint32_t>(dimension_),
                  .artists = keys_.size(),
                  .tracks = tracks_.size(),
                  .components = weights_.size()};
    std::copy(std::begin(kTag), std::end(kTag), header.tag);
    for (std::size_t i = 0; i < keys_.size(); ++i)
        header.text += names_[i].size() + keys_[i].size() + 2;
    writer.bytes(&header, sizeof header);
    writer.array(fingerprints_);
    writer.array(analysed_);
    writer.array(track_ends_);
    writer.array(component_ends_);
    writer.array(tracks_);
    writer.array(weights_);
    writer.array(means_);
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        writer.bytes(names_[i].c_str(), names_[i].size() + 1);
        writer.bytes(keys_[i].c_str(), keys_[i].size() + 1);
    }
    const std::uint64_t sum = checksum(writer.image());
    writer.bytes(&sum, sizeof sum);
    sink(writer.image());
}

ArtistModels ArtistModels::load(std::span<const std::byte> image) {
    Header header{};
    std::uint64_t sum = 0;
    if (image.size() < sizeof header + sizeof sum) damaged("it is cut off");
    std::memcpy(&header, image.data(), sizeof header);
    if (!std::equal(std::begin(kTag), std::end(kTag), header.tag) || header.version != kVersion)
        damaged("it is none, or of another version");
    const auto content = image.first(image.size() - sizeof sum);
    std::memcpy(&sum, image.data() + content.size(), sizeof sum);
    if (sum != checksum(content)) damaged("its checksum is wrong");

    Reader reader(content.subspan(sizeof header));
    ArtistModels models;
    if (header.dimension > kMaxDimension || (header.dimension == 0 && header.components > 0))
        damaged("a size is impossible");
    models.dimension_ = header.dimension;
    models.fingerprints_ = reader.array<std::uint64_t>(header.artists);
    models.analysed_ = reader.array<std::uint32_t>(header.artists);
    models.track_ends_ = reader.array<std::uint64_t>(header.artists);
    models.component_ends_ = reader.array<std::uint64_t>(header.artists);
    models.tracks_ = reader.array<TrackId>(header.tracks);
    models.weights_ = reader.array<float>(header.components);
    // The weights were there, so that this product is far from overflowing.
    models.means_ = reader.array<std::int16_t>(header.components * header.dimension);
    check_ends(models.track_ends_, header.tracks);
    check_ends(models.component_ends_, header.components);
    if (!std::all_of(models.weights_.begin(), models.weights_.end(), [](float w) { return w >= 0 && w <= 1; }))
        damaged("a weight is impossible");
    for (std::uint64_t i = 0; i < header.artists; ++i) {
        models.names_.push_back(reader.text());
        models.keys_.push_back(reader.text());
    }
    if (!reader.at_end() || !std::is_sorted(models.keys_.begin(), models.keys_.end())) damaged("its names");
    models.index_names();
    return models;
}

ArtistModels load_artist_models(store::Store& store) {
    const auto image = store::read_whole(store.index_blobs(), kArtistModels);
    return image ? ArtistModels::load(*image) : ArtistModels();
}

ArtistModels usable_artist_models(store::Store& store) {
    try {
        return load_artist_models(store);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::damaged) throw;
        log::warn("{}", error.what());
        return {};
    }
}

}  // namespace audiomuse::features
