// Peak memory of a process that analyses one file from start to end: 5 minutes, and 3 hours.
#include <fmt/format.h>

#include <array>
#include <fstream>
#include <string>
#include <variant>

#include "audiomuse/analyse/analyser.h"
#include "audiomuse/base/error.h"
#include "support.h"
#include "support/temp_folder.h"

namespace audiomuse {
namespace {

namespace fs = std::filesystem;

/// In a process of its own.
double peak_of(const std::string& model, const fs::path& file) {
    const auto analyser = analyse::create_analyser(bench::open_named(model), {.max_seconds = 0});
    const auto result = analyser->analyse(file, {});
    if (const auto* failure = std::get_if<AnalysisFailure>(&result)) throw Error(failure->code, failure->message);
    return bench::peak_megabytes();
}

void run() {
    constexpr int kRepeats = 36;
    const testing_support::TempFolder folder;
    const fs::path five_minutes = folder.path() / "5-minutes.mp3";
    const fs::path three_hours = folder.path() / "3-hours.mp3";
    bench::write_music(five_minutes, "mp3", 300);
    {
        // MP3 is a row of frames: files put one behind the other are one.
        std::ofstream out(three_hours, std::ios::binary);
        for (int i = 0; i < kRepeats; ++i)
            out << std::ifstream(five_minutes, std::ios::binary).rdbuf();
    }
    fmt::print("{:>10} {:>14} {:>12} {:>8} {:>8}\n", "peak MB", "5 minutes", "3 hours", "ratio", "goal");
    for (const auto& [model, goal] : {std::pair{"mini", 130}, std::pair{"musicnn", 260}}) {
        if (!bench::open_named(model)) continue;
        const double brief = bench::ask_child(fmt::format("peak {} {}", model, five_minutes.string()));
        const double lengthy = bench::ask_child(fmt::format("peak {} {}", model, three_hours.string()));
        fmt::print("{:>10} {:>14.1f} {:>12.1f} {:>8.3f} {:>8}\n", model, brief, lengthy, lengthy / brief, goal);
    }
}

}  // namespace
}  // namespace audiomuse

int main(int count, char** arguments) {
    using namespace audiomuse;
    try {
        if (count == 4) {
            fmt::print("{}\n", peak_of(arguments[2], arguments[3]));
        } else {
            run();
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
