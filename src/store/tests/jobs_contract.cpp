#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Job job(const std::string& id, double created_at = 0, const std::string& parent = "") {
    return {.id = JobId{id},
            .parent = JobId{parent},
            .type = "main_analysis",
            .params = R"({"n":1})",
            .created_at = created_at};
}

const std::string kWorker = "worker 1";
const std::string kOther = "worker 2";
constexpr double kLease = 60;  // seconds; outlasts a test
constexpr double kEnded = -1;

std::vector<std::string> ids(const std::vector<Job>& jobs) {
    std::vector<std::string> ids;
    for (const Job& each : jobs)
        ids.push_back(each.id.value);
    return ids;
}

TEST_P(StoreContract, KeepsAJob) {
    Job given = job("a", 1000.5, "parent");
    given.details = R"({"status_message":"waiting"})";
    store_->jobs().create(given);
    reopen();
    const auto kept = store_->jobs().get(JobId{"a"});
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->parent.value, "parent");
    EXPECT_EQ(kept->type, "main_analysis");
    EXPECT_EQ(kept->state, JobState::pending);
    EXPECT_EQ(kept->progress, 0);
    EXPECT_EQ(kept->params, R"({"n":1})");
    EXPECT_EQ(kept->details, R"({"status_message":"waiting"})");
    EXPECT_FALSE(kept->cancel_requested);
    EXPECT_EQ(kept->attempts, 0);
    EXPECT_EQ(kept->created_at, 1000.5);
    EXPECT_EQ(kept->started_at, 0);
    EXPECT_EQ(kept->finished_at, 0);
    EXPECT_FALSE(store_->jobs().get(JobId{"b"}));
    EXPECT_EQ(error_of([&] { store_->jobs().create(given); }).code(), ErrorCode::conflict);
    EXPECT_EQ(error_of([&] { store_->jobs().create(Job{}); }).code(), ErrorCode::invalid_argument);
}

TEST_P(StoreContract, AJobWithoutATimeIsCreatedNow) {
    store_->jobs().create(job("a"));
    EXPECT_GT(store_->jobs().get(JobId{"a"})->created_at, 1e9);
}

TEST_P(StoreContract, AJobRuns) {
    Jobs& jobs = store_->jobs();
    const JobId id{"a"};
    jobs.create(job("a"));
    EXPECT_TRUE(jobs.start(id, kWorker, kLease));
    EXPECT_EQ(jobs.get(id)->state, JobState::started);
    EXPECT_EQ(jobs.get(id)->attempts, 1);
    const double started = jobs.get(id)->started_at;
    EXPECT_GT(started, 1e9);
    jobs.update(id, kWorker, 40, R"({"x":1})");
    EXPECT_EQ(jobs.get(id)->state, JobState::progress);
    EXPECT_EQ(jobs.get(id)->progress, 40);
    EXPECT_EQ(jobs.get(id)->details, R"({"x":1})");
    jobs.update(id, kWorker, 30, R"({"x":2})");
    EXPECT_EQ(jobs.get(id)->progress, 40) << "progress never falls";
    EXPECT_EQ(jobs.get(id)->details, R"({"x":2})");
    EXPECT_TRUE(jobs.start(id, kWorker, kLease)) << "an interrupted job goes on";
    EXPECT_EQ(jobs.get(id)->state, JobState::started);
    EXPECT_EQ(jobs.get(id)->attempts, 2);
    EXPECT_EQ(jobs.get(id)->started_at, started);
    EXPECT_EQ(jobs.get(id)->progress, 40);
    jobs.update(id, kWorker, 500, "{}");
    EXPECT_EQ(jobs.get(id)->progress, 100);
    EXPECT_TRUE(jobs.finish(id, kWorker, JobState::success, R"({"done":true})"));
    const auto finished = jobs.get(id);
    EXPECT_EQ(finished->state, JobState::success);
    EXPECT_EQ(finished->progress, 100);
    EXPECT_EQ(finished->details, R"({"done":true})");
    EXPECT_GE(finished->finished_at, started);
}

