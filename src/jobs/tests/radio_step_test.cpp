// Radios, made anew by a job of its own.
#include "audiomuse/radios/refresh.h"
#include "jobs_testing.h"

namespace audiomuse::jobs {
namespace {

class RadioJobs : public JobsTest {
protected:
    /// What sounds like the track that was listed first.
    RadioId add_radio(const std::string& name, bool enabled = true) {
        const std::vector<features::RecipeItem> items = {{.id = all_tracks().front().item_id}};
        return store->radios().add(
            {.id = {}, .name = name, .recipe = features::recipe_text(items), .n = 3, .enabled = enabled});
    }
    /// Its row; whether it was handed to the queue is for the caller.
    JobId create(const std::optional<std::vector<RadioId>>& radios = std::nullopt) {
        store::Job job;
        job.id = new_job_id();
        job.parent = JobId{store::kAside};
        job.type = radios::kRefreshJob;
        job.params = radios::refresh_params(radios);
        store->jobs().create(job);
        return job.id;
    }
    radios::Report report_of(const JobId& id) {
        EXPECT_TRUE(wait_until([&] { return ended(id); })) << store->jobs().get(id)->details;
        const store::Job job = *store->jobs().get(id);
        EXPECT_EQ(job.state, store::JobState::success) << job.details;
        return radios::read_report(job.details).value_or(radios::Report{.failed = {"no report"}});
    }
    std::size_t tracks_of(RadioId radio) {
        return store->playlists().tracks(store->radios().get(radio)->playlist).size();
    }
};

TEST_F(RadioJobs, AreMadeBesideAnAnalysis) {
    run();
    const RadioId radio = add_radio("Near");
    const RadioId paused = add_radio("Paused", false);
    source.add("/new.flac", "new");
    analyser.stay_at("/new.flac");
    const JobId analysis = enqueue();
    const Workers workers(context(), kAllLanes);
    ASSERT_TRUE(wait_until([&] { return analyser.staying.load(); }));
    const JobId id = create();
    queue->enqueue(id, queue::Lane::aside);
    EXPECT_EQ(report_of(id), (radios::Report{.radios = 1, .made = 1}));
    EXPECT_FALSE(ended(analysis));
    EXPECT_EQ(tracks_of(radio), 3U);
    EXPECT_FALSE(store->radios().get(paused)->playlist);

    const JobId asked_for = create(std::vector{paused});
    queue->enqueue(asked_for, queue::Lane::aside);
    EXPECT_EQ(report_of(asked_for).made, 1);
    EXPECT_EQ(tracks_of(paused), 3U);
    EXPECT_EQ(store->radios().issues(store->radios().get(radio)->playlist).size(), 1U) << "nobody asked for this one";
}

TEST_F(RadioJobs, AreMadeWhenTheQueueHasLostTheJob) {
    run();
    const RadioId radio = add_radio("Near");
    const JobId id = create();
    const Workers workers(context(), kAllLanes);
    EXPECT_EQ(report_of(id).made, 1);
    EXPECT_EQ(tracks_of(radio), 3U);
}

TEST_F(RadioJobs, SayThatThereIsNothingToPlay) {
    store->radios().add({.id = {}, .name = "Near"});
    const JobId id = create();
    const Workers workers(context(), kAllLanes);
    ASSERT_TRUE(wait_until([&] { return ended(id); }));
    EXPECT_EQ(store->jobs().get(id)->state, store::JobState::failure);
    EXPECT_THAT(store->jobs().get(id)->details, ::testing::HasSubstr("Nothing was listened to yet"));
}

}  // namespace
}  // namespace audiomuse::jobs
