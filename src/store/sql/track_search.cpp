// Search works on track_texts, a narrow table of the present tracks' search keys: narrow enough to be compared row by
// row within tens of milliseconds, and indexed by the engine for longer words. Whole rows are read for the page only.
#include <fmt/format.h>

#include <algorithm>

#include "sql/search_text.h"
#include "sql/track_rows.h"

namespace audiomuse::store::sql {

namespace {

/// Longer texts are not searched for: no title is that long, and engines limit the length of patterns.
constexpr std::size_t kLongestTerm = 1000;

/// An order for titles: short ones first. PostgreSQL has an index of it and stops when a page is full.
constexpr const char* kShortTitlesFirst =
    "LENGTH(m.title), SUBSTR(m.title, 1, 100), SUBSTR(m.artist, 1, 100), m.track_id";

/// SQL with its values, grown part by part.
struct Query {
    std::string sql;
    std::vector<std::string> texts;

    Query& add(const std::string& part, std::vector<std::string> values = {}) {
        sql += part;
        std::ranges::move(values, std::back_inserter(texts));
        return *this;
    }
    std::unique_ptr<Rows> run(Connection& connection) const { return connection.query_once(sql, values()); }
    std::unique_ptr<Rows> stream(Connection& connection) const { return connection.stream(sql, values()); }
    std::unique_ptr<Rows> run_page(Connection& connection, std::int64_t offset, std::int64_t limit) const {
        std::vector<Value> with_limits = values();
        with_limits.insert(with_limits.end(), {limit, offset});
        return connection.query_once(sql + " LIMIT ? OFFSET ?", with_limits);
    }

private:
    std::vector<Value> values() const { return std::vector<Value>(texts.begin(), texts.end()); }
};

/// A condition on the track whose id is `id`.
std::string filter_sql(TrackFilter filter, const std::string& id) {
    std::string failed = id + " IN (SELECT track_id FROM failures)";
    const std::string current = id + " IN (SELECT track_id FROM analyses WHERE outdated = 0)";
    switch (filter) {
        case TrackFilter::all:
            return "1 = 1";
        case TrackFilter::analysed:
            return current + " AND NOT " + failed;
        case TrackFilter::pending:
            return "NOT " + current + " AND NOT " + failed;
        case TrackFilter::failed:
            return failed;
    }
    return "1 = 1";
}

/// Order of rows of `tracks t`.
std::string order_sql(TrackOrder order) {
    switch (order) {
        case TrackOrder::title:
            return "t.title_key, t.artist_key, t.id";
        case TrackOrder::newest:
            return "t.added_at DESC, t.id DESC";
        case TrackOrder::artist_album:
        case TrackOrder::relevance:
            break;
    }
    return "t.artist_key, t.album_key, t.disc_number, t.track_number, t.title_key, t.id";
}

/// Tracks whose titles have words that begin with all terms, in the order of relevance: those come before all others.
Query in_titles(Connection& connection, const std::vector<Term>& terms, const std::string& where) {
    std::vector<Term> beginnings;
    for (const Term& term : terms)
        beginnings.push_back({term.text.starts_with(' ') ? term.text : " " + term.text, {"title"}});
    const Fragment found = connection.tracks_with(beginnings);
    Query query;
    query.add("SELECT m.track_id FROM (" + found.sql + ") m" + where, found.values);
    return query.add(" ORDER BY ").add(kShortTitlesFirst);
}

/// The sum over words of 0 (begins a word of the title), 1 (of the artist) or 2, then short titles before long ones.
Query relevance_sql(const std::vector<Term>& terms) {
    Query order;
    for (const auto& [term, columns] : terms) {
        const std::string pattern = (term.starts_with(' ') ? "%" : "% ") + escape_like(term) + "%";
        order.add(order.sql.empty() ? "" : " + ");
        order.add("CASE WHEN m.title LIKE ? ESCAPE '\\' THEN 0 WHEN m.artist LIKE ? ESCAPE '\\' THEN 1 ELSE 2 END",
                  {pattern, pattern});
    }
    return order.add(", ").add(kShortTitlesFirst);
}

std::vector<TrackRow> read_tracks(Connection& connection, Rows& rows) {
    std::vector<TrackId> ids;
    while (rows.next())
        ids.push_back(TrackId{rows.integer(0)});
    return read_tracks(connection, ids);
}

/// A page of those that `query` allows, in the order of `found`.
TrackPage allowed_page(Connection& connection, const Query& found, const TrackQuery& query) {
    TrackPage page;
    std::vector<TrackId> ids;
    auto rows = found.stream(connection);
    while (rows->next()) {
        const TrackId id{rows->integer(0)};
        if (!query.allowed(id)) continue;
        if (page.total >= query.offset && std::ssize(ids) < query.limit) ids.push_back(id);
        ++page.total;
    }
    rows.reset();
    page.rows = read_tracks(connection, ids);
    return page;
}

}  // namespace

TrackPage search(Connection& connection, const TrackQuery& query) {
    const std::int64_t offset = std::max<std::int64_t>(query.offset, 0);
    const std::int64_t limit = std::max<std::int64_t>(query.limit, 0);
    const std::vector<std::string> words = search_words(query.text);

    Query count;
    Query page;
    std::optional<Query> first;  // what alone fills the page, perhaps
    if (words.empty()) {
        const std::string from = " FROM tracks t WHERE t.present = 1 AND " + filter_sql(query.filter, "t.id");
        count.add("SELECT COUNT(*)" + from);
        page.add("SELECT t.id" + from + " ORDER BY " + order_sql(query.order));
    } else {
        std::vector<Term> terms;
        for (const std::string& word : words) {
            if (word.size() > kLongestTerm) return {};
            terms.push_back({search_term(word), {"title", "artist", "rest"}});
        }
        const Fragment found = connection.tracks_with(terms);
        const std::string where = " WHERE " + filter_sql(query.filter, "m.track_id");
        const Fragment ids = connection.ids_with(terms);
        count.add("SELECT COUNT(*) FROM (" + ids.sql + ") m" + where, ids.values);
        page.add("SELECT m.track_id FROM (" + found.sql + ") m", found.values);
        if (query.order == TrackOrder::relevance) {
            const Query order = relevance_sql(terms);
            first = in_titles(connection, terms, where);
            page.add(where + " ORDER BY " + order.sql, order.texts);
        } else {
            page.add(" JOIN tracks t ON t.id = m.track_id" + where + " ORDER BY " + order_sql(query.order));
        }
    }
    if (query.allowed) return allowed_page(connection, page, query);

    TrackPage result;
    if (first && limit > 0) result.rows = read_tracks(connection, *first->run_page(connection, offset, limit));
    if (limit > 0 && std::ssize(result.rows) < limit)
        result.rows = read_tracks(connection, *page.run_page(connection, offset, limit));
    const auto size = static_cast<std::int64_t>(result.rows.size());
    if (size < limit && (size > 0 || offset == 0)) {
        result.total = offset + size;  // the last page says how many there are
    } else if (const auto rows = count.run(connection); rows->next()) {
        result.total = rows->integer(0);
    }
    return result;
}

std::vector<TrackRow> search_title_artist(Connection& connection, const std::string& title, const std::string& artist,
                                          std::int64_t limit) {
    const std::string title_key = search_key(title);
    const std::string artist_key = search_key(artist);
    if (std::max(title_key.size(), artist_key.size()) > kLongestTerm) return {};
    std::vector<Term> terms;
    if (!title_key.empty()) terms.push_back({search_term(title_key), {"title"}});
    if (!artist_key.empty()) terms.push_back({search_term(artist_key), {"artist"}});
    if (terms.empty()) return {};
    if (artist_key.empty()) terms.front().columns.push_back("artist");
    const Fragment found = connection.tracks_with(terms);
    Query query;
    query.add("SELECT m.track_id FROM (" + found.sql + ") m ORDER BY m.artist, m.title, m.track_id", found.values);
    return read_tracks(connection, *query.run_page(connection, 0, std::max<std::int64_t>(limit, 0)));
}

std::optional<TrackRow> find_by_name(Connection& connection, const std::string& title, const std::string& artist) {
    const std::string title_key = search_key(title);
    const std::string artist_key = search_key(artist);
    if (title_key.empty()) return std::nullopt;
    if (const auto id = connection.find_integer("SELECT id FROM tracks WHERE present = 1 AND title_key = ? AND "
                                                "(artist_key = ? OR ? = '') ORDER BY id LIMIT 1",
                                                {title_key, artist_key, artist_key})) {
        return read_track(connection, TrackId{*id});
    }
    if (std::max(title_key.size(), artist_key.size()) > kLongestTerm) return std::nullopt;
    std::vector<Term> terms = {{search_term(title_key), {"title"}}};
    if (!artist_key.empty()) terms.push_back({search_term(artist_key), {"artist"}});
    const Fragment found = connection.tracks_with(terms);
    // The one with the least beside what was asked for.
    Query query;
    query.add("SELECT m.track_id FROM (" + found.sql + ") m ", found.values)
        .add("ORDER BY LENGTH(m.title), LENGTH(m.artist), m.track_id LIMIT 1");
    const auto rows = query.run(connection);
    return rows->next() ? read_track(connection, TrackId{rows->integer(0)}) : std::nullopt;
}

}  // namespace audiomuse::store::sql
