#include "sql/listed_items.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <functional>
#include <tuple>
#include <unordered_map>

#include "audiomuse/base/text.h"
#include "sql/id_lots.h"
#include "sql/repositories.h"
#include "sql/search_text.h"
#include "sql/track_rows.h"
#include "sql/track_write.h"
#include "sql/values.h"

namespace audiomuse::store {

Recognised& Recognised::operator+=(const Recognised& other) {
    by_id += other.by_id;
    by_path += other.by_path;
    by_tail += other.by_tail;
    by_tags += other.by_tags;
    created += other.created;
    return *this;
}

}  // namespace audiomuse::store

namespace audiomuse::store::sql {

namespace {

/// Seconds by which two servers may differ about the length of one recording.
constexpr double kSameLength = 2;

constexpr std::string_view kLocalPrefix = "local-";

/// "7" or "local-7": what a local track is called.
struct LocalName {
    TrackId track;
    bool prefixed = false;
};
std::optional<LocalName> parse_local(std::string_view name) {
    LocalName parsed{.prefixed = name.starts_with(kLocalPrefix)};
    if (parsed.prefixed) name.remove_prefix(kLocalPrefix.size());
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), parsed.track.value);
    if (error != std::errc() || end != name.data() + name.size() || std::to_string(parsed.track.value) != name)
        return std::nullopt;
    return parsed;
}

bool nearly_as_long(double one, double other) {
    return one <= 0 || other <= 0 || std::abs(one - other) <= kSameLength;
}

// The indexes of item ids and tails leave out the empty ones: a query that could mean these, too, would not use them.

/// The keys by which tags of two servers are compared.
struct TagKeys {
    explicit TagKeys(const TrackTags& tags)
        : title(search_key(tags.title)), artist(search_key(display_artist(tags))), album(search_key(tags.album)) {}
    std::string title, artist, album;
};

/// A short text that differs when anything differs that a listing says of an item beside id, path and stamp.
std::string digest(const ListedItem& item) {
    const TrackTags& tags = item.tags;
    const std::string all =
        pack({tags.title, pack(tags.artists), tags.album, tags.album_artist, pack(tags.genres),
              tags.musicbrainz_recording_id, tags.musicbrainz_album_id, item.album_id, item.artist_id}) +
        fmt::format("|{}|{}|{}|{:.3f}|{}", tags.track_number, tags.disc_number, tags.year, tags.duration_s,
                    tags.has_cover);
    // FNV-1a, 64 bits: the same in every process and version.
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char c : all)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    return fmt::format("{:016x}", hash);
}

/// One listing while its items are stored.
class Recogniser {
public:
    Recogniser(Connection& connection, const ListingOfServer& listing) : connection_(connection), of_(listing) {}

    void put(const ListedItem& item, Recognised& counts) {
        digest_ = digest(item);
        path_ = to_valid_utf8(item.path);
        if (is_unchanged(item)) {
            ++counts.by_id;
            return;
        }
        const TrackTags tags = valid_tags(item.tags);
        const TagKeys keys(tags);
        if (const auto source = by_id(item, keys)) {
            ++counts.by_id;
            return update(*source, item, tags);
        }
        if (const auto track = by_path(item)) {
            ++counts.by_path;
            return attach(*track, item, tags);
        }
        if (const auto track = by_tail()) {
            ++counts.by_tail;
            return attach(*track, item, tags);
        }
        if (const auto track = by_tags(keys, tags.duration_s)) {
            ++counts.by_tags;
            return attach(*track, item, tags);
        }
        ++counts.created;
        const TrackId id = insert_track(connection_, tags);
        insert_artists(connection_, id, tags);
        insert_source(id, item);
        write_search_text(connection_, id, tags);
    }

private:
    /// A source of this server.
    struct Source {
        std::int64_t id = 0;
        TrackId track;
        std::int64_t size = 0;
    };

    /// Most items of most listings: one statement.
    bool is_unchanged(const ListedItem& item) {
        return connection_.run(
                   "UPDATE track_sources SET listing = ? WHERE item_id = ? AND item_id <> '' AND server_id = ? AND "
                   "real_path = ? AND "
                   "size = ? AND mtime_ns = ? AND digest = ? AND present = 1",
                   {of_.listing, item.item_id, of_.server.value, path_, item.stamp.size, item.stamp.mtime_ns,
                    digest_}) > 0;
    }

