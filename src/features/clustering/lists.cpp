#include "lists.h"

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "audiomuse/features/common/acceptors.h"
#include "audiomuse/numeric/distance.h"

namespace audiomuse::features {
namespace {

/// The lowest cap from `cap` on that lets `wanted` rows pass, or the one that lets all pass.
int cap_for_size(const std::vector<std::size_t>& rows, const std::vector<std::string>& artists, int cap,
                 std::size_t wanted) {
    if (cap <= 0) return 0;
    std::unordered_map<std::string, std::size_t> songs;
    std::size_t unknown = 0;
    for (const std::size_t row : rows) {
        if (artists[row].empty()) {
            ++unknown;
        } else {
            ++songs[artists[row]];
        }
    }
    while (true) {
        std::size_t passing = unknown;
        bool all = true;
        for (const auto& [artist, count] : songs) {
            passing += std::min(count, static_cast<std::size_t>(cap));
            all = all && count <= static_cast<std::size_t>(cap);
        }
        if (all || passing >= wanted) return cap;
        ++cap;
    }
}

std::vector<float> mean_profile(const std::vector<std::size_t>& rows, const numeric::Matrix& profiles) {
    std::vector<float> mean(profiles.columns());
    for (const std::size_t row : rows) {
        const auto profile = profiles.row(row);
        for (std::size_t j = 0; j < mean.size(); ++j)
            mean[j] += profile[j];
    }
    for (float& value : mean)
        value /= static_cast<float>(rows.size());
    return mean;
}

}  // namespace

std::size_t least_list_size(std::size_t songs, const ClusteringParams& params) {
    int wanted = std::max(1, params.min_playlist_size);
    if (params.max_songs_per_cluster > 0) wanted = std::min(wanted, params.max_songs_per_cluster);
    return std::min(static_cast<std::size_t>(wanted), std::max<std::size_t>(4, songs / 16));
}

std::vector<SongList> make_lists(const numeric::Assignment& assignment, const numeric::Matrix& centres,
                                 const ClusteringInput& input, const numeric::Matrix& unit,
                                 const ClusteringParams& params, const ListParams& list_params) {
    const double farthest = list_params.farthest * list_params.farthest;
    std::vector<std::vector<std::size_t>> members(centres.rows());
    for (std::size_t row = 0; row < assignment.labels.size(); ++row) {
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
            const Recording recording{unit.row(row), input.durations[row]};
            if (!once.may_take(input.signatures[row]) || !near.may_take(recording)) return true;
            once.take(input.signatures[row]);
            near.take(recording);
            return false;
        });
        SongList list;
        list.artist_cap = cap_for_size(rows, input.artists, params.max_songs_per_artist, list_params.min_size);
        ArtistCap cap(list.artist_cap);
        for (const std::size_t row : rows) {
            if (!cap.may_take(input.artists[row])) continue;
            cap.take(input.artists[row]);
            list.rows.push_back(row);
            if (params.max_songs_per_cluster > 0 &&
                list.rows.size() == static_cast<std::size_t>(params.max_songs_per_cluster)) {
                break;
            }
        }
        if (list.rows.size() < list_params.min_size) continue;
        list.centre.assign(centres.row(c).begin(), centres.row(c).end());
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

double purity(const std::vector<SongList>& lists, const numeric::Matrix& profiles) {
    double sum = 0;
    std::size_t songs = 0;
    for (const SongList& list : lists) {
        const std::vector<float> mean = mean_profile(list.rows, profiles);
        for (const std::size_t row : list.rows) {
            sum += std::max(0.0, 1.0 - static_cast<double>(numeric::cosine_distance(profiles.row(row), mean)));
        }
        songs += list.rows.size();
    }
    return songs == 0 ? 0 : sum / static_cast<double>(songs);
}

double diversity(const std::vector<SongList>& lists, const numeric::Matrix& profiles) {
    if (lists.size() < 2) return 0;
    std::vector<std::vector<float>> means;
    for (const SongList& list : lists)
        means.push_back(mean_profile(list.rows, profiles));
    double sum = 0;
    for (std::size_t a = 0; a < means.size(); ++a) {
        double nearest = 2;
        for (std::size_t b = 0; b < means.size(); ++b) {
            if (a != b) nearest = std::min(nearest, static_cast<double>(numeric::cosine_distance(means[a], means[b])));
        }
        sum += nearest / 2;
    }
    return sum / static_cast<double>(means.size());
}

}  // namespace audiomuse::features
