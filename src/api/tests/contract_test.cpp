// Runs tests/contract: what clients send to a real server over a socket, and the answers they must get.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "aside_worker.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/base/text.h"
#include "contract_match.h"
#include "job_json.h"
#include "openapi.h"
#include "route.h"
#include "service.h"
#include "test_client.h"
#include "test_library.h"

namespace audiomuse::api {
namespace {

using testing::Saved;

std::vector<std::filesystem::path> contract_files() {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(AUDIOMUSE_SOURCE_DIR "/tests/contract")) {
        if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    return files;
}

std::string read_text(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

/// A scenario: steps, or the walk of a client, which also says whose ids it speaks.
struct Scenario {
    explicit Scenario(const std::filesystem::path& file) {
        json::value whole = parse_json(read_text(file));
        if (json::object* walk = whole.if_object()) {
            if (const json::value* kind = walk->if_contains("server")) server = std::string_view(kind->as_string());
            if (const json::value* given = walk->if_contains("settings")) settings = given->as_object();
            clap = walk->contains("clap");
            steps = walk->at("steps").as_array();
        } else {
            steps = whole.as_array();
        }
    }
    std::string server;     // kind of the media server that the tracks are on; empty: local folders
    json::object settings;  // names and values
    bool clap = false;      // whether CLAP is installed
    json::array steps;
};

std::string body_text(const Response& response) {
    if (response.head_only) return "";
    if (const auto* text = std::get_if<std::string>(&response.body)) return *text;
    if (const auto* fixed = std::get_if<StaticBytes>(&response.body)) return {fixed->bytes.data(), fixed->bytes.size()};
    if (const auto* range = std::get_if<FileRange>(&response.body)) {
        std::string text(range->length, '\0');
        text.resize(range->file->read(range->offset, text));
        return text;
    }
    return "";
}

/// A step's request: the line, the headers as they are written, and the body.
struct Sent {
    Sent(const json::object& step, const Saved& saved) {
        const std::string line = testing::fill_in(std::string(std::string_view(step.at("request").as_string())), saved);
        const std::size_t blank = line.find(' ');
        method = line.substr(0, blank);
        target = line.substr(blank + 1);
        if (const json::value* given = step.if_contains("headers")) {
            for (const auto& [name, value] : given->as_object())
                headers.emplace_back(name, testing::fill_in(std::string(std::string_view(value.as_string())), saved));
        }
        if (const json::value* given = step.if_contains("body")) {
            body = testing::fill_in(
                given->is_string() ? std::string(std::string_view(given->get_string())) : to_text(*given), saved);
            if (!given->is_string()) headers.emplace_back("Content-Type", "application/json; charset=utf-8");
        }
    }
    std::string bytes() const {
        std::string text = method + " " + target + " HTTP/1.1\r\n";
        bool has_host = false;
        for (const auto& [name, value] : headers) {
            has_host = has_host || fold(name) == "host";
            text += name + ": " + value + "\r\n";
        }
        if (!has_host) text += "Host: test\r\n";
        if (method != "GET" && method != "HEAD") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        return text + "\r\n" + body;
    }
    std::string method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

std::string header_of(const std::string& head, std::string_view name) {
    const std::string mark = "\r\n" + std::string(name) + ": ";
    const std::size_t at = head.find(mark);
    if (at == std::string::npos) return "";
    const std::size_t begin = at + mark.size();
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

void expect_text(const json::value& wanted, const std::string& text, const Saved& saved) {
    if (const json::array* parts = wanted.if_array()) {
        for (const json::value& part : *parts)
            expect_text(part, text, saved);
        return;
    }
    const std::string part = testing::fill_in(std::string(std::string_view(wanted.as_string())), saved);
    EXPECT_TRUE(part.empty() ? text.empty() : text.find(part) != std::string::npos) << part << " in " << text;
}

void run_step(std::uint16_t port, const json::object& step, Saved& saved) {
    const Sent sent(step, saved);
    testing::TestClient client(port);
    client.send(sent.bytes());
    const auto answer = client.answer(sent.method == "HEAD");
    ASSERT_TRUE(answer) << "no answer";
    const int wanted = step.at("status").to_number<int>();
    EXPECT_NE(reason_phrase(wanted), "Unknown") << "clients tell failures apart by these words";
    EXPECT_THAT(answer->head, ::testing::StartsWith(fmt::format("HTTP/1.1 {} {}\r\n", wanted, reason_phrase(wanted))))
        << answer->body;
    if (const json::value* headers = step.if_contains("answer_headers")) {
        for (const auto& [name, value] : headers->as_object()) {
            EXPECT_EQ(header_of(answer->head, name), std::string_view(value.as_string())) << name;
        }
    }
    if (const std::string cookie = header_of(answer->head, "Set-Cookie"); !cookie.empty())
        saved["cookie"] = cookie.substr(0, cookie.find(';'));
    if (const json::value* part = step.if_contains("text")) expect_text(*part, answer->body, saved);
    const std::string type = header_of(answer->head, "Content-Type");
    if (answer->body.empty() || !header_of(answer->head, "Content-Encoding").empty()) {
        EXPECT_FALSE(step.contains("json")) << "there is nothing to compare";
        return;
    }
    if (type.find("/xml") != std::string::npos) {
        std::istringstream document(answer->body);
        boost::property_tree::ptree tree;
        EXPECT_NO_THROW(boost::property_tree::read_xml(document, tree)) << answer->body;
    }
    if (!type.starts_with("application/json")) {
        EXPECT_FALSE(step.contains("json")) << "the answer is " << type;
        return;
    }
    boost::system::error_code error;
    const json::value found = json::parse(answer->body, error);
    ASSERT_FALSE(error) << answer->body;
    const json::value* expected = step.if_contains("json");
    if (expected) {
        EXPECT_EQ(testing::difference(*expected, found, saved), "") << answer->body;
    }
    const bool error_is_wanted = expected && expected->is_object() && expected->get_object().contains("error");
    if (!error_is_wanted) {
        EXPECT_EQ(testing::broken_rule(found, wanted), "") << answer->body;
    }
    if (const json::value* names = step.if_contains("save")) {
        for (const auto& [name, key] : names->as_object()) {
            const json::value& value = found.at(std::string_view(key.as_string()));
            saved[name] = value.is_string() ? std::string(std::string_view(value.get_string())) : to_text(value);
        }
    }
}

/// Puts the library on a media server, which becomes the default one, under ids as such a server gives them: returns
/// them as track_1 to track_12, and those of the artists as artist_1, artist_4 and artist_7.
Saved move_to(testing::TestLibrary& library, const std::string& kind) {
    store::ServerRow row;
    row.type = kind;
    row.name = "Home";
    row.url = "http://" + kind + ".test";
    row.user = "anna";
    row.password = "secret";
    row.token = "key";
    const ServerId server = library.store->servers().add(row);
    store::Tracks& tracks = library.store->tracks();
    Saved ids;
    std::vector<store::ListedItem> items;
    for (int number = 1; number <= 12; ++number) {
        const auto known = tracks.get(TrackId{number});
        const std::string id = kind == "jellyfin"    ? fmt::format("0c5e93d1a4b84f6e9a7c{:012x}", 40'000 + number)
                               : kind == "navidrome" ? fmt::format("5kZ0q8mVbTnW3xYcR1d{:03}", number)
                                                     : fmt::format("{}", 40'000 + number);
        // The first track of each artist names the artist.
        const int first = number <= 3 ? 1 : number <= 6 ? 4 : 7;
        const std::string artist = kind == "jellyfin"    ? fmt::format("a7c05e93d1a4b84f6e9a{:012x}", 70'000 + first)
                                   : kind == "navidrome" ? fmt::format("4RtZ0q8mVbTnW3xYcR1{:03}", first)
                                                         : fmt::format("{}", 70'000 + first);
        items.push_back({.item_id = id, .artist_id = artist, .path = known->path, .tags = known->tags});
        ids[fmt::format("track_{}", number)] = id;
        ids[fmt::format("artist_{}", first)] = artist;
    }
    const std::int64_t listing = tracks.begin_listing(server);
    EXPECT_EQ(tracks.put_listed(server, listing, items).created, 0) << "the same files";
    tracks.finish_listing(server, listing);
    return ids;
}

class Contract : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(Contract, Holds) {
    const Scenario scenario(GetParam());
    testing::TestLibrary library;
    for (const auto& [name, value] : scenario.settings)
        settings::set(library.settings, std::string(name), std::string(std::string_view(value.as_string())));
    if (scenario.clap) library.install_clap();
    Saved saved = scenario.server.empty() ? Saved() : move_to(library, scenario.server);
    const testing::AsideWorker worker(library);
    const auto server = create_server(library.context(), {.host = "127.0.0.1", .port = 0, .handler_threads = 2});
    server->start();
    int number = 0;
    for (const json::value& step : scenario.steps) {
        SCOPED_TRACE(GetParam().filename().string() + " step " + std::to_string(++number) + ": " +
                     std::string(std::string_view(step.at("request").as_string())));
        run_step(server->port(), step.as_object(), saved);
        if (HasFatalFailure()) return;
    }
}

INSTANTIATE_TEST_SUITE_P(Files, Contract, ::testing::ValuesIn(contract_files()),
                         [](const auto& info) { return info.param.stem().string(); });

TEST(Service, SaysThatSimilarityIsUnavailableWithoutAnIndex) {
    testing::TestLibrary library;
    index::LiveIndex none;
    Service service({.store = *library.store, .queue = *library.queue, .index = none, .settings = library.settings},
                    {});
    for (const char* path :
         {"/api/similar_tracks?item_id=1", "/api/max_distance?item_id=1", "/api/library/similar?item_id=1"}) {
        const Response response = service.handle(make_request(Method::get, path));
        EXPECT_EQ(response.status, 503) << path;
        EXPECT_THAT(body_text(response),
                    ::testing::HasSubstr("The similarity search service is currently unavailable."));
    }
}

/// A store whose database has gone away.
class LostStore final : public store::Store {
public:
    store::Servers& servers() override { lost(); }
    store::Tracks& tracks() override { lost(); }
    store::Analyses& analyses() override { lost(); }
    store::SoundVectors& sounds() override { lost(); }
    store::Playlists& playlists() override { lost(); }
    store::Cleaning& cleaning() override { lost(); }
    store::History& history() override { lost(); }
    store::Anchors& anchors() override { lost(); }
    store::Radios& radios() override { lost(); }
    store::Jobs& jobs() override { lost(); }
    store::IndexBlobs& index_blobs() override { lost(); }
    store::Instances& instances() override { lost(); }
    store::Users& users() override { lost(); }
    store::Schedules& schedules() override { lost(); }
    store::Transfer& transfer() override { lost(); }
    std::string saved_setting(const std::string&) override { lost(); }
    void save_setting(const std::string&, const std::string&) override { lost(); }
    std::map<std::string, std::string> saved_settings() override { lost(); }
    void save_settings(const std::map<std::string, std::string>&) override { lost(); }
    std::string save_setting_if_absent(const std::string&, const std::string&) override { lost(); }
    std::int64_t change_counter() override { lost(); }

private:
    [[noreturn]] static void lost() { throw Error(ErrorCode::io, "The database at 10.0.0.7 is gone."); }
};

TEST(Service, IsNotReadyWithoutItsIndexOrItsStore) {
    testing::TestLibrary library;
    const auto ask = [](Context context) {
        Service service(std::move(context), {});
        const Response response = service.handle(make_request(Method::get, "/api/ready"));
        return std::pair(response.status, std::get<std::string>(response.body));
    };
    EXPECT_EQ(ask(library.context()).first, 200);
    const auto index = library.index.get();
    library.index.swap(nullptr);
    EXPECT_EQ(ask(library.context()).first, 200) << "nothing was analysed: there is no index to wait for";
    library.store->index_blobs().save({.name = store::kTrackIndex, .model = library.model, .count = 10},
                                      [&](const auto& sink) { index->save(sink); });
    const auto [status, body] = ask(library.context());
    EXPECT_EQ(status, 503);
    EXPECT_THAT(body, ::testing::HasSubstr("not loaded yet"));
    library.index.swap(index);
    EXPECT_EQ(ask(library.context()).first, 200);

    LostStore lost;
    const Context whole = library.context();
    const auto [lost_status, lost_body] = ask(
        {.store = lost, .queue = whole.queue, .index = whole.index, .settings = whole.settings, .model = whole.model});
    EXPECT_EQ(lost_status, 503);
    EXPECT_THAT(lost_body, ::testing::HasSubstr("store does not answer"));
    EXPECT_THAT(lost_body, ::testing::Not(::testing::HasSubstr("10.0.0.7")));

    settings::Settings closed;
    closed.auth_enabled = true;
    Service service(
        {.store = lost, .queue = whole.queue, .index = whole.index, .settings = closed, .model = whole.model}, {});
    for (const char* header : {"authorization", "cookie"}) {
        const Request probe =
            make_request(Method::get, "/api/health", {{header, "Bearer of a token; audiomuse_session=and a cookie"}});
        EXPECT_EQ(service.handle(probe).status, 200) << "who asks is not looked up: " << header;
    }
}

TEST(Service, StoresOnlyKnownFieldsOfAStartAsNumbers) {
    testing::TestLibrary library;
    Service service(library.context(), {});
    const Response response = service.handle(make_request(
        Method::post, "/api/clustering/start", {},
        R"({"num_clusters_min":"4","num_clusters_max":8,"openai_api_key":"secret","clustering_method":"kmeans"})"));
    ASSERT_EQ(response.status, 202);
    const auto job = library.store->jobs().newest_main();
    EXPECT_EQ(parse_json(job->params),
              (json::object{{"clustering_method", "kmeans"}, {"num_clusters_min", 4}, {"num_clusters_max", 8}}));
    const auto claim = library.queue->claim({queue::Lane::high}, std::chrono::milliseconds(0));
    ASSERT_TRUE(claim) << "a start hands the job to the workers";
    EXPECT_EQ(claim->job(), job->id);
}

TEST(Service, LeavesNoJobBehindThatNobodyWillDo) {
    testing::TestLibrary library;
    Service service(library.context(), {});
    EXPECT_THROW(start_main_job(service.backend(), "main_analysis", {},
                                [](json::object&) { throw Error(ErrorCode::io, "The disk is full."); }),
                 Error);
    EXPECT_EQ(library.store->jobs().newest_main()->state, store::JobState::failure);
    EXPECT_FALSE(library.store->jobs().active_main());
}

TEST(Service, SendsNoFileOutsideTheMusicFolders) {
    testing::TestLibrary library;
    Context context = library.context();
    context.music_folders = {library.folder / "mus"};
    Service service(context, {});
    EXPECT_EQ(service.handle(make_request(Method::get, "/api/library/tracks/1/audio")).status, 404);
    EXPECT_EQ(service.handle(make_request(Method::get, "/api/library/tracks/1/cover")).status, 404);
}

// The sentences are the adapters' own, and nothing but their words tells what they are about.
TEST(Servers, WhatALoginLacksIsNamedByItsField) {
    testing::TestLibrary library;
    Context context = library.context();
    context.connect = library::create_media_server;
    Service service(std::move(context), {});
    const auto field = [&](std::string_view creds) {
        const std::string kind(creds.substr(0, creds.find(' ')));
        const Response response = service.handle(make_request(
            Method::post, "/api/servers/test", {},
            R"({"server_type":")" + kind + R"(","creds":)" + std::string(creds.substr(kind.size())) + "}"));
        const json::value answer = parse_json(body_text(response));
        const json::value* named = answer.as_object().if_contains("field");
        return named ? std::string(std::string_view(named->as_string())) : body_text(response);
    };
    EXPECT_EQ(field(R"(navidrome {"url":"http://nas"})"), "user");
    EXPECT_EQ(field(R"(navidrome {"url":"http://nas","user":"anna"})"), "password");
    EXPECT_EQ(field(R"(jellyfin {"url":"http://nas"})"), "token");
    EXPECT_EQ(field(R"(jellyfin {"url":"http://nas","password":"x"})"), "user");
    EXPECT_EQ(field(R"(emby {"url":"http://nas","token":"x"})"), "user");
    EXPECT_EQ(field(R"(lyrion {"url":"http://nas","user":"anna"})"), "password");
    EXPECT_EQ(field(R"(lyrion {"url":"http://nas","password":"x"})"), "user");
    EXPECT_EQ(field(R"(lyrion {"url":"http://nas","user":"a:b","password":"x"})"), "user");
    EXPECT_EQ(field(R"(plex {"url":"http://nas"})"), "token");
    EXPECT_EQ(field(R"(mpd {"url":"mpd://nas"})"), "music_folder");
    EXPECT_EQ(field(R"(mpd {"url":"mpd://nas:port","music_folder":"/music"})"), "url");
}

/// A media server that has some of the library's files, and numbers them in this order: "nd-1", "nd-2", ...
ServerId add_server(testing::TestLibrary& library, const std::string& name, const std::vector<int>& numbers,
                    const std::string& user = "anna") {
    store::ServerRow row;
    row.type = "navidrome";
    row.name = name;
    row.url = "http://music";
    row.user = user;
    row.password = "secret";
    const ServerId id = library.store->servers().add(row);
    store::Tracks& tracks = library.store->tracks();
    std::vector<store::ListedItem> items;
    for (const int number : numbers) {
        const auto known = tracks.get(TrackId{number});
        items.push_back(
            {.item_id = "nd-" + std::to_string(items.size() + 1), .path = known->path, .tags = known->tags});
    }
    const std::int64_t listing = tracks.begin_listing(id);
    EXPECT_EQ(tracks.put_listed(id, listing, items).created, 0) << "the same files";
    tracks.finish_listing(id, listing);
    return id;
}

TEST(Servers, OfWhichTwoUseTheSameIds) {
    testing::TestLibrary library;
    add_server(library, "Home", {1, 2});
    add_server(library, "Cabin", {3, 1});
    Service service(library.context(), {});
    const auto ask = [&](const std::string& path) {
        const Response response = service.handle(make_request(Method::get, path));
        return std::pair(response.status, body_text(response));
    };
    using ::testing::HasSubstr;
    using ::testing::Not;
    using ::testing::Pair;
    for (const std::string path : {"/api/track?item_id=", "/external/get_score?id="}) {
        EXPECT_THAT(ask(path + "nd-1"), Pair(200, HasSubstr("Loud Road 1")));
        EXPECT_THAT(ask(path + "nd-1&server=Home"), Pair(200, HasSubstr("Loud Road 1")));
        EXPECT_THAT(ask(path + "nd-1&server=Cabin"), Pair(200, HasSubstr("Loud Road 3")));
        EXPECT_THAT(ask(path + "nd-2&server=cabin"), Pair(200, HasSubstr("Loud Road 1")));
        EXPECT_THAT(ask(path + "nd-2&server=Cabin"), Pair(200, HasSubstr("nd-2"))) << "in the ids that were asked in";
        EXPECT_EQ(ask(path + "nd-3&server=Home").first, 404);
        EXPECT_THAT(ask(path + "nd-1&server_id=99"), Pair(400, HasSubstr("Invalid server selection.")));
    }
    const auto embedding = [&](const std::string& query) {
        const json::value answer = parse_json(ask("/external/get_embedding?id=" + query).second);
        return to_text(answer.at("embedding"));
    };
    EXPECT_EQ(embedding("nd-2&server=Cabin"), embedding("nd-1&server=Home"));
    EXPECT_NE(embedding("nd-1&server=Cabin"), embedding("nd-1&server=Home"));
    const auto distance = [&](const std::string& query) {
        return to_text(parse_json(ask("/api/max_distance?item_id=" + query).second).at("max_distance"));
    };
    EXPECT_EQ(distance("nd-2&server=Cabin"), distance("nd-1"));
    EXPECT_THAT(ask("/api/max_distance?item_id=nd-1&server=Cabin").second, Not(HasSubstr("local-")));
}

TEST(Servers, GetThePlaylistsThatAreAskedFor) {
    testing::TestLibrary library;
    add_server(library, "Home", {1, 2});
    add_server(library, "Cabin", {3, 1});
    add_server(library, "Half", {1, 2, 3, 4}, "half");
    Service service(library.context(), {});
    const auto create = [&](const std::string& body, const std::string& query = "") {
        const Response response = service.handle(
            make_request(Method::post, "/api/create_playlist" + query, {{"content-type", "application/json"}}, body));
        return std::pair(response.status, body_text(response));
    };
    const auto tracks_of = [&](const std::string& name) {
        std::vector<std::int64_t> ids;
        for (const store::Playlist& list : library.store->playlists().list()) {
            if (list.name != name) continue;
            for (const TrackId id : library.store->playlists().tracks(list.id))
                ids.push_back(id.value);
        }
        return ids;
    };
    using ::testing::AllOf;
    using ::testing::ElementsAre;
    using ::testing::HasSubstr;
    using ::testing::IsEmpty;
    using ::testing::Pair;
    EXPECT_THAT(create(R"({"playlist_name":"Rain","track_ids":["nd-2","nd-1"]})"),
                Pair(201, AllOf(HasSubstr(R"("playlist_id":"anna/Rain_instant")"),
                                HasSubstr("'Rain_instant' created successfully"))));
    EXPECT_THAT(tracks_of("Rain_instant"), ElementsAre(2, 1)) << "here, too";
    EXPECT_THAT(create(R"({"playlist_name":"Rain","track_ids":["nd-1"],"server":"Cabin"})").first, 201);
    EXPECT_THAT(tracks_of("Rain_instant (2)"), ElementsAre(3)) << "the ids are that server's";
    EXPECT_THAT(create(R"({"playlist_name":"Query","track_ids":["nd-1"]})", "?server=cabin").first, 201);
    EXPECT_THAT(tracks_of("Query_instant"), ElementsAre(3));
    EXPECT_THAT(
        create(R"({"playlist_name":"Hers","track_ids":["nd-1"],"user_creds":{"user":"berta","password":"secret"}})"),
        Pair(201, HasSubstr("berta/Hers_instant")));

    EXPECT_THAT(create(R"({"playlist_name":"Few","track_ids":["nd-1","nd-2","nd-4"],"server_id":"Half"})"),
                Pair(502, AllOf(HasSubstr("creating the playlist on the media server"), HasSubstr("holds 1 tracks"),
                                HasSubstr("3 were written"))));
    EXPECT_THAT(tracks_of("Few_instant"), IsEmpty());
    EXPECT_THAT(
        create(R"({"playlist_name":"No","track_ids":["nd-1"],"user_creds":{"user":"berta","password":"guess"}})"),
        Pair(502, HasSubstr("refused user or password")));
    EXPECT_THAT(create(R"({"playlist_name":"No","track_ids":["nd-1","local-5"]})"),
                Pair(400, HasSubstr("Home does not have 1 of these 2 tracks.")));
    EXPECT_THAT(create(R"({"playlist_name":"No","track_ids":["nd-1"],"server":"x"})"),
                Pair(400, HasSubstr("Invalid server selection.")));
    EXPECT_THAT(tracks_of("No_instant"), IsEmpty());
}

TEST(Servers, SpeakTheirOwnIds) {
    testing::TestLibrary library;
    const ServerId home = add_server(library, "Home", {1, 2});
    Service service(library.context(), {});
    const auto ids = [&](std::string_view path) {
        const Response response = service.handle(make_request(Method::get, path));
        EXPECT_EQ(response.status, 200) << path << body_text(response);
        std::vector<std::string> found;
        const json::value lines = parse_json(body_text(response));
        for (const json::value& line : lines.as_array())
            found.emplace_back(std::string_view(line.at("item_id").as_string()));
        return found;
    };
    using ::testing::ElementsAre;
    using ::testing::SizeIs;
    EXPECT_THAT(ids("/api/search_tracks?title=loud&server=home"), ElementsAre("nd-1", "nd-2"));
    EXPECT_THAT(ids("/external/search?title=loud&server_id=" + std::to_string(home.value)),
                ElementsAre("nd-1", "nd-2"));
    EXPECT_THAT(ids("/api/search_tracks?search_query=loud&server=Home"), SizeIs(2));
    EXPECT_THAT(ids("/api/similar_tracks?item_id=nd-1&n=9&server=Home"), ElementsAre("nd-2"));
    EXPECT_THAT(ids("/api/similar_tracks?item_id=nd-1&n=1&server=Home"), ElementsAre("nd-2"));
    EXPECT_THAT(ids("/api/similar_tracks?item_id=nd-1&n=9"), ::testing::IsSupersetOf({"nd-2", "local-3", "local-5"}));
    const Response lists = service.handle(make_request(Method::get, "/api/playlists?server=Home"));
    EXPECT_THAT(body_text(lists),
                ::testing::AllOf(::testing::HasSubstr("nd-1"), ::testing::Not(::testing::HasSubstr("Blue Room"))));

    for (const char* path : {"/api/search_tracks?title=loud&server=x", "/api/similar_tracks?item_id=nd-1&server=x",
                             "/external/search?title=loud&server=x", "/api/playlists?server_id=99"}) {
        const Response response = service.handle(make_request(Method::get, path));
        EXPECT_EQ(response.status, 400) << path;
        EXPECT_THAT(body_text(response), ::testing::HasSubstr("Invalid server selection."));
    }
    EXPECT_EQ(service.handle(make_request(Method::get, "/api/similar_tracks?item_id=local-3&server=Home")).status, 404);
}

TEST(Servers, HaveMapsOfTheirOwn) {
    testing::TestLibrary library;
    add_server(library, "Home", {1, 2, 5});
    add_server(library, "Cabin", {3, 1, 11});
    Service service(library.context(), {});
    ASSERT_EQ(service.handle(make_request(Method::post, "/api/rebuild_map_cache")).status, 200);
    const auto ids = [&](const std::string& query) {
        const Response response = service.handle(make_request(Method::get, "/api/map?" + query));
        EXPECT_EQ(response.status, 200) << query;
        std::vector<std::string> found;
        const json::value answer = parse_json(body_text(response));
        for (const json::value& item : answer.at("items").as_array())
            found.emplace_back(std::string_view(item.at("item_id").as_string()));
        return found;
    };
    using ::testing::ElementsAre;
    using ::testing::SizeIs;
    EXPECT_THAT(ids("percent=100"), SizeIs(10));
    EXPECT_THAT(ids("percent=100&server=home"), ElementsAre("nd-1", "nd-2", "nd-3"));
    EXPECT_THAT(ids("percent=50&server=home"), ElementsAre("nd-1"));
    EXPECT_THAT(ids("percent=100&server_id=Cabin"), ElementsAre("nd-2", "nd-1")) << "in the order of the map";
    EXPECT_THAT(ids("n=2&server=Home"), ElementsAre("nd-1", "nd-3"));
    EXPECT_EQ(service.handle(make_request(Method::get, "/api/map?server=x")).status, 400);
    const auto picture = [&](const std::string& query) {
        return body_text(service.handle(make_request(Method::get, "/api/library/map" + query)));
    };
    EXPECT_LT(picture("?server=Home").size(), picture("").size());
    EXPECT_THAT(picture("?server=Home"), ::testing::Not(::testing::HasSubstr("Ásgeir")));
}

TEST(Distances, AreToldOnTheScaleThatIsSet) {
    testing::TestLibrary library;
    library.store->history().add_play({}, TrackId{4}, 1000);
    const auto told = [&](const std::string& metric) {
        library.settings.index_metric = metric;
        Service service(library.context(), {});
        std::vector<std::pair<std::string, double>> distances;
        const auto add = [&](const std::string& target, std::string_view id, std::string_view distance) {
            const json::value answer = parse_json(body_text(service.handle(make_request(Method::get, target))));
            for (const json::value& line : answer.is_array() ? answer.get_array() : json::array{answer})
                distances.emplace_back(line.at(id).as_string(), line.at(distance).to_number<double>());
        };
        add("/api/similar_tracks?item_id=4&n=9", "item_id", "distance");
        add("/api/max_distance?item_id=4", "farthest_item_id", "max_distance");
        add("/api/sonic_fingerprint/generate?n=5", "item_id", "distance");
        return distances;
    };
    const auto angular = told("angular");
    const auto euclidean = told("euclidean");
    ASSERT_GE(angular.size(), 10U);
    ASSERT_EQ(angular.size(), euclidean.size());
    for (std::size_t i = 0; i < angular.size(); ++i) {
        EXPECT_EQ(angular[i].first, euclidean[i].first);
        EXPECT_NEAR(euclidean[i].second, std::sqrt(2 * angular[i].second), 1e-5);
    }
}

TEST(SimilarArtists, AreFoundInALibraryOfWhichNobodyHasEnoughTracks) {
    testing::TestLibrary library;
    library.settings.similar_artists_min_tracks = 100;
    Service service(library.context(), {});
    const auto count = [&](const std::string& query) -> std::size_t {
        const Response response = service.handle(make_request(Method::get, "/api/similar_artists?" + query));
        return response.status == 200 ? parse_json(body_text(response)).as_array().size() : 0;
    };
    EXPECT_EQ(count("artist=Mira+Solt"), 2U);
    EXPECT_EQ(count("artist=Mira+Solt&n=1"), 1U);
    EXPECT_EQ(count("artist=Mira+Solt&min_tracks=100"), 0U) << "what a request says holds";
}

TEST(StoreCache, IsMadeAgainOnlyAfterAChange) {
    int made = 0;
    const std::function<int()> make = [&] { return ++made; };
    StoreCache<int> cache(Freshness::exact);
    EXPECT_EQ(*cache.get(1, steady_now(), make), 1);
    EXPECT_EQ(*cache.get(1, steady_now(), make), 1);
    EXPECT_EQ(*cache.get(2, steady_now(), make), 2);
    // As if the making had begun a second ago: the next one has to wait for twenty.
    StoreCache<int> slow(Freshness::may_lag);
    const double began = steady_now() - 1;
    EXPECT_EQ(*slow.get(1, began, make), 3);
    EXPECT_EQ(*slow.get(2, began + 10, make), 3);
    EXPECT_EQ(*slow.get(2, began + 30, make), 4);
}

TEST(ContractFiles, SucceedOnceWithEveryRoute) {
    std::set<std::string_view> missing;
    for (const Route& route : route_table())
        missing.insert(route.name);
    for (const auto& file : contract_files()) {
        for (const json::value& step : Scenario(file).steps) {
            const Sent sent(step.as_object(), {});
            const Request request = make_request(parse_method(sent.method), sent.target);
            const RouteMatch match = match_route(route_table(), request.method, request.path);
            if (match.route && step.at("status").to_number<int>() < 400) missing.erase(match.route->name);
        }
    }
    EXPECT_THAT(std::vector<std::string_view>(missing.begin(), missing.end()), ::testing::IsEmpty());
}

TEST(OpenApi, DescribesEveryRouteAndNothingElse) {
    std::set<std::string_view> routes;
    for (const Route& route : route_table())
        EXPECT_TRUE(routes.insert(route.name).second) << route.name;
    std::set<std::string_view> described;
    for (const auto& description : route_descriptions()) {
        EXPECT_TRUE(described.insert(description.route).second) << description.route;
    }
    EXPECT_EQ(routes, described);

    const json::object document = openapi_document(route_table(), "1");
    std::size_t operations = 0;
    for (const auto& path : document.at("paths").as_object())
        operations += path.value().as_object().size();
    EXPECT_EQ(operations, routes.size());
    for (const Route& route : route_table()) {
        std::string method(method_name(route.method));
        for (char& c : method)
            c = static_cast<char>(std::tolower(c));
        const json::value& operation = document.at("paths").at(route.pattern).at(method);
        EXPECT_EQ(operation.at("operationId").as_string(), route.name);
        for (const Param& param : route.params) {
            EXPECT_FALSE(param.help.empty()) << route.name << " " << param.name;
            const bool in_pattern = route.pattern.find("{" + std::string(param.name) + "}") != std::string_view::npos;
            EXPECT_EQ(in_pattern, param.in == In::path) << route.name << " " << param.name;
        }
    }
}

TEST(ApiPage, NamesEveryRouteOfTheTableInTheDocumentation) {
    const std::string page = read_text(AUDIOMUSE_SOURCE_DIR "/docs/api.md");
    for (const Route& route : route_table()) {
        EXPECT_NE(page.find("`" + std::string(method_name(route.method)) + " " + std::string(route.pattern) + "`"),
                  std::string::npos)
            << route.pattern << " is not in docs/api.md";
    }
}

}  // namespace
}  // namespace audiomuse::api
