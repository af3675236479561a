// Answers that a real MPD gave, played back to the adapter.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <cmath>
#include <filesystem>
#include <map>
#include <mutex>
#include <set>

#include "audiomuse/library/media_server.h"
#include "mpd/client.h"
#include "server/fake_media_server.h"
#include "server/line_server.h"
#include "support/temp_folder.h"

namespace audiomuse::library::testing {

using mpd::command;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing_support::contents;
using testing_support::TempFolder;
namespace fs = std::filesystem;

namespace {

const fs::path kFixtures = fs::path(AUDIOMUSE_SHARED_DIR) / "media-servers-fixtures/mpd";
constexpr const char* kPassword = "s3cret";

struct Fixture {
    std::vector<std::string> send;
    std::string recv;
};

Fixture load_file(const fs::path& file) {
    const boost::json::value value = boost::json::parse(contents(file));
    Fixture fixture;
    for (const auto& line : value.at("send").as_array())
        fixture.send.emplace_back(line.as_string());
    fixture.recv = value.at("recv").as_string();
    return fixture;
}
Fixture load(const std::string& name) {
    return load_file(kFixtures / (name + ".json"));
}

/// Commands as words, so that quoting may differ; the two ways to begin a list are one.
std::vector<std::vector<std::string>> words_of(const std::vector<std::string>& lines) {
    std::vector<std::vector<std::string>> words;
    for (const std::string& line : lines)
        words.push_back(parse_words(line.starts_with("command_list_ok") ? "command_list_begin" : line));
    return words;
}

/// Knows the answers of some fixtures, and what else a test adds; everything else it complains about.
class Replay {
public:
    explicit Replay(std::initializer_list<const char*> names, const fs::path& path = {})
        : server_([this](const auto& lines, LineVisit& visit) { return answer(lines, visit); }, load("greeting").recv,
                  path) {
        for (const char* name : names)
            answers_[words_of(load(name).send)] = load(name).recv;
    }
    void add(const std::vector<std::string>& lines, const std::string& answer) { answers_[words_of(lines)] = answer; }
    /// Ends each answer after so many bytes, and the connection.
    void cut_after(std::size_t bytes) { cut_ = bytes; }

    ServerAccount account() const {
        return {.kind = ServerKind::mpd,
                .url = "mpd://127.0.0.1:" + std::to_string(server_.port()),
                .user = {},
                .password = {},
                .token = {},
                .libraries = {},
                .music_folder = "/srv/music",
                .limits = fast_limits()};
    }
    std::unique_ptr<MediaServer> server() const { return create_media_server(account()); }
    std::unique_ptr<mpd::Client> client(const std::string& password = "") const {
        return std::make_unique<mpd::Client>(mpd::parse_address(account().url), password, fast_limits());
    }
    std::vector<std::string> complaints() const { return complaints_; }

private:
    std::string answer(const std::vector<std::string>& lines, LineVisit& visit) {
        const std::lock_guard lock(mutex_);
        if (lines[0] == command("password", {kPassword})) return "OK\n";
        const auto found = answers_.find(words_of(lines));
        if (found == answers_.end()) {
            complaints_.push_back(lines.size() > 1 ? lines[1] : lines[0]);
            return "ACK [5@0] {} unknown command\n";
        }
        visit.hangs_up = cut_ < found->second.size();
        return found->second.substr(0, cut_);
    }

    std::mutex mutex_;
    std::map<std::vector<std::vector<std::string>>, std::string> answers_;
    std::vector<std::string> complaints_;
    std::size_t cut_ = std::string::npos;
    LineServer server_;
};

std::optional<Error> error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}
ErrorCode code_of(const std::function<void()>& call) {
    const auto error = error_of(call);
    EXPECT_TRUE(error) << "no error";
    return error ? error->code() : ErrorCode::internal;
}

std::vector<mpd::Song> songs_of(mpd::Session& session, const std::string& command) {
    std::vector<mpd::Song> songs;
    mpd::SongReader reader([&](mpd::Song song) { songs.push_back(std::move(song)); });
    session.ask(command, [&](std::size_t, std::string_view key, std::string_view value) { reader.line(key, value); });
    reader.end();
    return songs;
}

class MpdFixtures : public ::testing::Test {
protected:
    void SetUp() override {
        if (!fs::exists(kFixtures)) GTEST_SKIP() << kFixtures << " is not there";
    }
    const CancelToken cancel_;
};

}  // namespace

