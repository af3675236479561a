// Search by text with CLAP, whose files are made here; without it, tests/contract/text_search.json.
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <thread>

#include "audiomuse/features/text_search/text_branch.h"
#include "audiomuse/models/clap.h"
#include "service.h"
#include "support/clap_files.h"
#include "test_library.h"

namespace audiomuse::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TextSearch : public ::testing::Test {
protected:
    Context context() { return library.context(); }
    json::object ask(Service& service, const json::object& body, int status = 200) {
        const Response response = service.handle(make_request(
            Method::post, "/api/clap/search", {{"content-type", "application/json"}}, json::serialize(body)));
        EXPECT_EQ(response.status, status);
        return json::parse(std::get<std::string>(response.body)).as_object();
    }
    json::object call(Service& service, Method method, const std::string& path, int status = 200) {
        const Response response = service.handle(make_request(method, path));
        EXPECT_EQ(response.status, status) << path;
        return json::parse(std::get<std::string>(response.body)).as_object();
    }
    static std::vector<std::string> ids_of(const json::object& answer) {
        std::vector<std::string> ids;
        for (const json::value& line : answer.at("results").as_array())
            ids.emplace_back(line.at("item_id").as_string());
        return ids;
    }

    testing::TestLibrary library;
    const std::vector<Embedding> vectors = library.install_clap();  ///< of track i + 1
    index::LiveIndex& sounds = library.sounds;
    double& now = library.now;
    features::TextBranch& texts = *library.texts;
};

TEST_F(TextSearch, GivesTheNearestWithTheirCosines) {
    Service service(context(), {});
    const json::object answer = ask(service, {{"query", " bass "}, {"limit", 4}});
    EXPECT_EQ(answer.at("query"), "bass");
    EXPECT_EQ(answer.at("understood_by"), "sound");
    EXPECT_EQ(answer.at("count"), 4);
    const Embedding text = models::open_clap_text({library.folder.path(), {}})->embed("bass");
    std::vector<std::pair<double, int>> expected;  // by brute force
    for (int i = 0; i < 10; ++i) {
        double dot = 0;
        double squares = 0;
        for (std::size_t k = 0; k < text.size(); ++k) {
            dot += static_cast<double>(text[k]) * static_cast<double>(vectors[i][k]);
            squares += static_cast<double>(vectors[i][k]) * static_cast<double>(vectors[i][k]);
        }
        expected.emplace_back(-dot / std::sqrt(squares), i + 1);
    }
    std::sort(expected.begin(), expected.end());
    const json::array& results = answer.at("results").as_array();
    ASSERT_EQ(results.size(), 4U);
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_EQ(ids_of(answer)[i], std::to_string(expected[i].second));
        EXPECT_NEAR(results[i].at("similarity").to_number<double>(), -expected[i].first, 1e-3);
    }
    EXPECT_EQ(results[0].at("author"), "The Paper Kites");
    EXPECT_THAT(ids_of(ask(service, {{"query", "middle"}, {"limit", "3"}})), ElementsAre("4", "5", "6"));
    EXPECT_EQ(ask(service, {{"query", "treble"}}).at("count"), 10) << "there is no threshold";
}

TEST_F(TextSearch, ObeysFilters) {
    Service service(context(), {});
    EXPECT_THAT(ids_of(ask(service, {{"query", "bass"}, {"filter", {{"year_from", 1994}, {"year_to", 1996}}}})),
                ElementsAre("4", "5", "6"));
}