TEST_P(StoreContract, AJobIsHeldByOneWorker) {
    Jobs& jobs = store_->jobs();
    const JobId id{"a"};
    jobs.create(job("a"));
    EXPECT_THAT(ids(jobs.unheld(10)), ElementsAre("a"));
    ASSERT_TRUE(jobs.start(id, kWorker, kLease));
    EXPECT_EQ(jobs.get(id)->owner, kWorker);
    EXPECT_THAT(jobs.unheld(10), IsEmpty());
    EXPECT_FALSE(jobs.start(id, kOther, kLease));
    EXPECT_FALSE(jobs.renew(id, kOther, kLease).held);
    jobs.update(id, kOther, 50, R"({"not":"mine"})");
    jobs.reset_attempts(id, kOther);
    jobs.hand_back(id, kOther);
    EXPECT_FALSE(jobs.finish(id, kOther, JobState::failure, "{}"));
    EXPECT_EQ(jobs.get(id)->progress, 0);
    EXPECT_EQ(jobs.get(id)->attempts, 1);
    EXPECT_EQ(jobs.get(id)->owner, kWorker);
    EXPECT_TRUE(jobs.renew(id, kWorker, kLease).held);
    EXPECT_TRUE(jobs.finish(id, kWorker, JobState::success, "{}"));
    EXPECT_FALSE(jobs.renew(id, kWorker, kLease).held);
    EXPECT_FALSE(jobs.renew(JobId{"unknown"}, kWorker, kLease).held);
    EXPECT_THAT(jobs.unheld(10), IsEmpty());
}

TEST_P(StoreContract, AnEndedLeaseLetsAnotherWorkerIn) {
    Jobs& jobs = store_->jobs();
    const JobId id{"a"};
    jobs.create(job("a"));
    jobs.start(id, kWorker, kEnded);
    EXPECT_THAT(ids(jobs.unheld(10)), ElementsAre("a"));
    EXPECT_EQ(jobs.unheld(10).front().owner, kWorker) << "who held it";
    EXPECT_TRUE(jobs.renew(id, kWorker, kEnded).held) << "nobody has taken it";
    EXPECT_TRUE(jobs.start(id, kOther, kLease));
    EXPECT_EQ(jobs.get(id)->attempts, 2);
    EXPECT_FALSE(jobs.renew(id, kWorker, kLease).held);
    EXPECT_FALSE(jobs.finish(id, kWorker, JobState::success, "{}")) << "the one that was thought dead comes back";
    jobs.reset_attempts(id, kOther);
    EXPECT_EQ(jobs.get(id)->attempts, 1);
    EXPECT_TRUE(jobs.finish(id, kOther, JobState::success, "{}"));
}

TEST_P(StoreContract, AJobHandedBackIsFreeAtOnce) {
    Jobs& jobs = store_->jobs();
    const JobId id{"a"};
    jobs.create(job("a"));
    jobs.start(id, kWorker, kLease);
    jobs.hand_back(id, kWorker);
    EXPECT_EQ(jobs.get(id)->owner, "");
    EXPECT_EQ(jobs.get(id)->attempts, 0) << "it was nobody's fault";
    EXPECT_TRUE(jobs.start(id, kOther, kLease));
    jobs.create(job("b"));
    jobs.start(JobId{"b"}, kOther, kLease);
    EXPECT_THAT(jobs.unheld(10), IsEmpty());
    jobs.end_all_leases();
    EXPECT_THAT(ids(jobs.unheld(10)), ElementsAre("a", "b"));
    EXPECT_THAT(ids(jobs.unheld(1)), ElementsAre("a"));
}

TEST_P(StoreContract, OfManyWorkersThatStartAJobOneDoes) {
    store_->jobs().create(job("a"));
    std::atomic<int> started = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            if (store_->jobs().start(JobId{"a"}, "worker " + std::to_string(i), kLease)) ++started;
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(started, 1);
}

TEST_P(StoreContract, ARenewalTellsOfACancelRequest) {
    Jobs& jobs = store_->jobs();
    jobs.create(job("a"));
    jobs.start(JobId{"a"}, kWorker, kLease);
    EXPECT_FALSE(jobs.renew(JobId{"a"}, kWorker, kLease).cancel_requested);
    jobs.request_cancel(JobId{"a"});
    EXPECT_TRUE(jobs.renew(JobId{"a"}, kWorker, kLease).cancel_requested);
}

