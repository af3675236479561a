// The export file, its dangers, and what it holds compared with the database.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <map>

#include "sqlite/engine.h"
#include "sqlite/migrations.h"
#include "store_contract.h"
#include "transfer/transfer.h"
#include "transfer_support.h"

namespace audiomuse::store::transfer {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using testing_support::contents;

/// A database file with the newest schema.
class Catalogued {
public:
    explicit Catalogued(std::filesystem::path file) : file_(std::move(file)), engine_(file_) {
        sqlite::migrate(engine_.writer(), file_, sqlite::migrations());
    }
    sql::Engine& engine() { return engine_; }
    void execute(const std::string& script) { engine_.writer().execute(script); }
    TransferReport export_to(const std::filesystem::path& file, const Catalogue& known = catalogue()) {
        return engine_.read([&](sql::Connection& connection) {
            return export_catalogue(connection, known, catalogue().version, file, {});
        });
    }
    TransferReport import_from(const std::filesystem::path& file, const Catalogue& known = catalogue()) {
        check_export(file, known, {});
        return engine_.write([&](sql::Connection& connection) { return import_rows(connection, known, file, {}); });
    }
    /// Every value of every exported table as SQLite writes it, NULL and all bytes included.
    std::string dump() {
        return engine_.read([](sql::Connection& connection) {
            std::string all;
            for (const Table& table : catalogue().tables) {
                for (const Column& column : table.columns) {
                    const auto rows = connection.query(
                        fmt::format("SELECT quote({}) FROM {} ORDER BY {}", column.name, table.name, table.key));
                    all += fmt::format("\n{}.{}:", table.name, column.name);
                    while (rows->next())
                        all += " " + rows->text(0);
                }
            }
            return all;
        });
    }

private:
    const std::filesystem::path file_;
    sqlite::Engine engine_;
};

class TransferFile : public ::testing::Test {
protected:
    std::filesystem::path path(const char* name) const { return folder_ / name; }
    Catalogued open(const char* name) { return Catalogued(path(name)); }

    /// An export of a catalogue with `rows` rows in every table.
    std::string filled(std::int64_t rows, std::uint64_t seed = 1) {
        Catalogued from(path("filled.db"));
        from.engine().write([&](sql::Connection& connection) { fill(connection, seed, rows); });
        from.export_to(path("filled.audiomuse"));
        return contents(path("filled.audiomuse"));
    }

    /// Writes an export of any tables; the caller adds rows.
    template <class Rows>
    std::filesystem::path forge(const std::vector<TableShape>& tables, Rows rows, int version = catalogue().version) {
        ExportWriter writer(path("forged.audiomuse"), {.schema_version = version, .change_counter = 5});
        for (const TableShape& table : tables) {
            writer.table(table);
            rows(writer, table);
        }
        writer.finish();
        return path("forged.audiomuse");
    }

