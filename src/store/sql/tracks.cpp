#include <algorithm>
#include <charconv>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "sql/repositories.h"
#include "sql/search_text.h"
#include "sql/track_rows.h"
#include "sql/values.h"

namespace audiomuse::store::sql {

namespace {

/// A row of track_sources.
struct Source {
    std::int64_t id = 0;
    TrackId track;
    std::string path;
    FileStamp stamp;
    std::string signature;
};

Source read_source(const Rows& rows) {
    return {rows.integer(0), TrackId{rows.integer(1)}, rows.text(2), {rows.integer(3), rows.integer(4)}, rows.text(5)};
}

TrackTags to_valid_utf8(TrackTags tags) {
    tags.title = audiomuse::to_valid_utf8(tags.title);
    tags.album = audiomuse::to_valid_utf8(tags.album);
    tags.album_artist = audiomuse::to_valid_utf8(tags.album_artist);
    tags.lyrics = audiomuse::to_valid_utf8(tags.lyrics);
    tags.musicbrainz_recording_id = audiomuse::to_valid_utf8(tags.musicbrainz_recording_id);
    tags.musicbrainz_album_id = audiomuse::to_valid_utf8(tags.musicbrainz_album_id);
    for (std::string& artist : tags.artists)
        artist = audiomuse::to_valid_utf8(artist);
    for (std::string& genre : tags.genres)
        genre = audiomuse::to_valid_utf8(genre);
    return tags;
}

std::string_view file_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

/// The columns of `tracks` that tags fill, in the order of tag_values.
const std::vector<std::string> kTagColumns = {"title",
                                              "album",
                                              "album_artist",
                                              "track_number",
                                              "disc_number",
                                              "year",
                                              "genres",
                                              "duration_s",
                                              "has_cover",
                                              "title_key",
                                              "artist_key",
                                              "album_key",
                                              "album_artist_key",
                                              "musicbrainz_recording_id",
                                              "musicbrainz_album_id",
                                              "musicbrainz_artist_ids"};

/// Texts made from tags, for the time their values are bound.
struct TagTexts {
    explicit TagTexts(const TrackTags& tags)
        : genres(pack(tags.genres)),
          musicbrainz_artist_ids(pack(tags.musicbrainz_artist_ids)),
          title_key(search_key(tags.title)),
          artist_key(search_key(display_artist(tags))),
          album_key(search_key(tags.album)),
          album_artist_key(search_key(!tags.album_artist.empty() ? tags.album_artist
                                      : tags.artists.empty()     ? std::string()
                                                                 : tags.artists.front())) {}
    std::string genres, musicbrainz_artist_ids, title_key, artist_key, album_key, album_artist_key;
};

std::vector<Value> tag_values(const TrackTags& tags, const TagTexts& texts) {
    return {tags.title,
            tags.album,
            tags.album_artist,
            std::int64_t{tags.track_number},
            std::int64_t{tags.disc_number},
            std::int64_t{tags.year},
            texts.genres,
            finite(tags.duration_s),
            std::int64_t{tags.has_cover},
            texts.title_key,
            texts.artist_key,
            texts.album_key,
            texts.album_artist_key,
            tags.musicbrainz_recording_id,
            tags.musicbrainz_album_id,
            texts.musicbrainz_artist_ids};
}

TrackId insert_track(Connection& connection, const TrackTags& tags) {
    static const std::string kSql = "INSERT INTO tracks (" + join(kTagColumns, ", ") + ", present, added_at) VALUES (" +
                                    join(std::vector<std::string>(kTagColumns.size(), "?"), ", ") +
                                    ", 1, ?) RETURNING id";
    const TagTexts texts(tags);
    std::vector<Value> values = tag_values(tags, texts);
    values.emplace_back(unix_now());
    const auto rows = connection.query(kSql, values);
    rows->next();
    return TrackId{rows->integer(0)};
}

void update_track(Connection& connection, TrackId id, const TrackTags& tags, std::int64_t change) {
    static const std::string kSql =
        "UPDATE tracks SET " + join(kTagColumns, " = ?, ") +
        " = ?, revision = CASE WHEN present = 1 THEN revision ELSE ? END, present = 1 WHERE id = ?";
    const TagTexts texts(tags);
    std::vector<Value> values = tag_values(tags, texts);
    values.emplace_back(change);
    values.emplace_back(id.value);
    connection.run(kSql, values);
    connection.run("DELETE FROM track_artists WHERE track_id = ?", {id.value});
    connection.run("DELETE FROM lyrics WHERE track_id = ?", {id.value});
}

/// What tags fill beside the row itself; nothing of it is there yet.
void insert_artists_and_lyrics(Connection& connection, TrackId id, const TrackTags& tags) {
    for (std::size_t i = 0; i < tags.artists.size(); ++i) {
        connection.run("INSERT INTO track_artists (track_id, position, name, name_key) VALUES (?, ?, ?, ?)",
                       {id.value, static_cast<std::int64_t>(i), tags.artists[i], search_key(tags.artists[i])});
    }
    if (!tags.lyrics.empty()) {
        connection.run("INSERT INTO lyrics (track_id, text) VALUES (?, ?)", {id.value, tags.lyrics});
    }
}

/// Lets search find a track by what its tags are now.
void write_search_text(Connection& connection, TrackId id, const TrackTags& tags) {
    const SearchText text = search_text(tags);
    connection.run(
        "INSERT INTO track_texts (track_id, title, artist, rest) VALUES (?, ?, ?, ?) ON CONFLICT (track_id) DO UPDATE "
        "SET "
        "title = excluded.title, artist = excluded.artist, rest = excluded.rest WHERE track_texts.title <> "
        "excluded.title "
        "OR track_texts.artist <> excluded.artist OR track_texts.rest <> excluded.rest",
        {id.value, text.title, text.artist, text.rest});
}

/// Brings a track up to date after one of its sources came or went, in the change of that number. Search finds present
/// tracks only.
void update_presence(Connection& connection, TrackId id, std::int64_t change) {
    const std::int64_t present =
        connection.find_integer("SELECT MAX(present) FROM track_sources WHERE track_id = ?", {id.value}).value_or(0);
    connection.run("UPDATE tracks SET present = ?, revision = ? WHERE id = ? AND present <> ?",
                   {present, change, id.value, present});
    if (present == 0) {
        connection.run("DELETE FROM track_texts WHERE track_id = ?", {id.value});
    } else if (const auto track = read_track(connection, id)) {
        write_search_text(connection, id, track->tags);
    }
}

/// Moves a known source to what the file is now. Other audio makes the analysis out of date; a failure is forgotten
/// with the stamp it belongs to.
void update_source(Connection& connection, const Source& source, const Tracks::PutItem& item, std::int64_t listing) {
    connection.run(
        "UPDATE track_sources SET path = ?, size = ?, mtime_ns = ?, signature = ?, present = 1, listing = ? WHERE id = "
        "?",
        {item.file.path, item.file.stamp.size, item.file.stamp.mtime_ns, item.signature, listing, source.id});
    const bool same_audio = !item.signature.empty() && item.signature == source.signature;
    if (!same_audio) {
        connection.run("UPDATE analyses SET outdated = 1 WHERE track_id = ?", {source.track.value});
    }
    connection.run("DELETE FROM failures WHERE track_id = ? AND NOT (size = ? AND mtime_ns = ?)",
                   {source.track.value, item.file.stamp.size, item.file.stamp.mtime_ns});
}

class SqlTracks final : public Tracks {
public:
    explicit SqlTracks(Engine& engine) : engine_(engine) {}

