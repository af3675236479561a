// Approximate nearest neighbours over unit vectors by cosine distance. Knows ids and floats only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace audiomuse::index {

struct IndexParams {
    std::size_t M = 32;  ///< links per node (HNSW, Malkov and Yashunin 2018)
    std::size_t ef_construction = 200;
    std::size_t ef_search = 128;  ///< raised to k where k is larger
    std::uint64_t seed = 1;
};

struct Neighbour {
    std::int64_t id = 0;
    float distance = 0;  ///< 1 - cos, 0..2
    friend bool operator==(const Neighbour&, const Neighbour&) = default;
};

/// Threads: any number of readers beside each other; add and remove wait for readers of the same index. Grows by
/// itself.
class VectorIndex {
public:
    virtual ~VectorIndex() = default;
    virtual std::size_t dimension() const = 0;
    virtual std::size_t size() const = 0;
    virtual bool contains(std::int64_t id) const = 0;
    /// Inserts or replaces. `vector` need not be normalised. Throws Error(invalid_argument) for a wrong length, a zero
    /// vector or a value that is not finite.
    virtual void add(std::int64_t id, std::span<const float> vector) = 0;
    virtual void remove(std::int64_t id) = 0;  ///< unknown ids are ignored
    /// The unit vector stored for `id`; empty when unknown.
    virtual std::vector<float> vector(std::int64_t id) const = 0;
    virtual std::vector<std::int64_t> ids() const = 0;
    using Filter = std::function<bool(std::int64_t)>;
    /// At most k neighbours, nearest first, equal distances by id. An optional filter says which ids may be returned.
    virtual std::vector<Neighbour> search(std::span<const float> query, std::size_t k,
                                          const Filter& filter = {}) const = 0;
    /// The farthest id from `query`, by one exact pass over all vectors.
    virtual Neighbour farthest(std::span<const float> query, std::int64_t except) const = 0;
    using Sink = std::function<void(std::span<const std::byte>)>;
    /// Writes a tagged, versioned image of the index.
    virtual void save(const Sink& sink) const = 0;
};

std::unique_ptr<VectorIndex> create_index(std::size_t dimension, const IndexParams& params = {});
/// Reads an image. Throws Error(damaged) for anything that is not a whole image of a known version; never trusts a
/// count before checking it against the bytes that are there.
std::unique_ptr<VectorIndex> load_index(std::span<const std::byte> image);

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
