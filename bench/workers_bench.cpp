// How the analysis scales with worker processes, and what its coordinator costs: one web instance, PostgreSQL, Redis, a
// worker for whole jobs, and one or more for their parts.
//   workers_bench [TRACKS]      of the demo library (96)
#include <fmt/format.h>

#include <chrono>
#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/machine.h"
#include "support/installation.h"

namespace audiomuse {
namespace {

using testing_support::Installation;
using testing_support::Process;

struct Run {
    double seconds = 0;      ///< from the first result to the last
    double coordinator = 0;  ///< processor seconds of the worker for whole jobs, for the job alone
    double children = 0;     ///< of the others, all together
    std::int64_t tracks = 0;
};

Run analyse(Installation& installation, const std::filesystem::path& music, int workers) {
    installation.use_new_database();
    const Installation::Web web(installation, music);
    const auto coordinator = installation.worker({"--queues", "high"});
    std::vector<std::unique_ptr<Process>> children;
    for (int i = 0; i < workers; ++i)
        children.push_back(installation.worker({"--queues", "default"}));
    std::this_thread::sleep_for(std::chrono::seconds(4));  // all have loaded their models
    const auto store = installation.open_store();
    const double idle = coordinator->cpu_seconds();
    const auto children_seconds = [&] {
        double sum = 0;
        for (const auto& child : children)
            sum += child->cpu_seconds();
        return sum;
    };
    const double children_idle = children_seconds();
    const JobId id = web.start_analysis();
    const ModelTag model{"audiomuse-mini", "1"};
    while (store->analyses().coverage(model).analysed == 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    const double started = steady_now();
    while (store->analyses().coverage(model).pending > 0)
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    Run run;
    run.seconds = steady_now() - started;
    while (!store::is_final(store->jobs().get(id)->state))
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
    run.coordinator = coordinator->cpu_seconds() - idle;
    run.children = children_seconds() - children_idle;
    run.tracks = store->analyses().coverage(model).analysed;
    return run;
}

int run(const std::string& tracks) {
    const testing_support::TempFolder folder;
    const auto music = folder / "music";
    testing_support::run({testing_support::audiomuse_program(), "demo", music, "--tracks", tracks});
    Installation installation(Installation::Delivery::redis);
    analyse(installation, music, 1);  // the files are in memory from here on
    const unsigned cores = allowed_cores();
    double one = 0;
    for (const int workers : {1, 2, 3, 1, 2, 3}) {
        const Run each = analyse(installation, music, workers);
        if (workers == 1) one = each.seconds;
        fmt::print(
            "{} worker{} on {} cores: {} tracks in {:.1f} s, {:.2f} times as fast as one; processor time of the "
            "coordinator {:.2f} s, {:.1f} % of the workers' {:.1f} s\n",
            workers, workers == 1 ? " " : "s", cores, each.tracks, each.seconds, one / each.seconds, each.coordinator,
            100 * each.coordinator / each.children, each.children);
    }
    return 0;
}

}  // namespace
}  // namespace audiomuse

int main(int argc, char** argv) {
    try {
        return audiomuse::run(argc > 1 ? argv[1] : "96");
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
