#include <fmt/format.h>

#include <atomic>
#include <boost/json.hpp>
#include <condition_variable>
#include <cstdio>
#include <map>
#include <mutex>

#include "audiomuse/base/log.h"
#include "audiomuse/base/parallel.h"
#include "audiomuse/base/text.h"
#include "audiomuse/jobs/worker_plan.h"
#include "commands.h"
#include "runtime.h"

namespace audiomuse::app {

namespace json = boost::json;

namespace {

using Outcome = std::variant<TrackAnalysis, AnalysisFailure>;

json::object to_json(const std::string& path, const TrackAnalysis& analysis) {
    json::object moods;
    for (std::size_t i = 0; i < analysis.moods.size(); ++i)
        moods[kMoodNames[i]] = analysis.moods[i];
    json::object other;
    for (std::size_t i = 0; i < kOtherFeatureNames.size(); ++i)
        other[kOtherFeatureNames[i]] = analysis.other_features[i];
    json::object out = {{"path", path},
                        {"duration_s", analysis.duration_s},
                        {"tempo_bpm", analysis.tempo_bpm},
                        {"tempo_confidence", analysis.tempo_confidence},
                        {"energy", analysis.energy},
                        {"loudness", analysis.loudness},
                        {"key", kPitchClassNames[static_cast<std::size_t>(analysis.key)]},
                        {"scale", scale_name(analysis.scale)},
                        {"key_confidence", analysis.key_confidence},
                        {"chroma", json::array(analysis.chroma.begin(), analysis.chroma.end())},
                        {"moods", std::move(moods)},
                        {"other_features", std::move(other)},
                        {"embedding", json::array(analysis.embedding.begin(), analysis.embedding.end())},
                        {"model", analysis.model.name + " " + analysis.model.version},
                        {"decode_settings", analysis.decode_settings},
                        {"elapsed_ms", analysis.elapsed_ms}};
    if (!analysis.warning.empty()) out["warning"] = analysis.warning;
    return out;
}

json::object to_json(const std::string& path, const AnalysisFailure& failure) {
    return {{"path", path}, {"error", to_valid_utf8(failure.message)}, {"error_code", code_name(failure.code)}};
}

std::string best_moods(const TrackAnalysis& analysis) {
    const std::string text = store::mood_vector_text(analysis.moods, 3);
    return text.empty() ? "no tags" : text;
}

void print(const std::string& path, const TrackAnalysis& a) {
    fmt::print("{}\n  {:.1f} s, {:.1f} BPM, {} {}, energy {:.3f}, {} ({}, {:.0f} ms)\n", path, a.duration_s,
               a.tempo_bpm, kPitchClassNames[static_cast<std::size_t>(a.key)], scale_name(a.scale), a.energy,
               best_moods(a), a.model.name, a.elapsed_ms);
    if (!a.warning.empty()) fmt::print("  {}\n", a.warning);
}

void print(const std::string& path, const AnalysisFailure& failure) {
    fmt::print("{}\n  not analysed ({}): {}\n", path, code_name(failure.code), failure.message);
}

}  // namespace

int analyze(const AnalyzeOptions& options) {
    settings::Settings settings = load_settings(options.settings);
    const auto model = models::open_model(models::parse_model_choice(settings.model), model_places(settings));
    const auto analyser = analyse::create_analyser(model, analyser_options(settings),
                                                   models::open_mood_networks(model->tag(), model_places(settings)));

    // Files are analysed side by side and shown in the order given.
    std::mutex mutex;  // guards ready and next
    std::map<std::size_t, Outcome> ready;
    std::size_t next = 0;
    std::atomic<bool> failed{false};
    // The user is waiting: share, hours and priority are for the analysis of the library in the background.
    settings.cpu_share = 100;
    const jobs::WorkerPlan plan = jobs::plan_workers(settings, *analyser);
    log::debug("Analysing with {}", plan.why);
    parallel_for(options.files.size(), plan.workers, [&](std::size_t i) {
        Outcome outcome = analyser->analyse(options.files[i], {});
        if (std::holds_alternative<AnalysisFailure>(outcome)) failed = true;
        std::lock_guard lock(mutex);
        ready.emplace(i, std::move(outcome));
        for (auto it = ready.find(next); it != ready.end(); it = ready.find(next)) {
            const std::string path = to_valid_utf8(options.files[next].string());
            std::visit(
                [&](const auto& result) {
                    if (options.json) {
                        fmt::print("{}\n", json::serialize(to_json(path, result)));
                    } else {
                        print(path, result);
                    }
                },
                it->second);
            std::fflush(stdout);
            ready.erase(it);
            ++next;
        }
    });
    return failed ? 1 : 0;
}

}  // namespace audiomuse::app
