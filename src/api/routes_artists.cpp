// Artists: who there is, who sounds alike, and what they play.
#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>

#include "audiomuse/base/text.h"
#include "audiomuse/features/artists/similar_artists.h"
#include "backend.h"
#include "cards.h"
#include "errors.h"
#include "list_filter.h"
#include "route.h"

namespace audiomuse::api {
namespace {

using features::ArtistModels;
using features::find_artist;
using features::ServerArtistIds;
using Models = std::shared_ptr<const ArtistModels>;

constexpr int kMostSimilarArtists = 1000;
constexpr int kMostListed = 500;
constexpr std::size_t kMatches = 3;
constexpr std::size_t kSongsOfMatch = 3;
constexpr std::size_t kMostCards = 1000;

Models models_of(Backend& backend) {
    return backend.artists.get(backend.context.store);
}

/// The text that names the artist: `artist` goes before `artist_id`, and each may be a name or an id.
std::string wanted_artist(const Call& call) {
    std::string wanted = call.text("artist");
    if (wanted.empty()) wanted = call.text("artist_id");
    if (wanted.empty()) throw Error(ErrorCode::invalid_argument, "Missing 'artist' or 'artist_id' parameter");
    return wanted;
}

using ServerIds = std::shared_ptr<const ServerArtistIds>;

ServerIds server_ids_of(Backend& backend, std::optional<ServerId> server = std::nullopt) {
    return backend.artists.server_ids(backend.context.store, server);
}

/// The id is the media server's, where it has one; else ours.
json::object artist_line(const ArtistModels& models, const ServerArtistIds& ids, std::size_t artist) {
    const auto found = ids.id_of_key.find(std::string(models.at(artist).key));
    return {{"artist", models.at(artist).name},
            {"artist_id", found == ids.id_of_key.end() ? models.id(artist) : found->second}};
}

/// The tracks that a request is about: those that a filter lets through, on the server whose ids it speaks.
class Passing {
public:
    Passing(Backend& backend, features::ListFilter filter, std::optional<ServerId> server = std::nullopt)
        : index_(backend.context.index.get()) {
        if (server) filter.criteria.server = server;
        allowed_ = backend.filters.allowed_tracks(backend.context.store, filter);
    }

    bool operator()(TrackId id) const { return allowed_(id); }
    bool everything() const { return allowed_.everything(); }
    bool any(const ArtistModels::View& artist) const {
        return everything() || std::ranges::any_of(artist.tracks, allowed_);
    }
    std::size_t count(const ArtistModels::View& artist) const {
        return everything() ? artist.tracks.size()
                            : static_cast<std::size_t>(std::ranges::count_if(artist.tracks, allowed_));
    }
    std::size_t count_analysed(const ArtistModels::View& artist) const {
        if (everything()) return artist.analysed;
        return static_cast<std::size_t>(std::ranges::count_if(
            artist.tracks, [&](TrackId id) { return allowed_(id) && index_ && index_->contains(id.value); }));
    }

private:
    std::shared_ptr<index::VectorIndex> index_;
    features::AllowedTracks allowed_;
};

int percent_of(double distance) {
    return std::clamp(static_cast<int>(std::lround(100 * (1 - distance))), 0, 100);
}

/// Component matches of one artist with others: the songs of a component are looked for once, and all titles are read
/// at once.
class Matches {
public:
    Matches(Backend& backend, const Models& models, std::size_t artist, const Passing& passing,
            std::optional<ServerId> server = std::nullopt)
        : backend_(backend),
          models_(models),
          artist_(artist),
          passing_(passing),
          server_(server),
          index_(backend.context.index.get()) {}

    void add(std::size_t other) {
        auto& matches = matches_[other] = features::match_components(*models_, artist_, other, kMatches);
        for (const features::ComponentMatch& match : matches) {
            find_songs(artist_, match.component);
            find_songs(other, match.other_component);
        }
    }
    void read_songs() {
        std::vector<TrackId> ids;
        for (const auto& [component, songs] : songs_) {
            for (const features::Representative& song : songs)
                ids.push_back(song.id);
        }
        std::sort(ids.begin(), ids.end());
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        rows_ = backend_.context.store.tracks().get(ids);
        speak_ids_of(backend_, server_, rows_);
        for (std::size_t i = 0; i < rows_.size(); ++i)
            place_of_.emplace(rows_[i].id, i);
    }

