// Does it sound alike? Neighbours and playlists of the demo library, whose genre tag (never an input of the embedding)
// says what belongs together. The shares are printed.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdio>
#include <map>

#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"
#include "support/process.h"

namespace audiomuse {
namespace {

using testing_support::audiomuse_program;
using testing_support::Finished;
using testing_support::run;
using testing_support::TempFolder;

constexpr std::size_t kNeighbours = 5;

class Quality : public testing::TestWithParam<std::string> {
protected:
    Quality() {
        const Finished scan = run({audiomuse_program(), "scan", "--json", "--data", data(), "--music",
                                   AUDIOMUSE_DEMO_LIBRARY, "--model", GetParam()});
        EXPECT_EQ(scan.status, 0) << scan.errors;
        store_ = store::open_sqlite(folder_.path() / "audiomuse.db");
        for (const store::TrackRow& track : store_->tracks().search({.limit = 10000}).rows) {
            style_[track.id.value] = track.tags.genres.at(0);
        }
    }
    std::string data() const { return folder_.path(); }

    TempFolder folder_;
    std::unique_ptr<store::Store> store_;
    std::map<std::int64_t, std::string> style_;
};

TEST_P(Quality, NeighboursAreOfTheSameStyle) {
    std::vector<std::byte> image;
    store_->index_blobs().load(
        "tracks", [&](std::span<const std::byte> part) { image.insert(image.end(), part.begin(), part.end()); });
    const auto index = index::load_index(image);
    ASSERT_EQ(index->size(), style_.size());
    std::map<std::string, std::pair<int, int>> per_style;  // own, all
    int own = 0;
    int all = 0;
    for (const auto& [id, style] : style_) {
        const auto neighbours =
            index->search(index->vector(id), kNeighbours, [id = id](std::int64_t other) { return other != id; });
        ASSERT_EQ(neighbours.size(), kNeighbours);
        for (const index::Neighbour& neighbour : neighbours) {
            const bool same = style_.at(neighbour.id) == style;
            own += same;
            ++all;
            per_style[style].first += same;
            ++per_style[style].second;
        }
    }
    for (const auto& [style, counts] : per_style) {
        std::printf("  %-20s %3d of %3d\n", style.c_str(), counts.first, counts.second);
    }
    const double share = static_cast<double>(own) / all;
    std::printf("%s: %.1f %% of the %zu nearest neighbours are of the track's own style (%zu styles)\n",
                GetParam().c_str(), 100 * share, kNeighbours, per_style.size());
    EXPECT_GE(per_style.size(), 8U);
    EXPECT_GE(share, 0.80);
}

TEST_P(Quality, PlaylistsAreOfOneStyle) {
    for (const char* algorithm : {"kmeans", "dbscan", "gmm", "spectral"}) {
        const Finished cluster =
            run({audiomuse_program(), "cluster", "--json", "--data", data(), "--algorithm", algorithm});
        ASSERT_EQ(cluster.status, 0) << cluster.errors;
        const auto lists = store_->playlists().list();
        ASSERT_GE(lists.size(), 3U);
        double sum = 0;
        for (const store::Playlist& list : lists) {
            std::map<std::string, int> counts;
            const auto tracks = store_->playlists().tracks(list.id);
            ASSERT_FALSE(tracks.empty());
            for (const TrackId id : tracks)
                ++counts[style_.at(id.value)];
            const auto best = std::max_element(counts.begin(), counts.end(),
                                               [](const auto& a, const auto& b) { return a.second < b.second; });
            const double share = static_cast<double>(best->second) / static_cast<double>(tracks.size());
            std::printf("  %-50s %3zu tracks, %3.0f %% %s\n", list.name.c_str(), tracks.size(), 100 * share,
                        best->first.c_str());
            sum += share;
        }
        const double mean = sum / static_cast<double>(lists.size());
        std::printf("%s, %s: the average playlist is %.1f %% one style (%zu playlists)\n", GetParam().c_str(),
                    algorithm, 100 * mean, lists.size());
        EXPECT_GE(mean, 0.80);
    }
}

INSTANTIATE_TEST_SUITE_P(Models, Quality, testing::Values("mini", "descriptors"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace audiomuse
