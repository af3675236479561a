// Every feature that makes lists, or shows what there is, with every field of the filter. A feature is one line in
// kLists or kListings: a request with FILTER where the parameters of a query, or the filter object of a body, belong,
// COUNT where the wanted number does and ALL where the ids of all tracks do.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>

#include "aside_worker.h"
#include "audiomuse/base/random.h"
#include "audiomuse/features/artists/artist_models.h"
#include "audiomuse/features/common/list_filter.h"
#include "json.h"
#include "route.h"
#include "service.h"
#include "test_library.h"

namespace audiomuse::api {
namespace {

constexpr std::int64_t kFirst = 13;  // after those of the test library
constexpr int kTracks = 40;
constexpr std::size_t kDimension = 200;

/// Whether the fields below are to let the track through.
bool is_wanted(TrackId id) {
    return id.value % 2 == 0;
}

/// Forty tracks with ids from 13 that sound somewhat alike. Those of even ids differ from the others in everything that
/// a filter can ask for: they are from 1990 and not 1970, in another folder, and so on. Four tracks in a row are of one
/// artist, two of them of one album; tracks 2k + 13 and 2k + 14 are of one song, the second one live. "Everybody" plays
/// on all of them. Track 14 is played most.
class FilterLibrary : public testing::TestLibrary {
public:
    FilterLibrary() {
        const ServerId local = store->tracks().local_server();
        auto vectors = index::create_index(kDimension);
        Random random(7);
        std::vector<store::ListedItem> on_home;
        for (std::int64_t id = kFirst; id < kFirst + kTracks; ++id) {
            const store::Tracks::PutItem item = item_of(TrackId{id});
            EXPECT_EQ(store->tracks().put(local, {&item, 1}).front().id.value, id);
            const store::Analyses::Saved saved{TrackId{id}, item.file.stamp, sound_of(TrackId{id}, random), {}};
            store->analyses().save({&saved, 1});
            vectors->add(id, saved.analysis->embedding);
            if (!is_wanted(TrackId{id})) continue;
            on_home.push_back({.item_id = fmt::format("home-{}", id),
                               .album_id = "",
                               .path = item.file.path,
                               .local_path = "",
                               .stamp = {},
                               .tags = item.tags});
            for (int play = 0; play < 3; ++play)
                store->history().add_play({}, TrackId{id}, 1000);
            store->history().set_rating({}, TrackId{id}, 4);
            store->history().set_favourite({}, TrackId{id}, true);
        }
        for (int play = 0; play < 10; ++play)
            store->history().add_play({}, TrackId{14}, 1000);
        settings.fingerprint_songs = 1;
        std::vector<store::Credits> credits;
        store->tracks().each_credits([&](const store::Credits& track) { credits.push_back(track); });
        const features::ArtistModels artists = features::make_artist_models(credits, vectors.get());
        store->index_blobs().save({.name = features::kArtistModels, .model = model, .count = 1},
                                  [&](const auto& sink) { artists.save(sink); });
        store->anchors().add({.id = {}, .name = "Place", .model = model, .points = {{.vector = vectors->vector(20)}}});
        const ServerId home = store->servers().add({.type = "navidrome", .name = "Home", .url = "http://home"});
        store->tracks().put_listed(home, store->tracks().begin_listing(home), on_home);
        store->servers().make_default(local);
        std::vector<TrackId> unwanted;
        std::string names;
        for (std::int64_t id = 1; id < kFirst + kTracks; ++id) {
            if (id >= kFirst && is_wanted(TrackId{id})) continue;
            unwanted.push_back(TrackId{id});
            names += fmt::format("{},", id);
        }
        list_ = store->playlists().create("Unwanted", store::PlaylistKind::own, "{}", unwanted).value;
        names_ = names;
        index.swap(std::shared_ptr<index::VectorIndex>(std::move(vectors)));
    }

