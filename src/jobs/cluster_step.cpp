#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/machine.h"
#include "audiomuse/base/random.h"
#include "audiomuse/features/clustering/clustering.h"
#include "children.h"
#include "steps.h"

namespace audiomuse::jobs {

namespace json = boost::json;

namespace {

// The runs of a job are parted into searches of their own, so that several workers share them. How many depends on the
// runs alone: the result is the same on any number of workers.
constexpr int kRunsPerSearch = 250;
constexpr int kMostSearches = 4;

int searches_of(int runs) {
    return std::clamp(runs / kRunsPerSearch, 1, kMostSearches);
}

features::ClusteringParams from_settings(const settings::Settings& s) {
    features::ClusteringParams params;
    const auto narrow = [](std::int64_t value) { return static_cast<int>(value); };
    params.runs = narrow(s.clustering_runs);
    params.exploitation_start = s.exploitation_start;
    params.exploitation_probability = s.exploitation_probability;
    params.elites = narrow(s.top_n_elites);
    params.mutation_delta = narrow(s.mutation_delta);
    params.num_clusters_min = narrow(s.num_clusters_min);
    params.num_clusters_max = narrow(s.num_clusters_max);
    params.pca_components_min = narrow(s.pca_components_min);
    params.pca_components_max = narrow(s.pca_components_max);
    params.use_embeddings = s.enable_clustering_embeddings;
    params.min_songs_per_genre_for_stratification = narrow(s.min_songs_per_genre);
    params.stratified_sampling_target_percentile = static_cast<double>(s.stratified_percentile);
    params.sampling_change_per_run = s.sampling_change;
    params.top_n_playlists = narrow(s.top_n_playlists);
    params.min_playlist_size = narrow(s.min_playlist_size);
    params.max_songs_per_cluster = narrow(s.max_songs_per_cluster);
    params.max_songs_per_artist = narrow(s.max_songs_per_artist);
    params.max_distance = s.max_distance;
    params.duplicate_distance = s.duplicate_distance;
    params.duplicate_lookback = narrow(s.duplicate_lookback);
    params.score_weight_diversity = s.weight_diversity;
    params.score_weight_purity = s.weight_purity;
    params.score_weight_silhouette = s.weight_silhouette;
    params.score_weight_davies_bouldin = s.weight_davies_bouldin;
    params.score_weight_calinski_harabasz = s.weight_calinski_harabasz;
    params.score_weight_other_feature_diversity = s.weight_other_feature_diversity;
    params.score_weight_other_feature_purity = s.weight_other_feature_purity;
    params.seed = static_cast<std::uint64_t>(s.clustering_seed);
    const unsigned cores = allowed_cores();
    params.threads = s.workers > 0 ? static_cast<unsigned>(std::min<std::int64_t>(s.workers, cores)) : cores;
    return params;
}

std::string upper(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::toupper(c); });
    return out;
}

std::string text_of(const json::value& value) {
    return value.is_string() ? std::string(value.as_string()) : json::serialize(value);
}

/// The settings with what the job's parameters say otherwise. Their names are those of POST /api/clustering/start:
/// settings in lower case. Throws Error(invalid_argument) for a value that is not allowed.
features::ClusteringParams read_params(settings::Settings settings, const std::string& job_params) {
    const json::object given = json::parse(job_params).as_object();
    int top_n_moods = 0;
    for (const auto& [key, value] : given) {
        if (key == "top_n_moods") {
            top_n_moods = value.to_number<int>();
        } else {
            settings::set(settings, key == "clustering_method" ? "CLUSTER_ALGORITHM" : upper(key), text_of(value));
        }
    }
    features::ClusteringParams params = from_settings(settings);
    params.top_n_moods = top_n_moods;
    features::check(params);
    return params;
}

