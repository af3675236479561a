// What only the PostgreSQL engine has: its server, its connections, its migrations, and its ways to fail.
#include <gmock/gmock.h>

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <future>
#include <thread>

#include "audiomuse/base/clock.h"
#include "plan_watch.h"

#include "postgres/engine.h"
#include "postgres/migrations.h"
#include "sql/repositories.h"
#include "store_contract.h"
#include "support/postgres_server.h"

namespace audiomuse::store {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing_support::PostgresServer;

PostgresServer& server() {
    return PostgresServer::shared();
}

PostgresOptions options_of(const std::string& database) {
    return {.url = server().url(database), .connections = 4};
}

/// A database of the newest schema, which others are copied from: quicker than the migrations.
const std::string& made_database() {
    static const std::string name = [] {
        std::string made = server().new_database();
        open_postgres(options_of(made));
        return made;
    }();
    return name;
}

/// The database of a folder: the same one when it is opened again.
std::unique_ptr<Store> open_of(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const std::filesystem::path note = folder / "database";
    if (!std::filesystem::exists(note)) std::ofstream(note) << server().new_database(made_database());
    return open_postgres(options_of(testing_support::contents(note)));
}

TEST(PostgresPlans, WhatIsAskedOftenReadsNoWholeTable) {
    if (!PostgresServer::installed()) GTEST_SKIP() << "PostgreSQL is not installed.";
    const auto engine = [] {
        return std::make_unique<postgres::Engine>(
            postgres::session_of(options_of(server().new_database(made_database()))), 4, 5s);
    };
    PlanWatch watch;
    const auto store = create_watched_store(engine(), postgres_plans(), watch);
    expect_no_whole_reads(*store, watch);
    watch.found.clear();
    watch.watch = true;
    store->tracks().counts();
    EXPECT_FALSE(watch.found.empty()) << "what counts all tracks reads them";
}

TEST(PostgresMigration, ExportsTheCatalogueBeforeAStepThatRewritesIt) {
    if (!PostgresServer::installed()) GTEST_SKIP() << "PostgreSQL is not installed.";
    const testing_support::TempFolder folder;
    const std::string database = server().new_database(made_database());
    {
        const auto store = open_postgres(options_of(database));
        const Tracks::PutItem item{file("/m/a.flac"), "a", tags("kept")};
        store->tracks().put(store->tracks().local_server(), {&item, 1});
    }
    const int next = postgres::migrations().back().version + 1;
    std::vector<postgres::Migration> steps(postgres::migrations().begin(), postgres::migrations().end());
    steps.push_back({.version = next,
                     .apply = [](postgres::Connection& c) { c.execute("UPDATE tracks SET title = 'rewritten'"); },
                     .rewrites = true});
    postgres::Engine engine(postgres::session_of(options_of(database)), 4, 5s);
    postgres::migrate(engine, steps, folder.path());
    const auto exported = folder / ("before-schema-" + std::to_string(next) + ".audiomuse");
    const auto before = open_sqlite(folder / "before.db");
    before->transfer().import_from(exported, {}, {});
    EXPECT_EQ(before->tracks().search({}).rows.at(0).tags.title, "kept");
    const auto title = engine.read([](sql::Connection& connection) {
        const auto rows = connection.query("SELECT title FROM tracks");
        rows->next();
        return rows->text(0);
    });
    EXPECT_EQ(title, "rewritten");
}

INSTANTIATE_TEST_SUITE_P(Postgres, StoreContract, ::testing::Values(StoreBackend{"postgres", open_of, 20'000}));

class PostgresStore : public ::testing::Test {
protected:
    void SetUp() override {
        if (!PostgresServer::installed()) GTEST_SKIP() << "PostgreSQL is not installed.";
        database_ = server().new_database(made_database());
        options_ = options_of(database_);
    }

    std::unique_ptr<Store> open() const { return open_postgres(options_); }
    postgres::Engine engine() const {
        return {postgres::session_of(options_), options_.connections, options_.patience};
    }
    std::int64_t count_connections() const {
        wrap::postgres::Connection counting({.url = server().url("postgres")});
        return counting
            .query("SELECT COUNT(*) FROM pg_stat_activity WHERE datname = $1",
                   std::vector<wrap::postgres::Value>{database_})
            .integer(0, 0);
    }

    std::string database_;
    PostgresOptions options_;
};

void sleep_on_the_server(sql::Connection& connection, double seconds) {
    connection.query("SELECT CAST(pg_sleep(?) AS text)", {seconds})->next();
}

/// Ends the server's side of a connection, as a restart does.
void cut(sql::Connection& connection) {
    const auto process = connection.find_integer("SELECT pg_backend_pid()");
    server().run("SELECT pg_terminate_backend(" + std::to_string(*process) + ")");
}

std::size_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t pages = 0;
    file >> pages >> pages;
    return pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

TEST_F(PostgresStore, GoesOnAfterARestartOfTheServer) {
    const auto store = open();
    store->save_setting("x", "1");
    server().restart();
    EXPECT_EQ(store->saved_setting("x"), "1");
    server().restart();
    store->save_setting("x", "2");
    EXPECT_EQ(store->saved_setting("x"), "2");
}

TEST_F(PostgresStore, WaitsWhileTheServerIsDown) {
    const auto store = open();
    store->save_setting("x", "1");
    server().stop();
    std::atomic<int> answered = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&, i] {
            store->save_setting(std::to_string(i), "here");
            if (store->saved_setting("x") == "1") ++answered;
        });
    }
    std::this_thread::sleep_for(300ms);
    EXPECT_EQ(answered, 0);
    server().start();
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(answered, 8);
}

TEST_F(PostgresStore, GivesUpWhenTheServerStaysAway) {
    options_.patience = 200ms;
    const auto store = open();
    server().stop();
    const Error error = error_of([&] { store->saved_setting("x"); });
    server().start();
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("127.0.0.1:" + std::to_string(server().port())), HasSubstr(database_)));
    EXPECT_EQ(store->saved_setting("x"), "");
}

