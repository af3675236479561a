// A store at the size of a large library. bench/scale and bench/load call this; see there.
//
//   scale_bench measure STORE TRACKS   fills, indexes and searches an empty store, and prints how long each took
//   scale_bench fill STORE TRACKS      fills and indexes only
//   scale_bench album STORE NUMBER     adds album NUMBER of the synthetic library; prints the ids of its tracks
//   scale_bench ids STORE 0            prints the ids of all tracks with an embedding
//   scale_bench postgres - 0          runs a PostgreSQL server of its own with an empty database until its input ends
//
// STORE is a data folder, or the address of a PostgreSQL database (postgresql://...).
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/machine.h"
#include "support/postgres_server.h"
#include "synthetic_library.h"

namespace audiomuse {
namespace {

namespace fs = std::filesystem;

std::unique_ptr<store::Store> open(const std::string& place) {
    if (place.starts_with("postgres")) return store::open_postgres({.url = place});
    return store::open_sqlite(fs::path(place) / "audiomuse.db");
}

/// Wall and CPU time of this process: of a busy machine the second says more.
struct Clock {
    double wall = steady_now();
    double cpu = cpu_now();

    static double cpu_now() {
        timespec now{};
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
        return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
    }
    double wall_seconds() const { return steady_now() - wall; }
    double cpu_seconds() const { return cpu_now() - cpu; }
};

double megabytes(std::uint64_t bytes) {
    return static_cast<double>(bytes) / 1e6;
}

void print(std::string_view what, double value, std::string_view unit) {
    fmt::print("{:<52} {:>12.1f} {}\n", what, value, unit);
    std::fflush(stdout);
}

void print(std::string_view what, const Clock& since) {
    const double cpu = since.cpu_seconds();
    print(what, since.wall_seconds(), fmt::format("s, {:.1f} s of CPU", cpu));
}

void fill(store::Store& store, std::int64_t tracks) {
    const Clock start;
    double lot_start = start.wall;
    const std::int64_t lot = std::max<std::int64_t>(tracks / 3, 1);
    std::int64_t next = lot;
    bench::fill(store, 0, tracks, 200, [&](std::int64_t done) {
        if (done < next) return;
        next += lot;
        const double now = steady_now();
        print(fmt::format("insert rate up to {} tracks", done), static_cast<double>(lot) / (now - lot_start),
              "tracks/s");
        lot_start = now;
    });
    print("insert rate, all", static_cast<double>(tracks) / start.wall_seconds(), "tracks/s");
    print("tracks and analyses stored", start);
}

void index(store::Store& store) {
    const auto before = process_memory().resident_bytes;
    const Clock building;
    const auto built = bench::build_index(store);
    print("index built, one thread", building);
    print("memory of the index",
          static_cast<double>(process_memory().resident_bytes - before) / static_cast<double>(built->size()),
          "bytes per track");
    const Clock saving;
    bench::save_index(store, *built);
    print("index saved", saving);
}

void load(store::Store& store) {
    const Clock reading;
    const auto info = store.index_blobs().info(store::kTrackIndex);
    std::vector<std::byte> image;
    image.reserve(static_cast<std::size_t>(info->bytes));
    store.index_blobs().load(store::kTrackIndex, [&](std::span<const std::byte> part) {
        image.insert(image.end(), part.begin(), part.end());
    });
    print("image of the index", megabytes(image.size()), "MB");
    print("image read", reading);
    const Clock loading;
    const auto loaded = index::load_index(image);
    print("index loaded from it", loading);
}

void search(store::Store& store) {
    constexpr std::array<std::string_view, 8> kTexts = {
        "river", "golden moon", "silver dance blues",    "the lost road 321", "elect",
        "li",    "rock",        "nothing at all like it"};
    const auto time = [](const auto& call) {
        std::vector<double> times(9);
        for (double& value : times) {
            const double start = steady_now();
            call();
            value = steady_now() - start;
        }
        std::ranges::nth_element(times, times.begin() + 4);
        return times[4] * 1000;
    };
    for (const std::string_view text : kTexts) {
        std::int64_t total = 0;
        const double took = time([&] { total = store.tracks().search({.text = std::string(text)}).total; });
        print(fmt::format("search for \"{}\" ({} tracks)", text, total), took, "ms");
    }
    print("search by title and artist", time([&] { store.tracks().search_title_artist("golden", "ocean", 15); }), "ms");
}

void measure(store::Store& store, std::int64_t tracks) {
    fill(store, tracks);
    index(store);
    load(store);
    search(store);
}

void add_album(store::Store& store, std::int64_t number) {
    for (const TrackId id : bench::fill(store, number * bench::kTracksPerAlbum, bench::kTracksPerAlbum))
        fmt::print("{}\n", id.value);
}

void print_ids(store::Store& store) {
    store.analyses().each_embedding(bench::synthetic_model(),
                                    [](TrackId id, const Embedding&) { fmt::print("{}\n", id.value); });
}

/// Commits reach the disk, as on a server in use; a test's server would not wait for them.
void run_postgres() {
    testing_support::PostgresServer server({{"fsync", "on"}, {"synchronous_commit", "on"}, {"full_page_writes", "on"}});
    fmt::print("{}\n", server.url(server.new_database()));
    std::fflush(stdout);
    while (std::getchar() != EOF) {
    }
}

int run(const std::string& what, const std::string& place, std::int64_t number) {
    if (what == "postgres") {
        run_postgres();
        return 0;
    }
    const auto store = open(place);
    if (what == "measure") {
        measure(*store, number);
    } else if (what == "fill") {
        fill(*store, number);
        index(*store);
    } else if (what == "album") {
        add_album(*store, number);
    } else if (what == "ids") {
        print_ids(*store);
    } else {
        throw Error(ErrorCode::invalid_argument, "Say 'measure', 'fill', 'album', 'ids' or 'postgres'.");
    }
    return 0;
}

}  // namespace
}  // namespace audiomuse

int main(int count, char** arguments) {
    try {
        if (count == 4) return audiomuse::run(arguments[1], arguments[2], std::atoll(arguments[3]));
        fmt::print(stderr, "scale_bench measure|fill|album|ids|postgres STORE NUMBER\n");
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
    }
    return 1;
}
