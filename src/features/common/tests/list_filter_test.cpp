#include "audiomuse/features/common/list_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "audiomuse/base/error.h"
#include "audiomuse/features/common/filter_cache.h"
#include "audiomuse/features/common/list_rules.h"
#include "fake_store.h"

namespace audiomuse::features {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<TrackId> ids(std::initializer_list<std::int64_t> values) {
    std::vector<TrackId> result;
    for (const std::int64_t value : values)
        result.push_back(TrackId{value});
    return result;
}

TEST(AllowedTracks, IsEverythingOrWhatIsListed) {
    const AllowedTracks everything;
    EXPECT_TRUE(everything.everything());
    EXPECT_TRUE(everything(TrackId{7}));
    EXPECT_FALSE(everything.listed());
    EXPECT_FALSE(everything.index_filter()) << "an index need not ask";

    const AllowedTracks few(ids({2, 5, 9}), ids({9, 1, 5}));
    EXPECT_THAT(*few.listed(), ElementsAre(TrackId{2}));
    EXPECT_TRUE(few(TrackId{2}));
    for (const std::int64_t id : {0, 1, 3, 5, 9, 100, -1})
        EXPECT_FALSE(few(TrackId{id})) << id;
    EXPECT_TRUE(few.index_filter()(2));
    EXPECT_FALSE(few.index_filter()(5));

    const AllowedTracks none(ids({}), {});
    EXPECT_FALSE(none.everything());
    EXPECT_FALSE(none(TrackId{1}));

    const AllowedTracks most = AllowedTracks::all_but(ids({3, 3, 1}));
    EXPECT_FALSE(most.listed());
    EXPECT_FALSE(most(TrackId{3}));
    EXPECT_TRUE(most(TrackId{2}));
    EXPECT_TRUE(AllowedTracks::all_but({}).everything());

    const AllowedTracks huge(ids({5, std::int64_t{1} << 40}), {});
    EXPECT_TRUE(huge(TrackId{std::int64_t{1} << 40}));
    EXPECT_FALSE(huge(TrackId{6}));
}

TEST(AllowedTracks, AsksTheStoreForCriteriaOnly) {
    FakeStore store;
    store.add_track(1, "a");
    store.add_track(2, "b");
    store.add_track(3, "a");
    store.fake_tracks.matches = [](const store::TrackRow& row, const store::TrackCriteria& criteria) {
        return row.tags.artists == criteria.artists;
    };
    ListFilter filter;
    EXPECT_TRUE(allowed_tracks(store, filter).everything());
    filter.except = ids({3});
    EXPECT_FALSE(allowed_tracks(store, filter).listed());
    filter.criteria.artists = {"a"};
    EXPECT_THAT(*allowed_tracks(store, filter).listed(), ElementsAre(TrackId{1}));
}

TEST(FilterCache, AsksAgainWhenTheStoreHasChanged) {
    FakeStore store;
    store.add_track(1, "a");
    int passes = 0;
    store.fake_tracks.matches = [&](const store::TrackRow& row, const store::TrackCriteria&) {
        passes += row.id == TrackId{1} ? 1 : 0;
        return true;
    };
    FilterCache cache(2);
    ListFilter rock;
    rock.criteria.genres = {"rock"};
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(cache.allowed_tracks(store, rock).listed()->size(), 1U);
    EXPECT_EQ(passes, 1);
    store.add_track(2, "b");
    ++store.changes;
    EXPECT_EQ(cache.allowed_tracks(store, rock).listed()->size(), 2U);
    EXPECT_EQ(passes, 2);
    // The one that was not used for longest goes.
    for (const char* genre : {"jazz", "rock", "folk", "rock"}) {
        ListFilter filter;
        filter.criteria.genres = {genre};
        cache.allowed_tracks(store, filter);
    }
    EXPECT_EQ(passes, 4);
    // Plays are not counted as changes; exceptions belong to one list.
    ListFilter played = rock;
    played.criteria.plays.from = 1;
    ListFilter others = rock;
    others.except = ids({1});
    for (int i = 0; i < 2; ++i) {
        cache.allowed_tracks(store, played);
        EXPECT_THAT(*cache.allowed_tracks(store, others).listed(), ElementsAre(TrackId{2}));
    }
    EXPECT_EQ(passes, 8);
}

Song song(std::uint64_t artist, std::uint64_t album, std::uint64_t signature, std::uint64_t work) {
    return {.artist = artist, .album = album, .signature = signature, .work = work, .duration_s = 100, .present = true};
}

TEST(ListRules, HoldAllAtOnce) {
    ListFilter filter;
    filter.max_songs_per_artist = 2;
    filter.max_songs_per_album = 1;
    ListRules rules(filter);
    EXPECT_TRUE(rules.offer({song(1, 1, 1, 1)}));
    EXPECT_FALSE(rules.may_take({song(1, 1, 2, 2)})) << "the album";
    EXPECT_FALSE(rules.may_take({song(2, 2, 1, 1)})) << "the song";
    EXPECT_TRUE(rules.offer({song(1, 2, 3, 1)})) << "a live recording";
    EXPECT_FALSE(rules.may_take({song(1, 3, 4, 4)})) << "the artist";
    EXPECT_TRUE(rules.may_take({song(2, 3, 4, 4)}));
    EXPECT_TRUE(rules.may_take({song(0, 0, 0, 0)})) << "what is not known is not the same";
}

TEST(ListRules, ASwitchMakesOneOfAllRecordings) {
    ListFilter filter;
    filter.keep_versions_apart = false;
    ListRules one(filter);
    EXPECT_TRUE(one.offer({song(1, 1, 1, 1)}));
    EXPECT_FALSE(one.may_take({song(1, 2, 3, 1)}));
    filter.one_version = false;
    ListRules all(filter);
    EXPECT_TRUE(all.offer({song(1, 1, 1, 1)}));
    EXPECT_TRUE(all.may_take({song(1, 1, 1, 1)}));
}

TEST(ListRules, ASeedCountsForNoCap) {
    constexpr std::array<float, 2> kEast = {1, 0};
    constexpr std::array<float, 2> kNorth = {0, 1};
    ListFilter filter;
    filter.max_songs_per_artist = 1;
    ListRules rules(filter);
    rules.shun({song(1, 1, 1, 1), kEast});
    EXPECT_FALSE(rules.may_take({song(2, 2, 1, 1), kNorth})) << "a version of the seed";
    EXPECT_FALSE(rules.may_take({song(2, 2, 2, 2), kEast})) << "sounds the same";
    EXPECT_TRUE(rules.offer({song(1, 2, 2, 2), kNorth}));
    EXPECT_FALSE(rules.may_take({song(1, 3, 3, 3)}));
}

std::vector<TrackId> many(std::int64_t count) {
    std::vector<TrackId> result;
    for (std::int64_t id = 1; id <= count; ++id)
        result.push_back(TrackId{id * 7});
    return result;
}

TEST(Vary, GivesTheNearestWithoutVariance) {
    EXPECT_EQ(variance_pool(10, 0), 10U);
    EXPECT_EQ(variance_pool(10, 1), 40U);
    EXPECT_EQ(variance_pool(10, 9), 40U);
    EXPECT_THAT(vary(many(100), 3, 0, 1), ElementsAre(0, 1, 2));
    EXPECT_THAT(vary(many(2), 3, 1, 1), ElementsAre(0, 1));
    EXPECT_THAT(vary(many(100), 0, 1, 1), IsEmpty());
}

TEST(Vary, OneSeedGivesOneList) {
    const auto tracks = many(1000);
    const auto list = vary(tracks, 20, 0.5, 3);
    EXPECT_EQ(list.size(), 20U);
    EXPECT_TRUE(std::ranges::is_sorted(list));
    EXPECT_LT(list.back(), variance_pool(20, 0.5));
    EXPECT_EQ(vary(tracks, 20, 0.5, 3), list);
    EXPECT_NE(vary(tracks, 20, 0.5, 4), list);
}

TEST(Vary, PrefersTheNearerOnes) {
    const auto tracks = many(40);
    int nearest = 0;
    int farthest = 0;
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        const auto list = vary(tracks, 10, 1, seed);
        nearest += static_cast<int>(std::ranges::count(list, 0U));
        farthest += static_cast<int>(std::ranges::count(list, 39U));
    }
    EXPECT_GT(nearest, 2 * farthest);
    EXPECT_GT(farthest, 100);
}

