#include "audiomuse/schedules/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "audiomuse/schedules/cron.h"

namespace audiomuse::schedules {

namespace {

constexpr std::array kTasks = {
    // What is new on media servers is looked for all the time, see the setting MEDIASERVER_INTERVAL.
    Task{.name = "analysis", .job = "main_analysis", .is_main = true, .follows_library = false},
    Task{.name = "clustering", .job = "main_clustering", .is_main = true},
    Task{.name = "cleaning", .job = "cleaning", .is_main = true},
    Task{.name = "radios", .job = "refresh_radios"},
    Task{.name = "fingerprint", .job = "refresh_radios"},
    Task{.name = "backup", .job = "backup"},
};

/// Runs `read`; what it refuses is told as of the field.
template <class Read>
auto read_named(std::string_view field, Read read) {
    try {
        return read();
    } catch (const Error& error) {
        throw Error(error.code(), fmt::format("'{}': {}", field, error.what()));
    }
}

}  // namespace

std::span<const Task> tasks() {
    return kTasks;
}

const Task* find_task(std::string_view name) {
    if (name == "alchemy_radio") name = "radios";
    if (name == "sonic_fingerprint") name = "fingerprint";
    const auto* found = std::ranges::find(kTasks, name, &Task::name);
    return found == kTasks.end() ? nullptr : found;
}

std::vector<std::int64_t> next_runs(const store::Schedule& schedule, double unix_s, std::size_t count) {
    std::vector<std::int64_t> times;
    if (schedule.on_change) return times;
    const Cron cron = read_named("cron_expr", [&] { return Cron(schedule.cron); });
    const Zone zone = read_named("time_zone", [&] { return Zone::load(schedule.zone); });
    auto time = static_cast<std::int64_t>(std::floor(unix_s));
    while (times.size() < count) {
        const auto next = cron.next(time, zone);
        if (!next) break;
        times.push_back(time = *next);
    }
    return times;
}

double due_after(const store::Schedule& schedule, double unix_s) {
    const std::vector<std::int64_t> next = next_runs(schedule, unix_s, 1);
    return next.empty() ? 0 : static_cast<double>(next.front());
}

store::Schedule checked(store::Schedule schedule, double now, std::int64_t index_version) {
    const Task* task = find_task(schedule.task_type);
    if (!task) {
        std::vector<std::string> names;
        for (const Task& each : kTasks)
            names.emplace_back(each.name);
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("'task_type': there is no work called '{}'; there are {}.",
                                to_valid_utf8(schedule.task_type.substr(0, 60)), join(names, ", ")));
    }
    if (schedule.on_change && !task->follows_library) {
        throw Error(ErrorCode::invalid_argument,
                    "'on_change': the analysis is what finds changes. Media servers are asked for news by themselves, "
                    "see MEDIASERVER_INTERVAL; for folders give a time.");
    }
    schedule.task_type = task->name;
    schedule.next_due = due_after(schedule, now);
    schedule.seen_index = index_version;
    return schedule;
}

}  // namespace audiomuse::schedules
