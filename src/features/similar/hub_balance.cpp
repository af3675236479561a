#include "hub_balance.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "audiomuse/base/parallel.h"

namespace audiomuse::features {

namespace {

constexpr int kRounds = 60;
constexpr double kNearEnough = 1.05;
/// A step is a share of what lies between the last of a list and the last of its pool; steps become smaller.
constexpr double kFirstStep = 0.5;
constexpr double kDecay = 0.93;
constexpr float kSmallestDistance = 1e-4F;
constexpr std::size_t kListsPerLot = 256;  // lists made by one thread at a time

using Counts = std::vector<std::atomic<std::uint32_t>>;

float nth_distance(const std::vector<PoolTrack>& pool, std::size_t n) {
    std::vector<float> distances;
    distances.reserve(pool.size());
    for (const PoolTrack& candidate : pool)
        distances.push_back(candidate.distance);
    std::nth_element(distances.begin(), distances.begin() + static_cast<std::ptrdiff_t>(n), distances.end());
    return std::max(kSmallestDistance, distances[n]);
}

/// The mean logarithm of the ratio between the distances of the last of a pool and the last of its list.
double room(std::span<const std::vector<PoolTrack>> pools, std::size_t length) {
    double sum = 0;
    for (const std::vector<PoolTrack>& pool : pools) {
        if (pool.size() <= length) continue;
        sum += std::log(static_cast<double>(nth_distance(pool, pool.size() - 1) / nth_distance(pool, length - 1)));
    }
    return pools.empty() ? 0 : sum / static_cast<double>(pools.size());
}

void count(std::span<const std::vector<PoolTrack>> pools, const BalanceParams& params,
           const std::vector<float>& weights, Counts& counts) {
    for (auto& each : counts)
        each = 0;
    parallel_for((pools.size() + kListsPerLot - 1) / kListsPerLot, params.threads, [&](std::size_t lot) {
        std::vector<PoolTrack> weighed;
        for (std::size_t i = lot * kListsPerLot; i < std::min(pools.size(), (lot + 1) * kListsPerLot); ++i) {
            weighed = pools[i];
            for (PoolTrack& candidate : weighed)
                candidate.distance *= weights[candidate.track];
            const std::size_t length = std::min(params.length, weighed.size());
            const auto end = weighed.begin() + static_cast<std::ptrdiff_t>(length);
            if (end != weighed.end()) std::ranges::nth_element(weighed, end, {}, &PoolTrack::distance);
            for (auto at = weighed.begin(); at != end; ++at)
                counts[at->track].fetch_add(1, std::memory_order_relaxed);
        }
    });
}

}  // namespace

void balance(std::span<const std::vector<PoolTrack>> pools, const BalanceParams& params, std::vector<float>& weights) {
    if (params.length == 0) return;
    const std::vector<float> given = weights;
    Counts counts(weights.size());
    double step = kFirstStep * room(pools, params.length);
    for (int round = 0; round < kRounds && step > 0; ++round, step *= kDecay) {
        count(pools, params, weights, counts);
        std::uint32_t greatest = 0;
        for (const auto& each : counts)
            greatest = std::max(greatest, each.load());
        if (greatest <= kNearEnough * params.most) return;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const double lists = counts[i];
            if (lists <= params.most && weights[i] <= given[i]) continue;
            const double factor = std::exp(step * std::log((lists + 1) / params.most));
            weights[i] = std::max(given[i], weights[i] * static_cast<float>(factor));
        }
    }
}

}  // namespace audiomuse::features
