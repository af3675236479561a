// What only the SQLite engine has: its file, its migrations, and its ways to fail.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <thread>

#include "audiomuse/base/clock.h"
#include "audiomuse/store/inspect.h"
#include "plan_watch.h"
#include "sql/repositories.h"
#include "sqlite/engine.h"
#include "sqlite/migrations.h"
#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::HasSubstr;
using wrap::sqlite::Database;

std::unique_ptr<Store> open_in(const std::filesystem::path& folder) {
    return open_sqlite(folder / "audiomuse.db");
}

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, ::testing::Values(StoreBackend{"sqlite", open_in}));

/// A new database whose plans `watch` sees.
std::unique_ptr<Store> open_watched(const std::filesystem::path& file, PlanWatch& watch) {
    auto engine = std::make_unique<sqlite::Engine>(file);
    sqlite::migrate(engine->writer(), file, sqlite::migrations());
    return create_watched_store(std::move(engine), sqlite_plans(), watch);
}

TEST(SqlitePlans, WhatIsAskedOftenReadsNoWholeTable) {
    const testing_support::TempFolder folder;
    PlanWatch watch;
    const auto store = open_watched(folder / "audiomuse.db", watch);
    expect_no_whole_reads(*store, watch);
}

TEST(SqlitePlans, AreTold) {
    const testing_support::TempFolder folder;
    PlanWatch watch;
    const auto store = open_watched(folder / "audiomuse.db", watch);
    watch.watch = true;
    store->tracks().counts();
    EXPECT_FALSE(watch.found.empty()) << "what counts all tracks reads them";
}

class SqliteStore : public ::testing::Test {
protected:
    std::filesystem::path file() const { return folder_.path() / "audiomuse.db"; }
    sqlite::Connection connect() { return sqlite::Connection(file(), Database::Access::create); }

    /// A database of schema version 1 with one row of most kinds in it.
    void make_version_1() {
        sqlite::Connection connection = connect();
        sqlite::migrate(connection, file(), sqlite::migrations().first(1));
        connection.execute(R"(
INSERT INTO servers (type, name, listing) VALUES ('local', 'Local folders', 3);
INSERT INTO tracks (present, title, album, album_artist, track_number, disc_number, year, genres,
    musicbrainz_recording_id, musicbrainz_album_id, musicbrainz_artist_ids, duration_s, has_cover, title_key, artist_key,
    album_key, album_artist_key, added_at, times_analysed)
VALUES
    (1, 'Svefn-g-englar', 'Ágætis byrjun', 'Sigur Rós', 2, 1, 1999, 'Post-Rock 久石譲', '', '', '', 604, 0, 'svefn g englar',
     'sigur ros', 'agætis byrjun', 'sigur ros', 1700000000, 1),
    (0, 'Gone', '', '', 0, 0, 0, '', '', '', '', 100, 0, 'gone', 'unknown artist', '', '', 1700000000, 0);
INSERT INTO track_artists VALUES (1, 0, 'Sigur Rós', 'sigur ros');
INSERT INTO track_sources (track_id, server_id, path, size, mtime_ns, signature, present, listing)
VALUES (1, 1, '/m/a.flac', 10, 20, 'audio', 1, 3), (2, 1, '/m/gone.flac', 10, 20, 'other', 0, 2);
INSERT INTO analyses VALUES (1, 'mini', '1', 0, 10, 20, 1700000000, 604, 120, 0.1, 4, 'minor', zeroblob(24),
    zeroblob(200), zeroblob(48), '16000 Hz', '', 5, x'');
INSERT INTO embeddings VALUES (1, 'mini', '1', x'0000803f000000c0');
INSERT INTO failures VALUES (2, 'damaged', 'decode', 'It is damaged.', 10, 20, 1700000000);
INSERT INTO lyrics VALUES (1, 'Ég flýg');
INSERT INTO playlists (name, kind, recipe, created_at, updated_at) VALUES ('Mine', 'own', '{}', 1, 1);
INSERT INTO playlist_tracks VALUES (1, 0, 1);
)");
    }

    std::string integrity() {
        sqlite::Connection connection = connect();
        const auto rows = connection.query("PRAGMA integrity_check");
        rows->next();
        return rows->text(0);
    }

    testing_support::TempFolder folder_;
};

