#include <gmock/gmock.h>

#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<float> moods(float vocal, float instrumental) {
    std::vector<float> moods(kMoodNames.size(), 0.01F);
    moods[13] = vocal;  // male vocalists
    moods[23] = instrumental;
    return moods;
}

TrackAnalysis sound(double tempo, double energy, int key = 0, Scale scale = Scale::major,
                    std::vector<float> moods = {}) {
    TrackAnalysis sound = analysis();
    sound.tempo_bpm = tempo;
    sound.energy = energy;
    sound.key = key;
    sound.scale = scale;
    sound.moods = std::move(moods);
    return sound;
}

TEST_P(StoreContract, CriteriaThatAskNothingMatchWhatIsPresent) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    const TrackId gone = add("gone");
    list({file("/music/a"), file("/music/b")});
    EXPECT_TRUE(TrackCriteria{}.open());
    EXPECT_THAT(store_->tracks().matching({}), ElementsAre(a, b));
    EXPECT_FALSE(store_->tracks().get(gone)->present);
}

TEST_P(StoreContract, CriteriaOfTags) {
    const auto add_with = [&](const std::string& title, int year, double length, std::vector<std::string> genres) {
        TrackTags with = tags(title);
        with.year = year;
        with.duration_s = length;
        with.genres = std::move(genres);
        return add("/music/" + title, with);
    };
    const TrackId a = add_with("a", 1969, 100, {"Rock", "Psychédélique"});
    const TrackId b = add_with("b", 1970, 200, {"Punk Rock"});
    const TrackId c = add_with("c", 1979, 300, {});
    const TrackId unknown = add_with("unknown", 0, 0, {"rock"});
    const auto matching = [&](const TrackCriteria& criteria) { return store_->tracks().matching(criteria); };
    EXPECT_THAT(matching({.year = {.from = 1970, .to = 1979}}), ElementsAre(b, c));
    EXPECT_THAT(matching({.year = {.to = 1970}}), ElementsAre(a, b)) << "an unknown year is in no range";
    EXPECT_THAT(matching({.length_s = {.from = 200}}), ElementsAre(b, c));
    EXPECT_THAT(matching({.length_s = {.to = 200}}), ElementsAre(a, b));
    EXPECT_THAT(matching({.genres = {"ROCK"}}), ElementsAre(a, unknown)) << "whole names";
    EXPECT_THAT(matching({.genres = {"rock", "punk-rock"}}), ElementsAre(a, b, unknown));
    EXPECT_THAT(matching({.genres_not = {"rock"}}), ElementsAre(b, c));
    EXPECT_THAT(matching({.genres = {"rock"}, .genres_not = {"psychedelique"}}), ElementsAre(unknown));
    EXPECT_THAT(matching({.genres = {"rock"}, .year = {.from = 1900}}), ElementsAre(a)) << "all must hold";
    EXPECT_THAT(matching({.genres = {"jazz"}}), IsEmpty());
}

TEST_P(StoreContract, CriteriaOfArtists) {
    const auto add_by = [&](const std::string& title, std::vector<std::string> artists,
                            const std::string& album_artist) {
        TrackTags by = tags(title, "");
        by.artists = std::move(artists);
        by.album_artist = album_artist;
        return add("/music/" + title, by);
    };
    const TrackId a = add_by("a", {"Björk"}, "");
    const TrackId b = add_by("b", {"Somebody", "Björk"}, "");
    const TrackId c = add_by("c", {"Tricky feat. Björk"}, "");
    const TrackId d = add_by("d", {}, "Björk");
    const TrackId e = add_by("e", {"Björkestra"}, "Björk");
    const TrackId f = add_by("f", {}, "");
    const TrackId g = add_by("g", {"Lift (feat. A & B)"}, "");
    const auto matching = [&](const TrackCriteria& criteria) { return store_->tracks().matching(criteria); };
    EXPECT_THAT(matching({.artists = {"bjork"}}), ElementsAre(a, b, c, d));
    EXPECT_THAT(matching({.artists_not = {"Björk"}}), ElementsAre(e, f, g));
    EXPECT_THAT(matching({.artists = {"tricky"}}), ElementsAre(c));
    EXPECT_THAT(matching({.artists = {"Tricky feat. Björk"}}), ElementsAre(c));
    EXPECT_THAT(matching({.artists = {"Björk", "Lift"}, .artists_not = {"Somebody"}}), ElementsAre(a, c, d, g));
    EXPECT_THAT(matching({.artists = {"feat"}}), IsEmpty());
}

