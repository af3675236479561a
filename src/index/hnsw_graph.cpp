// The one file that includes hnswlib: its header defines functions that are not inline. Written against 0.6.2 (Debian
// 12) and 0.8 (Debian 13). Its own SIMD and prefetch code is left out: distances come from `numeric`, which chooses at
// run time, and the prefetches read past the end of full link lists.
#define NO_MANUAL_VECTORIZATION
#include "hnsw_graph.h"

#include <hnswlib/hnswlib.h>

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "audiomuse/base/random.h"
#include "audiomuse/numeric/distance.h"

#if defined(__SANITIZE_THREAD__)
// hnswlib locks one mutex per node, in an order that its own design keeps from locking up; with a single writer, as
// here, there is nobody to lock up with. The sanitizer sees orders only.
extern "C" const char* __tsan_default_suppressions();
extern "C" const char* __tsan_default_suppressions() {
    return "deadlock:hnswlib::HierarchicalNSW\n";
}
#endif

namespace audiomuse::index {
namespace {

constexpr std::size_t kFirstCapacity = 256;
constexpr std::size_t kAhead = 4;  // vectors asked for before they are needed; measured

bool nearer(const GraphHit& a, const GraphHit& b) {
    return a.distance < b.distance;
}
bool farther(const GraphHit& a, const GraphHit& b) {
    return a.distance > b.distance;
}

void prefetch(const float* vector, std::size_t dimension) {
    constexpr std::size_t kLine = 64 / sizeof(float);
    for (std::size_t i = 0; i < dimension; i += kLine)
        __builtin_prefetch(vector + i);
}

/// Which nodes a search has seen; borrowed from hnswlib's pool.
class VisitedMarks {
public:
    explicit VisitedMarks(hnswlib::VisitedListPool& pool) : pool_(pool), list_(pool.getFreeVisitedList()) {}
    ~VisitedMarks() { pool_.releaseVisitedList(list_); }
    VisitedMarks(const VisitedMarks&) = delete;
    VisitedMarks& operator=(const VisitedMarks&) = delete;
    /// False when it was marked before.
    bool mark(Slot slot) const { return std::exchange(list_->mass[slot], list_->curV) != list_->curV; }

private:
    hnswlib::VisitedListPool& pool_;
    hnswlib::VisitedList* const list_;
};

class UnitCosineSpace final : public hnswlib::SpaceInterface<float> {
public:
    explicit UnitCosineSpace(std::size_t dimension) : param_{dimension, numeric::dot_function()} {}
    size_t get_data_size() override { return param_.dimension * sizeof(float); }
    hnswlib::DISTFUNC<float> get_dist_func() override { return &distance; }
    void* get_dist_func_param() override { return &param_; }

private:
    struct Param {
        std::size_t dimension;  // first, because hnswlib reads it as a size_t in getDataByLabel
        numeric::DotFunction dot;
    };
    static float distance(const void* a, const void* b, const void* param) {
        const auto* p = static_cast<const Param*>(param);
        return 1.0F - p->dot(static_cast<const float*>(a), static_cast<const float*>(b), p->dimension);
    }
    Param param_;
};

}  // namespace

struct HnswGraph::State {
    State(std::size_t vector_length, const IndexParams& index_params)
        : dimension(vector_length),
          space(vector_length),
          params(index_params),
          hnsw(&space, kFirstCapacity, index_params.M, index_params.ef_construction) {}

    // hnswlib grows by exact amounts; half again keeps the copying linear.
    void reserve_one() {
        if (hnsw.cur_element_count < hnsw.max_elements_) return;
        hnsw.resizeIndex(hnsw.max_elements_ + hnsw.max_elements_ / 2);
    }