TEST_F(SqliteStore, MakesItsFolder) {
    const auto nested = folder_.path() / "a" / "b" / "audiomuse.db";
    open_sqlite(nested)->save_setting("x", "y");
    EXPECT_EQ(open_sqlite(nested)->saved_setting("x"), "y");
}

TEST_F(SqliteStore, IsForItsOwnerOnly) {
    const auto rights = [&](const std::string& name) {
        return static_cast<int>(std::filesystem::status(folder_.path() / name).permissions());
    };
    make_version_1();
    const auto store = open_sqlite(file());
    EXPECT_EQ(rights(file().filename()), 0600) << "it holds passwords of media servers";
    const auto fresh = open_sqlite(folder_.path() / "new.db");
    fresh->save_setting("x", "y");
    EXPECT_EQ(rights("new.db"), 0600);
    EXPECT_EQ(rights("new.db-wal"), 0600);
}

TEST_F(SqliteStore, RunsInWalMode) {
    open_sqlite(file());
    sqlite::Connection connection = connect();
    const auto rows = connection.query("PRAGMA journal_mode");
    ASSERT_TRUE(rows->next());
    EXPECT_EQ(rows->text(0), "wal");
}

TEST_F(SqliteStore, MigratesAnOldDatabase) {
    make_version_1();
    const auto store = open_sqlite(file());
    const auto track = store->tracks().get(TrackId{1});
    ASSERT_TRUE(track);
    EXPECT_EQ(track->tags.title, "Svefn-g-englar");
    EXPECT_EQ(track->author, "Sigur Rós");
    EXPECT_EQ(store->analyses().get(TrackId{1})->embedding, (Embedding{1, -2}));
    EXPECT_EQ(store->playlists().tracks(PlaylistId{1}), std::vector{TrackId{1}});
    // Version 2 brought the search index: old rows are in it.
    EXPECT_EQ(store->tracks().search({.text = "englar ros"}).total, 1);
    EXPECT_EQ(store->tracks().search({.text = "post-rock"}).total, 1);
    EXPECT_EQ(store->tracks().search({.text = "sv"}).total, 1);
    EXPECT_EQ(store->tracks().search({.text = "gone"}).total, 0);
    // Version 9 brought the search in lyrics, and single Chinese and Japanese characters.
    EXPECT_EQ(store->tracks().search_lyrics("eg flyg", 9).size(), 1U);
    EXPECT_EQ(store->tracks().search({.text = "石"}).total, 1);
    // Version 3 brought what was not measured or noted before.
    const auto analysis = store->analyses().get(TrackId{1});
    EXPECT_TRUE(std::isnan(analysis->tempo_confidence));
    EXPECT_TRUE(std::isnan(analysis->loudness));
    EXPECT_TRUE(std::isnan(analysis->key_confidence));
    EXPECT_EQ(store->analyses().failures_of(std::vector{TrackId{2}}).at(0).decoder, "");
    // And they are known: nothing is listened to again.
    Tracks& tracks = store->tracks();
    const ServerId server = tracks.local_server();
    EXPECT_THAT(tracks.mark_seen(server, tracks.begin_listing(server), std::vector<SeenFile>{{"/m/a.flac", {10, 20}}}),
                ::testing::IsEmpty());
    EXPECT_THAT(store->analyses().pending(kModel, {}, 10), ::testing::IsEmpty());
    // Version 10 brought how CLAP hears tracks: what was analysed before is due for that, and for nothing else.
    EXPECT_EQ(store->sounds().due(kModel, {"dclap", "1"}, {}, 10).size(), 1U);
    EXPECT_EQ(store->sounds().dominant_model(), ModelTag{});
    // Version 13 brought since when a track is nowhere: what was gone before is so from now on.
    const auto orphans = store->cleaning().groups(std::nullopt, 0, 10, 10);
    ASSERT_EQ(orphans.total, 1);
    EXPECT_THAT(orphans.groups[0].sample, ::testing::ElementsAre(TrackId{2}));
    EXPECT_NEAR(orphans.groups[0].first_gone, unix_now(), 3600);
    sqlite::Connection connection = connect();
    EXPECT_EQ(sqlite::schema_version(connection), sqlite::migrations().back().version);
    EXPECT_EQ(integrity(), "ok");
}

