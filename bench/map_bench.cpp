// How long the music map takes and how true it is.
//
//   map_bench [TRACKS]        draws a synthetic library of that many tracks (100,000) and brings it up to date
//   map_bench library DATA    judges the map of the library in the data folder DATA
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/features/map/update.h"
#include "audiomuse/numeric/picture_quality.h"
#include "synthetic_library.h"

namespace audiomuse {
namespace {

void print(std::string_view what, double value, std::string_view unit) {
    fmt::print("{:<58} {:>10.3f} {}\n", what, value, unit);
    std::fflush(stdout);
}

/// Of the vectors that the index compares, at 15 neighbours.
double trust(const index::VectorIndex& index, const features::MusicMap& map) {
    numeric::Matrix rows(map.size(), index.dimension());
    for (std::size_t i = 0; i < map.size(); ++i) {
        const std::vector<float> vector = index.vector(map.ids[i].value);
        std::copy(vector.begin(), vector.end(), rows.row(i).begin());
    }
    return numeric::trustworthiness(rows, map.at, {.threads = allowed_cores()});
}

void time_synthetic(std::int64_t tracks) {
    std::unique_ptr<index::VectorIndex> index;
    double started = steady_now();
    const std::int64_t more = tracks / 100;
    const auto add = [&](std::int64_t first, std::int64_t last) {
        for (std::int64_t number = first; number < last; ++number) {
            const Embedding embedding = bench::synthetic_track(number).analysis.embedding;
            if (!index) index = index::create_index(embedding.size());
            index->add(number + 1, embedding);
        }
    };
    add(0, tracks);
    print(fmt::format("index of {} tracks (not part of the map)", tracks), steady_now() - started, "s");

    const features::MapParams params = {.threads = allowed_cores()};
    double neighbours_found = 0;
    started = steady_now();
    const features::MusicMap map = features::draw_map(*index, {}, params, [&](double share) {
        if (share < 0.4) neighbours_found = steady_now() - started;
    });
    const double took = steady_now() - started;
    print("  of these, finding neighbours", neighbours_found, "s");
    print(fmt::format("drawing a map on {} threads", params.threads), took, "s");
    print("trustworthiness@15, of a sample of 2000", trust(*index, map), "");

    add(tracks, tracks + more);
    started = steady_now();
    const features::MusicMap placed = features::place_on_map(*index, map, params);
    print(fmt::format("placing {} tracks more", more), steady_now() - started, "s");

    started = steady_now();
    const features::MusicMap again = features::draw_map(*index, placed, params);
    print("drawing it again from where everything was", steady_now() - started, "s");
    print("trustworthiness@15, of a sample of 2000", trust(*index, again), "");
    double moved = 0;
    for (std::size_t i = 0; i < map.size(); ++i)
        moved += static_cast<double>(std::hypot(again.at(i, 0) - placed.at(i, 0), again.at(i, 1) - placed.at(i, 1)));
    print("mean way of a track (the picture is 2 wide)", moved / static_cast<double>(map.size()), "");
}

void judge_library(const std::string& data) {
    const auto store = store::open_sqlite(std::filesystem::path(data) / "audiomuse.db");
    const auto image = store::read_whole(store->index_blobs(), store::kTrackIndex);
    const auto index = index::load_index(image.value_or(std::vector<std::byte>()));
    const double started = steady_now();
    const features::MusicMap map = features::draw_map(*index, {}, {.threads = allowed_cores()});
    print(fmt::format("drawing a map of {} tracks", map.size()), steady_now() - started, "s");
    print("trustworthiness@15", trust(*index, map), "");
}

}  // namespace
}  // namespace audiomuse

int main(int argc, char** argv) {
    try {
        const std::string first = argc > 1 ? argv[1] : "100000";
        if (first == "library" && argc > 2) {
            audiomuse::judge_library(argv[2]);
        } else {
            audiomuse::time_synthetic(std::max(100, std::atoi(first.c_str())));
        }
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
