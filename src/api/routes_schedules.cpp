// Work that starts by itself.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <charconv>
#include <cmath>

#include "audiomuse/base/clock.h"
#include "audiomuse/schedules/plan.h"
#include "audiomuse/schedules/zone.h"
#include "backend.h"
#include "errors.h"
#include "job_json.h"
#include "route.h"

namespace audiomuse::api {
namespace {

constexpr std::size_t kShownRuns = 5;

json::value time_or_null(double unix_s) {
    return unix_s > 0 ? json::value(unix_s) : json::value(nullptr);
}

/// "2026-01-31 23:59:59.123456", as AudioMuse-AI shows it.
std::string with_microseconds(double unix_s) {
    const double whole = std::floor(unix_s);
    return fmt::format("{}.{:06}", format_utc(whole), static_cast<int>((unix_s - whole) * 1e6));
}

/// "the analysis" for "main_analysis".
std::string words_for(std::string_view job_type) {
    for (const schedules::Task& task : schedules::tasks()) {
        if (task.job == job_type) return fmt::format("the {}", task.name);
    }
    return std::string(job_type);
}

/// What the last run did, or why there is none.
std::string outcome_of(const store::Schedule& schedule, const std::optional<store::Job>& last) {
    if (!schedule.waits_for.empty())
        return fmt::format("Waits for {} that is under way; starts when it ends.", words_for(schedule.waits_for));
    if (schedule.missed_at > 0)
        return fmt::format("The run of {} UTC was missed, as the program was not running.",
                           format_utc(schedule.missed_at));
    if (last) return status_message(*last);
    return schedule.last_run > 0 ? "What the last run did is not known any more." : "Has not run yet.";
}

json::object schedule_json(Backend& backend, const store::Schedule& schedule, double now) {
    const auto last =
        schedule.last_job ? backend.context.store.jobs().get(schedule.last_job) : std::optional<store::Job>();
    json::array next;
    try {
        if (schedule.enabled) {
            for (const std::int64_t time : schedules::next_runs(schedule, now, kShownRuns))
                next.emplace_back(time);
        }
    } catch (const Error&) {  // its time zone is unknown here: it has no next runs then
    }
    json::value task;
    if (last)
        task = {{"task_id", last->id.value},
                {"status", store::state_name(last->state)},
                {"message", status_message(*last)}};
    return {{"id", schedule.id.value},
            {"name", schedule.name},
            {"task_type", schedule.task_type},
            {"cron_expr", schedule.cron},
            {"time_zone", schedule.zone},
            {"enabled", schedule.enabled},
            {"catch_up", schedule.catch_up},
            {"on_change", schedule.on_change},
            {"next_runs", std::move(next)},
            {"last_run", time_or_null(schedule.last_run)},
            {"created_at", with_microseconds(schedule.created_at)},
            {"last_task", std::move(task)},
            {"waits_for", schedule.waits_for.empty() ? json::value(nullptr) : json::value(schedule.waits_for)},
            {"missed_at", time_or_null(schedule.missed_at)},
            {"outcome", outcome_of(schedule, last)}};
}

Response list_schedules(Backend& backend, const Call&) {
    store::Schedules& schedules = backend.context.store.schedules();
    const double now = schedules.now();
    json::array rows;
    for (const store::Schedule& schedule : schedules.list())
        rows.push_back(schedule_json(backend, schedule, now));
    return json_response(200, rows);
}

ScheduleId schedule_id(const Call& call) {
    const std::string text = call.text("id");
    ScheduleId id;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.value);
    if (error != std::errc() || end != text.data() + text.size())
        throw Error(ErrorCode::not_found, fmt::format("There is no schedule {}.", to_text(json::value(text))));
    return id;
}

/// The schedule that a body changes; a new one where it names none.
store::Schedule changed_schedule(Backend& backend, const json::object& body) {
    const auto* given_id = body.if_contains("id");
    store::Schedule schedule{.zone = ""};
    if (given_id) {
        const auto known = backend.context.store.schedules().get(ScheduleId{given_id->get_int64()});
        if (!known)
            throw Error(ErrorCode::not_found,
                        fmt::format("There is no schedule {}. It may have been removed.", given_id->get_int64()));
        schedule = *known;
    }
    const auto take_text = [&](std::string_view name, std::string& value) {
        if (const json::value* given = body.if_contains(name)) value = std::string_view(given->get_string());
    };
    const auto take_flag = [&](std::string_view name, bool& value) {
        if (const json::value* given = body.if_contains(name)) value = given->get_bool();
    };
    take_text("name", schedule.name);
    take_text("task_type", schedule.task_type);
    take_text("cron_expr", schedule.cron);
    take_text("time_zone", schedule.zone);
    if (schedule.zone.empty()) schedule.zone = schedules::local_zone_name();
    take_flag("enabled", schedule.enabled);
    take_flag("catch_up", schedule.catch_up);
    take_flag("on_change", schedule.on_change);
    return schedule;
}

Response save_schedule(Backend& backend, const Call& call) {
    store::Store& store = backend.context.store;
    const auto index = store.index_blobs().info(store::kTrackIndex);
    store::Schedule schedule =
        schedules::checked(changed_schedule(backend, call.body()), store.schedules().now(), index ? index->version : 0);
    if (schedule.id) {
        store.schedules().update(schedule);
    } else {
        schedule.id = store.schedules().add(schedule);
    }
    return json_response(200, {{"message", "saved"}, {"id", schedule.id.value}});
}

Response preview_schedule(Backend& backend, const Call& call) {
    store::Schedule schedule{.cron = call.text("cron_expr"), .zone = call.text("time_zone")};
    if (schedule.zone.empty()) schedule.zone = schedules::local_zone_name();
    json::array next;
    for (const std::int64_t time : schedules::next_runs(schedule, backend.context.store.schedules().now(), kShownRuns))
        next.emplace_back(time);
    return json_response(200, {{"next_runs", std::move(next)}, {"time_zone", schedule.zone}});
}

Response delete_schedule(Backend& backend, const Call& call) {
    backend.context.store.schedules().remove(schedule_id(call));
    return json_response(200, {{"deleted", true}});
}

}  // namespace

