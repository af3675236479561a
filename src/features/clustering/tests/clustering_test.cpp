#include "audiomuse/features/clustering/clustering.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "../../common/tests/fake_store.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "synthetic_library.h"

namespace audiomuse::features {
namespace {

void print(const char* what, const SyntheticLibrary& library, const ClusteringResult& result, double seconds) {
    std::size_t songs = 0;
    for (const auto& playlist : result.best.playlists)
        songs += playlist.tracks.size();
    const Genes& genes = result.best.genes;
    std::printf(
        "%s: %zu lists, %zu songs, one style %.3f, score %.3f, k %d, eps %.3f, min %d, pca %d, %d runs, %.2f s\n", what,
        result.best.playlists.size(), songs, mean_style_share(library, result.best.playlists), result.best.rank.score,
        genes.clusters, genes.eps, genes.min_samples, genes.components, result.runs_done, seconds);
}

ClusteringResult timed(const char* what, const SyntheticLibrary& library, const ClusteringParams& params = {}) {
    const double begin = steady_now();
    ClusteringResult result = cluster(library.input, params);
    print(what, library, result, steady_now() - begin);
    return result;
}

TEST(Cluster, ListsOfASmallLibraryAreOfOneStyle) {
    const auto library = make_library({.styles = std::vector<std::size_t>(8, 12), .artists_per_style = 2});
    const ClusteringResult result = timed("96 tracks, 8 styles", library);
    EXPECT_GE(result.best.playlists.size(), 6U);
    EXPECT_GT(mean_style_share(library, result.best.playlists), 0.9);
    EXPECT_EQ(result.min_playlist_size, 6);
    const auto many = make_library({.styles = std::vector<std::size_t>(12, 8), .spread = 1.5, .artists_per_style = 2});
    const ClusteringResult result_of_many = timed("96 tracks, 12 styles, wider", many);
    EXPECT_EQ(result_of_many.best.playlists.size(), 8U);
    EXPECT_GT(mean_style_share(many, result_of_many.best.playlists), 0.9);
}

TEST(Cluster, WorksWithoutMoods) {
    const auto library = make_library({.styles = std::vector<std::size_t>(9, 11), .with_moods = false});
    const ClusteringResult result = timed("99 tracks without moods", library);
    EXPECT_GE(result.best.playlists.size(), 7U);
    EXPECT_GT(mean_style_share(library, result.best.playlists), 0.9);
}

TEST(Cluster, WorksOnTagsInsteadOfEmbeddings) {
    auto library = make_library({.styles = std::vector<std::size_t>(8, 15)});
    Random random(1);
    for (std::size_t i = 0; i < library.input.ids.size(); ++i) {
        for (float& value : library.input.embeddings.row(i))
            value = static_cast<float>(random.normal());  // worthless
    }
    const ClusteringResult result = timed("120 tracks by tags", library, {.use_embeddings = false});
    EXPECT_GE(result.best.playlists.size(), 6U);
    EXPECT_GT(mean_style_share(library, result.best.playlists), 0.9);
}

/// What the project promises: with defaults, any library of more than 500 songs gives 5 lists of 20 songs.
TEST(Cluster, AnyLibraryOfMoreThan500SongsGivesFiveListsOfTwenty) {
    std::vector<std::size_t> one_dominates(30, 3);
    one_dominates.front() = 420;
    const std::vector<std::pair<const char*, LibrarySpec>> libraries = {
        {"no structure at all", {.styles = {510}, .artists_per_style = 100}},
        {"one artist", {.styles = {510}, .artists_per_style = 1}},
        {"ten artists", {.styles = std::vector<std::size_t>(10, 51), .artists_per_style = 1}},
        {"one style dominates", {.styles = one_dominates, .artists_per_style = 40}},
        {"two styles", {.styles = {255, 255}, .spread = 0.2, .artists_per_style = 60}},
        {"fifty tight styles", {.styles = std::vector<std::size_t>(50, 11), .spread = 0.1, .artists_per_style = 3}},
        {"without moods", {.styles = std::vector<std::size_t>(6, 90), .spread = 2, .with_moods = false}},
    };
    for (const auto& [what, spec] : libraries) {
        // Fewer runs than the default: the promise must not hang on luck.
        const auto library = make_library(spec);
        const ClusteringResult result = timed(what, library, {.runs = 60});
        EXPECT_GE(result.best.playlists.size(), 5U) << what;
        for (const auto& playlist : result.best.playlists)
            EXPECT_GE(playlist.tracks.size(), 20U) << what;
    }
}

TEST(Cluster, ALargeLibraryGivesListsWhateverTheSeed) {
    const auto library = make_library(
        {.styles = std::vector<std::size_t>(40, 500), .dimension = 48, .spread = 1.5, .artists_per_style = 100});
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const ClusteringResult result = cluster(library.input, {.runs = 1, .seed = seed});
        EXPECT_GE(result.best.playlists.size(), 5U) << "seed " << seed;
        for (const auto& playlist : result.best.playlists)
            EXPECT_GE(playlist.tracks.size(), 20U) << "seed " << seed;
    }
}

TEST(Cluster, ListsOfSixtyTracksAreSensible) {
    const auto library = make_library({.styles = std::vector<std::size_t>(6, 10)});
    const ClusteringResult result = timed("60 tracks, 6 styles", library);
    EXPECT_GE(result.best.playlists.size(), 5U);
    EXPECT_GT(mean_style_share(library, result.best.playlists), 0.9);
    for (const auto& playlist : result.best.playlists)
        EXPECT_GE(playlist.tracks.size(), 4U);
}

TEST(Cluster, TinyLibrariesGiveNothingOrLittleButNeverFail) {
    for (std::size_t songs = 0; songs < 20; ++songs) {
        const auto library = make_library({.styles = {songs}});
        const ClusteringResult result = cluster(library.input, {.runs = 20});
        EXPECT_TRUE(songs >= 8 || result.best.playlists.empty());
    }
    auto same = make_library({.styles = {40}, .spread = 0});  // forty copies of one recording
    EXPECT_TRUE(cluster(same.input, {.runs = 20}).best.playlists.empty());
}

TEST(Cluster, ATrackIsInOneListOnceAndNamesAreUnique) {
    const auto library = make_library({.styles = std::vector<std::size_t>(10, 40), .spread = 1.5});
    const ClusteringResult result = cluster(library.input, {.runs = 40, .top_n_playlists = 0});
    std::set<TrackId> tracks;
    std::set<std::string> names;
    std::size_t songs = 0;
    for (const auto& playlist : result.best.playlists) {
        tracks.insert(playlist.tracks.begin(), playlist.tracks.end());
        songs += playlist.tracks.size();
        names.insert(playlist.name);
    }
    EXPECT_GE(result.best.playlists.size(), 8U);  // top_n_playlists = 0 keeps all
    EXPECT_EQ(cluster(library.input, {.runs = 40, .top_n_playlists = 3}).best.playlists.size(), 3U);
    EXPECT_EQ(tracks.size(), songs);
    EXPECT_EQ(names.size(), result.best.playlists.size());
}

TEST(Cluster, SameSeedSameListsOnAnyNumberOfThreads) {
    const auto library = make_library({.styles = std::vector<std::size_t>(10, 30), .spread = 2});
    const auto tracks = [&](unsigned threads, std::uint64_t seed) {
        // Small samples, so that sampling takes part.
        const ClusteringParams params = {.runs = 60,
                                         .sample_songs = 150,
                                         .min_songs_per_genre_for_stratification = 10,
                                         .seed = seed,
                                         .threads = threads};
        std::vector<std::vector<TrackId>> lists;
        for (const auto& playlist : cluster(library.input, params).best.playlists)
            lists.push_back(playlist.tracks);
        return lists;
    };
    const auto one = tracks(1, 1);
    EXPECT_FALSE(one.empty());
    EXPECT_EQ(one, tracks(1, 1));
    EXPECT_EQ(one, tracks(3, 1));
    EXPECT_NE(one, tracks(1, 2));
}

TEST(Cluster, ASampleIsEnoughForTheWholeLibrary) {
    const auto library = make_library({.styles = std::vector<std::size_t>(10, 200), .artists_per_style = 60});
    const ClusteringResult result = timed("2,000 tracks by samples of 300", library, {.runs = 60, .sample_songs = 300});
    EXPECT_EQ(result.best.playlists.size(), 8U);
    EXPECT_GT(mean_style_share(library, result.best.playlists), 0.9);
    for (const auto& playlist : result.best.playlists)
        EXPECT_GE(playlist.tracks.size(), 20U);
}

TEST(Cluster, MoreRunsAreNeverWorse) {
    const auto library = make_library({.styles = std::vector<std::size_t>(12, 25), .spread = 3});
    double before = -1;
    for (const int runs : {1, 20, 100}) {
        // Without exploitation, so that the longer search begins as the shorter one.
        const ClusteringResult result =
            cluster(library.input, {.runs = runs, .exploitation_start = 1, .patience_runs = 0});
        EXPECT_EQ(result.runs_done, runs);
        EXPECT_GE(result.best.rank.score, before);
        before = result.best.rank.score;
    }
}

TEST(Cluster, StopsWhenNothingImproves) {
    const auto library = make_library({.styles = std::vector<std::size_t>(8, 12)});
    const ClusteringResult result =
        cluster(library.input, {.runs = 5000, .exploitation_start = 0.01, .patience_runs = 40});
    EXPECT_TRUE(result.stopped_early);
    EXPECT_LT(result.runs_done, 3000);
    EXPECT_FALSE(result.cancelled);
}

TEST(Cluster, CancelKeepsTheBestSoFar) {
    const auto library = make_library({.styles = std::vector<std::size_t>(8, 12)});
    CancelSource source;
    std::vector<int> seen;
    const ClusteringResult result = cluster(
        library.input, {.runs = 1000},
        [&](int done, int total, double best) {
            EXPECT_EQ(total, 1000);
            EXPECT_GT(best, 0);
            seen.push_back(done);
            if (done >= 40) source.cancel();
        },
        source.token());
    EXPECT_TRUE(result.cancelled);
    EXPECT_EQ(seen, (std::vector<int>{20, 40}));
    EXPECT_EQ(result.runs_done, 40);
    EXPECT_FALSE(result.best.playlists.empty());

    const ClusteringResult none = cluster(library.input, {}, {}, source.token());
    EXPECT_TRUE(none.cancelled);
    EXPECT_TRUE(none.best.playlists.empty());
}

TEST(Cluster, RefusesParametersItCannotUse) {
    EXPECT_NO_THROW(check({}));
    EXPECT_THROW(check({.runs = 0}), Error);
    EXPECT_THROW(check({.kmeans_clusters = {9, 8}}), Error);
    EXPECT_THROW(check({.pca_components = {5, 4}}), Error);
    EXPECT_THROW(check({.dbscan_eps = {0, 1}}), Error);
    EXPECT_THROW(check({.dbscan_eps = {0.1, NAN}}), Error);
    EXPECT_THROW(check({.spectral_neighbours = 1}), Error);
    EXPECT_THROW(check({.runs_per_batch = 0}), Error);
    EXPECT_THROW(check({.stratified_sampling_target_percentile = 101}), Error);
    EXPECT_THROW(check({.score_weight_diversity = -1}), Error);
    EXPECT_THROW(check({.score_weight_purity = NAN}), Error);
    EXPECT_THROW(cluster({}, {.runs = -5}), Error);
}

TEST(Cluster, EveryMeasureCanDecideAlone) {
    const auto library = make_library({.styles = std::vector<std::size_t>(8, 12)});
    for (double ClusteringParams::*weight :
         {&ClusteringParams::score_weight_diversity, &ClusteringParams::score_weight_purity,
          &ClusteringParams::score_weight_silhouette, &ClusteringParams::score_weight_davies_bouldin,
          &ClusteringParams::score_weight_calinski_harabasz, &ClusteringParams::score_weight_other_feature_diversity,
          &ClusteringParams::score_weight_other_feature_purity}) {
        ClusteringParams params = {
            .runs = 40, .fitness = Fitness::audiomuse_ai, .score_weight_diversity = 0, .score_weight_purity = 0};
        params.*weight = 1;
        const ClusteringResult result = cluster(library.input, params);
        EXPECT_GT(result.best.rank.score, 0);
        EXPECT_LE(result.best.rank.score, 1);
    }
}

TEST(ReadClusteringInput, TakesWhatCanBeCompared) {
    FakeStore store;
    for (std::int64_t id = 1; id <= 5; ++id) {
        store.add_track(id, "The Artist", "Song (Remaster)");
        store::AnalysisSummary summary;
        summary.id = TrackId{id};
        summary.tempo_bpm = static_cast<double>(id);
        if (id != 2) store.fake_analyses.rows[summary.id] = summary;
        store.fake_analyses.embeddings[summary.id] = {static_cast<float>(id), 1};
    }
    store.fake_analyses.embeddings[TrackId{3}] = {0, 0};
    store.fake_analyses.embeddings[TrackId{4}] = {1, 2, 3};
    const ClusteringInput input = read_clustering_input(store, {});
    EXPECT_EQ(input.ids, (std::vector<TrackId>{TrackId{1}, TrackId{5}}));
    EXPECT_EQ(input.embeddings(1, 0), 5);
    EXPECT_EQ(input.summaries[1].tempo_bpm, 5);
    EXPECT_EQ(input.artists[0], "the artist");
    EXPECT_EQ(input.durations[0], 100);
    EXPECT_EQ(input.signatures[0], input.signatures[1]);
}

TEST(RecipeJson, TellsHowAListCameToBe) {
    const Solution solution = {.genes = {.components = 7, .clusters = 12}, .rank = {8, 0.5}, .playlists = {}};
    const std::string json = recipe_json(solution, {.artist_cap = 3}, {});
    EXPECT_THAT(json, testing::HasSubstr(R"("algorithm":"kmeans")"));
    EXPECT_THAT(json, testing::HasSubstr(R"("clusters":12)"));
    EXPECT_THAT(json, testing::HasSubstr(R"("pca_components":7)"));
    EXPECT_THAT(json, testing::HasSubstr(R"("max_songs_per_artist":3)"));
    const std::string by_density = recipe_json(solution, {}, {.method = ClusteringMethod::dbscan});
    EXPECT_THAT(by_density, testing::HasSubstr(R"("eps":0)"));
    EXPECT_THAT(by_density, testing::Not(testing::HasSubstr("clusters")));
}

}  // namespace
}  // namespace audiomuse::features
