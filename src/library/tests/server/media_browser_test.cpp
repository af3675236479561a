// Damaged answers of Jellyfin and Emby: the right error or a sane value, never a crash.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <functional>
#include <optional>

#include "jellyfin/items.h"
#include "server/fake_emby.h"
#include "server/fake_jellyfin.h"
#include "server/fixture_replay.h"
#include "server/fixtures.h"
#include "server/media_server_contract.h"
#include "support/temp_folder.h"

namespace audiomuse::library::testing {
namespace {

namespace json = boost::json;
namespace mb = media_browser;
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const CancelToken kGoOn;

/// Calls `use` with `value` after each single change: every member and element in turn becomes of another kind, or is
/// not there.
void with_each_damage(json::value& root, json::value& at, const std::function<void(const json::value&)>& use) {
    const json::value kept = at;
    for (const json::value& other :
         {json::value(nullptr), json::value(""), json::value("text"), json::value("17"), json::value(-1),
          json::value(1e300), json::value(true), json::value(json::array{}), json::value(json::array{1, "a", nullptr}),
          json::value(json::object{}), json::value(json::object{{"Name", 7}})}) {
        at = other;
        use(root);
    }
    at = kept;
    if (auto* object = at.if_object()) {
        std::vector<std::string> names;
        for (const auto& member : *object)
            names.emplace_back(member.key());
        for (const std::string& name : names) {
            const json::value member = object->at(name);
            object->erase(name);
            use(root);
            object->emplace(name, member);
            with_each_damage(root, object->at(name), use);
        }
    } else if (auto* array = at.if_array()) {
        for (std::size_t i = 0; i < std::min<std::size_t>(array->size(), 2); ++i)
            with_each_damage(root, (*array)[i], use);
    }
}

void expect_sane(const ServerTrack& track) {
    EXPECT_GE(track.tags.duration_s, 0);
    EXPECT_GE(track.tags.track_number, 0);
    EXPECT_GE(track.tags.year, 0);
    EXPECT_GE(track.size, 0);
    EXPECT_GE(track.changed_at, 0);
    EXPECT_GE(track.play_count.value_or(0), 0);
    EXPECT_GE(track.last_played.value_or(1), 0);
    for (const std::string& artist : track.tags.artists)
        EXPECT_THAT(artist, ::testing::Not(IsEmpty()));
}

void parse_all(const json::value& value) {
    if (const auto rows = mb::parse_rows(value, 0)) {
        for (const json::value& row : rows->rows) {
            expect_sane(mb::parse_track(row));
            EXPECT_GE(mb::parse_album(row).tracks, 0);
            mb::parse_entry(row);
            mb::is_own_playlist(row);
        }
        mb::parse_users(rows->rows);
    }
    expect_sane(mb::parse_track(value));
    if (const auto folders = mb::parse_folders(value)) {
        for (const mb::Folder& folder : *folders)
            EXPECT_THAT(folder.library.id, ::testing::Not(IsEmpty())) << "a parent that filters nothing";
    }
    if (const auto user = mb::parse_user(value)) {
        EXPECT_THAT(user->id, ::testing::Not(IsEmpty()));
    }
    mb::parse_lyrics(value);
}

std::vector<std::string> fixtures(const std::string& kind) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(fixtures_folder() / kind))
        if (entry.path().extension() == ".json") files.push_back(kind + "/" + entry.path().filename().string());
    return files;
}

TEST(MediaBrowserItems, FieldsOfAnyKind) {
    if (!has_fixtures()) GTEST_SKIP() << "the fixtures are not on this machine";
    for (const char* kind : {"jellyfin", "emby"}) {
        for (const std::string& file : fixtures(kind)) {
            SCOPED_TRACE(file);
            json::value value = json::parse(fixture(file));
            const json::value kept = value;
            with_each_damage(value, value, parse_all);
            EXPECT_EQ(value.kind(), kept.kind());
        }
    }
}

