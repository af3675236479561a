#include <algorithm>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "audiomuse/base/error.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/numeric/distance.h"
#include "image.h"

namespace audiomuse::index {
namespace {

// Below this many nodes one pass over all vectors is as fast as the graph, and exact.
constexpr std::size_t kExactNodes = 2000;
// From this share of the nodes on (one in ...) a pass beats a graph search that collects as many.
constexpr std::size_t kExactShare = 16;
// Removed nodes stay in the graph as way-marks until there are this many, and more of them than of the others.
constexpr std::size_t kMinRemovedForRebuild = 1000;

bool nearer(const Neighbour& a, const Neighbour& b) {
    return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
}

float clamp_distance(float distance) {
    return std::clamp(distance, 0.0F, 2.0F);
}

class HnswIndex final : public VectorIndex {
public:
    explicit HnswIndex(Contents contents) : contents_(std::move(contents)) {
        for (Slot slot = 0; slot < contents_.ids.size(); ++slot) {
            if (contents_.alive[slot] != 0) slot_of_[contents_.ids[slot]] = slot;
        }
    }

    std::size_t dimension() const override { return contents_.dimension; }

    std::size_t size() const override {
        const auto lock = lock_for_reading();
        return slot_of_.size();
    }

    bool contains(std::int64_t id) const override {
        const auto lock = lock_for_reading();
        return slot_of_.contains(id);
    }

    void add(std::int64_t id, std::span<const float> vector) override {
        const std::vector<float> unit = to_unit(vector);
        std::lock_guard writer(writer_mutex_);
        rebuild_if_mostly_removed();
        const auto lock = lock_for_writing();
        remove_locked(id);
        const Slot slot = contents_.graph.insert(unit.data());
        contents_.ids.push_back(id);
        contents_.alive.push_back(1);
        slot_of_[id] = slot;
    }

    void remove(std::int64_t id) override {
        std::lock_guard writer(writer_mutex_);
        const auto lock = lock_for_writing();
        remove_locked(id);
    }

    std::vector<float> vector(std::int64_t id) const override {
        const auto lock = lock_for_reading();
        const auto found = slot_of_.find(id);
        if (found == slot_of_.end()) return {};
        const float* begin = contents_.graph.vector(found->second);
        return {begin, begin + dimension()};
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
        const std::vector<float> unit = to_unit(query);
        const auto lock = lock_for_reading();
        std::vector<Neighbour> found;
        const std::size_t nodes = contents_.graph.size();
        k = std::min(k, slot_of_.size());
        if (k == 0) return found;
        // hnswlib knows neither removed nodes nor filters: fetch more until enough remain, and scan when that gets
        // expensive.
        for (std::size_t fetch = std::max(k, contents_.params.ef_search);; fetch *= 4) {
            if (nodes <= kExactNodes || fetch >= nodes / kExactShare) {
                found = scan(unit, filter);
                break;
            }
            const std::vector<GraphHit> hits = contents_.graph.search(unit.data(), fetch);
            found.clear();
            for (const GraphHit& hit : hits) {
                if (!returnable(hit.slot, filter)) continue;
                found.push_back({contents_.ids[hit.slot], clamp_distance(hit.distance)});
            }
            if (found.size() >= k) break;
        }
        const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(k, found.size()));
        std::partial_sort(found.begin(), end, found.end(), nearer);
        found.erase(end, found.end());
        return found;
    }

    Neighbour farthest(std::span<const float> query, std::int64_t except) const override {
        const std::vector<float> unit = to_unit(query);
        const auto lock = lock_for_reading();
        const std::vector<Neighbour> all = scan(unit, [&](std::int64_t id) { return id != except; });
        if (all.empty()) return {};
        return *std::max_element(all.begin(), all.end(), [](const Neighbour& a, const Neighbour& b) {
            return a.distance != b.distance ? a.distance < b.distance : a.id > b.id;  // the lowest id on ties
        });
    }

