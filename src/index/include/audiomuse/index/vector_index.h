// Approximate nearest neighbours over vectors, by angle or by distance. Knows ids and floats only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace audiomuse::index {

enum class Metric : std::uint8_t {
    angular,    ///< 1 - cos of the angle between two vectors, 0..2
    euclidean,  ///< the length of their difference
};

/// The one definition of distance, of two vectors of one length. Angular: 1 where one of them is zero.
float distance(Metric metric, std::span<const float> a, std::span<const float> b);

enum class Storage : std::uint8_t {
    int8,     ///< searched by 8 bits a number, then ranked by 16: within 1/65,000 of its largest number
    float32,  ///< as given; twice the memory
};

struct IndexParams {
    Metric metric = Metric::angular;
    Storage storage = Storage::int8;
    std::size_t M = 16;  ///< links per node, twice as many in the lowest layer (HNSW, Malkov and Yashunin 2018)
    std::size_t ef_construction = 200;
    std::size_t ef_search = 128;  ///< raised where more neighbours are wanted
    std::uint64_t seed = 1;
    friend bool operator==(const IndexParams&, const IndexParams&) = default;
};

struct Neighbour {
    std::int64_t id = 0;
    float distance = 0;  ///< by the index's metric
    friend bool operator==(const Neighbour&, const Neighbour&) = default;
};

/// Threads: any number of readers beside each other; add and remove wait for readers of the same index. Grows by
/// itself.
class VectorIndex {
public:
    virtual ~VectorIndex() = default;
    virtual std::size_t dimension() const = 0;
    virtual const IndexParams& params() const = 0;
    virtual std::size_t size() const = 0;
    virtual bool contains(std::int64_t id) const = 0;
    /// Inserts or replaces; nothing happens where `id` has this vector already. Angular: it need not be normalised.
    /// Throws Error(invalid_argument) for a wrong length, a value that is not finite, a length that does not fit into a
    /// float or, where angles count, a zero vector.
    virtual void add(std::int64_t id, std::span<const float> vector) = 0;
    /// The same for many: vector i is the dimension() numbers from rows[i * dimension()] on. An id that occurs more
    /// than once keeps its last vector. What the index finds afterwards depends on the vectors, their order and how
    /// they were parted into calls, never on `threads`. Nothing is added when one of them is refused.
    virtual void add_many(std::span<const std::int64_t> ids, std::span<const float> rows, unsigned threads) = 0;
    virtual void remove(std::int64_t id) = 0;  ///< unknown ids are ignored
    /// The vector stored for `id`, of unit length where angles count; empty when unknown. As exact as the storage.
    virtual std::vector<float> vector(std::int64_t id) const = 0;
    virtual std::vector<std::int64_t> ids() const = 0;
    using Filter = std::function<bool(std::int64_t)>;
    /// The k nearest, nearest first, equal distances by id: most of them where there are many vectors, always k of them
    /// where there are as many that the optional filter lets pass. The filter may be asked about an id more than once.
    virtual std::vector<Neighbour> search(std::span<const float> query, std::size_t k,
                                          const Filter& filter = {}) const = 0;
    /// The farthest id from `query`, by one pass over all vectors.
    virtual Neighbour farthest(std::span<const float> query, std::int64_t except) const = 0;
    /// Bytes this index occupies.
    virtual std::size_t memory_bytes() const = 0;
    using Sink = std::function<void(std::span<const std::byte>)>;
    /// Writes a tagged, versioned image of the index.
    virtual void save(const Sink& sink) const = 0;
};

std::unique_ptr<VectorIndex> create_index(std::size_t dimension, const IndexParams& params = {});
/// Reads an image. Throws Error(damaged) for anything that is not a whole image of a known version; never trusts a
/// count before checking it against the bytes that are there. `ef_search` replaces the saved one unless it is 0.
std::unique_ptr<VectorIndex> load_index(std::span<const std::byte> image, std::size_t ef_search = 0,
                                        unsigned threads = 1);

/// The index that is being served, replaced while readers go on with the one they hold. Thread-safe.
class LiveIndex {
public:
    std::shared_ptr<VectorIndex> get() const;  ///< null until the first swap
    void swap(std::shared_ptr<VectorIndex> next);

private:
    mutable std::mutex mutex_;  // guards index_
    std::shared_ptr<VectorIndex> index_;
};

}  // namespace audiomuse::index
