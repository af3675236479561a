#include "list_profile.h"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <numeric>
#include <set>
#include <string>

#include "cards.h"
#include "style_families.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kCovers = 4;
constexpr std::size_t kStylesShown = 5;
constexpr double kLowShare = 0.1;

}  // namespace

json::object list_profile(Backend& backend, std::span<const store::TrackRow> rows) {
    const Summaries summaries = summaries_of(backend, rows);
    std::array<int, kStyleFamilies.size()> counts{};
    int styled = 0;
    std::size_t analysed = 0;
    std::vector<double> tempi;
    double energy = 0;
    for (const store::TrackRow& row : rows) {
        const auto found = summaries.find(row.id);
        if (found == summaries.end()) continue;
        const store::AnalysisSummary& summary = found->second;
        if (const auto family = style_family(summary.moods)) {
            ++counts[style_family_index(*family)];
            ++styled;
        }
        if (summary.tempo_bpm > 0) tempi.push_back(summary.tempo_bpm);
        energy += display_energy(summary.energy);
        ++analysed;
    }
    std::vector<std::pair<int, std::string_view>> order;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (counts[i] > 0) order.emplace_back(counts[i], kStyleFamilies[i]);
    }
    std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
    order.resize(std::min(order.size(), kStylesShown));
    json::array styles;
    for (const auto& [count, name] : order) {
        styles.push_back({{"name", name}, {"share", rounded(static_cast<double>(count) / styled, 3)}});
    }
    std::ranges::sort(tempi);
    const auto tempo_at = [&](double share) {
        return tempi.empty()
                   ? json::value(nullptr)
                   : rounded(tempi[static_cast<std::size_t>(share * static_cast<double>(tempi.size() - 1))], 1);
    };
    const auto mean = [](double sum, std::size_t count, int digits) {
        return count > 0 ? json::value(rounded(sum / static_cast<double>(count), digits)) : json::value(nullptr);
    };
    return {{"styles", std::move(styles)},
            {"tempo_mean", mean(std::accumulate(tempi.begin(), tempi.end(), 0.0), tempi.size(), 1)},
            {"tempo_low", tempo_at(kLowShare)},
            {"tempo_high", tempo_at(1 - kLowShare)},
            {"energy_mean", mean(energy, analysed, 3)}};
}

json::array list_covers(std::span<const store::TrackRow> rows) {
    json::array ids;
    std::set<std::string> albums;
    for (const store::TrackRow& row : rows) {
        if (ids.size() == kCovers) break;
        if (row.tags.has_cover && albums.insert(row.tags.album_artist + '\0' + row.tags.album).second) {
            ids.emplace_back(row.item_id);
        }
    }
    return ids;
}

}  // namespace audiomuse::api
