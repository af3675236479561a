#include <algorithm>
#include <functional>
#include <map>

#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "sql/listed_items.h"
#include "sql/repositories.h"
#include "sql/track_criteria.h"
#include "sql/track_rows.h"
#include "sql/track_write.h"
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

std::string_view file_name(std::string_view path) {
    return path.substr(path.rfind('/') + 1);
}

/// Moves a known source to what the file is now. Other audio makes the analysis out of date; a failure is forgotten
/// with the stamp it belongs to.
void update_source(Connection& connection, const Source& source, const Tracks::PutItem& item, std::int64_t listing) {
    connection.run(
        "UPDATE track_sources SET path = ?, tail = ?, size = ?, mtime_ns = ?, signature = ?, present = 1, listing = ? "
        "WHERE id = ?",
        {item.file.path, path_tail(item.file.path), item.file.stamp.size, item.file.stamp.mtime_ns, item.signature,
         listing, source.id});
    const bool same_audio = !item.signature.empty() && item.signature == source.signature;
    if (!same_audio) mark_outdated(connection, source.track);
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
                "INSERT INTO servers (type, name, is_default) SELECT 'local', 'Local folders', CASE WHEN EXISTS "
                "(SELECT 1 FROM servers WHERE is_default = 1) THEN 0 ELSE 1 END RETURNING id")};
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

    Recognised put_listed(ServerId server, std::int64_t listing, std::span<const ListedItem> items) override {
        if (items.empty()) return {};
        return engine_.write([&](Connection& connection) {
            const std::int64_t change = begin_change(connection);
            if (!connection.find_integer("SELECT 1 FROM servers WHERE id = ?", {server.value}))
                throw unknown_server(server);
            return sql::put_listed(connection, {server, listing, change}, items);
        });
    }

    std::optional<TrackId> recognise_audio(TrackId id, const std::string& signature) override {
        if (signature.empty()) return std::nullopt;
        return engine_.write([&](Connection& connection) {
            const std::int64_t change = begin_change(connection);
            return sql::recognise_audio(connection, id, signature, change);
        });
    }

    Unseen unseen(ServerId server, std::int64_t listing) override {
        return engine_.read([&](Connection& connection) {
            Unseen counts;
            const auto rows = connection.query(
                "SELECT COUNT(*), SUM(CASE WHEN listing < ? THEN 1 ELSE 0 END) FROM track_sources "
                "WHERE server_id = ? AND present = 1",
                {listing, server.value});
            if (rows->next()) counts = {rows->integer(0), rows->integer(1)};
            return counts;
        });
    }

    std::vector<TrackPlace> places(TrackId id) override {
        return engine_.read([&](Connection& connection) {
            std::vector<TrackPlace> places;
            const auto rows = connection.query(
                "SELECT s.server_id, s.item_id, s.path, s.present FROM track_sources s "
                "LEFT JOIN servers v ON v.id = s.server_id WHERE s.track_id = ? "
                "ORDER BY s.present DESC, v.is_default DESC, s.id",
                {id.value});
            while (rows->next())
                places.push_back({ServerId{rows->integer(0)}, rows->text(1), rows->text(2), rows->integer(3) != 0});
            return places;
        });
    }

    std::vector<std::string> item_ids_on(ServerId server, std::span<const TrackId> ids) override {
        return engine_.read([&](Connection& connection) { return sql::item_ids_on(connection, server, ids); });
    }

    std::optional<TrackRow> get(TrackId id) override {
        return engine_.read([&](Connection& connection) { return read_track(connection, id); });
    }

    std::vector<TrackRow> get(std::span<const TrackId> ids) override {
        return engine_.read([&](Connection& connection) { return read_tracks(connection, ids); });
    }

    std::optional<TrackRow> by_item_id(const std::string& item_id, std::optional<ServerId> server) override {
        return engine_.read([&](Connection& connection) -> std::optional<TrackRow> {
            const auto id = tracks_of_items(connection, std::span(&item_id, 1), server).front();
            return id ? read_track(connection, *id) : std::nullopt;
        });
    }

    std::vector<std::optional<TrackId>> by_item_ids(std::span<const std::string> item_ids,
                                                    std::optional<ServerId> server) override {
        return engine_.read([&](Connection& connection) { return tracks_of_items(connection, item_ids, server); });
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

    void set_lyrics(TrackId id, const std::string& text) override {
        engine_.write([&](Connection& connection) {
            if (connection.find_integer("SELECT 1 FROM tracks WHERE id = ?", {id.value}))
                write_lyrics(connection, id, to_valid_utf8(text));
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

    std::vector<LyricsHit> search_lyrics(const std::string& text, std::int64_t limit,
                                         const std::function<bool(TrackId)>& allowed) override {
        return engine_.read(
            [&](Connection& connection) { return sql::search_lyrics(connection, text, limit, allowed); });
    }

    std::vector<TrackRow> search_title_artist(const std::string& title, const std::string& artist,
                                              std::int64_t limit) override {
        return engine_.read(
            [&](Connection& connection) { return sql::search_title_artist(connection, title, artist, limit); });
    }

    std::optional<TrackRow> by_name(const std::string& title, const std::string& artist) override {
        return engine_.read([&](Connection& connection) { return find_by_name(connection, title, artist); });
    }

    std::vector<TrackId> matching(const TrackCriteria& criteria) override {
        return engine_.read([&](Connection& connection) { return sql::matching(connection, criteria); });
    }

    std::vector<ServerArtist> server_artists(ServerId server) override {
        return engine_.read([&](Connection& connection) {
            const auto rows = connection.query(
                "SELECT s.artist_id, a.name, COUNT(*) FROM track_sources s JOIN track_artists a ON a.track_id = "
                "s.track_id AND a.position = 0 WHERE s.server_id = ? AND s.artist_id <> '' AND s.present = 1 "
                "GROUP BY s.artist_id, a.name ORDER BY s.artist_id, COUNT(*) DESC, a.name",
                {server.value});
            std::vector<ServerArtist> artists;
            while (rows->next()) {
                if (artists.empty() || artists.back().id != rows->text(0))
                    artists.push_back({rows->text(0), rows->text(1)});
            }
            return artists;
        });
    }

    void each_credits(const std::function<void(const Credits&)>& visit) override {
        TrackId after;
        for (;;) {
            const std::vector<Credits> lot =
                engine_.read([&](Connection& connection) { return read_credits(connection, after); });
            for (const Credits& credits : lot)
                visit(credits);
            if (static_cast<std::int64_t>(lot.size()) < kCreditsLot) return;
            after = lot.back().id;
        }
    }

    std::vector<GenreCount> genres() override {
        const auto tracks = engine_.read([](Connection& connection) {
            std::map<std::string, std::int64_t> tracks;
            // There are far fewer lists of genres than tracks.
            const auto rows =
                connection.query("SELECT genres, COUNT(*) FROM tracks WHERE present = 1 GROUP BY genres", {});
            while (rows->next()) {
                for (const std::string& name : unpack(rows->text(0)))
                    tracks[name] += rows->integer(1);
            }
            return tracks;
        });
        std::vector<GenreCount> genres;
        for (const auto& [name, count] : tracks)
            genres.push_back({name, count});
        std::ranges::stable_sort(genres, std::greater(), &GenreCount::tracks);
        return genres;
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
    static constexpr std::int64_t kCreditsLot = 1000;

    static std::vector<Credits> read_credits(Connection& connection, TrackId after) {
        std::vector<Credits> lot;
        {
            const auto rows =
                connection.query("SELECT id, album_artist FROM tracks WHERE id > ? AND present = 1 ORDER BY id LIMIT ?",
                                 {after.value, kCreditsLot});
            while (rows->next())
                lot.push_back({TrackId{rows->integer(0)}, {}, rows->text(1)});
        }
        if (lot.empty()) return lot;
        const auto rows = connection.query(
            "SELECT track_id, name FROM track_artists WHERE track_id > ? AND track_id <= ? ORDER BY track_id, position",
            {after.value, lot.back().id.value});
        auto track = lot.begin();
        while (rows->next()) {
            const TrackId id{rows->integer(0)};
            while (track != lot.end() && track->id < id)
                ++track;
            if (track != lot.end() && track->id == id) track->artists.push_back(rows->text(1));
        }
        return lot;
    }

    static Error unknown_server(ServerId server) {
        return Error(ErrorCode::not_found, "There is no server " + std::to_string(server.value) + " in the database.");
    }

    static PutResult put_one(Connection& connection, ServerId server, std::int64_t listing, const PutItem& item,
                             std::int64_t change) {
        const TrackTags tags = valid_tags(item.tags);
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
        } else if (const auto orphan = find_orphan(connection, item.signature)) {
            result = {*orphan, PutOutcome::moved};
            insert_source(connection, *orphan, server, listing, item);
            update_track(connection, *orphan, tags, change);
        } else {
            result = {insert_track(connection, tags), PutOutcome::created};
            insert_source(connection, result.id, server, listing, item);
        }
        insert_artists(connection, result.id, tags);
        if (result.outcome != PutOutcome::created || !tags.lyrics.empty())
            write_lyrics(connection, result.id, tags.lyrics);
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

    /// A track of the same audio that another server had, and none has any more.
    static std::optional<TrackId> find_orphan(Connection& connection, const std::string& signature) {
        if (signature.empty()) return std::nullopt;
        const auto id = connection.find_integer(
            "SELECT t.id FROM track_sources s JOIN tracks t ON t.id = s.track_id "
            "WHERE s.signature = ? AND t.present = 0 ORDER BY t.id LIMIT 1",
            {signature});
        return id ? std::optional(TrackId{*id}) : std::nullopt;
    }

    static void insert_source(Connection& connection, TrackId id, ServerId server, std::int64_t listing,
                              const PutItem& item) {
        connection.run(
            "INSERT INTO track_sources (track_id, server_id, path, tail, size, mtime_ns, signature, present, listing) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?)",
            {id.value, server.value, item.file.path, path_tail(item.file.path), item.file.stamp.size,
             item.file.stamp.mtime_ns, item.signature, listing});
    }

    Engine& engine_;
};

}  // namespace

std::unique_ptr<Tracks> create_tracks(Engine& engine) {
    return std::make_unique<SqlTracks>(engine);
}

}  // namespace audiomuse::store::sql
