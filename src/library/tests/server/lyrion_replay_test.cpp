// Answers that were recorded from a server, or made after its source: what the adapter asks, and what it makes of them.
#include <gmock/gmock.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>
#include <optional>
#include <set>

#include "lyrion/lyrion.h"
#include "server/fake_media_server.h"
#include "server/fixtures.h"
#include "support/temp_folder.h"

namespace audiomuse::library::testing {

namespace json = boost::json;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
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

/// Answers commands with fixtures, each by its first words, and checks that the question was the one of the recording.
class Replay {
public:
    /// By command: "titles", "playlists new". A body stands for itself where it begins with "{".
    using Answers = std::map<std::string, std::string>;
    explicit Replay(Answers answers)
        : answers_(std::move(answers)), web_([this](const WebRequest& request) { return answer(request); }) {}

    std::unique_ptr<MediaServer> server() const {
        return create_lyrion({.kind = ServerKind::lyrion, .url = web_.url(), .limits = fast_limits()});
    }
    /// From now on that command is answered so, whatever its fixture.
    void set_body(const std::string& command, std::string body) { answers_[command] = "=" + std::move(body); }
    std::vector<std::string> terms_of(const std::string& command) const { return terms_.at(command); }

private:
    static std::string name_of(const json::array& terms) {
        std::string name(terms.at(0).as_string());
        const bool named = (name == "playlists" || name == "playlist") && terms.at(1).is_string() &&
                           terms.at(1).as_string().find_first_not_of("0123456789") != std::string::npos;
        return named ? name + " " + std::string(terms.at(1).as_string()) : name;
    }

    WebAnswer answer(const WebRequest& request) {
        EXPECT_EQ(request.method, "POST");
        EXPECT_EQ(request.path, "/jsonrpc.js");
        EXPECT_THAT(request.query, IsEmpty());
        EXPECT_EQ(request.header("content-type"), "application/json");
        const json::value body = json::parse(request.body);
        EXPECT_EQ(body.at("method"), "slim.request");
        EXPECT_EQ(body.at("params").at(0), "") << "no player is touched";
        const json::array& terms = body.at("params").at(1).as_array();
        const std::string command = name_of(terms);
        terms_[command].clear();
        for (const json::value& term : terms)
            terms_[command].push_back(term.is_string() ? std::string(term.as_string()) : json::serialize(term));
        const auto found = answers_.find(command);
        if (found == answers_.end()) return {.close = true};
        const std::string& what = found->second;
        if (what.starts_with("=")) return {.body = what.substr(1)};
        if (what.starts_with("{")) return {.body = R"({"id":1,"result":)" + what + "}"};
        const FixtureRow row = fixture_row(what);
        std::string text = fixture(what);
        if (row.status == 200) {
            EXPECT_EQ(name_of(json::parse(text).at("params").at(1).as_array()), command);
            EXPECT_TRUE(row.request.starts_with(request.method + " " + request.path)) << row.request;
        }
        return {.status = row.status, .type = row.content_type, .body = std::move(text)};
    }

