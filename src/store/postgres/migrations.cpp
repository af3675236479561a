#include "postgres/migrations.h"

#include <fmt/format.h>

#include <algorithm>

#include <array>

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "postgres/schema.h"
#include "sql/track_write.h"
#include "transfer/transfer.h"

namespace audiomuse::store::postgres {

namespace {

void create_tables(Connection& connection) {
    connection.execute(kSchema4);
}

void add_media_servers(Connection& connection) {
    connection.execute(kSchema5);
    sql::fill_tails(connection);
}

void add_listening(Connection& connection) {
    connection.execute(kSchema6);
}

void add_radios(Connection& connection) {
    connection.execute(kSchema7);
}

void add_artist_ids(Connection& connection) {
    connection.execute(kSchema8);
}

void add_lyrics_search(Connection& connection) {
    connection.execute(kSchema9);
    sql::fill_lyrics_words(connection);
    sql::part_search_texts(connection);
}

void add_sound_vectors(Connection& connection) {
    connection.execute(kSchema10);
}

void add_users(Connection& connection) {
    connection.execute(kSchema11);
}

void add_schedules(Connection& connection) {
    connection.execute(kSchema12);
}

void add_cleaning(Connection& connection) {
    connection.execute(kSchema13);
    sql::begin_orphans(connection);
}

void add_owners(Connection& connection) {
    connection.execute(kSchema14);
}

constexpr std::array kMigrations = {
    Migration{4, create_tables},      Migration{5, add_media_servers, true},
    Migration{6, add_listening},      Migration{7, add_radios},
    Migration{8, add_artist_ids},     Migration{9, add_lyrics_search, true},
    Migration{10, add_sound_vectors}, Migration{11, add_users},
    Migration{12, add_schedules},     Migration{13, add_cleaning},
    Migration{14, add_owners},
};

/// How many of the tables are there that a database of ours is known by; another program may well have "settings". One
/// query, which sees all or none of what another process is just making.
std::int64_t count_known_tables(Connection& connection) {
    return *connection.find_integer(
        "SELECT COUNT(*) FROM pg_class WHERE relkind = 'r' AND pg_table_is_visible(oid) AND "
        "relname IN ('schema_version', 'change_counter', 'track_sources', 'index_blob_parts')");
}
constexpr std::int64_t kKnownTables = 4;

}  // namespace

std::span<const Migration> migrations() {
    return kMigrations;
}

std::optional<int> schema_version(Connection& connection) {
    const std::int64_t known = count_known_tables(connection);
    if (known == 0) return 0;
    if (known < kKnownTables) return std::nullopt;
    return static_cast<int>(connection.find_integer("SELECT version FROM schema_version").value_or(0));
}

namespace {

/// Several processes may do this at once; the file is whole whoever comes last.
void back_up(Engine& engine, int version, const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const auto file = folder / fmt::format("before-schema-{}.audiomuse", version + 1);
    engine.read([&](sql::Connection& connection) {
        transfer::export_catalogue(connection, transfer::catalogue(), version, file, {});
    });
    log::info("The database is brought to a newer schema; the catalogue as it was is in {}.", file.native());
}

}  // namespace

void migrate(Engine& engine, std::span<const Migration> steps, const std::filesystem::path& backups) {
    const int newest = steps.back().version;
    int version = 0;
    engine.transact([&](Connection& connection) {
        const std::optional<int> found = schema_version(connection);
        if (!found) {
            throw Error(ErrorCode::conflict,
                        fmt::format("PostgreSQL ({}) holds tables of another program whose names AudioMuse needs. "
                                    "Make a database for AudioMuse alone.",
                                    connection.address()));
        }
        if (*found > newest) {
            throw Error(ErrorCode::conflict,
                        fmt::format("The database of PostgreSQL ({}) was written by a newer AudioMuse (its schema is "
                                    "{}, this program knows {}). Install the newer version.",
                                    connection.address(), *found, newest));
        }
        version = *found;
    });
    const auto rewrites = [&](const Migration& step) { return step.version > version && step.rewrites; };
    if (version > 0 && !backups.empty() && std::ranges::any_of(steps, rewrites)) {
        back_up(engine, version, backups);
    }
    for (const Migration& step : steps) {
        if (version >= step.version) continue;
        engine.transact([&](Connection& connection) {
            connection.no_time_limit();
            connection.lock(sql::Lock::schema);
            // Asked again: another process may have done it while this one waited for the lock.
            const std::optional<int> now = schema_version(connection);
            if (!now || *now >= step.version) return;
            if (*now == 0) {
                connection.execute(
                    "CREATE TABLE schema_version (version BIGINT NOT NULL); INSERT INTO schema_version VALUES (0)");
            }
            step.apply(connection);
            connection.run("UPDATE schema_version SET version = ?", {std::int64_t{step.version}});
        });
    }
}

void ensure_search_indexes(Engine& engine) {
    bool ordered = false, found = false;
    engine.transact([&](Connection& connection) {
        ordered = *connection.find_integer("SELECT to_regclass('track_texts_by_title') IS NOT NULL") != 0;
        found = *connection.find_integer("SELECT to_regclass('track_texts_by_trigram') IS NOT NULL") != 0;
    });
    if (!ordered) {
        engine.transact([](Connection& connection) {
            connection.no_time_limit();
            connection.lock(sql::Lock::schema);
            connection.execute(kOrderIndexes);
        });
    }
    if (found) return;
    try {
        engine.transact([](Connection& connection) {
            connection.no_time_limit();
            connection.lock(sql::Lock::schema);
            connection.execute(kSearchIndex);
        });
    } catch (const Error& error) {
        if (error.code() == ErrorCode::unavailable) throw;
        log::warn(
            "Searches will compare every track: the extension pg_trgm cannot be added to the database. Run CREATE "
            "EXTENSION pg_trgm as its owner or as superuser, and start AudioMuse again. {}",
            error.what());
    }
}

}  // namespace audiomuse::store::postgres
