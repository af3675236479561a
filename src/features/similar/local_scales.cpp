#include "audiomuse/features/similar/local_scales.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <numeric>
#include <unordered_set>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"
#include "hub_balance.h"

namespace audiomuse::features {

namespace {

constexpr std::uint32_t kMagic = 0x534c4d41;  // "AMLS"
constexpr std::uint32_t kVersion = 1;
/// Copies of one recording have no distance: a scale of 0 would make them endlessly far from all.
constexpr float kSmallestScale = 1e-3F;
/// Tracks between two reports.
constexpr std::size_t kLot = 256;
/// Hubs are counted in the lists of this many tracks at most, taken from as many candidates as a search looks at.
constexpr std::size_t kSample = 20'000;
constexpr std::size_t kListLength = 50;
constexpr std::size_t kPool = 4 * kListLength;
/// Of the lists: what a track may stand in, unless that is less than twice the mean.
constexpr double kMostLists = 0.005;

struct Header {
    std::uint32_t magic = kMagic;
    std::uint32_t version = kVersion;
    std::uint64_t count = 0;
};

struct Entry {
    std::int64_t id = 0;
    float scale = 0;
    std::uint32_t unused = 0;  // so that no byte is left to chance
};

/// Calls `body` for [0, count) in lots, and `report` after each.
void in_lots(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& body,
             const std::function<void()>& report) {
    parallel_for((count + kLot - 1) / kLot, threads, [&](std::size_t lot) {
        for (std::size_t i = lot * kLot; i < std::min(count, (lot + 1) * kLot); ++i)
            body(i);
        report();
    });
}

/// What is near to a track, without the track; empty for one that was removed meanwhile.
std::vector<index::Neighbour> nearest(const index::VectorIndex& index, std::int64_t id, std::size_t count) {
    const std::vector<float> vector = index.vector(id);
    if (vector.empty()) return {};
    std::vector<index::Neighbour> found = index.search(vector, count + 1);
    std::erase_if(found, [&](const index::Neighbour& neighbour) { return neighbour.id == id; });
    found.resize(std::min(found.size(), count));
    return found;
}

/// 0 where there is nothing near.
float scale_of(std::span<const index::Neighbour> near) {
    if (near.empty()) return 0;
    double sum = 0;
    for (const index::Neighbour& neighbour : near)
        sum += static_cast<double>(neighbour.distance);
    return std::max(kSmallestScale, static_cast<float>(sum / static_cast<double>(near.size())));
}

/// Places of [0, count), kSample of them at most, evenly and by chance.
std::vector<std::size_t> sample(std::size_t count) {
    std::vector<std::size_t> places(count);
    std::iota(places.begin(), places.end(), std::size_t{0});
    if (count <= kSample) return places;
    Random(1).shuffle(std::span(places));
    places.resize(kSample);
    std::ranges::sort(places);
    return places;
}

/// Lowers the scales of tracks that stand in more lists than they may. `ids` ascending, scale i of id i.
void put_hubs_back(const index::VectorIndex& index, std::span<const std::int64_t> ids, std::vector<float>& scales,
                   unsigned threads, const std::function<void()>& report) {
    const std::vector<std::size_t> asked = sample(ids.size());
    const double mean = static_cast<double>(kListLength * asked.size()) / static_cast<double>(ids.size());
    const double most = std::max(2 * mean, kMostLists * static_cast<double>(asked.size()));
    if (most >= static_cast<double>(asked.size())) return;  // so few tracks that a list holds half of them
    std::vector<std::vector<PoolTrack>> pools(asked.size());
    in_lots(
        asked.size(), threads,
        [&](std::size_t i) {
            for (const index::Neighbour& neighbour : nearest(index, ids[asked[i]], kPool)) {
                const auto at = std::ranges::lower_bound(ids, neighbour.id);
                if (at == ids.end() || *at != neighbour.id) continue;  // came meanwhile
                pools[i].push_back({static_cast<std::uint32_t>(at - ids.begin()), neighbour.distance});
            }
        },
        report);
    std::vector<float> weights(scales.size());
    std::ranges::transform(scales, weights.begin(), [](float scale) { return scale > 0 ? 1 / std::sqrt(scale) : 1; });
    const std::vector<float> before = weights;
    balance(pools, {.length = kListLength, .most = most, .threads = threads}, weights);
    for (std::size_t i = 0; i < scales.size(); ++i) {
        if (weights[i] > before[i]) scales[i] = 1 / (weights[i] * weights[i]);
    }
}

}  // namespace

std::optional<float> LocalScales::of(TrackId id) const {
    const auto found = scales_.find(id);
    return found == scales_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<float> LocalScales::sort(std::span<index::Neighbour> neighbours) const {
    struct Weighed {
        index::Neighbour neighbour;
        float weight;
        float distance() const { return neighbour.distance * weight; }
    };
    std::vector<float> scales(neighbours.size());
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < neighbours.size(); ++i) {
        scales[i] = of(TrackId{neighbours[i].id}).value_or(0);
        sum += static_cast<double>(scales[i]);
        count += scales[i] > 0 ? 1 : 0;
    }
    const float mean = count > 0 ? static_cast<float>(sum / static_cast<double>(count)) : 0;
    std::vector<Weighed> order;
    order.reserve(neighbours.size());
    for (std::size_t i = 0; i < neighbours.size(); ++i)
        order.push_back({neighbours[i], scales[i] > 0 ? std::sqrt(mean / scales[i]) : 1});
    std::ranges::sort(order, [](const Weighed& a, const Weighed& b) {
        return a.distance() != b.distance() ? a.distance() < b.distance() : a.neighbour.id < b.neighbour.id;
    });
    std::ranges::transform(order, neighbours.begin(), &Weighed::neighbour);
    std::vector<float> weights(order.size());
    std::ranges::transform(order, weights.begin(), &Weighed::weight);
    return weights;
}

std::vector<std::byte> LocalScales::image() const {
    std::vector<Entry> entries;
    entries.reserve(scales_.size());
    for (const auto& [id, scale] : scales_)
        entries.push_back({.id = id.value, .scale = scale});
    std::ranges::sort(entries, {}, &Entry::id);
    const Header header{.count = entries.size()};
    std::vector<std::byte> bytes(sizeof header + entries.size() * sizeof(Entry));
    std::memcpy(bytes.data(), &header, sizeof header);
    if (!entries.empty()) std::memcpy(bytes.data() + sizeof header, entries.data(), entries.size() * sizeof(Entry));
    return bytes;
}

LocalScales LocalScales::read(std::span<const std::byte> image) {
    Header header{};
    const auto damaged = [] { return Error(ErrorCode::damaged, "The saved scales of the tracks cannot be read."); };
    if (image.size() < sizeof header) throw damaged();
    std::memcpy(&header, image.data(), sizeof header);
    const std::span<const std::byte> rest = image.subspan(sizeof header);
    if (header.magic != kMagic || header.version != kVersion || rest.size() % sizeof(Entry) != 0 ||
        header.count != rest.size() / sizeof(Entry)) {
        throw damaged();
    }
    std::unordered_map<TrackId, float> scales;
    scales.reserve(header.count);
    for (std::size_t at = 0; at < rest.size(); at += sizeof(Entry)) {
        Entry entry;
        std::memcpy(&entry, rest.data() + at, sizeof entry);
        if (!std::isfinite(entry.scale) || entry.scale <= 0) throw damaged();
        scales.emplace(TrackId{entry.id}, entry.scale);
    }
    return LocalScales(std::move(scales));
}

LocalScales measure_scales(const index::VectorIndex& index, const ScaleParams& params, const LocalScales& known,
                           std::span<const TrackId> changed, const std::function<void(std::size_t)>& report) {
    std::vector<std::int64_t> ids = index.ids();
    std::ranges::sort(ids);
    const std::unordered_set<TrackId> anew(changed.begin(), changed.end());
    std::vector<float> scales(ids.size());
    std::vector<std::size_t> missing;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        const auto old = anew.contains(TrackId{ids[i]}) ? std::nullopt : known.of(TrackId{ids[i]});
        if (old) {
            scales[i] = *old;
        } else {
            missing.push_back(i);
        }
    }
    std::atomic<std::size_t> done = 0;
    const auto tell = [&] {
        if (report) report(done);
    };
    in_lots(
        missing.size(), params.threads,
        [&](std::size_t i) {
            scales[missing[i]] = scale_of(nearest(index, ids[missing[i]], params.neighbours));
            ++done;
        },
        tell);
    if (missing.size() == ids.size()) put_hubs_back(index, ids, scales, params.threads, tell);
    std::unordered_map<TrackId, float> result;
    result.reserve(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (scales[i] > 0) result.emplace(TrackId{ids[i]}, scales[i]);
    }
    return LocalScales(std::move(result));
}

}  // namespace audiomuse::features
