// jobs, models, demo.
#include <fmt/format.h>

#include <boost/json.hpp>

#include "audiomuse/base/clock.h"
#include "audiomuse/demo/demo_library.h"
#include "commands.h"
#include "progress_bar.h"
#include "runtime.h"

namespace audiomuse::app {

namespace json = boost::json;

namespace {

constexpr std::int64_t kJobsShown = 30;

}  // namespace

int jobs_list(const JobsOptions& options) {
    Runtime runtime(options.settings, Needs::reading);
    if (!options.cancel.empty()) {
        const auto job = runtime.store().jobs().request_cancel(JobId{options.cancel});
        if (!job) throw Error(ErrorCode::not_found, fmt::format("There is no job {}.", options.cancel));
        if (store::is_final(job->state) && job->state != store::JobState::revoked) {
            throw Error(ErrorCode::conflict,
                        fmt::format("Job {} has ended already ({}).", options.cancel, store::state_name(job->state)));
        }
        fmt::print("Job {} is asked to stop.\n", options.cancel);
        return 0;
    }
    json::array out;
    for (const store::Job& job : runtime.store().jobs().list(kJobsShown)) {
        if (options.json) {
            out.push_back({{"task_id", job.id.value},
                           {"task_type", job.type},
                           {"status", store::state_name(job.state)},
                           {"progress", job.progress},
                           {"details", json::parse(job.details)},
                           {"created_at", job.created_at},
                           {"started_at", job.started_at},
                           {"finished_at", job.finished_at}});
        } else {
            fmt::print("{}  {}  {:<16} {:<9} {:>3} %\n", job.id.value, format_utc(job.created_at), job.type,
                       store::state_name(job.state), job.progress);
        }
    }
    if (options.json) fmt::print("{}\n", json::serialize(out));
    return 0;
}

int models_list(const ModelsOptions& options) {
    const auto found = models::list_models(model_places(load_settings(options.settings)));
    json::array out;
    bool all_usable = true;
    for (const models::ModelInfo& model : found) {
        json::array files;
        for (const auto& file : model.files)
            files.emplace_back(file.string());
        // A model whose files are there but are not what they should be is the one thing verify has to find.
        all_usable = all_usable && (model.available || model.files.empty());
        if (options.json) {
            out.push_back({{"name", model.name},
                           {"version", model.version},
                           {"licence", model.licence},
                           {"source", model.source},
                           {"available", model.available},
                           {"files", std::move(files)},
                           {"note", model.note}});
        } else {
            fmt::print("{} {:<16} {:<4} {}\n", model.available ? "*" : " ", model.name, model.version, model.note);
        }
    }
    if (options.json) fmt::print("{}\n", json::serialize(out));
    return options.verify && !all_usable ? 1 : 0;
}

int demo(const DemoOptions& options) {
    load_settings(options.settings);  // for the log level
    ProgressBar bar;
    audiomuse::demo::DemoOptions wanted;
    wanted.tracks = options.tracks;
    wanted.seed = options.seed;
    const auto report = audiomuse::demo::write_demo_library(
        options.folder, wanted,
        [&](int done, int total) {
            bar.show(static_cast<double>(done) / total, fmt::format("Playing {} of {} demo tracks", done, total));
        },
        {});
    bar.finish();
    fmt::print("{} demo tracks in {} ({} of them were there already)\n", report.written + report.kept,
               options.folder.string(), report.kept);
    return 0;
}

}  // namespace audiomuse::app