    ServerId local_server() override {
        const auto find = [](Connection& connection) {
            return connection.find_integer("SELECT id FROM servers WHERE type = 'local' ORDER BY id LIMIT 1");
        };
        if (const auto id = engine_.read(find)) return ServerId{*id};
        return engine_.write([&](Connection& connection) {
            if (const auto id = find(connection)) return ServerId{*id};
            return ServerId{*connection.find_integer(
                "INSERT INTO servers (type, name) VALUES ('local', 'Local folders') RETURNING id")};
        });
    }

    std::int64_t begin_listing(ServerId server) override {
        return engine_.write([&](Connection& connection) {
            const auto listing = connection.find_integer(
                "UPDATE servers SET listing = listing + 1 WHERE id = ? RETURNING listing", {server.value});
            if (!listing) throw unknown_server(server);
            return *listing;
        });
    }

    std::vector<SeenFile> mark_seen(ServerId server, std::int64_t listing, std::span<const SeenFile> files) override {
        return engine_.write([&](Connection& connection) {
            std::vector<SeenFile> others;
            std::int64_t change = 0;  // begun by the first file that reappears
            for (const SeenFile& file : files) {
                std::optional<Source> source;
                bool present = false;
                {
                    const auto rows = connection.query(
                        "UPDATE track_sources SET listing = ? WHERE server_id = ? AND path = ? "
                        "RETURNING id, track_id, path, size, mtime_ns, signature, present",
                        {listing, server.value, file.path});
                    if (rows->next()) {
                        source = read_source(*rows);
                        present = rows->integer(6) != 0;
                    }
                }
                if (!source || source->stamp != file.stamp) {
                    others.push_back(file);
                } else if (!present) {
                    connection.run("UPDATE track_sources SET present = 1 WHERE id = ?", {source->id});
                    if (change == 0) change = begin_change(connection);
                    update_presence(connection, source->track, change);
                }
            }
            return others;
        });
    }