std::vector<Route> schedule_routes() {
    using enum ParamType;
    constexpr std::string_view kCronHelp =
        "Minute, hour, day of the month, month, weekday; lists, ranges, steps and English names, or @daily and the "
        "like.";
    constexpr std::string_view kZoneHelp = "Such as Europe/Berlin; default: that of the server.";
    const Param id{.name = "id", .in = In::path, .help = "Of the schedule.", .required = true};
    return {
        {Method::get, "/api/cron", "schedules", list_schedules, Right::read, {}},
        {Method::post,
         "/api/cron",
         "save_schedule",
         save_schedule,
         Right::admin,
         {{.name = "id",
           .in = In::body,
           .type = integer,
           .help = "The schedule to change, of which fields that are not named stay; none: a new one."},
          {.name = "name", .in = In::body, .help = "For people; 200 letters at most."},
          {.name = "task_type",
           .in = In::body,
           .help = "analysis, clustering, cleaning, radios (also called alchemy_radio), fingerprint (also called "
                   "sonic_fingerprint) or backup."},
          {.name = "cron_expr", .in = In::body, .help = kCronHelp},
          {.name = "time_zone", .in = In::body, .help = kZoneHelp},
          {.name = "enabled", .in = In::body, .type = boolean, .help = "Default true."},
          {.name = "catch_up",
           .in = In::body,
           .type = boolean,
           .help = "Make up, once, for times at which nothing ran; default false."},
          {.name = "on_change",
           .in = In::body,
           .type = boolean,
           .help = "When an analysis has changed the library, instead of by time; default false."}}},
        {Method::get,
         "/api/cron/preview",
         "preview_schedule",
         preview_schedule,
         Right::read,
         {{.name = "cron_expr", .help = kCronHelp, .required = true}, {.name = "time_zone", .help = kZoneHelp}}},
        {Method::del, "/api/cron/{id}", "delete_schedule", delete_schedule, Right::admin, {id}},
    };
}

}  // namespace audiomuse::api