TEST_F(PostgresStore, ATransactionCutInTheMiddleIsUndoneAndSaysSo) {
    auto engine = this->engine();
    const Error error = error_of([&] {
        engine.transact([&](sql::Connection& connection) {
            connection.run("INSERT INTO settings (name, value) VALUES ('half', 'x')");
            cut(connection);
            connection.run("INSERT INTO settings (name, value) VALUES ('other half', 'x')");
        });
    });
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    engine.transact(
        [](sql::Connection& connection) { EXPECT_EQ(connection.find_integer("SELECT COUNT(*) FROM settings"), 0); });
}

TEST_F(PostgresStore, AStatementThatTakesTooLongIsEnded) {
    options_.statement_timeout = 50ms;
    auto engine = this->engine();
    const Error error =
        error_of([&] { engine.read([](sql::Connection& connection) { sleep_on_the_server(connection, 30); }); });
    EXPECT_EQ(error.code(), ErrorCode::timeout);
    EXPECT_THAT(error.what(), HasSubstr("POSTGRES_STATEMENT_TIMEOUT"));
    engine.read([](sql::Connection& connection) {
        connection.no_time_limit();
        EXPECT_NO_THROW(sleep_on_the_server(connection, 0.1));
    });
    EXPECT_EQ(
        error_of([&] { engine.read([](sql::Connection& connection) { sleep_on_the_server(connection, 30); }); }).code(),
        ErrorCode::timeout)
        << "the limit is lifted for one transaction only";
}

TEST_F(PostgresStore, ATransactionWithAFailedStatementIsNotCommitted) {
    auto engine = this->engine();
    EXPECT_THROW(engine.write([](sql::Connection& connection) {
        connection.run("INSERT INTO settings (name, value) VALUES ('x', 'y')");
        try {
            connection.run("INSERT INTO settings (name, value) VALUES ('x', 'y')");
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::conflict);
        }
    }),
                 Error);
    EXPECT_EQ(open()->saved_setting("x"), "");
}

