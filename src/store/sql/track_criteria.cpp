// Numbers are compared by the database; lists of names, paths and tags are told apart here, row by row, since no engine
// can by itself what folding and splitting need.
#include "sql/track_criteria.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "audiomuse/base/text.h"
#include "sql/search_text.h"
#include "sql/values.h"

namespace audiomuse::store {

std::optional<bool> sounds_vocal(std::span<const float> moods) {
    constexpr std::array<std::string_view, 3> kVocalists = {"female vocalists", "male vocalists", "female vocalist"};
    if (moods.size() != kMoodNames.size()) return std::nullopt;
    const auto share = [&](std::string_view name) {
        return moods[static_cast<std::size_t>(std::ranges::find(kMoodNames, name) - kMoodNames.begin())];
    };
    const float instrumental = share("instrumental");
    return std::ranges::any_of(kVocalists, [&](std::string_view name) { return share(name) > instrumental; });
}

}  // namespace audiomuse::store

namespace audiomuse::store::sql {

namespace {

using Ids = std::unordered_set<TrackId>;

/// Conditions on `tracks t`, `analyses a` and what the listener heard, `l`, with their values.
struct Conditions {
    std::string sql = "t.present = 1";
    std::vector<Value> values = {};

    void add(const std::string& condition, Value value) {
        sql += " AND " + condition;
        values.push_back(value);
    }
    template <class Number>
    void add_range(const std::string& column, const Range<Number>& range) {
        if (range.from) add(column + " >= ?", *range.from);
        if (range.to) add(column + " <= ?", *range.to);
    }
};

std::vector<std::string> search_keys(std::span<const std::string> names) {
    std::vector<std::string> keys;
    for (const std::string& name : names) {
        if (std::string key = search_key(name); !key.empty()) keys.push_back(std::move(key));
    }
    return keys;
}

bool contains(std::span<const std::string> keys, std::string_view key) {
    return std::ranges::find(keys, key) != keys.end();
}

/// Whether the genres of a track are wanted. There are far fewer lists of genres than tracks: each is judged once.
class GenreJudge {
public:
    explicit GenreJudge(const TrackCriteria& criteria)
        : wanted_(search_keys(criteria.genres)), unwanted_(search_keys(criteria.genres_not)) {}

