#include "sqlite/migrations.h"

#include <fmt/format.h>

#include <array>

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "sql/search_text.h"
#include "sql/track_write.h"
#include "sql/values.h"

namespace audiomuse::store::sqlite {

namespace {

// Ids are AUTOINCREMENT so that none is ever used twice. Truth values are 0 and 1, times Unix seconds, vectors
// little-endian floats. Paths are TEXT that holds the file system's bytes, valid UTF-8 or not.
void create_tables(Connection& connection) {
    connection.execute(R"(
CREATE TABLE change_counter (value INTEGER NOT NULL);
INSERT INTO change_counter VALUES (0);

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE servers (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    type TEXT NOT NULL,
    name TEXT NOT NULL,
    listing INTEGER NOT NULL DEFAULT 0     -- number of the newest listing
);

CREATE TABLE tracks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    present INTEGER NOT NULL,              -- one of its sources is
    title TEXT NOT NULL,
    album TEXT NOT NULL,
    album_artist TEXT NOT NULL,
    track_number INTEGER NOT NULL,
    disc_number INTEGER NOT NULL,
    year INTEGER NOT NULL,
    genres TEXT NOT NULL,                  -- a list, see sql/values.h
    musicbrainz_recording_id TEXT NOT NULL,
    musicbrainz_album_id TEXT NOT NULL,
    musicbrainz_artist_ids TEXT NOT NULL,  -- a list
    duration_s REAL NOT NULL,
    has_cover INTEGER NOT NULL,
    title_key TEXT NOT NULL,               -- search keys, see sql/search_text.h
    artist_key TEXT NOT NULL,              -- of the artist line
    album_key TEXT NOT NULL,
    album_artist_key TEXT NOT NULL,        -- of the album artist, else the first artist
    added_at REAL NOT NULL,
    times_analysed INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX tracks_by_artist ON tracks (present, artist_key, album_key, disc_number, track_number, title_key);
CREATE INDEX tracks_by_title ON tracks (present, title_key, artist_key);
CREATE INDEX tracks_by_time ON tracks (present, added_at);
CREATE INDEX tracks_by_album ON tracks (present, album_key, album_artist_key, duration_s);  -- answers counts() alone

CREATE TABLE track_artists (
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    PRIMARY KEY (track_id, position)
) WITHOUT ROWID;

CREATE TABLE lyrics (track_id INTEGER PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE, text TEXT NOT NULL);

CREATE TABLE track_sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    server_id INTEGER NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    signature TEXT NOT NULL,
    present INTEGER NOT NULL,
    listing INTEGER NOT NULL,              -- the newest listing that showed it
    UNIQUE (server_id, path)
);
CREATE INDEX track_sources_by_track ON track_sources (track_id, present);
CREATE INDEX track_sources_by_signature ON track_sources (signature);

CREATE TABLE analyses (
    track_id INTEGER PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    model_version TEXT NOT NULL,
    outdated INTEGER NOT NULL,             -- the audio has changed since
    size INTEGER NOT NULL,                 -- stamp of the file listened to
    mtime_ns INTEGER NOT NULL,
    analysed_at REAL NOT NULL,
    duration_s REAL NOT NULL,
    tempo REAL NOT NULL,
    energy REAL NOT NULL,
    key INTEGER NOT NULL,
    scale TEXT NOT NULL,
    other_features BLOB NOT NULL,
    moods BLOB NOT NULL,
    chroma BLOB NOT NULL,
    decode_settings TEXT NOT NULL,
    warning TEXT NOT NULL,
    elapsed_ms REAL NOT NULL,
    descriptors BLOB NOT NULL
);
CREATE INDEX analyses_by_model ON analyses (outdated, model, model_version);

CREATE TABLE embeddings (
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    model_version TEXT NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (track_id, model, model_version)
);

CREATE TABLE failures (
    track_id INTEGER PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    code TEXT NOT NULL,
    stage TEXT NOT NULL,
    message TEXT NOT NULL,
    size INTEGER NOT NULL,                 -- stamp of the file that failed
    mtime_ns INTEGER NOT NULL,
    failed_at REAL NOT NULL
);

CREATE TABLE playlists (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,                    -- automatic, own
    recipe TEXT NOT NULL,                  -- JSON
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
);
CREATE UNIQUE INDEX playlists_own_name ON playlists (name) WHERE kind = 'own';

CREATE TABLE playlist_tracks (
    playlist_id INTEGER NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    PRIMARY KEY (playlist_id, position)
) WITHOUT ROWID;
CREATE INDEX playlist_tracks_by_track ON playlist_tracks (track_id);

CREATE TABLE jobs (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,  -- order of creation within one instant
    id TEXT NOT NULL UNIQUE,
    parent TEXT NOT NULL,
    type TEXT NOT NULL,
    state TEXT NOT NULL,
    progress INTEGER NOT NULL,
    params TEXT NOT NULL,
    details TEXT NOT NULL,
    cancel_requested INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    created_at REAL NOT NULL,
    started_at REAL NOT NULL,
    finished_at REAL NOT NULL
);
CREATE INDEX jobs_by_time ON jobs (created_at, sequence);

CREATE TABLE index_blobs (
    name TEXT PRIMARY KEY,
    model TEXT NOT NULL,
    model_version TEXT NOT NULL,
    version INTEGER NOT NULL,
    count INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    saved_at REAL NOT NULL
);
CREATE TABLE index_blob_parts (
    name TEXT NOT NULL REFERENCES index_blobs (name) ON DELETE CASCADE,
    part INTEGER NOT NULL,
    data BLOB NOT NULL,
    PRIMARY KEY (name, part)
);
)");
}

// track_texts holds the present tracks only; the triggers keep the trigram index in step with it.
void add_search(Connection& connection) {
    connection.execute(R"(
CREATE TABLE track_texts (
    track_id INTEGER PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    artist TEXT NOT NULL,
    rest TEXT NOT NULL
);
CREATE VIRTUAL TABLE track_index USING fts5(
    title, artist, rest, content = 'track_texts', content_rowid = 'track_id', tokenize = 'trigram case_sensitive 1'
);
CREATE TRIGGER track_texts_insert AFTER INSERT ON track_texts BEGIN
    INSERT INTO track_index (rowid, title, artist, rest) VALUES (new.track_id, new.title, new.artist, new.rest);
END;
CREATE TRIGGER track_texts_delete AFTER DELETE ON track_texts BEGIN
    INSERT INTO track_index (track_index, rowid, title, artist, rest)
    VALUES ('delete', old.track_id, old.title, old.artist, old.rest);
END;
CREATE TRIGGER track_texts_update AFTER UPDATE ON track_texts BEGIN
    INSERT INTO track_index (track_index, rowid, title, artist, rest)
    VALUES ('delete', old.track_id, old.title, old.artist, old.rest);
    INSERT INTO track_index (rowid, title, artist, rest) VALUES (new.track_id, new.title, new.artist, new.rest);
END;
)");
    const auto tracks = connection.query("SELECT id, title, album, album_artist, genres FROM tracks WHERE present = 1");
    while (tracks->next()) {
        TrackTags tags{.title = tracks->text(1), .album = tracks->text(2), .album_artist = tracks->text(3)};
        tags.genres = sql::unpack(tracks->text(4));
        const auto artists = connection.query("SELECT name FROM track_artists WHERE track_id = ? ORDER BY position",
                                              {tracks->integer(0)});
        while (artists->next())
            tags.artists.push_back(artists->text(0));
        const sql::SearchText text = sql::search_text(tags);
        connection.run("INSERT INTO track_texts (track_id, title, artist, rest) VALUES (?, ?, ?, ?)",
                       {tracks->integer(0), text.title, text.artist, text.rest});
    }
}

// Results and failures from before stay as they are: what was not measured or noted then is NULL or empty.
void add_confidences_and_decoder(Connection& connection) {
    connection.execute(R"(
ALTER TABLE analyses ADD COLUMN tempo_confidence REAL;
ALTER TABLE analyses ADD COLUMN loudness REAL;
ALTER TABLE analyses ADD COLUMN key_confidence REAL;
ALTER TABLE failures ADD COLUMN decoder TEXT NOT NULL DEFAULT '';
)");
}

// Jobs that several processes work on, and what an index has to catch up with.
void add_leases_and_revisions(Connection& connection) {
    connection.execute(R"(
ALTER TABLE jobs ADD COLUMN owner TEXT NOT NULL DEFAULT '';        -- the worker that holds it
ALTER TABLE jobs ADD COLUMN lease_until REAL NOT NULL DEFAULT 0;   -- by the database's clock
CREATE INDEX jobs_by_parent ON jobs (parent, state);

ALTER TABLE tracks ADD COLUMN revision INTEGER NOT NULL DEFAULT 0; -- change_counter when presence or embedding changed last
UPDATE tracks SET revision = 1;
UPDATE change_counter SET value = value + 1 WHERE EXISTS (SELECT 1 FROM tracks);
CREATE INDEX tracks_by_revision ON tracks (revision, id);

ALTER TABLE index_blobs ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;  -- change_counter up to which it holds all

CREATE TABLE instances (                  -- running processes that hand out music files
    id TEXT PRIMARY KEY,
    url TEXT NOT NULL,
    seen_at REAL NOT NULL                 -- by the database's clock
);
)");
}

// Media servers, and the ids that tracks have there.
void add_media_servers(Connection& connection) {
    connection.execute(R"(
ALTER TABLE servers ADD COLUMN url TEXT NOT NULL DEFAULT '';
ALTER TABLE servers ADD COLUMN username TEXT NOT NULL DEFAULT '';
ALTER TABLE servers ADD COLUMN password TEXT NOT NULL DEFAULT '';
ALTER TABLE servers ADD COLUMN token TEXT NOT NULL DEFAULT '';
ALTER TABLE servers ADD COLUMN libraries TEXT NOT NULL DEFAULT '';      -- a list
ALTER TABLE servers ADD COLUMN music_folder TEXT NOT NULL DEFAULT '';
ALTER TABLE servers ADD COLUMN path_map TEXT NOT NULL DEFAULT '';       -- a list: theirs, ours, theirs, ours, ...
ALTER TABLE servers ADD COLUMN allow_plain_password INTEGER NOT NULL DEFAULT 0;
ALTER TABLE servers ADD COLUMN is_default INTEGER NOT NULL DEFAULT 0;   -- one of them is
ALTER TABLE servers ADD COLUMN change_stamp TEXT NOT NULL DEFAULT '';
UPDATE servers SET is_default = 1;                                      -- the local one was the only one

ALTER TABLE track_sources ADD COLUMN item_id TEXT NOT NULL DEFAULT '';  -- the server's own; empty: local, or lost
ALTER TABLE track_sources ADD COLUMN album_id TEXT NOT NULL DEFAULT ''; -- the server's own
ALTER TABLE track_sources ADD COLUMN real_path TEXT NOT NULL DEFAULT '';-- as a media server has it; path is unique
ALTER TABLE track_sources ADD COLUMN tail TEXT NOT NULL DEFAULT '';     -- see sql::path_tail
ALTER TABLE track_sources ADD COLUMN digest TEXT NOT NULL DEFAULT '';   -- of what a listing said, see sql/listed_items.cpp
CREATE INDEX track_sources_by_item ON track_sources (item_id) WHERE item_id <> '';
CREATE INDEX track_sources_by_tail ON track_sources (tail) WHERE tail <> '';
CREATE INDEX track_sources_by_path ON track_sources (path);

CREATE TABLE server_playlists (            -- that this program has written
    server_id INTEGER NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    playlist_id TEXT NOT NULL,             -- the server's own; empty while it is being made
    PRIMARY KEY (server_id, name)
) WITHOUT ROWID;
)");
    sql::fill_tails(connection);
}

// What people have listened to. No reference to servers: 0 stands for the page's own player.
void add_listening(Connection& connection) {
    connection.execute(R"(
CREATE TABLE listening (
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    server_id INTEGER NOT NULL,
    user_name TEXT NOT NULL,
    plays INTEGER NOT NULL,
    last_played_at REAL NOT NULL,
    rating INTEGER NOT NULL,               -- 1..5; 0: none
    favourite INTEGER NOT NULL,
    PRIMARY KEY (track_id, server_id, user_name)
) WITHOUT ROWID;
CREATE INDEX listening_by_plays ON listening (server_id, user_name, plays);
CREATE INDEX track_artists_by_name ON track_artists (name_key);
)");
}

// Saved points, lists that are made again by their recipe, and what these were before. Radios refer to what may be gone
// by number only: ids are never used again.
void add_radios(Connection& connection) {
    connection.execute(R"(
CREATE TABLE anchors (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    recipe TEXT NOT NULL,                  -- JSON
    model TEXT NOT NULL,                   -- whose embeddings the points are among
    model_version TEXT NOT NULL,
    created_at REAL NOT NULL
);
CREATE TABLE anchor_points (
    anchor_id INTEGER NOT NULL REFERENCES anchors (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    subtracted INTEGER NOT NULL,
    weight REAL NOT NULL,
    radius REAL NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (anchor_id, position)
) WITHOUT ROWID;
CREATE TABLE radios (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    anchor_id INTEGER NOT NULL,            -- 0: none
    recipe TEXT NOT NULL,                  -- JSON
    filter TEXT NOT NULL,                  -- JSON
    temperature REAL NOT NULL,
    n_results INTEGER NOT NULL,
    enabled INTEGER NOT NULL,
    playlist_id INTEGER NOT NULL,          -- 0: none yet
    created_at REAL NOT NULL,
    refreshed_at REAL NOT NULL             -- 0: never
);
CREATE UNIQUE INDEX radios_by_anchor ON radios (anchor_id) WHERE anchor_id <> 0;
CREATE TABLE playlist_issues (
    playlist_id INTEGER NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    made_at REAL NOT NULL,
    PRIMARY KEY (playlist_id, number)
) WITHOUT ROWID;
CREATE TABLE playlist_issue_tracks (
    playlist_id INTEGER NOT NULL,
    number INTEGER NOT NULL,
    position INTEGER NOT NULL,
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    PRIMARY KEY (playlist_id, number, position),
    FOREIGN KEY (playlist_id, number) REFERENCES playlist_issues (playlist_id, number) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE INDEX playlist_issue_tracks_by_track ON playlist_issue_tracks (track_id);
)");
}

// What media servers call the first artist of a track. They are asked for it at once, whether they have changed or not.
void add_artist_ids(Connection& connection) {
    connection.execute(R"(
ALTER TABLE track_sources ADD COLUMN artist_id TEXT NOT NULL DEFAULT '';
UPDATE servers SET change_stamp = '';
)");
}

// Lyrics are found by their words; the triggers keep the index in step with the table.
void add_lyrics_search(Connection& connection) {
    connection.execute(R"(
ALTER TABLE lyrics ADD COLUMN words TEXT NOT NULL DEFAULT '';
CREATE VIRTUAL TABLE lyrics_index USING fts5(
    words, content = 'lyrics', content_rowid = 'track_id', tokenize = 'unicode61 remove_diacritics 0'
);
INSERT INTO lyrics_index (rowid, words) SELECT track_id, words FROM lyrics;
CREATE TRIGGER lyrics_insert AFTER INSERT ON lyrics BEGIN
    INSERT INTO lyrics_index (rowid, words) VALUES (new.track_id, new.words);
END;
CREATE TRIGGER lyrics_delete AFTER DELETE ON lyrics BEGIN
    INSERT INTO lyrics_index (lyrics_index, rowid, words) VALUES ('delete', old.track_id, old.words);
END;
CREATE TRIGGER lyrics_update AFTER UPDATE ON lyrics BEGIN
    INSERT INTO lyrics_index (lyrics_index, rowid, words) VALUES ('delete', old.track_id, old.words);
    INSERT INTO lyrics_index (rowid, words) VALUES (new.track_id, new.words);
END;
)");
    sql::fill_lyrics_words(connection);
    sql::part_search_texts(connection);
}

// How CLAP hears tracks. A row with an empty vector says that it listened and gave none.
void add_sound_vectors(Connection& connection) {
    connection.execute(R"(
CREATE TABLE sound_vectors (
    track_id INTEGER PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    model TEXT NOT NULL,
    model_version TEXT NOT NULL,
    outdated INTEGER NOT NULL,             -- 1: of audio that has changed since
    vector BLOB NOT NULL
);
)");
}

void add_users(Connection& connection) {
    connection.execute(R"(
CREATE TABLE users (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL UNIQUE,         -- folded
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,           -- of argon2id, with its parameters; '': none
    created_at REAL NOT NULL
);
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    secret_hash TEXT NOT NULL UNIQUE,
    device TEXT NOT NULL,
    created_at REAL NOT NULL,
    seen_at REAL NOT NULL,
    expires_at REAL NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE TABLE api_tokens (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at REAL NOT NULL,
    used_at REAL NOT NULL,
    UNIQUE (user_id, name)
);
)");
}

void add_schedules(Connection& connection) {
    connection.execute(R"(
CREATE TABLE schedules (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    task_type TEXT NOT NULL,
    cron TEXT NOT NULL,
    zone TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    catch_up INTEGER NOT NULL,
    on_change INTEGER NOT NULL,  -- 1: due by seen_index, not by time
    next_due REAL NOT NULL,  -- 0: never by time
    seen_index INTEGER NOT NULL,
    created_at REAL NOT NULL,
    last_run REAL NOT NULL,  -- 0: never
    last_job TEXT NOT NULL,  -- empty: none
    waits_for TEXT NOT NULL,  -- type of the job whose end it waits for; empty: none
    missed_at REAL NOT NULL  -- 0: none
);
)");
}

// Since when tracks are nowhere. Of those that are, nothing was noted: they begin now.
void add_cleaning(Connection& connection) {
    connection.execute(R"(
ALTER TABLE tracks ADD COLUMN orphaned_at REAL NOT NULL DEFAULT 0;    -- 0: a server or folder has it
ALTER TABLE tracks ADD COLUMN cleaned_at INTEGER NOT NULL DEFAULT 0;  -- whole Unix seconds; 0: not removed
)");
    sql::begin_orphans(connection);
}

// What belongs to one user alone. Owners are users by number only: 0 is nobody, and what is nobody's is the
// household's.
void add_owners(Connection& connection) {
    connection.execute(R"(
ALTER TABLE playlists ADD COLUMN owner INTEGER NOT NULL DEFAULT 0;
DROP INDEX playlists_own_name;
CREATE UNIQUE INDEX playlists_own_name ON playlists (owner, name) WHERE kind = 'own';
ALTER TABLE radios ADD COLUMN owner INTEGER NOT NULL DEFAULT 0;
DROP INDEX radios_by_anchor;
CREATE UNIQUE INDEX radios_by_anchor ON radios (owner, anchor_id) WHERE anchor_id <> 0;

ALTER TABLE listening RENAME TO listening_before;
CREATE TABLE listening (
    track_id INTEGER NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    owner INTEGER NOT NULL,
    server_id INTEGER NOT NULL,
    user_name TEXT NOT NULL,
    plays INTEGER NOT NULL,
    last_played_at REAL NOT NULL,
    rating INTEGER NOT NULL,               -- 1..5; 0: none
    favourite INTEGER NOT NULL,
    PRIMARY KEY (track_id, owner, server_id, user_name)
) WITHOUT ROWID;
INSERT INTO listening SELECT track_id, 0, server_id, user_name, plays, last_played_at, rating, favourite
    FROM listening_before;
DROP TABLE listening_before;
CREATE INDEX listening_by_plays ON listening (owner, server_id, user_name, plays);

ALTER TABLE server_playlists RENAME TO server_playlists_before;
CREATE TABLE server_playlists (            -- that this program has written
    server_id INTEGER NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    owner INTEGER NOT NULL,                -- with whose account
    name TEXT NOT NULL,
    playlist_id TEXT NOT NULL,             -- the server's own; empty while it is being made
    PRIMARY KEY (server_id, owner, name)
) WITHOUT ROWID;
INSERT INTO server_playlists SELECT server_id, 0, name, playlist_id FROM server_playlists_before;
DROP TABLE server_playlists_before;

CREATE TABLE server_accounts (             -- that users have linked
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    server_id INTEGER NOT NULL REFERENCES servers (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    password TEXT NOT NULL,
    token TEXT NOT NULL,
    PRIMARY KEY (user_id, server_id)
) WITHOUT ROWID;
CREATE TABLE hidden_artists (
    owner INTEGER NOT NULL,
    name_key TEXT NOT NULL,                -- folded
    name TEXT NOT NULL,
    PRIMARY KEY (owner, name_key)
) WITHOUT ROWID;
)");
}

constexpr std::array kMigrations = {
    Migration{1, create_tables},
    Migration{2, add_search},
    Migration{3, add_confidences_and_decoder},
    Migration{4, add_leases_and_revisions},
    Migration{5, add_media_servers},
    Migration{6, add_listening},
    Migration{7, add_radios},
    Migration{8, add_artist_ids},
    Migration{9, add_lyrics_search},
    Migration{10, add_sound_vectors},
    Migration{11, add_users},
    Migration{12, add_schedules},
    Migration{13, add_cleaning},
    Migration{14, add_owners},
};

void copy_before_upgrade(Connection& connection, const std::filesystem::path& file, int version) {
    std::filesystem::path copy = file;
    copy += fmt::format(".version-{}", version);
    std::filesystem::path unfinished = copy;
    unfinished += ".part";
    std::error_code error;
    std::filesystem::remove(unfinished, error);
    connection.run("VACUUM INTO ?", {std::string_view(unfinished.native())});
    std::filesystem::rename(unfinished, copy, error);
    if (error) {
        throw Error(ErrorCode::io,
                    fmt::format("The copy {} of the database before its upgrade cannot be made ({}). Check the "
                                "folder's free space and rights.",
                                copy.native(), error.message()));
    }
    log::info("The database {} is brought to a newer schema; a copy of it as it was is {}.", file.native(),
              copy.native());
}

}  // namespace

std::span<const Migration> migrations() {
    return kMigrations;
}

std::optional<int> schema_version(Connection& connection) {
    if (*connection.find_integer("SELECT COUNT(*) FROM sqlite_schema") == 0) return 0;
    if (*connection.find_integer("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'schema_version'") == 0)
        return std::nullopt;
    return static_cast<int>(connection.find_integer("SELECT version FROM schema_version").value_or(0));
}

void migrate(Connection& connection, const std::filesystem::path& file, std::span<const Migration> steps) {
    const int newest = steps.back().version;
    const std::optional<int> version = schema_version(connection);
    if (!version) {
        throw Error(
            ErrorCode::conflict,
            fmt::format("The database {} belongs to another program. Choose another data folder.", file.native()));
    }
    if (*version > newest) {
        throw Error(
            ErrorCode::conflict,
            fmt::format("The database {} was written by a newer AudioMuse (its schema is {}, this program knows {}). "
                        "Install the newer version, or use the copy that was made before the upgrade.",
                        file.native(), *version, newest));
    }
    // Readers go on while one writes, and a killed process leaves a consistent file.
    connection.execute("PRAGMA journal_mode = WAL");
    if (*version == newest) return;
    if (*version > 0) copy_before_upgrade(connection, file, *version);
    constexpr int kHoldsPasswords = 5;
    if (*version < kHoldsPasswords) {
        using std::filesystem::perms;
        std::error_code error;  // of a file that belongs to another user, who then decides
        std::filesystem::permissions(file, perms::owner_read | perms::owner_write, error);
    }
    for (const Migration& step : steps) {
        connection.transaction("IMMEDIATE", [&](sql::Connection&) {
            // Asked again inside the transaction: another process may be doing the same.
            if (schema_version(connection) >= step.version) return;
            if (step.version == 1) {
                connection.execute(
                    "CREATE TABLE schema_version (version INTEGER NOT NULL); INSERT INTO schema_version VALUES (0)");
            }
            step.apply(connection);
            connection.run("UPDATE schema_version SET version = ?", {std::int64_t{step.version}});
        });
    }
}

}  // namespace audiomuse::store::sqlite
