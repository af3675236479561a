// Every feature that makes lists with every field of the filter. A feature is one line in kFeatures: a request with
// FILTER where the parameters of a query, or the filter object of a body, belong, and ALL where the ids of all tracks
// do.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>

#include "audiomuse/base/random.h"
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
/// artist, two of them of one album; tracks 2k + 13 and 2k + 14 are of one song, the second one live.
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
        tags.artists = {fmt::format("Artist {}", number / 4), wanted ? "Guest" : "Stranger"};
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
    std::string target;     ///< with FILTER as its last parameters
    std::string body = {};  ///< with FILTER where an object belongs
    /// Tracks that it is asked about: whether they are in the list does not depend on the filter.
    std::set<std::int64_t> given = {13};
    friend void PrintTo(const Feature& feature, std::ostream* out) { *out << feature.name; }
};

const std::vector<Feature> kFeatures = {
    {.name = "similar_tracks", .target = "/api/similar_tracks?item_id=13&n=40&radius_similarity=false&FILTER"},
    {.name = "similar_tracks_walk", .target = "/api/similar_tracks?item_id=13&n=40&radius_similarity=true&FILTER"},
    {.name = "library_similar", .target = "/api/library/similar?item_id=13&n=40&FILTER"},
    {.name = "similar_to_several",
     .target = "/api/library/similar?seeds=13,14&n=40&radius=false&FILTER",
     .given = {13, 14}},
    {.name = "mood", .target = "/api/library/similar?mood=rock&n=40&FILTER", .given = {}},
    {.name = "order",
     .method = Method::post,
     .target = "/api/library/order",
     .body = R"({"tracks": [ALL], "filter": FILTER})",
     .given = {}},
};

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

/// The ids of the tracks of an answer, in its order: of a bare list, or of the first list but "seeds" of objects with
/// an item_id.
std::vector<std::string> items_of(const json::value& answer) {
    std::vector<std::string> items;
    if (const auto* list = answer.if_array()) {
        for (const json::value& line : *list) {
            if (line.is_object() && line.get_object().contains("item_id"))
                items.emplace_back(line.at("item_id").as_string());
        }
    } else if (const auto* object = answer.if_object()) {
        for (const auto& [name, value] : *object) {
            if (value.is_array() && name != "seeds") items = items_of(value);
            if (!items.empty()) return items;
        }
    }
    return items;
}

class FilterOf : public ::testing::TestWithParam<Feature> {
protected:
    /// The tracks of the feature's list with this filter; none for an answer that says there are none.
    std::vector<TrackId> list(std::map<std::string, std::string> filter) {
        const Feature& feature = GetParam();
        std::string target = feature.target;
        std::string body = replaced(feature.body, "ALL", all_tracks());
        std::vector<std::pair<std::string, std::string>> headers;
        if (feature.method == Method::get) {
            std::map<std::string, std::string> parameters;
            for (const auto& [name, value] : filter) {
                const bool prefixed = has_parameter("filter_" + name);
                parameters[prefixed ? "filter_" + name : name] = value;
            }
            target = replaced(target, "FILTER", query_of(parameters));
        } else {
            json::object object;
            for (const auto& [name, value] : filter)
                object[name] = value;
            body = replaced(body, "FILTER", json::serialize(object));
            headers.emplace_back("content-type", "application/json");
        }
        Service service(library_.context(), {});
        const Response response = service.handle(make_request(feature.method, target, headers, body));
        const std::string text = std::get<std::string>(response.body);
        EXPECT_TRUE(response.status == 200 || response.status == 404) << target << " " << body << ": " << text;
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
    static bool speaks_ids_of_a_server() { return has_parameter("server_id"); }

    static std::map<std::string, std::string> without_rules() {
        return {{"max_per_artist", "0"}, {"max_per_album", "0"}, {"one_version", "false"}};
    }

    store::TrackRow row(TrackId id) { return *library_.store->tracks().get(id); }

    FilterLibrary library_;
};

TEST(FilterLibrary, HasAValueForEachCriterion) {
    const std::set<std::string> rules = {"max_per_artist",      "max_per_album", "one_version",
                                         "keep_versions_apart", "variance",      "seed"};
    const FilterLibrary library;
    for (const features::FilterField& field : features::filter_fields())
        EXPECT_NE(library.fields().contains(std::string(field.name)), rules.contains(std::string(field.name)));
}

TEST_P(FilterOf, LetsThroughWhatMatches) {
    const Feature& feature = GetParam();
    for (const auto& [name, field] : library_.fields()) {
        // Of the routes of AudioMuse-AI this is the server whose ids are spoken, which has to know the seed, too.
        if (name == "server" && speaks_ids_of_a_server()) continue;
        std::map<std::string, std::string> filter = without_rules();
        filter[name] = field.value;
        std::set<std::int64_t> expected;
        for (std::int64_t id = kFirst; id < kFirst + kTracks; ++id) {
            if (is_wanted(TrackId{id}) == field.wanted && !feature.given.contains(id)) expected.insert(id);
        }
        std::set<std::int64_t> found;
        for (const TrackId id : list(filter)) {
            if (!feature.given.contains(id.value)) found.insert(id.value);
        }
        EXPECT_EQ(found, expected) << name;
    }
}

TEST_P(FilterOf, KeepsTheRules) {
    std::map<std::string, std::string> filter = without_rules();
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

TEST_P(FilterOf, GivesOneListForOneSeed) {
    std::map<std::string, std::string> filter = without_rules();
    filter["variance"] = "1";
    filter["seed"] = "5";
    EXPECT_EQ(list(filter), list(filter));
}

INSTANTIATE_TEST_SUITE_P(Features, FilterOf, ::testing::ValuesIn(kFeatures),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace audiomuse::api