    const std::vector<features::ComponentMatch>& of(std::size_t other) const { return matches_.at(other); }
    /// The songs of a component as AudioMuse-AI names them.
    json::array lines(std::size_t artist, std::size_t component) const {
        json::array lines;
        for (const features::Representative& song : songs_.at({artist, component})) {
            const auto row = place_of_.find(song.id);
            if (row == place_of_.end()) continue;  // gone, or not on the server that was asked about
            lines.push_back({{"item_id", rows_[row->second].item_id},
                             {"title", rows_[row->second].tags.title},
                             {"distance_to_component", shortest(static_cast<float>(song.distance))}});
        }
        return lines;
    }
    /// The same as cards, which are those of all rows().
    json::array cards(const json::array& all, std::size_t artist, std::size_t component) const {
        json::array cards;
        for (const features::Representative& song : songs_.at({artist, component})) {
            if (const auto row = place_of_.find(song.id); row != place_of_.end()) cards.push_back(all[row->second]);
        }
        return cards;
    }
    const std::vector<store::TrackRow>& rows() const { return rows_; }

private:
    void find_songs(std::size_t artist, std::size_t component) {
        const std::pair key(artist, component);
        if (songs_.contains(key)) return;
        songs_[key] = index_ ? features::representatives(*models_, *index_, artist, component, kSongsOfMatch,
                                                         [this](TrackId id) { return passing_(id); })
                             : std::vector<features::Representative>();
    }

