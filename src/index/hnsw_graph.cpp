#include "hnsw_graph.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"

namespace audiomuse::index {
namespace {

constexpr std::size_t kAhead = 4;  // vectors asked for before they are needed; measured
// Nodes that a walk through the upper layers keeps. The paper keeps one, which ends in the wrong cluster where clusters
// are far apart.
constexpr std::size_t kBeam = 16;
// A level of 30 has a chance of M^-30; what claims more was not written by us.
constexpr int kMaxLevel = 30;

/// Which nodes a search has seen. A search sees a few thousand: a small table stays in the cache, where a mark for
/// every node would not.
class VisitedSet {
public:
    explicit VisitedSet(std::size_t expected)
        : bits_(std::bit_width(expected)), table_(std::size_t{1} << bits_, kFree) {}

    /// False when it was inside before.
    bool insert(Slot slot) {
        std::size_t at = home(slot);
        for (; table_[at] != kFree; at = (at + 1) & (table_.size() - 1)) {
            if (table_[at] == slot) return false;
        }
        table_[at] = slot;
        if (++size_ * 2 > table_.size()) grow();
        return true;
    }

private:
    static constexpr Slot kFree = std::numeric_limits<Slot>::max();

    std::size_t home(Slot slot) const { return slot * 0x9E3779B1U >> (32 - bits_); }  // Fibonacci hashing
    void grow() {
        std::vector<Slot> old(table_.size() * 4, kFree);
        old.swap(table_);
        bits_ += 2;
        for (const Slot slot : old) {
            if (slot == kFree) continue;
            std::size_t at = home(slot);
            while (table_[at] != kFree)
                at = (at + 1) & (table_.size() - 1);
            table_[at] = slot;
        }
    }

