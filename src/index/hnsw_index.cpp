#include <algorithm>
#include <functional>
#include <mutex>
#include <numeric>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>

#include "audiomuse/base/error.h"
#include "audiomuse/index/vector_index.h"
#include "image.h"
#include "slot_map.h"

namespace audiomuse::index {
namespace {

// Below this many nodes one pass over all vectors is as fast as the graph, and exact.
constexpr std::size_t kExactNodes = 2000;
// From this share of the nodes on (one in ...) a pass beats a graph search that collects as many.
constexpr std::size_t kExactShare = 16;
// A graph search that has seen this share of the nodes (one in ...) and not enough that pass is given up for a pass.
constexpr std::size_t kVisitShare = 8;
// Nodes a filter is tried on, to tell whether what passes is rare.
constexpr std::size_t kSample = 256;
// Removed nodes stay in the graph as way-marks until there are this many, and more of them than of the others.
constexpr std::size_t kMinRemovedForRebuild = 1000;

bool nearer(const Neighbour& a, const Neighbour& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
}

/// Where each id occurs last, in order.
std::vector<std::size_t> last_of_each(std::span<const std::int64_t> ids) {
    std::vector<std::size_t> places(ids.size());
    std::iota(places.begin(), places.end(), std::size_t{0});
    if (ids.size() < 2) return places;
    std::sort(places.begin(), places.end(),
              [&](std::size_t a, std::size_t b) { return ids[a] != ids[b] ? ids[a] < ids[b] : a > b; });
    places.erase(
        std::unique(places.begin(), places.end(), [&](std::size_t a, std::size_t b) { return ids[a] == ids[b]; }),
        places.end());
    std::sort(places.begin(), places.end());
    return places;
}

class HnswIndex final : public VectorIndex {
public:
    /// Throws Error(damaged) when an id occurs twice.
    explicit HnswIndex(Contents contents)
        : params_(contents.params),
          coder_(contents.dimension, params_.metric, params_.storage),
          contents_(std::move(contents)) {
        for (Slot slot = 0; slot < contents_.ids.size(); ++slot) {
            if (contents_.alive[slot] == 0) continue;
            if (slot_of_.find(contents_.ids[slot], contents_.ids)) {
                throw Error(ErrorCode::damaged,
                            "The saved index is damaged (an id occurs twice) and has to be built again.");
            }
            slot_of_.insert(slot, contents_.ids);
        }
    }

    std::size_t dimension() const override { return coder_.dimension(); }
    const IndexParams& params() const override { return params_; }

    std::size_t size() const override {
        const auto lock = lock_for_reading();
        return slot_of_.size();
    }

    bool contains(std::int64_t id) const override {
        const auto lock = lock_for_reading();
        return find(id).has_value();
    }

    void add(std::int64_t id, std::span<const float> vector) override { add_many(std::span(&id, 1), vector, 1); }

    void add_many(std::span<const std::int64_t> ids, std::span<const float> rows, unsigned threads) override {
        const std::size_t length = dimension();
        if (rows.size() != ids.size() * length) {
            throw Error(ErrorCode::invalid_argument, "The index holds vectors of length " + std::to_string(length) +
                                                         ", but " + std::to_string(ids.size()) + " of " +
                                                         std::to_string(rows.size()) + " numbers were given.");
        }
        const auto row = [&](std::size_t i) { return rows.subspan(i * length, length); };
        for (std::size_t i = 0; i < ids.size(); ++i)
            coder_.check(row(i));
        const std::vector<std::size_t> wanted = last_of_each(ids);

        std::lock_guard writer(writer_mutex_);
        rebuild_if_mostly_removed(threads);
        std::vector<StoredVector> batch;
        std::vector<std::int64_t> batch_ids;
        for (const std::size_t i : wanted) {
            StoredVector vector = coder_.encode(row(i));
            if (const auto slot = find(ids[i]); slot && contents_.graph.vectors().equal(*slot, vector)) continue;
            batch.push_back(std::move(vector));
            batch_ids.push_back(ids[i]);
            if (batch.size() < contents_.graph.batch_size()) continue;
            insert(std::exchange(batch, {}), batch_ids, threads);
            batch_ids.clear();
        }
        if (!batch.empty()) insert(std::move(batch), batch_ids, threads);
    }

    void remove(std::int64_t id) override {
        std::lock_guard writer(writer_mutex_);
        const auto lock = lock_for_writing();
        remove_locked(id);
    }

