#include "audiomuse/store/schedules.h"

#include <fmt/format.h>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "sql/repositories.h"
#include "sql/values.h"

namespace audiomuse::store::sql {

namespace {

constexpr std::size_t kLongestScheduleName = 200;  // bytes

constexpr char kSelectSchedules[] =
    "SELECT id, name, task_type, cron, zone, enabled, catch_up, on_change, next_due, seen_index, created_at, last_run, "
    "last_job, waits_for, missed_at FROM schedules ";

Schedule read_schedule(const Rows& rows) {
    return {.id = ScheduleId{rows.integer(0)},
            .name = rows.text(1),
            .task_type = rows.text(2),
            .cron = rows.text(3),
            .zone = rows.text(4),
            .enabled = rows.integer(5) != 0,
            .catch_up = rows.integer(6) != 0,
            .on_change = rows.integer(7) != 0,
            .next_due = rows.real(8),
            .seen_index = rows.integer(9),
            .created_at = rows.real(10),
            .last_run = rows.real(11),
            .last_job = JobId{rows.text(12)},
            .waits_for = rows.text(13),
            .missed_at = rows.real(14)};
}

std::optional<Schedule> find_schedule(Connection& connection, ScheduleId id) {
    const auto rows = connection.query(std::string(kSelectSchedules) + "WHERE id = ?", {id.value});
    if (!rows->next()) return std::nullopt;
    return read_schedule(*rows);
}

Error unknown_schedule(ScheduleId id) {
    return Error(ErrorCode::not_found, fmt::format("There is no schedule {}. It may have been removed.", id.value));
}

std::string checked_schedule_name(const Schedule& schedule) {
    std::string name = to_valid_utf8(trim(schedule.name));
    if (name.size() > kLongestScheduleName)
        throw Error(ErrorCode::invalid_argument, "The name of a schedule may have 200 letters at most.");
    return name;
}

/// What must not have changed between the look at a schedule and its start.
bool is_as_seen(const std::optional<Schedule>& now, const Schedule& seen) {
    return now && now->enabled && now->task_type == seen.task_type && now->on_change == seen.on_change &&
           now->next_due == seen.next_due && now->seen_index == seen.seen_index;
}

/// The type of the job whose end `job` has to wait for; empty: none.
std::string find_obstacle(Connection& connection, const Job& job, bool on_change) {
    const auto type_of = [&](std::string_view condition, std::initializer_list<Value> values) {
        const auto rows = connection.query(
            fmt::format("SELECT type FROM jobs WHERE {} AND {} LIMIT 1", condition, kUnfinishedJobs), values);
        return rows->next() ? rows->text(0) : std::string();
    };
    std::string found;
    if (!job.parent || on_change) found = type_of("parent = ''", {});
    if (found.empty() && job.parent) found = type_of("parent = ? AND type = ?", {job.parent.value, job.type});
    return found;
}

class SqlSchedules final : public Schedules {
public:
    explicit SqlSchedules(Engine& engine) : engine_(engine) {}

    double now() override {
        return engine_.read([](Connection& connection) {
            const auto rows = connection.query(fmt::format("SELECT {}", connection.now()));
            rows->next();
            return rows->real(0);
        });
    }

    std::vector<Schedule> list() override {
        return engine_.read([](Connection& connection) {
            std::vector<Schedule> schedules;
            const auto rows = connection.query(std::string(kSelectSchedules) + "ORDER BY id");
            while (rows->next())
                schedules.push_back(read_schedule(*rows));
            return schedules;
        });
    }

    std::optional<Schedule> get(ScheduleId id) override {
        return engine_.read([&](Connection& connection) { return find_schedule(connection, id); });
    }

    ScheduleId add(const Schedule& schedule) override {
        const std::string name = checked_schedule_name(schedule);
        return engine_.write([&](Connection& connection) {
            return ScheduleId{*connection.find_integer(
                fmt::format("INSERT INTO schedules (name, task_type, cron, zone, enabled, catch_up, on_change, "
                            "next_due, seen_index, created_at, last_run, last_job, waits_for, missed_at) "
                            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, {}, 0, '', '', 0) RETURNING id",
                            connection.now()),
                {name, schedule.task_type, to_valid_utf8(schedule.cron), schedule.zone, std::int64_t{schedule.enabled},
                 std::int64_t{schedule.catch_up}, std::int64_t{schedule.on_change}, finite(schedule.next_due),
                 schedule.seen_index})};
        });
    }

    void update(const Schedule& schedule) override {
        const std::string name = checked_schedule_name(schedule);
        engine_.write([&](Connection& connection) {
            const std::int64_t changed = connection.run(
                "UPDATE schedules SET name = ?, task_type = ?, cron = ?, zone = ?, enabled = ?, catch_up = ?, "
                "on_change = ?, next_due = ?, seen_index = ?, waits_for = '' WHERE id = ?",
                {name, schedule.task_type, to_valid_utf8(schedule.cron), schedule.zone, std::int64_t{schedule.enabled},
                 std::int64_t{schedule.catch_up}, std::int64_t{schedule.on_change}, finite(schedule.next_due),
                 schedule.seen_index, schedule.id.value});
            if (changed == 0) throw unknown_schedule(schedule.id);
        });
    }

    void remove(ScheduleId id) override {
        engine_.write([&](Connection& connection) {
            if (connection.run("DELETE FROM schedules WHERE id = ?", {id.value}) == 0) throw unknown_schedule(id);
        });
    }

    Fired fire(const Schedule& seen, const Next& next, const Job& job, double now) override {
        return engine_.write([&](Connection& connection) {
            // Held to the end: who else wants to start a job, by a schedule or not, looks after that.
            connection.lock(Lock::jobs);
            const std::optional<Schedule> schedule = find_schedule(connection, seen.id);
            if (!is_as_seen(schedule, seen)) return Fired::taken;
            const std::string obstacle = find_obstacle(connection, job, seen.on_change);
            if (!obstacle.empty()) {
                if (schedule->waits_for != obstacle)
                    connection.run("UPDATE schedules SET waits_for = ? WHERE id = ?", {obstacle, seen.id.value});
                return Fired::waits;
            }
            insert_job(connection, job);
            connection.run(
                "UPDATE schedules SET next_due = ?, seen_index = ?, last_run = ?, last_job = ?, waits_for = '', "
                "missed_at = 0 WHERE id = ?",
                {finite(next.due), next.seen_index, finite(now), job.id.value, seen.id.value});
            return Fired::started;
        });
    }

    void pass_over(const Schedule& seen, const Next& next) override {
        engine_.write([&](Connection& connection) {
            connection.run(
                "UPDATE schedules SET next_due = ?, seen_index = ?, missed_at = ? WHERE id = ? AND next_due = ? AND "
                "waits_for = ''",
                {finite(next.due), next.seen_index, seen.next_due, seen.id.value, seen.next_due});
        });
    }

private:
    Engine& engine_;
};

}  // namespace

std::unique_ptr<Schedules> create_schedules(Engine& engine) {
    return std::make_unique<SqlSchedules>(engine);
}

}  // namespace audiomuse::store::sql
