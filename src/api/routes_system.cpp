// About the server itself: health, figures, configuration, and the description of this API.
#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <filesystem>
#include <map>
#include <system_error>

#include "apidocs.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "backend.h"
#include "json.h"
#include "openapi.h"
#include "route.h"
#include "settings_json.h"

namespace audiomuse::api {
namespace {

constexpr std::int64_t kJobsCounted = 1000;

Response text_response(std::string_view media_type, std::string body) {
    Response response;
    response.headers = {{"Content-Type", std::string(media_type)}, {"Cache-Control", "no-cache"}};
    response.body = std::move(body);
    return response;
}

Response health(Backend&, const Call&) {
    return json_response(200, {{"status", "ok"}});
}

/// Whether requests can be answered well from here: a load balancer sends none while this is not 200.
Response ready(Backend& backend, const Call&) {
    bool has_saved_index = false;
    try {
        has_saved_index = backend.context.store.index_blobs().info(store::kTrackIndex).has_value();
    } catch (const Error& error) {
        log::warn("Not ready, as the store does not answer: {}", error.what());
        throw Error(ErrorCode::unavailable, "The store does not answer; the log tells why.");
    }
    if (has_saved_index && !backend.context.index.get()) {
        throw Error(ErrorCode::unavailable, "The saved index is not loaded yet.");
    }
    return json_response(200, {{"status", "ready"}});
}

Response metrics(Backend& backend, const Call&) {
    store::Store& store = backend.context.store;
    MetricText out;
    const store::Coverage coverage = coverage_of(backend);
    out.begin("audiomuse_tracks", "gauge", "Tracks in the library, by the state of their analysis.");
    const std::array<std::pair<const char*, std::int64_t>, 4> states = {{{"analysed", coverage.analysed},
                                                                         {"stale", coverage.stale},
                                                                         {"failed", coverage.failed},
                                                                         {"pending", coverage.pending}}};
    for (const auto& [state, count] : states) {
        out.value(std::string("state=\"") + state + '"', static_cast<double>(count));
    }
    using enum store::JobState;
    std::map<store::JobState, int> jobs = {{pending, 0}, {started, 0}, {progress, 0},
                                           {success, 0}, {failure, 0}, {revoked, 0}};
    for (const store::Job& job : store.jobs().list(kJobsCounted))
        ++jobs[job.state];
    out.begin("audiomuse_jobs", "gauge", "The newest thousand jobs, by state.");
    for (const auto& [state, count] : jobs) {
        out.value(std::string("state=\"") + std::string(store::state_name(state)) + '"', count);
    }
    out.begin("audiomuse_queue_waiting", "gauge", "Jobs that wait for a worker.");
    out.value("lane=\"high\"", static_cast<double>(backend.context.queue.waiting(queue::Lane::high)));
    out.value("lane=\"normal\"", static_cast<double>(backend.context.queue.waiting(queue::Lane::normal)));
    out.value("lane=\"backup\"", static_cast<double>(backend.context.queue.waiting(queue::Lane::backup)));
    out.value("lane=\"aside\"", static_cast<double>(backend.context.queue.waiting(queue::Lane::aside)));
    const auto index = backend.context.index.get();
    out.begin("audiomuse_index_vectors", "gauge", "Vectors in the index that is being served.");
    out.value("", index ? static_cast<double>(index->size()) : 0);
    out.begin("audiomuse_event_clients", "gauge", "Browsers that listen to events.");
    out.value("", static_cast<double>(backend.events.clients()));
    const auto settings = backend.context.settings.get();
    out.begin("audiomuse_limit", "gauge", "What the settings allow the analysis; 0 = no limit.");
    out.value("kind=\"workers\"", static_cast<double>(settings->workers));
    out.value("kind=\"cpu_percent\"", static_cast<double>(settings->cpu_share));
    out.value("kind=\"tracks_per_hour\"", static_cast<double>(settings->tracks_per_hour));
    out.value("kind=\"min_free_disk_bytes\"", static_cast<double>(settings->min_free_disk) * 1048576.0);
    std::error_code unknown;
    const auto disk = std::filesystem::space(backend.context.data, unknown);
    if (!unknown) {
        out.begin("audiomuse_disk_free_bytes", "gauge", "Free on the disk of the data folder.");
        out.value("", static_cast<double>(disk.available));
    }
    const auto active = store.jobs().active_main();
    const bool waits = active && parse_stored_object(active->details).contains("waits_for");
    out.begin("audiomuse_analysis_waits", "gauge", "1 while the analysis waits for its hours, for disk or for memory.");
    out.value("", waits ? 1 : 0);
    out.begin("audiomuse_log_lines_total", "counter", "Lines that this process has logged.");
    const auto written = log::lines_written();
    for (std::size_t level = 0; level < written.size(); ++level) {
        out.value(fmt::format("level=\"{}\"", log::level_name(static_cast<log::Level>(level))),
                  static_cast<double>(written[level]));
    }
    const ProcessFigures process = process_figures();
    out.begin("process_resident_memory_bytes", "gauge", "Resident memory.");
    out.value("", process.resident_bytes);
    out.begin("process_cpu_seconds_total", "counter", "Processor time used.");
    out.value("", process.cpu_seconds);
    out.begin("process_open_fds", "gauge", "Open file descriptors.");
    out.value("", process.open_files);
    return text_response("text/plain; version=0.0.4; charset=utf-8", out.text() + backend.metrics.text());
}

Response config(Backend& backend, const Call&) {
    return json_response(200, config_json(*backend.context.settings.get()));
}

/// The user of the default server; AudioMuse-AI fills forms with it. Only two kinds of servers have one to tell.
Response config_defaults(Backend& backend, const Call&) {
    for (const store::ServerRow& server : backend.context.store.servers().all()) {
        if (!server.is_default || server.user.empty()) continue;
        if (server.type == "jellyfin") return json_response(200, {{"default_user_id", server.user}});
        if (server.type == "navidrome") return json_response(200, {{"default_user", server.user}});
    }
    return json_response(200, json::object());
}

Response api_document(Backend& backend, const Call&) {
    return json_response(200, openapi_document(route_table(), backend.context.version));
}

Response api_page(Backend&, const Call&) {
    return text_response("text/html; charset=utf-8", std::string(kApiPage));
}

Response api_page_script(Backend&, const Call&) {
    return text_response("text/javascript; charset=utf-8", std::string(kApiPageScript));
}

Response api_page_redirect(Backend&, const Call&) {
    Response response;
    response.status = 308;
    response.headers = {{"Location", "apidocs/"}};
    return response;
}

}  // namespace

std::vector<Route> system_routes() {
    return {
        {Method::get, "/api/health", "health", health, Right::open, {}},
        {Method::get, "/api/ready", "ready", ready, Right::open, {}},
        {Method::get, "/metrics", "metrics", metrics, Right::read, {}},
        {Method::get, "/api/config", "config", config, Right::read, {}},
        {Method::get, "/api/config/defaults", "config_defaults", config_defaults, Right::read, {}},
        {Method::get, "/apispec_1.json", "api_document", api_document, Right::open, {}},
        {Method::get, "/apidocs", "api_page_redirect", api_page_redirect, Right::open, {}},
        {Method::get, "/apidocs/", "api_page", api_page, Right::open, {}},
        {Method::get, "/apidocs/page.js", "api_page_script", api_page_script, Right::open, {}},
    };
}

}  // namespace audiomuse::api
