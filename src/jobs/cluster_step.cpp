// The coordinator of a search for playlists: it hands out batches of runs, learns from what comes back, and keeps the
// best in the store.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/log.h"
#include "audiomuse/features/clustering/draft.h"
#include "audiomuse/features/clustering/search.h"
#include "children.h"
#include "cluster_params.h"
#include "steps.h"
#include "title_step.h"

namespace audiomuse::jobs {

namespace json = boost::json;

namespace {

std::int64_t number_in(const store::Job& job, const char* name) {
    const std::string number = detail_of(job, name);
    return number.empty() ? 0 : json::parse(number).to_number<std::int64_t>();
}

class Search {
public:
    Search(const JobContext& context, Progress& progress)
        : context_(context),
          progress_(progress),
          id_(progress.job().id),
          request_(read_cluster_request(*context.settings.get(), progress.job().params)),
          given_(complete_params(request_, progress.job().params)),
          clock_(request_.params.runs) {
        // What an earlier worker of this job knew.
        if (const std::string state = detail_of(progress.job(), "search"); !state.empty()) {
            state_ = features::parse_search_state(state);
            failures_ = number_in(progress.job(), "failed_batches");
            draft_ = features::read_draft(context.store);
            if (draft_ && draft_->task != id_.value) draft_ = std::nullopt;
        } else {
            end_children(context, id_);  // of a version that parted its work otherwise
        }
        note_state();
    }

    /// Takes in what has ended and hands out more. False when the search is over.
    bool step(const std::vector<store::Job>& children) {
        std::map<int, const store::Job*> by_number;
        std::vector<JobId> ended;
        for (const store::Job& child : children) {
            const int number = batch_in(child).number;
            if (number < state_.taken_in) {
                ended.push_back(child.id);  // taken in already, when the worker before this one died
            } else {
                by_number[number] = &child;
            }
        }
        for (auto next = by_number.find(state_.taken_in);
             !over() && next != by_number.end() && store::is_final(next->second->state);
             next = by_number.find(state_.taken_in)) {
            ended.push_back(next->second->id);
            take_in(*next->second);
            // One for one: a batch knows what those before it had found by its number, not by the clock.
            if (!over()) hand_out(by_number);
        }
        if (!ended.empty()) note_state();
        context_.store.jobs().remove(ended);
        if (!over()) hand_out(by_number);
        show(by_number);
        return !over();
    }

    /// Takes in what the batches that were told to stop have found until then.
    void take_in_rest() {
        for (const store::Job& child : context_.store.jobs().children(id_)) {
            if (store::is_final(child.state) && batch_in(child).number >= state_.taken_in) take_in(child);
        }
        note_state();
    }

    const ClusterRequest& request() const { return request_; }
    const features::SearchState& state() const { return state_; }
    const std::optional<features::Draft>& draft() const { return draft_; }  ///< the best so far, as it is in the store
    /// Gives the lists of the draft their names.
    void title(const CancelToken& cancel) {
        title_lists(context_.store, request_.settings, progress_, *draft_, cancel);
        features::save_draft(context_.store, *draft_);
    }
    const std::string& failure() const { return failure_; }  ///< of the last batch that could not be done; "" if none

private:
    static features::Batch batch_in(const store::Job& child) {
        return features::parse_batch(json::serialize(json::parse(child.params).at("batch")));
    }

    bool over() const {
        return features::is_over(state_, request_.params) || failures_ >= request_.settings.clustering_max_failures;
    }

    void take_in(const store::Job& batch) {
        features::BatchResult result;  // of a batch that has failed: nothing
        if (const std::string found = detail_of(batch, "found"); !found.empty()) {
            result = features::parse_batch_result(found);
        } else if (batch.state == store::JobState::failure) {
            ++failures_;
            failure_ = message_of(batch);
            log::warn("A part of the search for playlists failed: {}", failure_);
            progress_.log(fmt::format("A part of the search failed: {}", failure_));
        }
        if (!features::take_in(state_, result, request_.params)) return;
        draft_ = features::make_draft(context_.store, *result.best, request_.params, id_.value);
        features::save_draft(context_.store, *draft_);
    }

    /// What another worker needs to go on from here. Written before the rows of the batches are removed.
    void note_state() {
        progress_.set_detail("search", features::to_json(state_));
        progress_.set_detail("failed_batches", std::to_string(failures_));
        progress_.set_detail("total_runs", std::to_string(request_.params.runs));
        progress_.set_detail("elite_solutions", std::to_string(state_.elites.size()));
        if (state_.best) progress_.set_detail("best_score", fmt::format("{}", state_.best->score));
        progress_.save();
    }

