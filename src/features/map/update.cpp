#include "audiomuse/features/map/update.h"

#include "audiomuse/base/log.h"
#include "audiomuse/features/map/image.h"

namespace audiomuse::features {
namespace {

/// The saved map, or an empty one where it cannot be gone on with.
MusicMap usable_map(store::Store& store, const ModelTag& model) {
    try {
        std::optional<MusicMap> map = load_map(store);
        if (map && map->model == model) return std::move(*map);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::damaged) throw;
        log::warn("{}", error.what());
    }
    return {};
}

void save(store::Store& store, const MusicMap& map, std::int64_t revision) {
    store.index_blobs().save(
        {.name = kMapBlob, .model = map.model, .revision = revision, .count = static_cast<std::int64_t>(map.size())},
        [&](const auto& sink) { sink(map_image(map)); });
}

}  // namespace

std::optional<MusicMap> load_map(store::Store& store) {
    const auto info = store.index_blobs().info(kMapBlob);
    if (!info) return std::nullopt;
    const auto image = store::read_whole(store.index_blobs(), kMapBlob);
    if (!image) return std::nullopt;
    MusicMap map = read_map_image(*image);
    map.model = info->model;
    return map;
}

MapUpdate update_map(store::Store& store, const index::VectorIndex& index, const IndexState& state,
                     const MapParams& params, const MapReport& report) {
    const MusicMap before = usable_map(store, state.model);
    const bool drawn_before = before.projection != Projection::none;
    if (index.size() == 0 && !drawn_before) return {};

    const std::size_t changed = difference(index, before).count();
    if (drawn_before && changed == 0) return {.change = MapChange::kept, .tracks = before.size(), .changed = 0};

    const double since_drawn = static_cast<double>(before.changed) + static_cast<double>(changed);
    const bool draw = !drawn_before || before.projection != Projection::umap ||
                      since_drawn > params.redraw_share * static_cast<double>(before.size());
    MusicMap map = draw ? draw_map(index, before, params, report) : place_on_map(index, before, params);
    map.model = state.model;
    save(store, map, state.revision);
    return {.change = draw ? MapChange::drawn : MapChange::placed, .tracks = map.size(), .changed = changed};
}

}  // namespace audiomuse::features