    std::vector<float> vector(std::int64_t id) const override {
        const auto lock = lock_for_reading();
        const auto slot = find(id);
        return slot ? contents_.graph.vectors().decode(*slot) : std::vector<float>();
    }

    std::vector<std::int64_t> ids() const override {
        const auto lock = lock_for_reading();
        std::vector<std::int64_t> all;
        all.reserve(slot_of_.size());
        for (Slot slot = 0; slot < contents_.ids.size(); ++slot) {
            if (contents_.alive[slot] != 0) all.push_back(contents_.ids[slot]);
        }
        std::sort(all.begin(), all.end());
        return all;
    }

    std::vector<Neighbour> search(std::span<const float> query, std::size_t k, const Filter& filter) const override {
        const StoredVector stored = coder_.encode(query);
        const auto lock = lock_for_reading();
        k = std::min(k, slot_of_.size());
        if (k == 0) return {};
        std::vector<GraphHit> hits = search_graph(stored, k, filter);
        if (hits.size() < k) hits = scan(stored, std::max(kExactNodes, 4 * k), filter, std::less<>());
        std::vector<Neighbour> found = rank(stored, hits);
        const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(k, found.size()));
        std::partial_sort(found.begin(), end, found.end(), nearer);
        found.erase(end, found.end());
        return found;
    }

    Neighbour farthest(std::span<const float> query, std::int64_t except) const override {
        const StoredVector stored = coder_.encode(query);
        const auto lock = lock_for_reading();
        const std::vector<GraphHit> hits = scan(
            stored, kExactNodes, [&](std::int64_t id) { return id != except; }, std::greater<>());
        const std::vector<Neighbour> all = rank(stored, hits);
        if (all.empty()) return {};
        return *std::max_element(all.begin(), all.end(), [](const Neighbour& a, const Neighbour& b) {
            return a.distance != b.distance ? a.distance < b.distance : a.id > b.id;  // the lowest id on ties
        });
    }

    std::size_t memory_bytes() const override {
        const auto lock = lock_for_reading();
        return contents_.graph.memory_bytes() + contents_.ids.capacity() * sizeof(std::int64_t) +
               contents_.alive.capacity() + slot_of_.memory_bytes();
    }

    void save(const Sink& sink) const override {
        std::lock_guard writer(writer_mutex_);  // readers go on, writers wait
        write_image(contents_, sink);
    }

private:
    // A waiting writer holds the gate, so that a stream of readers cannot keep it out for ever.
    std::shared_lock<std::shared_mutex> lock_for_reading() const {
        std::lock_guard gate(gate_);
        return std::shared_lock(mutex_);
    }
    std::unique_lock<std::shared_mutex> lock_for_writing() {
        std::lock_guard gate(gate_);
        return std::unique_lock(mutex_);
    }

    std::optional<Slot> find(std::int64_t id) const { return slot_of_.find(id, contents_.ids); }

    bool returnable(Slot slot, const Filter& filter) const {
        return contents_.alive[slot] != 0 && (!filter || filter(contents_.ids[slot]));
    }

    /// At least k of the nearest, or fewer than k where a scan is the better way.
    std::vector<GraphHit> search_graph(const StoredVector& query, std::size_t k, const Filter& filter) const {
        const std::size_t nodes = contents_.graph.size();
        HnswGraph::Search search;
        search.count = std::max(params_.ef_search, 2 * k);
        if (nodes <= kExactNodes || search.count >= nodes / kExactShare) return {};
        if (filter) {
            // What passes is rare or lies elsewhere: a walk would find that out by seeing most of the graph.
            std::size_t passing = 0;
            for (std::size_t i = 0; i < kSample; ++i) {
                if (returnable(static_cast<Slot>(i * nodes / kSample), filter)) ++passing;
            }
            if (passing * (nodes / kExactShare) < search.count * kSample) return {};
        }
        if (filter || slot_of_.size() < nodes) {
            search.visits = nodes / kVisitShare;
            search.accept = [&](Slot slot) { return returnable(slot, filter); };
        }
        return contents_.graph.search(query.rough.data(), search);
    }

