// The command line's contract: names, fields, exit status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <thread>

#include "support/process.h"

namespace audiomuse {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing_support::audiomuse_program;
using testing_support::Finished;
using testing_support::run;
using testing_support::TempFolder;

const fs::path kAudio = fs::path(AUDIOMUSE_SHARED_DIR) / "audio";
const fs::path kGoldens = fs::path(AUDIOMUSE_SHARED_DIR) / "goldens";
const fs::path kModels = fs::path(AUDIOMUSE_SHARED_DIR) / "models";

std::vector<json::object> lines_of(const std::string& output) {
    std::vector<json::object> lines;
    std::istringstream in(output);
    for (std::string line; std::getline(in, line);)
        lines.push_back(json::parse(line).as_object());
    return lines;
}

std::vector<fs::path> fixtures() {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(kAudio)) {
        const std::string suffix = entry.path().extension();
        if (entry.is_regular_file() && suffix != ".md" && entry.path().filename() != "SHA256SUMS")
            files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

/// The `expect` column of the fixtures' goldens.
std::string expectation(const fs::path& file) {
    std::ifstream in(kGoldens / (file.filename().string() + ".json"));
    std::stringstream text;
    text << in.rdbuf();
    return std::string(json::parse(text.str()).at("expect").as_string());
}

TEST(Cli, HelpNamesEveryCommandAndWrongUsageIsTwo) {
    const Finished help = run({audiomuse_program(), "--help"});
    EXPECT_EQ(help.status, 0);
    for (const char* command : {"serve", "analyze", "scan", "similar", "cluster", "playlists", "jobs", "models", "demo",
                                "settings", "export", "import", "check"}) {
        EXPECT_THAT(help.output, testing::HasSubstr(command));
        EXPECT_EQ(run({audiomuse_program(), command, "--help"}).status, 0) << command;
    }
    EXPECT_EQ(run({audiomuse_program()}).status, 2);
    EXPECT_EQ(run({audiomuse_program(), "dance"}).status, 2);
    EXPECT_EQ(run({audiomuse_program(), "serve", "--port", "many"}).status, 2);
    EXPECT_EQ(run({audiomuse_program(), "serve", "--colour", "blue"}).status, 2);
}

TEST(Cli, AnalyzeAnswersEveryFixtureInOrder) {
    if (!fs::exists(kAudio)) GTEST_SKIP() << "the shared audio files are not here";
    const std::vector<fs::path> files = fixtures();
    std::vector<std::string> arguments{audiomuse_program(), "analyze", "--json"};
    arguments.insert(arguments.end(), files.begin(), files.end());
    const Finished finished = run(arguments);
    EXPECT_EQ(finished.status, 1) << "some of the files can't be analysed";
    const std::vector<json::object> lines = lines_of(finished.output);
    ASSERT_EQ(lines.size(), files.size()) << finished.errors;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        SCOPED_TRACE(files[i].filename().string());
        EXPECT_EQ(lines[i].at("path").as_string(), files[i].string());
        const std::string expected = expectation(files[i]);
        if (expected == "ok" || expected == "ok_partial") {
            for (const char* field : {"duration_s", "tempo_bpm", "energy", "key", "scale", "chroma", "moods",
                                      "other_features", "embedding", "model", "elapsed_ms"}) {
                EXPECT_TRUE(lines[i].contains(field)) << field;
            }
            EXPECT_EQ(lines[i].at("embedding").as_array().size(), 200U);
            EXPECT_EQ(lines[i].at("moods").as_object().size(), 50U);
        } else {
            EXPECT_EQ(lines[i].size(), 3U) << json::serialize(lines[i]);
            const auto code = lines[i].at("error_code").as_string();
            if (expected != "rejected") {
                EXPECT_EQ(code, expected);
            } else {
                EXPECT_THAT((std::vector<std::string>{"empty", "damaged", "unsupported_format"}),
                            testing::Contains(std::string(code)));
            }
            EXPECT_THAT(std::string(lines[i].at("error").as_string()), testing::EndsWith("."));
        }
    }
}

TEST(Cli, TheModelIsChosenByFlagAndEnvironment) {
    if (!fs::exists(kAudio)) GTEST_SKIP() << "the shared audio files are not here";
    const std::string file = kAudio / "sine_440hz_16k.wav";
    const auto model = [&](const std::vector<std::string>& flags,
                           const std::map<std::string, std::string>& environment) {
        std::vector<std::string> arguments{audiomuse_program(), "analyze", "--json", file};
        arguments.insert(arguments.end(), flags.begin(), flags.end());
        const auto lines = lines_of(run(arguments, environment).output);
        return lines.empty() ? std::string() : std::string(lines[0].at("model").as_string());
    };
    EXPECT_EQ(model({}, {}), "audiomuse-mini 1");
    EXPECT_EQ(model({"--model", "descriptors"}, {}), "descriptors 1");
    EXPECT_EQ(model({}, {{"MODEL", "descriptors"}}), "descriptors 1");
    // Where ONNX Runtime can't load, listening goes on with the descriptors.
    EXPECT_EQ(model({}, {{"AUDIOMUSE_ONNXRUNTIME", "/nowhere/libonnxruntime.so"}}), "descriptors 1");
    const TempFolder empty;
    EXPECT_EQ(run({audiomuse_program(), "analyze", "--model", "musicnn", "--data", empty.path(), file}).status, 1);
    if (fs::exists(kModels / "musicnn_embedding.onnx")) {
        EXPECT_EQ(model({"--model", "musicnn"}, {{"AUDIOMUSE_MODEL_DIR", kModels}}), "musicnn 1");
    }
}

TEST(Cli, ALibraryFromScanToExport) {
    const TempFolder folder;
    const std::string data = folder.path() / "data";
    const fs::path music = folder.path() / "my music";
    fs::create_directories(music / "weird ' \" ü 名");
    int copied = 0;
    std::string some_track;
    for (const auto& entry : fs::recursive_directory_iterator(AUDIOMUSE_DEMO_LIBRARY)) {
        const std::string suffix = entry.path().extension();
        if (!entry.is_regular_file() || (suffix != ".flac" && suffix != ".mp3" && suffix != ".ogg") || copied == 12)
            continue;
        fs::copy_file(entry.path(), music / "weird ' \" ü 名" / entry.path().filename(),
                      fs::copy_options::skip_existing);
        some_track = music / "weird ' \" ü 名" / entry.path().filename();
        ++copied;
    }
    std::ofstream(music / "broken.mp3") << "this is no music";
    std::ofstream(music / "empty.flac").flush();
    std::ofstream(music / "cover.jpg") << "not audio";

    const Finished first = run({audiomuse_program(), "scan", "--json", "--data", data, "--music", music});
    ASSERT_EQ(first.status, 0) << first.errors;
    const json::object counts = lines_of(first.output).at(0);
    const auto number = [](const json::object& object, const char* name) {
        return object.at(name).to_number<std::int64_t>();
    };
    const auto& failed = counts.at("failed").as_array();
    EXPECT_EQ(failed.size(), 2U) << json::serialize(failed);
    EXPECT_EQ(number(counts, "found"),
              number(counts, "analysed") + number(counts, "known") + static_cast<std::int64_t>(failed.size()));
    for (const json::value& failure : failed) {
        EXPECT_THAT(std::string(failure.at("path").as_string()), testing::StartsWith(music.string()));
        EXPECT_THAT(std::string(failure.at("error").as_string()), testing::EndsWith("."));
    }

    const json::object again = lines_of(run({audiomuse_program(), "scan", "--json", "--data", data}).output).at(0);
    EXPECT_EQ(number(again, "analysed"), 0) << "the folder is remembered and nothing is new";
    EXPECT_EQ(number(again, "known"), number(counts, "analysed"));

    run({audiomuse_program(), "scan", "--retry-failed", "--data", data});
    const Finished tried = run({audiomuse_program(), "jobs", "--json", "--data", data});
    const json::array rows = json::parse(tried.output).as_array();
    const auto tracks_tried = [&](std::size_t row) {
        return rows.at(row).at("details").at("counts").at("total").to_number<int>();
    };
    EXPECT_EQ(tracks_tried(0), 2) << "asked for";
    EXPECT_EQ(tracks_tried(1), 0) << "not by itself";

    const Finished similar = run({audiomuse_program(), "similar", some_track, "-n", "3", "--json", "--data", data});
    ASSERT_EQ(similar.status, 0) << similar.errors;
    const json::array neighbours = json::parse(similar.output).as_array();
    EXPECT_FALSE(neighbours.empty());
    for (const json::value& row : neighbours) {
        for (const char* field : {"item_id", "title", "author", "album", "distance"}) {
            EXPECT_TRUE(row.as_object().contains(field)) << field;
        }
    }
    EXPECT_EQ(run({audiomuse_program(), "similar", "no such track", "--data", data}).status, 1);

    const Finished jobs = run({audiomuse_program(), "jobs", "--json", "--data", data});
    ASSERT_EQ(jobs.status, 0) << jobs.errors;
    EXPECT_EQ(json::parse(jobs.output).as_array().size(), 3U);
    EXPECT_EQ(run({audiomuse_program(), "jobs", "cancel", "nobody", "--data", data}).status, 1);

    const Finished cluster = run({audiomuse_program(), "cluster", "--json", "--data", data, "--runs", "5"});
    ASSERT_EQ(cluster.status, 0) << cluster.errors;
    const json::object made = json::parse(cluster.output).as_object();
    for (const char* field : {"algorithm", "params", "score", "runs", "playlists"})
        EXPECT_TRUE(made.contains(field)) << field;

    const Finished lists = run({audiomuse_program(), "playlists", "--json", "--data", data});
    const json::array all = json::parse(lists.output).as_array();
    EXPECT_EQ(all.size(), made.at("playlists").as_array().size());
    const fs::path exported = folder.path() / "exported";
    ASSERT_EQ(run({audiomuse_program(), "playlists", "--export", exported, "--data", data}).status, 0);
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(exported)) {
        EXPECT_EQ(entry.path().extension(), ".m3u8");
        std::ifstream in(entry.path());
        std::string line;
        std::getline(in, line);
        EXPECT_EQ(line, "#EXTM3U");
        ++files;
    }
    EXPECT_EQ(files, all.size());
}