    struct Field {
        std::string value;
        bool wanted = true;  ///< lets through the wanted tracks; false: the others
    };
    std::map<std::string, Field> fields() const {
        return {{"server", {"home"}},
                {"folder", {"/in"}},
                {"genre", {"good, best"}},
                {"genre_not", {"Bad"}},
                {"artist", {"Guest"}},
                {"artist_not", {"Stranger"}},
                {"year_from", {"1980"}},
                {"year_to", {"1980", false}},
                {"length_from", {"250"}},
                {"length_to", {"250", false}},
                {"rating_from", {"4"}},
                {"favourite", {"true"}},
                {"plays_from", {"3"}},
                {"plays_to", {"2", false}},
                {"tempo_from", {"110"}},
                {"tempo_to", {"110", false}},
                {"key", {"Am"}},
                {"vocal", {"vocal"}},
                {"energy_from", {"0.7"}},
                {"energy_to", {"0.7", false}},
                {"not_in_list", {fmt::to_string(list_)}},
                {"except", {names_}}};
    }

private:
    static store::Tracks::PutItem item_of(TrackId id) {
        const bool wanted = is_wanted(id);
        const auto number = id.value - kFirst;
        TrackTags tags;
        tags.title = fmt::format("Song {}{}", number / 2, number % 2 == 1 ? " (Live)" : "");
        tags.artists = {fmt::format("Artist {}", number / 4), wanted ? "Guest" : "Stranger", "Everybody"};
        tags.album = fmt::format("Album {}", number / 2);
        tags.year = wanted ? 1990 : 1970;
        tags.duration_s = wanted ? 300 : 100;
        tags.genres = {"Music", wanted ? "Good" : "Bad"};
        const auto path = fmt::format("/{}/{}.flac", wanted ? "in" : "out", id.value);
        return {{path, {1000 + id.value, 1}}, "signature of " + path, tags};
    }

    TrackAnalysis sound_of(TrackId id, Random& random) const {
        const bool wanted = is_wanted(id);
        TrackAnalysis sound;
        sound.duration_s = wanted ? 300 : 100;
        sound.tempo_bpm = wanted ? 120 : 100;
        sound.energy = wanted ? 0.3 : 0.01;
        sound.key = wanted ? 9 : 0;
        sound.scale = wanted ? Scale::minor : Scale::major;
        sound.moods.assign(kMoodNames.size(), 0.1F);
        sound.moods[wanted ? 13 : 23] = 0.5F;  // male vocalists, instrumental
        sound.moods[0] = 0.6F;
        sound.other_features.fill(0.5F);
        sound.embedding.resize(kDimension);
        for (float& value : sound.embedding)
            value = static_cast<float>(random.uniform(-0.3, 0.3));
        sound.embedding[0] += 3;
        sound.model = model;
        return sound;
    }

    std::int64_t list_ = 0;
    std::string names_;
};

struct Feature {
    std::string name;
    Method method = Method::get;
    std::string target;
    std::string body = {};
    /// Tracks that it is asked about: whether they are in the list does not depend on the filter.
    std::set<std::int64_t> given = {13};
    bool draws = true;      ///< chooses tracks, so that variance and seed count
    bool is_radio = false;  ///< the answer is a radio, whose playlist is the list
    friend void PrintTo(const Feature& feature, std::ostream* out) { *out << feature.name; }
};

Feature posted(std::string name, std::string target, std::string body, std::set<std::int64_t> given) {
    return {.name = std::move(name),
            .method = Method::post,
            .target = std::move(target),
            .body = std::move(body),
            .given = std::move(given)};
}

constexpr const char* kBlend =
    R"({"items": [{"op": "ADD", "id": "13"}, {"op": "ADD", "type": "artist", "id": "Artist 4"}],
        "n": COUNT, "temperature": 0, "filter": FILTER})";

