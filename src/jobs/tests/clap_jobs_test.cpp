// CLAP's stage of an analysis: who is heard when, and what the index of it holds.
#include "jobs_testing.h"

namespace audiomuse::jobs {
namespace {

class ClapJobs : public JobsTest {
protected:
    static inline const ModelTag kClap{"dclap", "abc"};

    store::Job run_with_clap() {
        const JobId id = enqueue();
        JobContext with = context();
        with.sounds = &sounds;
        const Workers workers(with, kAllLanes);
        EXPECT_TRUE(wait_until([&] { return ended(id); })) << store->jobs().get(id)->details;
        return store->jobs().get(id).value();
    }
    std::int64_t due() { return store->sounds().count_due(analyser.tag, kClap); }

    ServedIndex sounds{*store, store->sounds(), store::kSoundIndex, {}};
};

TEST_F(ClapJobs, ListensInTheSamePass) {
    analyser.sound_tag = kClap;
    const store::Job job = run_with_clap();
    EXPECT_EQ(job.state, store::JobState::success) << job.details;
    EXPECT_EQ(count(job, "analysed"), 20);
    EXPECT_EQ(count(job, "heard"), 0) << "by CLAP alone";
    EXPECT_EQ(analyser.times_heard, 0);
    EXPECT_EQ(store->sounds().count(kClap), 20);
    EXPECT_EQ(due(), 0);
    ASSERT_TRUE(sounds.live().get());
    EXPECT_EQ(sounds.live().get()->size(), 20U);
    EXPECT_EQ(store->index_blobs().info(store::kSoundIndex)->model, kClap);
    // Another process loads it.
    ServedIndex other(*store, store->sounds(), store::kSoundIndex, {});
    other.catch_up();
    ASSERT_TRUE(other.live().get());
    EXPECT_EQ(other.live().get()->size(), 20U);
}

TEST_F(ClapJobs, TracksFromBeforeAreHeardOnceAndStayAnalysed) {
    run();
    EXPECT_FALSE(store->index_blobs().info(store::kSoundIndex));
    source.opened = 0;
    run();
    EXPECT_EQ(source.opened, 0) << "without CLAP nothing is due";
    analyser.calls = 0;
    analyser.sound_tag = kClap;
    EXPECT_EQ(due(), 20);
    const store::Job job = run_with_clap();
    EXPECT_EQ(job.state, store::JobState::success) << job.details;
    EXPECT_EQ(analyser.calls, 0);
    EXPECT_EQ(analyser.times_heard, 20);
    EXPECT_EQ(count(job, "heard"), 20);
    EXPECT_EQ(count(job, "known"), 20);
    EXPECT_NE(job.details.find("20 heard by CLAP now"), std::string::npos);
    EXPECT_EQ(count(job, "analysed"), 0);
    EXPECT_EQ(due(), 0);
    EXPECT_EQ(sounds.live().get()->size(), 20U);
    const TrackId one = store->tracks().by_path("/a3.flac")->id;
    EXPECT_EQ(store->sounds().embedding(one, kClap), analyser.sound_of("/a3.flac").vector);
    EXPECT_EQ(store->analyses().times_analysed(one), 1);
    source.opened = 0;
    run_with_clap();
    EXPECT_EQ(source.opened, 0);
}

TEST_F(ClapJobs, WhatClapCannotHearStaysAnalysedAndIsNotTriedAgain) {
    source.add("/deaf.flac", "silence");
    run();
    analyser.sound_tag = kClap;
    run_with_clap();
    EXPECT_EQ(due(), 0);
    EXPECT_EQ(store->sounds().count(kClap), 20);
    EXPECT_EQ(store->analyses().coverage(analyser.tag).analysed, 21);
    analyser.times_heard = 0;
    run_with_clap();
    EXPECT_EQ(analyser.times_heard, 0);
}

TEST_F(ClapJobs, OtherFilesOfClapMakeEveryTrackDueAndAnIndexOfTheirOwn) {
    analyser.sound_tag = kClap;
    run_with_clap();
    analyser.sound_tag = ModelTag{"dclap", "def"};
    const store::Job job = run_with_clap();
    EXPECT_EQ(count(job, "heard"), 20);
    EXPECT_EQ(store->index_blobs().info(store::kSoundIndex)->model.version, "def");
    EXPECT_EQ(sounds.live().get()->size(), 20U);
}

TEST_F(ClapJobs, NewTracksAndGoneOnesReachTheIndex) {
    analyser.sound_tag = kClap;
    run_with_clap();
    source.add("/one_more.flac", "one more");
    source.files.erase("/a3.flac");
    source.files.erase("/a4.flac");
    run_with_clap();
    EXPECT_EQ(sounds.live().get()->size(), 19U);
}

// The album of a coordinator that has another CLAP.
TEST_F(ClapJobs, AWorkerWithAnotherClapListensToNewTracksAndSaysThatTheOthersAreNotForIt) {
    run();
    analyser.sound_tag = kClap;
    const JobId parent = new_job_id();
    store->jobs().create({.id = parent, .type = "test", .created_at = unix_now()});
    store->jobs().start(parent, "the test", 600);
    store::Job job;
    job.id = new_job_id();
    job.parent = parent;
    job.type = kAnalyseAlbum;
    job.params = boost::json::serialize(
        boost::json::object{{"model", {{"name", analyser.tag.name}, {"version", analyser.tag.version}}},
                            {"sound", {{"name", "dclap"}, {"version", "other"}}},
                            {"tracks", {1, 2}}});
    store->jobs().create(job);
    queue->enqueue(job.id, queue::Lane::normal);
    const Workers workers(context(), kAllLanes);
    ASSERT_TRUE(wait_until([&] { return ended(job.id); }));
    EXPECT_EQ(store->jobs().get(job.id)->state, store::JobState::failure);
    EXPECT_NE(store->jobs().get(job.id)->details.find("does not have the CLAP"), std::string::npos);
}

}  // namespace
}  // namespace audiomuse::jobs
