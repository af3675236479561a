#include <fmt/format.h>
#include <boost/version.hpp>

#include "audiomuse/analyse/analyser.h"
#include "audiomuse/api/passwords.h"
#include "audiomuse/base/error.h"
#include "audiomuse/decode/decoder.h"
#include "audiomuse/jobs/worker_plan.h"
#include "audiomuse/models/clap.h"
#include "audiomuse/models/embedding_model.h"
#include "audiomuse/models/mood_networks.h"
#include "audiomuse/wrap/curl/http_client.h"
#include "audiomuse/wrap/fftw/real_fft.h"
#include "audiomuse/wrap/onnx/session.h"
#include "audiomuse/wrap/postgres/connection.h"
#include "audiomuse/wrap/redis/connection.h"
#include "audiomuse/wrap/soxr/resampler.h"
#include "audiomuse/wrap/sqlite/database.h"
#include "audiomuse/wrap/taglib/tags.h"
#include "audiomuse/wrap/zlib/gzip.h"
#include "check/check.h"
#include "runtime.h"

namespace audiomuse::app {

namespace {

Check check_onnxruntime(models::ModelChoice choice) {
    Check check{.name = "ONNX Runtime"};
    try {
        const auto runtime = wrap::onnx::Runtime::load();
        check.found = fmt::format("{} in {}", runtime->version(), runtime->path());
    } catch (const Error& error) {
        const bool needed = choice == models::ModelChoice::mini || choice == models::ModelChoice::musicnn;
        check.found = error.what();
        check.fix =
            "Name libonnxruntime.so.1 with the environment variable AUDIOMUSE_ONNXRUNTIME; MODEL=descriptors "
            "listens without it.";
        if (needed) {
            check.state = Check::State::problem;
        } else if (choice == models::ModelChoice::automatic) {
            check.state = Check::State::warning;
        } else {
            check.fix.clear();
        }
    }
    return check;
}

/// CLAP is nothing that has to be there: words find music too.
Check check_clap(const settings::Settings& settings) {
    Check check{.name = "text search"};
    const models::ModelPlaces places = model_places(settings);
    if (!settings.clap_enabled) {
        check.found = "by words (CLAP_ENABLED=false)";
    } else if (!models::has_clap_audio(places) && !models::has_clap_text(places)) {
        check.found = "by words; CLAP is not installed";
    } else {
        // Workers need the one, web instances the other.
        check.found = "CLAP's text branch only: this machine finds, others listen";
        if (models::has_clap_audio(places)) {
            const ModelTag tag = models::open_clap_audio(places)->tag();
            check.found = fmt::format("{} {}", tag.name, tag.version);
            if (!models::has_clap_text(places)) check.found += ", audio branch only: this machine listens, others find";
        }
        if (models::has_clap_text(places)) models::open_clap_text(places);
    }
    return check;
}

}  // namespace

Check check_libraries() {
    return {
        "libraries", Check::State::ok,
        fmt::format("Boost {}.{}, curl {}, FFTW {}, hiredis {}, libpq {}, libsodium {}, SQLite {}, TagLib {}, zlib {}",
                    BOOST_VERSION / 100'000, BOOST_VERSION / 100 % 1000, wrap::curl::library_version(),
                    wrap::fftw::library_version(), wrap::redis::library_version(), wrap::postgres::library_version(),
                    api::sodium_version(), wrap::sqlite::library_version(), wrap::taglib::library_version(),
                    wrap::zlib::library_version()),
        ""};
}

Check check_decoder() {
    return {"decoder", Check::State::ok, decode::decoder_version() + ", " + wrap::soxr::version(), ""};
}

std::vector<Check> check_analysis(const settings::Settings& settings) {
    const models::ModelChoice choice = models::parse_model_choice(settings.model);
    std::vector<Check> checks = {check_onnxruntime(choice)};
    try {
        auto model = models::open_model(choice, model_places(settings));
        const ModelTag tag = model->tag();
        const auto analyser = analyse::create_analyser(std::move(model), analyser_options(settings),
                                                       models::open_mood_networks(tag, model_places(settings)));
        checks.push_back(
            {"model", Check::State::ok, fmt::format("{} {} (MODEL={})", tag.name, tag.version, settings.model), ""});
        checks.push_back({"workers", Check::State::ok, jobs::plan_workers(settings, *analyser).why, ""});
    } catch (const Error& error) {
        checks.push_back(
            {"model", Check::State::problem, error.what(),
             "'audiomuse models list' shows the models that are there; MODEL=auto takes the best of them."});
    }
    checks.push_back(guarded("text search", "'audiomuse models list' shows which files of CLAP are missing.",
                             [&] { return check_clap(settings); }));
    return checks;
}

}  // namespace audiomuse::app