    Answers answers_;
    std::map<std::string, std::vector<std::string>> terms_;
    FakeWeb web_;
};

/// An operation, the fixtures that it meets, and the command whose answer is spoilt.
struct Replayed {
    std::string command;
    Replay::Answers answers;
    std::function<void(MediaServer&)> run;
};

const std::string kAddress = R"({"songinfo_loop":[{"id":1},{"url":"file:///srv/music/main/a.flac"}]})";
const std::string kVersion = "lyrion/version.json";

std::vector<Replayed> replayed() {
    const auto all = [](MediaServer& server) { list(server); };
    const auto played = [](MediaServer& server) { server.most_played(3, kGoOn); };
    const auto lyrics = [](MediaServer& server) { server.lyrics("1", kGoOn); };
    const auto create = [](MediaServer& server) {
        server.create_playlist("Mix_automatic", std::vector<std::string>{"1", "7", "3"}, kGoOn);
    };
    const Replay::Answers making{{"version", kVersion},
                                 {"songinfo", kAddress},
                                 {"playlists new", "lyrion/playlists_new.json"},
                                 {"playlists edit", "lyrion/playlists_edit_add.json"},
                                 {"playlists delete", "lyrion/playlists_delete.json"},
                                 {"playlists tracks", "lyrion/playlists_tracks.json"}};
    Replay::Answers taken = making;
    taken["playlists new"] = "lyrion/playlists_new_existing.json";
    const Replay::Answers lists{{"playlists", "lyrion/playlists.json"},
                                {"playlists tracks", "lyrion/playlists_tracks.json"}};
    return {
        {"version",
         {{"version", kVersion},
          {"musicfolder", "lyrion/musicfolder.json"},
          {"serverstatus", "lyrion/serverstatus.json"},
          {"titles", "lyrion/titles.json"}},
         [](MediaServer& server) { server.probe(kGoOn); }},
        {"serverstatus",
         {{"serverstatus", "lyrion/serverstatus.json"}},
         [](MediaServer& server) { server.change_stamp(kGoOn); }},
        {"musicfolder",
         {{"musicfolder", "lyrion/musicfolder.json"}},
         [](MediaServer& server) { server.libraries(kGoOn); }},
        {"titles", {{"titles", "lyrion/titles.json"}}, all},
        {"titles", {{"titles", "lyrion/titles_album.json"}}, all},
        {"titles", {{"titles", "lyrion/titles_unknown_album.json"}}, all},
        {"titles", {{"titles", "lyrion/titles_since_lastplayed.json"}}, all},
        {"titles", {{"titles", "lyrion/titles_by_playcount.json"}}, played},
        {"titles", {{"titles", "lyrion/titles_playcount_9x.json"}}, played},
        {"titles", {{"titles", "lyrion/titles.json"}}, [](MediaServer& server) { server.newest_albums(9, kGoOn); }},
        {"songinfo", {{"songinfo", "lyrion/songinfo.json"}}, lyrics},
        {"songinfo", {{"songinfo", "lyrion/songinfo_lyrics.json"}}, lyrics},
        {"playlists", lists, [](MediaServer& server) { server.playlists(kGoOn); }},
        {"playlists",
         {{"playlists", "lyrion/playlists_empty.json"}},
         [](MediaServer& server) { server.playlists(kGoOn); }},
        {"playlists tracks", lists, [](MediaServer& server) { server.playlist_tracks("9", kGoOn); }},
        {"playlists new", making, create},
        {"playlists edit", making, create},
        {"playlists new", taken, create},
        {"playlists delete", making, [](MediaServer& server) { server.delete_playlist("13", kGoOn); }},
    };
}

class LyrionReplay : public ::testing::Test {
protected:
    void SetUp() override {
        if (!has_fixtures()) GTEST_SKIP() << "no recorded answers at " << fixtures_folder();
    }
};

}  // namespace

TEST_F(LyrionReplay, EveryFixtureIsReplayedOrItsCommandNeverSent) {
    std::set<std::string> known{
        // with a player, which would start to play
        "lyrion/players.json", "lyrion/players_9x.json", "lyrion/players_none.json", "lyrion/playlist_save.json",
        "lyrion/playlistcontrol_add.json", "lyrion/playlistcontrol_load.json",
        // albums come from the tracks: the server cuts its list of them at a hundred
        "lyrion/albums.json", "lyrion/albums_past_end.json", "lyrion/albums_search.json",
        "lyrion/albums_sort_new_capped.json",
        // names are left as they are
        "lyrion/playlists_rename.json",
        // tests of their own, below
        "lyrion/unauthorized.html", "lyrion/songinfo_unknown_track.json", "lyrion/titles_page.json"};
    for (const Replayed& one : replayed()) {
        for (const auto& [command, file] : one.answers)
            known.insert(file);
    }
    for (const FixtureRow& row : fixtures_of("lyrion"))
        EXPECT_THAT(known, Contains(row.file));
}

