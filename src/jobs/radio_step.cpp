// Radios: their lists, made anew, here and on the media servers.
#include <fmt/format.h>

#include "audiomuse/base/error.h"
#include "audiomuse/features/common/list_filter.h"
#include "audiomuse/radios/refresh.h"
#include "steps.h"

namespace audiomuse::jobs {

void refresh_radios(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    progress.begin_step("radios", 0, 50, "Making the lists of radios anew");
    context.index.catch_up();
    const auto index = context.index.live().get();
    const auto vectors = context.store.index_blobs().info(kTrackIndex);
    if (!index) {
        throw Error(ErrorCode::invalid_argument,
                    "Nothing was listened to yet, so there is nothing for a radio to play.");
    }
    radios::Artists artists = radios::load_artists(context.store);
    const std::vector<store::Radio> wanted = radios::wanted_radios(context.store, progress.job().params);
    radios::Report report =
        radios::refresh({.store = context.store,
                         .index = *index,
                         .model = vectors ? vectors->model : context.store.analyses().dominant_model(),
                         .liked_songs = static_cast<int>(context.settings->fingerprint_songs),
                         .artists = [&] { return artists; }},
                        wanted, features::default_filter(*context.settings.get()), {}, cancel);
    if (report.made > 0) {
        context.queue.publish({"playlists", "{}"});
        progress.begin_step("write", 50, 100, "Writing playlists to the media servers");
        const std::string problems = write_playlists(context, progress, cancel);
        if (!problems.empty()) report.failed.push_back(problems.substr(1));
    }
    progress.set_detail(radios::kReport, radios::report_text(report));
    progress.set_outcome(fmt::format("{} of {} radios have a new list.", report.made, report.radios));
}

}  // namespace audiomuse::jobs
