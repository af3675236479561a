#include "radio_worker.h"

#include <fmt/format.h>

#include "audiomuse/radios/refresh.h"

namespace audiomuse::api::testing {
namespace {

constexpr const char* kName = "a worker of the test";

void work(TestLibrary& library, const JobId& id) {
    store::Store& store = *library.store;
    const auto job = store.jobs().get(id);
    store.jobs().start(id, kName, 20);
    const auto index = library.index.get();
    const radios::Report report =
        radios::refresh({.store = store,
                         .index = *index,
                         .model = library.model,
                         .liked_songs = static_cast<int>(library.settings.fingerprint_songs),
                         .artists = [&store] { return radios::load_artists(store); }},
                        radios::wanted_radios(store, job->params), features::default_filter(library.settings));
    store.jobs().finish(id, kName, store::JobState::success,
                        fmt::format(R"({{"{}":{}}})", radios::kReport, radios::report_text(report)));
}

}  // namespace

RadioWorker::RadioWorker(TestLibrary& library)
    : thread_([&library](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
              const auto claim = library.queue->claim({queue::Lane::aside}, std::chrono::milliseconds(20));
              if (!claim) continue;
              work(library, claim->job());
              claim->finish();
          }
      }) {}

}  // namespace audiomuse::api::testing
