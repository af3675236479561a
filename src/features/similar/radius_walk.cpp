#include "radius_walk.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "audiomuse/features/common/acceptors.h"
#include "audiomuse/numeric/distance.h"

namespace audiomuse::features {
namespace {

constexpr float kStepWeight = 0.7F;
constexpr float kSeedWeight = 0.3F;

float weighed(const WalkCandidate& candidate) {
    return candidate.weight * candidate.distance;
}

/// The limits that hold for the whole list.
class Caps {
public:
    explicit Caps(const WalkParams& params)
        : artists_(params.max_songs_per_artist), albums_(params.max_songs_per_album) {}
    bool may_take(const WalkCandidate& candidate) const {
        return artists_.may_take(candidate.artist) && albums_.may_take(candidate.album);
    }
    void take(const WalkCandidate& candidate) {
        artists_.take(candidate.artist);
        albums_.take(candidate.album);
    }

private:
    ArtistCap<std::uint64_t> artists_;
    ArtistCap<std::uint64_t> albums_;
};

/// How many of the candidates are within reach.
std::size_t count_within_reach(std::span<const WalkCandidate> candidates, const WalkParams& params) {
    Caps caps(params);
    std::size_t taken = 0;
    for (const WalkCandidate& candidate : candidates) {
        if (!caps.may_take(candidate)) continue;
        caps.take(candidate);
        if (++taken < params.n) continue;
        const float farthest = params.reach * weighed(candidate);
        const auto end = std::partition_point(candidates.begin(), candidates.end(),
                                              [&](const WalkCandidate& other) { return weighed(other) <= farthest; });
        return static_cast<std::size_t>(end - candidates.begin());
    }
    return candidates.size();
}

/// Swaps the third of three tracks in a row by one artist with the next later track of another artist.
void break_triples(std::span<const WalkCandidate> candidates, std::vector<std::size_t>& order) {
    for (std::size_t i = 0; i + 2 < order.size(); ++i) {
        const std::uint64_t artist = candidates[order[i]].artist;
        if (artist == 0 || candidates[order[i + 1]].artist != artist || candidates[order[i + 2]].artist != artist) {
            continue;
        }
        const auto third = order.begin() + static_cast<std::ptrdiff_t>(i) + 2;
        const auto other = std::find_if(third + 1, order.end(),
                                        [&](std::size_t candidate) { return candidates[candidate].artist != artist; });
        if (other != order.end()) std::iter_swap(third, other);
    }
}

}  // namespace

std::vector<std::size_t> radius_walk(std::span<const WalkCandidate> candidates, const WalkParams& params) {
    candidates = candidates.first(count_within_reach(candidates, params));
    std::vector<std::size_t> order;
    std::vector<bool> used(candidates.size());
    Caps caps(params);

    const auto walk_bucket = [&](std::size_t begin, std::size_t end, int per_artist) {
        ArtistCap<std::uint64_t> in_bucket(per_artist);
        while (order.size() < params.n) {
            std::size_t best = end;
            float lowest = std::numeric_limits<float>::infinity();
            for (std::size_t i = begin; i < end; ++i) {
                const WalkCandidate& candidate = candidates[i];
                if (used[i] || !in_bucket.may_take(candidate.artist) || !caps.may_take(candidate)) continue;
                float cost = kSeedWeight * weighed(candidate);
                if (!order.empty()) {
                    const auto& last = candidates[order.back()].vector;
                    cost += kStepWeight * candidate.weight * numeric::unit_cosine_distance(candidate.vector, last);
                }
                if (cost < lowest) {
                    lowest = cost;
                    best = i;
                }
            }
            if (best == end) return;
            used[best] = true;
            in_bucket.take(candidates[best].artist);
            caps.take(candidates[best]);
            order.push_back(best);
        }
    };

    const int first_round_cap = params.max_songs_per_artist > 0 ? 1 : 0;
    for (const int per_artist : {first_round_cap, 0}) {
        for (std::size_t begin = 0; begin < candidates.size() && order.size() < params.n; begin += params.bucket) {
            walk_bucket(begin, std::min(candidates.size(), begin + params.bucket), per_artist);
        }
    }
    break_triples(candidates, order);
    return order;
}

}  // namespace audiomuse::features
