// How a batch of vectors gets its links. Every vector looks for those near it in the graph as it stands before the
// batch and among those before it in the batch, then chooses whom to link to; then every node that was chosen chooses
// again among its old links and its new ones. Each step is parted among threads by node and depends on the step before
// as a whole, so that the outcome is the same for any number of them.
#include <algorithm>
#include <tuple>
#include <utility>

#include "audiomuse/base/parallel.h"
#include "hnsw_graph.h"

namespace audiomuse::index {
namespace {

// Larger batches keep more threads busy; vectors of one batch are compared each with each, which costs little up to
// here.
constexpr std::size_t kMostAtOnce = 512;
constexpr std::size_t kShareAtOnce = 8;  // the graph grows by at most one in so many at once

/// A link that is to be made: `target` was chosen by `source`.
struct Chosen {
    int layer = 0;
    Slot target = 0;
    Slot source = 0;
    friend auto operator<=>(const Chosen&, const Chosen&) = default;
};

}  // namespace

class Planner {
public:
    Planner(const HnswGraph& graph, std::vector<StoredVector> batch)
        : graph_(graph), first_(static_cast<Slot>(graph.size())), chosen_(batch.size()) {
        plan_.vectors = std::move(batch);
        for (std::size_t i = 0; i < plan_.vectors.size(); ++i) {
            plan_.levels.push_back(graph.draw_level(first_ + static_cast<Slot>(i)));
            chosen_[i].resize(plan_.levels[i] + std::size_t{1});
        }
    }

    InsertPlan run(unsigned threads) {
        parallel_for(plan_.vectors.size(), threads, [this](std::size_t i) { choose(i); });
        std::vector<Chosen> all;
        for (std::size_t i = 0; i < chosen_.size(); ++i) {
            for (int layer = 0; layer <= plan_.levels[i]; ++layer) {
                const Slot source = first_ + static_cast<Slot>(i);
                for (const Slot target : links_of(source, layer))
                    all.push_back({layer, target, source});
            }
        }
        std::sort(all.begin(), all.end());
        std::vector<std::span<const Chosen>> targets;
        for (auto begin = all.begin(); begin != all.end();) {
            const auto end = std::find_if(begin, all.end(), [&](const Chosen& other) {
                return other.layer != begin->layer || other.target != begin->target;
            });
            targets.emplace_back(begin, end);
            begin = end;
        }
        plan_.links.resize(targets.size());
        parallel_for(targets.size(), threads, [&](std::size_t i) { plan_.links[i] = link_back(targets[i]); });
        add_those_nobody_chose(targets);
        return std::move(plan_);
    }

private:
    const std::byte* rough(Slot slot) const {
        return slot < first_ ? graph_.vectors_.rough(slot) : plan_.vectors[slot - first_].rough.data();
    }
    float distance(Slot a, Slot b) const { return graph_.vectors_.rough_distance(rough(a), rough(b)); }
    std::span<const Slot> links_of(Slot slot, int layer) const {
        if (slot < first_) return graph_.links(slot, layer);
        return chosen_[slot - first_][static_cast<std::size_t>(layer)];
    }

    /// The links of vector i of the batch, in all its layers.
    void choose(std::size_t i) {
        const std::byte* query = plan_.vectors[i].rough.data();
        const int level = plan_.levels[i];
        std::vector<GraphHit> in_batch;
        for (std::size_t j = 0; j < i; ++j) {
            const Slot slot = first_ + static_cast<Slot>(j);
            in_batch.push_back({graph_.vectors_.rough_distance(query, rough(slot)), slot});
        }
        std::vector<GraphHit> from;
        if (first_ > 0) from = graph_.approach(query, level);
        for (int layer = level; layer >= 0; --layer) {
            std::vector<GraphHit> near;
            if (layer <= graph_.top()) {
                from = graph_.search_layer(query, from, layer,
                                           {.count = graph_.params_.ef_construction, .visits = 0, .accept = {}});
                near = from;
            }
            for (const GraphHit& hit : in_batch) {
                if (plan_.levels[hit.slot - first_] >= layer) near.push_back(hit);
            }
            std::sort(near.begin(), near.end());
            near.resize(std::min(near.size(), graph_.params_.ef_construction));
            chosen_[i][static_cast<std::size_t>(layer)] = select(near, graph_.params_.M);
        }
    }

    /// At most `count` of `near`, which is in order: those that are nearer to the node than to one chosen before, so
    /// that links lead in all directions (algorithm 4 of the paper).
    std::vector<Slot> select(std::span<const GraphHit> near, std::size_t count) const {
        std::vector<Slot> chosen;
        for (const GraphHit& hit : near) {
            if (chosen.size() == count) break;
            const bool apart = std::all_of(chosen.begin(), chosen.end(),
                                           [&](Slot other) { return distance(hit.slot, other) >= hit.distance; });
            if (apart) chosen.push_back(hit.slot);
        }
        return chosen;
    }

    /// The links of a node after those of the batch who chose it.
    InsertPlan::Links link_back(std::span<const Chosen> sources) const {
        InsertPlan::Links result{sources.front().layer, sources.front().target, {}};
        const std::span<const Slot> old = links_of(result.slot, result.layer);
        result.links.assign(old.begin(), old.end());
        for (const Chosen& chosen : sources)
            result.links.push_back(chosen.source);
        const std::size_t most = graph_.most_links(result.layer);
        if (result.links.size() <= most) return result;
        std::vector<GraphHit> near;
        for (const Slot link : result.links)
            near.push_back({distance(result.slot, link), link});
        std::sort(near.begin(), near.end());
        result.links = select(near, most);
        return result;
    }

    void add_those_nobody_chose(std::span<const std::span<const Chosen>> targets) {
        std::vector<std::pair<int, Slot>> known;  // in order, as targets are
        for (const auto& target : targets) {
            if (target.front().target >= first_) known.emplace_back(target.front().layer, target.front().target);
        }
        for (std::size_t i = 0; i < chosen_.size(); ++i) {
            const Slot slot = first_ + static_cast<Slot>(i);
            for (int layer = 0; layer <= plan_.levels[i]; ++layer) {
                if (std::binary_search(known.begin(), known.end(), std::pair(layer, slot))) continue;
                plan_.links.push_back({layer, slot, std::move(chosen_[i][static_cast<std::size_t>(layer)])});
            }
        }
    }

    const HnswGraph& graph_;
    const Slot first_;  // of the batch
    InsertPlan plan_;
    std::vector<std::vector<std::vector<Slot>>> chosen_;  // by vector of the batch and layer
};

std::size_t HnswGraph::batch_size() const {
    return std::clamp<std::size_t>(size() / kShareAtOnce, 1, kMostAtOnce);
}

InsertPlan HnswGraph::plan(std::vector<StoredVector> batch, unsigned threads) const {
    return Planner(*this, std::move(batch)).run(threads);
}

}  // namespace audiomuse::index