ListFilter filter_with(store::Store& store, std::string_view name, const std::string& value) {
    ListFilter filter;
    set_field(store, filter, name, value);
    return filter;
}

TEST(FilterFields, EachChangesTheFilter) {
    FakeStore store;
    store.add_track(4, "a");
    store.fake_playlists.rows = {{.id = PlaylistId{2}, .name = "list"}};
    store.fake_playlists.members[PlaylistId{2}] = ids({4, 8});
    for (const FilterField& field : filter_fields()) {
        if (field.name == "server") continue;  // below
        EXPECT_EQ(filter_with(store, field.name, " "), ListFilter{}) << field.name;
        const std::string value = field.name == "not_in_list"        ? "2"
                                  : field.name == "except"           ? "4"
                                  : field.name == "key"              ? "Am"
                                  : !field.choices.empty()           ? field.choices.front()
                                  : field.type == FieldType::boolean ? "false"
                                  : field.name == "favourite"        ? "true"
                                  : field.name.starts_with("energy") ? "0.5"
                                  : field.name == "variance"         ? "0.5"
                                                                     : "4";
        if (field.name == "keep_versions_apart" || field.name == "one_version" || field.name == "favourite" ||
            field.type != FieldType::boolean) {
            EXPECT_NE(filter_with(store, field.name, value), ListFilter{}) << field.name;
        }
        EXPECT_FALSE(field.help.empty());
    }
    EXPECT_EQ(filter_with(store, "not_in_list", "2").except, ids({4, 8}));
    EXPECT_EQ(filter_with(store, "except", "4, 99").except, ids({4}));
    EXPECT_EQ(filter_with(store, "except", "99").except, ids({}));
}

