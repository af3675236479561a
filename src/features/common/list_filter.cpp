#include "audiomuse/features/common/list_filter.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"
#include "audiomuse/numeric/distance.h"

namespace audiomuse::features {

namespace {

/// Ids are given in order, so a bit for each is small; a library of odd ids is searched instead.
constexpr std::int64_t kMostBits = std::int64_t{1} << 28;

std::vector<TrackId> sorted(std::span<const TrackId> ids) {
    std::vector<TrackId> result(ids.begin(), ids.end());
    std::ranges::sort(result);
    result.erase(std::unique(result.begin(), result.end()), result.end());
    return result;
}

}  // namespace

ListFilter default_filter(const settings::Settings& settings, UserId listener) {
    return {.criteria = {.listener = listener},
            .max_songs_per_artist = static_cast<int>(settings.max_songs_per_artist),
            .duplicate_distance = settings.duplicate_distance,
            .duplicate_lookback = static_cast<int>(settings.duplicate_lookback)};
}

void leave_out_hidden(store::Store& store, ListFilter& filter) {
    for (std::string& name : store.history().hidden_artists(filter.criteria.listener))
        filter.criteria.artists_not.push_back(std::move(name));
}

struct AllowedTracks::State {
    bool listed = false;            // ids are those that are allowed; else those that are not
    std::vector<TrackId> ids = {};  // ascending
    std::vector<bool> bits = {};    // the same by id; empty when ids are too large

    State(bool is_listed, std::vector<TrackId> of) : listed(is_listed), ids(std::move(of)) {
        if (ids.empty() || ids.front().value < 0 || ids.back().value >= kMostBits) return;
        bits.resize(static_cast<std::size_t>(ids.back().value) + 1);
        for (const TrackId id : ids)
            bits[static_cast<std::size_t>(id.value)] = true;
    }
    bool names(TrackId id) const {
        if (bits.empty()) return std::ranges::binary_search(ids, id);
        return id.value >= 0 && static_cast<std::size_t>(id.value) < bits.size() &&
               bits[static_cast<std::size_t>(id.value)];
    }
};

AllowedTracks::AllowedTracks(std::vector<TrackId> ids, std::span<const TrackId> except) {
    if (!except.empty()) {
        const std::vector<TrackId> unwanted = sorted(except);
        std::erase_if(ids, [&](TrackId id) { return std::ranges::binary_search(unwanted, id); });
    }
    state_ = std::make_shared<const State>(true, std::move(ids));
}

AllowedTracks AllowedTracks::all_but(std::span<const TrackId> except) {
    AllowedTracks allowed;
    if (!except.empty()) allowed.state_ = std::make_shared<const State>(false, sorted(except));
    return allowed;
}

std::optional<std::span<const TrackId>> AllowedTracks::listed() const {
    if (!state_ || !state_->listed) return std::nullopt;
    return std::span<const TrackId>(state_->ids);
}

bool AllowedTracks::operator()(TrackId id) const {
    return !state_ || state_->names(id) == state_->listed;
}

std::function<bool(std::int64_t)> AllowedTracks::index_filter() const {
    if (everything()) return {};
    return [allowed = *this](std::int64_t id) { return allowed(TrackId{id}); };
}

AllowedTracks allowed_tracks(store::Store& store, const ListFilter& filter) {
    if (filter.criteria.open()) return AllowedTracks::all_but(filter.except);
    return {store.tracks().matching(filter.criteria), filter.except};
}

std::vector<index::Neighbour> nearest_allowed(const index::VectorIndex& index, std::span<const float> query,
                                              std::size_t k, const AllowedTracks& allowed) {
    constexpr std::size_t kFew = 1000;
    const auto listed = allowed.listed();
    if (!listed || listed->size() > kFew) return index.search(query, k, allowed.index_filter());
    std::vector<float> unit(query.begin(), query.end());
    if (unit.size() != index.dimension() || !numeric::normalise(unit)) {
        throw Error(ErrorCode::invalid_argument, "The place to look around is no vector of the index's length.");
    }
    std::vector<index::Neighbour> found;
    found.reserve(listed->size());
    for (const TrackId id : *listed) {
        const std::vector<float> vector = index.vector(id.value);
        if (!vector.empty()) found.push_back({id.value, index::distance(index.params().metric, unit, vector)});
    }
    std::ranges::sort(found, [](const index::Neighbour& a, const index::Neighbour& b) {
        return a.distance != b.distance ? a.distance < b.distance : a.id < b.id;
    });
    found.resize(std::min(found.size(), k));
    return found;
}

std::size_t variance_pool(std::size_t n, double variance) {
    constexpr double kWidest = 3;  // at variance 1 a quarter of the candidates is taken
    return n + static_cast<std::size_t>(std::ceil(kWidest * std::clamp(variance, 0.0, 1.0) * static_cast<double>(n)));
}

std::vector<std::size_t> vary(std::span<const TrackId> ranked, std::size_t n, double variance, std::uint64_t seed) {
    ranked = ranked.first(std::min(ranked.size(), variance_pool(n, variance)));
    std::vector<std::size_t> order(ranked.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (ranked.size() <= n) return order;
    // The keys of Efraimidis and Spirakis, u^(1/w), by their logarithms; the n greatest are taken.
    std::vector<double> keys(ranked.size());
    for (std::size_t rank = 0; rank < ranked.size(); ++rank) {
        const double chance = Random::for_task(seed, static_cast<std::uint64_t>(ranked[rank].value)).uniform();
        const double weight = 1 / (1 + static_cast<double>(rank) / static_cast<double>(n));
        keys[rank] = std::log(std::max(chance, 1e-300)) / weight;
    }
    std::ranges::sort(order,
                      [&](std::size_t a, std::size_t b) { return keys[a] != keys[b] ? keys[a] > keys[b] : a < b; });
    order.resize(n);
    std::ranges::sort(order);
    return order;
}

}  // namespace audiomuse::features