TEST_F(TextSearch, WordsStepInWhereClapCannot) {
    {
        Service service(context(), {});
        sounds.swap(nullptr);
        EXPECT_EQ(ask(service, {{"query", "some jazz"}}).at("understood_by"), "words");
        EXPECT_FALSE(texts.state().loaded) << "nothing was heard: there is nothing to compare with";
    }
    sounds.swap(index::create_index(3));
    sounds.get()->add(1, std::vector<float>{1, 0, 0});
    Service service(context(), {});
    EXPECT_EQ(ask(service, {{"query", "some jazz"}}).at("understood_by"), "words") << "vectors of another CLAP";
    texts.look();
    std::ofstream(library.folder / "clap_text_model.onnx") << "broken";
    now += 1000;
    texts.look();
    const json::object answer = ask(service, {{"query", "some jazz"}});
    EXPECT_EQ(answer.at("understood_by"), "words");
    EXPECT_EQ(answer.at("count"), 3);
    EXPECT_EQ(call(service, Method::post, "/api/clap/warmup").at("loaded"), false);
}

TEST_F(TextSearch, TheTextBranchIsWarmedUpAndGivenUp) {
    Service service(context(), {});
    EXPECT_EQ(call(service, Method::get, "/api/clap/warmup/status").at("active"), false);
    const json::object warm = call(service, Method::post, "/api/clap/warmup");
    EXPECT_EQ(warm, (json::object{{"loaded", true}, {"expiry_seconds", 300}}));
    now += 200;
    EXPECT_EQ(call(service, Method::get, "/api/clap/warmup/status"),
              (json::object{{"active", true}, {"seconds_remaining", 100}}));
    ask(service, {{"query", "bass"}});
    EXPECT_EQ(call(service, Method::get, "/api/clap/warmup/status").at("seconds_remaining"), 300);
    now += 300;
    texts.look();
    EXPECT_EQ(call(service, Method::get, "/api/clap/warmup/status"),
              (json::object{{"active", false}, {"seconds_remaining", 0}}));
}

TEST_F(TextSearch, TellsWhatIsThere) {
    Service service(context(), {});
    json::object stats = call(service, Method::get, "/api/clap/stats");
    EXPECT_EQ(stats.at("loaded"), true);
    EXPECT_EQ(stats.at("song_count"), 10);
    EXPECT_EQ(stats.at("embedding_dimension"), 512);
    EXPECT_GT(stats.at("memory_mb").to_number<double>(), 0);
    EXPECT_EQ(stats.at("clap_enabled"), true);
    const json::object refreshed = call(service, Method::post, "/api/clap/cache/refresh");
    EXPECT_EQ(refreshed.at("success"), true);
    EXPECT_EQ(refreshed.at("stats"), stats);
}

TEST_F(TextSearch, SuggestsDescriptions) {
    Service service(context(), {});
    json::object answer = call(service, Method::get, "/api/clap/top_queries");
    for (int i = 0; answer.at("ready") == false && i < 1200; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
        answer = call(service, Method::get, "/api/clap/top_queries");
    }
    EXPECT_EQ(answer.at("ready"), true);
    const json::array& queries = answer.at("queries").as_array();
    ASSERT_EQ(queries.size(), 50U);
    // The text branch of this test knows three words, of which the vocabulary has one.
    EXPECT_THAT(std::string(queries[0].as_string()), HasSubstr("bass"));
}

TEST_F(TextSearch, CanBeTurnedOff) {
    library.settings.clap_enabled = false;
    Service service(library.context(), {});
    EXPECT_EQ(call(service, Method::post, "/api/clap/warmup", 400),
              (json::object{{"error", "CLAP is disabled"}, {"loaded", false}}));
    EXPECT_EQ(call(service, Method::post, "/api/clap/cache/refresh", 400),
              (json::object{{"error", "CLAP is disabled"}}));
    EXPECT_EQ(call(service, Method::get, "/api/clap/top_queries"),
              (json::object{{"queries", json::array()}, {"ready", false}, {"message", "CLAP is disabled"}}));
    EXPECT_EQ(call(service, Method::get, "/api/clap/stats").at("clap_enabled"), false);
    EXPECT_EQ(ask(service, {{"query", "some jazz"}}).at("understood_by"), "words");
}

}  // namespace
}  // namespace audiomuse::api
