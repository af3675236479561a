// How many lists the greatest hub of a library stands in, by distance alone and by several corrections, all of which
// take the first 50 of the 200 nearest.
//
//   hubs_bench [TRACKS]        synthetic libraries of that many tracks (20,000)
//   hubs_bench library DATA    the library in the data folder DATA; its first genres are its styles
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <numeric>
#include <string>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/features/similar/local_scales.h"
#include "audiomuse/numeric/distance.h"
#include "audiomuse/numeric/matrix.h"
#include "synthetic_library.h"

namespace audiomuse {
namespace {

constexpr std::size_t kDimension = 200;
constexpr std::size_t kLatent = 24;
constexpr std::size_t kTop = 50;
constexpr std::size_t kPool = 4 * kTop;
constexpr std::size_t kFirst = 5;  // of a list, whose styles are looked at

struct Library {
    numeric::Matrix rows;     ///< unit vectors
    std::vector<int> styles;  ///< of each row; empty: there are none
};

/// Neighbours of each row, the nearest first; ids are rows.
using Pools = std::vector<std::vector<index::Neighbour>>;
/// Puts the neighbours of a row in the order in which its list takes them.
using Order = std::function<void(std::size_t row, std::vector<index::Neighbour>& pool)>;

// --- libraries -------------------------------------------------------------------------------------------------------

Library scaled(Library library) {
    for (std::size_t i = 0; i < library.rows.rows(); ++i)
        numeric::normalise(library.rows.row(i));
    return library;
}

/// Normal vectors that all lean to one side.
Library leaning(std::size_t tracks, double by) {
    Random random(11);
    Library library{numeric::Matrix(tracks, kDimension), {}};
    for (std::size_t i = 0; i < tracks; ++i) {
        for (float& value : library.rows.row(i))
            value = static_cast<float>(random.normal() + by);
    }
    return scaled(std::move(library));
}

/// Clusters in a few directions, all alike or some dense and some wide.
Library clustered(std::size_t tracks, std::size_t clusters, bool mixed) {
    Random random(5);
    const auto normal = [&](std::size_t rows, std::size_t columns) {
        numeric::Matrix matrix(rows, columns);
        for (std::size_t i = 0; i < rows * columns; ++i)
            matrix.data()[i] = static_cast<float>(random.normal());
        return matrix;
    };
    const numeric::Matrix axes = normal(kLatent, kDimension);
    const numeric::Matrix centres = normal(clusters, kLatent);
    std::vector<double> spreads(clusters);
    std::ranges::generate(spreads, [&] { return mixed ? 0.2 * std::exp(1.6 * random.uniform()) : 0.5; });
    Library library{numeric::Matrix(tracks, kDimension), std::vector<int>(tracks)};
    for (std::size_t i = 0; i < tracks; ++i) {
        const std::size_t cluster = i % clusters;
        library.styles[i] = static_cast<int>(cluster);
        for (float& value : library.rows.row(i))
            value = static_cast<float>(0.5 * random.normal());
        for (std::size_t j = 0; j < kLatent; ++j) {
            const auto weight = centres(cluster, j) + static_cast<float>(spreads[cluster] * random.normal());
            for (std::size_t d = 0; d < kDimension; ++d)
                library.rows(i, d) += weight * axes(j, d);
        }
    }
    return scaled(std::move(library));
}

/// Styles, in them artists, in them albums.
Library layered(std::size_t tracks) {
    constexpr std::int64_t kTracksPerArtist = bench::kAlbumsPerArtist * bench::kTracksPerAlbum;
    Library library{numeric::Matrix(tracks, kDimension), std::vector<int>(tracks)};
    for (std::size_t i = 0; i < tracks; ++i) {
        const auto number = static_cast<std::int64_t>(i);
        std::ranges::copy(bench::synthetic_embedding(number), library.rows.row(i).begin());
        library.styles[i] = static_cast<int>(number / kTracksPerArtist % bench::kSyntheticStyles);
    }
    return scaled(std::move(library));
}

Library saved(const std::string& data) {
    const auto store = store::open_sqlite(std::filesystem::path(data) / "audiomuse.db");
    const auto image = store::read_whole(store->index_blobs(), store::kTrackIndex);
    const auto index = index::load_index(image.value_or(std::vector<std::byte>()));
    std::vector<TrackId> ids;
    for (const std::int64_t id : index->ids())
        ids.push_back(TrackId{id});
    std::ranges::sort(ids);
    Library library{numeric::Matrix(ids.size(), index->dimension()), {}};
    std::map<std::string, int> styles;
    for (const store::TrackRow& row : store->tracks().get(ids)) {
        std::ranges::copy(index->vector(row.id.value), library.rows.row(library.styles.size()).begin());
        const std::string style = row.tags.genres.empty() ? "" : row.tags.genres.front();
        library.styles.push_back(styles.try_emplace(style, static_cast<int>(styles.size())).first->second);
    }
    return scaled(std::move(library));
}

// --- corrections -----------------------------------------------------------------------------------------------------

/// By the cost of a neighbour of a row, equal ones by id.
template <class Cost>
Order by(Cost cost) {
    return [cost = std::move(cost)](std::size_t row, std::vector<index::Neighbour>& pool) {
        std::ranges::sort(pool, {}, [&](const index::Neighbour& n) { return std::pair(cost(row, n), n.id); });
    };
}

std::vector<float> per_row(std::size_t rows, const std::function<float(std::size_t)>& value) {
    std::vector<float> values(rows);
    parallel_for(rows, allowed_cores(), [&](std::size_t i) { values[i] = value(i); });
    return values;
}

/// The mean distance to the k nearest.
std::vector<float> spreads(const Pools& pools, std::size_t k) {
    return per_row(pools.size(), [&](std::size_t i) {
        double sum = 0;
        const std::size_t count = std::min(k, pools[i].size());
        for (std::size_t j = 0; j < count; ++j)
            sum += static_cast<double>(pools[i][j].distance);
        return std::max(1e-3F, static_cast<float>(sum / static_cast<double>(count)));
    });
}

/// Local scaling (NICDM, Schnitzer et al. 2012).
Order local_scaling(const Pools& pools, std::size_t k) {
    return by([spread = spreads(pools, k)](std::size_t, const index::Neighbour& n) {
        return n.distance / std::sqrt(spread[static_cast<std::size_t>(n.id)]);
    });
}

/// Localised centring (Hara et al. 2015).
Order localised_centring(const Pools& pools, std::size_t k) {
    return by([spread = spreads(pools, k)](std::size_t, const index::Neighbour& n) {
        return n.distance - spread[static_cast<std::size_t>(n.id)];
    });
}

/// Mutual proximity with normal distributions (Schnitzer et al. 2012), of distances to 1,000 tracks.
Order mutual_proximity(const numeric::Matrix& rows) {
    constexpr std::size_t kSample = 1000;
    struct Normal {
        std::vector<float> mean, deviation;
    };
    Normal normal{std::vector<float>(rows.rows()), std::vector<float>(rows.rows())};
    parallel_for(rows.rows(), allowed_cores(), [&](std::size_t i) {
        const std::size_t count = std::min(kSample, rows.rows());
        double sum = 0;
        double squares = 0;
        for (std::size_t j = 0; j < count; ++j) {
            const auto other = rows.row(j * rows.rows() / count);
            const auto distance = static_cast<double>(numeric::unit_cosine_distance(rows.row(i), other));
            sum += distance / static_cast<double>(count);
            squares += distance * distance / static_cast<double>(count);
        }
        normal.mean[i] = static_cast<float>(sum);
        normal.deviation[i] = static_cast<float>(std::sqrt(std::max(1e-9, squares - sum * sum)));
    });
    const auto farther = [normal = std::move(normal)](std::size_t i, float distance) {
        return std::erfc((distance - normal.mean[i]) / normal.deviation[i] / std::sqrt(2.0F)) / 2;
    };
    return by([farther](std::size_t row, const index::Neighbour& n) {
        return 1 - farther(row, n.distance) * farther(static_cast<std::size_t>(n.id), n.distance);
    });
}

/// Angles around the middle of the library (Suzuki et al. 2013).
Order centring(const numeric::Matrix& rows) {
    numeric::Matrix centred = rows;
    for (std::size_t d = 0; d < rows.columns(); ++d) {
        double sum = 0;
        for (std::size_t i = 0; i < rows.rows(); ++i)
            sum += static_cast<double>(rows(i, d));
        for (std::size_t i = 0; i < rows.rows(); ++i)
            centred(i, d) -= static_cast<float>(sum / static_cast<double>(rows.rows()));
    }
    return by([centred = std::move(centred)](std::size_t row, const index::Neighbour& n) {
        return numeric::cosine_distance(centred.row(row), centred.row(static_cast<std::size_t>(n.id)));
    });
}

/// What the program does.
Order as_built(const index::VectorIndex& index) {
    return [scales = features::measure_scales(index, {.threads = allowed_cores()})](
               std::size_t, std::vector<index::Neighbour>& pool) { scales.sort(pool); };
}

// --- figures ---------------------------------------------------------------------------------------------------------

Pools nearest(const index::VectorIndex& index) {
    Pools pools(index.size());
    parallel_for(pools.size(), allowed_cores(), [&](std::size_t i) {
        const auto id = static_cast<std::int64_t>(i);
        pools[i] = index.search(index.vector(id), kPool + 1);
        std::erase_if(pools[i], [&](const index::Neighbour& neighbour) { return neighbour.id == id; });
    });
    return pools;
}

void print_figures(const Library& library, const Pools& pools, std::string_view name, const Order& order) {
    std::vector<std::atomic<int>> counts(pools.size());
    std::atomic<std::int64_t> of_style = 0;
    const bool has_styles = !library.styles.empty();
    const std::size_t top = std::min(kTop, pools.front().size());
    const std::size_t first = std::min(kFirst, top);
    parallel_for(pools.size(), allowed_cores(), [&](std::size_t i) {
        std::vector<index::Neighbour> pool = pools[i];
        order(i, pool);
        for (std::size_t rank = 0; rank < top; ++rank) {
            const auto other = static_cast<std::size_t>(pool[rank].id);
            ++counts[other];
            if (rank < first && has_styles && library.styles[other] == library.styles[i]) ++of_style;
        }
    });
    const auto tracks = static_cast<double>(counts.size());
    const auto mean = static_cast<double>(top);
    double greatest = 0;
    double never = 0;
    double squares = 0;
    double cubes = 0;
    for (const auto& each : counts) {
        const double off = each - mean;
        greatest = std::max(greatest, off + mean);
        never += each == 0 ? 1 : 0;
        squares += off * off / tracks;
        cubes += off * off * off / tracks;
    }
    const double share = 100 * static_cast<double>(of_style) / (tracks * static_cast<double>(first));
    fmt::print("  {:<44} {:6.2f} % {:8.2f} {:8.2f} % {:>12}\n", name, 100 * greatest / tracks,
               cubes / std::pow(squares, 1.5), 100 * never / tracks, has_styles ? fmt::format("{:.1f} %", share) : "-");
    std::fflush(stdout);
}

void compare(std::string_view name, const Library& library) {
    const auto index = index::create_index(library.rows.columns());
    std::vector<std::int64_t> ids(library.rows.rows());
    std::iota(ids.begin(), ids.end(), std::int64_t{0});
    index->add_many(ids, {library.rows.data(), library.rows.rows() * library.rows.columns()}, allowed_cores());
    const Pools pools = nearest(*index);
    fmt::print("{}: {} tracks\n", name, library.rows.rows());
    fmt::print("  {:<44} {:>8} {:>8} {:>10} {:>12}\n", "", "most", "skewness", "in none", "same style");
    const auto print = [&](std::string_view what, const Order& order) { print_figures(library, pools, what, order); };
    print("distance alone", by([](std::size_t, const index::Neighbour& n) { return n.distance; }));
    print("local scaling by 10", local_scaling(pools, 10));
    print("local scaling by 100", local_scaling(pools, 100));
    print("localised centring by 10", localised_centring(pools, 10));
    print("mutual proximity", mutual_proximity(library.rows));
    print("centring", centring(library.rows));
    print("as built: local scaling by 10, hubs put back", as_built(*index));
}

}  // namespace
}  // namespace audiomuse

int main(int argc, char** argv) {
    using namespace audiomuse;
    try {
        const std::string first = argc > 1 ? argv[1] : "20000";
        if (first == "library" && argc > 2) {
            compare(argv[2], saved(argv[2]));
            return 0;
        }
        const auto tracks = static_cast<std::size_t>(std::max(1000, std::atoi(first.c_str())));
        for (const double by : {0.3, 0.5, 0.7})
            compare(fmt::format("leaning by {}", by), leaning(tracks, by));
        compare("200 clusters", clustered(tracks, 200, false));
        compare("200 clusters, some dense, some wide", clustered(tracks, 200, true));
        compare("clusters of 40", clustered(tracks, tracks / 40, false));
        compare("styles, artists, albums", layered(tracks));
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
