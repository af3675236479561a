#include "audiomuse/features/artists/artist_models.h"

#include <algorithm>
#include <charconv>

#include "audiomuse/base/text.h"
#include "audiomuse/features/artists/names.h"
#include "audiomuse/features/common/songs.h"
#include "fixed_point.h"

namespace audiomuse::features {
namespace {

std::size_t begin_of(const std::vector<std::uint64_t>& ends, std::size_t i) {
    return i == 0 ? 0 : static_cast<std::size_t>(ends[i - 1]);
}

}  // namespace

ArtistModels::View ArtistModels::at(std::size_t artist) const {
    const std::size_t track = begin_of(track_ends_, artist);
    const std::size_t component = begin_of(component_ends_, artist);
    return {.name = names_[artist],
            .key = keys_[artist],
            .tracks = std::span(tracks_).subspan(track, track_ends_[artist] - track),
            .analysed = analysed_[artist],
            .weights = std::span(weights_).subspan(component, component_ends_[artist] - component)};
}

std::size_t ArtistModels::find(std::string_view name_or_id) const {
    const std::string key = artist_name_key(name_or_id);
    const auto found = std::lower_bound(keys_.begin(), keys_.end(), key);
    if (found != keys_.end() && *found == key) return static_cast<std::size_t>(found - keys_.begin());
    constexpr std::size_t kIdDigits = 16;
    std::uint64_t id = 0;
    const char* const end = name_or_id.data() + name_or_id.size();
    if (name_or_id.size() != kIdDigits || std::from_chars(name_or_id.data(), end, id, 16).ptr != end) return kNone;
    const auto by_id = by_id_.find(id);
    return by_id == by_id_.end() ? kNone : by_id->second;
}

std::string ArtistModels::id(std::size_t artist) const {
    return artist_id_of(keys_[artist]);
}

std::vector<float> ArtistModels::mean(std::size_t artist, std::size_t component) const {
    const auto fixed = fixed_mean(begin_of(component_ends_, artist) + component);
    std::vector<float> mean(fixed.size());
    std::transform(fixed.begin(), fixed.end(), mean.begin(),
                   [](std::int16_t value) { return static_cast<float>(value) / kFixedOne; });
    return mean;
}

double ArtistModels::distance(std::size_t artist, std::size_t component, std::size_t other,
                              std::size_t other_component) const {
    const auto a = fixed_mean(begin_of(component_ends_, artist) + component);
    const auto b = fixed_mean(begin_of(component_ends_, other) + other_component);
    return static_cast<double>(fixed_distance(a.data(), b.data(), dimension_));
}

std::vector<std::size_t> ArtistModels::search(std::string_view text) const {
    const std::string wanted = fold(text);
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < size(); ++i) {
        if (keys_[i].find(wanted) != std::string::npos) found.push_back(i);
    }
    std::stable_sort(found.begin(), found.end(), [this](std::size_t a, std::size_t b) {
        return track_ends_[a] - begin_of(track_ends_, a) > track_ends_[b] - begin_of(track_ends_, b);
    });
    return found;
}

std::span<const std::int16_t> ArtistModels::fixed_mean(std::size_t component) const {
    return std::span(means_).subspan(component * dimension_, dimension_);
}

void ArtistModels::index_names() {
    by_id_.reserve(keys_.size());
    for (std::size_t i = 0; i < keys_.size(); ++i)
        by_id_.emplace(song_key(keys_[i]), static_cast<std::uint32_t>(i));
}

}  // namespace audiomuse::features