/// The parameters of the search of that number among the job's.
features::ClusteringParams search_params(const features::ClusteringParams& whole, int number) {
    const int searches = searches_of(whole.runs);
    features::ClusteringParams params = whole;
    params.runs = whole.runs / searches + (number < whole.runs % searches ? 1 : 0);
    if (number > 0) params.seed = Random::for_task(whole.seed, static_cast<std::uint64_t>(number)).bits();
    params.threads = std::max(1U, whole.threads / static_cast<unsigned>(searches));
    return params;
}

/// What a search hands to its coordinator.
json::object to_json(const features::ClusteringResult& result, const features::ClusteringParams& params) {
    json::array lists;
    for (const features::AutomaticPlaylist& list : result.playlists) {
        json::array tracks;
        for (const TrackId id : list.tracks)
            tracks.emplace_back(id.value);
        lists.push_back({{"name", list.name},
                         {"recipe", features::recipe_json(result, list, params)},
                         {"tracks", std::move(tracks)}});
    }
    return {{"clusters", result.clusters},
            {"pca_components", result.pca_components},
            {"score", result.score},
            {"playlists", std::move(lists)}};
}

/// What `audiomuse cluster --json` prints.
json::object shown_result(const json::object& best, const features::ClusteringParams& params, std::int64_t runs) {
    json::array lists;
    for (const json::value& list : best.at("playlists").as_array()) {
        json::array tracks;
        for (const json::value& id : list.at("tracks").as_array())
            tracks.emplace_back(std::to_string(id.to_number<std::int64_t>()));
        lists.push_back({{"name", list.at("name")}, {"tracks", std::move(tracks)}});
    }
    return {{"algorithm", "kmeans"},
            {"params",
             {{"clusters", best.at("clusters")}, {"pca_components", best.at("pca_components")}, {"seed", params.seed}}},
            {"score", best.at("score")},
            {"runs", runs},
            {"playlists", std::move(lists)}};
}

std::int64_t number_of(const store::Job& search, const char* name) {
    const std::string number = detail_of(search, name);
    return number.empty() ? 0 : json::parse(number).to_number<std::int64_t>();
}

/// What the searches of a job have come to.
struct Searches {
    std::int64_t runs = 0;  ///< done
    std::size_t unfinished = 0;
    double best_score = -1;  ///< < 0: no lists yet
    json::object best;       ///< of those that have ended; empty when none has lists
    std::string failure;
};

/// As many lists as are wanted come first, then the score; the earlier search where both are equal.
bool better(const json::object& result, const json::object& than, const features::ClusteringParams& params) {
    const std::size_t lists = result.at("playlists").as_array().size();
    if (than.empty() || lists == 0) return lists > 0;
    const std::size_t other = than.at("playlists").as_array().size();
    if (params.top_n_playlists > 0 && lists != other) return lists > other;
    return result.at("score").to_number<double>() > than.at("score").to_number<double>();
}

Searches sum_up(const std::vector<store::Job>& children, const features::ClusteringParams& params) {
    Searches sum;
    for (const store::Job& search : children) {
        sum.runs += number_of(search, "runs_done");
        if (const std::string best = detail_of(search, "best_score"); !best.empty())
            sum.best_score = std::max(sum.best_score, json::parse(best).to_number<double>());
        if (!store::is_final(search.state)) ++sum.unfinished;
        if (search.state == store::JobState::failure) sum.failure = message_of(search);
        if (const std::string found = detail_of(search, "found"); !found.empty()) {
            json::object result = json::parse(found).as_object();
            if (better(result, sum.best, params)) sum.best = std::move(result);
        }
    }
    return sum;
}

void save(const JobContext& context, const json::object& best) {
    std::vector<store::Playlists::NewPlaylist> lists;
    for (const json::value& list : best.at("playlists").as_array()) {
        store::Playlists::NewPlaylist playlist{text_of(list.at("name")), text_of(list.at("recipe")), {}};
        for (const json::value& id : list.at("tracks").as_array())
            playlist.tracks.push_back(TrackId{id.to_number<std::int64_t>()});
        lists.push_back(std::move(playlist));
    }
    context.store.playlists().replace_automatic(lists);
    context.queue.publish({"playlists", "{}"});
}

