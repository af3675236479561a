// Whether memory stays flat over many files: 2,000 short ones of all formats, some of them broken, in one process.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <string>
#include <variant>
#include <vector>

#include "audiomuse/analyse/analyser.h"
#include "audiomuse/base/random.h"
#include "support.h"
#include "support/temp_folder.h"

namespace audiomuse {
namespace {

namespace fs = std::filesystem;

constexpr int kFiles = 2000;
constexpr int kWarmUp = 400;
constexpr int kLineEvery = 200;

std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Ten files of each format, 5 to 12 s, then the same with their last third cut off, with bytes turned over, and
/// noise.
std::vector<fs::path> write_files(const fs::path& folder) {
    constexpr std::array kContainers = {"mp3", "flac", "ogg", "opus", "m4a"};
    Random random(7);
    std::vector<fs::path> files;
    for (std::size_t i = 0; i < 50; ++i) {
        const char* const container = kContainers[i % kContainers.size()];
        const fs::path whole = folder / fmt::format("{}.{}", i, container);
        bench::write_music(whole, container, 5 + static_cast<double>(i % 8), i);
        files.push_back(whole);
        if (i % 10 >= kContainers.size()) continue;
        std::string bytes = read(whole);
        files.push_back(folder / fmt::format("{}-cut.{}", i, container));
        std::ofstream(files.back(), std::ios::binary) << bytes.substr(0, bytes.size() * 2 / 3);
        for (int turned = 0; turned < 40; ++turned)
            bytes[random.bits() % bytes.size()] ^= 0x55;
        files.push_back(folder / fmt::format("{}-turned.{}", i, container));
        std::ofstream(files.back(), std::ios::binary) << bytes;
    }
    files.push_back(folder / "noise.mp3");
    std::ofstream noise(files.back(), std::ios::binary);
    for (int i = 0; i < 50000; ++i)
        noise.put(static_cast<char>(random.bits() % 256));
    return files;
}

/// Least squares, in units of y per unit of x.
double slope(const std::vector<double>& x, const std::vector<double>& y) {
    double mean_x = 0, mean_y = 0, xx = 0, xy = 0;
    const auto n = static_cast<double>(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) {
        mean_x += x[i] / n;
        mean_y += y[i] / n;
    }
    for (std::size_t i = 0; i < x.size(); ++i) {
        xx += (x[i] - mean_x) * (x[i] - mean_x);
        xy += (x[i] - mean_x) * (y[i] - mean_y);
    }
    return xy / xx;
}

void run(const std::string& model) {
    const testing_support::TempFolder folder;
    const std::vector<fs::path> files = write_files(folder.path());
    const auto analyser = analyse::create_analyser(bench::open_named(model), {});
    std::vector<double> counts;
    std::vector<double> megabytes;
    std::vector<double> since_line;
    int failed = 0;
    for (int done = 1; done <= kFiles; ++done) {
        const auto result = analyser->analyse(files[static_cast<std::size_t>(done) % files.size()], {});
        failed += std::holds_alternative<AnalysisFailure>(result) ? 1 : 0;
        since_line.push_back(bench::resident_megabytes());
        if (done > kWarmUp) {
            counts.push_back(done);
            megabytes.push_back(since_line.back());
        }
        if (done % kLineEvery == 0) {
            const auto [low, high] = std::minmax_element(since_line.begin(), since_line.end());
            fmt::print("{:>5} files: {:>6.2f} to {:>6.2f} MB\n", done, *low, *high);
            std::fflush(stdout);
            since_line.clear();
        }
    }
    fmt::print("{} files analysed, {} of them failed as they should\n", kFiles, failed);
    fmt::print("slope after the first {}: {:.1f} KB per 1,000 files\n", kWarmUp,
               slope(counts, megabytes) * 1024 * 1000);
}

}  // namespace
}  // namespace audiomuse

int main(int count, char** arguments) {
    try {
        audiomuse::run(count > 1 ? arguments[1] : "mini");
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
