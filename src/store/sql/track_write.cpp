#include "sql/track_write.h"

#include "audiomuse/base/clock.h"
#include "audiomuse/base/text.h"
#include "sql/search_text.h"
#include "sql/track_rows.h"
#include "sql/values.h"

namespace audiomuse::store::sql {

namespace {

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

/// The last parts of a path that two servers can be expected to share: artist, album, file.
constexpr std::size_t kTailParts = 3;

}  // namespace

TrackTags valid_tags(TrackTags tags) {
    tags.title = to_valid_utf8(tags.title);
    tags.album = to_valid_utf8(tags.album);
    tags.album_artist = to_valid_utf8(tags.album_artist);
    tags.lyrics = to_valid_utf8(tags.lyrics);
    tags.musicbrainz_recording_id = to_valid_utf8(tags.musicbrainz_recording_id);
    tags.musicbrainz_album_id = to_valid_utf8(tags.musicbrainz_album_id);
    for (std::string& artist : tags.artists)
        artist = to_valid_utf8(artist);
    for (std::string& genre : tags.genres)
        genre = to_valid_utf8(genre);
    return tags;
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
        " = ?, revision = CASE WHEN present = 1 THEN revision ELSE ? END, present = 1, orphaned_at = 0, cleaned_at = 0 "
        "WHERE id = ?";
    const TagTexts texts(tags);
    std::vector<Value> values = tag_values(tags, texts);
    values.emplace_back(change);
    values.emplace_back(id.value);
    connection.run(kSql, values);
    connection.run("DELETE FROM track_artists WHERE track_id = ?", {id.value});
}

void insert_artists(Connection& connection, TrackId id, const TrackTags& tags) {
    for (std::size_t i = 0; i < tags.artists.size(); ++i) {
        connection.run("INSERT INTO track_artists (track_id, position, name, name_key) VALUES (?, ?, ?, ?)",
                       {id.value, static_cast<std::int64_t>(i), tags.artists[i], search_key(tags.artists[i])});
    }
}

void write_lyrics(Connection& connection, TrackId id, const std::string& text) {
    connection.run("DELETE FROM lyrics WHERE track_id = ?", {id.value});
    if (text.empty()) return;
    connection.run("INSERT INTO lyrics (track_id, text, words) VALUES (?, ?, ?)", {id.value, text, lyrics_words(text)});
}

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

void mark_outdated(Connection& connection, TrackId id) {
    connection.run("UPDATE analyses SET outdated = 1 WHERE track_id = ?", {id.value});
    connection.run("UPDATE sound_vectors SET outdated = 1 WHERE track_id = ?", {id.value});
}

void update_presence(Connection& connection, TrackId id, std::int64_t change) {
    const std::int64_t present =
        connection.find_integer("SELECT MAX(present) FROM track_sources WHERE track_id = ?", {id.value}).value_or(0);
    connection.run(
        "UPDATE tracks SET present = ?, revision = ?, orphaned_at = ?, cleaned_at = 0 WHERE id = ? AND present <> ?",
        {present, change, present == 0 ? unix_now() : 0.0, id.value, present});
    if (present == 0) {
        connection.run("DELETE FROM track_texts WHERE track_id = ?", {id.value});
    } else if (const auto track = read_track(connection, id)) {
        write_search_text(connection, id, track->tags);
    }
}

std::string path_tail(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty() && parts.size() < kTailParts) {
        const auto slash = path.find_last_of("/\\");
        const std::string_view part = slash == std::string_view::npos ? path : path.substr(slash + 1);
        if (!part.empty()) parts.push_back(fold(parts.empty() ? part.substr(0, part.rfind('.')) : part));
        path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
    }
    return parts.size() < 2 ? std::string() : join({parts.rbegin(), parts.rend()}, "/");
}

void part_search_texts(Connection& connection) {
    struct Row {
        std::int64_t id = 0;
        std::string title, artist, rest;
    };
    std::vector<Row> changed;  // those with Chinese or Japanese characters
    {
        const auto rows = connection.stream("SELECT track_id, title, artist, rest FROM track_texts");
        while (rows->next()) {
            const std::string title = part_characters(rows->text(1));
            const std::string artist = part_characters(rows->text(2));
            const std::string rest = part_characters(rows->text(3));
            if (title != rows->text(1) || artist != rows->text(2) || rest != rows->text(3))
                changed.push_back({rows->integer(0), title, artist, rest});
        }
    }
    for (const Row& row : changed) {
        connection.run("UPDATE track_texts SET title = ?, artist = ?, rest = ? WHERE track_id = ?",
                       {row.title, row.artist, row.rest, row.id});
    }
}

void fill_lyrics_words(Connection& connection) {
    std::vector<std::int64_t> ids;
    {
        const auto rows = connection.stream("SELECT track_id FROM lyrics WHERE words = ''");
        while (rows->next())
            ids.push_back(rows->integer(0));
    }
    for (const std::int64_t id : ids) {
        std::string words;
        if (const auto rows = connection.query("SELECT text FROM lyrics WHERE track_id = ?", {id}); rows->next())
            words = lyrics_words(rows->text(0));
        connection.run("UPDATE lyrics SET words = ? WHERE track_id = ?", {words, id});
    }
}

void fill_tails(Connection& connection) {
    constexpr std::int64_t kLot = 1000;
    for (std::int64_t after = 0;;) {
        std::vector<std::pair<std::int64_t, std::string>> tails;
        {
            const auto rows = connection.query(
                "SELECT id, path FROM track_sources WHERE id > ? AND tail = '' ORDER BY id LIMIT ?", {after, kLot});
            while (rows->next())
                tails.emplace_back(rows->integer(0), path_tail(rows->text(1)));
        }
        if (tails.empty()) return;
        after = tails.back().first;
        for (const auto& [id, tail] : tails)
            connection.run("UPDATE track_sources SET tail = ? WHERE id = ?", {tail, id});
    }
}

void begin_orphans(Connection& connection) {
    connection.run("UPDATE tracks SET orphaned_at = ? WHERE present = 0", {unix_now()});
}

}  // namespace audiomuse::store::sql