TEST(MediaBrowserItems, ListsSayHowLongTheyAre) {
    const auto rows = [](const char* text, std::int64_t first) { return mb::parse_rows(json::parse(text), first); };
    EXPECT_FALSE(rows("{}", 0)) << "no list is no empty list";
    EXPECT_FALSE(rows("[]", 0));
    EXPECT_FALSE(rows("null", 0));
    EXPECT_FALSE(rows(R"({"Items":{},"TotalRecordCount":3})", 0));
    EXPECT_FALSE(rows(R"({"TotalRecordCount":3})", 0));
    EXPECT_EQ(rows(R"({"TotalRecordCount":0})", 0)->total, 0);
    EXPECT_EQ(rows(R"({"Items":[1,2]})", 0)->total, std::nullopt);
    EXPECT_EQ(rows(R"({"Items":[1,2],"TotalRecordCount":0})", 0)->total, std::nullopt) << "less than there are";
    EXPECT_EQ(rows(R"({"Items":[1,2],"TotalRecordCount":"7"})", 5)->total, 7);
    EXPECT_EQ(rows(R"({"Items":[],"TotalRecordCount":7})", 9)->total, 7);
}

TEST(MediaBrowserItems, ArtistsAreTakenFromTheBestPlace) {
    const auto artists = [](const char* text) { return mb::parse_track(json::parse(text)).tags.artists; };
    EXPECT_THAT(artists(R"({"ArtistItems":[{"Name":"A"}],"Artists":["B"]})"), ElementsAre("A"));
    EXPECT_THAT(artists(R"({"ArtistItems":[],"Artists":["B","C"]})"), ElementsAre("B", "C"));
    EXPECT_THAT(artists(R"({"AlbumArtist":"D"})"), IsEmpty());
    EXPECT_EQ(display_artist(mb::parse_track(json::parse(R"({"AlbumArtists":[{"Name":"D"}]})")).tags), "D");
}

TEST(MediaBrowserItems, VersionsAndUsers) {
    EXPECT_EQ(mb::parse_version("10.11.11"), (mb::Version{10, 11}));
    EXPECT_EQ(mb::parse_version("12"), (mb::Version{12, 0}));
    EXPECT_EQ(mb::parse_version("master"), mb::Version{});
    EXPECT_LT(mb::parse_version("10.9.1"), mb::parse_version("10.11"));
    const std::vector<mb::User> users = {{.id = "aa", .name = "zoe"}, {.id = "bb", .name = "Zoë"}};
    EXPECT_EQ(mb::find_user(users, "Zoë")->id, "bb") << "exactly so called";
    EXPECT_EQ(mb::find_user(users, "ZOE")->id, "aa");
    EXPECT_EQ(mb::find_user(users, "B-B")->id, "bb");
    EXPECT_FALSE(mb::find_user(users, "carol"));
}

// --- Whole operations ------------------------------------------------------------------------------------------------

struct Operation {
    std::string name;
    std::function<void(MediaServer&, const FakeMediaBrowser&, const std::string& playlist)> run;
};

