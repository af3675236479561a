// Distances, the index and k-means at the size of a library: 100,000 tracks of 200 numbers.
#include <benchmark/benchmark.h>

#include <vector>

#include "audiomuse/base/random.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/numeric/distance.h"
#include "audiomuse/numeric/kmeans.h"

namespace audiomuse {
namespace {

constexpr std::size_t kDimension = 200;
constexpr std::size_t kCentres = 200;

/// Rows around 200 centres, as far from them as the centres are apart.
numeric::Matrix clustered_rows(std::size_t count) {
    Random random(1);
    numeric::Matrix centres(kCentres, kDimension);
    for (std::size_t c = 0; c < centres.rows(); ++c) {
        for (float& value : centres.row(c))
            value = static_cast<float>(random.normal());
    }
    numeric::Matrix rows(count, kDimension);
    for (std::size_t i = 0; i < count; ++i) {
        const auto centre = centres.row(i % kCentres);
        for (std::size_t j = 0; j < kDimension; ++j)
            rows(i, j) = centre[j] + static_cast<float>(random.normal());
    }
    return rows;
}

const numeric::Matrix& library() {
    static const numeric::Matrix rows = clustered_rows(100'000);
    return rows;
}

const index::VectorIndex& library_index() {
    static const auto index = [] {
        auto built = index::create_index(kDimension);
        for (std::size_t i = 0; i < library().rows(); ++i)
            built->add(static_cast<std::int64_t>(i), library().row(i));
        return built;
    }();
    return *index;
}

void dot_product(benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(numeric::dot(library().row(0), library().row(i)));
        i = (i + 1) % 1000;  // stays in the cache
    }
}
BENCHMARK(dot_product);

void search(benchmark::State& state) {
    const index::VectorIndex& index = library_index();
    const auto k = static_cast<std::size_t>(state.range(0));
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(index.search(library().row(i), k));
        i = (i + 7919) % library().rows();
    }
}
BENCHMARK(search)->Arg(10)->Arg(100)->Arg(1000)->Unit(benchmark::kMicrosecond);

void search_with_a_filter_one_in_twenty(benchmark::State& state) {
    const index::VectorIndex& index = library_index();
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(index.search(library().row(i), 50, [](std::int64_t id) { return id % 20 == 0; }));
        i = (i + 7919) % library().rows();
    }
}
BENCHMARK(search_with_a_filter_one_in_twenty)->Unit(benchmark::kMicrosecond);

void farthest(benchmark::State& state) {
    const index::VectorIndex& index = library_index();
    for (auto _ : state)
        benchmark::DoNotOptimize(index.farthest(library().row(5), 5));
}
BENCHMARK(farthest)->Unit(benchmark::kMillisecond);

void save_and_load(benchmark::State& state) {
    const index::VectorIndex& index = library_index();
    for (auto _ : state) {
        std::vector<std::byte> image;
        index.save([&](std::span<const std::byte> part) { image.insert(image.end(), part.begin(), part.end()); });
        benchmark::DoNotOptimize(index::load_index(image));
        state.counters["bytes"] = static_cast<double>(image.size());
    }
}
BENCHMARK(save_and_load)->Unit(benchmark::kMillisecond);

void kmeans_of_a_sample(benchmark::State& state) {
    static const numeric::Matrix sample = clustered_rows(10'000);
    for (auto _ : state) {
        benchmark::DoNotOptimize(numeric::kmeans(sample, {.clusters = 70, .n_init = 1, .max_iterations = 100}));
    }
}
BENCHMARK(kmeans_of_a_sample)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace audiomuse

BENCHMARK_MAIN();
