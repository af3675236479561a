// A search for playlists on an installation: PostgreSQL, Redis, a web instance, a worker for whole jobs, and one or
// more for their parts.
//   search_bench [TRACKS] [RUNS]      of a synthetic library (10,000), with at most so many runs (1,000)
//
// Prints how long it takes with one to three workers and how much memory one uses; how soon a search that is cancelled
// at some moment has ended, and what it leaves; and what the death of a worker costs.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/base/random.h"
#include "audiomuse/features/clustering/draft.h"
#include "support/installation.h"
#include "synthetic_library.h"

namespace audiomuse {
namespace {

namespace json = boost::json;
using testing_support::Installation;
using testing_support::Process;

constexpr int kCancels = 12;

void pause(double seconds) {
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
}

class Machines {
public:
    explicit Machines(std::int64_t tracks) : installation_(Installation::Delivery::redis), store_(open(tracks)) {
        web_.emplace(installation_, "");
        coordinator_ = installation_.worker({"--queues", "high"});
    }

    void set_workers(std::size_t count) {
        while (workers_.size() > count)
            workers_.pop_back();
        while (workers_.size() < count)
            workers_.push_back(installation_.worker({"--queues", "default"}));
        pause(3);  // they have started
    }

    JobId start(const json::object& params) {
        const json::value answer = json::parse(web_->post("/api/clustering/start", json::serialize(params)));
        return JobId{std::string(answer.at("task_id").as_string())};
    }
    void cancel(const JobId& id) { web_->post("/api/cancel/" + id.value); }

    store::Job job(const JobId& id) const { return store_->jobs().get(id).value(); }
    json::object details(const JobId& id) const {
        const std::string text = job(id).details;
        return text.empty() ? json::object() : json::parse(text).as_object();
    }
    store::JobState wait(const JobId& id) const {
        while (!store::is_final(job(id).state))
            pause(0.02);
        return job(id).state;
    }
    /// The part of the job that this worker has in hand.
    bool works(std::size_t worker, const JobId& id) const {
        const std::string mark = fmt::format(":{}:", workers_[worker]->id());
        return std::ranges::any_of(store_->jobs().children(id), [&](const store::Job& child) {
            return !store::is_final(child.state) && child.owner.find(mark) != std::string::npos;
        });
    }
    void kill(std::size_t worker) {
        workers_[worker]->kill();
        workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(worker));
    }
    double peak_memory() const {
        double most = 0;
        for (const auto& worker : workers_)
            most = std::max(most, worker->peak_memory());
        return most;
    }
    double cpu_seconds() const {
        double sum = 0;
        for (const auto& worker : workers_)
            sum += worker->cpu_seconds();
        return sum;
    }
    store::Store& store() const { return *store_; }

private:
    std::unique_ptr<store::Store> open(std::int64_t tracks) {
        installation_.use_new_database();
        auto store = installation_.open_store();
        bench::fill(*store, 0, tracks);
        return store;
    }

    Installation installation_;
    std::unique_ptr<store::Store> store_;
    std::optional<Installation::Web> web_;
    std::unique_ptr<Process> coordinator_;
    std::vector<std::unique_ptr<Process>> workers_;
};

std::int64_t runs_done(const json::object& details) {
    const json::value* runs = details.if_contains("runs_completed");
    return runs ? runs->to_number<std::int64_t>() : 0;
}

/// What was found, without when: to be compared.
std::string lists_of(const features::Draft& draft) {
    std::string text;
    for (const features::DraftList& list : draft.lists) {
        text += list.name;
        for (const TrackId id : list.tracks)
            text += fmt::format(" {}", id.value);
        text += '\n';
    }
    return text;
}

/// Returns the lists.
std::string time_workers(Machines& machines, const json::object& params) {
    double one = 0;
    std::string lists;
    for (const std::size_t workers : {1U, 2U, 3U, 1U, 2U, 3U}) {
        machines.set_workers(workers);
        const double idle = machines.cpu_seconds();
        const double started = steady_now();
        const JobId id = machines.start(params);
        machines.wait(id);
        const double seconds = steady_now() - started;
        if (workers == 1) one = seconds;
        const auto draft = features::read_draft(machines.store());
        const std::string found = draft ? lists_of(*draft) : "";
        if (lists.empty()) lists = found;
        const double busy = machines.cpu_seconds() - idle;
        fmt::print(
            "{} worker{} on {} cores: {} runs in {:.1f} s, {:.2f} times as fast as one; each works {:.0f} % of the "
            "time, and has had at most {:.0f} MB; {} lists{}\n",
            workers, workers == 1 ? " " : "s", allowed_cores(), runs_done(machines.details(id)), seconds, one / seconds,
            100 * busy / (seconds * static_cast<double>(workers)), machines.peak_memory() / 1e6,
            draft ? draft->lists.size() : 0, found == lists ? ", the same" : ", OTHERS");
        std::fflush(stdout);
    }
    return lists;
}

void time_cancels(Machines& machines, json::object params) {
    machines.set_workers(2);
    params["clustering_runs"] = 100'000;
    Random random(1);
    for (const char* method : {"kmeans", "dbscan", "gmm", "spectral"}) {
        params["clustering_method"] = method;
        double most = 0;
        int drafts = 0;
        int with_runs = 0;
        for (int i = 0; i < kCancels; ++i) {
            features::forget_draft(machines.store());
            const JobId id = machines.start(params);
            // The first moments, in which the library is read, as often as the rest.
            pause(i % 2 == 0 ? random.uniform() : 5 * random.uniform());
            const double asked = steady_now();
            machines.cancel(id);
            machines.wait(id);
            most = std::max(most, steady_now() - asked);
            with_runs += runs_done(machines.details(id)) > 0;
            drafts += features::read_draft(machines.store()).has_value();
        }
        fmt::print(
            "{:<9} cancelled {} times within 5 s: ended after at most {:.2f} s; {} had done runs, {} left a draft\n",
            method, kCancels, most, with_runs, drafts);
        std::fflush(stdout);
    }
}

void kill_a_worker(Machines& machines, const json::object& params, const std::string& lists) {
    machines.set_workers(2);
    const double started = steady_now();
    const JobId id = machines.start(params);
    while (runs_done(machines.details(id)) == 0 || !machines.works(0, id))
        pause(0.005);
    const std::int64_t done = runs_done(machines.details(id));
    machines.kill(0);
    machines.wait(id);
    const auto draft = features::read_draft(machines.store());
    fmt::print("a worker killed after {} runs: {} runs, {:.1f} s in all, {} lists\n", done,
               runs_done(machines.details(id)), steady_now() - started,
               draft && lists_of(*draft) == lists ? "the same" : "OTHER");
}

void run(std::int64_t tracks, std::int64_t runs) {
    Machines machines(tracks);
    const json::object params = {{"clustering_runs", runs}, {"publish", false}};
    const std::string lists = time_workers(machines, params);
    time_cancels(machines, params);
    kill_a_worker(machines, params, lists);
}

}  // namespace
}  // namespace audiomuse

int main(int argc, char** argv) {
    try {
        const auto number = [&](int i, long otherwise) {
            return i < argc ? std::max(1L, std::atol(argv[i])) : otherwise;
        };
        audiomuse::run(number(1, 10'000), number(2, 1000));
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