TEST_F(MpdFixtures, GreetingAndStatistics) {
    Replay replay({"stats", "lsinfo_root"});
    EXPECT_EQ(replay.server()->change_stamp(cancel_), "9 songs, updated 1795351660");
    EXPECT_EQ(replay.client()->open(cancel_).version(), "0.23.5");
    replay.add({"command_list_begin", command("count", {mpd::below("main")}), command("count", {mpd::below("world")}),
                "command_list_end"},
               "songs: 6\nplaytime: 24\nlist_OK\nsongs: 3\nplaytime: 12\nlist_OK\nOK\n");
    const auto libraries = replay.server()->libraries(cancel_);
    ASSERT_THAT(libraries, SizeIs(2));
    EXPECT_EQ(libraries[0].id, "main");
    EXPECT_EQ(libraries[0].tracks, 6);
    EXPECT_EQ(libraries[1].name, "world");
    EXPECT_EQ(libraries[1].tracks, 3);
    EXPECT_THAT(replay.complaints(), IsEmpty());
}

TEST_F(MpdFixtures, Logins) {
    Replay replay({"password_wrong", "permission_denied"});
    ServerAccount account = replay.account();
    account.password = "nope";
    EXPECT_EQ(code_of([&] { create_media_server(account)->probe(cancel_); }), ErrorCode::login_refused);
    EXPECT_EQ(code_of([&] { replay.client()->open(cancel_).ask("list album"); }), ErrorCode::login_refused);
    EXPECT_EQ(code_of([&] { replay.client(kPassword)->open(cancel_).ask("list album"); }),
              ErrorCode::permission_denied);
    EXPECT_THAT(replay.complaints(), IsEmpty());
}