    void hand_out(std::map<int, const store::Job*>& by_number) {
        std::vector<std::string> fresh;
        for (int number = state_.taken_in; number < features::handed_out(state_, request_.params); ++number) {
            if (by_number.contains(number) || number < handed_out_) continue;
            const features::Batch batch = features::batch_of(state_, request_.params, number);
            fresh.push_back(json::serialize(
                json::object{{"batch", json::parse(features::to_json(batch))}, {"given", json::parse(given_)}}));
            handed_out_ = number + 1;
        }
        if (!fresh.empty()) start_children(context_, id_, kClusterBatch, fresh);
    }

    void show(const std::map<int, const store::Job*>& by_number) {
        std::int64_t runs = state_.runs_done;
        std::size_t active = 0;
        double best = state_.best ? state_.best->score : -1;
        for (const auto& [number, batch] : by_number) {
            if (number < state_.taken_in) continue;
            runs += number_in(*batch, "runs_done");
            if (batch->state == store::JobState::started || batch->state == store::JobState::progress) ++active;
            if (const std::string score = detail_of(*batch, "best_score"); !score.empty())
                best = std::max(best, json::parse(score).to_number<double>());
        }
        progress_.set_detail("runs_completed", std::to_string(runs));
        std::string line = fmt::format("Progress: {}/{} runs. Active batches: {}.", runs, request_.params.runs, active);
        if (best >= 0) line += fmt::format(" Best score: {:.3f}", best);
        const auto done = static_cast<double>(runs);
        progress_.report(done / request_.params.runs, line, clock_.remaining(done));
    }

    const JobContext& context_;
    Progress& progress_;
    const JobId id_;
    const ClusterRequest request_;
    const std::string given_;  ///< to batches, which other processes may do
    const EtaClock clock_;
    features::SearchState state_;
    std::int64_t failures_ = 0;
    int handed_out_ = 0;  ///< batches below this number were handed out by this worker
    std::optional<features::Draft> draft_;
    std::string failure_;
};

/// What `audiomuse cluster --json` prints.
json::object shown_result(const Search& search) {
    json::array lists;
    for (const features::DraftList& list : search.draft()->lists) {
        json::array tracks;
        for (const TrackId id : list.tracks)
            tracks.emplace_back(std::to_string(id.value));
        lists.push_back({{"name", list.name}, {"tracks", std::move(tracks)}});
    }
    const features::Genes& genes = search.draft()->genes;
    return {{"algorithm", search.draft()->algorithm},
            {"params",
             {{"clusters", genes.clusters},
              {"pca_components", genes.components},
              {"eps", genes.eps},
              {"min_samples", genes.min_samples},
              {"seed", search.request().params.seed}}},
            {"score", search.draft()->score},
            {"runs", search.state().runs_done},
            {"playlists", std::move(lists)}};
}

}  // namespace

void cluster_library(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    progress.begin_step("cluster", 1, 90, "Looking for playlists");
    if (context.store.analyses().dominant_model().name.empty()) {
        throw Error(ErrorCode::invalid_argument,
                    "Nothing was listened to yet, so there is nothing to make playlists of.");
    }
    const JobId& id = progress.job().id;
    Search search(context, progress);
    try {
        watch_children(context, id, cancel,
                       [&](const std::vector<store::Job>& children) { return search.step(children); });
    } catch (const Error& error) {
        // What the batches in hand have found until then is worth keeping: the user has waited for it.
        if (error.code() == ErrorCode::cancelled && context.store.jobs().cancel_requested(id)) {
            stop_children(context, id);
            search.take_in_rest();
        }
        throw;
    }
    stop_children(context, id);
    if (!search.draft() && !search.state().best) {
        if (!search.failure().empty()) throw Error(ErrorCode::internal, search.failure());
        throw Error(ErrorCode::invalid_argument,
                    "The tracks that were listened to are too few for playlists; the playlists there were stay.");
    }
    // Without a draft the worker before this one has published it, and died over the media servers.
    if (search.draft()) {
        const std::size_t lists = search.draft()->lists.size();
        progress.begin_step("name", 90, 92, fmt::format("Naming {} playlists", lists));
        search.title(cancel);
        const json::object result = shown_result(search);
        progress.set_detail("result", json::serialize(result));
        progress.set_detail("best_params", json::serialize(result.at("params")));
        progress.log(fmt::format("{} playlists after {} runs.", lists, search.state().runs_done));
        if (!search.request().publish) {
            progress.set_outcome(fmt::format("{} playlists wait to be looked at.", lists));
            return;
        }
        progress.begin_step("save", 92, 100, fmt::format("Saving {} playlists", lists));
        features::publish_draft(context.store, *search.draft());
        context.queue.publish({"playlists", "{}"});
        progress.set_detail("num_playlists_created", std::to_string(lists));
    }
    const std::string problems = write_playlists(context, progress, cancel);
    progress.set_outcome("Playlists are ready." + problems);
}

}  // namespace audiomuse::jobs
