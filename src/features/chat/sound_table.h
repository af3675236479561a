// How much of something each track has, and where in the library that puts it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "audiomuse/base/ids.h"
#include "audiomuse/store/store.h"

namespace audiomuse::features {

/// Of one number that analyses have.
class SoundColumn {
public:
    struct Entry {
        float value = 0;
        TrackId id;
    };
    /// In any order.
    explicit SoundColumn(std::vector<Entry> entries);

    bool empty() const { return entries_.empty(); }
    float most() const { return entries_.empty() ? 0 : entries_.back().value; }
    /// Its place among all, 0 (least) to 1 (most); nothing for a track without an analysis.
    std::optional<double> place(TrackId id) const;
    /// Tracks of places from..to, ascending by id.
    std::vector<TrackId> between(double from, double to) const;
    /// Tracks with at least `value`, ascending by id.
    std::vector<TrackId> at_least(float value) const;

private:
    std::vector<TrackId> ids(std::size_t begin, std::size_t end) const;

    std::vector<Entry> entries_;                              // ascending by value, equal ones by id
    std::vector<std::pair<TrackId, std::size_t>> positions_;  // in entries_, ascending by id
};

/// All summaries of the present tracks, read once, when something is asked for first.
class SoundTable {
public:
    explicit SoundTable(store::Store& store) : store_(store) {}
    std::span<const store::AnalysisSummary> summaries();
    /// Kept by name. `value` gives nothing for a track that does not have it.
    using Value = std::function<std::optional<float>(const store::AnalysisSummary&)>;
    const SoundColumn& column(std::string_view name, const Value& value);
    /// The column of a tag or further feature ("jazz", "happy", blind to case), of "tempo" or of "energy"; null for
    /// other names.
    const SoundColumn* column(std::string_view name);

private:
    store::Store& store_;
    bool read_ = false;
    std::vector<store::AnalysisSummary> summaries_;
    std::unordered_map<std::string, std::unique_ptr<SoundColumn>> columns_;
};

}  // namespace audiomuse::features
