// Backups, made by a job of their own.
#include <fstream>
#include "audiomuse/backups/backups.h"

#include "jobs_testing.h"

namespace audiomuse::jobs {
namespace {

class BackupJobs : public JobsTest {
protected:
    store::Job done(const JobContext& where) {
        store::Job job;
        job.id = new_job_id();
        job.parent = JobId{store::kAside};
        job.type = backups::kBackupJob;
        store->jobs().create(job);  // and the workers find what the queue was not told of
        const Workers workers(where, kAllLanes);
        EXPECT_TRUE(wait_until([&] { return ended(job.id); }));
        return *store->jobs().get(job.id);
    }
    TempFolder place_;
};

TEST_F(BackupJobs, WriteAnExport) {
    run();
    JobContext with_folder = context();
    with_folder.backups = place_ / "backups";
    const store::Job job = done(with_folder);
    EXPECT_EQ(job.state, store::JobState::success) << job.details;
    const auto made = backups::list(with_folder.backups);
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(made[0].tracks, 21);
    EXPECT_THAT(job.details, ::testing::HasSubstr(made[0].filename));
    EXPECT_EQ(store::check_export(with_folder.backups / made[0].filename, {}).tracks, 21);
}

TEST_F(BackupJobs, AreLeftToWhoHasTheFolder) {
    EXPECT_FALSE(can_do(context(), backups::kBackupJob));
    JobContext nowhere = context();
    nowhere.backups = place_ / "file" / "backups";
    std::ofstream(place_ / "file") << "in the way";
    const store::Job job = done(nowhere);
    EXPECT_EQ(job.state, store::JobState::failure);
    EXPECT_THAT(job.details, ::testing::HasSubstr("AUDIOMUSE_BACKUP_FOLDER"));
}

}  // namespace
}  // namespace audiomuse::jobs