TEST_P(StoreContract, CriteriaOfPlaces) {
    const TrackId a = add("/music/Jazz/Live/a.flac", tags("a"));
    const TrackId b = add("/music/Jazzy/b.flac", tags("b"));
    const TrackId c = add("/more/Live/Jazz/c.flac", tags("c"));
    const ServerId home = add_server();
    const ListedItem item{.item_id = "x",
                          .album_id = "",
                          .path = "Jazz/x.mp3",
                          .local_path = "",
                          .stamp = {},
                          .tags = tags("x", "Other")};
    list(home, {&item, 1});
    const TrackId x = track_of("x");
    const auto matching = [&](const TrackCriteria& criteria) { return store_->tracks().matching(criteria); };
    EXPECT_THAT(matching({.folder = "/music/Jazz"}), ElementsAre(a));
    EXPECT_THAT(matching({.folder = "/music/"}), ElementsAre(a, b));
    EXPECT_THAT(matching({.folder = "/"}), ElementsAre(a, b, c));
    EXPECT_THAT(matching({.folder = "Jazz"}), ElementsAre(a, c, x));
    EXPECT_THAT(matching({.folder = "Jazz/Live"}), ElementsAre(a));
    EXPECT_THAT(matching({.folder = "azz"}), IsEmpty());
    EXPECT_THAT(matching({.server = home}), ElementsAre(x));
    EXPECT_THAT(matching({.server = server_}), ElementsAre(a, b, c));
    EXPECT_THAT(matching({.server = ServerId{99}}), IsEmpty());
}

TEST_P(StoreContract, CriteriaOfSound) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    const TrackId c = add("c");
    const TrackId unheard = add("unheard");
    save(a, sound(80, 0.05, 9, Scale::minor, moods(0.6F, 0.1F)));
    save(b, sound(120, 0.10, 9, Scale::major, moods(0.1F, 0.6F)));
    save(c, sound(0, 0.20));
    const auto matching = [&](const TrackCriteria& criteria) { return store_->tracks().matching(criteria); };
    EXPECT_THAT(matching({.tempo = {.from = 80, .to = 119.9}}), ElementsAre(a));
    EXPECT_THAT(matching({.tempo = {.to = 200}}), ElementsAre(a, b)) << "no pulse is in no range";
    EXPECT_THAT(matching({.key = MusicalKey{9, Scale::minor}}), ElementsAre(a));
    EXPECT_THAT(matching({.key = MusicalKey{9, Scale::major}}), ElementsAre(b));
    EXPECT_THAT(matching({.vocal = true}), ElementsAre(a));
    EXPECT_THAT(matching({.vocal = false}), ElementsAre(b)) << "without tags nobody knows";
    EXPECT_THAT(matching({.energy = {.from = 0.1}}), ElementsAre(b, c));
    EXPECT_THAT(matching({.energy = {.to = 0.1}}), ElementsAre(a, b));
    EXPECT_THAT(matching({}), ElementsAre(a, b, c, unheard));
}

TEST_P(StoreContract, CriteriaOfListening) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    const TrackId c = add("c");
    History& history = store_->history();
    const Listener anna{{}, "anna"};
    history.add_play({}, a, 1);
    history.add_play(anna, a, 2);
    history.set_rating(anna, a, 3);
    history.set_rating({}, a, 1);
    history.set_favourite(anna, b, true);
    const auto matching = [&](const TrackCriteria& criteria) { return store_->tracks().matching(criteria); };
    EXPECT_THAT(matching({.plays = {.from = 2}}), ElementsAre(a)) << "of both";
    EXPECT_THAT(matching({.plays = {.to = 0}}), ElementsAre(b, c));
    EXPECT_THAT(matching({.rating_from = 3}), ElementsAre(a));
    EXPECT_THAT(matching({.rating_from = 4}), IsEmpty());
    EXPECT_THAT(matching({.favourite = true}), ElementsAre(b));
    EXPECT_THAT(matching({.favourite = false}), ElementsAre(a, c));
}

TEST(SoundsVocal, ComparesTheTags) {
    EXPECT_EQ(sounds_vocal(moods(0.3F, 0.2F)), true);
    EXPECT_EQ(sounds_vocal(moods(0.2F, 0.3F)), false);
    EXPECT_EQ(sounds_vocal({}), std::nullopt);
}

}  // namespace
}  // namespace audiomuse::store