TEST(Cli, ACatalogueMovesToAnotherFolder) {
    const TempFolder folder;
    const std::string from = folder / "from";
    const std::string to = folder / "to";
    const std::string file = folder / "all.audiomuse";
    const fs::path music = folder / "music";
    fs::create_directories(music);
    for (const auto& entry : fs::recursive_directory_iterator(AUDIOMUSE_DEMO_LIBRARY)) {
        if (entry.path().extension() == ".ogg") fs::copy_file(entry.path(), music / entry.path().filename());
    }
    ASSERT_EQ(run({audiomuse_program(), "scan", "--data", from, "--music", music}).status, 0);
    ASSERT_EQ(run({audiomuse_program(), "cluster", "--data", from, "--runs", "3"}).status, 0);

    const Finished exported = run({audiomuse_program(), "export", file, "--json", "--data", from});
    ASSERT_EQ(exported.status, 0) << exported.errors;
    const json::object out = lines_of(exported.output).at(0);
    for (const char* field : {"file", "schema_version", "tracks", "rows", "file_bytes"})
        EXPECT_TRUE(out.contains(field)) << field;
    EXPECT_GT(out.at("tracks").to_number<int>(), 0);
    EXPECT_EQ(run({audiomuse_program(), "import", "--check", file}).status, 0);

    const Finished imported = run({audiomuse_program(), "import", file, "--data", to});
    ASSERT_EQ(imported.status, 0) << imported.errors;
    for (const std::vector<std::string>& command :
         {std::vector<std::string>{"playlists", "--json"}, {"similar", "1", "--json"}}) {
        std::vector<std::string> arguments{audiomuse_program()};
        arguments.insert(arguments.end(), command.begin(), command.end());
        auto there = arguments;
        arguments.insert(arguments.end(), {"--data", from});
        there.insert(there.end(), {"--data", to});
        const Finished before = run(arguments);
        EXPECT_EQ(before.status, 0) << before.errors;
        EXPECT_EQ(run(there).output, before.output);
    }
    const json::object scanned = lines_of(run({audiomuse_program(), "scan", "--json", "--data", to}).output).at(0);
    EXPECT_EQ(scanned.at("analysed").to_number<int>(), 0) << "the folder is known, nothing is listened to again";

    const Finished refused = run({audiomuse_program(), "import", file, "--data", to});
    EXPECT_EQ(refused.status, 1);
    EXPECT_THAT(refused.errors, testing::HasSubstr("--replace"));
    const Finished replaced = run({audiomuse_program(), "import", file, "--replace", "--json", "--data", to});
    ASSERT_EQ(replaced.status, 0) << replaced.errors;
    const std::string kept(lines_of(replaced.output).at(0).at("kept_as").as_string());
    EXPECT_THAT(kept, testing::StartsWith(to + "/before-import-"));
    EXPECT_EQ(run({audiomuse_program(), "import", "--check", kept}).status, 0);

    fs::resize_file(file, fs::file_size(file) - 1);
    const Finished cut = run({audiomuse_program(), "import", file, "--replace", "--data", to});
    EXPECT_EQ(cut.status, 1);
    EXPECT_THAT(cut.errors, testing::HasSubstr(file));
}

