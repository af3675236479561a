// Tracks that fit a description, in the shapes of AudioMuse-AI's text search.
#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "audiomuse/base/text.h"
#include "audiomuse/features/chat/match.h"
#include "backend.h"
#include "cards.h"
#include "list_filter.h"
#include "route.h"
#include "words.h"

namespace audiomuse::api {
namespace {

constexpr int kShown = 100;
constexpr double kMostShown = 500;
constexpr std::size_t kFewestCharacters = 3;

features::TextMatches match_words(Backend& backend, std::string_view text, const features::ListFilter& filter,
                                  std::size_t limit) {
    const std::lock_guard lock(backend.answering);  // as for lists: each reads all analyses
    const features::Request request = understand_words(backend, text);
    const auto index = backend.context.index.get();
    return features::match_text(backend.context.store, index.get(), request, filter, limit, unix_now());
}

std::string why_none(const features::TextMatches& matches) {
    if (!matches.tracks.empty()) return "";
    if (matches.not_understood.empty()) return "No good match: no track of the library fits.";
    return fmt::format("No good match. Not understood: {}.", join(matches.not_understood, ", "));
}

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

    const features::TextMatches matches =
        match_words(backend, query, filter, static_cast<std::size_t>(std::clamp(wanted, 1.0, kMostShown)));
    std::unordered_map<TrackId, double> scores;
    std::vector<TrackId> ids;
    for (const features::TextMatch& match : matches.tracks) {
        scores.emplace(match.id, match.score);
        ids.push_back(match.id);
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
    Response response = json_response(
        200, {{"query", query},
              {"results", std::move(results)},
              {"count", count},
              {"understood_by", "words"},
              {"not_understood", json::array(matches.not_understood.begin(), matches.not_understood.end())},
              {"message", why_none(matches)}});
    response.items = count;
    return response;
}

}  // namespace

std::vector<Route> text_search_routes() {
    using enum ParamType;
    return {
        {Method::post, "/api/clap/search", "clap_search", clap_search,
         with_server(with_body_filter(
             {{.name = "query",
               .in = In::body,
               .help = "A description, such as 'calm piano'; must be given, of 3 characters at least."},
              {.name = "limit",
               .in = In::body,
               .type = number,
               .help = "Tracks; default 100. Less than 1 counts as 1, more than 500 as 500."}})),
         kWaits},
    };
}

}  // namespace audiomuse::api
