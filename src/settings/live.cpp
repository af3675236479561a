#include "audiomuse/settings/live.h"

#include <algorithm>
#include <mutex>

namespace audiomuse::settings {

struct Live::State {
    const Settings below;  // what the layers come on top of
    const Values env_file, environment, flags;
    mutable std::mutex mutex;  // guards all below
    Values saved;
    std::shared_ptr<const Settings> settings;
    std::map<std::string, Origin, std::less<>> origins;
    std::vector<std::string> warnings;

    /// With the mutex held. Returns whether a value has changed.
    bool take(Values now_saved) {
        Loaded loaded = load(now_saved, env_file, environment, flags, below);
        const std::shared_ptr<const Settings> before = settings;
        saved = std::move(now_saved);
        settings = std::make_shared<const Settings>(std::move(loaded.settings));
        origins = std::move(loaded.origins);
        warnings = std::move(loaded.warnings);
        return before && std::ranges::any_of(table(), [&](const SettingInfo& info) {
                   return settings::get(*before, info.name) != settings::get(*settings, info.name);
               });
    }
};

Live::Live(Settings values) : state_(new State{.below = std::move(values)}) {
    state_->take({});
}

Live::Live(Values saved, Values env_file, Values environment, Values flags)
    : state_(new State{.below = {},
                       .env_file = std::move(env_file),
                       .environment = std::move(environment),
                       .flags = std::move(flags)}) {
    state_->take(std::move(saved));
}

std::shared_ptr<const Settings> Live::get() const {
    const std::lock_guard lock(state_->mutex);
    return state_->settings;
}

Origin Live::origin(std::string_view name) const {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->origins.find(name);
    return found == state_->origins.end() ? Origin::standard : found->second;
}

std::vector<std::string> Live::warnings() const {
    const std::lock_guard lock(state_->mutex);
    return state_->warnings;
}

std::string Live::saved(std::string_view name) const {
    const std::lock_guard lock(state_->mutex);
    const auto found = state_->saved.find(std::string(name));
    return found == state_->saved.end() ? "" : found->second;
}

bool Live::set_saved(Values saved) {
    const std::lock_guard lock(state_->mutex);
    return state_->take(std::move(saved));
}

void Live::change_saved(const Values& changes) {
    const std::lock_guard lock(state_->mutex);
    Values saved = state_->saved;
    for (const auto& [name, text] : changes)
        saved[name] = text;
    state_->take(std::move(saved));
}

}  // namespace audiomuse::settings
