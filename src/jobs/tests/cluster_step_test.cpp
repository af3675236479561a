// Searches for playlists over a real store and queue.
#include "cluster_params.h"

#include <fmt/format.h>

#include "audiomuse/features/clustering/draft.h"
#include "jobs_testing.h"

namespace audiomuse::jobs {
namespace {

using testing::HasSubstr;

/// A library of six styles with ten songs each.
class ClusterStep : public JobsTest {
protected:
    static constexpr int kStyles = 6;
    static constexpr int kSongs = 60;

    ClusterStep() {
        settings.clustering_runs = 100;
        settings.clustering_batch_runs = 10;
        settings.clustering_batches = 3;
        const ServerId server = store->tracks().local_server();
        std::vector<store::Analyses::Saved> results;
        for (int i = 0; i < kSongs; ++i) {
            const std::string path = "/m/" + std::to_string(i);
            const store::Tracks::PutItem item{
                {path, {1, 1}}, path, {.title = path, .artists = {"artist " + std::to_string(i)}}};
            TrackAnalysis analysis;
            analysis.model = analyser.tag;
            analysis.tempo_bpm = 100;
            Random random(static_cast<std::uint64_t>(i));
            for (int j = 0; j < 12; ++j)
                analysis.embedding.push_back(static_cast<float>(random.uniform(0, 0.3) + (j == i % kStyles ? 1 : 0)));
            results.push_back({store->tracks().put(server, {&item, 1}).front().id, {1, 1}, analysis, {}, {}});
        }
        store->analyses().save(results);
    }

    JobContext clusterer(const std::string& worker = "worker 1") {
        JobContext made = context(worker);
        made.source = nullptr;
        made.lists_folders = false;
        return made;
    }

    store::Job run_search(const std::string& params = "{}") {
        const JobId id = enqueue(kMainClustering, params);
        const Workers workers(clusterer(), kAllLanes);
        EXPECT_TRUE(wait_until([&] { return ended(id); })) << store->jobs().get(id)->details;
        return *store->jobs().get(id);
    }

