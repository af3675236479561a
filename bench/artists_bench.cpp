// Models of artists at the size of a large library: artists_bench [artists, 20000], with 15 tracks each.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/base/random.h"
#include "audiomuse/features/artists/similar_artists.h"
#include "audiomuse/index/vector_index.h"

namespace audiomuse {
namespace {

constexpr std::size_t kDimension = 200;
constexpr std::size_t kStyles = 60;
constexpr std::size_t kTracks = 15;

struct Library {
    std::vector<store::Credits> credits;
    // The models need the vectors only: links are kept few.
    std::unique_ptr<index::VectorIndex> index = index::create_index(kDimension, {.M = 4, .ef_construction = 8});
};

/// Every artist has one to three styles, and an own direction within them.
Library make_library(std::size_t artists) {
    Random random(1);
    const auto drawn = [&](double spread) {
        std::vector<float> vector(kDimension);
        for (float& value : vector)
            value = static_cast<float>(spread * random.normal());
        return vector;
    };
    std::vector<std::vector<float>> styles;
    for (std::size_t s = 0; s < kStyles; ++s)
        styles.push_back(drawn(1));
    Library library;
    for (std::size_t artist = 0; artist < artists; ++artist) {
        const auto kinds = static_cast<std::size_t>(random.integer(1, 3));
        std::vector<std::vector<float>> centres;
        for (std::size_t k = 0; k < kinds; ++k) {
            std::vector<float> centre = drawn(0.4);
            const auto& style = styles[static_cast<std::size_t>(random.integer(0, kStyles - 1))];
            std::transform(centre.begin(), centre.end(), style.begin(), centre.begin(), std::plus<>());
            centres.push_back(std::move(centre));
        }
        for (std::size_t i = 0; i < kTracks; ++i) {
            const auto id = static_cast<std::int64_t>(library.credits.size() + 1);
            library.credits.push_back({TrackId{id}, {fmt::format("Artist {}", artist)}, ""});
            std::vector<float> vector = drawn(0.4);
            const auto& centre = centres[i % kinds];
            std::transform(vector.begin(), vector.end(), centre.begin(), vector.begin(), std::plus<>());
            library.index->add(id, vector);
        }
    }
    return library;
}

double seconds_of(const std::function<void()>& work) {
    const double started = steady_now();
    work();
    return steady_now() - started;
}

}  // namespace
}  // namespace audiomuse

int main(int argc, char** argv) {
    using namespace audiomuse;
    const std::size_t artists = argc > 1 ? static_cast<std::size_t>(std::atoll(argv[1])) : 20'000;
    Library library = make_library(artists);
    const features::ArtistParams params{.threads = allowed_cores()};
    features::ArtistModels models;
    const double fit =
        seconds_of([&] { models = features::make_artist_models(library.credits, library.index.get(), params); });
    fmt::print("{} artists, {} tracks, {} components: fitted in {:.1f} s on {} threads\n", models.size(),
               library.credits.size(), models.components(), fit, params.threads);
    const double again = seconds_of(
        [&] { models = features::make_artist_models(library.credits, library.index.get(), params, &models); });
    fmt::print("again, nothing changed: {:.2f} s ({} taken over)\n", again, models.reused());

    std::vector<std::byte> image;
    models.save([&](std::span<const std::byte> bytes) { image.insert(image.end(), bytes.begin(), bytes.end()); });
    features::ArtistModels loaded;
    const double load = seconds_of([&] { loaded = features::ArtistModels::load(image); });
    fmt::print("image: {:.1f} MB, loaded in {:.3f} s\n", static_cast<double>(image.size()) / 1e6, load);

    std::vector<double> times;
    for (std::size_t i = 0; i < 200; ++i) {
        const std::size_t artist = i * 7919 % loaded.size();
        times.push_back(seconds_of([&] { (void)features::similar_artists(loaded, artist); }));
    }
    std::sort(times.begin(), times.end());
    fmt::print("similar artists, exact: p50 {:.2f} ms, p99 {:.2f} ms\n", 1e3 * times[100], 1e3 * times[198]);
    return 0;
}
