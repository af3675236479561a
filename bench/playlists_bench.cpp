// How good the playlists of a search are, by algorithm and by fitness, and how long it takes.
//
//   playlists_bench [TRACKS] [RUNS]          a synthetic library of 60 known styles (20,000 tracks, 200 runs)
//   playlists_bench library DATA [RUNS]      the library in the data folder DATA, whose styles are its genre tags
//
// `ari`: adjusted Rand index (Hubert and Arabie, 1985) of list and style over the songs in all lists of the best run.
// Of the eight playlists that a user gets: `purity`, the mean share of the most frequent style of a list; `styles`,
// how many different ones these are; `cover`, the share of the library's songs that are in them; `sizes`, least, median
// and largest.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <string>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/features/clustering/clustering.h"
#include "audiomuse/features/common/songs.h"
#include "synthetic_library.h"

namespace audiomuse {
namespace {

struct Library {
    features::ClusteringInput input;
    std::map<TrackId, std::string> styles;
};

Library synthetic(std::int64_t tracks) {
    Library library;
    features::ClusteringInput& input = library.input;
    for (std::int64_t number = 0; number < tracks; ++number) {
        const bench::SyntheticTrack track = bench::synthetic_track(number);
        const TrackTags& tags = track.item.tags;
        const Embedding& embedding = track.analysis.embedding;
        if (number == 0) input.embeddings = numeric::Matrix(static_cast<std::size_t>(tracks), embedding.size());
        const auto row = input.ids.size();
        std::copy(embedding.begin(), embedding.end(), input.embeddings.row(row).begin());
        input.ids.push_back(TrackId{number + 1});
        input.summaries.push_back({.id = input.ids.back(),
                                   .tempo_bpm = track.analysis.tempo_bpm,
                                   .energy = track.analysis.energy,
                                   .key = track.analysis.key,
                                   .scale = track.analysis.scale,
                                   .moods = track.analysis.moods,
                                   .other_features = track.analysis.other_features});
        input.artists.push_back(features::artist_key(tags));
        input.albums.push_back(features::album_key(tags));
        input.signatures.push_back(features::song_signature(tags.title, display_artist(tags)));
        input.durations.push_back(tags.duration_s);
        library.styles[input.ids.back()] = std::to_string(bench::synthetic_style(number));
    }
    return library;
}

Library stored(const std::string& data) {
    const auto store = store::open_sqlite(std::filesystem::path(data) / "audiomuse.db");
    Library library{features::read_clustering_input(*store, store->analyses().dominant_model()), {}};
    for (const store::TrackRow& row : store->tracks().get(library.input.ids))
        library.styles[row.id] = row.tags.genres.empty() ? "" : row.tags.genres.front();
    return library;
}

double pairs(double count) {
    return count * (count - 1) / 2;
}

double adjusted_rand_index(const Library& library, const std::vector<features::AutomaticPlaylist>& lists) {
    std::map<std::string, double> of_style;
    double all = 0;
    double together = 0;
    double in_lists = 0;
    for (const auto& list : lists) {
        std::map<std::string, double> counts;
        for (const TrackId id : list.tracks) {
            ++counts[library.styles.at(id)];
            ++of_style[library.styles.at(id)];
        }
        for (const auto& [style, count] : counts)
            together += pairs(count);
        in_lists += pairs(static_cast<double>(list.tracks.size()));
        all += static_cast<double>(list.tracks.size());
    }
    double in_styles = 0;
    for (const auto& [style, count] : of_style)
        in_styles += pairs(count);
    const double by_chance = in_lists * in_styles / pairs(all);
    return (together - by_chance) / ((in_lists + in_styles) / 2 - by_chance);
}

struct Quality {
    double purity = 0;
    std::size_t styles = 0;
    double cover = 0;
    std::vector<std::size_t> sizes;
};

Quality quality_of(const Library& library, const std::vector<features::AutomaticPlaylist>& lists) {
    Quality quality;
    std::set<std::string> styles;
    std::size_t songs = 0;
    for (const auto& list : lists) {
        std::map<std::string, std::size_t> counts;
        for (const TrackId id : list.tracks)
            ++counts[library.styles.at(id)];
        const auto most = std::ranges::max_element(counts, {}, [](const auto& each) { return each.second; });
        styles.insert(most->first);
        quality.purity += static_cast<double>(most->second) / static_cast<double>(list.tracks.size());
        quality.sizes.push_back(list.tracks.size());
        songs += list.tracks.size();
    }
    std::ranges::sort(quality.sizes);
    quality.purity /= static_cast<double>(lists.size());
    quality.styles = styles.size();
    quality.cover = static_cast<double>(songs) / static_cast<double>(library.input.ids.size());
    return quality;
}

void judge(const Library& library, int runs) {
    fmt::print("| algorithm | fitness | ari | purity | styles | cover | sizes | runs | seconds |\n");
    fmt::print("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    using features::ClusteringMethod;
    for (const auto method :
         {ClusteringMethod::kmeans, ClusteringMethod::dbscan, ClusteringMethod::gmm, ClusteringMethod::spectral}) {
        for (const auto fitness : {features::Fitness::audiomuse_ai, features::Fitness::listening}) {
            features::ClusteringParams params = {.method = method, .runs = runs, .fitness = fitness};
            params.threads = allowed_cores();
            const double started = steady_now();
            const features::ClusteringResult result = features::cluster(library.input, params);
            const double seconds = steady_now() - started;
            const std::string_view judged = fitness == features::Fitness::listening ? "listening" : "audiomuse-ai";
            const auto& lists = result.best.playlists;
            if (lists.empty()) {
                fmt::print("| {} | {} | no lists |\n", features::method_name(method), judged);
                continue;
            }
            const Quality quality = quality_of(library, lists);
            fmt::print("| {} | {} | {:.3f} | {:.3f} | {} of {} | {:.3f} | {} / {} / {} | {} | {:.1f} |\n",
                       features::method_name(method), judged, adjusted_rand_index(library, lists), quality.purity,
                       quality.styles, lists.size(), quality.cover, quality.sizes.front(),
                       quality.sizes[quality.sizes.size() / 2], quality.sizes.back(), result.runs_done, seconds);
            std::fflush(stdout);
        }
    }
    fmt::print("peak memory of this process: {:.0f} MB\n", static_cast<double>(process_memory().resident_bytes) / 1e6);
}

}  // namespace
}  // namespace audiomuse

int main(int argc, char** argv) {
    try {
        const std::vector<std::string> words(argv + 1, argv + argc);
        const auto number = [&](std::size_t i, int otherwise) {
            return i < words.size() ? std::max(1, std::atoi(words[i].c_str())) : otherwise;
        };
        if (words.size() > 1 && words[0] == "library") {
            audiomuse::judge(audiomuse::stored(words[1]), number(2, 200));
        } else {
            audiomuse::judge(audiomuse::synthetic(number(0, 20'000)), number(1, 200));
        }
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
