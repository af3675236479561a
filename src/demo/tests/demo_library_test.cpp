#include "audiomuse/demo/demo_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "audiomuse/base/error.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/wrap/taglib/tags.h"
#include "catalogue.h"
#include "cover_picture.h"
#include "styles/styles.h"
#include "support/temp_folder.h"

namespace audiomuse::demo {
namespace {

using testing_support::contents;
using testing_support::TempFolder;

namespace fs = std::filesystem;

TEST(Catalogue, TheDefaultLibraryHasTheVarietyPromised) {
    std::set<std::string> artists, albums, genres, containers, files, ids;
    std::map<std::string, std::set<std::string>> styles_of_artist;
    std::map<std::string, int> tracks_of_style;
    int guests = 0, lyrics = 0, no_cover = 0, folder_cover = 0, other_scripts = 0;
    for (std::size_t i = 0; i < 96; ++i) {
        const CatalogueEntry entry = catalogue_entry(i);
        const TrackTags& tags = entry.tags;
        artists.insert(tags.album_artist);
        albums.insert(tags.album_artist + "/" + tags.album);
        genres.insert(tags.genres.at(0));
        containers.insert(entry.container);
        files.insert(tags.album_artist + "/" + tags.album + "/" + std::to_string(tags.track_number));
        ids.insert(tags.musicbrainz_recording_id);
        styles_of_artist[tags.album_artist].insert(tags.genres.at(0));
        ++tracks_of_style[tags.genres.at(0)];
        guests += tags.artists.size() > 1;
        lyrics += !tags.lyrics.empty();
        no_cover += entry.cover == CatalogueEntry::CoverPlace::none;
        folder_cover += entry.cover == CatalogueEntry::CoverPlace::folder;
        other_scripts += std::ranges::any_of(tags.title, [](char c) { return static_cast<unsigned char>(c) > 0xCC; });
        EXPECT_EQ(tags.genres.size(), 1U);
        for (const std::string& text : {tags.title, tags.album, tags.album_artist}) {
            EXPECT_EQ(text.find(tags.genres[0]), std::string::npos) << "the style stands in the genre tag only";
        }
    }
    EXPECT_EQ(genres.size(), styles().size());
    EXPECT_GE(genres.size(), 8U);
    EXPECT_GE(artists.size(), 16U);
    EXPECT_GE(albums.size(), 24U);
    EXPECT_EQ(containers.size(), 5U);
    EXPECT_EQ(files.size(), 96U) << "no two tracks share a place";
    EXPECT_EQ(ids.size(), 96U);
    for (const auto& [artist, their] : styles_of_artist)
        EXPECT_EQ(their.size(), 1U) << artist;
    for (const auto& [style, tracks] : tracks_of_style)
        EXPECT_EQ(tracks, 8) << style;
    EXPECT_GT(guests, 5);
    EXPECT_GT(lyrics, 5);
    EXPECT_GT(no_cover, 3);
    EXPECT_GT(folder_cover, 3);
    EXPECT_GT(other_scripts, 10);
}

TEST(Catalogue, LargerLibrariesHaveNoTwoTracksAlike) {
    std::set<std::string> places;
    std::set<std::string> titles;
    for (std::size_t i = 0; i < 1000; ++i) {
        const TrackTags tags = catalogue_entry(i).tags;
        places.insert(tags.album_artist + "/" + tags.album + "/" + std::to_string(tags.track_number));
        titles.insert(tags.album_artist + "/" + tags.title);
    }
    EXPECT_EQ(places.size(), 1000U);
    EXPECT_EQ(titles.size(), 1000U);
}

TEST(CoverPicture, BelongsToItsAlbum) {
    EXPECT_TRUE(cover_picture(3, 7).starts_with("\x89PNG"));
    EXPECT_EQ(cover_picture(3, 7), cover_picture(3, 7));
    EXPECT_NE(cover_picture(3, 7), cover_picture(3, 8));
    EXPECT_LT(cover_picture(3, 7).size(), 400'000U);
}

/// What tells styles apart without a network: the spectrum in 24 bands, how it varies, and how often notes begin.
struct Summary {
    std::vector<double> values;
    double seconds = 0;
    double peak = 0;
    double rms = 0;
    double centroid_hz = 0;
    double onsets_per_s = 0;
    bool finite = true;
};

Summary summarise(const DemoAudio& audio) {
    constexpr std::size_t kBands = 24;
    constexpr std::size_t kFrame = 2205;  // 50 ms
    Summary summary;
    summary.seconds = static_cast<double>(audio.left.size()) / kSampleRate;
    std::vector<Samples> bands;
    Samples mono(audio.left.size());
    for (std::size_t i = 0; i < mono.size(); ++i) {
        const float left = audio.left[i];
        const float right = audio.right[i];
        summary.finite = summary.finite && std::isfinite(left) && std::isfinite(right);
        summary.peak = std::max<double>(summary.peak, std::max(std::abs(left), std::abs(right)));
        mono[i] = (left + right) / 2;
        summary.rms += mono[i] * mono[i];
    }
    summary.rms = std::sqrt(summary.rms / static_cast<double>(mono.size()));
    // Ten seconds from the middle are enough for the spectrum.
    mono.erase(mono.begin(), mono.begin() + static_cast<std::ptrdiff_t>(mono.size() / 2 - samples_of(5)));
    mono.resize(samples_of(10));
    const std::size_t frames = mono.size() / kFrame;
    std::vector<std::vector<double>> level(kBands, std::vector<double>(frames));
    double weighted = 0;
    double total = 0;
    for (std::size_t band = 0; band < kBands; ++band) {
        const double centre = 50 * std::exp2(static_cast<double>(band) * 8.3 / kBands);
        StateFilter filter;
        filter.set(centre, 4);
        double power = 0;
        for (std::size_t i = 0; i < frames * kFrame; ++i) {
            filter.process(mono[i]);
            level[band][i / kFrame] += filter.band() * filter.band();
            power += filter.band() * filter.band();
        }
        weighted += centre * power;
        total += power;
    }
    summary.centroid_hz = weighted / total;
    int onsets = 0;
    double flux_before = 0;
    for (std::size_t frame = 1; frame < frames; ++frame) {
        double flux = 0;
        for (std::size_t band = 0; band < kBands; ++band) {
            const double rise = std::log10(1e-6 + level[band][frame]) - std::log10(1e-6 + level[band][frame - 1]);
            flux += std::max(0.0, rise);
        }
        if (flux > 6 && flux_before <= 6) ++onsets;
        flux_before = flux;
    }
    summary.onsets_per_s = onsets / 10.0;
    for (const auto& of_band : level) {
        double mean = 0;
        double square = 0;
        for (const double power : of_band) {
            const double decibels = std::log10(1e-6 + power);
            mean += decibels / static_cast<double>(frames);
            square += decibels * decibels / static_cast<double>(frames);
        }
        summary.values.push_back(mean);
        summary.values.push_back(2.5 * std::sqrt(std::max(0.0, square - mean * mean)));
    }
    // How loud a record is says little about its style.
    double mean = 0;
    for (std::size_t i = 0; i < summary.values.size(); i += 2)
        mean += summary.values[i] / kBands;
    for (std::size_t i = 0; i < summary.values.size(); i += 2)
        summary.values[i] -= mean;
    summary.values.push_back(summary.onsets_per_s / 3);
    return summary;
}

/// Two tracks of every style, rendered once for all tests below.
const std::vector<Summary>& rendered() {
    static const std::vector<Summary> summaries = [] {
        std::vector<Summary> made(2 * styles().size());
        parallel_for(made.size(), allowed_cores(),
                     [&](std::size_t i) { made[i] = summarise(render_demo_track(i, 1)); });
        return made;
    }();
    return summaries;
}

TEST(Styles, EveryTrackIsSoundAndOfTheLengthPromised) {
    for (std::size_t i = 0; i < rendered().size(); ++i) {
        const Summary& track = rendered()[i];
        EXPECT_TRUE(track.finite) << i;
        EXPECT_LT(track.peak, 0.9) << i;
        EXPECT_GT(track.rms, 0.02) << i;
        EXPECT_GE(track.seconds, 20) << i;
        EXPECT_LE(track.seconds, 43) << i;
    }
}

TEST(Styles, DifferAsTheirNamesSay) {
    const auto mean = [](std::string_view genre, double Summary::*value) {
        double sum = 0;
        for (std::size_t i = 0; i < rendered().size(); ++i) {
            if (styles()[i % styles().size()].genre == genre) sum += rendered()[i].*value / 2;
        }
        return sum;
    };
    EXPECT_GT(mean("Rock", &Summary::rms), 1.7 * mean("Piano Ballad", &Summary::rms));
    EXPECT_GT(mean("Techno", &Summary::rms), 1.7 * mean("Ambient", &Summary::rms));
    EXPECT_GT(mean("Chiptune", &Summary::centroid_hz), 2 * mean("Ambient", &Summary::centroid_hz));
    EXPECT_GT(mean("Drum and Bass", &Summary::onsets_per_s), 2 * mean("Choral", &Summary::onsets_per_s));
    EXPECT_GT(mean("Techno", &Summary::onsets_per_s), 2 * mean("Ambient", &Summary::onsets_per_s));
}

TEST(Styles, ATracksNearestNeighbourIsOfItsStyle) {
    int right = 0;
    const auto& all = rendered();
    for (std::size_t i = 0; i < all.size(); ++i) {
        double nearest = 1e9;
        std::size_t found = 0;
        for (std::size_t j = 0; j < all.size(); ++j) {
            double distance = 0;
            for (std::size_t k = 0; k < all[i].values.size(); ++k)
                distance += std::pow(all[i].values[k] - all[j].values[k], 2);
            if (j != i && distance < nearest) {
                nearest = distance;
                found = j;
            }
        }
        right += found % styles().size() == i % styles().size();
    }
    // Every track has one partner among 23 others, so chance is 0.04; an embedding of whole tracks does much better.
    const double share = right / static_cast<double>(all.size());
    std::cout << "nearest neighbour of the same style: " << share << "\n";
    EXPECT_GE(share, 0.6);
}

TEST(Styles, TheSeedDecides) {
    const DemoAudio first = render_demo_track(5, 1);
    EXPECT_EQ(first.left, render_demo_track(5, 1).left);
    EXPECT_NE(first.left, render_demo_track(5, 2).left);
    EXPECT_NE(first.left, render_demo_track(5 + styles().size(), 1).left);
}

std::map<std::string, std::string> files_of(const fs::path& dir) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(dir)) {
        if (entry.is_regular_file()) files[entry.path().lexically_relative(dir).string()] = contents(entry.path());
    }
    return files;
}

ErrorCode failure(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error.code();
    }
    return ErrorCode::internal;
}

