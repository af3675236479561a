// Lyrics are found by an index of their words; which line holds them is looked for in the few that are shown.
#include <fmt/format.h>

#include <algorithm>

#include "audiomuse/base/text.h"
#include "sql/search_text.h"
#include "sql/track_rows.h"

namespace audiomuse::store::sql {

namespace {

constexpr std::size_t kLongestLine = 300;  ///< that is shown, in bytes

/// Appends what is found and not there yet, up to `limit` ids.
void add_found(Connection& connection, const Fragment& found, const std::function<bool(TrackId)>& allowed,
               std::size_t limit, std::vector<TrackId>& ids) {
    const std::vector<Value> values(found.values.begin(), found.values.end());
    // A cross join, as SQLite reads those in the order they are written in: what was found first.
    const std::string sql =
        "SELECT f.track_id FROM (" + found.sql + ") f CROSS JOIN tracks t WHERE t.id = f.track_id AND t.present = 1";
    // Told how many are wanted, PostgreSQL does not read all lyrics for a word that most of them have.
    const auto rows = connection.stream(allowed ? sql : fmt::format("{} LIMIT {}", sql, limit + ids.size()), values);
    while (ids.size() < limit && rows->next()) {
        const TrackId id{rows->integer(0)};
        if (std::ranges::find(ids, id) == ids.end() && (!allowed || allowed(id))) ids.push_back(id);
    }
}

/// The line that holds the words side by side, else the first of those with most of them.
std::string best_line(std::string_view lyrics, const std::vector<std::string>& words) {
    const std::string phrase = " " + join(words, " ") + " ";
    std::string best;
    std::size_t most = 0;
    for (const std::string& line : split(lyrics, '\n')) {
        const std::string in = " " + lyrics_words(line) + " ";
        std::size_t count = static_cast<std::size_t>(std::ranges::count_if(
            words, [&](const std::string& word) { return in.find(" " + word + " ") != std::string::npos; }));
        if (in.find(phrase) != std::string::npos) ++count;
        if (count > most) {
            most = count;
            best = first_bytes(trim(line), kLongestLine);
        }
    }
    return best;
}

std::string lyrics_of(Connection& connection, TrackId id) {
    const auto rows = connection.query("SELECT text FROM lyrics WHERE track_id = ?", {id.value});
    return rows->next() ? rows->text(0) : "";
}

}  // namespace

std::vector<LyricsHit> search_lyrics(Connection& connection, const std::string& text, std::int64_t limit,
                                     const std::function<bool(TrackId)>& allowed) {
    const std::string wanted = lyrics_words(text);
    if (wanted.empty() || limit <= 0) return {};
    std::vector<std::string> words = split(wanted, ' ');
    words.resize(std::min(words.size(), kMostWords));
    const auto most = static_cast<std::size_t>(limit);
    std::vector<TrackId> ids;
    add_found(connection, connection.lyrics_with(words, true), allowed, most, ids);
    if (words.size() > 1) add_found(connection, connection.lyrics_with(words, false), allowed, most, ids);
    std::vector<LyricsHit> hits;
    for (TrackRow& track : read_tracks(connection, ids)) {
        std::string line = best_line(lyrics_of(connection, track.id), words);
        hits.push_back({std::move(track), std::move(line)});
    }
    return hits;
}

}  // namespace audiomuse::store::sql
