// Requests for music in plain words, for the page and in the shapes of AudioMuse-AI's chat.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <exception>
#include <functional>
#include <utility>

#include "audiomuse/base/text.h"
#include "audiomuse/features/artists/similar_artists.h"
#include "audiomuse/features/chat/answer.h"
#include "backend.h"
#include "cards.h"
#include "described.h"
#include "errors.h"
#include "list_filter.h"
#include "understanding.h"
#include "who_asks.h"
#include "words.h"

namespace audiomuse::api {
namespace {

/// Tracks where neither request nor client says how many: for the page, and as AudioMuse-AI's chat aims at.
constexpr int kTracksForPage = 50;
constexpr int kTracksForChat = 100;

/// What there is instead of a language model, in the words of its provider.
constexpr std::string_view kNoProvider = "NONE";

/// Tracks that a description may be met by: more than are ever nearly like something.
constexpr std::size_t kMostDescribed = 6000;

struct WantedList {
    std::string text;
    ModelChoice model = {};
    std::vector<std::string> without = {};  ///< conditions, as to_text writes them, that are not to count
    features::AnswerParams params = {};
};

struct Answered {
    features::Request request;
    std::string by = {};   ///< the model that understood it; empty: the rules
    std::string why = {};  ///< the rules, where a model was to
    std::vector<std::string> steps = {};
    features::ChatAnswer answer = {};
};

std::vector<std::string> meanings(const features::Request& request) {
    std::vector<std::string> texts;
    for (const features::Condition& condition : request.conditions)
        texts.push_back(features::to_text(condition));
    return texts;
}

/// Artists with models like that of one, nearest first; as many as are looked at to find some who nearly do.
std::vector<std::string> artists_like(Backend& backend, const std::string& artist) {
    constexpr std::size_t kArtists = 16;
    const auto models = backend.artists.get(backend.context.store);
    const std::size_t number = models->find(artist);
    if (number == features::ArtistModels::kNone) return {};
    std::vector<std::string> names;
    for (const features::SimilarArtist& found : features::similar_artists(*models, number, {.n = kArtists}))
        names.emplace_back(models->at(found.artist).name);
    return names;
}

/// `backend.answering` is held where these are called.
features::Finders finders_of(Backend& backend) {
    features::Finders finders;
    finders.described = [&backend](const std::string& description) {
        std::vector<TrackId> tracks;
        auto found = find_by_sound(backend, description, {}, kMostDescribed);
        if (!found) found = find_by_words(backend, description, {}, kMostDescribed);
        for (const auto& [id, score] : found->tracks)
            tracks.push_back(id);
        return tracks;
    };
    if (backend.artists.get(backend.context.store)->components() > 0)
        finders.similar_artists = [&backend](const std::string& artist) { return artists_like(backend, artist); };
    return finders;
}

/// Waits for a model where one is to understand the request, and only then for its turn.
Answered answer_words(Backend& backend, const WantedList& wanted, const Tell& tell, const CancelToken& cancel) {
    Answered answered;
    const Tell note = [&](const std::string& line) {
        answered.steps.push_back(line);
        tell(line);
    };
    features::AnswerParams params = wanted.params;
    params.finders = finders_of(backend);
    Understood understood = understand_request(
        backend, wanted.text, wanted.model,
        {.described = true, .similar_artists = params.finders.similar_artists != nullptr}, note, cancel);
    answered.request = std::move(understood.request);
    answered.by = std::move(understood.by);
    answered.why = std::move(understood.why);
    if (!answered.why.empty()) note(fmt::format("{} The rules understand the request.", answered.why));
    if (!answered.by.empty())
        note(fmt::format("{} understands: {}.", answered.by, join(meanings(answered.request), "; ")));

    std::erase_if(answered.request.conditions, [&](const features::Condition& condition) {
        return std::ranges::find(wanted.without, features::to_text(condition)) != wanted.without.end();
    });
    if (!wanted.without.empty() && answered.request.conditions.empty()) return answered;
    // Each of them reads all analyses: one after the other they need the memory of one.
    const std::lock_guard lock(backend.answering);
    const auto index = backend.context.index.get();
    // What no rule reads may still describe a sound, or be of names and lyrics.
    features::Request& request = answered.request;
    std::optional<features::Request> unread;
    if (answered.by.empty() && !request.cut && request.conditions.empty() && !request.not_understood.empty()) {
        unread = request;
        request.conditions = {{.kind = features::ConditionKind::described, .value = wanted.text, .words = wanted.text}};
        request.not_understood.clear();
    }
    answered.answer = features::answer(backend.context.store, index.get(), request, params, &backend.songs);
    if (unread && answered.answer.tracks.empty()) {
        request = std::move(*unread);
        answered.answer = {};
    }
    return answered;
}

/// Why there is no list; empty where there is one.
std::string why_empty(const Answered& answered) {
    if (!answered.answer.tracks.empty()) return "";
    const features::Request& request = answered.request;
    if (request.conditions.empty() && !request.not_understood.empty()) return "None of these words is understood.";
    return "No track of the library fits.";
}

std::size_t tracks_in(const json::object& answer) {
    for (const char* name : {"tracks", "query_results"}) {
        const json::value* tracks = answer.if_contains(name);
        if (tracks != nullptr && tracks->is_array()) return tracks->get_array().size();
    }
    return 0;
}

using Make = std::function<json::object(const Tell& tell, const CancelToken& cancel)>;

/// An event stream of what is done for `make`, a line at a time, and at its end of what it gives, or why it cannot: as
/// AudioMuse-AI's chat streams. Kept among the recent requests, as `name`, when it has ended.
Response stream_of(Backend& backend, const Call& call, std::string_view name, Make make) {
    RecentRequest request = recent_request(call.request(), {}, name, unix_now(), 0);
    request.owner = listener_of(call);
    auto client = std::make_shared<EventClient>(EventClient::LibraryData());
    Response response = event_stream_response(client);
    std::get<EventStream>(response.body).work = [&backend, client, request = std::move(request),
                                                 make = std::move(make)](const CancelToken& cancel) {
        const double start = steady_now();
        RecentRequest done = request;
        const auto send = [&](json::object event) {
            event["t"] = rounded(steady_now() - start, 1);
            client->push({"", to_text(event)});
        };
        try {
            json::object made = make([&](const std::string& line) { send({{"type", "log"}, {"line", line}}); }, cancel);
            done.items = tracks_in(made);
            send({{"type", "done"}, {"response", std::move(made)}});
        } catch (...) {
            const Response failure = exception_response(std::current_exception(), request.route);
            done.status = failure.status;
            json::object event = parse_json(std::get<std::string>(failure.body)).as_object();
            event["type"] = "error";
            event["message"] = event["error"];
            send(std::move(event));
        }
        client->end();
        done.seconds = steady_now() - start;
        backend.requests.add(std::move(done));
    };
    return response;
}

void tell_nobody(const std::string&) {}

Response list_response(const json::object& answer) {
    Response response = json_response(200, answer);
    response.items = tracks_in(answer);
    return response;
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
            {"text", features::to_text(condition)},
            {"state", features::outcome_name(result.outcome)},
            {"tracks", result.tracks},
            {"note", result.note}};
}

json::object page_answer(Backend& backend, const WantedList& wanted, const Tell& tell, const CancelToken& cancel) {
    const Answered answered = answer_words(backend, wanted, tell, cancel);
    json::array conditions;
    for (const features::ConditionResult& result : answered.answer.conditions)
        conditions.push_back(condition_json(result));
    const std::vector<std::string>& not_understood = answered.request.not_understood;
    return {{"understood_by", answered.by.empty() ? "rules" : answered.by},
            {"why_rules", answered.why},
            {"steps", json::array(answered.steps.begin(), answered.steps.end())},
            {"conditions", std::move(conditions)},
            {"not_understood", json::array(not_understood.begin(), not_understood.end())},
            {"language", answered.request.language},
            {"cut", answered.request.cut},
            {"message", why_empty(answered)},
            {"tracks", track_cards(backend, backend.context.store.tracks().get(answered.answer.tracks))},
            {"total_duration_s", rounded(answered.answer.duration_s, 1)}};
}

/// What the page asks for. A model that the settings lack something for is no reason not to answer.
WantedList wanted_by_page(Backend& backend, std::string_view q, std::int64_t n, bool rules,
                          features::ListFilter filter) {
    if (trim(q).empty()) throw Error(ErrorCode::invalid_argument, "Missing 'q' parameter.");
    WantedList wanted{.text = std::string(q)};
    wanted.params = {.filter = std::move(filter), .n = static_cast<std::size_t>(n), .now = unix_now()};
    if (rules) return wanted;
    try {
        wanted.model = choose_model(*backend.context.settings.get());
    } catch (const Error& error) {
        wanted.model.why_not = error.what();
    }
    return wanted;
}

WantedList wanted_by_body(Backend& backend, const Call& call) {
    const json::object body = call.body();
    const json::value* n = body.if_contains("n");
    const json::value* rules = body.if_contains("rules");
    WantedList wanted = wanted_by_page(backend, text_field(body, "q"), n ? n->get_int64() : kTracksForPage,
                                       rules != nullptr && rules->get_bool(), read_filter(backend, call));
    const json::value* without = body.if_contains("without");
    if (without == nullptr) return wanted;
    for (const json::value& each : without->get_array()) {
        if (!each.is_string()) throw Error(ErrorCode::invalid_argument, "'without' must be a list of texts.");
        wanted.without.emplace_back(each.get_string());
    }
    return wanted;
}

Response library_ask(Backend& backend, const Call& call) {
    const WantedList wanted = wanted_by_page(backend, call.text("q"), call.integer("n"),
                                             call.boolean("rules").value_or(false), read_filter(backend, call));
    return list_response(page_answer(backend, wanted, tell_nobody, backend.stopping.token()));
}

Response library_ask_body(Backend& backend, const Call& call) {
    return list_response(page_answer(backend, wanted_by_body(backend, call), tell_nobody, backend.stopping.token()));
}

Response library_ask_stream(Backend& backend, const Call& call) {
    return stream_of(backend, call, "library_ask_stream",
                     [&backend, wanted = wanted_by_body(backend, call)](const Tell& tell, const CancelToken& cancel) {
                         return page_answer(backend, wanted, tell, cancel);
                     });
}

// --- AudioMuse-AI's routes

/// As AudioMuse-AI writes the names of providers.
std::string upper_case(std::string_view text) {
    std::string name(text);
    for (char& c : name)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return name;
}

std::string provider_code(language::Provider provider) {
    return provider == language::Provider::openai ? "OPENAI" : upper_case(language::provider_name(provider));
}

Response chat_config_defaults(Backend& backend, const Call&) {
    const auto snapshot = backend.context.settings.get();
    const settings::Settings& settings = *snapshot;
    // Addresses of other machines are not for everybody who can reach this one.
    return json_response(200, {{"default_ai_provider", upper_case(settings.ai_model_provider)},
                               {"default_ollama_model_name", settings.ollama_model_name},
                               {"ollama_server_url", ""},
                               {"default_openai_model_name", settings.openai_model_name},
                               {"openai_server_url", ""},
                               {"default_gemini_model_name", settings.gemini_model_name},
                               {"default_mistral_model_name", settings.mistral_model_name}});
}

/// What became of a request, a line for each thing.
std::string told(const Answered& answered) {
    std::vector<std::string> lines = answered.steps;
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

/// What a client of the chat asks for, and for which media server.
struct ChatWanted {
    WantedList wanted;
    std::optional<ServerId> server;
    std::string refusal = {};  ///< why the model that it names can't be asked
};

ChatWanted wanted_by_chat(Backend& backend, const Call& call) {
    const json::object body = call.body();
    const auto given = [&](std::string_view name) {
        return body.if_contains(name) ? std::string(trim(text_field(body, name))) : std::string();
    };
    ChatWanted chat{.wanted = {.text = std::string(text_field(body, "userInput"))},
                    .server = selected_server(backend, call)};
    if (trim(chat.wanted.text).empty()) throw Error(ErrorCode::invalid_argument, "Missing userInput in request");
    features::AnswerParams& params = chat.wanted.params;
    params = {.filter = read_filter(backend, call), .n = kTracksForChat, .now = unix_now()};
    if (chat.server) params.filter.criteria.server = chat.server;
    try {
        chat.wanted.model = choose_model(*backend.context.settings.get(), given("ai_provider"), given("ai_model"));
    } catch (const Error& error) {
        if (error.code() != ErrorCode::invalid_argument) throw;
        chat.refusal = error.what();
    }
    return chat;
}

json::object chat_answer(Backend& backend, const ChatWanted& chat, const Tell& tell, const CancelToken& cancel) {
    const Answered answered = answer_words(backend, chat.wanted, tell, cancel);
    std::vector<store::TrackRow> rows = backend.context.store.tracks().get(answered.answer.tracks);
    speak_ids_of(backend, chat.server, rows);
    json::array results;
    for (const store::TrackRow& row : rows) {
        json::object line = track_line(row);
        line["artist"] = std::move(line["author"]);
        line.erase("author");
        results.push_back(std::move(line));
    }
    const std::vector<std::string> understood = meanings(answered.request);
    const auto& access = chat.wanted.model.access;
    const bool by_model = !answered.by.empty();
    return {{"message", told(answered)},
            {"original_request", chat.wanted.text},
            {"ai_provider_used", by_model ? provider_code(access->provider) : kNoProvider},
            {"ai_model_selected", by_model ? json::value(access->model) : json::value(nullptr)},
            {"executed_query", understood.empty() ? json::value(nullptr) : json::value(join(understood, "; "))},
            {"query_results", results.empty() ? json::value(nullptr) : json::value(std::move(results))}};
}

Response chat_refusal(const ChatWanted& chat) {
    return json_response(400, {{"error", chat.refusal},
                               {"error_code", code_name(ErrorCode::invalid_argument)},
                               {"response",
                                {{"message", chat.refusal},
                                 {"original_request", chat.wanted.text},
                                 {"ai_provider_used", kNoProvider},
                                 {"ai_model_selected", nullptr},
                                 {"executed_query", nullptr},
                                 {"query_results", nullptr}}}});
}

Response chat_playlist(Backend& backend, const Call& call) {
    const ChatWanted chat = wanted_by_chat(backend, call);
    if (!chat.refusal.empty()) return chat_refusal(chat);
    json::object answer = chat_answer(backend, chat, tell_nobody, backend.stopping.token());
    const std::size_t count = tracks_in(answer);
    Response response = json_response(200, {{"response", std::move(answer)}});
    response.items = count;
    return response;
}

Response chat_playlist_stream(Backend& backend, const Call& call) {
    ChatWanted chat = wanted_by_chat(backend, call);
    if (!chat.refusal.empty()) return chat_refusal(chat);
    return stream_of(backend, call, "chat_playlist_stream",
                     [&backend, chat = std::move(chat)](const Tell& tell, const CancelToken& cancel) {
                         return chat_answer(backend, chat, tell, cancel);
                     });
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
                 .maximum = static_cast<double>(features::kMostTracks)},
                {.name = "rules",
                 .in = in,
                 .type = boolean,
                 .help = "true: understood by the rules, without the language model of the settings."}};
    };
    const auto body_fields = [&] {
        std::vector<Param> params = fields(In::body);
        params.push_back({.name = "without",
                          .in = In::body,
                          .type = array,
                          .help = "Conditions that are not to count, as kind, degree and value: \"genre not metal\"."});
        return with_body_filter(std::move(params));
    };
    const auto chat_fields = [] {
        return with_server(with_body_filter(
            {{.name = "userInput", .in = In::body, .help = "What is wanted, in plain words; must be given."},
             {.name = "ai_provider",
              .in = In::body,
              .help = "NONE, OLLAMA, OPENAI, GEMINI or MISTRAL; default from the settings, whose addresses and keys "
                      "are the only ones that count. With NONE in the settings no model is asked."},
             {.name = "ai_model", .in = In::body, .help = "Its model; default from the settings."}}));
    };
    return {
        {Method::get, "/chat/api/config_defaults", "chat_config_defaults", chat_config_defaults, Right::read, {}},
        {Method::post, "/chat/api/chatPlaylist", "chat_playlist", chat_playlist, Right::read, chat_fields(), kWaits},
        {Method::post, "/chat/api/chatPlaylistStream", "chat_playlist_stream", chat_playlist_stream, Right::read,
         chat_fields(), kWaits},
        {Method::get, "/api/library/ask", "library_ask", library_ask, Right::read, with_filter(fields(In::query)),
         kWaits},
        {Method::post, "/api/library/ask", "library_ask_body", library_ask_body, Right::read, body_fields(), kWaits},
        {Method::post, "/api/library/ask/stream", "library_ask_stream", library_ask_stream, Right::read, body_fields(),
         kWaits},
    };
}

}  // namespace audiomuse::api