TEST_F(MpdFixtures, Songs) {
    Replay replay({"find_album", "listallinfo", "listplaylistinfo", "list_albums"});
    auto client = replay.client();
    mpd::Session session(*client, cancel_);
    const auto filter = mpd::all_of({mpd::equals("Album", "Quiet Rooms"), mpd::equals("AlbumArtist", "Anna Bell")});
    const auto album = songs_of(session, command("find", {filter, "sort", "Track", "window", mpd::window(0, 2)}));
    ASSERT_THAT(album, SizeIs(2));
    EXPECT_EQ(album[1].track.id, "main/Anna Bell/Quiet Rooms/02 - Slow Tide.flac");
    EXPECT_EQ(album[1].track.path, album[1].track.id);
    EXPECT_EQ(album[1].track.tags.title, "Slow Tide");
    EXPECT_EQ(album[1].track.tags.duration_s, 5);
    EXPECT_EQ(album[1].track.changed_at, 1'795'351'510);
    EXPECT_EQ(album[0].track.album_id, album[1].track.album_id);

    const auto one = songs_of(session, command("listallinfo", {"main/Anna Bell/Quiet Rooms/01 - First Light.flac"}));
    ASSERT_THAT(one, SizeIs(1));
    const TrackTags& tags = one[0].track.tags;
    EXPECT_EQ(tags.title, "First Light");
    EXPECT_THAT(tags.artists, ElementsAre("Anna Bell"));
    EXPECT_EQ(tags.album_artist, "Anna Bell");
    EXPECT_EQ(tags.year, 2011);
    EXPECT_EQ(tags.track_number, 1);
    EXPECT_EQ(tags.disc_number, 1);
    EXPECT_THAT(tags.genres, ElementsAre("Ambient"));
    EXPECT_FALSE(one[0].is_part);

    const auto entries = songs_of(session, command("listplaylistinfo", {"Mix_automatic"}));
    ASSERT_THAT(entries, SizeIs(2));
    EXPECT_EQ(entries[1].track.tags.title, "雪の夜");
    EXPECT_EQ(entries[1].album.artist, "Ørjan & Søn");
    int albums = 0;
    session.ask("list album group albumartist group date",
                [&](std::size_t, std::string_view key, std::string_view) { albums += key == "Album" ? 1 : 0; });
    EXPECT_EQ(albums, 3);
    EXPECT_THAT(replay.complaints(), IsEmpty());
}

TEST_F(MpdFixtures, Playlists) {
    Replay replay({"listplaylists", "replace_playlist", "playlistadd_unknown", "playlistadd_bad_name", "rm_unknown"});
    const std::string light = "main/Anna Bell/Quiet Rooms/01 - First Light.flac";
    replay.add({"listplaylist Mix_automatic"}, "file: " + light + "\nOK\n");
    const auto playlists = replay.server()->playlists(cancel_);
    ASSERT_THAT(playlists, SizeIs(1));
    EXPECT_EQ(playlists[0].id, "Mix_automatic");
    EXPECT_EQ(playlists[0].name, "Mix_automatic");
    EXPECT_EQ(playlists[0].tracks, 1);
    replay.server()->delete_playlist("Mix_automatic", cancel_);  // gone already

    auto client = replay.client();
    mpd::Session session(*client, cancel_);
    session.ask_together(
        {command("playlistclear", {"Mix_automatic"}), command("playlistadd", {"Mix_automatic", light})});
    EXPECT_EQ(code_of([&] {
                  session.ask(command("playlistadd", {"Mix_automatic", "main/nope.flac"}));
              }),
              ErrorCode::not_found);
    EXPECT_EQ(code_of([&] {
                  session.ask(command("playlistadd", {"new one/with slash", light}));
              }),
              ErrorCode::invalid_argument);
    EXPECT_THAT(replay.complaints(), IsEmpty());
}

TEST_F(MpdFixtures, ListsOfCommandsGoOnBehindARefusal) {
    Replay replay({"command_list_error"});
    replay.add({"command_list_begin", "list album", "command_list_end"}, "Album: Last\nlist_OK\nOK\n");
    auto client = replay.client();
    mpd::Session session(*client, cancel_);
    const std::vector<std::string> commands = {"list album", "find bogus x", "list album"};
    EXPECT_EQ(code_of([&] { session.ask_all(commands, {}); }), ErrorCode::invalid_argument);
    std::vector<std::string> albums;
    session.ask_all(
        commands, [&](std::size_t, std::string_view, std::string_view value) { albums.emplace_back(value); },
        [](const mpd::Ack& ack) { return ack.code == mpd::Ack::argument && ack.index == 1 && ack.command == "find"; });
    EXPECT_THAT(albums, ElementsAre("Bølger #2", "Harbour Lights", "Quiet Rooms", "Last"));
    EXPECT_THAT(replay.complaints(), IsEmpty());
}

TEST_F(MpdFixtures, Stickers) {
    Replay replay({"sticker_find", "sticker_playcount", "sticker_missing"});
    const std::string tide = "main/Anna Bell/Quiet Rooms/02 - Slow Tide.flac";
    replay.add({"sticker find song \"\" playCount"}, "OK\n");
    replay.add({"command_list_begin", command("listallinfo", {tide}), "command_list_end"},
               "file: " + tide + "\nTitle: Slow Tide\nlist_OK\nOK\n");
    replay.add({"command_list_begin", command("sticker", {"list", "song", tide}), "command_list_end"},
               "sticker: lastPlayed=1700000000\nsticker: playcount=3\nlist_OK\nOK\n");
    const auto played = replay.server()->most_played(10, cancel_);
    ASSERT_THAT(played, SizeIs(1));
    EXPECT_EQ(played[0].id, tide);
    EXPECT_EQ(played[0].play_count, 3);
    EXPECT_EQ(played[0].last_played, 1'700'000'000);
    auto client = replay.client();
    mpd::Session session(*client, cancel_);
    EXPECT_EQ(session.value_of(command("sticker", {"get", "song", tide, "playcount"}), "sticker"), "playcount=3");
    EXPECT_EQ(code_of([&] {
                  session.ask(command(
                      "sticker", {"get", "song", "main/Anna Bell/Quiet Rooms/01 - First Light.flac", "playcount"}));
              }),
              ErrorCode::not_found);
    EXPECT_THAT(replay.complaints(), IsEmpty());
}

TEST_F(MpdFixtures, TheMusicFolderIsToldThroughTheSocketOnly) {
    const TempFolder folder;
    Replay local({"config_local"}, folder / "sock");
    ServerAccount account = local.account();
    account.url = folder / "sock";
    account.music_folder.clear();
    const auto error = error_of([&] { create_media_server(account)->fetch("a.flac", folder / "a", cancel_); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), fs::exists("/srv/music") ? ErrorCode::not_found : ErrorCode::invalid_argument);
    EXPECT_THAT(error->what(), HasSubstr("/srv/music"));
    EXPECT_FALSE(fs::exists(folder / "a"));
    const Replay remote({"config_tcp"});
    EXPECT_EQ(code_of([&] { remote.client(kPassword)->open(cancel_).ask("config"); }), ErrorCode::permission_denied);
}

TEST_F(MpdFixtures, UnknownCommandsAreUnsupported) {
    const Replay replay({"unknown_command"});
    EXPECT_EQ(code_of([&] { replay.client()->open(cancel_).ask("bogus"); }), ErrorCode::unsupported);
}

TEST_F(MpdFixtures, AnAnswerCutShortIsNoAnswer) {
    std::size_t files = 0;
    for (const auto& entry : fs::directory_iterator(kFixtures)) {
        if (entry.path().extension() != ".json") continue;
        const Fixture fixture = load_file(entry.path());
        ++files;
        if (fixture.send.empty()) continue;  // the greeting: below
        SCOPED_TRACE(entry.path().filename());
        Replay replay({});
        replay.add(fixture.send, fixture.recv);
        auto client = replay.client();
        const bool is_list = fixture.send.size() > 1;
        const std::vector<std::string> commands =
            is_list ? std::vector(fixture.send.begin() + 1, fixture.send.end() - 1) : fixture.send;
        const std::size_t step = std::max<std::size_t>(1, fixture.recv.size() / 7);
        for (std::size_t length = 0; length < fixture.recv.size(); length += step) {
            SCOPED_TRACE(length);
            replay.cut_after(length);
            mpd::Session session(*client, cancel_);
            EXPECT_EQ(code_of([&] { is_list ? session.ask_all(commands, {}) : session.ask(commands[0]); }),
                      ErrorCode::unavailable);
        }
    }
    EXPECT_EQ(files, 21U) << "a fixture that no test here knows";
    for (const char* greeting : {"", "OK", "OK MPD 0.23"}) {
        const LineServer server([](const auto&, LineVisit&) { return ""; }, greeting);
        const std::string url = "mpd://127.0.0.1:" + std::to_string(server.port());
        mpd::Client client(mpd::parse_address(url), "", {.connect = std::chrono::milliseconds(50), .retries = 0});
        EXPECT_EQ(code_of([&] { client.open(cancel_); }), ErrorCode::timeout);
    }
}

TEST_F(MpdFixtures, WrongValuesAreHarmless) {
    constexpr const char* kValues[] = {"",     "abc",      "-1", "99999999999999999999", "1e999", "nan",
                                       "null", "\xff\xfe", "3/", "2026-13-41T99:99:99Z"};
    for (const char* name : {"find_album", "listallinfo", "listplaylistinfo"}) {
        const Fixture fixture = load(name);
        const auto lines = [&] {
            std::vector<std::string> split;
            for (std::size_t at = 0; at < fixture.recv.size();) {
                const auto end = fixture.recv.find('\n', at);
                split.push_back(fixture.recv.substr(at, end - at));
                at = end + 1;
            }
            split.pop_back();  // OK
            return split;
        }();
        for (std::size_t changed = 0; changed < lines.size(); ++changed) {
            for (const char* value : kValues) {
                std::size_t songs = 0;
                mpd::SongReader reader([&](const mpd::Song& song) {
                    ++songs;
                    const TrackTags& tags = song.track.tags;
                    EXPECT_TRUE(std::isfinite(tags.duration_s) && tags.duration_s >= 0);
                    EXPECT_TRUE(std::isfinite(song.track.changed_at));
                    EXPECT_TRUE(tags.track_number >= 0 && tags.disc_number >= 0 && tags.year >= 0);
                    EXPECT_FALSE(tags.title.empty() && !song.track.id.empty());
                });
                for (std::size_t i = 0; i < lines.size(); ++i) {
                    const auto pair = mpd::parse_pair(lines[i]);
                    ASSERT_TRUE(pair);
                    reader.line(pair->first, i == changed ? value : pair->second);
                }
                reader.end();
                EXPECT_GE(songs, 1U);
            }
        }
    }
    for (const char* stats : {"OK\n", "songs: \nOK\n", "songs: abc\nOK\n", "songs\nOK\n"}) {
        Replay replay({});
        replay.add({"stats"}, stats);
        EXPECT_EQ(code_of([&] { replay.server()->change_stamp(cancel_); }), ErrorCode::server_failed) << stats;
    }
}

}  // namespace audiomuse::library::testing