std::vector<Operation> operations() {
    using Fake = FakeMediaBrowser;
    using Text = std::string;
    return {
        {"probe", [](MediaServer& server, const Fake&, const Text&) { server.probe(kGoOn); }},
        {"albums", [](MediaServer& server, const Fake&, const Text&) { server.newest_albums(3, kGoOn); }},
        {"tracks",
         [](MediaServer& server, const Fake&, const Text&) { server.list_tracks([](const ServerTrack&) {}, kGoOn); }},
        {"played", [](MediaServer& server, const Fake&, const Text&) { server.most_played(3, kGoOn); }},
        {"fetch",
         [](MediaServer& server, const Fake& fake, const Text&) {
             const testing_support::TempFolder folder;
             server.fetch(fake.track_id(1), folder.path() / "audio", kGoOn);
         }},
        {"lyrics", [](MediaServer& server, const Fake& fake, const Text&) { server.lyrics(fake.track_id(0), kGoOn); }},
        {"stamp", [](MediaServer& server, const Fake&, const Text&) { server.change_stamp(kGoOn); }},
        {"playlists", [](MediaServer& server, const Fake&, const Text&) { server.playlists(kGoOn); }},
        {"entries", [](MediaServer& server, const Fake&, const Text& list) { server.playlist_tracks(list, kGoOn); }},
        {"create", [](MediaServer& server, const Fake& fake,
                      const Text&) { server.create_playlist("New", std::vector{fake.track_id(1)}, kGoOn); }},
        {"replace",
         [](MediaServer& server, const Fake& fake, const Text& list) {
             server.replace_playlist({list, "Kept"}, std::vector{fake.track_id(2), fake.track_id(3)}, kGoOn);
         }},
        {"delete", [](MediaServer& server, const Fake&, const Text& list) { server.delete_playlist(list, kGoOn); }},
    };
}

std::set<ErrorCode> fitting(Fault fault) {
    switch (fault) {
        case Fault::status_401:
            return {ErrorCode::login_refused};
        case Fault::status_403:
            return {ErrorCode::permission_denied};
        case Fault::status_404:
            return {ErrorCode::not_found, ErrorCode::invalid_argument};
        case Fault::status_500:
            return {ErrorCode::server_failed};
        case Fault::cut:
        case Fault::wrong_length:
            return {ErrorCode::unavailable};
        default:
            return {ErrorCode::invalid_argument, ErrorCode::server_failed};
    }
}

/// The contract breaks the first request, which is always the same; here it is a later one.
void break_after_login(FakeMediaBrowser& fake) {
    const auto server = create_media_server(fake.account());
    const std::string list = server->create_playlist("Kept", std::vector{fake.track_id(1)}, kGoOn);
    for (const Fault fault : {Fault::status_401, Fault::status_403, Fault::status_404, Fault::status_500, Fault::cut,
                              Fault::wrong_length, Fault::html, Fault::redirect, Fault::xml_error}) {
        for (const Operation& operation : operations()) {
            SCOPED_TRACE(name_of(fault) + " during " + operation.name);
            server->playlists(kGoOn);  // logs in where the last fault ended the session
            fake.set_fault(fault);
            std::optional<Error> error;
            try {
                operation.run(*server, fake, list);
            } catch (const Error& thrown) {
                error = thrown;
            }
            fake.set_fault(Fault::none);
            const bool may_be_none = fault == Fault::status_404 && operation.name == "lyrics";
            EXPECT_TRUE(error || may_be_none) << "a fault became a success";
            if (!error) continue;
            EXPECT_THAT(fitting(fault), Contains(error->code())) << error->what();
        }
        // A request whose answer is lost was heard all the same.
        if (fault == Fault::cut || fault == Fault::wrong_length)
            server->replace_playlist({list, "Kept"}, std::vector{fake.track_id(1)}, kGoOn);
        EXPECT_THAT(server->playlist_tracks(list, kGoOn), ElementsAre(fake.track_id(1))) << "nothing was changed";
    }
    EXPECT_THAT(fake.complaints(), IsEmpty());
}

TEST(MediaBrowser, FaultsAfterTheLoginHaveTheirNames) {
    for (const auto login : {FakeJellyfin::Login::key, FakeJellyfin::Login::token}) {
        FakeJellyfin jellyfin("10.11.11", login);
        break_after_login(jellyfin);
    }
    FakeEmby emby("4.9.1.90", FakeEmby::Login::key);
    break_after_login(emby);
}

/// Stands between a client and a fake, and damages what one path answers.
class Meddler {
public:
    explicit Meddler(FakeMediaBrowser& fake)
        : fake_(fake), web_([this](const WebRequest& request) {
              WebAnswer answer = fake_.respond(request);
              if (request.method + " " + request.path == target && answer.status == 200) damage(answer.body);
              return answer;
          }) {}
    std::string url() const { return web_.url(); }