    Backend& backend_;
    const Models& models_;
    const std::size_t artist_;
    const Passing& passing_;
    const std::optional<ServerId> server_;
    const std::shared_ptr<index::VectorIndex> index_;
    std::map<std::size_t, std::vector<features::ComponentMatch>> matches_;  // by the other artist
    std::map<std::pair<std::size_t, std::size_t>, std::vector<features::Representative>> songs_;
    std::vector<store::TrackRow> rows_;        // of all these songs
    std::map<TrackId, std::size_t> place_of_;  // among rows_
};

json::array contract_matches(const ArtistModels& models, const Matches& matches, std::size_t artist,
                             std::size_t other) {
    json::array lines;
    for (const features::ComponentMatch& match : matches.of(other)) {
        lines.push_back({{"component1_index", match.component},
                         {"component2_index", match.other_component},
                         {"distance", shortest(static_cast<float>(match.distance))},
                         {"component1_weight", shortest(models.at(artist).weights[match.component])},
                         {"component2_weight", shortest(models.at(other).weights[match.other_component])},
                         {"artist1_representative_songs", matches.lines(artist, match.component)},
                         {"artist2_representative_songs", matches.lines(other, match.other_component)}});
    }
    return lines;
}

std::vector<features::SimilarArtist> find_similar(Backend& backend, const ArtistModels& models, std::size_t artist,
                                                  const Passing& passing, const Call& call) {
    // What a request says holds; what the settings say must not leave small libraries without an answer.
    const std::int64_t asked = call.integer("min_tracks");
    const std::int64_t least = asked > 0 ? asked : backend.context.settings->similar_artists_min_tracks;
    return features::similar_artists(models, artist,
                                     {.n = static_cast<std::size_t>(call.integer("n")),
                                      .min_tracks = static_cast<std::size_t>(least),
                                      .strict = asked > 0,
                                      .allowed = [&](std::size_t other) { return passing.any(models.at(other)); }});
}

Response similar_artists(Backend& backend, const Call& call) {
    const std::string wanted = wanted_artist(call);
    const auto server = selected_server(backend, call);
    const Models models = models_of(backend);
    if (models->components() == 0) {
        throw Error(ErrorCode::unavailable, "The artist similarity search service is currently unavailable.");
    }
    const ServerIds ids = server_ids_of(backend, server);
    const std::size_t artist = find_artist(*models, *ids, wanted);
    const Passing passing(backend, read_filter(backend, call), server);
    const auto found = artist == ArtistModels::kNone ? std::vector<features::SimilarArtist>()
                                                     : find_similar(backend, *models, artist, passing, call);
    if (found.empty()) {
        throw Error(ErrorCode::not_found,
                    fmt::format("Artist '{}' not found in index or no similar artists found.", wanted));
    }
    const bool with_matches = call.boolean("include_component_matches").value_or(false);
    Matches matches(backend, models, artist, passing, server);
    if (with_matches) {
        for (const features::SimilarArtist& similar : found)
            matches.add(similar.artist);
        matches.read_songs();
    }
    json::array lines;
    for (const features::SimilarArtist& similar : found) {
        json::object line = artist_line(*models, *ids, similar.artist);
        line["divergence"] = shortest(static_cast<float>(similar.distance));
        if (with_matches) {
            line["component_matches"] = contract_matches(*models, matches, artist, similar.artist);
            line["query_artist_components"] = models->at(artist).weights.size();
            line["candidate_artist_components"] = models->at(similar.artist).weights.size();
        }
        lines.push_back(std::move(line));
    }
    return json_response(200, std::move(lines));
}

/// Present tracks of an artist that pass, by title.
std::vector<store::TrackRow> tracks_of(Backend& backend, const ArtistModels& models, std::size_t artist,
                                       const Passing& passing) {
    std::vector<TrackId> ids;
    std::ranges::copy_if(models.at(artist).tracks, std::back_inserter(ids), passing);
    std::vector<store::TrackRow> rows = backend.context.store.tracks().get(ids);
    std::erase_if(rows, [](const store::TrackRow& row) { return !row.present; });
    std::vector<std::pair<std::string, std::size_t>> order;
    for (std::size_t i = 0; i < rows.size(); ++i)
        order.emplace_back(fold(rows[i].tags.title), i);
    std::sort(order.begin(), order.end());
    std::vector<store::TrackRow> sorted;
    for (const auto& [title, i] : order)
        sorted.push_back(std::move(rows[i]));
    return sorted;
}

Response artist_tracks(Backend& backend, const Call& call) {
    const std::string wanted = wanted_artist(call);
    const auto server = selected_server(backend, call);
    const Models models = models_of(backend);
    const ServerIds ids = server_ids_of(backend, server);
    const std::size_t artist = find_artist(*models, *ids, wanted);
    json::array lines;
    if (artist != ArtistModels::kNone) {
        std::vector<store::TrackRow> rows =
            tracks_of(backend, *models, artist, {backend, read_criteria(backend, call), server});
        speak_ids_of(backend, server, rows);
        for (const store::TrackRow& row : rows)
            lines.push_back(track_line(row));
    }
    return json_response(200, std::move(lines));
}

Response search_artists(Backend& backend, const Call& call) {
    const std::string query = call.text("query");
    json::array lines;
    if (!trim(query).empty()) {
        const Models models = models_of(backend);
        const ServerIds ids = server_ids_of(backend);
        std::vector<std::size_t> found = models->search(query);
        if (std::ssize(found) > call.integer("limit")) found.resize(static_cast<std::size_t>(call.integer("limit")));
        for (const std::size_t artist : found) {
            json::object line = artist_line(*models, *ids, artist);
            line["track_count"] = models->at(artist).tracks.size();
            lines.push_back(std::move(line));
        }
    }
    return json_response(200, std::move(lines));
}

Response artist_projections(Backend& backend, const Call& /*call*/) {
    const Models models = models_of(backend);
    const ServerIds ids = server_ids_of(backend);
    const auto places = backend.artists.places(backend.context.store);
    json::array components;
    for (std::size_t artist = 0; artist < models->size(); ++artist) {
        const auto weights = models->at(artist).weights;
        for (std::size_t k = 0; k < weights.size() && components.size() < places->size(); ++k) {
            const auto& place = (*places)[components.size()];
            const json::object line = artist_line(*models, *ids, artist);
            components.push_back({{"artist_id", line.at("artist_id")},
                                  {"artist_name", line.at("artist")},
                                  {"component_idx", k},
                                  {"weight", shortest(weights[k])},
                                  {"projection", {shortest(place[0]), shortest(place[1])}}});
        }
    }
    const std::size_t count = components.size();
    return json_response(200, {{"components", std::move(components)}, {"count", count}});
}

Response build_artist_projection(Backend& backend, const Call& /*call*/) {
    const auto places = backend.artists.places(backend.context.store);
    if (places->empty()) {
        return json_response(
            400, {{"status", "error"}, {"message", "There are no artists to project yet; an analysis makes them."}});
    }
    return json_response(
        200, {{"status", "success"}, {"message", fmt::format("Artist projection of {} components.", places->size())}});
}

json::object artist_card(const ArtistModels& models, const ServerArtistIds& ids, std::size_t artist,
                         const Passing& passing) {
    const ArtistModels::View view = models.at(artist);
    json::object card = artist_line(models, ids, artist);
    card["tracks"] = passing.count(view);
    card["analysed"] = passing.count_analysed(view);
    card["kinds"] = view.weights.size();
    return card;
}

/// Artists by a part of their name that have tracks which pass, most of these first.
std::vector<std::size_t> search(const ArtistModels& models, const std::string& text, const Passing& passing) {
    std::vector<std::size_t> found = models.search(text);
    if (passing.everything()) return found;
    std::vector<std::pair<std::size_t, std::size_t>> counts;
    for (const std::size_t artist : found) {
        if (const std::size_t count = passing.count(models.at(artist)); count > 0) counts.emplace_back(count, artist);
    }
    std::ranges::stable_sort(counts, std::greater(), [](const auto& pair) { return pair.first; });
    found.clear();
    for (const auto& [count, artist] : counts)
        found.push_back(artist);
    return found;
}

Response library_artists(Backend& backend, const Call& call) {
    const Models models = models_of(backend);
    const ServerIds ids = server_ids_of(backend);
    const Passing passing(backend, read_criteria(backend, call));
    const std::vector<std::size_t> found = search(*models, call.text("q"), passing);
    const auto begin = static_cast<std::size_t>(std::min<std::int64_t>(call.integer("offset"), std::ssize(found)));
    const auto end = std::min(found.size(), begin + static_cast<std::size_t>(call.integer("limit")));
    std::vector<TrackId> firsts;
    for (std::size_t i = begin; i < end; ++i)
        firsts.push_back(*std::ranges::find_if(models->at(found[i]).tracks, passing));
    std::map<TrackId, store::TrackRow> rows;
    for (store::TrackRow& row : backend.context.store.tracks().get(firsts))
        rows.emplace(row.id, std::move(row));
    json::array artists;
    for (std::size_t i = begin; i < end; ++i) {
        json::object card = artist_card(*models, *ids, found[i], passing);
        const auto row = rows.find(firsts[i - begin]);
        const bool has_cover = row != rows.end() && row->second.tags.has_cover;
        card["cover_item_id"] = has_cover ? json::value(row->second.item_id) : json::value(nullptr);
        artists.push_back(std::move(card));
    }
    return json_response(200, {{"total", found.size()}, {"artists", std::move(artists)}});
}

/// The albums of rows, the newest first, each with a track for its picture: one that has a cover, if any has.
json::array albums_of(const std::vector<store::TrackRow>& rows, const json::array& cards) {
    struct Album {
        std::size_t shown = 0;
        int year = 0;
        std::int64_t tracks = 0;
    };
    std::map<std::pair<std::string, std::string>, Album> albums;  // by folded name and artist
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const TrackTags& tags = rows[i].tags;
        if (tags.album.empty()) continue;
        const auto [place, is_new] = albums.try_emplace({fold(tags.album), fold(tags.album_artist)});
        Album& album = place->second;
        if (is_new || (tags.has_cover && !rows[album.shown].tags.has_cover)) album.shown = i;
        album.year = std::max(album.year, tags.year);
        ++album.tracks;
    }
    std::vector<Album> by_year;
    for (const auto& [key, album] : albums)
        by_year.push_back(album);
    std::stable_sort(by_year.begin(), by_year.end(), [](const Album& a, const Album& b) { return a.year > b.year; });
    json::array lines;
    for (const Album& album : by_year) {
        const store::TrackRow& row = rows[album.shown];
        const json::value* const style = cards[album.shown].as_object().if_contains("style");
        lines.push_back({{"album", row.tags.album},
                         {"album_artist", row.tags.album_artist},
                         {"year", album.year > 0 ? json::value(album.year) : json::value(nullptr)},
                         {"tracks", album.tracks},
                         {"item_id", row.item_id},
                         {"has_cover", row.tags.has_cover},
                         {"style", style != nullptr ? *style : json::value(nullptr)}});
    }
    return lines;
}

json::array similar_cards(Backend& backend, const Models& models, const ServerIds& ids, std::size_t artist,
                          const Passing& passing, const Call& call) {
    const auto found = find_similar(backend, *models, artist, passing, call);
    Matches matches(backend, models, artist, passing);
    for (const features::SimilarArtist& similar : found)
        matches.add(similar.artist);
    matches.read_songs();
    const json::array songs = track_cards(backend, matches.rows());
    json::array cards;
    for (const features::SimilarArtist& similar : found) {
        json::object card = artist_card(*models, *ids, similar.artist, passing);
        card["distance"] = shortest(static_cast<float>(similar.distance));
        card["similarity"] = percent_of(similar.distance);
        json::array lines;
        for (const features::ComponentMatch& match : matches.of(similar.artist)) {
            lines.push_back({{"distance", shortest(static_cast<float>(match.distance))},
                             {"similarity", percent_of(match.distance)},
                             {"mine", matches.cards(songs, artist, match.component)},
                             {"theirs", matches.cards(songs, similar.artist, match.other_component)}});
        }
        card["matches"] = std::move(lines);
        cards.push_back(std::move(card));
    }
    return cards;
}

Response library_artist(Backend& backend, const Call& call) {
    std::string wanted = call.text("name");
    if (wanted.empty()) wanted = call.text("artist_id");
    if (wanted.empty()) throw Error(ErrorCode::invalid_argument, "Missing 'name' or 'artist_id' parameter.");
    const Models models = models_of(backend);
    const ServerIds ids = server_ids_of(backend);
    const std::size_t artist = find_artist(*models, *ids, wanted);
    if (artist == ArtistModels::kNone) {
        throw Error(ErrorCode::not_found, fmt::format("There is no artist '{}'.", wanted));
    }
    const Passing passing(backend, read_criteria(backend, call));
    std::vector<store::TrackRow> rows = tracks_of(backend, *models, artist, passing);
    const std::size_t total = rows.size();
    if (rows.size() > kMostCards) rows.resize(kMostCards);
    json::array cards = track_cards(backend, rows);
    json::object answer = artist_card(*models, *ids, artist, passing);
    answer["total"] = total;
    answer["albums"] = albums_of(rows, cards);
    answer["tracks"] = std::move(cards);
    answer["similar"] = similar_cards(backend, models, ids, artist, {backend, read_filter(backend, call)}, call);
    return json_response(200, std::move(answer));
}

}  // namespace

