#include "audiomuse/store/jobs.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "sql/repositories.h"

namespace audiomuse::store {

namespace {

constexpr std::array<std::string_view, 6> kStateNames = {"PENDING", "STARTED", "PROGRESS",
                                                         "SUCCESS", "FAILURE", "REVOKED"};

}  // namespace

std::string_view state_name(JobState state) {
    return kStateNames[static_cast<std::size_t>(state)];
}

bool is_final(JobState state) {
    return state == JobState::success || state == JobState::failure || state == JobState::revoked;
}

namespace sql {

void insert_job(Connection& connection, const Job& job) {
    if (!job.id) throw Error(ErrorCode::invalid_argument, "A job needs an id.");
    if (connection.find_integer("SELECT 1 FROM jobs WHERE id = ?", {job.id.value})) {
        throw Error(ErrorCode::conflict, fmt::format("There is a job {} already.", job.id.value));
    }
    connection.run(
        "INSERT INTO jobs (id, parent, type, state, progress, params, details, cancel_requested, attempts, created_at, "
        "started_at, finished_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        {job.id.value, job.parent.value, job.type, state_name(job.state),
         std::int64_t{std::clamp(job.progress, 0, 100)}, to_valid_utf8(job.params), to_valid_utf8(job.details),
         std::int64_t{job.cancel_requested}, std::int64_t{job.attempts},
         job.created_at != 0 ? job.created_at : unix_now(), job.started_at, job.finished_at});
}

namespace {

JobState parse_state(std::string_view name) {
    const auto found = std::ranges::find(kStateNames, name);
    if (found == kStateNames.end())
        throw Error(ErrorCode::damaged, fmt::format("The database holds a job of state \"{}\".", name));
    return static_cast<JobState>(found - kStateNames.begin());
}

Job read_job(const Rows& rows) {
    return {.id = JobId{rows.text(0)},
            .parent = JobId{rows.text(1)},
            .type = rows.text(2),
            .state = parse_state(rows.text(3)),
            .progress = static_cast<int>(rows.integer(4)),
            .params = rows.text(5),
            .details = rows.text(6),
            .cancel_requested = rows.integer(7) != 0,
            .attempts = static_cast<int>(rows.integer(8)),
            .owner = rows.text(12),
            .created_at = rows.real(9),
            .started_at = rows.real(10),
            .finished_at = rows.real(11)};
}

/// The jobs that `rest` ("WHERE ... ORDER BY ...") selects.
std::vector<Job> select(Connection& connection, const std::string& rest, std::initializer_list<Value> values = {}) {
    const auto rows = connection.query(
        "SELECT id, parent, type, state, progress, params, details, cancel_requested, attempts, created_at, "
        "started_at, finished_at, owner FROM jobs " +
            rest,
        values);
    std::vector<Job> jobs;
    while (rows->next())
        jobs.push_back(read_job(*rows));
    return jobs;
}

std::optional<Job> select_one(Connection& connection, const std::string& rest,
                              std::initializer_list<Value> values = {}) {
    auto jobs = select(connection, rest + " LIMIT 1", values);
    if (jobs.empty()) return std::nullopt;
    return std::move(jobs.front());
}

std::optional<Job> select_active(Connection& connection) {
    return select_one(connection, std::string("WHERE parent = '' AND ") + kUnfinishedJobs +
                                      " ORDER BY CASE WHEN state = 'PENDING' THEN 1 ELSE 0 END, created_at, sequence");
}

class SqlJobs final : public Jobs {
public:
    explicit SqlJobs(Engine& engine) : engine_(engine) {}

    void create(const Job& job) override { create(std::span(&job, 1)); }

    void create(std::span<const Job> jobs) override {
        engine_.write([&](Connection& connection) {
            for (const Job& job : jobs)
                insert_job(connection, job);
        });
    }

    std::optional<Job> create_exclusive(const Job& job) override {
        return engine_.write([&](Connection& connection) {
            connection.lock(Lock::jobs);
            auto unfinished = select_active(connection);
            if (!unfinished) insert_job(connection, job);
            return unfinished;
        });
    }

    std::optional<Job> get(const JobId& id) override {
        return engine_.read([&](Connection& connection) { return select_one(connection, "WHERE id = ?", {id.value}); });
    }

    std::optional<Job> newest_main() override {
        return engine_.read([](Connection& connection) {
            return select_one(connection, "WHERE parent = '' ORDER BY created_at DESC, sequence DESC");
        });
    }

    std::optional<Job> active_main() override { return engine_.read(select_active); }

    std::vector<Job> list(std::int64_t limit) override {
        return engine_.read([&](Connection& connection) {
            return select(connection, "WHERE parent = '' ORDER BY created_at DESC, sequence DESC LIMIT ?",
                          {std::max<std::int64_t>(limit, 0)});
        });
    }

    std::vector<Job> unfinished() override {
        return engine_.read([](Connection& connection) {
            return select(connection, std::string("WHERE ") + kUnfinishedJobs + " ORDER BY created_at, sequence");
        });
    }

    std::vector<Job> children(const JobId& parent) override {
        return engine_.read([&](Connection& connection) {
            return select(connection, "WHERE parent = ? ORDER BY created_at, sequence", {parent.value});
        });
    }

