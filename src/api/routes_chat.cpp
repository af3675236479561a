// Requests for music in plain words, for the page and in the shapes of AudioMuse-AI's chat.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "audiomuse/base/text.h"
#include "audiomuse/features/chat/answer.h"
#include "backend.h"
#include "cards.h"
#include "list_filter.h"
#include "route.h"
#include "words.h"

namespace audiomuse::api {
namespace {

/// Tracks where neither request nor client says how many: for the page, and as AudioMuse-AI's chat aims at.
constexpr int kTracksForPage = 50;
constexpr int kTracksForChat = 100;

/// What there is instead of a language model, in the words of its provider.
constexpr std::string_view kNoProvider = "NONE";

struct Answered {
    features::Request request;
    features::ChatAnswer answer;
};

Answered answer_words(Backend& backend, std::string_view text, const features::AnswerParams& params) {
    store::Store& store = backend.context.store;
    // Each of them reads all analyses: one after the other they need the memory of one.
    const std::lock_guard lock(backend.answering);
    Answered answered{.request = understand_words(backend, text), .answer = {}};
    const auto index = backend.context.index.get();
    answered.answer = features::answer(store, index.get(), answered.request, params, &backend.songs);
    return answered;
}

/// Why there is no list; empty where there is one.
std::string why_empty(const Answered& answered) {
    if (!answered.answer.tracks.empty()) return "";
    const features::Request& request = answered.request;
    if (request.conditions.empty() && !request.not_understood.empty()) return "None of these words is understood.";
    return "No track of the library fits.";
}

// --- The page's routes

json::value number_or_null(const std::optional<double>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}

json::object condition_json(const features::ConditionResult& result) {
    const features::Condition& condition = result.condition;
    return {{"kind", features::kind_name(condition.kind)},
            {"degree", features::degree_name(condition.degree)},
            {"value", condition.value},
            {"from", number_or_null(condition.from)},
            {"to", number_or_null(condition.to)},
            {"words", condition.words},
            {"state", features::outcome_name(result.outcome)},
            {"tracks", result.tracks},
            {"note", result.note}};
}

Response answer_page(Backend& backend, std::string_view q, std::int64_t n, const features::ListFilter& filter) {
    if (trim(q).empty()) throw Error(ErrorCode::invalid_argument, "Missing 'q' parameter.");
    const Answered answered =
        answer_words(backend, q, {.filter = filter, .n = static_cast<std::size_t>(n), .now = unix_now()});
    json::array conditions;
    for (const features::ConditionResult& result : answered.answer.conditions)
        conditions.push_back(condition_json(result));
    const std::vector<std::string>& not_understood = answered.request.not_understood;
    return json_response(200,
                         {{"conditions", std::move(conditions)},
                          {"not_understood", json::array(not_understood.begin(), not_understood.end())},
                          {"language", answered.request.language},
                          {"cut", answered.request.cut},
                          {"message", why_empty(answered)},
                          {"tracks", track_cards(backend, backend.context.store.tracks().get(answered.answer.tracks))},
                          {"total_duration_s", rounded(answered.answer.duration_s, 1)}});
}

Response library_ask(Backend& backend, const Call& call) {
    return answer_page(backend, call.text("q"), call.integer("n"), read_filter(backend, call));
}

Response library_ask_body(Backend& backend, const Call& call) {
    const json::object body = call.body();
    const json::value* n = body.if_contains("n");
    return answer_page(backend, text_field(body, "q"), n ? n->get_int64() : kTracksForPage, read_filter(backend, call));
}

// --- AudioMuse-AI's routes

std::string provider_name(std::string_view text) {
    std::string name(trim(text));
    for (char& c : name)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return name;
}

Response chat_config_defaults(Backend& backend, const Call&) {
    const settings::Settings& settings = backend.context.settings;
    // Addresses of other machines are not for everybody who can reach this one.
    return json_response(200, {{"default_ai_provider", provider_name(settings.ai_model_provider)},
                               {"default_ollama_model_name", settings.ollama_model_name},
                               {"ollama_server_url", ""},
                               {"default_openai_model_name", settings.openai_model_name},
                               {"openai_server_url", ""},
                               {"default_gemini_model_name", settings.gemini_model_name},
                               {"default_mistral_model_name", settings.mistral_model_name}});
}

/// What became of a request, a line for each thing.
std::string told(const Answered& answered, bool model_wanted) {
    std::vector<std::string> lines;
    if (model_wanted) lines.emplace_back("No language model is asked: requests are understood by rules.");
    for (const features::ConditionResult& result : answered.answer.conditions) {
        lines.push_back(fmt::format("\"{}\" ({}): {}.{}{}", result.condition.words, features::to_text(result.condition),
                                    features::outcome_name(result.outcome), result.note.empty() ? "" : " ",
                                    result.note));
    }
    const features::Request& request = answered.request;
    if (!request.not_understood.empty())
        lines.push_back(fmt::format("Not understood: {}.", join(request.not_understood, ", ")));
    if (request.cut) lines.push_back(fmt::format("Only the first {} bytes were read.", features::kMostCharacters));
    const std::size_t count = answered.answer.tracks.size();
    lines.push_back(count == 0 ? why_empty(answered) : fmt::format("{} {}.", count, count == 1 ? "track" : "tracks"));
    return join(lines, "\n");
}

Response chat_playlist(Backend& backend, const Call& call) {
    const json::object body = call.body();
    const std::string_view text = text_field(body, "userInput");
    if (trim(text).empty()) throw Error(ErrorCode::invalid_argument, "Missing userInput in request");
    const json::value* given = body.if_contains("ai_provider");
    const std::string provider =
        provider_name(given ? text_field(body, "ai_provider") : backend.context.settings.ai_model_provider);
    features::AnswerParams params{.filter = read_filter(backend, call), .n = kTracksForChat, .now = unix_now()};
    const auto server = selected_server(backend, call);
    if (server) params.filter.criteria.server = server;
    const Answered answered = answer_words(backend, text, params);

    std::vector<store::TrackRow> rows = backend.context.store.tracks().get(answered.answer.tracks);
    speak_ids_of(backend, server, rows);
    json::array results;
    for (const store::TrackRow& row : rows) {
        json::object line = track_line(row);
        line["artist"] = std::move(line["author"]);
        line.erase("author");
        results.push_back(std::move(line));
    }
    std::vector<std::string> meanings;
    for (const features::Condition& condition : answered.request.conditions)
        meanings.push_back(features::to_text(condition));
    const std::size_t count = results.size();
    Response response = json_response(
        200, {{"response",
               {{"message", told(answered, !provider.empty() && provider != kNoProvider)},
                {"original_request", text},
                {"ai_provider_used", kNoProvider},
                {"ai_model_selected", nullptr},
                {"executed_query", meanings.empty() ? json::value(nullptr) : json::value(join(meanings, "; "))},
                {"query_results", results.empty() ? json::value(nullptr) : json::value(std::move(results))}}}});
    response.items = count;
    return response;
}

}  // namespace

std::vector<Route> chat_routes() {
    using enum ParamType;
    const auto fields = [](In in) -> std::vector<Param> {
        return {{.name = "q", .in = in, .help = "What is wanted, in plain words.", .required = true},
                {.name = "n",
                 .in = in,
                 .type = integer,
                 .help = "Tracks, where the words do not say how many.",
                 .fallback = kTracksForPage,
                 .minimum = 1,
                 .maximum = static_cast<double>(features::kMostTracks)}};
    };
    return {
        {Method::get, "/chat/api/config_defaults", "chat_config_defaults", chat_config_defaults, {}},
        {Method::post, "/chat/api/chatPlaylist", "chat_playlist", chat_playlist,
         with_server(with_body_filter(
             {{.name = "userInput", .in = In::body, .help = "What is wanted, in plain words; must be given."},
              {.name = "ai_provider",
               .in = In::body,
               .help = "NONE, OLLAMA, OPENAI, GEMINI or MISTRAL; default from the settings. No model is asked: with "
                       "another than NONE the message says so."}})),
         kWaits},
        {Method::get, "/api/library/ask", "library_ask", library_ask, with_filter(fields(In::query)), kWaits},
        {Method::post, "/api/library/ask", "library_ask_body", library_ask_body, with_body_filter(fields(In::body)),
         kWaits},
    };
}

}  // namespace audiomuse::api