TEST_F(SqliteStore, KeepsACopyOfTheOldDatabase) {
    make_version_1();
    open_sqlite(file());
    const auto copy = folder_.path() / "audiomuse.db.version-1";
    ASSERT_TRUE(std::filesystem::exists(copy));
    sqlite::Connection connection(copy, Database::Access::read_write);
    EXPECT_EQ(sqlite::schema_version(connection), 1);
    EXPECT_EQ(connection.find_integer("SELECT COUNT(*) FROM tracks"), 2);
    std::filesystem::remove(copy);
    open_sqlite(file());
    EXPECT_FALSE(std::filesystem::exists(copy)) << "only an upgrade makes a copy";
}

TEST_F(SqliteStore, WhatIsThereBeforeThereAreOwnersIsTheHouseholds) {
    constexpr int kBeforeOwners = 13;
    {
        sqlite::Connection connection = connect();
        sqlite::migrate(connection, file(), sqlite::migrations().first(kBeforeOwners));
        ASSERT_EQ(sqlite::schema_version(connection), kBeforeOwners);
        connection.execute(R"(
INSERT INTO servers (type, name) VALUES ('navidrome', 'Home');
INSERT INTO tracks (id, present, title, album, album_artist, track_number, disc_number, year, genres,
                    musicbrainz_recording_id, musicbrainz_album_id, musicbrainz_artist_ids, duration_s, has_cover,
                    title_key, artist_key, album_key, album_artist_key, added_at)
VALUES (1, 1, 'a', '', '', 0, 0, 0, '', '', '', '', 1, 0, 'a', '', '', '', 0);
INSERT INTO listening VALUES (1, 1, 'anna', 3, 10.5, 4, 1);
INSERT INTO server_playlists VALUES (1, 'Calm_automatic', '17');
INSERT INTO playlists (name, kind, recipe, created_at, updated_at) VALUES ('Mine', 'own', '{}', 0, 0);
)");
    }
    const auto store = open_sqlite(file());
    const Heard heard{TrackId{1}, {ServerId{1}, "anna"}, 3, 10.5, 4, true};
    EXPECT_THAT(store->history().of(std::vector{TrackId{1}}), ::testing::ElementsAre(heard));
    EXPECT_EQ(store->servers().written_playlists(ServerId{1}).at(0).id, "17");
    EXPECT_FALSE(store->playlists().list().at(0).owner);
    store->users().add_first("ada", "");
    EXPECT_EQ(store->history().most_played(UserId{1}, 1).at(0).plays, 3);
}

TEST_F(SqliteStore, AMigrationThatFailsChangesNothing) {
    make_version_1();
    const std::vector<sqlite::Migration> broken = {
        sqlite::migrations()[0],
        {2,
         [](sqlite::Connection& connection) {
             connection.execute("ALTER TABLE tracks ADD COLUMN half INTEGER; DELETE FROM tracks");
             connection.execute("SELECT nothing FROM nowhere");
         }},
    };
    {
        sqlite::Connection connection = connect();
        EXPECT_THROW(sqlite::migrate(connection, file(), broken), Error);
        EXPECT_EQ(sqlite::schema_version(connection), 1);
        EXPECT_EQ(connection.find_integer("SELECT COUNT(*) FROM tracks"), 2);
        EXPECT_THROW(connection.find_integer("SELECT half FROM tracks"), Error);
    }
    EXPECT_EQ(open_sqlite(file())->tracks().search({.text = "englar"}).total, 1) << "the repaired program goes on";
}

TEST_F(SqliteStore, RefusesANewerDatabase) {
    open_sqlite(file())->save_setting("x", "y");
    connect().execute("UPDATE schema_version SET version = 99");
    const Error error = error_of([&] { open_sqlite(file()); });
    EXPECT_EQ(error.code(), ErrorCode::conflict);
    EXPECT_THAT(error.what(), AllOf(HasSubstr(file().string()), HasSubstr("newer"), HasSubstr("99")));
    EXPECT_EQ(connect().find_integer("SELECT COUNT(*) FROM settings"), 1);
}

TEST_F(SqliteStore, RefusesTheDatabaseOfAnotherProgram) {
    connect().execute("CREATE TABLE tracks (something TEXT)");
    const Error error = error_of([&] { open_sqlite(file()); });
    EXPECT_EQ(error.code(), ErrorCode::conflict);
    EXPECT_THAT(error.what(), HasSubstr("another program"));
}

