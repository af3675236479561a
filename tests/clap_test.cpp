// Music found by what a text says of its sound, from the files of CLAP to the answer over HTTP: the program, the demo
// library, and a CLAP of a few kilobytes whose vectors are the levels of the bands that it hears.
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <map>
#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/store/store.h"
#include "support/clap_files.h"
#include "support/json_client.h"
#include "support/process.h"

namespace audiomuse {
namespace {

namespace json = boost::json;
using testing_support::audiomuse_program;
using testing_support::Finished;
using testing_support::Process;
using testing_support::TempFolder;

const ModelTag kMini{"audiomuse-mini", "1"};

class Clap : public testing::Test {
protected:
    std::filesystem::path data() const { return folder_ / "data"; }
    std::unique_ptr<store::Store> open_store() const { return store::open_sqlite(data() / "audiomuse.db"); }
    void scan() const {
        const Finished finished = testing_support::run(
            {audiomuse_program(), "scan", "--data", data(), "--music", AUDIOMUSE_DEMO_LIBRARY, "--model", "mini"});
        ASSERT_EQ(finished.status, 0) << finished.errors;
    }
    const TempFolder folder_;
    const int port_ = testing_support::free_port();
};

TEST_F(Clap, FindsTheDemoMusicByTexts) {
    std::filesystem::create_directories(data() / "models");
    scan();
    std::int64_t tracks = 0;
    {
        const auto store = open_store();
        tracks = store->analyses().coverage(kMini).analysed;
        ASSERT_GT(tracks, 10);
        EXPECT_EQ(store->sounds().dominant_model(), ModelTag{}) << "CLAP is not installed yet";
    }
    testing_support::write_clap(data() / "models");
    scan();
    ModelTag clap;
    std::map<std::string, Embedding> vectors;
    {
        const auto store = open_store();
        clap = store->sounds().dominant_model();
        EXPECT_EQ(clap.name, "dclap");
        store->sounds().each_embedding(clap, [&](TrackId id, const Embedding& vector) {
            EXPECT_EQ(store->analyses().times_analysed(id), 1) << "nothing but CLAP listened again";
            vectors[store->tracks().get(id)->item_id] = vector;
        });
        EXPECT_EQ(static_cast<std::int64_t>(vectors.size()), tracks);
        EXPECT_EQ(store->sounds().count_due(kMini, clap), 0);
    }

    Process server({audiomuse_program(), "serve", "--data", data(), "--music", AUDIOMUSE_DEMO_LIBRARY, "--port",
                    std::to_string(port_), "--host", "127.0.0.1", "--no-worker"},
                   {}, folder_ / "log");
    const auto ask = [&](const std::string& text) {
        return testing_support::ask(port_, "POST", "/api/clap/search",
                                    json::serialize(json::object{{"query", text}, {"limit", 20}}));
    };
    const double started = steady_now();
    json::value answer = ask("bass");
    while (answer.at("understood_by") != "sound" && steady_now() - started < 60) {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        answer = ask("bass");
    }
    for (const auto& word : testing_support::kClapWords) {
        answer = ask(word.word);
        ASSERT_EQ(answer.at("understood_by"), "sound");
        // The text's vector has the same number in each band that the word names; those of tracks have the length 1.
        std::vector<double> cosines;
        std::map<std::string, double> of_track;
        for (const auto& [id, vector] : vectors) {
            double sum = 0;
            for (std::int64_t band = word.first_band; band <= word.last_band; ++band)
                sum += static_cast<double>(vector[static_cast<std::size_t>(band)]);
            of_track[id] = sum / std::sqrt(static_cast<double>(word.last_band - word.first_band + 1));
            cosines.push_back(of_track[id]);
        }
        std::ranges::sort(cosines, std::greater<>());
        const json::array& results = answer.at("results").as_array();
        ASSERT_EQ(results.size(), std::min<std::size_t>(20, vectors.size()));
        double worst = 0;
        for (std::size_t i = 0; i < results.size(); ++i) {
            const double similarity = results[i].at("similarity").to_number<double>();
            const std::string id(results[i].at("item_id").as_string());
            worst = std::max({worst, std::abs(similarity - cosines[i]), std::abs(similarity - of_track.at(id))});
        }
        std::printf("'%s' finds %zu tracks, cosines %.3f to %.3f, off by at most %.5f\n", word.word, results.size(),
                    cosines[0], cosines[results.size() - 1], worst);
        EXPECT_LT(worst, 1e-3);
    }
    EXPECT_EQ(server.terminate(), 0);
}

}  // namespace
}  // namespace audiomuse
