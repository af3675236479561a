// What every artist sounds like, kept in step with the library at the end of an analysis.
#include <fmt/format.h>

#include <algorithm>

#include "audiomuse/base/log.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/features/artists/artist_models.h"
#include "steps.h"

namespace audiomuse::jobs {
namespace {

void make_models(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    store::Store& store = context.store;
    const std::int64_t revision = store.change_counter();  // before anything is read
    const ModelTag model = store.analyses().dominant_model();
    const auto saved = store.index_blobs().info(features::kArtistModels);
    if (saved && saved->model == model && store.analyses().count_changes(saved->revision) == 0) return;

    context.index.catch_up();
    const std::shared_ptr<index::VectorIndex> index = context.index.live().get();
    std::vector<store::Credits> credits;
    store.tracks().each_credits([&](const store::Credits& track) {
        if (credits.size() % 1024 == 0) cancel.check();
        credits.push_back(track);
    });
    const features::ArtistModels before = features::usable_artist_models(store);
    features::ArtistParams params;
    const std::int64_t workers = context.settings->workers;
    params.threads =
        workers > 0 ? static_cast<unsigned>(std::min<std::int64_t>(workers, allowed_cores())) : allowed_cores();
    const features::ArtistModels models = features::make_artist_models(
        credits, index.get(), params, &before,
        [&](std::size_t done, std::size_t all) {
            progress.report(static_cast<double>(done) / static_cast<double>(all),
                            fmt::format("Got to know {} of {} artists", done, all));
        },
        cancel);
    store.index_blobs().save({.name = features::kArtistModels,
                              .model = model,
                              .revision = revision,
                              .count = static_cast<std::int64_t>(models.size())},
                             [&](const auto& sink) { models.save(sink); });
    log::debug("{} artists with {} kinds of song, {} of them as before", models.size(), models.components(),
               models.reused());
}

}  // namespace

void follow_artists(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    try {
        make_models(context, progress, cancel);
    } catch (const std::exception& error) {
        cancel.check();
        const std::string line = fmt::format("What the artists sound like could not be worked out: {}", error.what());
        log::warn("{}", line);
        progress.log(line);
    }
}

}  // namespace audiomuse::jobs