std::vector<Route> artist_routes() {
    using enum ParamType;
    const Param artist = {.name = "artist", .help = "Name or id of the artist."};
    const Param artist_id = {.name = "artist_id", .help = "Id or name of the artist, where artist is not given."};
    const Param min_tracks = {.name = "min_tracks",
                              .type = integer,
                              .help =
                                  "Only artists with as many analysed tracks; 0: as the settings say, and where "
                                  "these are too few, others.",
                              .fallback = 0,
                              .minimum = 0};
    const auto count = [](std::string_view name, double fallback, double most) {
        return Param{.name = name,
                     .type = integer,
                     .help = "Artists wanted.",
                     .fallback = fallback,
                     .minimum = 1,
                     .maximum = most};
    };
    return {
        {Method::get,
         "/api/search_artists",
         "search_artists",
         search_artists,
         Right::read,
         {{.name = "query", .help = "Part of the name; nothing finds nothing."}, count("limit", 15, kMostListed)}},
        {Method::get, "/api/similar_artists", "similar_artists", similar_artists, Right::read,
         with_criteria(with_server(
             {artist,
              artist_id,
              count("n", 10, kMostSimilarArtists),
              {.name = "ef_search", .type = integer, .help = "Ignored: every artist is compared.", .fallback = 0},
              {.name = "include_component_matches",
               .type = boolean,
               .help = "Tell which kinds of song of both artists meet."},
              min_tracks}))},
        {Method::get, "/api/artist_tracks", "artist_tracks", artist_tracks, Right::read,
         with_criteria(with_server({artist, artist_id}))},
        {Method::get, "/api/artist_projections", "artist_projections", artist_projections, Right::read, {}},
        {Method::post,
         "/api/build_artist_projection",
         "build_artist_projection",
         build_artist_projection,
         Right::jobs,
         {}},
        {Method::get, "/api/library/artists", "library_artists", library_artists, Right::read,
         with_criteria({{.name = "q", .help = "Part of the name."},
                        {.name = "offset", .type = integer, .help = "First row.", .fallback = 0, .minimum = 0},
                        count("limit", 60, kMostListed)})},
        {Method::get, "/api/library/artist", "library_artist", library_artist, Right::read,
         with_criteria({{.name = "name", .help = "Name or id of the artist."},
                        artist_id,
                        count("n", 12, kMostSimilarArtists),
                        min_tracks})},
    };
}

}  // namespace audiomuse::api