TEST_F(PostgresStore, ReadsSeeOneStateAndCannotWrite) {
    const auto store = open();
    auto engine = this->engine();
    engine.read([&](sql::Connection& connection) {
        EXPECT_EQ(connection.find_integer("SELECT COUNT(*) FROM settings"), 0);
        store->save_setting("x", "y");
        EXPECT_EQ(connection.find_integer("SELECT COUNT(*) FROM settings"), 0);
        EXPECT_EQ(store->saved_setting("x"), "y") << "a read inside a read sees what is there by now";
    });
    EXPECT_EQ(error_of([&] {
                  engine.read([](sql::Connection& connection) { connection.run("DELETE FROM settings"); });
              }).code(),
              ErrorCode::io);
}

TEST_F(PostgresStore, AReadInsideAReadNeverWaitsForItself) {
    options_.connections = 2;
    const auto store = open();
    auto engine = this->engine();
    std::atomic<int> done = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 20; ++k) {
                engine.read([&](sql::Connection& outer) {
                    outer.find_integer("SELECT 1");
                    engine.read([&](sql::Connection& inner) {
                        inner.find_integer("SELECT 1");
                        engine.write([&](sql::Connection& innermost) {
                            done += static_cast<int>(*innermost.find_integer("SELECT 1"));
                        });
                    });
                });
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(done, 160);
}

TEST_F(PostgresStore, ManyThreadsShareFewConnections) {
    options_.connections = 8;
    const auto store = open();
    std::atomic<int> read = 0;
    std::atomic<std::int64_t> most = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 20; ++i) {
        threads.emplace_back([&, i] {
            for (int k = 0; k < 30; ++k) {
                const std::string name = std::to_string(i) + " " + std::to_string(k);
                store->save_setting(name, name);
                if (store->saved_setting(name) == name) ++read;
            }
            most = std::max(most.load(), count_connections());
        });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(read, 600);
    EXPECT_GT(most, 1);
    EXPECT_LE(most, 8);
}

TEST_F(PostgresStore, AConnectionIsWaitedForOnlySoLong) {
    postgres::Pool pool(2, 50ms);
    const postgres::Pool::Lease first(pool);
    Error error(ErrorCode::internal, "none");
    std::thread([&] { error = error_of([&] { const postgres::Pool::Lease second(pool); }); }).join();
    EXPECT_EQ(error.code(), ErrorCode::unavailable);
    EXPECT_THAT(error.what(), HasSubstr("POSTGRES_CONNECTIONS"));
    EXPECT_EQ(pool.used(), 1);
}