TEST(Cli, CheckTellsWhatIsThereAndWhatIsMissing) {
    const TempFolder folder;
    const std::string data = folder / "data";
    folder.write("music/a.mp3", "x");
    const std::string port = std::to_string(testing_support::free_port());
    const std::vector<std::string> well = {
        audiomuse_program(), "check", "--json", "--data", data, "--port", port, "--music", folder / "music"};
    const Finished good = run(well);
    EXPECT_EQ(good.status, 0) << good.output;
    const json::object report = lines_of(good.output).at(0);
    EXPECT_TRUE(report.at("ok").as_bool());
    std::vector<std::string> names;
    for (const json::value& check : report.at("checks").as_array()) {
        names.emplace_back(check.at("name").as_string());
        EXPECT_FALSE(check.at("found").as_string().empty()) << names.back();
    }
    EXPECT_THAT(names,
                testing::ElementsAre("data folder", "music folder", "decoder", "libraries", "ONNX Runtime", "model",
                                     "workers", "text search", "store", "queue", "web instances", "web server"));
    EXPECT_FALSE(fs::exists(data)) << "looking makes nothing";

    auto ill = well;
    ill.back() = "/no/such/folder";
    ill.insert(ill.end(), {"--model", "musicnn"});
    const Finished bad = run(ill, {{"AUDIOMUSE_ONNXRUNTIME", "/nowhere/libonnxruntime.so"}});
    EXPECT_EQ(bad.status, 1);
    const json::object problems = lines_of(bad.output).at(0);
    for (const json::value& check : problems.at("checks").as_array()) {
        if (check.at("state").as_string() == "problem") {
            EXPECT_FALSE(check.at("fix").as_string().empty()) << check.at("name");
        }
    }
    EXPECT_THAT(bad.output, testing::AllOf(testing::HasSubstr("/no/such/folder"), testing::HasSubstr("/nowhere")));

    // What a container's health check asks: does the server answer?
    const std::vector<std::string> alive = {audiomuse_program(), "check", "web", "--running", "--port", port};
    EXPECT_EQ(run(alive).status, 1);
    {
        testing_support::Process server({audiomuse_program(), "serve", "--no-worker", "--data", data, "--port", port},
                                        {}, folder / "log");
        bool answered = false;
        for (int i = 0; i < 300 && !answered; ++i) {
            answered = run(alive).status == 0;
            if (!answered) std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
        EXPECT_TRUE(answered);
        EXPECT_EQ(server.terminate(), 0);
    }
    EXPECT_EQ(run(alive).status, 1);
    EXPECT_EQ(run({audiomuse_program(), "check", "weather"}).status, 2);
}

TEST(Cli, WhatIsWrongIsSaidInOneSentence) {
    const TempFolder folder;
    const Finished nowhere =
        run({audiomuse_program(), "scan", "--data", folder.path() / "data", "--music", "/no/such/folder"});
    EXPECT_NE(nowhere.status, 0);
    EXPECT_THAT(nowhere.errors, testing::HasSubstr("/no/such/folder"));
    std::ofstream(folder.path() / "file") << "x";
    const Finished not_a_folder = run({audiomuse_program(), "jobs", "--data", folder.path() / "file"});
    EXPECT_EQ(not_a_folder.status, 1);
    EXPECT_THAT(not_a_folder.errors, testing::HasSubstr("--data"));
}

}  // namespace
}  // namespace audiomuse