    std::int64_t finish_listing(ServerId server, std::int64_t listing) override {
        return engine_.write([&](Connection& connection) {
            std::vector<TrackId> gone;
            {
                const auto rows = connection.query(
                    "UPDATE track_sources SET present = 0 WHERE server_id = ? AND present = 1 AND listing < ? "
                    "RETURNING track_id",
                    {server.value, listing});
                while (rows->next())
                    gone.push_back(TrackId{rows->integer(0)});
            }
            std::ranges::sort(gone);
            gone.erase(std::unique(gone.begin(), gone.end()), gone.end());
            if (gone.empty()) return std::int64_t{0};
            const std::int64_t change = begin_change(connection);
            for (const TrackId id : gone)
                update_presence(connection, id, change);
            return static_cast<std::int64_t>(gone.size());
        });
    }

    std::vector<PutResult> put(ServerId server, std::span<const PutItem> items) override {
        if (items.empty()) return {};
        return engine_.write([&](Connection& connection) {
            const std::int64_t change = begin_change(connection);
            // New sources belong to the newest listing, so that one that is still going on does not take them for gone.
            const auto listing = connection.find_integer("SELECT listing FROM servers WHERE id = ?", {server.value});
            if (!listing) throw unknown_server(server);
            std::vector<PutResult> results;
            for (const PutItem& item : items)
                results.push_back(put_one(connection, server, *listing, item, change));
            return results;
        });
    }

    std::optional<TrackRow> get(TrackId id) override {
        return engine_.read([&](Connection& connection) { return read_track(connection, id); });
    }

    std::vector<TrackRow> get(std::span<const TrackId> ids) override {
        return engine_.read([&](Connection& connection) { return read_tracks(connection, ids); });
    }

    std::optional<TrackRow> by_item_id(const std::string& item_id) override {
        std::int64_t number = 0;
        const char* end = item_id.data() + item_id.size();
        const auto [parsed, error] = std::from_chars(item_id.data(), end, number);
        if (error != std::errc() || parsed != end || std::to_string(number) != item_id) return std::nullopt;
        return get(TrackId{number});
    }

    std::optional<TrackRow> by_path(const std::string& path) override {
        return engine_.read([&](Connection& connection) -> std::optional<TrackRow> {
            const auto id = connection.find_integer(
                "SELECT track_id FROM track_sources WHERE server_id IN (SELECT id FROM servers) AND path = ? "
                "ORDER BY present DESC, server_id LIMIT 1",
                {path});
            return id ? read_track(connection, TrackId{*id}) : std::nullopt;
        });
    }

    std::string lyrics(TrackId id) override {
        return engine_.read([&](Connection& connection) {
            const auto rows = connection.query("SELECT text FROM lyrics WHERE track_id = ?", {id.value});
            return rows->next() ? rows->text(0) : std::string();
        });
    }

    TrackPage search(const TrackQuery& query) override {
        return engine_.read([&](Connection& connection) { return sql::search(connection, query); });
    }