TEST_F(PostgresStore, StreamsWithoutHoldingAllRows) {
    auto engine = this->engine();
    engine.read([](sql::Connection& connection) {
        connection.find_integer("SELECT 1");
        const std::size_t before = resident_bytes();
        const auto rows = connection.stream("SELECT n, repeat('x', 1000) FROM generate_series(1, CAST(? AS int)) n",
                                            {std::int64_t{200'000}});
        std::int64_t sum = 0;
        std::size_t most = before;
        while (rows->next()) {
            sum += rows->integer(0);
            if (rows->integer(0) % 10'000 == 0) {
                most = std::max(most, resident_bytes());
                EXPECT_EQ(rows->text(1).size(), 1000u);
                EXPECT_EQ(connection.find_integer("SELECT 7"), 7) << "another statement beside it";
            }
        }
        EXPECT_EQ(sum, 200'000LL * 200'001 / 2);
        EXPECT_LT(most - before, std::size_t{20} << 20) << "200 MB went through";
    });
}

TEST_F(PostgresStore, SeveralStreamsAtOnceAndOnesLeftEarly) {
    auto engine = this->engine();
    engine.write([](sql::Connection& connection) {
        const auto one = connection.stream("SELECT generate_series(1, 3000)");
        const auto two = connection.stream("SELECT generate_series(1, 3000)");
        connection.stream("SELECT 1");
        EXPECT_FALSE(connection.stream("SELECT 1 WHERE false")->next());
        for (std::int64_t i = 1; i <= 3000; ++i) {
            ASSERT_TRUE(one->next());
            ASSERT_TRUE(two->next());
            ASSERT_EQ(one->integer(0), i);
            ASSERT_EQ(two->integer(0), i);
        }
        EXPECT_FALSE(one->next());
        EXPECT_FALSE(one->next());
    });
}

TEST_F(PostgresStore, AppendsInBulkAndCountsIdsOn) {
    auto engine = this->engine();
    constexpr std::array<std::string_view, 3> kColumns = {"id", "type", "name"};
    engine.write([&](sql::Connection& connection) {
        const auto appender = connection.append("servers", kColumns);
        for (std::int64_t id = 10; id < 20; ++id)
            appender->add(std::array<sql::Value, 3>{id, "type", std::string_view("n\0\xFF", 3)});
        appender->finish();
        connection.continue_ids("servers");
        EXPECT_EQ(connection.find_integer("INSERT INTO servers (type, name) VALUES ('a', 'b') RETURNING id"), 20);
        connection.run("DELETE FROM servers WHERE id > 15");
        connection.continue_ids("servers");
        EXPECT_EQ(connection.find_integer("INSERT INTO servers (type, name) VALUES ('a', 'b') RETURNING id"), 21);
        const auto rows = connection.query("SELECT name FROM servers WHERE id = 10");
        ASSERT_TRUE(rows->next());
        EXPECT_EQ(rows->text(0), std::string("n\0\xFF", 3));
    });
    EXPECT_THROW(engine.write([&](sql::Connection& connection) {
        const auto appender = connection.append("servers", kColumns);
        appender->add(std::array<sql::Value, 3>{std::int64_t{50}, "type", "name"});
    }),
                 Error);
    engine.read(
        [](sql::Connection& connection) { EXPECT_EQ(connection.find_integer("SELECT MAX(id) FROM servers"), 21); });
}

TEST_F(PostgresStore, KeepsPathsOfAnyBytesAndAnyLength) {
    const auto store = open();
    Tracks& tracks = store->tracks();
    const ServerId local = tracks.local_server();
    std::string all_bytes = "/";
    for (int byte = 0; byte < 256; ++byte)
        all_bytes += static_cast<char>(byte);
    std::string longest = "/";
    while (longest.size() < 4096)
        longest += static_cast<char>(0x80 + longest.size() % 128);
    for (const std::string& path : {all_bytes, longest, std::string("/caf\xE9"), std::string("/caf\xC3\xA9")}) {
        const Tracks::PutItem item{file(path), "signature of " + path, tags(path, std::string(3000, 'y'), longest)};
        const TrackId id = tracks.put(local, {&item, 1}).front().id;
        ASSERT_TRUE(tracks.by_path(path));
        EXPECT_EQ(tracks.by_path(path)->id, id);
        EXPECT_EQ(tracks.by_path(path)->path, path);
        EXPECT_EQ(tracks.put(local, {&item, 1}).front().id, id);
    }
    EXPECT_EQ(tracks.counts().tracks, 4);
}

TEST_F(PostgresStore, LongTitlesAreSortedFoundAndKept) {
    const auto store = open();
    Tracks& tracks = store->tracks();
    std::string title;
    for (int i = 0; i < 900; ++i)
        title += std::to_string(i * 7919) + " ";
    const std::vector<Tracks::PutItem> items = {{file("/b"), "b", tags(title + "b", title, title)},
                                                {file("/a"), "a", tags("Short", "Short", title)}};
    tracks.put(tracks.local_server(), items);
    EXPECT_EQ(tracks.search({.order = TrackOrder::title}).rows.front().tags.title, title + "b");
    EXPECT_EQ(tracks.search({.text = "7919 15838"}).total, 2);
}

TEST_F(PostgresStore, LocksAreOfOneTransactionAtATime) {
    auto engine = this->engine();
    std::promise<void> locked;
    std::promise<void> leave;
    std::atomic<bool> second = false;
    std::thread holder([&] {
        engine.write([&](sql::Connection& connection) {
            connection.lock(sql::Lock::jobs);
            locked.set_value();
            leave.get_future().wait();
            EXPECT_FALSE(second);
        });
    });
    locked.get_future().wait();
    std::thread waiting([&] {
        engine.write([&](sql::Connection& connection) {
            connection.lock(sql::Lock::jobs);
            second = true;
        });
    });
    engine.write([](sql::Connection& connection) { connection.lock(sql::Lock::schema); });
    std::this_thread::sleep_for(50ms);
    leave.set_value();
    holder.join();
    waiting.join();
    EXPECT_TRUE(second);
}

TEST_F(PostgresStore, TellsTheDatabasesTime) {
    auto engine = this->engine();
    engine.read([](sql::Connection& connection) {
        const auto rows = connection.query("SELECT " + std::string(connection.now()));
        ASSERT_TRUE(rows->next());
        EXPECT_NEAR(rows->real(0), unix_now(), 60);
    });
}

TEST_F(PostgresStore, WordsAreFoundByTheIndex) {
    auto engine = this->engine();
    engine.transact([](postgres::Connection& connection) {
        connection.execute(
            "INSERT INTO tracks (id, present, title, album, album_artist, track_number, disc_number, year, genres, "
            "musicbrainz_recording_id, musicbrainz_album_id, musicbrainz_artist_ids, duration_s, has_cover, title_key, "
            "artist_key, album_key, album_artist_key, added_at) SELECT n, 1, '', '', '', 0, 0, 0, '', '', '', '', 1, "
            "0, "
            "'', '', '', '', 0 FROM generate_series(1, 20000) n;"
            "INSERT INTO track_texts (track_id, title, artist, rest) SELECT n, ' title ' || n, ' artist ' || n % 1000, "
            "'' "
            "FROM generate_series(1, 20000) n; ANALYZE");
        const sql::Term word{"le 777", {"title", "artist", "rest"}};
        const sql::Fragment found = connection.tracks_with({&word, 1});
        std::vector<sql::Value> values(found.values.begin(), found.values.end());
        EXPECT_EQ(connection.run(found.sql, values), 11);  // 777 and 7770 to 7779
        std::string plan;
        const auto rows = connection.query("EXPLAIN " + found.sql, values);
        while (rows->next())
            plan += rows->text(0) + "\n";
        EXPECT_THAT(plan, HasSubstr("track_texts_by_trigram"));
    });
}

class PostgresMigrations : public ::testing::Test {
protected:
    void SetUp() override {
        if (!PostgresServer::installed()) GTEST_SKIP() << "PostgreSQL is not installed.";
        database_ = server().new_database();
    }
    std::int64_t integer(const std::string& sql) {
        wrap::postgres::Connection connection({.url = server().url(database_)});
        return connection.query(sql).integer(0, 0);
    }
    std::string database_;
};

TEST_F(PostgresMigrations, SeveralMayOpenANewDatabaseAtOnce) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
        threads.emplace_back([&, i] { open_postgres(options_of(database_))->save_setting(std::to_string(i), "here"); });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(integer("SELECT COUNT(*) FROM settings"), 6);
    EXPECT_EQ(integer("SELECT version FROM schema_version"), postgres::migrations().back().version);
}

TEST_F(PostgresMigrations, OneThatFailsChangesNothing) {
    postgres::Engine engine(postgres::session_of(options_of(database_)), 2, 20s);
    const std::vector<postgres::Migration> broken = {
        postgres::migrations()[0],
        {postgres::migrations()[0].version + 1,
         [](postgres::Connection& connection) {
             connection.execute("ALTER TABLE tracks ADD COLUMN half BIGINT; INSERT INTO settings VALUES ('x', 'y')");
             connection.execute("SELECT nothing FROM nowhere");
         }},
    };
    EXPECT_THROW(postgres::migrate(engine, broken), Error);
    EXPECT_EQ(integer("SELECT version FROM schema_version"), postgres::migrations()[0].version);
    EXPECT_EQ(integer("SELECT COUNT(*) FROM settings"), 0);
    EXPECT_EQ(open_postgres(options_of(database_))->saved_setting("x"), "") << "the repaired program goes on";
}

TEST_F(PostgresMigrations, ANewerDatabaseIsRefused) {
    open_postgres(options_of(database_))->save_setting("x", "y");
    server().run("UPDATE schema_version SET version = 99", database_);
    const Error error = error_of([&] { open_postgres(options_of(database_)); });
    EXPECT_EQ(error.code(), ErrorCode::conflict);
    EXPECT_THAT(error.what(), AllOf(HasSubstr(database_), HasSubstr("newer"), HasSubstr("99")));
    EXPECT_EQ(integer("SELECT COUNT(*) FROM settings"), 1);
}

TEST_F(PostgresMigrations, TablesOfOtherProgramsAreLeftAlone) {
    // Those of AudioMuse-AI, whose database people will point to.
    server().run("CREATE TABLE score (item_id TEXT); INSERT INTO score VALUES ('x'); CREATE TABLE playlist (name TEXT)",
                 database_);
    open_postgres(options_of(database_))->save_setting("x", "y");
    EXPECT_EQ(integer("SELECT COUNT(*) FROM score"), 1);
}

TEST_F(PostgresMigrations, TablesOfOtherProgramsWithOurNamesAreRefused) {
    for (const std::string table : {"schema_version", "tracks", "settings"}) {
        server().run("CREATE TABLE " + table + " (something TEXT)", database_);
        const Error error = error_of([&] { open_postgres(options_of(database_)); });
        EXPECT_EQ(error.code(), ErrorCode::conflict) << table;
        EXPECT_THAT(error.what(), HasSubstr("another program"));
        EXPECT_THAT(error.what(), HasSubstr("Make a database"));
        EXPECT_EQ(integer("SELECT COUNT(*) FROM pg_tables WHERE schemaname = 'public'"), 1) << "nothing half made";
        server().run("DROP TABLE " + table, database_);
    }
}

TEST_F(PostgresMigrations, AUserWithoutRightsIsToldSo) {
    server().run("DROP ROLE IF EXISTS guest; CREATE ROLE guest LOGIN PASSWORD 'hidden'");
    PostgresOptions options = options_of(database_);
    options.url = server().url(database_, "guest", "hidden");
    const Error error = error_of([&] { open_postgres(options); });
    EXPECT_EQ(error.code(), ErrorCode::permission_denied);
    EXPECT_THAT(error.what(), HasSubstr("owner of the database"));
}

TEST_F(PostgresMigrations, WithoutTheTrigramExtensionSearchStillWorks) {
    server().run("DROP ROLE IF EXISTS tenant; CREATE ROLE tenant LOGIN PASSWORD 'hidden'");
    server().run("GRANT CREATE ON SCHEMA public TO tenant", database_);
    PostgresOptions options = options_of(database_);
    options.url = server().url(database_, "tenant", "hidden");
    const auto store = open_postgres(options);
    const Tracks::PutItem item{file("/a"), "a", tags("Found all the same")};
    store->tracks().put(store->tracks().local_server(), {&item, 1});
    EXPECT_EQ(store->tracks().search({.text = "found same"}).total, 1);
    EXPECT_EQ(integer("SELECT COUNT(*) FROM pg_extension WHERE extname = 'pg_trgm'"), 0);
    // And is made when it can be.
    server().run("CREATE EXTENSION pg_trgm", database_);
    open_postgres(options);
    EXPECT_EQ(integer("SELECT COUNT(*) FROM pg_indexes WHERE indexname = 'track_texts_by_trigram'"), 1);
}

// A server that is killed in the middle of writes leaves every finished transaction and no half of one.
TEST_F(PostgresMigrations, SurvivesAKillOfTheServerAtAnyMoment) {
    const auto store = open_postgres(options_of(database_));
    Tracks& tracks = store->tracks();
    const ServerId local = tracks.local_server();
    std::atomic<std::int64_t> committed = 0;
    for (int round = 0; round < 3; ++round) {
        std::atomic<bool> stop = false;
        std::thread writer([&] {
            for (int i = 0; !stop; ++i) {
                std::vector<Tracks::PutItem> items;
                for (int k = 0; k < 5; ++k) {
                    const std::string path = fmt::format("/{}/{}/{}", round, i, k);
                    items.push_back({file(path), path, tags("title " + path)});
                }
                try {
                    tracks.put(local, items);
                    committed += 5;
                } catch (const Error& error) {
                    EXPECT_EQ(error.code(), ErrorCode::unavailable);
                }
            }
        });
        std::this_thread::sleep_for(std::chrono::milliseconds(60 + 37 * round));
        server().kill();
        server().start();
        std::this_thread::sleep_for(50ms);
        stop = true;
        writer.join();
        const std::int64_t found = tracks.counts().tracks;
        EXPECT_EQ(found % 5, 0) << "half a transaction";
        EXPECT_GE(found, committed);
    }
    EXPECT_GT(committed, 0);
}

}  // namespace
}  // namespace audiomuse::store
