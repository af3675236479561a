// A backup of the catalogue.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "audiomuse/backups/backups.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace json = boost::json;

void make_backup(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    progress.begin_step("backup", 0, 100, "Writing a backup");
    const backups::Backup made =
        backups::make(context.store, context.backups, {.kept = context.settings->backups_kept}, [&](double done) {
            cancel.check();
            progress.report(done, "Writing a backup");
        });
    progress.set_detail(backups::kMade, json::serialize(json::object{{"filename", made.filename},
                                                                     {"size_bytes", made.bytes},
                                                                     {"tracks", made.tracks.value_or(0)}}));
    progress.set_outcome(fmt::format("{} with {} tracks, {:.1f} MB.", made.filename, made.tracks.value_or(0),
                                     static_cast<double>(made.bytes) / 1e6));
}

}  // namespace audiomuse::jobs