    std::vector<TrackRow> search_title_artist(const std::string& title, const std::string& artist,
                                              std::int64_t limit) override {
        return engine_.read(
            [&](Connection& connection) { return sql::search_title_artist(connection, title, artist, limit); });
    }

    std::optional<TrackRow> by_name(const std::string& title, const std::string& artist) override {
        return engine_.read([&](Connection& connection) { return find_by_name(connection, title, artist); });
    }

    Counts counts() override {
        return engine_.read([](Connection& connection) {
            Counts counts;
            const auto totals = connection.query("SELECT COUNT(*), SUM(duration_s) FROM tracks WHERE present = 1");
            if (totals->next()) {
                counts.tracks = totals->integer(0);
                counts.duration_s = totals->real(1);
            }
            // A track without artists counts for its album artist.
            counts.artists = *connection.find_integer(
                "SELECT COUNT(*) FROM ("
                "SELECT a.name_key FROM track_artists a WHERE a.track_id NOT IN (SELECT id FROM tracks WHERE present = "
                "0) "
                "UNION SELECT t.album_artist_key FROM tracks t WHERE t.present = 1 AND t.album_artist_key <> '' "
                "AND NOT EXISTS (SELECT 1 FROM track_artists o WHERE o.track_id = t.id)) n");
            counts.albums = *connection.find_integer(
                "SELECT COUNT(*) FROM "
                "(SELECT DISTINCT album_key, album_artist_key FROM tracks WHERE present = 1 AND album_key <> '') n");
            return counts;
        });
    }

private:
    static Error unknown_server(ServerId server) {
        return Error(ErrorCode::not_found, "There is no server " + std::to_string(server.value) + " in the database.");
    }

    static PutResult put_one(Connection& connection, ServerId server, std::int64_t listing, const PutItem& item,
                             std::int64_t change) {
        const TrackTags tags = to_valid_utf8(item.tags);
        PutResult result{{}, PutOutcome::updated};
        auto source = find_source(connection, server, item.file.path);
        if (!source) {
            source = find_moved(connection, server, item);
            result.outcome = PutOutcome::moved;
        }
        if (source) {
            result.id = source->track;
            update_source(connection, *source, item, listing);
            update_track(connection, result.id, tags, change);
        } else {
            result = {insert_track(connection, tags), PutOutcome::created};
            insert_source(connection, result.id, server, listing, item);
        }
        insert_artists_and_lyrics(connection, result.id, tags);
        write_search_text(connection, result.id, tags);
        return result;
    }

    static std::optional<Source> find_source(Connection& connection, ServerId server, const std::string& path) {
        const auto rows = connection.query(
            "SELECT id, track_id, path, size, mtime_ns, signature FROM track_sources WHERE server_id = ? AND path = ?",
            {server.value, path});
        if (!rows->next()) return std::nullopt;
        return read_source(*rows);
    }

    /// An absent source of the same audio. Of several, one whose file had the same name: copies of one recording that
    /// move together keep their places.
    static std::optional<Source> find_moved(Connection& connection, ServerId server, const PutItem& item) {
        if (item.signature.empty()) return std::nullopt;
        const auto rows = connection.query(
            "SELECT id, track_id, path, size, mtime_ns, signature FROM track_sources "
            "WHERE signature = ? AND server_id = ? AND present = 0 ORDER BY id",
            {item.signature, server.value});
        std::optional<Source> best;
        while (rows->next()) {
            Source source = read_source(*rows);
            if (file_name(source.path) == file_name(item.file.path)) return source;
            if (!best) best = std::move(source);
        }
        return best;
    }

    static void insert_source(Connection& connection, TrackId id, ServerId server, std::int64_t listing,
                              const PutItem& item) {
        connection.run(
            "INSERT INTO track_sources (track_id, server_id, path, size, mtime_ns, signature, present, listing) "
            "VALUES (?, ?, ?, ?, ?, ?, 1, ?)",
            {id.value, server.value, item.file.path, item.file.stamp.size, item.file.stamp.mtime_ns, item.signature,
             listing});
    }

    Engine& engine_;
};

}  // namespace

std::unique_ptr<Tracks> create_tracks(Engine& engine) {
    return std::make_unique<SqlTracks>(engine);
}

}  // namespace audiomuse::store::sql