TEST(DemoLibrary, SameBytesForAnyNumberOfThreadsAndAfterAnInterruption) {
    const TempFolder one;
    CancelSource cancel;
    const DemoOptions options = {.tracks = 5, .threads = 1};
    const auto stop_at_two = [&](int done, int) {
        if (done == 2) cancel.cancel();
    };
    EXPECT_EQ(failure([&] { write_demo_library(one / "demo", options, stop_at_two, cancel.token()); }),
              ErrorCode::cancelled);
    std::vector<int> progress;
    const DemoReport rest = write_demo_library(one / "demo", options, [&](int done, int total) {
        progress.push_back(done);
        EXPECT_EQ(total, 5);
    });
    EXPECT_EQ(rest.kept, 2);
    EXPECT_EQ(rest.written, 3);
    EXPECT_THAT(progress, testing::ElementsAre(1, 2, 3, 4, 5));

    const TempFolder two;
    EXPECT_EQ(write_demo_library(two.path(), {.tracks = 5, .threads = 3}).written, 5) << "an empty folder is fine";
    const auto files = files_of(one / "demo");
    EXPECT_TRUE(files == files_of(two.path())) << "every byte of every file";

    std::set<std::string> kinds;
    for (const auto& [name, bytes] : files) {
        const fs::path path = name;
        if (path.filename() == ".audiomuse-demo" || path.filename() == "cover.png") continue;
        kinds.insert(path.extension());
        const TrackTags tags = wrap::taglib::read_tags(one / "demo" / path);
        EXPECT_EQ(path.parent_path().filename(), tags.album);
        EXPECT_EQ(path.parent_path().parent_path().filename(), tags.album_artist);
        EXPECT_EQ(tags.genres.size(), 1U);
        EXPECT_GT(tags.duration_s, 20);
    }
    EXPECT_THAT(kinds, testing::ElementsAre(".flac", ".m4a", ".mp3", ".ogg", ".opus"));

    const DemoReport again = write_demo_library(two.path(), options);
    EXPECT_EQ(again.kept, 5);
    EXPECT_LT(again.elapsed_s, 1);
    EXPECT_EQ(failure([&] { write_demo_library(two.path(), {.tracks = 6}); }), ErrorCode::conflict);
    EXPECT_EQ(failure([&] { write_demo_library(two.path(), {.tracks = 5, .seed = 2}); }), ErrorCode::conflict);
}

TEST(DemoLibrary, LeavesOtherFoldersAlone) {
    const TempFolder dir;
    std::ofstream(dir / "holiday.txt") << "mine";
    EXPECT_EQ(failure([&] { write_demo_library(dir.path(), {.tracks = 1}); }), ErrorCode::conflict);
    EXPECT_EQ(failure([&] { write_demo_library(dir / "holiday.txt", {.tracks = 1}); }), ErrorCode::io);
    EXPECT_EQ(failure([&] { write_demo_library(dir / "new", {.tracks = 0}); }), ErrorCode::invalid_argument);
    EXPECT_EQ(files_of(dir.path()).size(), 1U);
}

}  // namespace
}  // namespace audiomuse::demo