    /// The source of that id, if it is still the same track: by its path, else by its tags.
    std::optional<Source> by_id(const ListedItem& item, const TagKeys& keys) {
        const auto rows = connection_.query(
            "SELECT s.id, s.track_id, s.size, s.real_path, t.title_key, t.artist_key, t.duration_s FROM track_sources "
            "s "
            "JOIN tracks t ON t.id = s.track_id WHERE s.item_id = ? AND s.item_id <> '' AND s.server_id = ?",
            {item.item_id, of_.server.value});
        if (!rows->next()) return std::nullopt;
        const Source source{rows->integer(0), TrackId{rows->integer(1)}, rows->integer(2)};
        const bool same_path = !path_.empty() && rows->text(3) == path_;
        const bool same_tags = rows->text(4) == keys.title && rows->text(5) == keys.artist &&
                               nearly_as_long(rows->real(6), item.tags.duration_s);
        if (same_path || same_tags) return source;
        connection_.run("UPDATE track_sources SET item_id = '' WHERE id = ?", {source.id});
        return std::nullopt;
    }

    std::optional<TrackId> by_path(const ListedItem& item) {
        if (path_.empty()) return std::nullopt;
        const std::string local = item.local_path.empty() ? path_ : item.local_path;
        // Of this server what the listing has not shown yet, of others anything.
        return track_of("s.path IN (?, ?) AND (s.server_id <> ? OR s.listing < ?)",
                        {path_, local, of_.server.value, of_.listing});
    }

    std::optional<TrackId> by_tail() {
        const std::string tail = path_tail(path_);
        if (tail.empty()) return std::nullopt;
        return track_of("s.tail = ? AND s.tail <> '' AND (s.server_id <> ? OR s.listing < ?)",
                        {tail, of_.server.value, of_.listing}, true);
    }

    std::optional<TrackId> by_tags(const TagKeys& keys, double duration_s) {
        if (keys.title.empty()) return std::nullopt;
        const auto rows = connection_.query(
            "SELECT t.id, t.duration_s FROM tracks t WHERE t.present IN (0, 1) AND t.artist_key = ? AND t.album_key = "
            "? "
            "AND t.title_key = ? ORDER BY t.id",
            {keys.artist, keys.album, keys.title});
        std::vector<TrackId> found;
        while (rows->next()) {
            if (nearly_as_long(rows->real(1), duration_s)) found.push_back(TrackId{rows->integer(0)});
        }
        for (const TrackId id : found) {  // copies of one recording take one each
            if (!taken(id)) return id;
        }
        return std::nullopt;
    }

    /// The track of the sources that a condition finds, which this listing has not shown already. `only_one`: none
    /// when they belong to several.
    std::optional<TrackId> track_of(const std::string& condition, std::initializer_list<Value> values,
                                    bool only_one = false) {
        std::vector<TrackId> found;
        {
            const auto rows = connection_.query(
                "SELECT DISTINCT s.track_id FROM track_sources s WHERE " + condition + " ORDER BY 1", values);
            while (rows->next())
                found.push_back(TrackId{rows->integer(0)});
        }
        std::erase_if(found, [&](TrackId id) { return taken(id); });
        if (found.empty() || (only_one && found.size() > 1)) return std::nullopt;
        return found.front();
    }

    /// Whether this listing has shown the track under another item.
    bool taken(TrackId id) {
        return connection_
            .find_integer("SELECT 1 FROM track_sources WHERE track_id = ? AND server_id = ? AND listing = ?",
                          {id.value, of_.server.value, of_.listing})
            .has_value();
    }

    void attach(TrackId track, const ListedItem& item, const TrackTags& tags) {
        std::optional<Source> source;
        {
            const auto rows = connection_.query(
                "SELECT id, size FROM track_sources WHERE track_id = ? AND server_id = ? ORDER BY present DESC, id",
                {track.value, of_.server.value});
            if (rows->next()) source = {rows->integer(0), track, rows->integer(1)};
        }
        if (source) return update(*source, item, tags);
        insert_source(track, item);
        update_presence(connection_, track, of_.change);
    }