    std::vector<Job> unheld(std::int64_t limit) override {
        return engine_.read([&](Connection& connection) {
            return select(connection,
                          fmt::format("WHERE {} AND lease_until < {} ORDER BY created_at, sequence LIMIT ?",
                                      kUnfinishedJobs, connection.now()),
                          {std::max<std::int64_t>(limit, 0)});
        });
    }

    bool start(const JobId& id, const std::string& owner, double lease_s) override {
        return engine_.write([&](Connection& connection) {
            const std::string sql = fmt::format(
                "UPDATE jobs SET state = 'STARTED', attempts = attempts + 1, owner = ?, lease_until = {0} + ?, "
                "started_at = CASE WHEN started_at = 0 THEN ? ELSE started_at END "
                "WHERE id = ? AND {1} AND (owner = ? OR lease_until < {0})",
                connection.now(), kUnfinishedJobs);
            return connection.run(sql, {owner, lease_s, unix_now(), id.value, owner}) > 0;
        });
    }

    Hold renew(const JobId& id, const std::string& owner, double lease_s) override {
        return engine_.write([&](Connection& connection) -> Hold {
            const auto cancel_requested = connection.find_integer(
                fmt::format("UPDATE jobs SET lease_until = {} + ? WHERE id = ? AND owner = ? AND {} "
                            "RETURNING cancel_requested",
                            connection.now(), kUnfinishedJobs),
                {lease_s, id.value, owner});
            return {cancel_requested.has_value(), cancel_requested.value_or(0) != 0};
        });
    }

    void hand_back(const JobId& id, const std::string& owner) override {
        engine_.write([&](Connection& connection) {
            connection.run(std::string("UPDATE jobs SET owner = '', lease_until = 0, "
                                       "attempts = CASE WHEN attempts > 0 THEN attempts - 1 ELSE 0 END "
                                       "WHERE id = ? AND owner = ? AND ") +
                               kUnfinishedJobs,
                           {id.value, owner});
        });
    }

    void end_all_leases() override {
        engine_.write([](Connection& connection) { connection.run("UPDATE jobs SET lease_until = 0"); });
    }

    void reset_attempts(const JobId& id, const std::string& owner) override {
        engine_.write([&](Connection& connection) {
            connection.run("UPDATE jobs SET attempts = 1 WHERE id = ? AND owner = ? AND attempts > 1",
                           {id.value, owner});
        });
    }

    void update(const JobId& id, const std::string& owner, int progress, const std::string& details) override {
        const std::int64_t percent = std::clamp(progress, 0, 100);
        engine_.write([&](Connection& connection) {
            connection.run(
                std::string("UPDATE jobs SET state = 'PROGRESS', details = ?, "
                            "progress = CASE WHEN progress < ? THEN ? ELSE progress END WHERE id = ? AND owner = ? "
                            "AND ") +
                    kUnfinishedJobs,
                {to_valid_utf8(details), percent, percent, id.value, owner});
        });
    }

    bool finish(const JobId& id, const std::string& owner, JobState state, const std::string& details) override {
        if (!is_final(state)) {
            throw Error(ErrorCode::invalid_argument, fmt::format("A job cannot end as {}.", state_name(state)));
        }
        return engine_.write([&](Connection& connection) {
            const std::string sql = fmt::format(
                "UPDATE jobs SET state = ?, details = ?, finished_at = ?, lease_until = 0, "
                "progress = CASE WHEN ? = 'FAILURE' THEN progress ELSE 100 END "
                "WHERE id = ? AND {1} AND (owner = ? OR lease_until < {0})",
                connection.now(), kUnfinishedJobs);
            return connection.run(sql, {state_name(state), to_valid_utf8(details), unix_now(), state_name(state),
                                        id.value, owner}) > 0;
        });
    }

    std::optional<Job> request_cancel(const JobId& id) override {
        return engine_.write([&](Connection& connection) {
            connection.run(std::string("UPDATE jobs SET cancel_requested = 1 WHERE id = ? AND ") + kUnfinishedJobs,
                           {id.value});
            connection.run(
                "UPDATE jobs SET state = 'REVOKED', progress = 100, finished_at = ? WHERE id = ? AND state = 'PENDING'",
                {unix_now(), id.value});
            return select_one(connection, "WHERE id = ?", {id.value});
        });
    }

    bool cancel_requested(const JobId& id) override {
        return engine_.read([&](Connection& connection) {
            return connection.find_integer("SELECT cancel_requested FROM jobs WHERE id = ?", {id.value}).value_or(0) !=
                   0;
        });
    }

    void prune(std::int64_t keep) override {
        engine_.write([&](Connection& connection) {
            const std::string finished = std::string("NOT ") + kUnfinishedJobs;
            connection.run("DELETE FROM jobs WHERE " + finished +
                               " AND sequence NOT IN (SELECT sequence FROM jobs WHERE " + finished +
                               " ORDER BY created_at DESC, sequence DESC LIMIT ?)",
                           {std::max<std::int64_t>(keep, 0)});
        });
    }

    void remove(std::span<const JobId> ids) override {
        engine_.write([&](Connection& connection) {
            for (const JobId& id : ids)
                connection.run("DELETE FROM jobs WHERE id = ?", {id.value});
        });
    }

private:
    Engine& engine_;
};

}  // namespace

std::unique_ptr<Jobs> create_jobs(Engine& engine) {
    return std::make_unique<SqlJobs>(engine);
}

}  // namespace sql

}  // namespace audiomuse::store