void start_searches(const JobContext& context, const JobId& parent, const features::ClusteringParams& params,
                    const std::string& given) {
    if (!context.store.jobs().children(parent).empty()) return;  // of an earlier worker
    std::vector<std::string> searches;
    for (int i = 0; i < searches_of(params.runs); ++i)
        searches.push_back(json::serialize(json::object{{"search", i}, {"given", json::parse(given)}}));
    start_children(context, parent, kClusterBatch, searches);
}

}  // namespace

void cluster_library(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    progress.begin_step("cluster", 0, 95, "Looking for playlists");
    if (context.store.analyses().dominant_model().name.empty()) {
        throw Error(ErrorCode::invalid_argument,
                    "Nothing was listened to yet, so there is nothing to make playlists of.");
    }
    const JobId& id = progress.job().id;
    const std::string& given = progress.job().params;
    const features::ClusteringParams params = read_params(context.settings, given);
    start_searches(context, id, params, given);
    const EtaClock clock(params.runs);
    const auto look = [&](const std::vector<store::Job>& children) {
        const Searches now = sum_up(children, params);
        const auto done = static_cast<double>(now.runs);
        if (now.runs > 0) {
            progress.report(done / params.runs,
                            now.best_score < 0 ? fmt::format("Progress: {}/{} runs", now.runs, params.runs)
                                               : fmt::format("Progress: {}/{} runs. Best score: {:.3f}", now.runs,
                                                             params.runs, now.best_score),
                            clock.remaining(done));
        }
        return now.unfinished > 0;
    };
    try {
        watch_children(context, id, cancel, look);
    } catch (const Error& error) {
        // A search that the user cancels keeps the best it found, if it found any: the user has waited for it.
        if (error.code() != ErrorCode::cancelled || !context.store.jobs().cancel_requested(id)) throw;
        stop_children(context, id);
    }
    const Searches found = sum_up(context.store.jobs().children(id), params);
    std::string problems;
    if (!found.best.empty()) {
        const std::size_t lists = found.best.at("playlists").as_array().size();
        progress.begin_step("cluster", 95, 100, fmt::format("Saving {} playlists", lists));
        save(context, found.best);
        problems = write_playlists(context, progress, cancel);
        progress.set_detail("num_playlists_created", std::to_string(lists));
        progress.set_detail("best_score", json::serialize(found.best.at("score")));
        progress.set_detail("result", json::serialize(shown_result(found.best, params, found.runs)));
        progress.log(fmt::format("{} playlists after {} runs.", lists, found.runs));
    }
    cancel.check();
    if (!found.best.empty()) {
        progress.set_outcome("Playlists are ready." + problems);
    } else if (!found.failure.empty()) {
        throw Error(ErrorCode::internal, found.failure);
    } else {
        throw Error(ErrorCode::invalid_argument,
                    "The tracks that were listened to are too few for playlists; the playlists there were stay.");
    }
}

void cluster_batch(const JobContext& context, Progress& progress, const CancelToken& cancel) {
    const json::value own = json::parse(progress.job().params);
    const features::ClusteringParams whole = read_params(context.settings, json::serialize(own.at("given")));
    const features::ClusteringParams params = search_params(whole, own.at("search").to_number<int>());
    progress.begin_step("cluster", 0, 100, "Reading how the tracks sound");
    const features::ClusteringInput input =
        features::read_clustering_input(context.store, context.store.analyses().dominant_model());
    cancel.check();
    const features::ClusteringResult result = features::cluster(
        input, params,
        [&](int done, int total, double best) {
            progress.set_detail("runs_done", std::to_string(done));
            if (best >= 0) progress.set_detail("best_score", fmt::format("{}", best));
            progress.report(static_cast<double>(done) / total, fmt::format("{} of {} runs", done, total));
        },
        cancel);
    progress.set_detail("runs_done", std::to_string(result.runs_done));
    progress.set_detail("found", json::serialize(to_json(result, params)));
    cancel.check();
}

}  // namespace audiomuse::jobs