    std::string target;  ///< "GET /Items"
    std::function<void(std::string&)> damage = [](std::string&) {};

private:
    FakeMediaBrowser& fake_;
    FakeWeb web_;
};

constexpr std::int64_t kKept = 77;

/// Runs an operation, which may change the playlist.
void run(FakeMediaBrowser& fake, const std::string& url, const Operation& operation) {
    fake.state().playlists = {{kKept, {.name = "Kept", .tracks = {1}}}};
    ServerAccount account = fake.account();
    account.url = url;
    operation.run(*create_media_server(account), fake, fake.playlist_id(kKept));
}

/// For each "GET /Items" operations that ask it; a few, as all begin alike.
std::map<std::string, std::vector<Operation>> operations_by_request(FakeMediaBrowser& fake) {
    constexpr std::size_t kFew = 3;
    std::map<std::string, std::vector<Operation>> by_request;
    for (const Operation& operation : operations()) {
        fake.web().forget_requests();
        run(fake, fake.web().url(), operation);
        std::set<std::string> asked;
        for (const WebRequest& request : fake.web().requests())
            if (!request.path.ends_with("/Download")) asked.insert(request.method + " " + request.path);
        for (const std::string& request : asked)
            if (by_request[request].size() < kFew) by_request[request].push_back(operation);
    }
    return by_request;
}

/// Whatever comes of damaged answers must be an error of the right kind, or a result. Returns how many were errors.
int run_damaged(FakeMediaBrowser& fake, const Meddler& meddler, const std::vector<Operation>& operations) {
    int failed = 0;
    for (const Operation& operation : operations) {
        try {
            run(fake, meddler.url(), operation);
        } catch (const Error& error) {
            ++failed;
            EXPECT_THAT(error.code(), AnyOf(ErrorCode::server_failed, ErrorCode::invalid_argument, ErrorCode::not_found,
                                            ErrorCode::permission_denied))
                << operation.name << ": " << error.what();
        }
    }
    return failed;
}

void cut_and_bend(FakeMediaBrowser& fake) {
    fake.state().tracks = 12;
    Meddler meddler(fake);
    for (const auto& [request, operations] : operations_by_request(fake)) {
        meddler.target = request;
        for (const int part : {0, 10, 50, 99}) {
            SCOPED_TRACE(fmt::format("{} cut to {} %", request, part));
            bool was_json = false;
            meddler.damage = [&](std::string& body) {
                was_json = was_json || (!request.ends_with(".lrc") && body.find_first_of("{[") == 0);
                body.resize(body.size() * static_cast<std::size_t>(part) / 100);
            };
            const int failed = run_damaged(fake, meddler, operations);
            // What adding to a playlist answers is not read; the playlist is, afterwards.
            const bool read = request.starts_with("GET") || !request.ends_with("/Items");
            EXPECT_GT(failed, was_json && read ? 0 : -1) << "part of an answer was taken for all of it";
        }
        for (const char* other : {"{}", "[]", "null", "7", "\"text\"", R"({"Items":null})", R"({"Items":[null,7,[]]})",
                                  R"({"Items":[{}],"TotalRecordCount":1})"}) {
            SCOPED_TRACE(fmt::format("{} answers {}", request, other));
            meddler.damage = [&](std::string& body) { body = other; };
            run_damaged(fake, meddler, operations);
        }
    }
}

TEST(MediaBrowser, DamagedAnswersAreErrors) {
    FakeJellyfin jellyfin("12.0.0", FakeJellyfin::Login::key);
    cut_and_bend(jellyfin);
    FakeEmby emby("4.9.1.90", FakeEmby::Login::key);
    cut_and_bend(emby);
}

}  // namespace
}  // namespace audiomuse::library::testing
