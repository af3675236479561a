// An HNSW graph (Malkov and Yashunin, 2018) of our own: nodes are numbered in the order of insertion and are never
// removed. Vectors are inserted in batches: what a batch will change is found out beside readers and by any number of
// threads, and put into effect at once.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "row_blocks.h"
#include "vectors.h"

namespace audiomuse::index {

struct GraphHit {
    float distance = 0;  ///< Vectors::rough_distance
    Slot slot = 0;
    /// Nearer; nodes as near as each other by number.
    friend bool operator<(const GraphHit& a, const GraphHit& b) {
        return a.distance != b.distance ? a.distance < b.distance : a.slot < b.slot;
    }
    friend bool operator>(const GraphHit& a, const GraphHit& b) { return b < a; }
};

/// What inserting a batch will change.
struct InsertPlan {
    std::vector<StoredVector> vectors;
    std::vector<std::uint8_t> levels;
    struct Links {
        int layer = 0;
        Slot slot = 0;
        std::vector<Slot> links;
    };
    std::vector<Links> links;  ///< of new nodes, and of old ones that get other links
};

/// Not thread-safe while apply() or a restoring function runs; everything else may run at once.
class HnswGraph {
public:
    HnswGraph(std::size_t dimension, const IndexParams& params);

    std::size_t size() const { return vectors_.size(); }
    const Vectors& vectors() const { return vectors_; }
    std::size_t memory_bytes() const;

    /// Vectors that may be inserted at once without the graph becoming worse; at least 1.
    std::size_t batch_size() const;
    /// The plan for a batch: every vector is linked to those before it, in the graph and in the batch. It depends on
    /// the graph, the batch and the seed, not on `threads`. Holds until the next apply().
    InsertPlan plan(std::vector<StoredVector> batch, unsigned threads) const;
    void apply(InsertPlan plan);

    struct Search {
        std::size_t count = 0;             ///< nodes wanted
        std::size_t visits = 0;            ///< give up when so many vectors have been compared; 0: never
        std::function<bool(Slot)> accept;  ///< which nodes may be returned; empty: all
    };
    /// About the `count` nearest accepted nodes, in no particular order; fewer when the graph does not lead to more,
    /// none at all when it gave up. `query` is the rough form of a vector.
    std::vector<GraphHit> search(const std::byte* query, const Search& search) const;

    // What a saved image consists of.

    Slot entry() const { return entry_; }  ///< where searches begin; size() > 0
    const std::vector<std::uint8_t>& levels() const { return levels_; }
    const RowBlocks& lowest_links() const { return lowest_; }  ///< rows of 1 + 2 M: how many, and which
    const RowBlocks& upper_links() const { return upper_; }    ///< rows of 1 + M, by node and layer from 1 on
    /// Makes an empty graph one of nodes of these levels, whose vectors and links the caller is to read into the rows
    /// it gets: rough vectors, rests, lowest links, upper links. `entry` is a node.
    std::array<RowBlocks*, 4> restore_begin(std::vector<std::uint8_t> levels, Slot entry);
    /// What is wrong with what was read, or null: then, whoever wrote it, no search leaves the graph.
    const char* restore_end(unsigned threads) const;

private:
    friend class Planner;
    std::span<const Slot> links(Slot slot, int layer) const {
        const auto* row = reinterpret_cast<const Slot*>(layer == 0 ? lowest_[slot] : upper_[upper_row(slot, layer)]);
        return {row + 1, row[0]};
    }
    /// What restore_end finds wrong with a node.
    const char* wrong_with(Slot slot) const;
    void set_links(Slot slot, int layer, std::span<const Slot> links);
    std::size_t upper_row(Slot slot, int layer) const {
        return first_upper_[slot] + static_cast<std::size_t>(layer) - 1;
    }
    std::size_t most_links(int layer) const { return layer == 0 ? 2 * params_.M : params_.M; }
    int top() const { return levels_.empty() ? -1 : levels_[entry_]; }
    std::uint8_t draw_level(Slot slot) const;
    /// Where to begin a search of `layer`: what searches of the layers above it lead to. size() > 0.
    std::vector<GraphHit> approach(const std::byte* query, int layer) const;
    std::vector<GraphHit> search_layer(const std::byte* query, std::span<const GraphHit> from, int layer,
                                       const Search& search) const;

    IndexParams params_;
    Vectors vectors_;
    std::vector<std::uint8_t> levels_;
    std::vector<Slot> first_upper_;  // of each node with upper layers: its first row of upper_
    RowBlocks lowest_;
    RowBlocks upper_;
    Slot entry_ = 0;
};

}  // namespace audiomuse::index
