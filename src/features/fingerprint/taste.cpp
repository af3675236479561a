#include "audiomuse/features/fingerprint/taste.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "audiomuse/features/common/list_rules.h"

namespace audiomuse::features {
namespace {

constexpr double kDay = 86'400;

/// One row of each track, the most played first.
std::vector<store::Heard> summed(std::span<const store::Heard> heard) {
    std::map<TrackId, store::Heard> by_track;
    for (const store::Heard& each : heard) {
        if (each.plays <= 0) continue;
        auto& row = by_track.try_emplace(each.track, store::Heard{.track = each.track}).first->second;
        row.plays += each.plays;
        row.last_played_at = std::max(row.last_played_at, each.last_played_at);
    }
    std::vector<store::Heard> rows;
    for (const auto& [id, row] : by_track)
        rows.push_back(row);
    std::ranges::stable_sort(rows, [](const store::Heard& a, const store::Heard& b) {
        return a.plays != b.plays ? a.plays > b.plays : a.last_played_at > b.last_played_at;
    });
    return rows;
}

double weight_of(const store::Heard& heard, double now, const TasteParams& params) {
    if (heard.last_played_at <= 0) return params.undated;
    const double days = std::floor(std::max(0.0, now - heard.last_played_at) / kDay);
    return std::exp2(-days / params.half_life_days);
}

}  // namespace

std::vector<Liked> taste_of(store::Store& store, const index::VectorIndex& index, std::span<const store::Heard> heard,
                            double now, const TasteParams& params) {
    const std::vector<store::Heard> rows = summed(heard);
    std::vector<TrackId> ids;
    for (const store::Heard& row : rows)
        ids.push_back(row.track);
    Songs songs;
    read_songs(store, ids, songs);
    ListRules rules({.max_songs_per_artist = 0, .max_songs_per_album = params.max_songs_per_album});
    std::vector<Liked> liked;
    for (const store::Heard& row : rows) {
        if (std::ssize(liked) >= params.songs) break;
        const Song& song = songs.at(row.track);
        if (!song.present || !index.contains(row.track.value) || !rules.offer({.song = song})) continue;
        liked.push_back({row, weight_of(row, now, params)});
    }
    return liked;
}

}  // namespace audiomuse::features
