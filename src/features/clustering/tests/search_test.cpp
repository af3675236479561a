#include "audiomuse/features/clustering/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audiomuse/base/error.h"
#include "synthetic_library.h"

namespace audiomuse::features {
namespace {

Solution solution(std::size_t lists, double score, int clusters = 10) {
    return {.genes = {.clusters = clusters},
            .rank = {lists, score},
            .playlists = std::vector<AutomaticPlaylist>(lists, {"List", {TrackId{1}}, 3})};
}

BatchResult found(int runs, const Solution& best) {
    return {.runs_done = runs, .elites = {{best.genes, best.rank}}, .best = best};
}

const ClusteringParams kSmall = {
    .runs = 100, .elites = 2, .patience_runs = 0, .runs_per_batch = 20, .batches_at_once = 2};

TEST(SearchState, HandsOutOneBatchForEachThatIsTakenIn) {
    SearchState state;
    EXPECT_EQ(batch_count(kSmall), 5);
    EXPECT_EQ(handed_out(state, kSmall), 2);
    EXPECT_TRUE(batch_of(state, kSmall, 1).elites.empty());
    EXPECT_TRUE(take_in(state, found(20, solution(8, 0.5, 11)), kSmall));
    EXPECT_EQ(handed_out(state, kSmall), 3);
    const Batch third = batch_of(state, kSmall, 2);
    EXPECT_EQ(third.first_run, 40);
    EXPECT_EQ(third.runs, 20);
    ASSERT_EQ(third.elites.size(), 1U);
    EXPECT_EQ(third.elites[0].genes.clusters, 11);
    EXPECT_TRUE(batch_of(state, kSmall, 1).elites.empty()) << "handed out again, it is the same batch";
    for (int i = 1; i < 5; ++i) {
        EXPECT_FALSE(is_over(state, kSmall));
        take_in(state, {.runs_done = 20}, kSmall);
    }
    EXPECT_TRUE(is_over(state, kSmall));
    EXPECT_EQ(state.runs_done, 100);
    EXPECT_EQ(handed_out(state, kSmall), 5);
    EXPECT_EQ(batch_of({}, {.runs = 30}, 1).runs, 10) << "the last one has what is left";
}

TEST(SearchState, KeepsTheBestByListsThenScore) {
    SearchState state;
    EXPECT_TRUE(take_in(state, found(20, solution(3, 0.9, 1)), kSmall));
    EXPECT_TRUE(take_in(state, found(20, solution(8, 0.2, 2)), kSmall)) << "lists count first";
    EXPECT_FALSE(take_in(state, found(20, solution(8, 0.2, 3)), kSmall)) << "the earlier of equals";
    EXPECT_FALSE(take_in(state, {.runs_done = 20}, kSmall)) << "a batch that failed or found nothing";
    EXPECT_EQ(state.best, (Rank{8, 0.2}));
    EXPECT_EQ(state.best_after, 40);
    ASSERT_EQ(state.elites.size(), 2U);
    EXPECT_EQ(state.elites[0].genes.clusters, 2);
    EXPECT_EQ(state.elites[1].genes.clusters, 3);
    take_in(state, found(20, solution(8, 0.6, 3)), kSmall);
    EXPECT_EQ(state.elites[0].genes.clusters, 3) << "the same genes are one elite, by their best";
    EXPECT_EQ(state.elites.size(), 2U);
}

TEST(SearchState, SettlesWhenNothingImproves) {
    ClusteringParams params = kSmall;
    params.runs = 1000;
    params.exploitation_start = 0.1;
    params.patience_runs = 60;
    SearchState state;
    take_in(state, found(20, solution(8, 0.5)), params);
    for (int runs = 20; runs < 160; runs += 20) {
        EXPECT_FALSE(has_settled(state, params)) << "waits until exploitation has begun, and 60 runs then";
        take_in(state, {.runs_done = 20}, params);
    }
    EXPECT_TRUE(has_settled(state, params));
    EXPECT_TRUE(is_over(state, params));
    EXPECT_EQ(handed_out(state, params), state.taken_in);
}

TEST(SearchState, LivesThroughJson) {
    SearchState state;
    take_in(state, found(20, solution(8, 0.1 + 0.2)), kSmall);
    const SearchState again = parse_search_state(to_json(state));
    EXPECT_EQ(again.taken_in, 1);
    EXPECT_EQ(again.runs_done, 20);
    EXPECT_EQ(again.best_after, 20);
    EXPECT_EQ(again.best, state.best) << "to the last bit: ties are decided by it";
    EXPECT_EQ(again.elites[0].genes, state.elites[0].genes);
    const Batch batch = batch_of(state, kSmall, 2);
    const Batch read = parse_batch(to_json(batch));
    EXPECT_EQ(read.number, 2);
    EXPECT_EQ(read.first_run, 40);
    EXPECT_EQ(read.runs, 20);
    EXPECT_EQ(read.elites[0].rank, batch.elites[0].rank);
    const BatchResult result = parse_batch_result(to_json(found(7, solution(2, 0.25))));
    EXPECT_EQ(result.runs_done, 7);
    EXPECT_EQ(result.best->rank, (Rank{2, 0.25}));
    EXPECT_EQ(result.best->playlists[1].tracks, std::vector<TrackId>{TrackId{1}});
    EXPECT_EQ(result.best->playlists[1].artist_cap, 3);
    EXPECT_FALSE(parse_batch_result(to_json(BatchResult{})).best);
    EXPECT_FALSE(parse_search_state(to_json(SearchState{})).best);
    for (const char* text : {"", "[]", R"({"number":1})", R"({"number":"x","first_run":0,"runs":1,"elites":[]})"})
        EXPECT_THROW(parse_batch(text), Error) << text;
}

TEST(RunBatch, DependsOnNothingButItsNumbersAndElites) {
    const auto library = make_library({.styles = std::vector<std::size_t>(8, 20), .spread = 2});
    const ClusteringParams params = {.runs = 40, .exploitation_start = 0};
    const auto ready = prepare_library(library.input, params);
    const auto again = prepare_library(library.input, params);
    const Batch batch = {.number = 1, .first_run = 20, .runs = 10, .elites = {{{.components = 5, .clusters = 9}, {}}}};
    const std::string one = to_json(run_batch(*ready, batch));
    run_batch(*again, {.number = 0, .first_run = 0, .runs = 5});
    EXPECT_EQ(one, to_json(run_batch(*again, batch)));
    EXPECT_NE(one, to_json(run_batch(*again, {.number = 1, .first_run = 21, .runs = 10})));
}

TEST(RunBatch, CancelKeepsWhatWasFound) {
    const auto library = make_library({.styles = std::vector<std::size_t>(8, 20)});
    const auto ready = prepare_library(library.input, {});
    CancelSource source;
    const BatchResult result = run_batch(
        *ready, {.runs = 20},
        [&](int done, int total, double best) {
            EXPECT_EQ(total, 20);
            EXPECT_GT(best, 0);
            if (done == 3) source.cancel();
        },
        source.token());
    EXPECT_EQ(result.runs_done, 3);
    ASSERT_TRUE(result.best);
    EXPECT_FALSE(result.best->playlists.empty());
    EXPECT_FALSE(run_batch(*ready, {.runs = 20}, {}, source.token()).best);
    EXPECT_THROW(prepare_library(library.input, {}, source.token()), Error);
}

TEST(RunBatch, OfATinyLibraryFindsNothing) {
    const auto library = make_library({.styles = {7}});
    const BatchResult result = run_batch(*prepare_library(library.input, {}), {.runs = 20});
    EXPECT_EQ(result.runs_done, 20);
    EXPECT_FALSE(result.best);
}

class EveryMethod : public testing::TestWithParam<ClusteringMethod> {};

TEST_P(EveryMethod, FindsStylesThatAreApart) {
    const auto library =
        make_library({.styles = std::vector<std::size_t>(12, 50), .spread = 0.7, .artists_per_style = 20});
    const ClusteringResult result = cluster(library.input, {.method = GetParam(), .runs = 30});
    EXPECT_GE(result.best.playlists.size(), 7U);
    EXPECT_GT(mean_style_share(library, result.best.playlists), 0.9);
}

TEST_P(EveryMethod, GroupsALibraryBySamplesOfIt) {
    const auto library =
        make_library({.styles = std::vector<std::size_t>(10, 150), .spread = 0.7, .artists_per_style = 60});
    const ClusteringParams params = {
        .method = GetParam(), .runs = 20, .sample_songs = 500, .min_songs_per_genre_for_stratification = 10};
    const ClusteringResult result = cluster(library.input, params);
    EXPECT_GE(result.best.playlists.size(), 7U);
    EXPECT_GT(mean_style_share(library, result.best.playlists), 0.9);
    std::size_t outside = 0;  // of any one sample
    for (const AutomaticPlaylist& list : result.best.playlists)
        outside += list.tracks.size();
    EXPECT_GT(outside, 500U) << "songs that were not in the sample are in lists";
}

TEST_P(EveryMethod, NeverFailsWhateverTheLibraryAndTheRanges) {
    for (const std::size_t songs : {8U, 9U, 20U, 60U}) {
        for (const bool calibrate : {true, false}) {
            const auto library = make_library({.styles = {songs}});
            ClusteringParams params = {.method = GetParam(), .runs = 6, .calibrate = calibrate};
            EXPECT_EQ(cluster(library.input, params).runs_done, 6) << songs;
            params.use_embeddings = false;
            EXPECT_EQ(cluster(library.input, params).runs_done, 6) << songs;
        }
        const auto same = make_library({.styles = {songs}, .spread = 0});
        EXPECT_EQ(cluster(same.input, {.method = GetParam(), .runs = 6}).runs_done, 6);
    }
}

TEST_P(EveryMethod, IsTheSameOnAnyNumberOfThreads) {
    const auto library = make_library({.styles = std::vector<std::size_t>(6, 40)});
    const auto run = [&](unsigned threads) {
        ClusteringParams params = {.method = GetParam(), .runs = 30, .runs_per_batch = 5, .batches_at_once = 3};
        params.threads = threads;
        const Solution best = cluster(library.input, params).best;
        return to_json(BatchResult{.runs_done = 0, .elites = {}, .best = best});
    };
    EXPECT_EQ(run(1), run(3));
}

INSTANTIATE_TEST_SUITE_P(Methods, EveryMethod,
                         testing::Values(ClusteringMethod::kmeans, ClusteringMethod::dbscan, ClusteringMethod::gmm,
                                         ClusteringMethod::spectral),
                         [](const auto& info) { return std::string(method_name(info.param)); });

}  // namespace
}  // namespace audiomuse::features
