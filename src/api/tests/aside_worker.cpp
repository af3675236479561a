#include "aside_worker.h"

#include <fmt/format.h>

#include "audiomuse/backups/backups.h"
#include "audiomuse/radios/refresh.h"

namespace audiomuse::api::testing {
namespace {

constexpr const char* kName = "a worker of the test";

std::string made_backup(TestLibrary& library) {
    const backups::Backup made = backups::make(*library.store, library.context().backups, {.kept = 2});
    return fmt::format(R"({{"{}":{{"filename":"{}","size_bytes":{}}}}})", backups::kMade, made.filename, made.bytes);
}

std::string made_lists(TestLibrary& library, const store::Job& job) {
    store::Store& store = *library.store;
    const auto index = library.index.get();
    const radios::Report report =
        radios::refresh({.store = store,
                         .index = *index,
                         .model = library.model,
                         .liked_songs = static_cast<int>(library.settings.fingerprint_songs),
                         .artists = [&store] { return radios::load_artists(store); }},
                        radios::wanted_radios(store, job.params), features::default_filter(library.settings));
    return fmt::format(R"({{"{}":{}}})", radios::kReport, radios::report_text(report));
}

void work(TestLibrary& library, const JobId& id) {
    store::Jobs& jobs = library.store->jobs();
    const auto job = jobs.get(id);
    jobs.start(id, kName, 20);
    jobs.finish(id, kName, store::JobState::success,
                job->type == backups::kBackupJob ? made_backup(library) : made_lists(library, *job));
}

}  // namespace

AsideWorker::AsideWorker(TestLibrary& library)
    : thread_([&library](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
              const auto claim =
                  library.queue->claim({queue::Lane::aside, queue::Lane::backup}, std::chrono::milliseconds(20));
              if (!claim) continue;
              work(library, claim->job());
              claim->finish();
          }
      }) {}

}  // namespace audiomuse::api::testing
