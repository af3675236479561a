// How many patches a model should be given at a time, and how workers scale on one session.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <limits>
#include <string>
#include <thread>

#include "audiomuse/base/error.h"
#include "audiomuse/dsp/log_mel_patches.h"
#include "support.h"

namespace audiomuse {
namespace {

constexpr std::size_t kPatchValues = dsp::LogMelPatches::kFrames * dsp::LogMelPatches::kBands;
constexpr std::array<std::size_t, 6> kBatches = {1, 2, 4, 8, 16, 64};

using Model = std::shared_ptr<const models::EmbeddingModel>;

void run_batch(const models::EmbeddingModel& model, std::span<const float> patches, std::size_t count) {
    std::vector<float> embeddings(count * model.dimension());
    std::vector<float> tags(count * kMoodNames.size());
    model.run(patches.first(count * kPatchValues), count, embeddings, tags);
}

/// In a process of its own.
double peak_of_batch(const Model& model, std::size_t batch) {
    const std::vector<float> patches(batch * kPatchValues, 0.5F);
    for (int i = 0; i < 3; ++i)
        run_batch(*model, patches, batch);
    return bench::peak_megabytes();
}

void print_batches(const std::string& name, const Model& model) {
    constexpr int kRounds = 5;
    const std::vector<float> patches = bench::music_patches(kBatches.back());
    std::array<std::vector<double>, kBatches.size()> times;
    for (int round = 0; round < kRounds; ++round) {
        for (std::size_t b = 0; b < kBatches.size(); ++b) {
            const double start = bench::thread_seconds();
            for (std::size_t done = 0; done < kBatches.back(); done += kBatches[b])
                run_batch(*model, patches, kBatches[b]);
            times[b].push_back(1e3 * (bench::thread_seconds() - start) / static_cast<double>(kBatches.back()));
        }
    }
    for (std::size_t b = 0; b < kBatches.size(); ++b) {
        const auto [best, worst] = std::minmax_element(times[b].begin(), times[b].end());
        fmt::print("{:>10} {:>6} {:>10.2f} {:>8.2f} {:>10.0f}\n", name, kBatches[b], bench::median(times[b]), *best,
                   bench::ask_child(fmt::format("peak {} {}", name, kBatches[b])));
    }
}

/// Runs `work` on `threads` threads and returns how often a second, all threads together.
double throughput(std::size_t threads, int repeats, const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < threads; ++i) {
        workers.emplace_back([&] {
            for (int r = 0; r < repeats; ++r)
                work();
        });
    }
    workers.clear();
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
    return static_cast<double>(threads) * repeats / elapsed.count();
}

void spin() {
    volatile double x = 1;
    for (int i = 0; i < 4'000'000; ++i)
        x = x * 1.0000001;
}

/// Other work on the machine takes from two threads more than from one, so the best of several rounds counts, one and
/// two threads taking turns; arithmetic without memory says what the machine has to give.
void print_scaling(const std::string& name, const std::function<void()>& work) {
    constexpr int kRounds = 9;
    constexpr double kRoundSeconds = 0.4;
    const int repeats = std::max(1, static_cast<int>(kRoundSeconds * throughput(1, 3, work)));
    double one = 0;
    double two = 0;
    for (int round = 0; round < kRounds; ++round) {
        one = std::max(one, throughput(1, repeats, work));
        two = std::max(two, throughput(2, repeats, work));
    }
    fmt::print("{:>10} {:>14.1f} {:>14.1f} {:>8.2f}\n", name, one, two, two / one);
}

void run() {
    std::vector<std::pair<std::string, Model>> models = {{"mini", bench::open_mini()}};
    if (const Model musicnn = bench::open_musicnn()) models.emplace_back("musicnn", musicnn);

    fmt::print("{:>10} {:>6} {:>10} {:>8} {:>10}\n", "model", "batch", "ms/patch", "best", "peak MB");
    for (const auto& [name, model] : models)
        print_batches(name, model);

    fmt::print("\n{:>10} {:>14} {:>14} {:>8}\n", "per second", "one thread", "two threads", "ratio");
    const std::vector<float> patches = bench::music_patches(1);
    print_scaling("arithmetic", spin);
    for (const auto& [name, model] : models)
        print_scaling(name, [&, &used = model] { run_batch(*used, patches, 1); });
    print_scaling("arithmetic", spin);
}

}  // namespace
}  // namespace audiomuse

int main(int count, char** arguments) {
    using namespace audiomuse;
    try {
        if (count == 4) {
            fmt::print("{}\n", peak_of_batch(bench::open_named(arguments[2]), std::stoul(arguments[3])));
        } else {
            run();
        }
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
