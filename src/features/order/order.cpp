#include "audiomuse/features/order/order.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "audiomuse/base/error.h"
#include "audiomuse/numeric/distance.h"
#include "improve.h"

namespace audiomuse::features {

namespace {

constexpr double kUnknown = 0.5;  // of a part of a step
constexpr double kLoudest = 30;   // dB
constexpr double kTracksPerWave = 12;

struct NamedArc {
    std::string_view name;
    Arc arc;
};
constexpr std::array kArcs = {NamedArc{"smooth", Arc::smooth}, NamedArc{"rise", Arc::rise}, NamedArc{"fall", Arc::fall},
                              NamedArc{"arch", Arc::arch}, NamedArc{"wave", Arc::wave}};

double energy_step(double one, double other) {
    if (one <= 0 || other <= 0) return kUnknown;
    return std::min(1.0, 20 * std::abs(std::log10(one) - std::log10(other)) / kLoudest);
}

double sound_step(std::span<const float> one, std::span<const float> other) {
    if (one.empty() || one.size() != other.size()) return kUnknown;
    return std::clamp(static_cast<double>(numeric::unit_cosine_distance(one, other)), 0.0, 1.0);
}

/// How high the arc is at `x`, 0..1.
double height(Arc arc, double x, std::size_t tracks) {
    switch (arc) {
        case Arc::rise:
            return x;
        case Arc::fall:
            return 1 - x;
        case Arc::arch:
            return 1 - std::abs(2 * x - 1);
        case Arc::wave: {
            const double waves = std::max(1.0, std::round(static_cast<double>(tracks) / kTracksPerWave));
            return 0.5 - 0.5 * std::cos(2 * M_PI * waves * x);
        }
        case Arc::smooth:
            break;
    }
    return 0;
}

/// The share of values that are smaller, and half of those that are equal: 0..1, whatever the scale of the values.
std::vector<double> ranks(const std::vector<double>& values) {
    std::vector<double> sorted = values;
    std::ranges::sort(sorted);
    std::vector<double> result;
    for (const double value : values) {
        const auto [low, high] = std::equal_range(sorted.begin(), sorted.end(), value);
        const double middle = static_cast<double>((low - sorted.begin()) + (high - sorted.begin()) - 1) / 2;
        result.push_back(values.size() < 2 ? 0.5 : middle / static_cast<double>(values.size() - 1));
    }
    return result;
}

/// The wildness that each place of the list is to have: the same values as the tracks have, so that an arc can be met.
std::vector<double> wanted_wildness(std::span<const double> wild, Arc arc) {
    const std::size_t n = wild.size();
    std::vector<double> heights;
    for (std::size_t i = 0; i < n; ++i)
        heights.push_back(height(arc, n < 2 ? 0 : static_cast<double>(i) / static_cast<double>(n - 1), n));
    std::vector<std::size_t> places(n);
    std::iota(places.begin(), places.end(), std::size_t{0});
    std::ranges::stable_sort(places, {}, [&](std::size_t place) { return heights[place]; });
    std::vector<double> sorted(wild.begin(), wild.end());
    std::ranges::sort(sorted);
    std::vector<double> wanted(n);
    for (std::size_t rank = 0; rank < n; ++rank)
        wanted[places[rank]] = sorted[rank];
    return wanted;
}

OrderCosts costs_of(std::span<const OrderTrack> tracks, const OrderParams& params) {
    OrderCosts costs{.size = tracks.size(), .steps = std::vector<float>(tracks.size() * tracks.size())};
    for (std::size_t a = 0; a < tracks.size(); ++a) {
        for (std::size_t b = a + 1; b < tracks.size(); ++b) {
            const auto cost = static_cast<float>(step_cost(tracks[a], tracks[b], params));
            costs.steps[a * tracks.size() + b] = cost;
            costs.steps[b * tracks.size() + a] = cost;
        }
    }
    if (params.arc == Arc::smooth) return costs;
    costs.wildness = wildness(tracks);
    costs.wanted = wanted_wildness(costs.wildness, params.arc);
    costs.arc_weight = params.arc_weight;
    return costs;
}

/// From the first track always to the nearest one left; on an arc the track that fits each place by its wildness.
std::vector<std::size_t> greedy(const OrderCosts& costs) {
    std::vector<std::size_t> order(costs.size);
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (!costs.wanted.empty()) {
        std::vector<std::size_t> places = order;
        std::ranges::stable_sort(places, {}, [&](std::size_t place) { return costs.wanted[place]; });
        std::vector<std::size_t> tracks = order;
        std::ranges::stable_sort(tracks, {}, [&](std::size_t track) { return costs.wildness[track]; });
        for (std::size_t rank = 0; rank < places.size(); ++rank)
            order[places[rank]] = tracks[rank];
        return order;
    }
    for (std::size_t i = 0; i + 2 < order.size(); ++i) {
        const auto rest = order.begin() + static_cast<std::ptrdiff_t>(i) + 1;
        const auto next = std::min_element(rest, order.end(), [&](std::size_t a, std::size_t b) {
            const float to_a = costs.step(order[i], a);
            const float to_b = costs.step(order[i], b);
            return to_a != to_b ? to_a < to_b : a < b;
        });
        std::iter_swap(rest, next);
    }
    return order;
}

}  // namespace

std::optional<Arc> parse_arc(std::string_view name) {
    const auto found = std::ranges::find(kArcs, name, &NamedArc::name);
    return found == kArcs.end() ? std::nullopt : std::optional(found->arc);
}

std::string_view arc_name(Arc arc) {
    return std::ranges::find(kArcs, arc, &NamedArc::arc)->name;
}

double tempo_step(double one_bpm, double other_bpm) {
    if (one_bpm <= 0 || other_bpm <= 0) return kUnknown;
    constexpr double kPerOctave = 0.25;
    const double octaves = std::abs(std::log2(one_bpm) - std::log2(other_bpm));
    const double whole = std::round(octaves);
    return std::min(1.0, 2 * std::abs(octaves - whole) + kPerOctave * whole);
}

double key_step(const std::optional<store::MusicalKey>& one, const std::optional<store::MusicalKey>& other) {
    if (!one || !other) return kUnknown;
    constexpr int kKeys = 12;
    constexpr int kMost = 7;
    // A fifth is seven semitones, and seven times seven is one (mod 12): this turns a key into steps on the circle. A
    // minor key stands where its relative major key does, three semitones above.
    const auto place = [](const store::MusicalKey& key) {
        return ((key.scale == Scale::minor ? key.key + 3 : key.key) * 7) % kKeys;
    };
    const int apart = std::abs(place(*one) - place(*other));
    const int steps = std::min(apart, kKeys - apart) + (one->scale == other->scale ? 0 : 1);
    return static_cast<double>(steps) / kMost;
}

double step_cost(const OrderTrack& one, const OrderTrack& other, const OrderParams& params) {
    return params.sound_share * sound_step(one.vector, other.vector) +
           params.tempo_share * tempo_step(one.tempo_bpm, other.tempo_bpm) +
           params.key_share * key_step(one.key, other.key) +
           params.energy_share * energy_step(one.energy, other.energy);
}

std::vector<double> wildness(std::span<const OrderTrack> tracks) {
    std::vector<double> energies, tempi, moods;
    for (const OrderTrack& track : tracks) {
        energies.push_back(track.energy);
        tempi.push_back(track.tempo_bpm);
        moods.push_back(track.calm_to_wild);
    }
    energies = ranks(energies);
    tempi = ranks(tempi);
    moods = ranks(moods);
    std::vector<double> result;
    for (std::size_t i = 0; i < tracks.size(); ++i)
        result.push_back(0.5 * energies[i] + 0.25 * tempi[i] + 0.25 * moods[i]);
    return result;
}

double order_cost(std::span<const OrderTrack> tracks, std::span<const std::size_t> order, const OrderParams& params) {
    return costs_of(tracks, params).total(order);
}

std::vector<std::size_t> order_by_sound(std::span<const OrderTrack> tracks, const OrderParams& params) {
    const OrderCosts costs = costs_of(tracks, params);
    std::vector<std::size_t> given(tracks.size());
    std::iota(given.begin(), given.end(), std::size_t{0});
    std::vector<std::size_t> made = greedy(costs);
    improve(costs, given);
    improve(costs, made);
    return costs.total(made) < costs.total(given) ? made : given;
}

OrderedList order_list(store::Store& store, const index::VectorIndex& index, std::span<const TrackId> tracks,
                       const OrderParams& params) {
    if (tracks.size() > kMostOrdered) {
        throw Error(ErrorCode::invalid_argument, "A list of at most " + std::to_string(kMostOrdered) +
                                                     " tracks can be put in order; this one has " +
                                                     std::to_string(tracks.size()) + ".");
    }
    constexpr std::size_t kAggressive = 1;  // of kOtherFeatureNames
    constexpr std::size_t kRelaxed = 4;
    std::unordered_map<TrackId, store::AnalysisSummary> summaries;
    for (store::AnalysisSummary& summary : store.analyses().summaries(tracks))
        summaries.insert_or_assign(summary.id, std::move(summary));
    std::vector<TrackId> heard_ids, unheard;
    std::vector<std::vector<float>> vectors;
    std::vector<OrderTrack> heard;
    vectors.reserve(tracks.size());  // `heard` keeps views of what is inside
    for (const TrackId id : tracks) {
        std::vector<float> vector = index.vector(id.value);
        const auto summary = summaries.find(id);
        if (vector.empty() || summary == summaries.end()) {
            unheard.push_back(id);
            continue;
        }
        vectors.push_back(std::move(vector));
        const store::AnalysisSummary& of = summary->second;
        heard_ids.push_back(id);
        heard.push_back({.vector = vectors.back(),
                         .tempo_bpm = of.tempo_bpm,
                         .energy = of.energy,
                         .key = store::MusicalKey{of.key, of.scale},
                         .calm_to_wild = static_cast<double>(of.other_features[kAggressive]) -
                                         static_cast<double>(of.other_features[kRelaxed])});
    }
    OrderedList list;
    std::vector<std::size_t> given(heard.size());
    std::iota(given.begin(), given.end(), std::size_t{0});
    const std::vector<std::size_t> order = order_by_sound(heard, params);
    list.cost_before = order_cost(heard, given, params);
    list.cost_after = order_cost(heard, order, params);
    for (const std::size_t i : order)
        list.tracks.push_back(heard_ids[i]);
    list.tracks.insert(list.tracks.end(), unheard.begin(), unheard.end());
    list.unheard = unheard.size();
    return list;
}

}  // namespace audiomuse::features
