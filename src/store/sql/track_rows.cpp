#include "sql/track_rows.h"

#include <tuple>
#include <unordered_map>
#include <utility>

#include "sql/id_lots.h"
#include "sql/listed_items.h"
#include "sql/values.h"

namespace audiomuse::store::sql {
namespace {

/// A track, and which of its sources it shows so far.
struct Found {
    TrackRow row;
    std::tuple<bool, bool, std::int64_t> source;  // absent, not the default server's, id: the smallest is shown
};

TrackRow read_row(const Rows& rows, TrackId id) {
    TrackRow track;
    track.id = id;
    track.item_id = item_id_of(id, rows.text(20), rows.integer(21) != 0);
    track.server = ServerId{rows.integer(22)};
    track.present = rows.integer(1) != 0;
    track.tags.title = rows.text(2);
    track.tags.album = rows.text(3);
    track.tags.album_artist = rows.text(4);
    track.tags.track_number = static_cast<int>(rows.integer(5));
    track.tags.disc_number = static_cast<int>(rows.integer(6));
    track.tags.year = static_cast<int>(rows.integer(7));
    track.tags.genres = unpack(rows.text(8));
    track.tags.musicbrainz_recording_id = rows.text(9);
    track.tags.musicbrainz_album_id = rows.text(10);
    track.tags.musicbrainz_artist_ids = unpack(rows.text(11));
    track.tags.duration_s = rows.real(12);
    track.tags.has_cover = rows.integer(13) != 0;
    track.added_at = rows.real(14);
    track.path = rows.text(17);
    track.stamp = {rows.integer(18), rows.integer(19)};
    return track;
}

using FoundTracks = std::unordered_map<TrackId, Found>;

void read_lot(Connection& connection, const std::string& list, std::span<const Value> ids, FoundTracks& found) {
    const auto rows = connection.query(
        "SELECT t.id, t.present, t.title, t.album, t.album_artist, t.track_number, t.disc_number, t.year, t.genres, "
        "t.musicbrainz_recording_id, t.musicbrainz_album_id, t.musicbrainz_artist_ids, t.duration_s, t.has_cover, "
        "t.added_at, s.present, s.id, s.path, s.size, s.mtime_ns, s.item_id, v.is_default, "
        "s.server_id FROM tracks t JOIN track_sources s ON s.track_id = t.id LEFT JOIN servers v ON v.id = s.server_id "
        "WHERE t.id IN " +
            list,
        ids);
    while (rows->next()) {
        const TrackId id{rows->integer(0)};
        const std::tuple source(rows->integer(15) == 0, rows->integer(21) == 0, rows->integer(16));
        const auto known = found.find(id);
        if (known == found.end()) {
            found.emplace(id, Found{read_row(*rows, id), source});
        } else if (source < known->second.source) {
            known->second = {read_row(*rows, id), source};
        }
    }
}

void read_artists(Connection& connection, const std::string& list, std::span<const Value> ids, FoundTracks& found) {
    const auto rows = connection.query(
        "SELECT track_id, name FROM track_artists WHERE track_id IN " + list + " ORDER BY track_id, position", ids);
    while (rows->next()) {
        const auto track = found.find(TrackId{rows->integer(0)});
        if (track != found.end()) track->second.row.tags.artists.push_back(rows->text(1));
    }
}

}  // namespace

std::vector<TrackRow> read_tracks(Connection& connection, std::span<const TrackId> ids) {
    FoundTracks found;
    found.reserve(ids.size());
    each_lot(ids, [&](const std::string& list, std::span<const Value> values) {
        FoundTracks lot;
        read_lot(connection, list, values, lot);
        read_artists(connection, list, values, lot);
        found.merge(lot);
    });
    for (auto& [id, track] : found)
        track.row.author = display_artist(track.row.tags);
    std::vector<TrackRow> rows;
    rows.reserve(ids.size());
    const bool each_once = found.size() == ids.size();
    for (const TrackId id : ids) {
        const auto track = found.find(id);
        if (track == found.end()) continue;
        if (each_once) {
            rows.push_back(std::move(track->second.row));
        } else {
            rows.push_back(track->second.row);
        }
    }
    return rows;
}

std::optional<TrackRow> read_track(Connection& connection, TrackId id) {
    std::vector<TrackRow> rows = read_tracks(connection, std::span(&id, 1));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
}

}  // namespace audiomuse::store::sql
