#include "plex/plex.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <set>

#include "plex/plex_parse.h"
#include "server/fake_plex.h"
#include "server/fixtures.h"
#include "server/media_server_contract.h"
#include "support/temp_folder.h"

namespace audiomuse::library::testing {

namespace json = boost::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing_support::contents;
using testing_support::TempFolder;

namespace {

const CancelToken kGoOn;

std::optional<Error> error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

std::vector<ServerTrack> list(MediaServer& server) {
    std::vector<ServerTrack> tracks;
    server.list_tracks([&](ServerTrack track) { tracks.push_back(std::move(track)); }, kGoOn);
    return tracks;
}

class PlexTest : public ::testing::Test {
protected:
    ~PlexTest() override { EXPECT_THAT(fake_.complaints(), IsEmpty()); }

    std::vector<std::string> ids(std::initializer_list<std::int64_t> numbers) const {
        std::vector<std::string> ids;
        for (const std::int64_t number : numbers)
            ids.push_back(fake_.track_id(number));
        return ids;
    }

    FakePlex fake_;
    std::unique_ptr<MediaServer> server_ = create_plex(fake_.account());
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Plex, MediaServerContract,
                         ::testing::Values(FakeMaker{"Plex", [] { return std::make_unique<FakePlex>(); }}),
                         [](const auto& info) { return info.param.name; });

// --- pure ----------------------------------------------------------------------------------------------------------

TEST(PlexParse, ListsAreDividedWithoutRepetitions) {
    const auto parts = [](std::vector<std::string> tracks) { return plex::batches(tracks, 3); };
    EXPECT_THAT(parts({}), IsEmpty());
    EXPECT_THAT(parts({"1", "2", "3"}), ElementsAre(ElementsAre("1", "2", "3")));
    EXPECT_THAT(parts({"1", "2", "3", "4"}), ElementsAre(ElementsAre("1", "2", "3"), ElementsAre("4")));
    EXPECT_THAT(parts({"1", "1", "2", "1"}), ElementsAre(ElementsAre("1"), ElementsAre("1", "2"), ElementsAre("1")));
}

TEST(PlexParse, NonsenseIsNothing) {
    const ServerTrack track = plex::read_track(json::parse(
        R"({"ratingKey":310,"title":null,"originalTitle":" ; ","index":"3","parentIndex":-1,"parentYear":1e9,
            "duration":"4000","viewCount":"2","lastViewedAt":"x","Media":{"Part":{"key":7,"size":-5}}})"));
    EXPECT_EQ(track.id, "310");
    EXPECT_THAT(track.tags.artists, IsEmpty());
    EXPECT_EQ(track.tags.track_number, 3);
    EXPECT_EQ(track.tags.disc_number, 0);
    EXPECT_EQ(track.tags.year, 0);
    EXPECT_EQ(track.tags.duration_s, 4);
    EXPECT_EQ(track.play_count, 2);
    EXPECT_FALSE(track.last_played);
    EXPECT_EQ(track.size, 0);
    EXPECT_EQ(plex::part_key(json::parse(R"({"Media":[{"Part":[{"key":"http://elsewhere/"}]}]})")), "");
    EXPECT_EQ(plex::part_key(json::parse(R"({"Media":[{},{"Part":[{"key":"/b"},{"key":"/c"}]}]})")), "/b");
    EXPECT_EQ(plex::read_track(nullptr).id, "");
}

TEST(PlexAccount, NeedsAToken) {
    ServerAccount account{.kind = ServerKind::plex, .url = "http://nas:32400/web/index.html"};
    EXPECT_THAT(error_of([&] { create_plex(account); })->what(), HasSubstr("token"));
    account.token = "T\r\nX-Other: 1";
    const auto error = error_of([&] { create_plex(account); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error->what(), Not(HasSubstr("X-Other")));
    account.token = " T ";
    EXPECT_FALSE(error_of([&] { create_plex(account); })) << "pasted with blanks";
}

// --- traps ---------------------------------------------------------------------------------------------------------

TEST_F(PlexTest, ProbeCountsTheTracksOfEachLibrary) {
    fake_.state().tracks = 120;
    const ServerInfo info = server_->probe(kGoOn);
    EXPECT_EQ(info.product, "Plex Media Server");
    EXPECT_EQ(info.libraries[0].tracks, 100);
    EXPECT_EQ(info.libraries[1].tracks, 20);
    for (const WebRequest& request : fake_.requests()) {
        const bool listing = request.path.ends_with("/all");
        EXPECT_EQ(request.header("x-plex-container-size"), listing ? "0" : "") << "a whole library to count it";
    }
}

TEST_F(PlexTest, TwoArtistsAreTwo) {
    EXPECT_THAT(list(*server_)[1].tags.artists, ElementsAre("Anna Bell", "Tom Reed"));
}

TEST_F(PlexTest, AFileThatChangedIsFoundAgain) {
    const TempFolder folder;
    fake_.set_stale();
    server_->fetch(fake_.track_id(3), folder / "a", kGoOn);
    EXPECT_TRUE(contents(folder / "a") == fake_audio(3));
    for (const char* id : {"", "x", "../identity", "1"})
        EXPECT_EQ(error_of([&] { server_->fetch(id, folder / "b", kGoOn); })->code(), ErrorCode::not_found) << id;
}

TEST_F(PlexTest, LyricsThatNeedASubscriptionAreNone) {
    fake_.set_lyrics_refused(true);
    EXPECT_EQ(server_->lyrics(fake_.track_id(0), kGoOn), "");
}

TEST_F(PlexTest, SmartPlaylistsAreNotTouched) {
    fake_.state().playlists[3] = {.name = "Smart", .tracks = {1}, .own = true, .smart = true};
    EXPECT_THAT(server_->playlists(kGoOn), IsEmpty());
}

TEST_F(PlexTest, LongListsAreWrittenInParts) {
    fake_.state().tracks = 300;
    std::vector<std::string> tracks;
    for (std::int64_t i = 0; i < 250; ++i)
        tracks.push_back(fake_.track_id(i));
    const std::string id = server_->create_playlist("Long", tracks, kGoOn);
    EXPECT_EQ(server_->playlist_tracks(id, kGoOn), tracks);
    std::size_t longest = 0;
    for (const WebRequest& request : fake_.requests())
        longest = std::max(longest, request.value("uri").size());
    EXPECT_LT(longest, 1000);
}

TEST_F(PlexTest, HalfAPlaylistIsAnErrorAndIsTakenAway) {
    fake_.state().drops_last = true;
    const auto error = error_of([&] { server_->create_playlist("New", ids({4, 2, 1}), kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::server_failed);
    EXPECT_THAT(error->what(), AllOf(HasSubstr("of 2 tracks"), HasSubstr("3 were asked for")));
    EXPECT_THAT(fake_.state().playlists, IsEmpty());
    fake_.state().drops_last = false;
    const std::vector<std::string> unknown{fake_.track_id(1), "77"};
    EXPECT_EQ(error_of([&] { server_->create_playlist("New", unknown, kGoOn); })->code(), ErrorCode::server_failed);
    EXPECT_THAT(fake_.state().playlists, IsEmpty());
    const std::vector<std::string> no_id{"1,2"};
    EXPECT_EQ(error_of([&] { server_->create_playlist("New", no_id, kGoOn); })->code(), ErrorCode::not_found);
}

TEST_F(PlexTest, AHalfReplacedPlaylistSaysBothCounts) {
    const std::string id = server_->create_playlist("Mine", ids({1, 2}), kGoOn);
    fake_.state().drops_last = true;
    const auto error = error_of([&] { server_->replace_playlist({id, "Mine", 2}, ids({4, 5, 6}), kGoOn); });
    ASSERT_TRUE(error);
    EXPECT_THAT(error->what(), AllOf(HasSubstr("\"Mine\""), HasSubstr("2 of 3 tracks")));
}

TEST(PlexKind, AnotherServerIsSaid) {
    FakeWeb web([](const WebRequest&) -> WebAnswer { return {.body = R"({"MediaContainer":{"size":0}})"}; });
    const auto server =
        create_plex({.kind = ServerKind::plex, .url = web.url(), .token = "T", .limits = fast_limits()});
    EXPECT_EQ(error_of([&] { server->probe(kGoOn); })->code(), ErrorCode::invalid_argument);
}

// --- answers made after the specification --------------------------------------------------------------------------

namespace {

/// Answers each "METHOD /path" with a fixture, or with a body that begins with "=".
class Replay {
public:
    using Answers = std::map<std::string, std::string>;
    explicit Replay(Answers answers)
        : answers_(std::move(answers)), web_([this](const WebRequest& request) { return answer(request); }) {}

    std::unique_ptr<MediaServer> server() const {
        return create_plex({.kind = ServerKind::plex, .url = web_.url(), .token = "T", .limits = fast_limits()});
    }
    void set_body(const std::string& request, const std::string& body) { answers_[request] = "=" + body; }
    WebRequest last(const std::string& path) const {
        WebRequest last;
        for (const WebRequest& request : web_.requests()) {
            if (request.path == path) last = request;
        }
        return last;
    }

private:
    WebAnswer answer(const WebRequest& request) {
        EXPECT_EQ(request.header("accept"), "application/json");
        EXPECT_EQ(request.header("x-plex-token"), "T");
        EXPECT_NE(request.header("x-plex-client-identifier"), "");
        const std::string asked = request.method + " " + request.path;
        const auto found = answers_.find(asked);
        if (found == answers_.end()) return {.status = 404, .type = "text/html", .body = "<html>404</html>"};
        if (found->second.starts_with("=")) return {.body = found->second.substr(1)};
        const FixtureRow row = fixture_row(found->second);
        // What the recording was asked: method and path, and parameters by name and value.
        if (row.request.find("any call") == std::string::npos && row.request.find("...") == std::string::npos) {
            EXPECT_THAT(row.request, HasSubstr(asked));
        }
        return {.status = row.status, .type = row.content_type, .body = fixture(row.file)};
    }

    Answers answers_;
    FakeWeb web_;
};

const std::string kAll = "GET /library/sections/5/all";
const std::string kItems = "GET /playlists/77/items";

struct Replayed {
    std::string spoilt;  ///< the request whose answer is
    Replay::Answers answers;
    std::function<void(MediaServer&)> run;
};

std::vector<Replayed> replayed() {
    const Replay::Answers library{{"GET /identity", "plex/identity.json"},
                                  {"GET /library/sections", "plex/sections.json"},
                                  {kAll, "plex/section_tracks.json"}};
    Replay::Answers albums = library;
    albums[kAll] = "plex/section_albums.json";
    const Replay::Answers one{{"GET /library/metadata/310", "plex/metadata_track.json"},
                              {"GET /library/streams/9002", "plex/lyrics.txt"}};
    const Replay::Answers playlist{{"GET /identity", "plex/identity.json"},
                                   {"POST /playlists", "plex/playlist_create.json"},
                                   {"GET /playlists", "plex/playlists.json"},
                                   {"PUT /playlists/77/items", "plex/playlist_items_add.json"},
                                   {"DELETE /playlists/77/items", "plex/playlist_clear.txt"},
                                   {"DELETE /playlists/77", "plex/playlist_delete.txt"},
                                   {kItems, "plex/playlist_items.json"}};
    const auto create = [](MediaServer& server) {
        server.create_playlist("Mix_automatic", std::vector<std::string>{"310", "311"}, kGoOn);
    };
    const auto replace = [](MediaServer& server) {
        server.replace_playlist({"77", "Mix_automatic", 2}, std::vector<std::string>{"310", "311"}, kGoOn);
    };
    return {
        {"GET /identity", library, [](MediaServer& server) { server.probe(kGoOn); }},
        {"GET /library/sections", library, [](MediaServer& server) { server.libraries(kGoOn); }},
        {"GET /library/sections", library, [](MediaServer& server) { server.change_stamp(kGoOn); }},
        {kAll, library, [](MediaServer& server) { list(server); }},
        {kAll, library, [](MediaServer& server) { server.most_played(2, kGoOn); }},
        {kAll, albums, [](MediaServer& server) { server.newest_albums(1, kGoOn); }},
        {"GET /library/metadata/310", one, [](MediaServer& server) { server.lyrics("310", kGoOn); }},
        {"GET /playlists", playlist, [](MediaServer& server) { server.playlists(kGoOn); }},
        {kItems, playlist, [](MediaServer& server) { server.playlist_tracks("77", kGoOn); }},
        {"POST /playlists", playlist, create},
        {kItems, playlist, create},
        {kItems, playlist, replace},
    };
}

class PlexReplay : public ::testing::Test {
protected:
    void SetUp() override {
        if (!has_fixtures()) GTEST_SKIP() << "no answers at " << fixtures_folder();
    }
};

}  // namespace

TEST_F(PlexReplay, EveryFixtureIsReplayedOrNeverAskedFor) {
    std::set<std::string> known{"plex/album_children.json",  // tracks come from the whole library
                                "plex/playlists_empty.json", "plex/section_tracks_past_end.json",
                                "plex/unauthorized.html"};  // tests of their own, below
    for (const Replayed& one : replayed()) {
        for (const auto& [request, file] : one.answers)
            known.insert(file);
    }
    for (const FixtureRow& row : fixtures_of("plex"))
        EXPECT_THAT(known, Contains(row.file));
}

TEST_F(PlexReplay, TheLibrary) {
    const Replay replay(replayed().front().answers);
    const auto server = replay.server();
    const ServerInfo info = server->probe(kGoOn);
    EXPECT_EQ(info.version, "1.42.2.10156-f737b826c");
    EXPECT_EQ(info.tracks, 3);
    ASSERT_THAT(info.libraries, SizeIs(1)) << "films are no music";
    EXPECT_EQ(info.libraries[0].id, "5");
    EXPECT_EQ(info.libraries[0].name, "Music");
    const auto tracks = list(*server);
    const WebRequest asked = replay.last("/library/sections/5/all");
    EXPECT_EQ(asked.value("type"), "10");
    EXPECT_EQ(asked.header("x-plex-container-start"), "0");
    EXPECT_EQ(asked.header("x-plex-container-size"), "500");
    ASSERT_THAT(tracks, SizeIs(3));
    EXPECT_EQ(tracks[0].id, "310");
    EXPECT_EQ(tracks[0].tags.title, "First Light");
    EXPECT_THAT(tracks[0].tags.artists, ElementsAre("Anna Bell"));
    EXPECT_EQ(tracks[0].path, "/srv/music/main/Anna Bell/Quiet Rooms/01 - First Light.flac");
    EXPECT_EQ(tracks[0].size, 58043);
    EXPECT_EQ(tracks[0].tags.year, 2011);
    EXPECT_EQ(tracks[0].tags.duration_s, 4);
    EXPECT_EQ(tracks[0].play_count, 3);
    EXPECT_EQ(tracks[0].last_played, 1795201451);
    EXPECT_EQ(tracks[1].play_count, 0);
    EXPECT_FALSE(tracks[1].last_played);
    EXPECT_EQ(tracks[0].album_id, "210");
    EXPECT_EQ(tracks[0].artist_id, "110");
    EXPECT_THAT(tracks[2].tags.artists, ElementsAre("Anna Bell", "Tom Reed"));
    EXPECT_EQ(tracks[2].tags.album_artist, "Anna Bell");
    EXPECT_THAT(server->most_played(5, kGoOn), SizeIs(1));
    // The children of an album are the same rows.
    const json::value album = fixture_json("plex/album_children.json");
    EXPECT_EQ(plex::read_track(album.at("MediaContainer").at("Metadata").at(0)).path, tracks[0].path);
}

TEST_F(PlexReplay, AlbumsAndThePageThatIsNone) {
    const Replay replay(replayed()[5].answers);
    const auto albums = replay.server()->newest_albums(1, kGoOn);
    ASSERT_THAT(albums, SizeIs(1));
    EXPECT_EQ(albums[0].name, "Quiet Rooms");
    EXPECT_EQ(albums[0].artist, "Anna Bell");
    EXPECT_EQ(albums[0].tracks, 3);
    EXPECT_EQ(albums[0].added_at, 1795351510);
    const WebRequest asked = replay.last("/library/sections/5/all");
    EXPECT_EQ(asked.value("type"), "9");
    EXPECT_EQ(asked.value("sort"), "addedAt:desc");
    EXPECT_EQ(asked.header("x-plex-container-size"), "1");
    Replay::Answers past = replayed().front().answers;
    past[kAll] = "plex/section_tracks_past_end.json";
    EXPECT_EQ(error_of([&] { list(*Replay(past).server()); })->code(), ErrorCode::server_failed)
        << "none of three tracks is no empty library";
}

TEST_F(PlexReplay, Lyrics) {
    const Replay replay(replayed()[6].answers);
    EXPECT_EQ(replay.server()->lyrics("310", kGoOn), "Morning comes in slowly\nOver paper walls");
}

TEST_F(PlexReplay, Playlists) {
    const Replay replay(replayed().back().answers);
    const auto server = replay.server();
    const auto playlists = server->playlists(kGoOn);
    EXPECT_EQ(replay.last("/playlists").value("playlistType"), "audio");
    EXPECT_EQ(replay.last("/playlists").value("smart"), "0");
    ASSERT_THAT(playlists, SizeIs(1));
    EXPECT_EQ(playlists[0].id, "77");
    EXPECT_EQ(playlists[0].tracks, 2);
    const std::vector<std::string> tracks{"310", "311"};
    EXPECT_EQ(server->create_playlist("Mix_automatic", tracks, kGoOn), "77");
    const WebRequest made = replay.last("/playlists");
    EXPECT_EQ(made.method, "POST");
    EXPECT_EQ(made.value("type"), "audio");
    EXPECT_EQ(made.value("title"), "Mix_automatic");
    EXPECT_EQ(made.value("smart"), "0");
    EXPECT_EQ(made.value("uri"),
              "server://0123456789abcdef0123456789abcdef01234567/com.plexapp.plugins.library/library/metadata/310,311");
    EXPECT_EQ(server->replace_playlist(playlists[0], tracks, kGoOn), "77");
    EXPECT_EQ(server->playlist_tracks("77", kGoOn), tracks);
    server->delete_playlist("77", kGoOn);
    server->delete_playlist("78", kGoOn);  // 404
    EXPECT_THAT(Replay({{"GET /playlists", "plex/playlists_empty.json"}, {"", ""}}).server()->playlists(kGoOn),
                IsEmpty());
}

TEST_F(PlexReplay, AWrongTokenIsSaid) {
    const Replay replay({{"GET /identity", "plex/identity.json"}, {"GET /library/sections", "plex/unauthorized.html"}});
    EXPECT_EQ(error_of([&] { replay.server()->probe(kGoOn); })->code(), ErrorCode::login_refused);
}

TEST_F(PlexReplay, AnswersThatAreCutShortAreErrors) {
    for (const Replayed& one : replayed()) {
        const std::string file = one.answers.at(one.spoilt);
        for (const std::string& piece : cut_short(fixture(file))) {
            SCOPED_TRACE(file + ": " + std::to_string(piece.size()));
            Replay replay(one.answers);
            replay.set_body(one.spoilt, piece);
            const auto error = error_of([&] { one.run(*replay.server()); });
            ASSERT_TRUE(error);
            EXPECT_EQ(error->code(), ErrorCode::server_failed) << error->what();
        }
    }
}

TEST_F(PlexReplay, WrongTypesAreErrorsOrNothingButNeverACrash) {
    const std::set<ErrorCode> allowed{ErrorCode::server_failed, ErrorCode::invalid_argument, ErrorCode::not_found};
    for (const Replayed& one : replayed()) {
        const std::string file = one.answers.at(one.spoilt);
        Replay replay(one.answers);
        const auto server = replay.server();
        with_wrong_types(fixture_json(file), 40, [&](const std::string& what, const json::value& changed) {
            SCOPED_TRACE(file + what);
            replay.set_body(one.spoilt, json::serialize(changed));
            const auto error = error_of([&] { one.run(*server); });
            EXPECT_TRUE(!error || allowed.contains(error->code())) << error->what();
        });
    }
}

}  // namespace audiomuse::library::testing
