// The index at the size of a library, beside exact search and plain hnswlib. bench/index calls this; see there.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/random.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/numeric/distance.h"
#include "audiomuse/numeric/matrix.h"
#include "plain_hnswlib.h"
#include "synthetic_library.h"

namespace audiomuse {
namespace {

namespace fs = std::filesystem;
using numeric::Matrix;

constexpr std::size_t kDimension = 200;
constexpr std::size_t kMost = 100;  // neighbours of each query that are known

struct Options {
    std::vector<std::size_t> sizes;
    std::vector<std::string> forms;
    std::string data = "music";
    std::size_t queries = 1000;
    unsigned threads = allowed_cores();
    index::IndexParams params;
};

struct Data {
    Matrix rows;
    Matrix queries;
    std::vector<std::vector<std::int64_t>> nearest;  ///< kMost of each query, by an exact pass over floats
};

std::vector<float> vector_of(const Options& options, std::size_t number) {
    if (options.data == "music") return bench::synthetic_embedding(static_cast<std::int64_t>(number));
    Random random = Random::for_task(1, number);
    std::vector<float> vector(kDimension);
    for (float& value : vector)
        value = static_cast<float>(random.normal());
    return vector;
}

/// The nearest of `query`, by one pass over all rows.
std::vector<std::int64_t> exact(const Matrix& rows, std::span<const float> query, std::size_t k, index::Metric metric) {
    std::vector<std::pair<float, std::int64_t>> all(rows.rows());
    for (std::size_t i = 0; i < rows.rows(); ++i) {
        all[i] = {metric == index::Metric::angular ? -numeric::dot(query, rows.row(i))
                                                   : numeric::squared_l2(query, rows.row(i)),
                  static_cast<std::int64_t>(i)};
    }
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(std::min(k, all.size()));
    std::partial_sort(all.begin(), end, all.end());
    std::vector<std::int64_t> ids;
    for (auto it = all.begin(); it != end; ++it)
        ids.push_back(it->second);
    return ids;
}

/// Queries are tracks of the library that are kept out of the index, evenly spread.
Data make_data(const Options& options, std::size_t size) {
    Data data{Matrix(size, kDimension), Matrix(options.queries, kDimension), {}};
    const std::size_t spacing = (size + options.queries) / options.queries;
    parallel_for(size + options.queries, options.threads, [&](std::size_t number) {
        std::vector<float> vector = vector_of(options, number);
        if (options.params.metric == index::Metric::angular) numeric::normalise(vector);
        const std::size_t before = std::min(options.queries, (number + spacing - 1) / spacing);  // queries so far
        const bool is_query = number % spacing == 0 && number / spacing < options.queries;
        std::copy(vector.begin(), vector.end(),
                  is_query ? data.queries.row(number / spacing).begin() : data.rows.row(number - before).begin());
    });
    data.nearest.resize(options.queries);
    parallel_for(options.queries, options.threads, [&](std::size_t q) {
        data.nearest[q] = exact(data.rows, data.queries.row(q), kMost, options.params.metric);
    });
    return data;
}

using Search = std::function<std::vector<std::int64_t>(std::span<const float> query, std::size_t k)>;

double recall(const Data& data, std::size_t q, std::vector<std::int64_t> found, std::size_t k) {
    std::vector<std::int64_t> near(data.nearest[q].begin(), data.nearest[q].begin() + static_cast<std::ptrdiff_t>(k));
    std::sort(near.begin(), near.end());
    std::sort(found.begin(), found.end());
    std::vector<std::int64_t> both;
    std::set_intersection(near.begin(), near.end(), found.begin(), found.end(), std::back_inserter(both));
    return static_cast<double>(both.size()) / static_cast<double>(k);
}

void measure(const Options& options, const Data& data, const Search& search, std::size_t queries) {
    for (const std::size_t k : {std::size_t{10}, std::size_t{100}}) {
        std::vector<double> times;
        double hits = 0;
        for (std::size_t q = 0; q < queries; ++q) {
            const double begin = steady_now();
            const auto found = search(data.queries.row(q), k);
            times.push_back(steady_now() - begin);
            hits += recall(data, q, found, k);
        }
        double sum = 0;
        for (const double time : times)
            sum += time;
        std::sort(times.begin(), times.end());
        const double begin = steady_now();
        parallel_for(queries, options.threads, [&](std::size_t q) { search(data.queries.row(q), k); });
        const double together = steady_now() - begin;
        fmt::print(
            "  n = {:<3}  recall {:.4f}  p50 {:7.3f} ms  p99 {:7.3f} ms  {:7.0f} queries/s, {:7.0f} on {} threads\n", k,
            hits / static_cast<double>(queries), 1e3 * times[times.size() / 2], 1e3 * times[times.size() * 99 / 100],
            static_cast<double>(queries) / sum, static_cast<double>(queries) / together, options.threads);
    }
}

void print_build(const Data& data, double seconds, unsigned threads, std::uint64_t resident, std::size_t counted) {
    const auto count = static_cast<double>(data.rows.rows());
    fmt::print("  built in {:.1f} s by {} threads ({:.0f} vectors/s); {:.0f} bytes a vector resident", seconds, threads,
               count / seconds, static_cast<double>(resident) / count);
    if (counted > 0) fmt::print(", {:.0f} by its own count", static_cast<double>(counted) / count);
    fmt::print("\n");
}

void save_and_load(const index::VectorIndex& index, std::size_t ef_search) {
    const fs::path file = fs::temp_directory_path() / fmt::format("audiomuse-index-bench-{}", ::getpid());
    const double saving = steady_now();
    {
        std::ofstream out(file, std::ios::binary);
        index.save([&](std::span<const std::byte> part) {
            out.write(reinterpret_cast<const char*>(part.data()), static_cast<std::streamsize>(part.size()));
        });
    }
    const double saved = steady_now();
    const std::size_t bytes = fs::file_size(file);
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    void* mapped = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    const auto loaded = index::load_index({static_cast<const std::byte*>(mapped), bytes}, ef_search, allowed_cores());
    const double done = steady_now();
    fmt::print("  image of {:.1f} MB saved in {:.2f} s, loaded from the local file in {:.2f} s\n",
               static_cast<double>(bytes) / 1e6, saved - saving, done - saved);
    ::munmap(mapped, bytes);
    ::close(descriptor);
    fs::remove(file);
}

void run_exact(const Options& options, const Data& data) {
    fmt::print("exact search, float32: {} bytes a vector\n", kDimension * sizeof(float));
    measure(
        options, data,
        [&](std::span<const float> query, std::size_t k) { return exact(data.rows, query, k, options.params.metric); },
        std::min<std::size_t>(options.queries, 50));
}

void run_hnswlib(const Options& options, const Data& data) {
    fmt::print("plain hnswlib, float32, M {}, ef_construction {}, ef {}\n", options.params.M,
               options.params.ef_construction, options.params.ef_search);
    const auto before = process_memory().resident_bytes;
    const double begin = steady_now();
    bench::PlainHnswlib graph(data.rows, options.params, options.threads);
    print_build(data, steady_now() - begin, options.threads, process_memory().resident_bytes - before, 0);
    graph.set_ef(std::max(options.params.ef_search, kMost + kMost / 2));  // the index's own for n = 100
    measure(
        options, data, [&](std::span<const float> query, std::size_t k) { return graph.search(query.data(), k); },
        options.queries);
}

void run_index(const Options& options, const Data& data, index::Storage storage) {
    index::IndexParams params = options.params;
    params.storage = storage;
    fmt::print("index, {}, M {}, ef_construction {}, ef_search {}\n",
               storage == index::Storage::int8 ? "int8" : "float32", params.M, params.ef_construction,
               params.ef_search);
    const auto before = process_memory().resident_bytes;
    const double begin = steady_now();
    const auto index = index::create_index(kDimension, params);
    constexpr std::size_t kLot = 2048;
    std::vector<std::int64_t> ids;
    for (std::size_t i = 0; i < data.rows.rows(); ++i) {
        ids.push_back(static_cast<std::int64_t>(i));
        if (ids.size() < kLot && i + 1 < data.rows.rows()) continue;
        const std::size_t first = i + 1 - ids.size();
        index->add_many(ids, {data.rows.row(first).data(), ids.size() * kDimension}, options.threads);
        ids.clear();
    }
    print_build(data, steady_now() - begin, options.threads, process_memory().resident_bytes - before,
                index->memory_bytes());
    measure(
        options, data,
        [&](std::span<const float> query, std::size_t k) {
            std::vector<std::int64_t> found;
            for (const index::Neighbour& neighbour : index->search(query, k))
                found.push_back(neighbour.id);
            return found;
        },
        options.queries);
    save_and_load(*index, params.ef_search);
}

/// In a process of its own, so that each form's memory is its own.
void apart(const std::function<void()>& run) {
    std::fflush(stdout);
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("fork failed");
    if (child == 0) {
        run();
        std::fflush(stdout);
        ::_exit(0);
    }
    int status = 0;
    if (::waitpid(child, &status, 0) != child || status != 0) throw std::runtime_error("a measurement failed");
}

void run(const Options& options) {
    for (const std::size_t size : options.sizes) {
        const double begin = steady_now();
        const Data data = make_data(options, size);
        fmt::print("\n== {} vectors of {} numbers ({}), {} queries, neighbours known after {:.0f} s\n", size,
                   kDimension, options.data, options.queries, steady_now() - begin);
        for (const std::string& form : options.forms) {
            apart([&] {
                if (form == "exact") run_exact(options, data);
                if (form == "hnswlib") run_hnswlib(options, data);
                if (form == "int8") run_index(options, data, index::Storage::int8);
                if (form == "float32") run_index(options, data, index::Storage::float32);
            });
        }
    }
}

std::size_t number(const std::string& text) {
    std::size_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value == 0) {
        throw std::invalid_argument(text + " is not a number");
    }
    return value;
}

Options read_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; i += 2) {
        const std::string name = argv[i];
        if (i + 1 == argc) throw std::invalid_argument(name + " needs a value");
        const std::string value = argv[i + 1];
        if (name == "--size") {
            options.sizes.push_back(number(value));
        } else if (name == "--form") {
            options.forms.push_back(value);
        } else if (name == "--data") {
            options.data = value;
        } else if (name == "--metric") {
            options.params.metric = value == "euclidean" ? index::Metric::euclidean : index::Metric::angular;
        } else if (name == "--queries") {
            options.queries = number(value);
        } else if (name == "--threads") {
            options.threads = static_cast<unsigned>(number(value));
        } else if (name == "--M") {
            options.params.M = number(value);
        } else if (name == "--ef-construction") {
            options.params.ef_construction = number(value);
        } else if (name == "--ef-search") {
            options.params.ef_search = number(value);
        } else {
            throw std::invalid_argument("unknown option " + name + "; bench/index tells which there are");
        }
    }
    if (options.sizes.empty()) options.sizes = {100'000, 1'000'000};
    if (options.forms.empty()) options.forms = {"exact", "hnswlib", "int8", "float32"};
    return options;
}

}  // namespace
}  // namespace audiomuse

int main(int argc, char** argv) {
    try {
        audiomuse::run(audiomuse::read_options(argc, argv));
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "index_bench: {}\n", error.what());
        return 1;
    }
}
