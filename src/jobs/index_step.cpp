#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "audiomuse/base/log.h"
#include "index_model.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace {

/// Whether `unit`, a vector of the index, points where `raw`, a stored embedding, does.
bool same_direction(std::span<const float> unit, std::span<const float> raw) {
    if (unit.size() != raw.size()) return false;
    double dot = 0;
    double norm = 0;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        dot += static_cast<double>(unit[i]) * raw[i];
        norm += static_cast<double>(raw[i]) * raw[i];
    }
    return norm > 0 && dot / std::sqrt(norm) > 1 - 1e-5;
}

index::IndexParams params_of(const settings::Settings& settings) {
    return {.M = static_cast<std::size_t>(settings.index_m),
            .ef_construction = static_cast<std::size_t>(settings.index_ef_construction),
            .ef_search = static_cast<std::size_t>(settings.index_ef_search)};
}

/// The saved image of `name`, whole.
std::vector<std::byte> read_image(store::IndexBlobs& blobs, const store::IndexBlobInfo& info) {
    std::vector<std::byte> image;
    image.reserve(static_cast<std::size_t>(info.bytes));
    blobs.load(info.name,
               [&](std::span<const std::byte> part) { image.insert(image.end(), part.begin(), part.end()); });
    return image;
}

}  // namespace

void load_saved_index(store::Store& store, index::LiveIndex& index) {
    try {
        const auto info = store.index_blobs().info(kTrackIndex);
        if (!info) return;
        index.swap(index::load_index(read_image(store.index_blobs(), *info)));
        log::debug("Loaded the index of {} tracks ({})", info->count, info->model.name);
    } catch (const Error& error) {
        log::warn("The saved index can't be used and will be made anew: {}", error.what());
    }
}

std::shared_ptr<index::VectorIndex> index_of_model(const JobContext& context, const ModelTag& model) {
    const auto info = context.store.index_blobs().info(kTrackIndex);
    return info && info->model == model ? context.index.get() : nullptr;
}

void update_index(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    progress.begin_step("index", 95, 100, "Bringing the index up to date");
    const ModelTag model = context.store.analyses().dominant_model();
    if (model.name.empty()) return;

    std::shared_ptr<index::VectorIndex> index = index_of_model(context, model);
    bool changed = false;
    std::unordered_set<std::int64_t> stored;
    const auto total = static_cast<double>(context.store.analyses().coverage(model).analysed);
    context.store.analyses().each_embedding(model, [&](TrackId id, const Embedding& embedding) {
        if (stored.size() % 1024 == 0) {
            cancel.check();
            progress.report(static_cast<double>(stored.size()) / std::max(1.0, total),
                            fmt::format("Indexed {} tracks", stored.size()));
        }
        if (!index || index->dimension() != embedding.size()) {
            index = index::create_index(embedding.size(), params_of(context.settings));
        }
        stored.insert(id.value);
        if (!same_direction(index->vector(id.value), embedding)) {
            index->add(id.value, embedding);
            changed = true;
        }
    });
    if (!index) return;
    for (const std::int64_t id : index->ids()) {
        if (!stored.contains(id)) {
            index->remove(id);
            changed = true;
        }
    }
    // Tracks analysed in this run are in the index already but not in its saved image.
    const auto info = context.store.index_blobs().info(kTrackIndex);
    changed = changed || progress.counts().analysed > 0 || !info || info->model != model ||
              info->count != static_cast<std::int64_t>(index->size());
    if (changed) {
        context.store.index_blobs().save(kTrackIndex, model, static_cast<std::int64_t>(index->size()),
                                         [&](const auto& sink) { index->save(sink); });
    }
    context.index.swap(index);
    context.queue.publish({"index", fmt::format(R"({{"count":{}}})", index->size())});
}

}  // namespace audiomuse::jobs