    bool operator()(std::string&& packed) {
        const auto known = judged_.find(packed);
        if (known != judged_.end()) return known->second;
        const std::vector<std::string> genres = search_keys(unpack(packed));
        const auto any_of = [&](const std::vector<std::string>& keys) {
            return std::ranges::any_of(genres, [&](const std::string& genre) { return contains(keys, genre); });
        };
        const bool good = (wanted_.empty() || any_of(wanted_)) && !any_of(unwanted_);
        return judged_.emplace(std::move(packed), good).first->second;
    }

private:
    std::vector<std::string> wanted_, unwanted_;
    std::unordered_map<std::string, bool> judged_;
};

// As search keys have them: without punctuation.
constexpr std::array<std::string_view, 3> kGuestMarks = {" feat ", " ft ", " featuring "};

/// Whether `name` is one of `keys`, or names one of them as a guest or as the host of a guest.
bool names_one_of(std::string_view name, std::span<const std::string> keys) {
    if (contains(keys, name)) return true;
    for (const std::string_view mark : kGuestMarks) {
        const auto at = name.find(mark);
        if (at == std::string_view::npos) continue;
        return names_one_of(name.substr(0, at), keys) || names_one_of(name.substr(at + mark.size()), keys);
    }
    return false;
}

/// Tracks that one of the artists plays; `keys` is not empty.
Ids tracks_by(Connection& connection, std::span<const std::string> keys) {
    std::string sql = "SELECT track_id, name_key FROM track_artists WHERE name_key IN (?";
    for (std::size_t i = 1; i < keys.size(); ++i)
        sql += ", ?";
    sql += ")";
    std::vector<Value> values(keys.begin(), keys.end());
    std::vector<std::string> patterns;
    for (const std::string_view mark : kGuestMarks)
        patterns.push_back('%' + std::string(mark) + '%');
    for (const std::string& pattern : patterns) {
        sql += " OR name_key LIKE ?";
        values.emplace_back(pattern);
    }
    Ids tracks;
    const auto rows = connection.query(sql, values);
    while (rows->next()) {
        if (names_one_of(rows->text(1), keys)) tracks.insert(TrackId{rows->integer(0)});
    }
    return tracks;
}

/// Whether the artists of a track are wanted.
class ArtistJudge {
public:
    ArtistJudge(Connection& connection, const TrackCriteria& criteria)
        : wanted_(search_keys(criteria.artists)), unwanted_(search_keys(criteria.artists_not)) {
        if (!wanted_.empty()) by_wanted_ = tracks_by(connection, wanted_);
        if (!unwanted_.empty()) by_unwanted_ = tracks_by(connection, unwanted_);
    }
    /// `line` is the key of the artist line, which for a track without artists is that of the album's.
    bool operator()(TrackId id, const std::string& line, const std::string& album_artist) const {
        const auto plays = [&](const std::vector<std::string>& keys, const Ids& tracks) {
            return tracks.contains(id) || (line == album_artist && names_one_of(album_artist, keys));
        };
        return (wanted_.empty() || plays(wanted_, by_wanted_)) && !plays(unwanted_, by_unwanted_);
    }

private:
    std::vector<std::string> wanted_, unwanted_;
    Ids by_wanted_, by_unwanted_;
};

/// Whether `path` is in the folder, see TrackCriteria::folder; `folder` ends with a slash.
bool is_below(std::string_view path, std::string_view folder) {
    if (path.starts_with(folder)) return true;
    return folder.front() != '/' && path.find('/' + std::string(folder)) != std::string_view::npos;
}

Ids tracks_below(Connection& connection, const TrackCriteria& criteria) {
    std::string folder = criteria.folder;
    while (folder.size() > 1 && folder.ends_with('/'))
        folder.pop_back();
    if (!folder.ends_with('/')) folder += '/';
    Ids tracks;
    const auto rows = connection.stream("SELECT track_id, path, real_path FROM track_sources WHERE present = 1");
    while (rows->next()) {
        const std::string real_path = rows->text(2);
        if (is_below(real_path.empty() ? rows->text(1) : real_path, folder)) tracks.insert(TrackId{rows->integer(0)});
    }
    return tracks;
}

Conditions conditions_of(const TrackCriteria& criteria) {
    Conditions conditions;
    if (criteria.server) {
        conditions.add(
            "EXISTS (SELECT 1 FROM track_sources s WHERE s.track_id = t.id AND s.present = 1 AND s.server_id = ?)",
            criteria.server->value);
    }
    if (!criteria.year.open()) conditions.sql += " AND t.year > 0";
    conditions.add_range("t.year", criteria.year);
    if (!criteria.length_s.open()) conditions.sql += " AND t.duration_s > 0";
    conditions.add_range("t.duration_s", criteria.length_s);
    if (!criteria.tempo.open()) conditions.sql += " AND a.tempo > 0";
    conditions.add_range("a.tempo", criteria.tempo);
    conditions.add_range("a.energy", criteria.energy);
    if (criteria.key) conditions.add("a.key = ?", std::int64_t{criteria.key->key});
    if (criteria.key) conditions.add("a.scale = ?", scale_name(criteria.key->scale));
    if (criteria.rating_from > 0) conditions.add("l.rating >= ?", std::int64_t{criteria.rating_from});
    if (criteria.favourite) conditions.add("COALESCE(l.favourite, 0) = ?", std::int64_t{*criteria.favourite});
    conditions.add_range("COALESCE(l.plays, 0)", criteria.plays);
    return conditions;
}

}  // namespace

std::vector<TrackId> matching(Connection& connection, const TrackCriteria& criteria) {
    const bool by_genre = !criteria.genres.empty() || !criteria.genres_not.empty();
    const bool by_artist = !criteria.artists.empty() || !criteria.artists_not.empty();
    const bool by_sound =
        !criteria.tempo.open() || !criteria.energy.open() || criteria.key.has_value() || criteria.vocal.has_value();
    const bool by_listening = criteria.rating_from > 0 || criteria.favourite || !criteria.plays.open();

    GenreJudge wanted_genres(criteria);
    std::optional<ArtistJudge> wanted_artists;
    if (by_artist) wanted_artists.emplace(connection, criteria);
    std::optional<Ids> below;
    if (!criteria.folder.empty()) below = tracks_below(connection, criteria);

    Conditions conditions = conditions_of(criteria);
    std::string sql = "SELECT t.id";
    // What is not asked for is not read: the texts of 300,000 tracks take longer than their ids.
    sql += by_genre ? ", t.genres" : ", ''";
    sql += by_artist ? ", t.artist_key, t.album_artist_key" : ", '', ''";
    sql += criteria.vocal ? ", a.moods" : "";
    sql += " FROM tracks t";
    if (by_sound) sql += " JOIN analyses a ON a.track_id = t.id";
    if (by_listening) {
        sql +=
            " LEFT JOIN (SELECT track_id, CAST(SUM(plays) AS BIGINT) AS plays, MAX(rating) AS rating, "
            "MAX(favourite) AS favourite FROM listening WHERE owner = ? GROUP BY track_id) l ON l.track_id = t.id";
        const bool known =
            connection.find_integer("SELECT 1 FROM listening WHERE owner = ? LIMIT 1", {criteria.listener.value})
                .has_value();
        conditions.values.insert(conditions.values.begin(), known ? criteria.listener.value : std::int64_t{0});
    }
    sql += " WHERE " + conditions.sql;

    std::vector<TrackId> ids;
    const auto rows = connection.query(sql, conditions.values);
    while (rows->next()) {
        const TrackId id{rows->integer(0)};
        if (below && !below->contains(id)) continue;
        if (by_genre && !wanted_genres(rows->text(1))) continue;
        if (wanted_artists && !(*wanted_artists)(id, rows->text(2), rows->text(3))) continue;
        if (criteria.vocal && sounds_vocal(floats(rows->bytes(4))) != criteria.vocal) continue;
        ids.push_back(id);
    }
    std::ranges::sort(ids);
    return ids;
}

}  // namespace audiomuse::store::sql