    /// One pass over all vectors that may be returned; the `count` first of them by `order` of their rough distances.
    template <class Order>
    std::vector<GraphHit> scan(const StoredVector& query, std::size_t count, const Filter& filter, Order order) const {
        const Vectors& vectors = contents_.graph.vectors();
        std::vector<GraphHit> hits;
        for (Slot slot = 0; slot < contents_.ids.size(); ++slot) {
            if (returnable(slot, filter))
                hits.push_back({vectors.rough_distance(query.rough.data(), vectors.rough(slot)), slot});
        }
        if (hits.size() <= count) return hits;
        std::nth_element(hits.begin(), hits.begin() + static_cast<std::ptrdiff_t>(count), hits.end(), order);
        hits.resize(count);
        return hits;
    }

    std::vector<Neighbour> rank(const StoredVector& query, std::span<const GraphHit> hits) const {
        std::vector<Neighbour> found;
        found.reserve(hits.size());
        for (const GraphHit& hit : hits)
            contents_.graph.vectors().prefetch_rest(hit.slot);
        for (const GraphHit& hit : hits)
            found.push_back({contents_.ids[hit.slot], contents_.graph.vectors().distance(query, hit.slot)});
        return found;
    }

    void remove_locked(std::int64_t id) {
        const auto slot = find(id);
        if (!slot) return;
        contents_.alive[*slot] = 0;
        slot_of_.erase(id, contents_.ids);
    }

    /// Caller holds writer_mutex_: what will change is found out beside readers.
    void insert(std::vector<StoredVector> batch, const std::vector<std::int64_t>& ids, unsigned threads) {
        InsertPlan plan = contents_.graph.plan(std::move(batch), threads);
        const auto lock = lock_for_writing();
        contents_.graph.apply(std::move(plan));
        for (const std::int64_t id : ids) {
            remove_locked(id);
            contents_.ids.push_back(id);
            contents_.alive.push_back(1);
            slot_of_.insert(static_cast<Slot>(contents_.ids.size() - 1), contents_.ids);
        }
    }

    /// Caller holds writer_mutex_ only: nothing else changes the contents, and readers go on meanwhile.
    void rebuild_if_mostly_removed(unsigned threads) {
        const std::size_t removed = contents_.ids.size() - slot_of_.size();
        if (removed < kMinRemovedForRebuild || removed <= slot_of_.size()) return;
        Contents next{dimension(), params_, HnswGraph(dimension(), params_), {}, {}};
        SlotMap next_slots;
        std::vector<StoredVector> batch;
        for (Slot slot = 0; slot < contents_.ids.size(); ++slot) {
            if (contents_.alive[slot] == 0) continue;
            next.ids.push_back(contents_.ids[slot]);
            next.alive.push_back(1);
            next_slots.insert(static_cast<Slot>(next.ids.size() - 1), next.ids);
            batch.push_back(contents_.graph.vectors().stored(slot));
            if (batch.size() >= next.graph.batch_size() || next.ids.size() == slot_of_.size()) {
                next.graph.apply(next.graph.plan(std::exchange(batch, {}), threads));
            }
        }
        const auto lock = lock_for_writing();
        contents_ = std::move(next);
        slot_of_ = std::move(next_slots);
    }

    const IndexParams params_;
    const Vectors coder_;              // holds none: makes stored vectors
    mutable std::mutex writer_mutex_;  // one add, remove or save at a time; taken before the others
    mutable std::mutex gate_;          // order of arrival at mutex_
    mutable std::shared_mutex mutex_;  // guards contents_ and slot_of_ against readers during a change
    Contents contents_;
    SlotMap slot_of_;  // of the nodes that are alive
};

}  // namespace

std::unique_ptr<VectorIndex> create_index(std::size_t dimension, const IndexParams& params) {
    if (dimension == 0) throw Error(ErrorCode::invalid_argument, "An index needs vectors of at least one number.");
    return std::make_unique<HnswIndex>(Contents{dimension, params, HnswGraph(dimension, params), {}, {}});
}

std::unique_ptr<VectorIndex> load_index(std::span<const std::byte> image, std::size_t ef_search, unsigned threads) {
    Contents contents = read_image(image, threads);
    if (ef_search != 0) contents.params.ef_search = ef_search;
    return std::make_unique<HnswIndex>(std::move(contents));
}

std::shared_ptr<VectorIndex> LiveIndex::get() const {
    std::lock_guard lock(mutex_);
    return index_;
}

void LiveIndex::swap(std::shared_ptr<VectorIndex> next) {
    std::lock_guard lock(mutex_);
    index_.swap(next);
}

}  // namespace audiomuse::index
