// What keeps hubs out of lists of similar tracks, at the end of an analysis.
#include <fmt/format.h>

#include "audiomuse/base/log.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/features/similar/local_scales.h"
#include "steps.h"

namespace audiomuse::jobs {

void update_scales(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    try {
        const auto vectors = context.store.index_blobs().info(kTrackIndex);
        if (!vectors) return;
        const std::int64_t revision = context.store.change_counter();
        context.index.catch_up();
        const auto index = context.index.live().get();
        if (!index) return;
        const std::size_t measured =
            features::update_scales(context.store, *index, vectors->model, revision, {.threads = allowed_cores()},
                                    [&](std::size_t) { cancel.check(); });
        if (measured > 0) progress.log(fmt::format("The neighbourhoods of {} tracks were measured.", measured));
    } catch (const Error& error) {
        if (error.code() == ErrorCode::cancelled) throw;
        log::warn("The neighbourhoods of the tracks could not be measured: {}", error.what());
        progress.log(fmt::format("The neighbourhoods of the tracks could not be measured: {}", error.what()));
    }
}

}  // namespace audiomuse::jobs