    std::size_t dimension;
    UnitCosineSpace space;
    IndexParams params;
    hnswlib::HierarchicalNSW<float> hnsw;
};

HnswGraph::HnswGraph(std::size_t dimension, const IndexParams& params)
    : state_(std::make_unique<State>(dimension, params)) {}
HnswGraph::~HnswGraph() = default;
HnswGraph::HnswGraph(HnswGraph&&) noexcept = default;
HnswGraph& HnswGraph::operator=(HnswGraph&&) noexcept = default;

std::size_t HnswGraph::size() const {
    return state_->hnsw.cur_element_count;
}

Slot HnswGraph::insert(const float* vector) {
    auto& hnsw = state_->hnsw;
    state_->reserve_one();
    const auto slot = static_cast<Slot>(size());
    // A node's level depends on the seed and its number alone, so that a loaded index grows as the saved one would
    // have.
    hnsw.level_generator_.seed(static_cast<unsigned>(Random::for_task(state_->params.seed, slot).bits()));
    hnsw.addPoint(vector, slot);
    return slot;
}

// The search is written out here rather than left to hnswlib's searchKnn: that one counts its steps in two numbers that
// all threads share, and waits for each vector to arrive from memory where this one asks for the next ones ahead. It
// visits the same nodes in the same order.
std::vector<GraphHit> HnswGraph::search(const float* query, std::size_t count) const {
    std::vector<GraphHit> nearest;  // a heap, the farthest first; at most as long as was asked for
    if (size() == 0 || count == 0) return nearest;
    const std::size_t dimension = state_->dimension;
    const numeric::DotFunction dot = numeric::dot_function();
    const GraphHit begin = descend(query);
    const VisitedMarks visited(*state_->hnsw.visited_list_pool_);
    std::vector<GraphHit> ahead = {begin};  // a heap, the nearest first: whose links are to be followed
    std::vector<Slot> fresh;
    visited.mark(begin.slot);
    nearest.reserve(count + 1);
    nearest.push_back(begin);
    while (!ahead.empty() && ahead.front().distance <= nearest.front().distance) {
        std::pop_heap(ahead.begin(), ahead.end(), farther);
        const Slot slot = ahead.back().slot;
        ahead.pop_back();
        fresh.clear();
        for (const Slot link : links(slot, 0)) {
            if (visited.mark(link)) fresh.push_back(link);
        }
        for (std::size_t i = 0; i < std::min(kAhead, fresh.size()); ++i)
            prefetch(vector(fresh[i]), dimension);
        for (std::size_t i = 0; i < fresh.size(); ++i) {
            if (i + kAhead < fresh.size()) prefetch(vector(fresh[i + kAhead]), dimension);
            const GraphHit hit{fresh[i], 1.0F - dot(query, vector(fresh[i]), dimension)};
            if (nearest.size() >= count && hit.distance >= nearest.front().distance) continue;
            ahead.push_back(hit);
            std::push_heap(ahead.begin(), ahead.end(), farther);
            nearest.push_back(hit);
            std::push_heap(nearest.begin(), nearest.end(), nearer);
            if (nearest.size() > count) {
                std::pop_heap(nearest.begin(), nearest.end(), nearer);
                nearest.pop_back();
            }
        }
    }
    return nearest;
}

GraphHit HnswGraph::descend(const float* query) const {
    const numeric::DotFunction dot = numeric::dot_function();
    const auto hit = [&](Slot slot) { return GraphHit{slot, 1.0F - dot(query, vector(slot), state_->dimension)}; };
    GraphHit best = hit(entry());
    for (int layer = level(best.slot); layer > 0; --layer) {
        for (bool moved = true; moved;) {
            moved = false;
            for (const Slot link : links(best.slot, layer)) {
                if (const GraphHit other = hit(link); other.distance < best.distance) {
                    best = other;
                    moved = true;
                }
            }
        }
    }
    return best;
}

const float* HnswGraph::vector(Slot slot) const {
    return reinterpret_cast<const float*>(state_->hnsw.getDataByInternalId(slot));
}

int HnswGraph::level(Slot slot) const {
    return state_->hnsw.element_levels_[slot];
}

std::span<const Slot> HnswGraph::links(Slot slot, int layer) const {
    static_assert(sizeof(Slot) == sizeof(hnswlib::tableint));
    auto* list = state_->hnsw.get_linklist_at_level(slot, layer);
    return {list + 1, state_->hnsw.getListCount(list)};
}

Slot HnswGraph::entry() const {
    return state_->hnsw.enterpoint_node_;
}

void HnswGraph::restore_begin(std::size_t count) {
    state_->hnsw.resizeIndex(std::max(count, kFirstCapacity));
    state_->hnsw.label_lookup_.reserve(count);
}

void HnswGraph::restore_node(const float* vector, int level) {
    auto& hnsw = state_->hnsw;
    const auto slot = static_cast<Slot>(size());
    std::memset(hnsw.get_linklist0(slot), 0, hnsw.size_data_per_element_);
    std::memcpy(hnsw.getDataByInternalId(slot), vector, hnsw.data_size_);
    hnsw.setExternalLabel(slot, slot);
    if (level > 0) {
        // Freed by hnswlib's destructor, which frees the lists of the first cur_element_count nodes with a level above
        // 0.
        const std::size_t bytes = hnsw.size_links_per_element_ * static_cast<std::size_t>(level) + 1;
        auto* lists = static_cast<char*>(std::calloc(bytes, 1));
        if (lists == nullptr) throw std::bad_alloc();
        hnsw.linkLists_[slot] = lists;
    }
    hnsw.element_levels_[slot] = level;
    hnsw.cur_element_count = slot + std::size_t{1};
    hnsw.label_lookup_[slot] = slot;
}

void HnswGraph::restore_links(Slot slot, int layer, std::span<const Slot> links) {
    auto& hnsw = state_->hnsw;
    auto* list = hnsw.get_linklist_at_level(slot, layer);
    hnsw.setListCount(list, static_cast<unsigned short>(links.size()));
    if (!links.empty()) std::memcpy(list + 1, links.data(), links.size_bytes());
}

void HnswGraph::restore_entry(Slot entry) {
    state_->hnsw.enterpoint_node_ = entry;
    state_->hnsw.maxlevel_ = level(entry);
}

}  // namespace audiomuse::index