TEST_F(LyrionReplay, TheLibrary) {
    const Replay replay(Replay::Answers{{"version", kVersion},
                                        {"musicfolder", "lyrion/musicfolder.json"},
                                        {"serverstatus", "lyrion/serverstatus.json"},
                                        {"titles", "lyrion/titles.json"}});
    const auto server = replay.server();
    const ServerInfo info = server->probe(kGoOn);
    EXPECT_EQ(info.version, "7.7.1");
    EXPECT_EQ(info.product, "Logitech Media Server");
    EXPECT_EQ(info.tracks, 8);
    ASSERT_THAT(info.libraries, SizeIs(2));
    EXPECT_EQ(info.libraries[1].name, "world");
    EXPECT_EQ(info.libraries[1].tracks, 2);
    EXPECT_THAT(replay.terms_of("musicfolder"), ElementsAre("musicfolder", "0", "1000", "tags:u"));
    EXPECT_EQ(server->change_stamp(kGoOn), "1795352047 8 3");

    const auto tracks = list(*server);
    EXPECT_THAT(replay.terms_of("titles"),
                ElementsAre("titles", "0", "1000", HasSubstr("tags:"), "sort:sql=tracks.id"));
    ASSERT_THAT(tracks, SizeIs(8));
    EXPECT_EQ(tracks[0].id, "7");
    EXPECT_EQ(tracks[0].tags.title, "Bølge én");
    EXPECT_EQ(tracks[0].path, "/srv/music/world/Ørjan & Søn/Bølger #2/01 Bølge én.ogg");
    EXPECT_EQ(tracks[0].tags.year, 2020);
    EXPECT_EQ(tracks[0].tags.album_artist, "Ørjan & Søn");
    EXPECT_NEAR(tracks[0].tags.duration_s, 3.054, 1e-9);
    EXPECT_EQ(tracks[0].size, 15517);
    EXPECT_EQ(tracks[0].changed_at, 1795351511);
    EXPECT_EQ(tracks[0].album_id, "3");
    EXPECT_FALSE(tracks[0].play_count);
    EXPECT_THAT(tracks[2].tags.artists, ElementsAre("Mira Sol"));
    EXPECT_EQ(tracks[2].tags.album_artist, "Various Artists") << "which came as the band";
    EXPECT_THAT(tracks[4].tags.artists, ElementsAre("Tom Reed, Anna Bell")) << "no ids tell how to take it apart";
    EXPECT_THAT(tracks[0].tags.genres, ElementsAre("Folk"));
    const auto albums = server->newest_albums(9, kGoOn);
    ASSERT_THAT(albums, SizeIs(3));
    EXPECT_EQ(albums[0].id, "3");
    EXPECT_EQ(albums[0].artist, "Ørjan & Søn");
}

