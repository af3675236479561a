// What can be scheduled, and when a schedule is due.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "audiomuse/store/schedules.h"

namespace audiomuse::schedules {

struct Task {
    std::string_view name;        ///< "analysis"
    std::string_view job;         ///< type of the job that does it
    bool is_main = false;         ///< a main job: one at a time; otherwise a job of its own, see store::kAside
    bool follows_library = true;  ///< may be due when the library has changed
};
std::span<const Task> tasks();
/// Null for a name that is none. AudioMuse-AI's "alchemy_radio" is "radios", its
/// "sonic_fingerprint" is "fingerprint".
const Task* find_task(std::string_view name);

/// When the schedule is due first after `unix_s`; 0: not by time. Throws Error(invalid_argument) with the name of the
/// field that is wrong.
double due_after(const store::Schedule& schedule, double unix_s);
/// The next `count` such times; fewer where there are no more within 45 years, none for what is not due by time.
std::vector<std::int64_t> next_runs(const store::Schedule& schedule, double unix_s, std::size_t count);

/// Checks what somebody wants to save, and fills in when it is due first. `index_version` is that of the index of
/// tracks now. Throws Error(invalid_argument) with a sentence that names the field.
store::Schedule checked(store::Schedule schedule, double now, std::int64_t index_version);

}  // namespace audiomuse::schedules
