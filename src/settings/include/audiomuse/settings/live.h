// The settings of a running process, which change when somebody saves others.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/settings/settings.h"

namespace audiomuse::settings {

/// Copies are handles to the same values. Thread-safe. Whoever reads more than one value, or keeps a reference to one,
/// holds what get() returns: the values in it never change.
class Live {
public:
    /// Values that come from nowhere else, for tests and single commands; saved ones come on top.
    Live(Settings values);  // NOLINT(google-explicit-constructor): a Settings is a Live that nobody changes
    /// As load() takes them; only the saved ones can change. Throws what load() throws.
    Live(Values saved, Values env_file, Values environment, Values flags);

    std::shared_ptr<const Settings> get() const;
    std::shared_ptr<const Settings> operator->() const { return get(); }
    Origin origin(std::string_view name) const;
    /// What load() warned of the last time.
    std::vector<std::string> warnings() const;
    /// What is saved under that name, whether it counts or not; "" for nothing.
    std::string saved(std::string_view name) const;
    /// Replaces the saved values as a whole. Returns whether any value of the process has changed by it.
    bool set_saved(Values saved);
    /// Replaces some of them; an empty text takes one out.
    void change_saved(const Values& changes);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace audiomuse::settings
