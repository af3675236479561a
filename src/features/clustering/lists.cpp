#include "lists.h"

#include <algorithm>
#include <cmath>

#include "audiomuse/features/common/acceptors.h"
#include "audiomuse/numeric/dbscan.h"
#include "audiomuse/numeric/distance.h"

namespace audiomuse::features {
namespace {

struct Caps {
    int artist = 0;  ///< <= 0: no limit, as below
    int album = 0;
};

/// The rows that pass the limits, the first of each artist and album; at most `most` (0: any number).
std::vector<std::size_t> within(const Caps& caps, const std::vector<std::size_t>& rows, const ClusteringInput& input,
                                std::size_t most) {
    ArtistCap artists(caps.artist);
    ArtistCap albums(caps.album);
    std::vector<std::size_t> passing;
    for (const std::size_t row : rows) {
        if (!artists.may_take(input.artists[row]) || !albums.may_take(input.albums[row])) continue;
        artists.take(input.artists[row]);
        albums.take(input.albums[row]);
        passing.push_back(row);
        if (passing.size() == most) break;
    }
    return passing;
}

/// The rows within the lowest limits from the wanted ones on that let `min_size` pass, or all.
SongList capped(const std::vector<std::size_t>& rows, const ClusteringInput& input, const ClusteringParams& params,
                std::size_t min_size) {
    Caps caps = {std::max(0, params.max_songs_per_artist), std::max(0, params.max_songs_per_album)};
    const auto most = static_cast<std::size_t>(params.max_songs_per_cluster);
    SongList list{within(caps, rows, input, most), {}, caps.artist};
    while (list.rows.size() < std::min(min_size, rows.size())) {
        if (caps.artist > 0) ++caps.artist;
        if (caps.album > 0) ++caps.album;
        list = {within(caps, rows, input, most), {}, caps.artist};
    }
    return list;
}

}  // namespace

std::size_t least_list_size(std::size_t songs, const ClusteringParams& params) {
    int wanted = std::max(1, params.min_playlist_size);
    if (params.max_songs_per_cluster > 0) wanted = std::min(wanted, params.max_songs_per_cluster);
    return std::min(static_cast<std::size_t>(wanted), std::max<std::size_t>(4, songs / 16));
}

std::vector<SongList> make_lists(const Grouping& groups, const ClusteringInput& input, const ClusteringParams& params,
                                 const ListParams& list_params) {
    const numeric::Assignment& assignment = groups.members;
    const double farthest = list_params.farthest * list_params.farthest;
    std::vector<std::vector<std::size_t>> members(groups.centres.rows());
    for (std::size_t row = 0; row < assignment.labels.size(); ++row) {
        if (assignment.labels[row] == numeric::kNoise) continue;
        if (farthest > 0 && static_cast<double>(assignment.squared_distances[row]) > farthest) continue;
        members[static_cast<std::size_t>(assignment.labels[row])].push_back(row);
    }
    std::vector<SongList> lists;
    for (std::size_t c = 0; c < members.size(); ++c) {
        auto& rows = members[c];
        if (rows.size() < list_params.min_size) continue;
        std::stable_sort(rows.begin(), rows.end(), [&](std::size_t a, std::size_t b) {
            return assignment.squared_distances[a] < assignment.squared_distances[b];
        });
        SongOnce once;
        NearDuplicates near({params.duplicate_distance, params.duplicate_lookback});
        std::erase_if(rows, [&](std::size_t row) {
            const Recording recording{input.embeddings.row(row), input.durations[row]};
            if (!once.may_take(input.signatures[row]) || !near.may_take(recording)) return true;
            once.take(input.signatures[row]);
            near.take(recording);
            return false;
        });
        if (rows.size() < list_params.min_size) continue;
        SongList list = capped(rows, input, params, list_params.min_size);
        if (list.rows.size() < list_params.min_size) continue;
        list.centre.assign(groups.centres.row(c).begin(), groups.centres.row(c).end());
        lists.push_back(std::move(list));
    }
    return lists;
}

std::vector<SongList> most_diverse(std::vector<SongList> lists, int n) {
    if (n <= 0 || lists.size() <= static_cast<std::size_t>(n)) return lists;
    std::vector<SongList> chosen;
    const auto take = [&](std::size_t i) {
        chosen.push_back(std::move(lists[i]));
        lists.erase(lists.begin() + static_cast<std::ptrdiff_t>(i));
    };
    const auto largest = std::max_element(
        lists.begin(), lists.end(), [](const SongList& a, const SongList& b) { return a.rows.size() < b.rows.size(); });
    take(static_cast<std::size_t>(largest - lists.begin()));
    std::vector<double> apart(lists.size(), INFINITY);  // distance to the nearest chosen centre
    while (chosen.size() < static_cast<std::size_t>(n)) {
        double most_apart = 0;
        double most_songs = 0;
        for (std::size_t i = 0; i < lists.size(); ++i) {
            const double distance = static_cast<double>(numeric::squared_l2(lists[i].centre, chosen.back().centre));
            apart[i] = std::min(apart[i], std::sqrt(distance));
            most_apart = std::max(most_apart, apart[i]);
            most_songs = std::max(most_songs, std::log1p(static_cast<double>(lists[i].rows.size())));
        }
        std::size_t best = 0;
        double highest = -1;
        for (std::size_t i = 0; i < lists.size(); ++i) {
            const double size = std::log1p(static_cast<double>(lists[i].rows.size())) / most_songs;
            const double value = most_apart > 0 ? apart[i] / most_apart * size : size;
            if (value > highest) {
                highest = value;
                best = i;
            }
        }
        apart.erase(apart.begin() + static_cast<std::ptrdiff_t>(best));
        take(best);
    }
    return chosen;
}

}  // namespace audiomuse::features