    int bits_;
    std::vector<Slot> table_;
    std::size_t size_ = 0;
};

}  // namespace

HnswGraph::HnswGraph(std::size_t dimension, const IndexParams& params)
    : params_(params),
      vectors_(dimension, params.metric, params.storage),
      lowest_((1 + most_links(0)) * sizeof(Slot)),
      upper_((1 + most_links(1)) * sizeof(Slot)) {}

std::size_t HnswGraph::memory_bytes() const {
    return vectors_.memory_bytes() + lowest_.memory_bytes() + upper_.memory_bytes() + levels_.capacity() +
           first_upper_.capacity() * sizeof(Slot);
}

// The search asks for the next vectors before it needs them: it would wait for memory most of the time.
std::vector<GraphHit> HnswGraph::search_layer(const std::byte* query, std::span<const GraphHit> from, int layer,
                                              const Search& search) const {
    std::vector<GraphHit> nearest;  // of the accepted; a heap, the farthest first; at most `count`
    std::vector<GraphHit> ahead(from.begin(), from.end());  // a heap, the nearest first: whose links are to be followed
    VisitedSet visited(2 * params_.M * std::max(search.count, from.size()));
    std::vector<Slot> fresh;
    nearest.reserve(search.count + 1);
    const auto keep = [&](const GraphHit& hit) {
        if (search.accept && !search.accept(hit.slot)) return;
        nearest.push_back(hit);
        std::push_heap(nearest.begin(), nearest.end());
        if (nearest.size() <= search.count) return;
        std::pop_heap(nearest.begin(), nearest.end());
        nearest.pop_back();
    };
    for (const GraphHit& hit : from) {
        visited.insert(hit.slot);
        keep(hit);
    }
    std::make_heap(ahead.begin(), ahead.end(), std::greater<>());
    std::size_t visits = from.size();
    while (!ahead.empty() && (nearest.size() < search.count || ahead.front() < nearest.front())) {
        std::pop_heap(ahead.begin(), ahead.end(), std::greater<>());
        const Slot slot = ahead.back().slot;
        ahead.pop_back();
        if (!ahead.empty()) __builtin_prefetch(links(ahead.front().slot, layer).data());
        fresh.clear();
        for (const Slot link : links(slot, layer)) {
            if (visited.insert(link)) fresh.push_back(link);
        }
        visits += fresh.size();
        if (search.visits != 0 && visits > search.visits) return {};
        for (std::size_t i = 0; i < std::min(kAhead, fresh.size()); ++i)
            vectors_.prefetch(fresh[i]);
        for (std::size_t i = 0; i < fresh.size(); ++i) {
            if (i + kAhead < fresh.size()) vectors_.prefetch(fresh[i + kAhead]);
            const GraphHit hit{vectors_.rough_distance(query, vectors_.rough(fresh[i])), fresh[i]};
            if (nearest.size() >= search.count && !(hit < nearest.front())) continue;
            ahead.push_back(hit);
            std::push_heap(ahead.begin(), ahead.end(), std::greater<>());
            keep(hit);
        }
    }
    return nearest;
}

std::vector<GraphHit> HnswGraph::approach(const std::byte* query, int layer) const {
    std::vector<GraphHit> hits = {{vectors_.rough_distance(query, vectors_.rough(entry_)), entry_}};
    for (int above = top(); above > layer; --above)
        hits = search_layer(query, hits, above, {.count = kBeam, .visits = 0, .accept = {}});
    return hits;
}

std::vector<GraphHit> HnswGraph::search(const std::byte* query, const Search& search) const {
    if (size() == 0 || search.count == 0) return {};
    return search_layer(query, approach(query, 0), 0, search);
}

std::uint8_t HnswGraph::draw_level(Slot slot) const {
    // Of the seed and the node's number alone, so that a loaded index grows as the saved one would have.
    const double uniform = 1 - Random::for_task(params_.seed, slot).uniform();
    const double level = -std::log(uniform) / std::log(static_cast<double>(params_.M));
    return static_cast<std::uint8_t>(std::min(level, static_cast<double>(kMaxLevel)));
}

void HnswGraph::set_links(Slot slot, int layer, std::span<const Slot> links) {
    auto* row = reinterpret_cast<Slot*>(layer == 0 ? lowest_[slot] : upper_[upper_row(slot, layer)]);
    row[0] = static_cast<Slot>(links.size());
    std::copy(links.begin(), links.end(), row + 1);
}

void HnswGraph::apply(InsertPlan plan) {
    const int old_top = top();
    int highest = old_top;
    Slot entry = entry_;
    std::size_t upper_rows = upper_.size();
    for (std::size_t i = 0; i < plan.vectors.size(); ++i) {
        if (plan.levels[i] > highest) {
            highest = plan.levels[i];
            entry = static_cast<Slot>(size());
        }
        vectors_.append(plan.vectors[i]);
        levels_.push_back(plan.levels[i]);
        first_upper_.push_back(static_cast<Slot>(upper_rows));
        upper_rows += plan.levels[i];
    }
    lowest_.grow(size());
    upper_.grow(upper_rows);
    entry_ = entry;
    for (const InsertPlan::Links& change : plan.links)
        set_links(change.slot, change.layer, change.links);
}

std::array<RowBlocks*, 4> HnswGraph::restore_begin(std::vector<std::uint8_t> levels, Slot entry) {
    levels_ = std::move(levels);
    entry_ = entry;
    first_upper_.resize(levels_.size());
    std::size_t upper_rows = 0;
    for (std::size_t slot = 0; slot < levels_.size(); ++slot) {
        first_upper_[slot] = static_cast<Slot>(upper_rows);
        upper_rows += levels_[slot];
    }
    lowest_.grow(levels_.size());
    upper_.grow(upper_rows);
    vectors_.rough_rows().grow(levels_.size());
    vectors_.rest_rows().grow(levels_.size());
    return {&vectors_.rough_rows(), &vectors_.rest_rows(), &lowest_, &upper_};
}

const char* HnswGraph::restore_end(unsigned threads) const {
    constexpr std::size_t kLot = 4096;
    std::vector<const char*> wrong((levels_.size() + kLot - 1) / kLot);
    parallel_for(wrong.size(), threads, [&](std::size_t lot) {
        const std::size_t end = std::min(levels_.size(), (lot + 1) * kLot);
        for (std::size_t slot = lot * kLot; slot < end && wrong[lot] == nullptr; ++slot)
            wrong[lot] = wrong_with(static_cast<Slot>(slot));
    });
    const auto first = std::ranges::find_if(wrong, [](const char* what) { return what != nullptr; });
    return first == wrong.end() ? nullptr : *first;
}

const char* HnswGraph::wrong_with(Slot slot) const {
    const int level = levels_[slot];
    // Searches descend from the entry through all layers that any node has.
    if (level > kMaxLevel || level > top()) return "impossible node";
    if (!vectors_.plausible(slot)) return "impossible vector";
    for (int layer = 0; layer <= level; ++layer) {
        if (*reinterpret_cast<const Slot*>(layer == 0 ? lowest_[slot] : upper_[upper_row(slot, layer)]) >
            most_links(layer)) {
            return "too many links";
        }
        for (const Slot link : links(slot, layer)) {
            if (link >= levels_.size() || link == slot || levels_[link] < layer) return "impossible link";
        }
    }
    return nullptr;
}

}  // namespace audiomuse::index