/// Lists that are made.
std::vector<Feature> lists() {
    std::vector<Feature> all = {
        {.name = "similar_tracks", .target = "/api/similar_tracks?item_id=13&n=COUNT&radius_similarity=false&FILTER"},
        {.name = "similar_tracks_walk",
         .target = "/api/similar_tracks?item_id=13&n=COUNT&radius_similarity=true&FILTER"},
        {.name = "library_similar", .target = "/api/library/similar?item_id=13&n=COUNT&FILTER"},
        {.name = "similar_to_several",
         .target = "/api/library/similar?seeds=13,15&n=COUNT&radius=false&FILTER",
         .given = {13, 15}},
        {.name = "similar_to_several_walk",
         .target = "/api/library/similar?seeds=13,15&n=COUNT&radius=true&FILTER",
         .given = {13, 15}},
        {.name = "anchor", .target = "/api/library/similar?anchor=1&n=COUNT&FILTER", .given = {}},
        {.name = "mood", .target = "/api/library/similar?mood=rock&n=COUNT&FILTER", .given = {}},
        {.name = "find_path",
         .target = "/api/find_path?start_song_id=13&end_song_id=51&max_steps=COUNT&path_fix_size=true&FILTER",
         .given = {13, 51}},
        {.name = "library_path",
         .target = "/api/library/path?from=13&via=31&to=51&n=COUNT&exact=true&FILTER",
         .given = {13, 31, 51}},
        {.name = "fingerprint", .target = "/api/sonic_fingerprint/generate?n=COUNT&FILTER", .given = {14}},
        {.name = "library_fingerprint", .target = "/api/library/fingerprint?n=COUNT&FILTER", .given = {14}},
        {.name = "next", .target = "/api/library/next?played=13&queue=15&n=COUNT&FILTER", .given = {13, 15}},
        posted("fingerprint_post", "/api/sonic_fingerprint/generate", R"({"n": COUNT, "filter": FILTER})", {14}),
        posted("next_body", "/api/library/next", R"({"played": ["13"], "n": COUNT, "filter": FILTER})", {13}),
        posted("alchemy", "/api/alchemy", kBlend, {13}),
        posted("library_blend", "/api/library/blend", kBlend, {13}),
        {.name = "ask", .target = "/api/library/ask?q=like+Everybody&n=COUNT&FILTER", .given = {}},
        posted("ask_body", "/api/library/ask", R"({"q": "like Everybody", "n": COUNT, "filter": FILTER})", {}),
        posted("order", "/api/library/order", R"({"tracks": [ALL], "filter": FILTER})", {}),
        posted("radio", "/api/radios",
               R"({"name": "A radio", "items": [{"op": "ADD", "id": "13"}], "n_results": COUNT, "temperature": 0,
                   "filter": FILTER})",
               {13}),
        posted("fingerprint_radio", "/api/radios",
               R"({"type": "fingerprint", "n_results": COUNT, "temperature": 0, "filter": FILTER})", {}),
    };
    for (Feature& feature : all) {
        feature.draws = feature.name != "order" && !feature.name.starts_with("ask");
        feature.is_radio = feature.target == "/api/radios";
    }
    return all;
}

/// What there is: no rules of a list hold.
std::vector<Feature> listings() {
    return {{.name = "artist_tracks", .target = "/api/artist_tracks?artist=Everybody&FILTER", .given = {}},
            {.name = "library_artist", .target = "/api/library/artist?name=Everybody&FILTER", .given = {}},
            {.name = "library_tracks", .target = "/api/library/tracks?limit=COUNT&FILTER", .given = {}},
            {.name = "library_search", .target = "/api/library/tracks?q=song&limit=COUNT&FILTER", .given = {}}};
}

std::vector<Feature> lists_and_listings() {
    std::vector<Feature> all = lists();
    std::ranges::copy(listings(), std::back_inserter(all));
    return all;
}