    void update(const Source& source, const ListedItem& item, const TrackTags& tags) {
        connection_.run(
            "UPDATE track_sources SET item_id = ?, album_id = ?, artist_id = ?, path = ?, real_path = ?, tail = ?, "
            "size = ?, mtime_ns "
            "= "
            "?, digest = ?, present = 1, listing = ? WHERE id = ?",
            {item.item_id, item.album_id, item.artist_id, free_path(source.track, source.id), path_, path_tail(path_),
             item.stamp.size, item.stamp.mtime_ns, digest_, of_.listing, source.id});
        // A file of another size may hold other music. Whether it does is heard when it is analysed.
        if (source.size != item.stamp.size && source.size != 0 && item.stamp.size != 0)
            mark_outdated(connection_, source.track);
        update_track(connection_, source.track, tags, of_.change);
        insert_artists(connection_, source.track, tags);
        write_search_text(connection_, source.track, tags);
    }

    void insert_source(TrackId track, const ListedItem& item) {
        connection_.run(
            "INSERT INTO track_sources (track_id, server_id, item_id, album_id, artist_id, path, real_path, tail, "
            "size, mtime_ns, "
            "digest, signature, present, listing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 1, ?)",
            {track.value, of_.server.value, item.item_id, item.album_id, item.artist_id, free_path(track, 0), path_,
             path_tail(path_), item.stamp.size, item.stamp.mtime_ns, digest_, of_.listing});
    }

    /// The path, where no other item of the server has it (several tracks may be in one file); else a name for the
    /// track, which has one source on each server.
    std::string free_path(TrackId track, std::int64_t source) {
        if (!path_.empty() &&
            !connection_.find_integer("SELECT 1 FROM track_sources WHERE server_id = ? AND path = ? AND id <> ?",
                                      {of_.server.value, path_, source}))
            return path_;
        return fmt::format("track:{}", track.value);
    }

    Connection& connection_;
    const ListingOfServer of_;
    std::string digest_;  // of the item in hand
    std::string path_;
};

/// The tracks that servers call by ids of their own: of several the one that the default server has (now), then the
/// oldest; with `server` what that one calls so now.
std::unordered_map<std::string, TrackId> tracks_of_keys(Connection& connection, std::span<const std::string> keys,
                                                        std::optional<ServerId> server) {
    struct Found {
        TrackId track;
        std::tuple<bool, bool, std::int64_t> rank;  // not the default server's, absent, id of the source
    };
    std::unordered_map<std::string, Found> found;
    each_lot(keys, [&](const std::string& list, std::span<const Value> values) {
        std::vector<Value> all(values.begin(), values.end());
        if (server) all.emplace_back(server->value);
        const auto rows = connection.query(
            "SELECT s.item_id, s.track_id, v.is_default, s.present, s.id FROM track_sources s LEFT JOIN servers v ON "
            "v.id = s.server_id WHERE s.item_id <> '' AND s.item_id IN " +
                list + (server ? " AND s.server_id = ? AND s.present = 1" : ""),
            std::span<const Value>(all));
        while (rows->next()) {
            const Found row{TrackId{rows->integer(1)},
                            {rows->integer(2) == 0, rows->integer(3) == 0, rows->integer(4)}};
            const auto [known, fresh] = found.try_emplace(rows->text(0), row);
            if (!fresh && row.rank < known->second.rank) known->second = row;
        }
    });
    std::unordered_map<std::string, TrackId> tracks;
    for (const auto& [key, row] : found)
        tracks.emplace(key, row.track);
    return tracks;
}

/// Those of `ids` that are in a music folder, each with whether music folders are the default server.
std::unordered_map<TrackId, bool> local_tracks(Connection& connection, std::span<const TrackId> ids) {
    std::unordered_map<TrackId, bool> found;
    each_lot(ids, [&](const std::string& list, std::span<const Value> values) {
        const auto rows = connection.query(
            "SELECT s.track_id, v.is_default FROM track_sources s LEFT JOIN servers v ON v.id = s.server_id WHERE "
            "s.track_id IN " +
                list + " AND s.item_id = ''",
            values);
        while (rows->next()) {
            bool& is_default = found[TrackId{rows->integer(0)}];
            is_default = is_default || rows->integer(1) != 0;
        }
    });
    return found;
}

}  // namespace

Recognised put_listed(Connection& connection, const ListingOfServer& listing, std::span<const ListedItem> items) {
    Recogniser recogniser(connection, listing);
    Recognised counts;
    for (const ListedItem& item : items)
        recogniser.put(item, counts);
    return counts;
}