TEST_F(LyrionReplay, OnePageIsNoLibrary) {
    const Replay replay(Replay::Answers{{"titles", "lyrion/titles_page.json"}});
    const auto error = error_of([&] { list(*replay.server()); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::server_failed) << "the same page again, or three of eight";
    const Replay none(Replay::Answers{{"titles", "lyrion/titles_unknown_album.json"}});
    EXPECT_THAT(list(*none.server()), IsEmpty());
}

TEST_F(LyrionReplay, Plays) {
    const Replay replay(Replay::Answers{{"titles", "lyrion/titles_playcount_9x.json"}});
    const auto played = replay.server()->most_played(2, kGoOn);
    ASSERT_THAT(played, SizeIs(2));
    EXPECT_EQ(played[0].tags.title, "Gulls");
    EXPECT_EQ(played[0].play_count, 7);
    EXPECT_EQ(played[1].play_count, 3);
    EXPECT_THAT(replay.terms_of("titles"), Contains("sort:sql=tracks_persistent.playcount DESC"));
    const Replay old(Replay::Answers{{"titles", "lyrion/titles_by_playcount.json"}});
    EXPECT_THAT(old.server()->most_played(3, kGoOn), SizeIs(3));
}

TEST_F(LyrionReplay, Lyrics) {
    for (const char* file : {"lyrion/songinfo.json", "lyrion/songinfo_lyrics.json"}) {
        const Replay replay(Replay::Answers{{"songinfo", file}});
        EXPECT_EQ(replay.server()->lyrics("1", kGoOn), "Morning comes in slowly\nOver paper walls");
        EXPECT_THAT(replay.terms_of("songinfo"), ElementsAre("songinfo", "0", "100", "track_id:1", "tags:w"));
    }
    const Replay unknown(Replay::Answers{{"songinfo", "lyrion/songinfo_unknown_track.json"}});
    EXPECT_EQ(error_of([&] { unknown.server()->lyrics("99999", kGoOn); })->code(), ErrorCode::not_found);
    const TempFolder folder;
    EXPECT_EQ(error_of([&] { unknown.server()->fetch("99999", folder / "a", kGoOn); })->code(), ErrorCode::not_found);
}

TEST_F(LyrionReplay, Playlists) {
    const auto all = replayed();
    const auto making = std::ranges::find(all, "playlists edit", &Replayed::command);
    Replay replay(making->answers);
    const auto server = replay.server();
    EXPECT_EQ(server->create_playlist("Mix_automatic", std::vector<std::string>{"1", "7", "3"}, kGoOn), "9");
    EXPECT_THAT(replay.terms_of("playlists new"), ElementsAre("playlists", "new", "name:Mix_automatic"));
    EXPECT_THAT(replay.terms_of("playlists edit"),
                ElementsAre("playlists", "edit", "cmd:add", "playlist_id:9", "url:file:///srv/music/main/a.flac"));
    EXPECT_THAT(replay.terms_of("playlists tracks"),
                ElementsAre("playlists", "tracks", "0", "1000", "playlist_id:9", "tags:u"));
    server->delete_playlist("13", kGoOn);
    EXPECT_THAT(replay.terms_of("playlists delete"), ElementsAre("playlists", "delete", "playlist_id:13"));

    const Replay lists(
        Replay::Answers{{"playlists", "lyrion/playlists.json"}, {"playlists tracks", "lyrion/playlists_tracks.json"}});
    const auto playlists = lists.server()->playlists(kGoOn);
    EXPECT_THAT(lists.terms_of("playlists"), ElementsAre("playlists", "0", "1000", "tags:u"));
    ASSERT_THAT(playlists, SizeIs(4));
    EXPECT_EQ(playlists[2].name, "Rock Pop  50% \"hot\" & *new*? <x> ünï");
    EXPECT_EQ(playlists[0].tracks, 3);
    EXPECT_THAT(lists.server()->playlist_tracks("9", kGoOn), ElementsAre("1", "7", "3"));
    const Replay empty(Replay::Answers{{"playlists", "lyrion/playlists_empty.json"}});
    EXPECT_THAT(empty.server()->playlists(kGoOn), IsEmpty());
}

TEST_F(LyrionReplay, ProtectionCoversCommandsAndFiles) {
    FakeWeb web([](const WebRequest& request) -> WebAnswer {
        const FixtureRow row = fixture_row("lyrion/unauthorized.html");
        if (request.path == "/jsonrpc.js" && request.body.find("songinfo") != std::string::npos) {
            return {.body = fixture("lyrion/songinfo_lyrics.json")};
        }
        return {.status = row.status, .type = row.content_type, .body = fixture(row.file)};
    });
    const auto server = create_lyrion({.kind = ServerKind::lyrion, .url = web.url(), .limits = fast_limits()});
    const TempFolder folder;
    EXPECT_EQ(error_of([&] { server->probe(kGoOn); })->code(), ErrorCode::login_refused);
    EXPECT_EQ(error_of([&] { server->fetch("1", folder / "a", kGoOn); })->code(), ErrorCode::login_refused);
    EXPECT_EQ(web.requests().back().path, "/music/1/download");
}

TEST_F(LyrionReplay, AnswersThatAreCutShortAreErrors) {
    for (const Replayed& one : replayed()) {
        const std::string file = one.answers.at(one.command);
        for (const std::string& piece : cut_short(fixture(file))) {
            SCOPED_TRACE(file + ": " + std::to_string(piece.size()));
            Replay replay(one.answers);
            replay.set_body(one.command, piece);
            const auto error = error_of([&] { one.run(*replay.server()); });
            ASSERT_TRUE(error);
            EXPECT_EQ(error->code(), ErrorCode::server_failed) << error->what();
        }
    }
}

TEST_F(LyrionReplay, WrongTypesAreErrorsOrNothingButNeverACrash) {
    const std::set<ErrorCode> allowed{ErrorCode::server_failed, ErrorCode::invalid_argument, ErrorCode::not_found,
                                      ErrorCode::unavailable, ErrorCode::conflict};
    for (const Replayed& one : replayed()) {
        const std::string file = one.answers.at(one.command);
        Replay replay(one.answers);
        const auto server = replay.server();
        json::value whole = fixture_json(file);
        const json::value result = whole.at("result");
        with_wrong_types(result, 25, [&](const std::string& what, const json::value& changed) {
            SCOPED_TRACE(file + what);
            whole.as_object()["result"] = changed;
            replay.set_body(one.command, json::serialize(whole));
            const auto error = error_of([&] { one.run(*server); });
            EXPECT_TRUE(!error || allowed.contains(error->code())) << error->what();
        });
    }
}

}  // namespace audiomuse::library::testing