std::string query_of(const std::map<std::string, std::string>& filter) {
    std::string query;
    for (const auto& [name, value] : filter) {
        query += query.empty() ? "" : "&";
        query += name + "=";
        for (const char c : value)
            query += c == ' ' ? "+" : c == '&' ? "%26" : std::string(1, c);
    }
    return query;
}

std::string replaced(std::string text, std::string_view what, const std::string& by) {
    const auto at = text.find(what);
    return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

/// The ids of the library's own tracks as parts of a JSON list.
std::string all_tracks() {
    std::string all;
    for (std::int64_t id = kFirst; id < kFirst + kTracks; ++id)
        all += fmt::format("{}\"{}\"", all.empty() ? "" : ", ", id);
    return all;
}

/// The ids of the tracks of an answer, in its order: of a bare list, or of the one that has the tracks.
std::vector<std::string> items_of(const json::value& answer) {
    if (const auto* object = answer.if_object()) {
        for (const char* name : {"tracks", "path", "results"}) {
            if (const json::value* lines = object->if_contains(name)) return items_of(*lines);
        }
    }
    std::vector<std::string> items;
    for (const json::value& line : answer.as_array())
        items.emplace_back(line.at("item_id").as_string());
    return items;
}

class FilterOf : public ::testing::TestWithParam<Feature> {
protected:
    static constexpr int kAll = 60;
    using Filter = std::map<std::string, std::string>;

    /// The tracks of the feature's list with this filter; none for an answer that says there are none.
    std::vector<TrackId> list(const Filter& filter, int count = kAll) {
        Response response = ask(filter, count);
        if (GetParam().is_radio) response = playlist_of(response);
        const std::string text = std::get<std::string>(response.body);
        EXPECT_TRUE(response.status == 200 || response.status == 404) << GetParam().target << ": " << text;
        std::vector<TrackId> ids;
        if (response.status != 200) return ids;
        for (const std::string& item : items_of(json::parse(text)))
            ids.push_back(library_.store->tracks().by_item_id(item)->id);
        return ids;
    }

    static bool has_parameter(const std::string& name) {
        const std::string& target = GetParam().target;
        const RouteMatch match = match_route(route_table(), GetParam().method, target.substr(0, target.find('?')));
        return std::ranges::any_of(match.route->params, [&](const Param& param) { return param.name == name; });
    }
    /// Of the routes of AudioMuse-AI the parameter `server` is the one whose ids are spoken, which has to know the
    /// seed, too.
    static bool speaks_ids_of_a_server() { return GetParam().method == Method::get && has_parameter("server_id"); }

    static Filter without_rules() {
        return {{"max_per_artist", "0"}, {"max_per_album", "0"}, {"one_version", "false"}};
    }

    store::TrackRow row(TrackId id) { return *library_.store->tracks().get(id); }

    FilterLibrary library_;
    testing::AsideWorker worker_{library_};
    Service service_{library_.context(), {}};

private:
    Response ask(const Filter& filter, int count) {
        const Feature& feature = GetParam();
        std::string target = replaced(feature.target, "COUNT", fmt::to_string(count));
        if (feature.method == Method::get) {
            Filter parameters;
            for (const auto& [name, value] : filter) {
                const bool prefixed = has_parameter("filter_" + name);
                parameters[prefixed ? "filter_" + name : name] = value;
            }
            return service_.handle(make_request(Method::get, replaced(target, "FILTER", query_of(parameters))));
        }
        json::object object;
        for (const auto& [name, value] : filter)
            object[name] = value;
        std::string body = replaced(feature.body, "ALL", all_tracks());
        body = replaced(replaced(body, "COUNT", fmt::to_string(count)), "FILTER", json::serialize(object));
        return service_.handle(make_request(feature.method, target, {{"content-type", "application/json"}}, body));
    }

    /// Runs the radio that was made, and removes it again.
    Response playlist_of(const Response& made) {
        const json::value radio = json::parse(std::get<std::string>(made.body)).at("radio");
        const std::string address = fmt::format("/api/radios/{}", radio.at("id").to_number<std::int64_t>());
        EXPECT_EQ(service_.handle(make_request(Method::post, address + "/run")).status, 200);
        const store::Radio after = *library_.store->radios().get(RadioId{radio.at("id").to_number<std::int64_t>()});
        EXPECT_EQ(service_.handle(make_request(Method::del, address)).status, 200);
        return service_.handle(make_request(Method::get, fmt::format("/api/lists/{}", after.playlist.value)));
    }
};
/// A list that is made.
class ListOf : public FilterOf {};

TEST(FilterLibrary, HasAValueForEachCriterion) {
    const FilterLibrary library;
    for (const features::FilterField& field : features::filter_fields())
        EXPECT_NE(library.fields().contains(std::string(field.name)), field.of_list) << field.name;
}

TEST_P(FilterOf, LetsThroughWhatMatches) {
    const Feature& feature = GetParam();
    for (const auto& [name, field] : library_.fields()) {
        if (name == "server" && speaks_ids_of_a_server()) continue;
        Filter filter = without_rules();
        filter[name] = field.value;
        std::set<std::int64_t> expected;
        for (std::int64_t id = kFirst; id < kFirst + kTracks; ++id) {
            if (is_wanted(TrackId{id}) == field.wanted && !feature.given.contains(id)) expected.insert(id);
        }
        std::set<std::int64_t> found;
        for (const TrackId id : list(filter)) {
            if (id.value >= kFirst && !feature.given.contains(id.value)) found.insert(id.value);
        }
        EXPECT_EQ(found, expected) << name;
    }
}

TEST_P(FilterOf, HoldsNoArtistWhoIsHiddenUnlessItIsOfWhatThereIs) {
    const Feature& feature = GetParam();
    const auto found = [&] {
        std::set<std::int64_t> ids;
        for (const TrackId id : list(without_rules())) {
            if (id.value >= kFirst && !feature.given.contains(id.value)) ids.insert(id.value);
        }
        return ids;
    };
    const std::set<std::int64_t> before = found();
    const UserId other = library_.store->users().add_first("other", "");
    library_.store->history().hide_artist(other, "Guest");
    EXPECT_EQ(found(), before) << "somebody else has hidden this one";
    library_.store->history().hide_artist({}, "stranger");
    std::set<std::int64_t> wanted = before;
    const auto all = listings();
    const bool is_listing = std::ranges::any_of(all, [&](const Feature& each) { return each.name == feature.name; });
    if (!is_listing) std::erase_if(wanted, [](std::int64_t id) { return !is_wanted(TrackId{id}); });
    EXPECT_EQ(wanted == before, is_listing);
    EXPECT_EQ(found(), wanted);
    library_.store->history().show_artist({}, "Stranger");
    EXPECT_EQ(found(), before);
}

TEST_P(ListOf, KeepsTheRules) {
    Filter filter = without_rules();
    filter["max_per_artist"] = "1";
    std::map<std::string, int> artists;
    for (const TrackId id : list(filter))
        ++artists[row(id).tags.artists.front()];
    EXPECT_GE(artists.size(), 8U);
    for (const auto& [artist, count] : artists)
        EXPECT_LE(count, 1 + static_cast<int>(GetParam().given.size())) << artist;

    filter = without_rules();
    filter["max_per_album"] = "1";
    std::map<std::string, int> albums;
    for (const TrackId id : list(filter))
        ++albums[row(id).tags.album];
    EXPECT_GE(albums.size(), 16U);
    for (const auto& [album, count] : albums)
        EXPECT_LE(count, 1 + static_cast<int>(GetParam().given.size())) << album;

    filter = without_rules();
    filter["one_version"] = "true";
    filter["keep_versions_apart"] = "false";
    std::set<std::string> songs;
    for (const TrackId id : list(filter)) {
        std::string title = row(id).tags.title;
        EXPECT_TRUE(songs.insert(title.substr(0, title.find(" ("))).second) << title;
    }
    EXPECT_GE(songs.size(), 16U);
    filter["keep_versions_apart"] = "true";
    EXPECT_GT(list(filter).size(), songs.size());
}

TEST_P(ListOf, VariesByTheSeed) {
    constexpr int kFew = 10;
    Filter filter = without_rules();
    const auto with_seed = [&](int seed) {
        filter["seed"] = fmt::to_string(seed);
        const std::vector<TrackId> tracks = list(filter, kFew);
        return std::set<TrackId>(tracks.begin(), tracks.end());
    };
    EXPECT_EQ(with_seed(1), with_seed(2)) << "without variance nothing is left to chance";
    filter["variance"] = "1";
    std::set<std::set<TrackId>> seen;
    for (int seed = 1; seed <= 8; ++seed) {
        seen.insert(with_seed(seed));
        EXPECT_EQ(with_seed(seed), with_seed(seed)) << seed;
    }
    EXPECT_EQ(seen.size() > 1, GetParam().draws);
}

constexpr auto kName = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Features, FilterOf, ::testing::ValuesIn(lists_and_listings()), kName);
INSTANTIATE_TEST_SUITE_P(Features, ListOf, ::testing::ValuesIn(lists()), kName);

