#include "sound_table.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "audiomuse/base/text.h"

namespace audiomuse::features {

SoundColumn::SoundColumn(std::vector<Entry> entries) : entries_(std::move(entries)) {
    std::ranges::sort(
        entries_, [](const Entry& a, const Entry& b) { return a.value != b.value ? a.value < b.value : a.id < b.id; });
    positions_.reserve(entries_.size());
    for (std::size_t i = 0; i < entries_.size(); ++i)
        positions_.emplace_back(entries_[i].id, i);
    std::ranges::sort(positions_);
}

std::optional<double> SoundColumn::place(TrackId id) const {
    const auto found = std::ranges::lower_bound(positions_, id, {}, &std::pair<TrackId, std::size_t>::first);
    if (found == positions_.end() || found->first != id) return std::nullopt;
    return entries_.size() == 1 ? 1 : static_cast<double>(found->second) / static_cast<double>(entries_.size() - 1);
}

std::vector<TrackId> SoundColumn::between(double from, double to) const {
    if (entries_.empty()) return {};
    const auto last = static_cast<double>(entries_.size() - 1);
    const auto begin = static_cast<std::size_t>(std::ceil(std::clamp(from, 0.0, 1.0) * last));
    const auto end = static_cast<std::size_t>(std::floor(std::clamp(to, 0.0, 1.0) * last)) + 1;
    return ids(begin, std::max(begin, end));
}

std::vector<TrackId> SoundColumn::at_least(float value) const {
    const auto begin = std::ranges::lower_bound(entries_, value, {}, &Entry::value);
    return ids(static_cast<std::size_t>(begin - entries_.begin()), entries_.size());
}

std::vector<TrackId> SoundColumn::ids(std::size_t begin, std::size_t end) const {
    std::vector<TrackId> result;
    for (std::size_t i = begin; i < end; ++i)
        result.push_back(entries_[i].id);
    std::ranges::sort(result);
    return result;
}

std::span<const store::AnalysisSummary> SoundTable::summaries() {
    if (!std::exchange(read_, true))
        store_.analyses().each_summary([&](const store::AnalysisSummary& summary) { summaries_.push_back(summary); });
    return summaries_;
}

const SoundColumn& SoundTable::column(std::string_view name, const Value& value) {
    auto& column = columns_[std::string(name)];
    if (column) return *column;
    std::vector<SoundColumn::Entry> entries;
    for (const store::AnalysisSummary& summary : summaries()) {
        if (const auto number = value(summary)) entries.push_back({*number, summary.id});
    }
    column = std::make_unique<SoundColumn>(std::move(entries));
    return *column;
}

const SoundColumn* SoundTable::column(std::string_view name) {
    using Summary = store::AnalysisSummary;
    const std::string key = fold(name);
    const auto positive = [](double number) {
        return number > 0 ? std::optional(static_cast<float>(number)) : std::nullopt;
    };
    if (key == "tempo") return &column(key, [&](const Summary& summary) { return positive(summary.tempo_bpm); });
    if (key == "energy") return &column(key, [&](const Summary& summary) { return positive(summary.energy); });
    const auto index_in = [&](const auto& names) {
        const auto found = std::ranges::find_if(names, [&](std::string_view other) { return fold(other) == key; });
        return static_cast<std::size_t>(found - names.begin());
    };
    const std::size_t tag = index_in(kMoodNames);
    const std::size_t feature = index_in(kOtherFeatureNames);
    if (tag == kMoodNames.size() && feature == kOtherFeatureNames.size()) return nullptr;
    return &column(key, [=](const Summary& summary) -> std::optional<float> {
        // Where a name is both, the tag was learned for it.
        if (tag < summary.moods.size()) return summary.moods[tag];
        if (feature < summary.other_features.size()) return summary.other_features[feature];
        return std::nullopt;
    });
}

}  // namespace audiomuse::features
