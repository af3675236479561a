// A store at the size of a large library. bench/scale and bench/load call this; see there.
//
//   scale_bench measure STORE TRACKS   fills, indexes and searches an empty store, and prints how long each took
//   scale_bench fill STORE TRACKS      fills and indexes only
//   scale_bench list STORE TRACKS      lists them as a media server's: new, unchanged, and with other ids
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
    const auto built = bench::build_index(store, allowed_cores());
    print("index built, a thread per core", building);
    print("memory of the index",
          static_cast<double>(process_memory().resident_bytes - before) / static_cast<double>(built->size()),
          "bytes per track");
    const Clock saving;
    bench::save_index(store, *built);
    print("index saved", saving);
}

void load(store::Store& store) {
    const Clock reading;
    const std::vector<std::byte> image = store::read_whole(store.index_blobs(), store::kTrackIndex).value();
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

store::ListedItem listed_item(std::int64_t number, std::string_view prefix) {
    const store::Tracks::PutItem made = bench::synthetic_track(number).item;
    store::ListedItem item;
    item.item_id = fmt::format("{}{}", prefix, number);
    item.album_id = fmt::format("album {}", number / bench::kTracksPerAlbum);
    item.path = made.file.path;
    item.stamp = made.file.stamp;
    item.tags = made.tags;
    return item;
}

/// Page by page, as the job does that lists a media server; what the server itself takes is not in it.
void list(store::Store& store, std::int64_t tracks) {
    constexpr std::int64_t kPage = 500;
    const ServerId server = store.servers().add({.type = "navidrome", .name = "Bench", .url = "http://bench"});
    const auto once = [&](std::string_view what, std::string_view prefix) {
        const std::int64_t listing = store.tracks().begin_listing(server);
        store::Recognised found;
        double in_store = 0;
        for (std::int64_t first = 0; first < tracks; first += kPage) {
            std::vector<store::ListedItem> page;
            for (std::int64_t i = first; i < std::min(first + kPage, tracks); ++i)
                page.push_back(listed_item(i, prefix));
            const double start = steady_now();
            found += store.tracks().put_listed(server, listing, page);
            in_store += steady_now() - start;
        }
        const double start = steady_now();
        store.tracks().finish_listing(server, listing);
        in_store += steady_now() - start;
        print(fmt::format("{}: {} new, {} by id, {} otherwise", what, found.created, found.by_id,
                          found.by_path + found.by_tail + found.by_tags),
              in_store, fmt::format("s, {:.0f} tracks/s", static_cast<double>(tracks) / in_store));
    };
    once("a new server listed", "a");
    once("listed again", "a");
    once("with other ids", "b");
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
    } else if (what == "list") {
        list(*store, number);
    } else if (what == "album") {
        add_album(*store, number);
    } else if (what == "ids") {
        print_ids(*store);
    } else {
        throw Error(ErrorCode::invalid_argument, "Say 'measure', 'fill', 'list', 'album', 'ids' or 'postgres'.");
    }
    return 0;
}

}  // namespace
}  // namespace audiomuse

int main(int count, char** arguments) {
    try {
        if (count == 4) return audiomuse::run(arguments[1], arguments[2], std::atoll(arguments[3]));
        fmt::print(stderr, "scale_bench measure|fill|list|album|ids|postgres STORE NUMBER\n");
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
    }
    return 1;
}