TEST_P(StoreContract, ChildrenAreFoundByTheirParentAndRemovedWhenDone) {
    Jobs& jobs = store_->jobs();
    jobs.create(job("parent"));
    const std::vector<Job> children = {job("c1", 100, "parent"), job("c2", 200, "parent")};
    jobs.create(children);
    EXPECT_THAT(ids(jobs.children(JobId{"parent"})), ElementsAre("c1", "c2"));
    EXPECT_EQ(error_of([&] {
                  jobs.create(std::vector{job("c3", 0, "parent"), job("c1")});
              }).code(),
              ErrorCode::conflict);
    EXPECT_FALSE(jobs.get(JobId{"c3"})) << "all or none";
    const std::vector<JobId> done = {JobId{"c1"}, JobId{"unknown"}};
    jobs.remove(done);
    EXPECT_THAT(ids(jobs.children(JobId{"parent"})), ElementsAre("c2"));
}

TEST_P(StoreContract, FinalStatesAreFinal) {
    Jobs& jobs = store_->jobs();
    for (const JobState state : {JobState::success, JobState::failure, JobState::revoked}) {
        const JobId id{std::string(state_name(state))};
        jobs.create(job(id.value));
        jobs.start(id, kWorker, kLease);
        jobs.update(id, kWorker, 10, "{}");
        EXPECT_TRUE(jobs.finish(id, kWorker, state, R"({"end":1})"));
        EXPECT_FALSE(jobs.start(id, kWorker, kLease));
        jobs.update(id, kWorker, 99, R"({"late":1})");
        EXPECT_FALSE(jobs.finish(id, kWorker, JobState::success, R"({"late":2})"));
        jobs.request_cancel(id);
        const auto kept = jobs.get(id);
        EXPECT_EQ(kept->state, state);
        EXPECT_EQ(kept->details, R"({"end":1})");
        EXPECT_EQ(kept->attempts, 1);
        EXPECT_FALSE(kept->cancel_requested);
        EXPECT_EQ(kept->progress, state == JobState::failure ? 10 : 100);
    }
    EXPECT_EQ(error_of([&] { jobs.finish(JobId{"x"}, kWorker, JobState::progress, "{}"); }).code(),
              ErrorCode::invalid_argument);
    EXPECT_FALSE(jobs.finish(JobId{"unknown"}, kWorker, JobState::failure, "{}"));
    EXPECT_FALSE(jobs.start(JobId{"unknown"}, kWorker, kLease));
    EXPECT_NO_THROW(jobs.update(JobId{"unknown"}, kWorker, 1, "{}"));
}

TEST_P(StoreContract, CancellingAWaitingJobRevokesItAtOnce) {
    Jobs& jobs = store_->jobs();
    jobs.create(job("a"));
    EXPECT_FALSE(jobs.cancel_requested(JobId{"a"}));
    const auto revoked = jobs.request_cancel(JobId{"a"});
    ASSERT_TRUE(revoked);
    EXPECT_EQ(revoked->state, JobState::revoked);
    EXPECT_GT(revoked->finished_at, 1e9);
    EXPECT_TRUE(jobs.cancel_requested(JobId{"a"}));
    EXPECT_FALSE(jobs.start(JobId{"a"}, kWorker, kLease));
    EXPECT_FALSE(jobs.request_cancel(JobId{"unknown"}));
    EXPECT_FALSE(jobs.cancel_requested(JobId{"unknown"}));
}

TEST_P(StoreContract, CancellingARunningJobLeavesTheEndToItsWorker) {
    Jobs& jobs = store_->jobs();
    for (const bool with_progress : {false, true}) {
        const JobId id{with_progress ? "progress" : "started"};
        jobs.create(job(id.value));
        jobs.start(id, kWorker, kLease);
        if (with_progress) jobs.update(id, kWorker, 5, "{}");
        const auto asked = jobs.request_cancel(id);
        EXPECT_EQ(asked->state, with_progress ? JobState::progress : JobState::started);
        EXPECT_TRUE(asked->cancel_requested);
        EXPECT_TRUE(jobs.cancel_requested(id));
        jobs.update(id, kWorker, 50, "{}");
        EXPECT_TRUE(jobs.cancel_requested(id));
        EXPECT_TRUE(jobs.finish(id, kWorker, JobState::revoked, "{}"));
        EXPECT_EQ(jobs.get(id)->state, JobState::revoked);
    }
}