    testing_support::TempFolder folder_;
};

std::vector<TableShape> true_shapes() {
    std::vector<TableShape> shapes;
    for (const Table& table : catalogue().tables)
        shapes.push_back(table.shape_of(catalogue().version));
    return shapes;
}

constexpr auto kNoRows = [](ExportWriter&, const TableShape&) {};

TEST_F(TransferFile, ComesBackBitForBit) {
    for (const std::int64_t rows : {1, 2, 7, 1500}) {
        SCOPED_TRACE(rows);
        const std::string suffix = std::to_string(rows);
        Catalogued from(folder_ / ("from" + suffix));
        from.engine().write(
            [&](sql::Connection& connection) { fill(connection, static_cast<std::uint64_t>(rows), rows); });
        const TransferReport out = from.export_to(path("a"));
        EXPECT_EQ(out.rows, rows * static_cast<std::int64_t>(catalogue().tables.size()));
        Catalogued to(folder_ / ("to" + suffix));
        const TransferReport in = to.import_from(path("a"));
        EXPECT_EQ(in.rows, out.rows);
        EXPECT_EQ(in.tracks, rows);
        EXPECT_TRUE(to.dump() == from.dump());
        to.export_to(path("b"));
        EXPECT_TRUE(contents(path("a")) == contents(path("b")));
    }
}

TEST_F(TransferFile, HoldsEveryTableAndColumnOfTheDatabase) {
    EXPECT_EQ(catalogue().version, sqlite::migrations().back().version)
        << "A migration came: say in transfer/catalogue.cpp what it added, and what older exports get.";
    Catalogued database(path("x.db"));
    std::map<std::string, std::string> in_database;
    std::map<std::string, std::string> in_export;
    database.engine().read([&](sql::Connection& connection) {
        const auto rows = connection.query(
            "SELECT m.name, p.name, p.type, p.\"notnull\" = 0 AND p.pk = 0 FROM sqlite_schema m, "
            "pragma_table_info(m.name) p "
            "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.name NOT LIKE 'track\\_index%' "
            "ESCAPE '\\' AND m.name NOT LIKE 'lyrics\\_index%' ESCAPE '\\' AND m.name NOT IN ('jobs', 'instances', "
            "'sessions', "
            "'deliveries', 'schema_version', 'change_counter')");
        while (rows->next()) {
            in_database[rows->text(0) + "." + rows->text(1)] = rows->text(2) + (rows->integer(3) != 0 ? " NULL" : "");
        }
    });
    const char* const types[] = {"", "INTEGER", "REAL", "TEXT", "BLOB"};
    for (const Table& table : catalogue().tables) {
        for (const Column& column : table.columns) {
            in_export[fmt::format("{}.{}", table.name, column.name)] =
                std::string(types[static_cast<int>(column.type)]) + (column.nullable ? " NULL" : "");
        }
    }
    EXPECT_EQ(in_export, in_database);
}

TEST_F(TransferFile, IsForItsOwnerOnlyAndLeavesNothingBehind) {
    filled(2);
    struct stat status {};
    ASSERT_EQ(::stat(path("filled.audiomuse").c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U) << "saved settings may hold secrets";
    EXPECT_FALSE(std::filesystem::exists(path("filled.audiomuse.part")));

    Catalogued from(path("filled.db"));
    EXPECT_THROW(from.export_to(path("no/such/folder")), Error);
    from.execute("DROP TABLE index_blob_parts");
    EXPECT_THROW(from.export_to(path("broken")), Error);
    EXPECT_FALSE(std::filesystem::exists(path("broken")));
    EXPECT_FALSE(std::filesystem::exists(path("broken.part")));
}

// Every byte and every length: whatever happens to a copy is noticed, and the catalogue stays as it was.
TEST_F(TransferFile, ADamagedOneIsRefused) {
    const std::string whole = filled(2);
    Catalogued to(path("to.db"));
    to.execute("INSERT INTO settings VALUES ('x', 'y')");
    const std::string before = to.dump();
    const auto refused = [&](const std::string& bytes) {
        const auto copy = folder_.write("copy", bytes);
        const Error error = error_of([&] { to.import_from(copy); });
        EXPECT_THAT(error.code(), AnyOf(ErrorCode::damaged, ErrorCode::unsupported_format, ErrorCode::conflict));
        EXPECT_THAT(error.what(), HasSubstr(copy.string()));
    };
    for (std::size_t i = 0; i < whole.size(); ++i) {
        SCOPED_TRACE(i);
        std::string damaged = whole;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
        refused(damaged);
        if (HasFailure()) return;
    }
    for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 400)
        refused(whole.substr(0, size));
    refused(whole + '\0');
    refused(whole + whole);
    EXPECT_TRUE(to.dump() == before);
}

TEST_F(TransferFile, TellsWhatItIsNot) {
    Catalogued to(path("to.db"));
    EXPECT_EQ(error_of([&] { to.import_from(folder_.write("song", "ID3 not an export")); }).code(),
              ErrorCode::unsupported_format);
    EXPECT_EQ(error_of([&] { to.import_from(path("missing")); }).code(), ErrorCode::io);
    EXPECT_EQ(error_of([&] { to.import_from(folder_.path()); }).code(), ErrorCode::io);
    const Error newer = error_of([&] { to.import_from(forge(true_shapes(), kNoRows, 99)); });
    EXPECT_EQ(newer.code(), ErrorCode::conflict);
    EXPECT_THAT(newer.what(), AllOf(HasSubstr("newer AudioMuse"), HasSubstr("99")));
    EXPECT_EQ(error_of([&] { to.import_from(forge(true_shapes(), kNoRows, 3)); }).code(), ErrorCode::damaged);
}

// A checksum proves nothing about who wrote a file.
TEST_F(TransferFile, NamesOfAForgedOneNeverReachTheDatabase) {
    Catalogued to(path("to.db"));
    const std::string before = to.dump();
    const auto refused = [&](const std::vector<TableShape>& shapes) {
        EXPECT_EQ(error_of([&] { to.import_from(forge(shapes, kNoRows)); }).code(), ErrorCode::damaged);
    };
    to.import_from(forge(true_shapes(), kNoRows));  // what is refused below is the difference alone

    auto shapes = true_shapes();
    shapes[2].name = "tracks (id) SELECT 1; DROP TABLE playlists; --";
    refused(shapes);
    shapes = true_shapes();
    shapes[2].columns[2].name = "title) VALUES (1); --";
    refused(shapes);
    shapes = true_shapes();
    shapes[2].columns[2].type = ColumnType::bytes;
    refused(shapes);
    shapes = true_shapes();
    shapes[2].columns[2].nullable = true;
    refused(shapes);
    shapes = true_shapes();
    shapes[2].columns.pop_back();
    refused(shapes);
    shapes = true_shapes();
    shapes.pop_back();
    refused(shapes);
    shapes = true_shapes();
    shapes.push_back({"jobs", {{"id", ColumnType::text}}});
    refused(shapes);
    shapes = true_shapes();
    std::swap(shapes[0], shapes[1]);
    refused(shapes);
    EXPECT_TRUE(to.dump() == before);
}

TEST_F(TransferFile, ValuesOfAForgedOneDoNoHarm) {
    Catalogued to(path("to.db"));
    to.execute("INSERT INTO settings VALUES ('INTERNAL_SECRET', 'own'), ('x', 'y')");
    const std::string before = to.dump();
    const auto with_row = [&](std::string_view name, const std::vector<sql::Value>& row) {
        return forge(true_shapes(), [&](ExportWriter& writer, const TableShape& table) {
            if (table.name == name) writer.row(row);
        });
    };
    // A row that refers to nothing, and a counter that would overflow.
    EXPECT_THROW(to.import_from(with_row("lyrics", {std::int64_t{7}, std::string_view("la")})), Error);
    EXPECT_THROW(
        to.import_from(with_row("index_blobs", {std::string_view("t"), std::string_view("m"), std::string_view("1"),
                                                INT64_MAX, std::int64_t{1}, std::int64_t{1}, 0.0, std::int64_t{1}})),
        Error);
    EXPECT_TRUE(to.dump() == before);
    // The secret of the installation is neither replaced nor exported.
    to.import_from(
        with_row("settings", {std::string_view("INTERNAL_SECRET"), std::string_view("known to a stranger")}));
    EXPECT_THAT(to.dump(), AllOf(HasSubstr("'own'"), Not(HasSubstr("stranger")), Not(HasSubstr("'y'"))));
    to.export_to(path("out"));
    Catalogued other(path("other.db"));
    other.import_from(path("out"));
    EXPECT_THAT(other.dump(), Not(HasSubstr("'own'")));
    // Not a number where a column wants one.
    const double odd = std::numeric_limits<double>::quiet_NaN();
    to.import_from(with_row("playlists", {std::int64_t{1}, std::string_view("n"), std::string_view("own"),
                                          std::string_view("{}"), odd, odd, std::int64_t{0}}));
    EXPECT_EQ(to.engine().read([](sql::Connection& connection) {
        return *connection.find_integer("SELECT COUNT(*) FROM playlists WHERE created_at = 0 AND updated_at = 0");
    }),
              1);
}

/// The next schema, of a program to come: a column and a table more, and rows that a step rewrites.
Catalogue future() {
    Catalogue known = catalogue();
    ++known.version;
    Table& tracks = known.tables[2];
    tracks.columns.push_back(
        {.name = "mood", .type = ColumnType::text, .since = known.version, .otherwise = std::string_view("unknown")});
    known.tables.push_back({.name = "moods",
                            .key = "name",
                            .columns = {{.name = "name", .type = ColumnType::text}},
                            .since = known.version});
    known.upgrades.push_back({known.version, [](sql::Connection& connection) {
                                  connection.run("INSERT INTO moods SELECT 'of track ' || id FROM tracks");
                                  connection.run("UPDATE playlists SET name = UPPER(name)");
                              }});
    return known;
}

TEST_F(TransferFile, AnOlderOneIsBroughtToTheNewestSchema) {
    filled(3);
    Catalogued newer(path("newer.db"));
    newer.execute(
        "ALTER TABLE tracks ADD COLUMN mood TEXT NOT NULL DEFAULT ''; CREATE TABLE moods (name TEXT PRIMARY KEY)");
    newer.import_from(path("filled.audiomuse"), future());
    newer.engine().read([](sql::Connection& connection) {
        EXPECT_EQ(connection.find_integer("SELECT COUNT(*) FROM tracks WHERE mood = 'unknown'"), 3);
        EXPECT_EQ(connection.find_integer("SELECT COUNT(*) FROM moods"), 3);
        EXPECT_EQ(connection.find_integer("SELECT COUNT(*) FROM playlists WHERE name LIKE 'NAME%'"), 3);
    });
    // And a database of the older schema is exported as such: what a migration does first.
    Catalogued older(path("filled.db"));
    older.export_to(path("older"), future());
    EXPECT_TRUE(contents(path("older")) == contents(path("filled.audiomuse")));
}

/// Runs `work` in a child process that is expected to kill itself.
template <class Work>
void in_killed_child(Work work) {
    const pid_t child = ::fork();
    if (child == 0) {
        work();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

void kill_past_half(double done) {
    if (done > 0.5) ::kill(::getpid(), SIGKILL);
}

TEST_F(TransferFile, AKilledExportLeavesTheOldOne) {
    const std::string old = filled(1500);
    in_killed_child([&] {
        const auto store = open_sqlite(path("filled.db"));
        store->save_setting("more", "text");
        store->transfer().export_to(path("filled.audiomuse"), kill_past_half);
    });
    EXPECT_TRUE(contents(path("filled.audiomuse")) == old);
    open_sqlite(path("filled.db"))->transfer().export_to(path("filled.audiomuse"), {});
    EXPECT_EQ(check_export(path("filled.audiomuse"), catalogue(), {}).tracks, 1500);
    EXPECT_FALSE(std::filesystem::exists(path("filled.audiomuse.part")));
}

TEST_F(TransferFile, AKilledImportChangesNothing) {
    filled(1500);
    std::string before;
    {
        Catalogued to(path("to.db"));
        to.engine().write([&](sql::Connection& connection) { fill(connection, 2, 10); });
        before = to.dump();
    }
    in_killed_child([&] {
        open_sqlite(path("to.db"))
            ->transfer()
            .import_from(path("filled.audiomuse"), {.replace = true, .keep_as = path("kept")}, kill_past_half);
    });
    EXPECT_EQ(check_export(path("kept"), catalogue(), {}).tracks, 10) << "killed after the old one was kept";
    Catalogued to(path("to.db"));
    EXPECT_TRUE(to.dump() == before);
}

TEST_F(TransferFile, WaitsForNoWorkerAndDisturbsNone) {
    filled(1);
    const auto store = open_sqlite(path("to.db"));
    store->jobs().create({.id = JobId{"held"}, .type = "main_analysis"});
    Catalogued(path("to.db"))
        .execute("UPDATE jobs SET state = 'STARTED', owner = 'nas', lease_until = unixepoch() + 60");
    const Error error = error_of([&] { store->transfer().import_from(path("filled.audiomuse"), {}, {}); });
    EXPECT_EQ(error.code(), ErrorCode::conflict);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("held"), HasSubstr("nas"), HasSubstr("jobs cancel")));
    EXPECT_TRUE(store->transfer().empty());
}

TEST_F(TransferFile, RoomThatRunsOutIsAnError) {
    Catalogued from(path("from.db"));
    from.engine().write([&](sql::Connection& connection) { fill(connection, 1, 300); });
    const rlimit small{20'000, RLIM_INFINITY};
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    ::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Error error = error_of([&] { from.export_to(path("full")); });
    ::setrlimit(RLIMIT_FSIZE, &before);
    EXPECT_EQ(error.code(), ErrorCode::io);
    EXPECT_THAT(error.what(), HasSubstr(path("full").string()));
    EXPECT_FALSE(std::filesystem::exists(path("full.part")));
}

}  // namespace
}  // namespace audiomuse::store::transfer
