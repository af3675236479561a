// A library whose tracks are known by number, for tests of what finds them.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "audiomuse/base/random.h"
#include "audiomuse/index/vector_index.h"
#include "audiomuse/store/store.h"
#include "support/temp_folder.h"

namespace audiomuse::features {

inline constexpr int kTracks = 240;
inline constexpr double kNow = 1'800'000'000;
inline constexpr double kDay = 86'400;

/// Four styles of five artists each, in every key and tempo.
struct MadeUpTrack {
    int number;
    int style() const { return number % 4; }
    std::string genre() const {
        return std::vector<std::string>{"Rock", "Vocal Jazz", "Ambient",
                                        "Heavy Metal"}[static_cast<std::size_t>(style())];
    }
    std::string artist() const {
        return fmt::format(
            "{} {}",
            std::vector<std::string>{"The Stones of", "Trio", "Cloud", "Anvil"}[static_cast<std::size_t>(style())],
            std::vector<std::string>{"Alba", "Brno", "Cork", "Delft",
                                     "Elba"}[static_cast<std::size_t>(number / 4 % 5)]);
    }
    std::string title() const { return fmt::format("Piece {}", number); }
    int year() const { return 1960 + number * 7 % 60; }
    double tempo() const { return 60 + number * 13 % 120; }
    double energy() const { return 0.02 + number * 29 % 240 * 0.001; }
    int key() const { return number * 5 % 12; }
    Scale scale() const { return number % 3 == 0 ? Scale::minor : Scale::major; }
    double seconds() const { return 120 + number * 11 % 300; }
    bool vocal() const { return number % 5 != 0; }
    float happy() const { return static_cast<float>(number * 37 % 240) / 240; }
};

class MadeUpLibrary : public ::testing::Test {
protected:
    MadeUpLibrary() {
        store::Tracks& tracks = store_->tracks();
        const ServerId server = tracks.local_server();
        const std::int64_t listing = tracks.begin_listing(server);
        std::vector<store::SeenFile> files;
        std::vector<store::Tracks::PutItem> items;
        for (int number = 0; number < kTracks; ++number) {
            files.push_back({fmt::format("/music/{}.flac", number), {1, 1}});
            items.push_back({files.back(), fmt::format("signature {}", number), tags_of({number})});
        }
        tracks.mark_seen(server, listing, files);
        const auto put = tracks.put(server, items);
        tracks.finish_listing(server, listing);
        std::vector<store::Analyses::Saved> results;
        for (int number = 0; number < kTracks; ++number) {
            const TrackId id = put[static_cast<std::size_t>(number)].id;
            made_[id] = {number};
            results.push_back({id, files[static_cast<std::size_t>(number)].stamp, analysis_of({number}), {}});
            index_->add(id.value, results.back().analysis->embedding);
        }
        store_->analyses().save(results);
    }

    static TrackTags tags_of(const MadeUpTrack& track) {
        TrackTags tags;
        tags.title = track.title();
        tags.artists = {track.artist()};
        tags.album = "Album " + track.artist();
        tags.year = track.year();
        tags.genres = {track.genre()};
        tags.duration_s = track.seconds();
        return tags;
    }

    static TrackAnalysis analysis_of(const MadeUpTrack& track) {
        TrackAnalysis analysis;
        analysis.duration_s = track.seconds();
        analysis.tempo_bpm = track.tempo();
        analysis.energy = track.energy();
        analysis.key = track.key();
        analysis.scale = track.scale();
        analysis.moods.assign(kMoodNames.size(), 0.01F);
        analysis.moods[13] = track.vocal() ? 0.5F : 0.0F;  // male vocalists
        analysis.moods[23] = track.vocal() ? 0.0F : 0.5F;  // instrumental
        analysis.moods[49] = track.happy();
        analysis.moods[std::vector<std::size_t>{0, 9, 28, 42}[static_cast<std::size_t>(track.style())]] = 0.8F;
        Random random(static_cast<std::uint64_t>(track.number));
        analysis.embedding.resize(8);
        for (float& value : analysis.embedding)
            value = static_cast<float>(random.uniform(-0.5, 0.5));
        analysis.embedding[static_cast<std::size_t>(track.style())] += 2;
        analysis.model = {"test", "1"};
        return analysis;
    }

    testing_support::TempFolder folder_;
    std::unique_ptr<store::Store> store_ = store::open_sqlite(folder_.path() / "library.db");
    std::unique_ptr<index::VectorIndex> index_ = index::create_index(8);
    std::map<TrackId, MadeUpTrack> made_;
};

}  // namespace audiomuse::features
