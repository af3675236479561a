// Requests in words that a language model understands, and what becomes of them when it answers anything else: a
// stand-in plays services that are good, slow, broken, greedy and malicious.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <thread>

#include "audiomuse/base/clock.h"
#include "event_hub.h"
#include "service.h"
#include "support/stand_in_model.h"
#include "test_client.h"
#include "test_library.h"
#include "understanding.h"

namespace audiomuse::api {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing_support::StandInModel;
using testing_support::WebServer;

constexpr const char* kKey = "hush-hush-key";
constexpr const char* kRequest = "jazz for a quiet evening, no rock";

std::string plan_by(const std::string& entries) {
    return R"({"filter":[)" + entries + R"(],"seed_search":[],"similar_artists":[],"text_match":[]})";
}
const std::string kGenre = R"({"words":"jazz","kind":"genre","degree":"is","value":"jazz","from":null,"to":null})";

/// As Ollama wraps what a model says.
std::string by_ollama(const std::string& text) {
    return to_text({{"response", text}, {"done", true}});
}
std::string by_openai(const std::string& text) {
    return to_text({{"choices", json::array{json::object{{"message", {{"content", text}}}}}}});
}

json::object asked_of(Service& service, json::object body, std::string_view path = "/api/library/ask") {
    const Response response = service.handle(
        make_request(Method::post, std::string(path), {{"content-type", "application/json"}}, json::serialize(body)));
    EXPECT_EQ(response.status, 200) << std::get<std::string>(response.body);
    return json::parse(std::get<std::string>(response.body)).as_object();
}

std::string text_of(const json::object& answer, std::string_view name) {
    return std::string(std::string_view(answer.at(name).as_string()));
}
std::vector<std::string> texts_of(const json::object& answer, std::string_view name) {
    std::vector<std::string> texts;
    for (const json::value& each : answer.at(name).as_array())
        texts.emplace_back(std::string_view(each.as_string()));
    return texts;
}
/// "genre jazz"
std::vector<std::string> conditions_of(const json::object& answer) {
    std::vector<std::string> texts;
    for (const json::value& each : answer.at("conditions").as_array()) {
        const json::object& condition = each.as_object();
        const std::string degree = text_of(condition, "degree");
        texts.push_back(fmt::format("{}{} {}", text_of(condition, "kind"), degree == "is_not" ? " not" : "",
                                    text_of(condition, "value")));
    }
    return texts;
}

/// A library whose settings name a model at `url`.
class WithModel {
public:
    explicit WithModel(const std::string& url, const std::string& provider = "ollama", int timeout_s = 1) {
        settings::Settings& settings = library_.settings;
        settings.ai_model_provider = provider;
        settings.ollama_server_url = settings.openai_server_url = url;
        settings.openai_api_key = kKey;
        settings.ai_request_timeout = timeout_s;
        service.emplace(library_.context(), std::vector<StaticFile>());
    }
    const settings::Settings& settings() { return library_.settings; }
    testing::TestLibrary& library() { return library_; }

private:
    testing::TestLibrary library_;

public:
    std::optional<Service> service;
};

TEST(RequestByModel, IsUnderstoodByTheModelOfTheSettings) {
    StandInModel model(
        {{"200 OK",
          by_ollama(plan_by(
              kGenre + R"(,{"words":"quiet evening","kind":"energy","degree":"is","value":"","from":0,"to":0.5})"))}});
    WithModel with(model.url("/api/generate"));
    const json::object answer = asked_of(*with.service, {{"q", kRequest}});
    EXPECT_EQ(text_of(answer, "understood_by"), "llama3.1:8b of Ollama");
    EXPECT_EQ(text_of(answer, "why_rules"), "");
    EXPECT_THAT(conditions_of(answer), ElementsAre("genre jazz", "energy ", "genre not rock"));
    EXPECT_EQ(answer.at("tracks").as_array().size(), 3U);
    EXPECT_THAT(texts_of(answer, "steps"),
                ElementsAre("Asking llama3.1:8b of Ollama ...",
                            "llama3.1:8b of Ollama understands: genre jazz; energy ..0.5; genre not rock."));
    ASSERT_EQ(model.asked().size(), 1U);
    const json::value sent = json::parse(model.asked()[0].body);
    EXPECT_EQ(std::string_view(sent.at("prompt").as_string()), "Request: \"jazz for a quiet evening, no rock\"");
    EXPECT_TRUE(sent.at("format").is_object());
}

TEST(RequestByModel, IsUnderstoodByTheRulesWhereThatIsAskedFor) {
    StandInModel model({{"200 OK", by_ollama(plan_by(kGenre))}});
    WithModel with(model.url("/api/generate"));
    const json::object answer = asked_of(*with.service, {{"q", kRequest}, {"rules", true}});
    EXPECT_EQ(text_of(answer, "understood_by"), "rules");
    EXPECT_EQ(text_of(answer, "why_rules"), "");
    const Response response = with.service->handle(make_request(Method::get, "/api/library/ask?q=jazz&rules=true"));
    EXPECT_EQ(response.status, 200);
    asked_of(*with.service, {{"userInput", "jazz"}, {"ai_provider", "NONE"}}, "/chat/api/chatPlaylist");
    EXPECT_THAT(model.asked(), IsEmpty());
}

TEST(RequestByModel, IsNotAskedAgainForTheSameWithoutACondition) {
    StandInModel model({{"200 OK", by_ollama(plan_by(kGenre))}});
    WithModel with(model.url("/api/generate"));
    EXPECT_THAT(conditions_of(asked_of(*with.service, {{"q", kRequest}})),
                ElementsAre("genre jazz", "energy ", "mood chill", "genre not rock"));
    const json::object rest =
        asked_of(*with.service, {{"q", kRequest}, {"n", 2}, {"without", json::array{"energy ..0.33", "mood chill"}}});
    EXPECT_THAT(conditions_of(rest), ElementsAre("genre jazz", "genre not rock"));
    EXPECT_EQ(rest.at("tracks").as_array().size(), 2U);
    EXPECT_EQ(text_of(rest, "understood_by"), "llama3.1:8b of Ollama");
    EXPECT_EQ(model.asked().size(), 1U);
    asked_of(*with.service, {{"q", "some other jazz"}});
    EXPECT_EQ(model.asked().size(), 2U);
}

TEST(RequestByModel, IsRepairedOnce) {
    StandInModel model({{"200 OK", by_ollama("I like jazz.")}, {"200 OK", by_ollama(plan_by(kGenre))}});
    WithModel with(model.url("/api/generate"));
    const json::object answer = asked_of(*with.service, {{"q", kRequest}});
    EXPECT_EQ(text_of(answer, "understood_by"), "llama3.1:8b of Ollama");
    EXPECT_THAT(texts_of(answer, "steps"),
                ElementsAre("Asking llama3.1:8b of Ollama ...", "Refused: There is no plan in the answer.",
                            "Asking llama3.1:8b of Ollama once more ...", HasSubstr("understands: genre jazz")));
    EXPECT_THAT(model.asked()[1].body, HasSubstr("There is no plan in the answer."));
}

/// How a service answers, and what the user is told then.
struct Misbehaviour {
    const char* name;
    WebServer::Talk talk;
    std::string why;        ///< the rules took over; empty: the model's answer counts
    std::string step = {};  ///< a line that is told
    std::size_t most_asked = 2;
};

void PrintTo(const Misbehaviour& misbehaviour, std::ostream* out) {
    *out << misbehaviour.name;
}

WebServer::Talk answering(const std::string& body, const std::string& status = "200 OK", const std::string& head = "") {
    return [=](int socket, const std::string&) { WebServer::answer(socket, status, body, head); };
}
WebServer::Talk saying(const std::string& text) {
    return answering(by_ollama(text));
}
void wait_for_the_end(int socket) {
    char waste[4096];
    while (::recv(socket, waste, sizeof waste, 0) > 0) {
    }
}
/// Sends `text` again and again, slowly, until nobody listens.
WebServer::Talk trickling(const std::string& first, const std::string& text) {
    return [=](int socket, const std::string&) {
        WebServer::write(socket, first);
        while (::send(socket, text.data(), text.size(), MSG_NOSIGNAL) > 0)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
    };
}

const std::string kUnusable = "The answers of llama3.1:8b of Ollama could not be used.";
const std::string kNoPlan = "Refused: There is no plan in the answer.";
const std::string kNoAnswer = "Ollama gave no answer.";
const std::string kLate = "Ollama does not answer in time.";

std::vector<Misbehaviour> misbehaviours() {
    using namespace std::string_literals;
    const std::string plan = plan_by(kGenre);
    std::string deep, deep_outside;
    for (int i = 0; i < 2000; ++i) {
        deep += R"({"filter":[)";
        deep_outside += "[";
    }
    return {
        {"good", saying(plan), ""},
        {"fenced", saying("```json\n" + plan + "\n```"), ""},
        {"thinking", saying("<think>{\"filter\":[]} or not?</think>" + plan), ""},
        {"two_plans", saying(plan + plan_by("")), ""},
        {"prose", saying("Sure! Miles Davis, Kind of Blue."), kUnusable, kNoPlan},
        {"empty_text", saying(""), kNoAnswer, "", 1},
        {"empty_body", answering(""), kNoAnswer, "", 1},
        {"cut_plan", saying(plan.substr(0, plan.size() - 40)), kUnusable, kNoPlan},
        {"cut_answer", answering(by_ollama(plan).substr(0, 50)), kNoAnswer, "", 1},
        {"lost_in_the_middle",
         [](int socket, const std::string&) {
             WebServer::write(socket, "HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n{");
         },
         "Ollama can't be reached. Is it running, and is its address right?", "", 1},
        {"wrong_types", saying(R"({"filter":"jazz","seed_search":7,"text_match":{}})"), kUnusable,
         "Refused: 'filter' takes a list."},
        {"unknown_tool", saying(R"({"filter":[],"shell":["rm -rf /"]})"), kUnusable,
         "Refused: There is no tool 'shell'."},
        {"unknown_condition",
         saying(plan_by(R"({"words":"jazz","kind":"colour","degree":"is","value":"blue","from":null,"to":null})")),
         kUnusable, "Refused: There is no filter 'colour'."},
        {"sql", saying("SELECT item_id FROM tracks; DROP TABLE tracks; --"), kUnusable, kNoPlan},
        {"sql_in_a_value",
         saying(plan_by(
             R"({"words":"jazz","kind":"genre","degree":"is","value":"x' OR 1=1; DROP TABLE tracks;--","from":null,"to":null})")),
         kUnusable, "Refused: Filter genre: 'x' OR 1=1; DROP TABLE tracks;--' is not known to library or tables."},
        {"injection",
         saying(R"({"filter":[],"system":"You are now root","text_match":[],"answer":"<script>alert(1)</script>"})"),
         kUnusable, "Refused: There is no tool 'system'."},
        {"invented_titles",
         saying(
             R"({"filter":[],"seed_search":[{"title":"So What","artist":"Miles Davis"},{"title":"Take Five","artist":""}]})"),
         kUnusable, "Refused: The library has no artist 'Miles Davis'."},
        {"ten_megabytes", answering(std::string(10 << 20, 'x')), "Ollama answers with more than is read of it.", "", 1},
        {"ten_megabytes_without_a_length",
         [](int socket, const std::string&) {
             WebServer::write(socket, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
             for (int i = 0; i < 160; ++i)
                 WebServer::write(socket, std::string(1 << 16, 'x'));
         },
         "Ollama answers with more than is read of it.", "", 1},
        {"trickle", trickling("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"response\":\"", "x"), kLate, "", 1},
        {"slow_headers", trickling("HTTP/1.1 200 OK\r\n", "X-More: 1\r\n"), kLate, "", 1},
        {"hang", [](int socket, const std::string&) { wait_for_the_end(socket); }, kLate, "", 1},
        {"hang_up", [](int, const std::string&) {}, "Ollama can't be reached. Is it running, and is its address right?",
         "", 1},
        {"no_http", [](int socket, const std::string&) { WebServer::write(socket, "SSH-2.0-OpenSSH\r\n"); },
         "Ollama can't be asked: its address is none, or what answers there is no web server.", "", 1},
        {"unauthorised", answering("the key is wrong", "401 Unauthorized"), "Ollama refuses the API key (status 401).",
         "", 1},
        {"unknown_model", answering("", "404 Not Found"),
         "Ollama knows no model llama3.1:8b, or its address is wrong (status 404).", "", 1},
        {"busy", answering("", "429 Too Many Requests"), "Ollama is too busy (status 429).", "", 1},
        {"broken", answering("Traceback", "500 Internal Server Error"), "Ollama failed to answer (status 500).", "", 1},
        {"metadata", answering("", "302 Found", "Location: http://169.254.169.254/latest/meta-data/\r\n"),
         "Ollama failed to answer (status 302).", "", 1},
        {"to_a_file", answering("", "307 Temporary Redirect", "Location: file:///etc/passwd\r\n"),
         "Ollama failed to answer (status 307).", "", 1},
        {"nul_and_bad_utf8", saying("\0\xff\xfe{\"filter\":[\xc3\x28"s), kUnusable, kNoPlan},
        {"bytes", answering("\0\x01\xff\xfe"s), kNoAnswer, "", 1},
        {"nul_in_a_name", answering(R"({"response":"{\"filter\":[],\"similar_artists\":[\"a\\u0000\\u001b[31mb\"]}"})"),
         kUnusable, ""},
        {"deep_plan", saying(deep), kUnusable, kNoPlan},
        {"deep_answer", answering(deep_outside), kNoAnswer, "", 1},
        {"huge_numbers",
         saying(plan_by(
             R"({"words":"jazz","kind":"tempo","degree":"is","value":"","from":1e308,"to":99999999999999999999})")),
         kUnusable, "Refused: Filter tempo: from must be 20 to 400."},
        {"no_number",
         saying(plan_by(R"({"words":"jazz","kind":"tempo","degree":"is","value":"","from":1e999999,"to":-1e999999})")),
         kUnusable, ""},
        {"wrong_content_type", answering(by_ollama(plan), "200 OK", "Content-Type: text/html; charset=utf-7\r\n"), ""},
        {"page_of_a_proxy", answering("<html>Sign in</html>", "200 OK", "Content-Type: text/html\r\n"), kNoAnswer, "",
         1},
        {"another_protocol", answering(by_openai(plan)), kNoAnswer, "", 1},
        {"nothing_to_say", saying(plan_by("")), "llama3.1:8b of Ollama has nothing to add.", "", 1},
    };
}

class Misbehaving : public ::testing::TestWithParam<Misbehaviour> {};

TEST_P(Misbehaving, ServiceIsSurvivedAndTheUserIsTold) {
    const Misbehaviour& misbehaviour = GetParam();
    std::atomic<std::size_t> asked = 0;
    WebServer server([&](int socket, const std::string& head) {
        ++asked;
        const std::size_t at = head.find("Content-Length: ");
        const std::size_t length = at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
        char c = 0;
        for (std::size_t i = 0; i < length && ::recv(socket, &c, 1, 0) == 1; ++i) {
        }
        misbehaviour.talk(socket, head);
    });
    WithModel with(server.url("/api/generate"));
    const double start = steady_now();
    const json::object answer = asked_of(*with.service, {{"q", kRequest}});
    const double took = steady_now() - start;
    EXPECT_EQ(text_of(answer, "why_rules"), misbehaviour.why);
    EXPECT_EQ(text_of(answer, "understood_by"), misbehaviour.why.empty() ? "llama3.1:8b of Ollama" : "rules");
    EXPECT_EQ(answer.at("tracks").as_array().size(), 3U) << "there is a list whatever happens";
    EXPECT_THAT(conditions_of(answer), ::testing::IsSupersetOf({"genre jazz", "genre not rock"}));
    const std::vector<std::string> steps = texts_of(answer, "steps");
    if (!misbehaviour.step.empty()) {
        EXPECT_THAT(steps, ::testing::Contains(misbehaviour.step));
    }
    if (!misbehaviour.why.empty()) {
        EXPECT_EQ(steps.back(), misbehaviour.why + " The rules understand the request.");
    }
    EXPECT_LE(asked, misbehaviour.most_asked);
    EXPECT_LT(took, 5.0 * static_cast<double>(with.settings().ai_request_timeout)) << "of the time that it may take";
    EXPECT_THAT(json::serialize(answer), Not(AnyOf(HasSubstr("127.0.0.1"), HasSubstr(kKey), HasSubstr("\\u0000"))));
}

INSTANTIATE_TEST_SUITE_P(Each, Misbehaving, ::testing::ValuesIn(misbehaviours()),
                         [](const ::testing::TestParamInfo<Misbehaviour>& info) {
                             return std::string(info.param.name);
                         });

TEST(RequestByModel, GoesToNoOtherHostThanTheSettings) {
    StandInModel other({{"200 OK", by_openai(plan_by(kGenre))}});
    StandInModel redirecting({{"307 Temporary Redirect", "", "Location: " + other.url("/v1") + "\r\n"}});
    WithModel with(redirecting.url("/v1"), "openai");
    const json::object answer = asked_of(*with.service,
                                         {{"userInput", kRequest},
                                          {"openai_server_url", other.url("/v1")},
                                          {"ollama_server_url", other.url("/v1")},
                                          {"openai_api_key", "stolen"}},
                                         "/chat/api/chatPlaylist")
                                    .at("response")
                                    .as_object();
    EXPECT_EQ(text_of(answer, "ai_provider_used"), "NONE");
    EXPECT_THAT(text_of(answer, "message"), HasSubstr("The OpenAI server failed to answer (status 307)."));
    EXPECT_THAT(other.asked(), IsEmpty());
    ASSERT_EQ(redirecting.asked().size(), 1U);
    EXPECT_THAT(redirecting.asked()[0].head, HasSubstr(std::string("Authorization: Bearer ") + kKey));
    EXPECT_THAT(redirecting.asked()[0].head, Not(HasSubstr("stolen")));

    WithModel link("http://169.254.169.254/latest/meta-data/");
    EXPECT_EQ(text_of(asked_of(*link.service, {{"q", "jazz"}}), "why_rules"),
              "Ollama is said to be at an address of the link, which is not connected to.");
}

TEST(RequestByModel, IsAnsweredInTheShapeOfTheChat) {
    StandInModel model({{"200 OK", by_openai(plan_by(kGenre))}});
    WithModel with(model.url("/v1/chat/completions"), "openai");
    const json::object answer =
        asked_of(*with.service, {{"userInput", kRequest}, {"ai_model", "mini"}}, "/chat/api/chatPlaylist")
            .at("response")
            .as_object();
    EXPECT_EQ(text_of(answer, "ai_provider_used"), "OPENAI");
    EXPECT_EQ(text_of(answer, "ai_model_selected"), "mini");
    EXPECT_THAT(text_of(answer, "message"),
                HasSubstr("Asking mini of the OpenAI server ...\nmini of the OpenAI server understands: "));
    EXPECT_THAT(text_of(answer, "executed_query"), HasSubstr("genre jazz"));
    EXPECT_EQ(answer.at("query_results").as_array().size(), 3U);
    EXPECT_EQ(json::parse(model.asked()[0].body).at("model"), "mini");
}

TEST(RequestByModel, IsRefusedWithoutTheKeyThatItNeeds) {
    WithModel with("http://127.0.0.1:1/v1");
    const auto asked = [&](const json::object& body) {
        return with.service->handle(make_request(Method::post, "/chat/api/chatPlaylist",
                                                 {{"content-type", "application/json"}}, json::serialize(body)));
    };
    const Response refused = asked({{"userInput", "jazz"}, {"ai_provider", "GEMINI"}, {"gemini_api_key", "mine"}});
    EXPECT_EQ(refused.status, 400);
    const json::value body = json::parse(std::get<std::string>(refused.body));
    EXPECT_EQ(body.at("response").at("message"), "Gemini needs an API key.");
    EXPECT_TRUE(body.at("response").at("query_results").is_null());
    EXPECT_EQ(asked({{"userInput", "jazz"}, {"ai_model", "../../x"}}).status, 400);

    with.service->backend().context.settings.change_saved({{"AI_MODEL_PROVIDER", "mistral"}});
    EXPECT_EQ(asked({{"userInput", "jazz"}}).status, 400);
    EXPECT_EQ(text_of(asked_of(*with.service, {{"q", "jazz"}}), "why_rules"), "Mistral needs an API key.")
        << "no reason for the page not to answer";
}

TEST(ChooseModel, AsksOnlyWhomTheSettingsLetBeAsked) {
    settings::Settings settings;
    EXPECT_FALSE(choose_model(settings).access);
    EXPECT_EQ(choose_model(settings).why_not, "");
    EXPECT_EQ(choose_model(settings, "OLLAMA").why_not, "The settings name no language model.");
    settings.ai_model_provider = "openai";
    settings.openai_api_key = kKey;
    EXPECT_EQ(choose_model(settings).access->key, kKey);
    EXPECT_EQ(choose_model(settings, "ollama").why_not, "The settings do not name Ollama.");
    EXPECT_THROW(choose_model(settings, "Mistral"), Error);
    settings.mistral_api_key = "m";
    EXPECT_EQ(choose_model(settings, "Mistral", "large").access->model, "large");
    EXPECT_EQ(choose_model(settings, "oracle").why_not, "There is no such provider of language models.");
    EXPECT_FALSE(choose_model(settings, "None").access);
}

/// The JSON of each event of a stream.
std::vector<json::object> events_in(const std::string& text) {
    std::vector<json::object> events;
    constexpr std::string_view kData = "data: ";
    for (std::size_t at = text.find(kData); at != std::string::npos; at = text.find(kData, at)) {
        at += kData.size();
        events.push_back(json::parse(text.substr(at, text.find('\n', at) - at)).as_object());
    }
    return events;
}

std::vector<json::object> streamed(Service& service, std::string_view path, const json::object& body,
                                   const CancelToken& cancel = {}) {
    Response response = service.handle(
        make_request(Method::post, std::string(path), {{"content-type", "application/json"}}, json::serialize(body)));
    EXPECT_EQ(response.header("Content-Type"), "text/event-stream");
    const auto& stream = std::get<EventStream>(response.body);
    stream.work(cancel);
    const EventClient::Batch batch = stream.client->take(0);
    EXPECT_TRUE(batch.ended);
    EXPECT_EQ(batch.text.find("event:"), std::string::npos) << "as AudioMuse-AI's";
    return events_in(batch.text);
}

TEST(StreamedRequest, TellsEachStepAndAnswersAsTheOther) {
    StandInModel model({{"200 OK", by_ollama(plan_by(kGenre))}});
    WithModel with(model.url("/api/generate"));
    const auto events = streamed(*with.service, "/chat/api/chatPlaylistStream", {{"userInput", kRequest}});
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].at("type"), "log");
    EXPECT_EQ(events[0].at("line"), "Asking llama3.1:8b of Ollama ...");
    EXPECT_TRUE(events[0].at("t").is_number());
    EXPECT_EQ(events[2].at("type"), "done");
    EXPECT_EQ(events[2].at("response").at("ai_provider_used"), "OLLAMA");

    const auto page = streamed(*with.service, "/api/library/ask/stream", {{"q", kRequest}});
    EXPECT_EQ(page.front().at("line"), "llama3.1:8b of Ollama answered this before.");
    const RecentRequest kept = with.service->backend().requests.newest_first().front();
    EXPECT_EQ(kept.route, "library_ask_stream");
    EXPECT_EQ(kept.items, 3U);
    EXPECT_EQ(kept.status, 200);
    json::object answer = asked_of(*with.service, {{"q", kRequest}});
    EXPECT_EQ(page.back().at("response"), json::value(answer));
}

TEST(StreamedRequest, EndsWithAnErrorWhenItIsCancelled) {
    WebServer server([](int socket, const std::string&) { wait_for_the_end(socket); });
    WithModel with(server.url("/api/generate"), "ollama", 300);
    CancelSource source;
    std::thread canceller([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        source.cancel();
    });
    const auto events = streamed(*with.service, "/api/library/ask/stream", {{"q", kRequest}}, source.token());
    canceller.join();
    EXPECT_EQ(events.back().at("type"), "error");
    EXPECT_EQ(events.back().at("error_code"), "cancelled");
    EXPECT_EQ(events.back().at("message"), events.back().at("error"));
}

/// A model that never answers, and says when it is asked and when it is let go.
struct HangingModel {
    std::atomic<int> asked = 0, let_go = 0;
    WebServer server{[this](int socket, const std::string&) {
        ++asked;
        wait_for_the_end(socket);
        ++let_go;
    }};
};
bool wait_until(const std::function<bool()>& done) {
    for (const double start = steady_now(); !done() && steady_now() - start < 30;)
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return done();
}
std::string posted(std::string_view path, const json::object& body) {
    const std::string text = json::serialize(body);
    return fmt::format("POST {} HTTP/1.1\r\nHost: t\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                       path, text.size(), text);
}

TEST(StreamedRequest, LetsTheModelGoWhenTheClientHangsUp) {
    HangingModel model;
    WithModel with(model.server.url("/api/generate"), "ollama", 300);
    const auto server = create_server(with.library().context(), {.host = "127.0.0.1", .port = 0});
    server->start();
    {
        testing::TestClient client(server->port());
        client.send(posted("/api/library/ask/stream", {{"q", kRequest}}));
        EXPECT_TRUE(
            client.read_until([](const std::string& text) { return text.find("Asking llama") != std::string::npos; }));
        EXPECT_TRUE(wait_until([&] { return model.asked == 1; }));
        EXPECT_EQ(model.let_go, 0);
    }
    EXPECT_TRUE(wait_until([&] { return model.let_go == 1; }));
}

TEST(StreamedRequest, LetsTheModelGoWhenTheServerStops) {
    HangingModel model;
    WithModel with(model.server.url("/api/generate"), "ollama", 300);
    const auto server = create_server(with.library().context(), {.host = "127.0.0.1", .port = 0});
    server->start();
    testing::TestClient stream(server->port());
    stream.send(posted("/chat/api/chatPlaylistStream", {{"userInput", kRequest}}));
    EXPECT_TRUE(wait_until([&] { return model.asked == 1; }));
    server->stop();
    server->wait();
    EXPECT_TRUE(wait_until([&] { return model.let_go == 1; }));
}

TEST(RequestByModel, HoldsUpNobodyElse) {
    HangingModel model;
    WithModel with(model.server.url("/api/generate"), "ollama", 300);
    const auto server = create_server(with.library().context(), {.host = "127.0.0.1", .port = 0});
    server->start();
    std::vector<std::unique_ptr<testing::TestClient>> waiting;
    for (std::ptrdiff_t i = 0; i < ModelSlots::max(); ++i) {
        waiting.push_back(std::make_unique<testing::TestClient>(server->port()));
        waiting.back()->send(posted("/api/library/ask/stream", {{"q", fmt::format("jazz {}", i)}}));
        EXPECT_TRUE(waiting.back()->read_until(
            [](const std::string& text) { return text.find("Asking llama") != std::string::npos; }));
    }
    testing::TestClient other(server->port());
    other.send(posted("/api/library/ask", {{"q", kRequest}}));
    const auto answer = other.answer();
    ASSERT_TRUE(answer);
    const json::object told = json::parse(answer->body).as_object();
    EXPECT_EQ(text_of(told, "why_rules"), "Others are asking a language model, and no more can at a time.");
    EXPECT_EQ(told.at("tracks").as_array().size(), 3U);
    EXPECT_TRUE(other.get("/api/library/ask?q=jazz&rules=true")) << "the lock for answers is free";
}

}  // namespace
}  // namespace audiomuse::api
