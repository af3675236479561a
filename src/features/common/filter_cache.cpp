#include "audiomuse/features/common/filter_cache.h"

#include <algorithm>

namespace audiomuse::features {

namespace {

bool asks_for_listening(const store::TrackCriteria& criteria) {
    return criteria.rating_from > 0 || criteria.favourite || !criteria.plays.open();
}

}  // namespace

AllowedTracks FilterCache::allowed_tracks(store::Store& store, const ListFilter& filter) {
    if (filter.criteria.open() || !filter.except.empty() || asks_for_listening(filter.criteria)) {
        return features::allowed_tracks(store, filter);
    }
    // Whoever asks for what does not hang on who listens gets the same.
    store::TrackCriteria criteria = filter.criteria;
    criteria.listener = {};
    // Before the pass: what it finds is of this state or a later one, and a later one has another number.
    const std::int64_t change = store.change_counter();
    {
        const std::lock_guard lock(mutex_);
        if (change > change_) {
            change_ = change;
            kept_.clear();
        }
        const auto found = std::ranges::find(kept_, criteria, &Kept::criteria);
        if (change == change_ && found != kept_.end()) {
            kept_.splice(kept_.begin(), kept_, found);
            return found->allowed;
        }
    }
    AllowedTracks allowed = features::allowed_tracks(store, filter);
    const std::lock_guard lock(mutex_);
    if (change == change_ && std::ranges::find(kept_, criteria, &Kept::criteria) == kept_.end()) {
        kept_.push_front({std::move(criteria), allowed});
        if (kept_.size() > capacity_) kept_.pop_back();
    }
    return allowed;
}

}  // namespace audiomuse::features
