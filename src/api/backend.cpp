#include "backend.h"

#include "audiomuse/base/error.h"

namespace audiomuse::api {

Backend::Backend(Context given, const std::vector<StaticFile>& files)
    : context(std::move(given)), site(files), events(context.queue, [this] {
          const store::Coverage now = coverage_of(*this);
          return to_text({{"tracks", now.tracks}, {"analysed", now.analysed}});
      }) {
    static_cast<void>(proxies());  // what the settings say wrongly is said at the start
    if (context.sounds != nullptr && context.texts != nullptr)
        suggestions.emplace(context.store, *context.sounds, *context.texts);
}

AddressList Backend::proxies() const {
    return AddressList::parse(context.settings->trusted_proxies);
}

std::int64_t IndexVersion::get(store::Store& store, double now) {
    constexpr double kLookEvery = 5;  // seconds
    const std::lock_guard lock(mutex_);
    if (now - looked_at_ < kLookEvery) return version_;
    const auto saved = store.index_blobs().info(store::kTrackIndex);
    version_ = saved ? saved->version : 0;
    looked_at_ = now;
    return version_;
}

std::shared_ptr<index::VectorIndex> require_index(Backend& backend) {
    auto index = backend.context.index.get();
    if (!index) throw Error(ErrorCode::unavailable, "The similarity search service is currently unavailable.");
    return index;
}

std::vector<features::SimilarTrack> find_similar(Backend& backend, const index::VectorIndex& index,
                                                 const features::Likeness& wanted,
                                                 const features::SimilarParams& params) {
    const auto scales =
        backend.context.settings->hub_correction ? backend.scales.get(backend.context.store, steady_now()) : nullptr;
    return features::find_similar(backend.context.store, index, wanted, params,
                                  {.songs = &backend.songs, .filters = &backend.filters, .scales = scales.get()});
}

store::Coverage coverage_of(Backend& backend) {
    store::Store& store = backend.context.store;
    return *backend.coverage.get(store.change_counter(), steady_now(),
                                 [&] { return store.analyses().coverage(backend.context.model); });
}

Engine engine_of(Backend& backend) {
    const ModelTag& model = backend.context.model;
    return {model.name + " " + model.version, backend.index_version.get(backend.context.store, steady_now())};
}

void publish_playlists(Backend& backend) {
    backend.context.queue.publish({"playlists", "{}"});
}

}  // namespace audiomuse::api
