// An HNSW graph (Malkov and Yashunin, 2018) over unit vectors, by hnswlib. Nodes are numbered in the order of insertion
// and are never removed. Not thread-safe while insert() runs; everything else may run at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "audiomuse/index/vector_index.h"

namespace audiomuse::index {

using Slot = std::uint32_t;

struct GraphHit {
    Slot slot = 0;
    float distance = 0;  ///< 1 - dot
};

class HnswGraph {
public:
    HnswGraph(std::size_t dimension, const IndexParams& params);
    ~HnswGraph();
    HnswGraph(HnswGraph&&) noexcept;
    HnswGraph& operator=(HnswGraph&&) noexcept;

    std::size_t size() const;
    /// Appends a node. The graph depends on the vectors, their order and the seed only.
    Slot insert(const float* vector);
    /// About the `count` nearest nodes, in no particular order; fewer when the graph does not lead to more.
    std::vector<GraphHit> search(const float* query, std::size_t count) const;
    const float* vector(Slot slot) const;

    // What a saved image consists of.

    int level(Slot slot) const;
    std::span<const Slot> links(Slot slot, int layer) const;  ///< layer <= level(slot)
    Slot entry() const;                                       ///< where searches begin; size() > 0
    /// Links a node may have in a layer.
    static std::size_t max_links(const IndexParams& params, int layer) { return layer == 0 ? 2 * params.M : params.M; }
    /// Reserves room for `count` nodes that restore_node then fills in order; restore_entry ends it. The caller has
    /// checked that levels, links and the entry are within bounds.
    void restore_begin(std::size_t count);
    void restore_node(const float* vector, int level);
    void restore_links(Slot slot, int layer, std::span<const Slot> links);
    void restore_entry(Slot entry);

private:
    /// The node that a walk down the upper layers ends at: where a search of the lowest begins.
    GraphHit descend(const float* query) const;

    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace audiomuse::index