TEST_F(SqliteStore, SeveralMayOpenANewFileAtOnce) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] { open_sqlite(file())->save_setting(std::to_string(i), "here"); });
    }
    for (auto& thread : threads)
        thread.join();
    const auto store = open_sqlite(file());
    for (int i = 0; i < 4; ++i)
        EXPECT_EQ(store->saved_setting(std::to_string(i)), "here");
}

TEST_F(SqliteStore, AFullDiskIsAnErrorAndLosesNothing) {
    auto engine = std::make_unique<sqlite::Engine>(file());
    sqlite::migrate(engine->writer(), file(), sqlite::migrations());
    sqlite::Connection& writer = engine->writer();
    const auto store = sql::create_store(std::move(engine));
    store->save_setting("before", "kept");
    const auto pages = [&] { return *writer.find_integer("PRAGMA page_count"); };
    writer.execute("PRAGMA max_page_count = " + std::to_string(pages() + 2));
    const Error error = error_of([&] { store->save_setting("large", std::string(100'000, 'x')); });
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr(file().string()), HasSubstr("disk is full"), HasSubstr("Free some space")));
    EXPECT_EQ(store->saved_setting("before"), "kept");
    EXPECT_EQ(store->saved_setting("large"), "");
    writer.execute("PRAGMA max_page_count = 1000000");
    store->save_setting("large", std::string(100'000, 'x'));  // space again: the store goes on
    EXPECT_EQ(store->saved_setting("large").size(), 100'000u);
}

TEST_F(SqliteStore, ADamagedFileIsToldApart) {
    std::ofstream(file()) << std::string(10'000, 'x');
    Error error = error_of([&] { open_sqlite(file()); });
    EXPECT_EQ(error.code(), ErrorCode::damaged);
    EXPECT_THAT(error.what(), AllOf(HasSubstr(file().string()), HasSubstr("backup")));

    std::filesystem::remove(file());
    {
        const auto store = open_sqlite(file());
        for (int i = 0; i < 200; ++i)
            store->save_setting(std::to_string(i), std::string(500, 'x'));
    }
    {
        std::fstream damaged(file(), std::ios::in | std::ios::out | std::ios::binary);
        damaged.seekp(4096);
        damaged << std::string(static_cast<std::size_t>(std::filesystem::file_size(file())) - 4096, 'x');
    }
    error = error_of([&] {
        const auto store = open_sqlite(file());
        for (int i = 0; i < 200; ++i)
            store->saved_setting(std::to_string(i));
    });
    EXPECT_EQ(error.code(), ErrorCode::damaged);
}

TEST_F(SqliteStore, AFileInPlaceOfTheFolder) {
    std::ofstream(folder_.path() / "file") << "x";
    const Error error = error_of([&] { open_sqlite(folder_.path() / "file" / "audiomuse.db"); });
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_THAT(error.what(), HasSubstr((folder_.path() / "file").string()));
}

TEST_F(SqliteStore, IsInspectedWithoutAChange) {
    const StoreState missing = inspect_sqlite(file());
    EXPECT_EQ(missing.schema, 0);
    EXPECT_FALSE(std::filesystem::exists(file()));

    make_version_1();
    const StoreState old = inspect_sqlite(file());
    EXPECT_EQ(old.schema, 1) << "looking does not migrate";
    EXPECT_EQ(old.newest_schema, sqlite::migrations().back().version);
    EXPECT_EQ(old.tracks, 2);
    EXPECT_THAT(old.engine, ::testing::StartsWith("SQLite 3."));
    EXPECT_EQ(old.place, file().native());

    open_sqlite(file());
    open_sqlite(file())->save_setting("MUSIC_FOLDERS", "/m");
    connect().execute("INSERT INTO instances VALUES ('a', 'http://nas:8000', unixepoch() - 60)");
    const StoreState now = inspect_sqlite(file());
    EXPECT_EQ(now.schema, now.newest_schema);
    EXPECT_EQ(now.settings.at("MUSIC_FOLDERS"), "/m");
    ASSERT_EQ(now.instances.size(), 1U);
    EXPECT_EQ(now.instances[0].url, "http://nas:8000");
    EXPECT_NEAR(now.instances[0].seen_s_ago, 60, 30);

    connect().execute("DROP TABLE schema_version");
    EXPECT_EQ(inspect_sqlite(file()).schema, std::nullopt);
}

/// Runs `work` in a child process and returns its exit status. The superuser may write anywhere, so the child gives
/// that up.
template <class Work>
int in_child(Work work, bool drop_rights = false) {
    const pid_t child = fork();
    if (child == 0) {
        if (drop_rights && geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(99);
        _exit(work());
    }
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

TEST_F(SqliteStore, AFolderThatMayNotBeWritten) {
    chmod(folder_.path().c_str(), 0555);
    const int status = in_child(
        [&] {
            try {
                open_sqlite(file());
            } catch (const Error& error) {
                const bool told = std::string_view(error.what()).find(file().string()) != std::string_view::npos;
                return error.code() == ErrorCode::io && told ? 0 : 2;
            }
            return 1;
        },
        true);
    chmod(folder_.path().c_str(), 0755);
    EXPECT_EQ(status, 0);
}

TEST_F(SqliteStore, AFileThatMayNotBeWritten) {
    open_sqlite(file())->save_setting("x", "y");
    chmod(file().c_str(), 0444);
    chmod(folder_.path().c_str(), 0555);
    const int status = in_child(
        [&] {
            try {
                open_sqlite(file())->save_setting("x", "z");
            } catch (const Error& error) {
                return error.code() == ErrorCode::io ? 0 : 2;
            }
            return 1;
        },
        true);
    chmod(folder_.path().c_str(), 0755);
    EXPECT_EQ(status, 0);
}

TEST_F(SqliteStore, AnotherProcessReadsMeanwhile) {
    const auto store = open_sqlite(file());
    store->save_setting("x", "1");
    const int status = in_child([&] { return open_sqlite(file())->saved_setting("x") == "1" ? 0 : 1; });
    EXPECT_EQ(status, 0);
    store->save_setting("x", "2");
    EXPECT_EQ(in_child([&] {
                  open_sqlite(file())->save_setting("x", "3");
                  return 0;
              }),
              0);
    EXPECT_EQ(store->saved_setting("x"), "3");
}

// A process that is killed in the middle of its writes leaves every finished transaction and no half of one.
TEST_F(SqliteStore, SurvivesAKillAtAnyMoment) {
    std::int64_t before = 0;
    for (int round = 0; round < 5; ++round) {
        int pipe_ends[2];
        ASSERT_EQ(pipe(pipe_ends), 0);
        const pid_t child = fork();
        if (child == 0) {
            try {
                const auto store = open_sqlite(file());
                Tracks& tracks = store->tracks();
                const ServerId server = tracks.local_server();
                for (std::int64_t i = before;; ++i) {
                    std::vector<Tracks::PutItem> items;
                    for (int k = 0; k < 5; ++k) {
                        const std::string path = "/" + std::to_string(i) + "/" + std::to_string(k);
                        items.push_back({store::file(path), path, tags("title " + path)});
                    }
                    std::vector<Analyses::Saved> results;
                    for (const PutResult& result : tracks.put(server, items)) {
                        results.push_back(
                            {result.id, store::file("/" + std::to_string(i) + "/0").stamp, analysis(), std::nullopt});
                    }
                    store->analyses().save(results);
                    // Reported after the commit: from here on it must never be lost.
                    if (write(pipe_ends[1], &i, sizeof i) != sizeof i) _exit(3);
                }
            } catch (const std::exception&) {
                _exit(2);
            }
        }
        close(pipe_ends[1]);
        std::int64_t last = -1;
        for (int reports = 0; reports < 3 + 4 * round; ++reports) {
            ASSERT_EQ(read(pipe_ends[0], &last, sizeof last), static_cast<ssize_t>(sizeof last));
        }
        std::this_thread::sleep_for(std::chrono::microseconds(700 * round));
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        while (read(pipe_ends[0], &last, sizeof last) == static_cast<ssize_t>(sizeof last)) {
        }
        close(pipe_ends[0]);

        EXPECT_EQ(integrity(), "ok");
        const auto store = open_sqlite(file());
        const std::int64_t tracks = store->tracks().counts().tracks;
        EXPECT_EQ(tracks % 5, 0) << "half a transaction";
        EXPECT_GE(tracks, 5 * (last + 1));
        const Coverage coverage = store->analyses().coverage(kModel);
        EXPECT_EQ(coverage.analysed % 5, 0) << "half a transaction";
        EXPECT_GE(coverage.analysed, 5 * (last + 1));
        EXPECT_EQ(store->tracks().search({.text = "title"}).total, tracks);
        before = last + 1;
    }
}

}  // namespace
}  // namespace audiomuse::store