TEST(FilterFields, ReadsValues) {
    FakeStore store;
    EXPECT_THAT(filter_with(store, "genre", "rock, ,Drum & Bass ,a\\,b").criteria.genres,
                ElementsAre("rock", "Drum & Bass", "a,b"));
    EXPECT_EQ(filter_with(store, "tempo_from", "99.5").criteria.tempo.from, 99.5);
    EXPECT_EQ(filter_with(store, "vocal", "Instrumental").criteria.vocal, false);
    EXPECT_NEAR(*filter_with(store, "energy_to", "0.5").criteria.energy.to, 0.0316, 1e-4) << "-30 dB";
    EXPECT_FALSE(filter_with(store, "energy_from", "0").criteria.energy.from) << "everything";
    EXPECT_EQ(filter_with(store, "favourite", "true").criteria.favourite, true);
}

TEST(FilterFields, RefusesWhatItCannotUse) {
    FakeStore store;
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"year_from", "abc"},
                                                                                      {"year_from", "1.5"},
                                                                                      {"year_from", "-1"},
                                                                                      {"year_to", "10000"},
                                                                                      {"tempo_to", "nan"},
                                                                                      {"tempo_to", "1e999"},
                                                                                      {"variance", "1.1"},
                                                                                      {"favourite", "yes"},
                                                                                      {"vocal", "loud"},
                                                                                      {"key", "H"},
                                                                                      {"not_in_list", "7"},
                                                                                      {"rating_from", "6"}}) {
        try {
            filter_with(store, name, value);
            ADD_FAILURE() << name << " " << value;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
            EXPECT_THAT(error.what(), HasSubstr(name));
        }
    }
    EXPECT_THROW(filter_with(store, "unknown", "1"), Error);
    std::string names;
    for (int i = 0; i < 1001; ++i)
        names += "x" + std::to_string(i) + ",";
    EXPECT_THROW(filter_with(store, "genre", names), Error);
}

TEST(SetFields, TakesWhatJsonHas) {
    FakeStore store;
    const ListFilter before;
    const auto read = [&](std::string_view json) {
        ListFilter filter;
        set_fields(store, filter, json);
        return filter;
    };
    ListFilter wanted;
    wanted.criteria.genres = {"Rock, loud", "Jazz"};
    wanted.criteria.year.from = 1990;
    wanted.criteria.tempo.to = 120.5;
    wanted.criteria.favourite = true;
    wanted.variance = 1;
    EXPECT_EQ(
        read(R"({"genre":["Rock, loud","Jazz"],"year_from":1990,"tempo_to":120.5,"favourite":true,"variance":1})"),
        wanted);
    EXPECT_EQ(
        read(
            R"({"genre":"Rock\\, loud,Jazz","year_from":"1990","tempo_to":"120.5","favourite":"true","variance":"1"})"),
        wanted);
    EXPECT_EQ(read("null"), before);
    EXPECT_EQ(read(R"({"genre":null,"year_from":"","artist":[]})"), before);
    for (const char* wrong : {"", "[]", "7", "{", R"({"planet":1})", R"({"genre":{}})", R"({"year_from":"soon"})"})
        EXPECT_THROW(read(wrong), Error) << wrong;
}

TEST(DefaultFilter, IsWhatTheSettingsSay) {
    settings::Settings settings;
    settings.max_songs_per_artist = 7;
    settings.duplicate_distance = 0.5;
    settings.duplicate_lookback = 3;
    const ListFilter filter = default_filter(settings);
    EXPECT_EQ(filter.max_songs_per_artist, 7);
    EXPECT_EQ(filter.duplicate_distance, 0.5);
    EXPECT_EQ(filter.duplicate_lookback, 3);
    EXPECT_TRUE(filter.criteria.open());
}

TEST(ParseKey, UnderstandsTheCommonNames) {
    using store::MusicalKey;
    const MusicalKey a_minor{9, Scale::minor};
    for (const char* text : {"A minor", "Am", "a min", "8A", "8a"})
        EXPECT_EQ(parse_key(text), a_minor) << text;
    EXPECT_EQ(parse_key("C"), (MusicalKey{0, Scale::major}));
    EXPECT_EQ(parse_key("8B"), (MusicalKey{0, Scale::major}));
    EXPECT_EQ(parse_key("9B"), (MusicalKey{7, Scale::major}));
    EXPECT_EQ(parse_key("7A"), (MusicalKey{2, Scale::minor}));
    EXPECT_EQ(parse_key("1A"), (MusicalKey{8, Scale::minor}));
    EXPECT_EQ(parse_key("Bb major"), (MusicalKey{10, Scale::major}));
    EXPECT_EQ(parse_key("B"), (MusicalKey{11, Scale::major}));
    EXPECT_EQ(parse_key("Cb"), (MusicalKey{11, Scale::major}));
    EXPECT_EQ(parse_key("C#m"), (MusicalKey{1, Scale::minor}));
    for (const char* text : {"", "H", "A dorian", "0A", "13B", "8", "8C", "#"})
        EXPECT_FALSE(parse_key(text)) << text;
}

}  // namespace
}  // namespace audiomuse::features
