// Libraries with known styles, made of random numbers.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "audiomuse/base/random.h"
#include "audiomuse/features/clustering/clustering.h"

namespace audiomuse::features {

struct LibrarySpec {
    std::vector<std::size_t> styles;  ///< songs of each style
    std::size_t dimension = 200;
    double spread = 1.0;  ///< of songs around their style, relative to that of styles, per coordinate
    std::size_t artists_per_style = 4;
    bool with_moods = true;
    std::uint64_t seed = 1;
};

struct SyntheticLibrary {
    ClusteringInput input;
    std::vector<std::size_t> style;  ///< of each row
};

inline SyntheticLibrary make_library(const LibrarySpec& spec) {
    Random random(spec.seed);
    SyntheticLibrary library;
    for (std::size_t s = 0; s < spec.styles.size(); ++s)
        library.style.insert(library.style.end(), spec.styles[s], s);
    random.shuffle(std::span(library.style));
    numeric::Matrix centres(spec.styles.size(), spec.dimension);
    for (std::size_t s = 0; s < centres.rows(); ++s) {
        for (float& value : centres.row(s))
            value = static_cast<float>(random.normal());
    }
    ClusteringInput& input = library.input;
    input.embeddings = numeric::Matrix(library.style.size(), spec.dimension);
    for (std::size_t i = 0; i < library.style.size(); ++i) {
        const std::size_t style = library.style[i];
        input.ids.push_back(TrackId{static_cast<std::int64_t>(1000 + i)});
        for (std::size_t j = 0; j < spec.dimension; ++j) {
            input.embeddings(i, j) = centres(style, j) + static_cast<float>(spec.spread * random.normal());
        }
        store::AnalysisSummary summary;
        summary.id = input.ids.back();
        summary.tempo_bpm = 60 + 12 * static_cast<double>(style % 10) + random.uniform(-5, 5);
        summary.energy = 0.02 + 0.01 * static_cast<double>(style) + random.uniform(0, 0.01);
        if (spec.with_moods) {
            summary.moods.assign(kMoodNames.size(), 0.01F);
            for (float& mood : summary.moods)
                mood += static_cast<float>(random.uniform(0, 0.02));
            summary.moods[style % kMoodNames.size()] += static_cast<float>(random.uniform(0.3, 0.6));
        }
        for (std::size_t f = 0; f < 6; ++f) {
            summary.other_features[f] =
                static_cast<float>((style + f) % 3 == 0 ? random.uniform(0.5, 0.8) : random.uniform(0.1, 0.4));
        }
        input.summaries.push_back(summary);
        const auto artist = random.integer(0, static_cast<std::int64_t>(spec.artists_per_style) - 1);
        input.artists.push_back("artist " + std::to_string(style) + "/" + std::to_string(artist));
        input.albums.push_back("");
        input.signatures.push_back("song " + std::to_string(i));
        input.durations.push_back(0);
    }
    return library;
}

/// Share of the songs of a list that are of its most frequent style, averaged over lists.
inline double mean_style_share(const SyntheticLibrary& library, const std::vector<AutomaticPlaylist>& playlists) {
    double sum = 0;
    for (const AutomaticPlaylist& playlist : playlists) {
        std::map<std::size_t, std::size_t> counts;
        std::size_t most = 0;
        for (const TrackId id : playlist.tracks) {
            most = std::max(most, ++counts[library.style[static_cast<std::size_t>(id.value - 1000)]]);
        }
        sum += static_cast<double>(most) / static_cast<double>(playlist.tracks.size());
    }
    return playlists.empty() ? 0 : sum / static_cast<double>(playlists.size());
}

}  // namespace audiomuse::features
