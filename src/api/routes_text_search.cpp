// Tracks that fit a description, in the shapes of AudioMuse-AI's text search.
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <cmath>
#include <optional>

#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "audiomuse/features/text_search/suggestions.h"
#include "backend.h"
#include "cards.h"
#include "described.h"
#include "list_filter.h"
#include "route.h"

namespace audiomuse::api {
namespace {

constexpr int kShown = 100;
constexpr double kMostShown = 500;
constexpr std::size_t kFewestCharacters = 3;
constexpr std::size_t kClapNumbers = 512;  // of a vector, before there is one
constexpr std::string_view kClapDisabled = "CLAP is disabled";

Response clap_search(Backend& backend, const Call& call) {
    const json::object body = call.body();
    if (!body.if_contains("query")) throw Error(ErrorCode::invalid_argument, "Missing \"query\" in request body");
    const std::string query(trim(text_field(body, "query")));
    if (query.empty()) throw Error(ErrorCode::invalid_argument, "Query cannot be empty");
    if (query.size() < kFewestCharacters)
        throw Error(ErrorCode::invalid_argument, "Query must be at least 3 characters");
    const json::value* limit = body.if_contains("limit");
    const double wanted = limit ? limit->to_number<double>() : kShown;
    features::ListFilter filter = read_filter(backend, call);
    const auto server = selected_server(backend, call);
    if (server) filter.criteria.server = server;

    const auto most = static_cast<std::size_t>(std::clamp(wanted, 1.0, kMostShown));
    std::optional<FoundByText> by_sound = find_by_sound(backend, query, filter, most);
    const FoundByText found = by_sound ? std::move(*by_sound) : [&] {
        const std::lock_guard lock(backend.answering);
        return find_by_words(backend, query, filter, most);
    }();
    std::unordered_map<TrackId, double> scores;
    std::vector<TrackId> ids;
    for (const auto& [id, score] : found.tracks) {
        scores.emplace(id, score);
        ids.push_back(id);
    }
    std::vector<store::TrackRow> rows = backend.context.store.tracks().get(ids);
    speak_ids_of(backend, server, rows);
    json::array results;
    for (const store::TrackRow& row : rows) {
        json::object line = track_line(row);
        line["similarity"] = rounded(scores.at(row.id), 4);
        results.push_back(std::move(line));
    }
    const std::size_t count = results.size();
    Response response =
        json_response(200, {{"query", query},
                            {"results", std::move(results)},
                            {"count", count},
                            {"understood_by", found.understood_by},
                            {"not_understood", json::array(found.not_understood.begin(), found.not_understood.end())},
                            {"message", found.message}});
    response.items = count;
    return response;
}

Response clap_warmup(Backend& backend, const Call&) {
    if (!clap_enabled(backend)) return json_response(400, {{"error", kClapDisabled}, {"loaded", false}});
    features::TextBranch* texts = backend.context.texts;
    try {
        if (texts != nullptr) {
            texts->warm_up();
            return json_response(200, {{"loaded", true}, {"expiry_seconds", std::llround(texts->idle_s())}});
        }
    } catch (const Error& error) {
        log::debug("CLAP's text branch stays out of memory: {}", error.what());
    }
    return json_response(200, {{"loaded", false}, {"expiry_seconds", 0}});
}

Response clap_warmup_status(Backend& backend, const Call&) {
    const features::TextBranch* texts = backend.context.texts;
    const features::TextBranch::State state = texts ? texts->state() : features::TextBranch::State{};
    return json_response(200, {{"active", state.loaded}, {"seconds_remaining", std::llround(state.seconds_left)}});
}

json::object clap_state(Backend& backend) {
    constexpr double kMegabyte = 1 << 20;
    const auto index = heard_tracks(backend);
    return {{"loaded", index != nullptr},
            {"song_count", index ? index->size() : 0},
            {"embedding_dimension", index ? index->dimension() : kClapNumbers},
            {"memory_mb", index ? rounded(static_cast<double>(index->memory_bytes()) / kMegabyte, 2) : 0},
            {"clap_enabled", clap_enabled(backend)}};
}

Response clap_stats(Backend& backend, const Call&) {
    return json_response(200, clap_state(backend));
}

/// The index follows the store by itself; asking only makes it look now.
Response clap_cache_refresh(Backend& backend, const Call&) {
    if (!clap_enabled(backend)) return json_response(400, {{"error", kClapDisabled}});
    backend.context.queue.publish({"index", "{}"});
    json::object stats = clap_state(backend);
    const bool loaded = stats.at("loaded").as_bool();
    const std::string_view message =
        loaded ? "The tracks that CLAP has heard are loaded." : "CLAP has heard no track yet.";
    return json_response(loaded ? 200 : 500, {{"success", loaded}, {"message", message}, {"stats", std::move(stats)}});
}

Response clap_top_queries(Backend& backend, const Call&) {
    if (!clap_enabled(backend))
        return json_response(200, {{"queries", json::array()}, {"ready", false}, {"message", kClapDisabled}});
    const features::Suggestions::State state =
        backend.suggestions ? backend.suggestions->get() : features::Suggestions::State{};
    return json_response(
        200, {{"queries", json::array(state.queries.begin(), state.queries.end())}, {"ready", state.ready}});
}

}  // namespace

std::vector<Route> text_search_routes() {
    using enum ParamType;
    return {
        {Method::post, "/api/clap/search", "clap_search", clap_search, Right::read,
         with_server(with_body_filter(
             {{.name = "query",
               .in = In::body,
               .help = "A description, such as 'calm piano'; must be given, of 3 characters at least."},
              {.name = "limit",
               .in = In::body,
               .type = number,
               .help = "Tracks; default 100. Less than 1 counts as 1, more than 500 as 500."}})),
         kWaits},
        {Method::post, "/api/clap/warmup", "clap_warmup", clap_warmup, Right::read, {}, kWaits},
        {Method::get, "/api/clap/warmup/status", "clap_warmup_status", clap_warmup_status, Right::read, {}},
        {Method::post, "/api/clap/cache/refresh", "clap_cache_refresh", clap_cache_refresh, Right::jobs, {}},
        {Method::get, "/api/clap/stats", "clap_stats", clap_stats, Right::read, {}},
        {Method::get, "/api/clap/top_queries", "clap_top_queries", clap_top_queries, Right::read, {}},
    };
}

}  // namespace audiomuse::api