std::optional<TrackId> recognise_audio(Connection& connection, TrackId id, const std::string& signature,
                                       std::int64_t change) {
    // A copy on the same server stays a track of its own: both can be played there.
    const auto same = connection.find_integer(
        "SELECT s.track_id FROM track_sources s JOIN analyses a ON a.track_id = s.track_id AND a.outdated <> 1 "
        "WHERE s.signature = ? AND s.track_id <> ? AND NOT EXISTS (SELECT 1 FROM track_sources o "
        "JOIN track_sources mine ON mine.server_id = o.server_id "
        "WHERE o.track_id = s.track_id AND o.present = 1 AND mine.track_id = ?) ORDER BY s.track_id LIMIT 1",
        {signature, id.value, id.value});
    connection.run("UPDATE track_sources SET signature = ? WHERE track_id = ? AND item_id <> ''",
                   {signature, id.value});
    if (!same) return std::nullopt;
    // What it had on that server before is gone from there: its place is taken by the one that is.
    connection.run(
        "DELETE FROM track_sources WHERE track_id = ? AND present = 0 AND server_id IN "
        "(SELECT server_id FROM track_sources WHERE track_id = ?)",
        {*same, id.value});
    connection.run("UPDATE track_sources SET track_id = ? WHERE track_id = ?", {*same, id.value});
    move_history(connection, id, TrackId{*same});
    for (const char* lists : {"playlist_tracks", "playlist_issue_tracks"})
        connection.run(fmt::format("UPDATE {} SET track_id = ? WHERE track_id = ?", lists), {*same, id.value});
    connection.run("DELETE FROM tracks WHERE id = ?", {id.value});
    update_presence(connection, TrackId{*same}, change);
    return TrackId{*same};
}

std::vector<std::string> item_ids_on(Connection& connection, ServerId server, std::span<const TrackId> ids) {
    std::unordered_map<TrackId, std::string> found;
    each_lot(ids, [&](const std::string& list, std::span<const Value> values) {
        std::vector<Value> all(values.begin(), values.end());
        all.emplace_back(server.value);
        const auto rows = connection.query(
            "SELECT s.track_id, s.item_id, v.is_default FROM track_sources s LEFT JOIN servers v ON v.id = s.server_id "
            "WHERE s.track_id IN " +
                list + " AND s.server_id = ? AND s.present = 1 ORDER BY s.id DESC",
            std::span<const Value>(all));
        while (rows->next()) {
            const TrackId track{rows->integer(0)};
            found[track] = item_id_of(track, rows->text(1), rows->integer(2) != 0);
        }
    });
    std::vector<std::string> result;
    result.reserve(ids.size());
    for (const TrackId id : ids) {
        const auto at = found.find(id);
        result.push_back(at == found.end() ? std::string() : at->second);
    }
    return result;
}

std::vector<std::optional<TrackId>> tracks_of_items(Connection& connection, std::span<const std::string> item_ids,
                                                    std::optional<ServerId> server) {
    std::vector<std::string> keys;  // as they are kept
    keys.reserve(item_ids.size());
    for (const std::string& item_id : item_ids)
        keys.push_back(to_valid_utf8(item_id));
    const std::unordered_map<std::string, TrackId> by_key = tracks_of_keys(connection, keys, server);

    std::vector<std::optional<TrackId>> tracks(item_ids.size());
    std::vector<std::pair<std::size_t, LocalName>> local;
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        if (const auto found = by_key.find(keys[i]); found != by_key.end()) {
            tracks[i] = found->second;
        } else if (const auto name = parse_local(item_ids[i])) {
            local.emplace_back(i, *name);
        }
    }
    // What is left are local tracks, which are called by their own number.
    std::vector<TrackId> ids;
    for (const auto& [i, name] : local)
        ids.push_back(name.track);
    if (server) {
        const std::vector<std::string> names = item_ids_on(connection, *server, ids);
        for (std::size_t k = 0; k < local.size(); ++k) {
            if (names[k] == item_ids[local[k].first]) tracks[local[k].first] = ids[k];
        }
        return tracks;
    }
    const std::unordered_map<TrackId, bool> known = local_tracks(connection, ids);
    for (const auto& [i, name] : local) {
        const auto found = known.find(name.track);
        if (found != known.end() && (name.prefixed || found->second)) tracks[i] = name.track;
    }
    return tracks;
}

std::string item_id_of(TrackId track, const std::string& item_id, bool default_server) {
    if (!item_id.empty()) return item_id;
    return default_server ? std::to_string(track.value) : fmt::format("{}{}", kLocalPrefix, track.value);
}

}  // namespace audiomuse::store::sql
