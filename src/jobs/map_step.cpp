// The map of the library, at the end of an analysis.
#include <fmt/format.h>

#include "audiomuse/base/log.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/features/map/update.h"
#include "steps.h"

namespace audiomuse::jobs {

void update_map(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    try {
        store::IndexBlobs& saved = context.store.index_blobs();
        const auto vectors = saved.info(kTrackIndex);
        if (!vectors) return;
        const auto map = saved.info(features::kMapBlob);
        const bool same_model = map && map->model == vectors->model;
        if (same_model && context.store.analyses().count_changes(map->revision) == 0) return;

        const std::int64_t revision = context.store.change_counter();
        context.index.catch_up();
        const auto index = context.index.live().get();
        if (!index) return;
        const features::MapUpdate done =
            features::update_map(context.store, *index, {.model = vectors->model, .revision = revision},
                                 {.threads = allowed_cores()}, [&](double share) {
                                     cancel.check();
                                     progress.report(share, fmt::format("Drawing the map of {} tracks", index->size()));
                                 });
        if (done.change == features::MapChange::kept) return;
        context.queue.publish({"map", "{}"});
        progress.log(
            done.change == features::MapChange::drawn
                ? fmt::format("The map was drawn: {} tracks.", done.tracks)
                : fmt::format("The map was brought up to date: {} changes, {} tracks.", done.changed, done.tracks));
    } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        log::warn("The map could not be brought up to date: {}", error.what());
        progress.log(fmt::format("The map could not be brought up to date: {}", error.what()));
    } catch (const std::exception& error) {
        log::warn("The map could not be brought up to date: {}", error.what());
        progress.log("The map could not be brought up to date; the log of the program says why.");
    }
}

}  // namespace audiomuse::jobs