TEST_P(StoreContract, OneMainJobAtATime) {
    Jobs& jobs = store_->jobs();
    EXPECT_FALSE(jobs.active_main());
    EXPECT_FALSE(jobs.create_exclusive(job("a")));
    jobs.create(job("child", 0, "a"));
    const auto unfinished = jobs.create_exclusive(job("b"));
    ASSERT_TRUE(unfinished);
    EXPECT_EQ(unfinished->id.value, "a");
    EXPECT_FALSE(jobs.get(JobId{"b"}));
    jobs.start(JobId{"a"}, kWorker, kLease);
    jobs.finish(JobId{"a"}, kWorker, JobState::failure, "{}");
    EXPECT_FALSE(jobs.create_exclusive(job("b"))) << "an unfinished child does not count";
    EXPECT_EQ(jobs.active_main()->id.value, "b");
}

TEST_P(StoreContract, OfManyWhoStartOneWins) {
    std::atomic<int> created = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            if (!store_->jobs().create_exclusive(job(std::to_string(i)))) ++created;
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(created, 1);
    EXPECT_EQ(store_->jobs().list(100).size(), 1u);
}

TEST_P(StoreContract, JobsAreListedByTheTimeOfCreation) {
    Jobs& jobs = store_->jobs();
    EXPECT_FALSE(jobs.newest_main());
    jobs.create(job("second", 200));
    jobs.create(job("first", 100));
    jobs.create(job("third", 300));
    jobs.create(job("third too", 300));
    jobs.create(job("child", 400, "third"));
    EXPECT_THAT(ids(jobs.list(100)), ElementsAre("third too", "third", "second", "first")) << "main jobs";
    EXPECT_THAT(ids(jobs.list(2)), ElementsAre("third too", "third"));
    EXPECT_THAT(ids(jobs.unfinished()), ElementsAre("first", "second", "third", "third too", "child"));
    EXPECT_EQ(jobs.newest_main()->id.value, "third too");
    EXPECT_EQ(jobs.active_main()->id.value, "first") << "nothing runs: the one that waits longest";
    jobs.start(JobId{"third"}, kWorker, kLease);
    EXPECT_EQ(jobs.active_main()->id.value, "third") << "the one that runs";
    jobs.finish(JobId{"third"}, kWorker, JobState::success, "{}");
    EXPECT_THAT(ids(jobs.unfinished()), ElementsAre("first", "second", "third too", "child"));
    EXPECT_EQ(jobs.newest_main()->id.value, "third too");
}

TEST_P(StoreContract, OldFinishedJobsArePruned) {
    Jobs& jobs = store_->jobs();
    for (int i = 0; i < 6; ++i) {
        jobs.create(job(std::to_string(i), 100 + i));
        if (i != 0) jobs.finish(JobId{std::to_string(i)}, kWorker, JobState::success, "{}");
    }
    jobs.prune(2);
    EXPECT_THAT(ids(jobs.list(100)), ElementsAre("5", "4", "0"));
    jobs.prune(0);
    EXPECT_THAT(ids(jobs.list(100)), ElementsAre("0"));
}

TEST(JobState, Words) {
    EXPECT_EQ(state_name(JobState::pending), "PENDING");
    EXPECT_EQ(state_name(JobState::started), "STARTED");
    EXPECT_EQ(state_name(JobState::progress), "PROGRESS");
    EXPECT_EQ(state_name(JobState::success), "SUCCESS");
    EXPECT_EQ(state_name(JobState::failure), "FAILURE");
    EXPECT_EQ(state_name(JobState::revoked), "REVOKED");
    EXPECT_TRUE(is_final(JobState::revoked) && is_final(JobState::failure) && is_final(JobState::success));
    EXPECT_FALSE(is_final(JobState::pending) || is_final(JobState::started) || is_final(JobState::progress));
}

}  // namespace
}  // namespace audiomuse::store