    static std::string result_of(const store::Job& job) {
        return boost::json::serialize(boost::json::parse(job.details).at("result"));
    }
    std::vector<std::string> playlists() {
        std::vector<std::string> names;
        for (const store::Playlist& list : store->playlists().list())
            names.push_back(list.name);
        return names;
    }
    /// Whether the search has taken in this many batches.
    bool taken_in(const JobId& id, int batches) {
        const boost::json::value details = boost::json::parse(store->jobs().get(id)->details);
        const boost::json::value* search = details.as_object().if_contains("search");
        return search != nullptr && search->at("taken_in").to_number<int>() >= batches;
    }
};

TEST_F(ClusterStep, MakesPlaylistsAndSaysHow) {
    const store::Job job = run_search();
    ASSERT_EQ(job.state, store::JobState::success) << job.details;
    const boost::json::value details = boost::json::parse(job.details);
    EXPECT_EQ(details.at("total_runs").to_number<int>(), 100);
    EXPECT_EQ(details.at("runs_completed").to_number<int>(), 100);
    EXPECT_EQ(details.at("num_playlists_created").to_number<std::size_t>(), playlists().size());
    EXPECT_GT(details.at("best_score").to_number<double>(), 0);
    EXPECT_GT(details.at("elite_solutions").to_number<int>(), 0);
    EXPECT_GE(details.at("best_params").at("clusters").to_number<int>(), 2);
    EXPECT_GE(playlists().size(), 5U);
    EXPECT_FALSE(features::read_draft(*store)) << "what is published is no draft any more";
    EXPECT_TRUE(store->jobs().children(job.id).empty());
}

TEST_F(ClusterStep, TheResultDependsOnTheSeedAndNotOnTheWorkers) {
    settings.workers = 1;
    const std::string one = result_of(run_search());
    store->playlists().replace_automatic({});  // names and ids of lists that stay would be kept
    const JobId id = enqueue(kMainClustering);
    {
        const Workers first(clusterer("worker 1"), kAllLanes);
        const Workers second(clusterer("worker 2"), {queue::Lane::normal});
        const Workers third(clusterer("worker 3"), {queue::Lane::normal});
        ASSERT_TRUE(wait_until([&] { return ended(id); }));
    }
    EXPECT_EQ(result_of(*store->jobs().get(id)), one);
}

TEST_F(ClusterStep, APreviewWritesNothing) {
    store->playlists().create("Old", store::PlaylistKind::automatic, "{}", {});
    const store::Job job = run_search(R"({"publish":false})");
    ASSERT_EQ(job.state, store::JobState::success) << job.details;
    EXPECT_EQ(playlists(), std::vector<std::string>{"Old"});
    const auto draft = features::read_draft(*store);
    ASSERT_TRUE(draft);
    EXPECT_EQ(draft->task, job.id.value);
    EXPECT_GE(draft->lists.size(), 5U);
}

TEST_F(ClusterStep, CancelLeavesTheBestSoFar) {
    settings.clustering_runs = 100'000;
    settings.clustering_batch_runs = 1000;
    const JobId id = enqueue(kMainClustering);
    const Workers workers(clusterer(), kAllLanes);
    const auto searching = [&] {
        for (const store::Job& child : store->jobs().children(id)) {
            if (child.details.find("best_score") != std::string::npos) return true;
        }
        return false;
    };
    ASSERT_TRUE(wait_until(searching));
    store->jobs().request_cancel(id);
    queue->cancel(id);
    ASSERT_TRUE(wait_until([&] { return ended(id); }));
    EXPECT_EQ(store->jobs().get(id)->state, store::JobState::revoked);
    EXPECT_TRUE(playlists().empty());
    const auto draft = features::read_draft(*store);
    ASSERT_TRUE(draft) << "it can be looked at and published";
    EXPECT_FALSE(draft->lists.empty());
}

TEST_F(ClusterStep, AnotherProcessGoesOnWhereOneEnded) {
    const std::string expected = result_of(run_search());
    store->playlists().replace_automatic({});
    const JobId id = enqueue(kMainClustering);
    {
        const Workers workers(clusterer(), kAllLanes);
        ASSERT_TRUE(wait_until([&] { return taken_in(id, 2) || ended(id); }));
    }
    restart();
    const Workers workers(clusterer("worker 2"), kAllLanes);
    ASSERT_TRUE(wait_until([&] { return ended(id); }));
    EXPECT_EQ(result_of(*store->jobs().get(id)), expected);
}

TEST_F(ClusterStep, ABatchThatFailsLosesOnlyItself) {
    const JobId id = enqueue(kMainClustering);
    {
        JobContext coordinator = clusterer();
        const Workers workers(coordinator, {queue::Lane::high});
        ASSERT_TRUE(wait_until([&] { return store->jobs().children(id).size() == 3; }));
        const store::Job first = store->jobs().children(id).front();
        ASSERT_TRUE(store->jobs().start(first.id, "a worker", kLeaseSeconds));
        store->jobs().finish(first.id, "a worker", store::JobState::failure, R"({"status_message":"No memory."})");
        ASSERT_TRUE(wait_until([&] { return taken_in(id, 1); }));
        const Workers others(clusterer("worker 2"), {queue::Lane::normal});
        ASSERT_TRUE(wait_until([&] { return ended(id); }));
    }
    const store::Job job = *store->jobs().get(id);
    EXPECT_EQ(job.state, store::JobState::success) << job.details;
    EXPECT_EQ(boost::json::parse(job.details).at("runs_completed").to_number<int>(), 90);
    EXPECT_GE(playlists().size(), 5U);
}

TEST_F(ClusterStep, ASearchWhoseBatchesAllFailSaysWhy) {
    settings.clustering_max_failures = 2;
    const JobId id = enqueue(kMainClustering);
    const Workers workers(clusterer(), {queue::Lane::high});
    ASSERT_TRUE(wait_until([&] {
        for (const store::Job& child : store->jobs().children(id)) {
            if (store::is_final(child.state)) continue;
            store->jobs().start(child.id, "a worker", kLeaseSeconds);
            store->jobs().finish(child.id, "a worker", store::JobState::failure, R"({"status_message":"No memory."})");
        }
        return ended(id);
    }));
    EXPECT_EQ(store->jobs().get(id)->state, store::JobState::failure);
    EXPECT_THAT(store->jobs().get(id)->details, HasSubstr(R"("status_message":"No memory.")"));
}

TEST_F(ClusterStep, ARunThatFindsNothingChangesNothing) {
    store->playlists().create("Old", store::PlaylistKind::automatic, "{}", {});
    const store::Job job = run_search(R"({"min_playlist_size_for_top_n":10000,"clustering_runs":5})");
    EXPECT_EQ(job.state, store::JobState::success) << "small libraries have small lists";
    for (int i = 7; i < kSongs; ++i) {
        const auto row = store->tracks().by_path("/m/" + std::to_string(i));
        const store::Analyses::Saved failed{
            row->id, row->stamp, {}, AnalysisFailure{ErrorCode::damaged, "decode", "bad"}, ""};
        store->analyses().save({&failed, 1});
    }
    const std::vector<std::string> before = playlists();
    store::Tracks& tracks = store->tracks();
    const ServerId server = tracks.local_server();
    const std::int64_t listing = tracks.begin_listing(server);
    std::vector<store::SeenFile> few;
    for (int i = 0; i < 7; ++i)
        few.push_back({"/m/" + std::to_string(i), {1, 1}});
    tracks.mark_seen(server, listing, few);
    tracks.finish_listing(server, listing);
    const store::Job none = run_search();
    EXPECT_EQ(none.state, store::JobState::failure);
    EXPECT_THAT(none.details, HasSubstr("too few for playlists"));
    EXPECT_EQ(playlists(), before);
}

TEST(ClusterRequest, IsReadFromSettingsAndTheJob) {
    settings::Settings settings;
    settings.cluster_algorithm = "gmm";
    settings.gmm_covariance_type = "diag";
    const ClusterRequest plain = read_cluster_request(settings, "{}");
    EXPECT_EQ(plain.params.method, features::ClusteringMethod::gmm);
    EXPECT_EQ(plain.params.gmm_covariance, numeric::Covariance::diagonal);
    EXPECT_EQ(plain.params.fitness, features::Fitness::listening);
    EXPECT_TRUE(plain.publish);
    const ClusterRequest asked = read_cluster_request(
        settings, R"({"clustering_method":"dbscan","dbscan_eps_min":0.2,"dbscan_eps_max":"0.3","publish":false,)"
                  R"("spectral_n_clusters_max":50,"top_n_moods":5,"iterations_per_batch_job":7})");
    EXPECT_EQ(asked.params.method, features::ClusteringMethod::dbscan);
    EXPECT_EQ(asked.params.dbscan_eps, (features::Range<double>{0.2, 0.3}));
    EXPECT_EQ(asked.params.spectral_clusters, (features::Range<int>{40, 50}));
    EXPECT_EQ(asked.params.top_n_moods, 5);
    EXPECT_EQ(asked.params.runs_per_batch, 7);
    EXPECT_FALSE(asked.publish);
    EXPECT_EQ(asked.params.fitness, features::Fitness::listening);
    EXPECT_EQ(read_cluster_request(settings, R"({"score_weight_purity":1})").params.fitness,
              features::Fitness::audiomuse_ai)
        << "who names a weight wants to be judged by it";
    EXPECT_EQ(
        read_cluster_request(settings, R"({"score_weight_purity":1,"clustering_fitness":"listening"})").params.fitness,
        features::Fitness::listening);
    EXPECT_THROW(read_cluster_request(settings, R"({"dbscan_eps_min":0.9})"), Error);
    EXPECT_THROW(read_cluster_request(settings, R"({"clustering_method":"magic"})"), Error);
}

}  // namespace
}  // namespace audiomuse::jobs
