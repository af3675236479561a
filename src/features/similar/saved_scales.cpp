#include "audiomuse/base/log.h"
#include "audiomuse/features/similar/local_scales.h"

namespace audiomuse::features {

namespace {

/// Of the index in which a share has changed all scales are measured anew: neighbourhoods have become denser, and new
/// tracks may be hubs.
constexpr std::size_t kOneChangedIn = 20;
constexpr double kLookEvery = 5;  // seconds

/// Throws Error(damaged); nothing when none are saved.
std::optional<LocalScales> load(store::Store& store) {
    const auto image = store::read_whole(store.index_blobs(), kScalesBlob);
    if (!image) return std::nullopt;
    return LocalScales::read(*image);
}

std::optional<LocalScales> load_if_whole(store::Store& store) {
    try {
        return load(store);
    } catch (const Error& error) {
        if (error.code() != ErrorCode::damaged) throw;
        log::warn("{} They are measured again by the next analysis.", error.what());
        return std::nullopt;
    }
}

}  // namespace

std::size_t update_scales(store::Store& store, const index::VectorIndex& index, const ModelTag& model,
                          std::int64_t revision, const ScaleParams& params,
                          const std::function<void(std::size_t)>& report) {
    const auto saved = store.index_blobs().info(kScalesBlob);
    LocalScales known;
    std::vector<TrackId> changed;
    if (saved && saved->model == model) {
        store.analyses().each_change(model, saved->revision,
                                     [&](TrackId id, const Embedding&) { changed.push_back(id); });
        if (changed.empty()) return 0;
        if (changed.size() * kOneChangedIn <= index.size()) known = load_if_whole(store).value_or(LocalScales());
    }
    std::size_t measured = 0;
    std::mutex mutex;  // guards measured
    const LocalScales scales = measure_scales(index, params, known, changed, [&](std::size_t done) {
        {
            const std::lock_guard lock(mutex);
            measured = std::max(measured, done);
        }
        if (report) report(done);
    });
    const std::vector<std::byte> image = scales.image();
    store.index_blobs().save(
        {.name = kScalesBlob, .model = model, .revision = revision, .count = static_cast<std::int64_t>(scales.size())},
        [&](const auto& sink) { sink(image); });
    return measured;
}

std::shared_ptr<const LocalScales> SavedScales::get(store::Store& store, double now) {
    const std::lock_guard lock(mutex_);
    if (now - looked_at_ < kLookEvery) return scales_;
    looked_at_ = now;
    const auto info = store.index_blobs().info(kScalesBlob);
    if (!info || info->version == version_) return scales_;
    version_ = info->version;
    const auto read = load_if_whole(store);
    scales_ = read ? std::make_shared<const LocalScales>(*read) : nullptr;
    return scales_;
}

}  // namespace audiomuse::features
