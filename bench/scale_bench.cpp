// A store at the size of a large library: how fast it fills, how long its index takes to build, save and load, and how
// long the library's search takes.
//
//   scale_bench sqlite|DATABASE_URL [TRACKS]   the whole, in a temporary folder or an empty database
//   scale_bench fill FOLDER TRACKS             a data folder with a library and its index, for other benchmarks
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "audiomuse/base/clock.h"
#include "synthetic_library.h"

namespace audiomuse {
namespace {

namespace fs = std::filesystem;

void fill_folder(const fs::path& folder, std::int64_t tracks) {
    const auto store = store::open_sqlite(folder / "audiomuse.db");
    const double start = steady_now();
    bench::fill(*store, 0, tracks);
    fmt::print("{} tracks stored in {:.0f} s\n", tracks, steady_now() - start);
    const double built = steady_now();
    bench::save_index(*store, *bench::build_index(*store));
    fmt::print("index built and saved in {:.0f} s\n", steady_now() - built);
}

}  // namespace
}  // namespace audiomuse

int main(int count, char** arguments) {
    using namespace audiomuse;
    try {
        if (count == 4 && std::string(arguments[1]) == "fill") fill_folder(arguments[2], std::atoll(arguments[3]));
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
    return 0;
}
