#include "audiomuse/features/similar/local_scales.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <unordered_set>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"

namespace audiomuse::features {

namespace {

constexpr std::uint32_t kMagic = 0x534c4d41;  // "AMLS"
constexpr std::uint32_t kVersion = 1;
/// Copies of one recording have no distance: a scale of 0 would make them endlessly far from all.
constexpr float kSmallestScale = 1e-3F;
/// Tracks between two reports.
constexpr std::size_t kLot = 256;

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

}  // namespace

std::optional<float> LocalScales::of(TrackId id) const {
    const auto found = scales_.find(id);
    return found == scales_.end() ? std::nullopt : std::optional(found->second);
}

void LocalScales::sort(std::span<index::Neighbour> neighbours) const {
    struct Scaled {
        float distance;
        index::Neighbour neighbour;
    };
    std::vector<float> scales(neighbours.size());
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < neighbours.size(); ++i) {
        scales[i] = of(TrackId{neighbours[i].id}).value_or(0);
        sum += static_cast<double>(scales[i]);
        count += scales[i] > 0 ? 1 : 0;
    }
    if (count == 0) return;
    const auto mean = static_cast<float>(sum / static_cast<double>(count));
    std::vector<Scaled> order;
    order.reserve(neighbours.size());
    for (std::size_t i = 0; i < neighbours.size(); ++i)
        order.push_back({neighbours[i].distance / std::sqrt(scales[i] > 0 ? scales[i] : mean), neighbours[i]});
    std::ranges::sort(order, [](const Scaled& a, const Scaled& b) {
        return a.distance != b.distance ? a.distance < b.distance : a.neighbour.id < b.neighbour.id;
    });
    std::ranges::transform(order, neighbours.begin(), &Scaled::neighbour);
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
    const std::size_t lots = (missing.size() + kLot - 1) / kLot;
    parallel_for(lots, params.threads, [&](std::size_t lot) {
        const std::size_t end = std::min(missing.size(), (lot + 1) * kLot);
        for (std::size_t i = lot * kLot; i < end; ++i) {
            const std::int64_t id = ids[missing[i]];
            const std::vector<float> vector = index.vector(id);
            if (vector.empty()) continue;  // removed meanwhile
            double sum = 0;
            std::size_t count = 0;
            for (const index::Neighbour& neighbour : index.search(vector, params.neighbours + 1)) {
                if (neighbour.id == id || count == params.neighbours) continue;
                sum += static_cast<double>(neighbour.distance);
                ++count;
            }
            if (count == 0) continue;  // alone
            scales[missing[i]] = std::max(kSmallestScale, static_cast<float>(sum / static_cast<double>(count)));
        }
        done += end - lot * kLot;
        if (report) report(done);
    });
    std::unordered_map<TrackId, float> result;
    result.reserve(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (scales[i] > 0) result.emplace(TrackId{ids[i]}, scales[i]);
    }
    return LocalScales(std::move(result));
}

}  // namespace audiomuse::features