// "Guest" plays the wanted tracks, "Stranger" the others, and each "Artist" as many of either.
TEST(FilterOfArtists, LetsThroughThoseWhoPlayWhatMatches) {
    FilterLibrary library;
    Service service(library.context(), {});
    const auto ask = [&](const std::string& target) {
        const Response response = service.handle(make_request(Method::get, target));
        EXPECT_EQ(response.status, 200) << target;
        return json::parse(std::get<std::string>(response.body));
    };
    const auto names = [](const json::value& lines) {
        std::set<std::string> found;
        for (const json::value& line : lines.as_array())
            found.emplace(line.at("artist").as_string());
        return found;
    };
    for (const auto& [name, field] : library.fields()) {
        SCOPED_TRACE(name);
        const std::string filter = query_of({{name, field.value}});
        const std::string own = name == "artist" ? "filter_" + filter : filter;
        const auto expect_only_the_right_one = [&](const std::set<std::string>& found) {
            EXPECT_TRUE(found.contains(field.wanted ? "Guest" : "Stranger"));
            EXPECT_FALSE(found.contains(field.wanted ? "Stranger" : "Guest"));
            EXPECT_TRUE(found.contains("Artist 7"));
        };
        expect_only_the_right_one(names(ask("/api/similar_artists?artist=Artist+3&n=50&min_tracks=1&" + own)));
        const json::value artist = ask("/api/library/artist?name=Artist+3&n=50&min_tracks=1&" + filter);
        EXPECT_EQ(artist.at("total"), 2);
        EXPECT_EQ(artist.at("tracks").as_array().size(), 2U);
        expect_only_the_right_one(names(artist.at("similar")));
        for (const json::value& other : artist.at("similar").as_array()) {
            if (other.at("artist") == "Artist 7") {
                EXPECT_EQ(other.at("tracks"), 2);
                EXPECT_EQ(other.at("analysed"), 2);
            }
            for (const json::value& match : other.at("matches").as_array()) {
                for (const json::value& song : match.at("theirs").as_array()) {
                    const auto row = library.store->tracks().by_item_id(std::string(song.at("item_id").as_string()));
                    if (row->id.value >= kFirst) {
                        EXPECT_EQ(is_wanted(row->id), field.wanted);
                    }
                }
            }
        }
        const json::value all = ask("/api/library/artists?limit=100&" + filter).at("artists");
        expect_only_the_right_one(names(all));
        for (const json::value& line : all.as_array()) {
            if (line.at("artist") == "Everybody") {
                EXPECT_EQ(line.at("tracks"), kTracks / 2);
            }
        }
    }
}

}  // namespace
}  // namespace audiomuse::api