    void save(const Sink& sink) const override {
        std::lock_guard writer(writer_mutex_);  // readers go on, writers wait
        write_image(contents_, sink);
    }

private:
    std::vector<float> to_unit(std::span<const float> vector) const {
        if (vector.size() != dimension()) {
            throw Error(ErrorCode::invalid_argument, "The index holds vectors of length " +
                                                         std::to_string(dimension()) + ", but one of length " +
                                                         std::to_string(vector.size()) + " was given.");
        }
        std::vector<float> unit(vector.begin(), vector.end());
        if (!numeric::normalise(unit)) {
            throw Error(ErrorCode::invalid_argument,
                        "A vector without a direction (zero or not finite) has no neighbours.");
        }
        return unit;
    }

    // A waiting writer holds the gate, so that a stream of readers cannot keep it out for ever.
    std::shared_lock<std::shared_mutex> lock_for_reading() const {
        std::lock_guard gate(gate_);
        return std::shared_lock(mutex_);
    }
    std::unique_lock<std::shared_mutex> lock_for_writing() {
        std::lock_guard gate(gate_);
        return std::unique_lock(mutex_);
    }

    bool returnable(Slot slot, const Filter& filter) const {
        return contents_.alive[slot] != 0 && (!filter || filter(contents_.ids[slot]));
    }

    std::vector<Neighbour> scan(const std::vector<float>& unit, const Filter& filter) const {
        const numeric::DotFunction dot = numeric::dot_function();
        std::vector<Neighbour> all;
        all.reserve(filter ? 0 : slot_of_.size());
        for (Slot slot = 0; slot < contents_.ids.size(); ++slot) {
            if (!returnable(slot, filter)) continue;
            const float distance = 1.0F - dot(unit.data(), contents_.graph.vector(slot), unit.size());
            all.push_back({contents_.ids[slot], clamp_distance(distance)});
        }
        return all;
    }

    void remove_locked(std::int64_t id) {
        const auto found = slot_of_.find(id);
        if (found == slot_of_.end()) return;
        contents_.alive[found->second] = 0;
        slot_of_.erase(found);
    }

    /// Caller holds writer_mutex_ only: nothing else changes the contents, and readers go on meanwhile.
    void rebuild_if_mostly_removed() {
        const std::size_t removed = contents_.ids.size() - slot_of_.size();
        if (removed < kMinRemovedForRebuild || removed <= slot_of_.size()) return;
        Contents next{contents_.dimension, contents_.params, HnswGraph(contents_.dimension, contents_.params), {}, {}};
        std::unordered_map<std::int64_t, Slot> next_slots;
        for (Slot slot = 0; slot < contents_.ids.size(); ++slot) {
            if (contents_.alive[slot] == 0) continue;
            next_slots[contents_.ids[slot]] = next.graph.insert(contents_.graph.vector(slot));
            next.ids.push_back(contents_.ids[slot]);
            next.alive.push_back(1);
        }
        const auto lock = lock_for_writing();
        contents_ = std::move(next);
        slot_of_ = std::move(next_slots);
    }

    mutable std::mutex writer_mutex_;  // one add, remove or save at a time; taken before the others
    mutable std::mutex gate_;          // order of arrival at mutex_
    mutable std::shared_mutex mutex_;  // guards contents_ and slot_of_ against readers during a change
    Contents contents_;
    std::unordered_map<std::int64_t, Slot> slot_of_;  // of the nodes that are alive
};

}  // namespace

std::unique_ptr<VectorIndex> create_index(std::size_t dimension, const IndexParams& params) {
    if (dimension == 0) throw Error(ErrorCode::invalid_argument, "An index needs vectors of at least one number.");
    return std::make_unique<HnswIndex>(Contents{dimension, params, HnswGraph(dimension, params), {}, {}});
}

std::unique_ptr<VectorIndex> load_index(std::span<const std::byte> image) {
    return std::make_unique<HnswIndex>(read_image(image));
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
