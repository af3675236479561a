#include <gmock/gmock.h>

#include <chrono>
#include <cstdio>

#include "audiomuse/base/random.h"
#include "audiomuse/base/text.h"
#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST_P(StoreContract, SearchIsBlindToCaseAccentsAndMarks) {
    add_track("Svefn-g-englar", "Sigur Rós");
    add_track("Don’t Stop Me Now", "Queen");
    add_track("Back in Black", "AC/DC");
    add_track("Ёлка", "Хор");
    add_track("Losing My Religion", "R.E.M.");
    EXPECT_THAT(find("sigur ros"), ElementsAre("Svefn-g-englar"));
    EXPECT_THAT(find("  RÓS   sígur "), ElementsAre("Svefn-g-englar"));
    EXPECT_THAT(find("svefn-g"), ElementsAre("Svefn-g-englar"));
    EXPECT_THAT(find("don't stop"), ElementsAre("Don’t Stop Me Now"));
    EXPECT_THAT(find("dont"), ElementsAre("Don’t Stop Me Now"));
    EXPECT_THAT(find("ac/dc"), ElementsAre("Back in Black"));
    EXPECT_THAT(find("ac dc"), ElementsAre("Back in Black"));
    EXPECT_THAT(find("елка"), ElementsAre("Ёлка"));
    EXPECT_THAT(find("rem"), ElementsAre("Losing My Religion"));
    EXPECT_THAT(find("r.e.m."), ElementsAre("Losing My Religion"));
    EXPECT_THAT(find("nothing like it"), IsEmpty());
}

TEST_P(StoreContract, SearchFindsPartsOfWordsAndShortWords) {
    add_track("千と千尋の神隠し", "久石譲");
    add_track("One", "U2");
    add_track("Take On Me", "a-ha");
    EXPECT_THAT(find("尋"), ElementsAre("千と千尋の神隠し"));
    EXPECT_THAT(find("久石"), ElementsAre("千と千尋の神隠し"));
    EXPECT_THAT(find("千尋の神"), ElementsAre("千と千尋の神隠し"));
    EXPECT_THAT(find("u2"), ElementsAre("One"));
    EXPECT_THAT(find("a-ha"), ElementsAre("Take On Me"));
    EXPECT_THAT(find("ake"), ElementsAre("Take On Me"));
    EXPECT_THAT(find("u2 one"), ElementsAre("One"));
    EXPECT_THAT(find("on"), UnorderedElementsAre("One", "Take On Me"));
    add_track("Moonlight", "Someone");
    add_track("第2歌", "ポルノグラフィティ");
    EXPECT_THAT(find("on"), UnorderedElementsAre("One", "Take On Me")) << "two letters begin a word";
    EXPECT_THAT(find("oon"), ElementsAre("Moonlight"));
    EXPECT_THAT(find("2"), ElementsAre("第2歌"));
    EXPECT_THAT(find("第2"), ElementsAre("第2歌"));
    EXPECT_THAT(find("グラフ"), ElementsAre("第2歌"));
    EXPECT_THAT(find("ク"), ElementsAre("第2歌")) << "blind to marks";
    EXPECT_THAT(find("石久"), IsEmpty());
    EXPECT_THAT(find_by_title_artist("尋の神", "石譲"), ElementsAre("千と千尋の神隠し"));
    EXPECT_TRUE(store_->tracks().by_name("千尋", "久石"));
}

TEST_P(StoreContract, SearchFindsLyricsByTheirWords) {
    const auto add_lyrics = [&](const char* title, const char* lyrics) {
        TrackTags with = tags(title, "Somebody");
        with.lyrics = lyrics;
        return add(title, with);
    };
    add_lyrics("River", "Down by the river\nI'd wait for the Rain,\növer and over");
    const TrackId rain = add_lyrics("Rain", "The rain for nobody, wait");
    add_lyrics("Sukiyaki", "上を向いて歩こう\n涙がこぼれないように");
    add_lyrics("Marks", "!!! ... 'Don\xE2\x80\x99t'");
    const auto found = [&](const std::string& text, std::int64_t limit = 50) {
        std::vector<std::string> all;
        for (const LyricsHit& hit : store_->tracks().search_lyrics(text, limit))
            all.push_back(hit.track.tags.title + ": " + hit.line);
        return all;
    };
    EXPECT_THAT(found("wait for the rain"),
                ElementsAre("River: I'd wait for the Rain,", "Rain: The rain for nobody, wait"));
    EXPECT_THAT(found("FOR THE RÁIN wait", 1), ElementsAre("River: I'd wait for the Rain,"));
    EXPECT_THAT(found("over"), ElementsAre("River: över and over"));
    EXPECT_THAT(found("down the river"), ElementsAre("River: Down by the river"));
    EXPECT_THAT(found("down riv"), IsEmpty());
    EXPECT_THAT(found("涙"), ElementsAre("Sukiyaki: 涙がこぼれないように"));
    EXPECT_THAT(found("歩こう"), ElementsAre("Sukiyaki: 上を向いて歩こう"));
    EXPECT_THAT(found("dont"), ElementsAre("Marks: !!! ... 'Don\xE2\x80\x99t'"));
    for (const char* nothing : {"", "  ", "!!!", "' OR '1", "\"", "\\", "river AND NEAR"})
        EXPECT_THAT(found(nothing), IsEmpty()) << nothing;
    EXPECT_THAT(found(std::string(1'000'000, 'x')), IsEmpty());
    EXPECT_THAT(found("rain & | : *"), SizeIs(2));
    EXPECT_THAT(found("rain", 0), IsEmpty());
    EXPECT_EQ(store_->tracks().search_lyrics("rain", 50, [&](TrackId id) { return id == rain; }).size(), 1U);

    store_->tracks().set_lyrics(rain, "Snow");
    EXPECT_THAT(found("nobody"), IsEmpty());
    EXPECT_THAT(found("snow"), ElementsAre("Rain: Snow"));
    store_->tracks().set_lyrics(rain, "");
    EXPECT_THAT(found("snow"), IsEmpty());
    list({});  // nothing is there any more
    EXPECT_THAT(found("river"), IsEmpty());
}

TEST_P(StoreContract, SearchEveryWordMustOccurSomewhere) {
    add_track("Yesterday", "The Beatles", "Help!", {"Pop", "Sixties Beat"});
    add_track("Yesterday Once More", "Carpenters", "Now & Then", {"Pop"});
    EXPECT_THAT(find("yesterday beatles"), ElementsAre("Yesterday"));
    EXPECT_THAT(find("help pop"), ElementsAre("Yesterday"));
    EXPECT_THAT(find("sixties"), ElementsAre("Yesterday"));
    EXPECT_THAT(find("beatles once"), IsEmpty());
    EXPECT_THAT(find("yesterday"), ElementsAre("Yesterday", "Yesterday Once More"));
    // Words do not reach over the borders of fields: "day the" is nowhere one text, its words are.
    EXPECT_THAT(find_by_title_artist("day the", ""), IsEmpty());
}

TEST_P(StoreContract, SearchSpecialCharactersAreJustText) {
    add_track("100% \"Pure\" Love_", "Crystal");
    add_track("1000 Years", "Somebody");
    add_track("!!!", "*** OR ***");
    add_track("a\\b", "x");
    EXPECT_THAT(find("100%"), UnorderedElementsAre("100% \"Pure\" Love_", "1000 Years"));
    EXPECT_THAT(find("0%0"), IsEmpty());
    EXPECT_THAT(find("\"pure\""), ElementsAre("100% \"Pure\" Love_"));
    EXPECT_THAT(find("!!!"), ElementsAre("!!!"));
    EXPECT_THAT(find("!!"), ElementsAre("!!!"));
    EXPECT_THAT(find("%%%"), IsEmpty());
    EXPECT_THAT(find("__"), IsEmpty());
    EXPECT_THAT(find("\\"), IsEmpty());
    EXPECT_THAT(find("pure AND love"), IsEmpty());
    EXPECT_THAT(find("title:pure"), IsEmpty());
    EXPECT_THAT(find("NEAR(pure love)"), IsEmpty());
    EXPECT_THAT(find("'; DROP TABLE tracks; --"), IsEmpty());
    EXPECT_THAT(find(std::string("pu\0re\xFF", 6)), IsEmpty());
    EXPECT_THAT(find_by_title_artist("%", ""), IsEmpty());
    EXPECT_THAT(find_by_title_artist("\"pure\"", "crystal"), ElementsAre("100% \"Pure\" Love_"));
    EXPECT_EQ(store_->tracks().counts().tracks, 4);
}

TEST_P(StoreContract, SearchLongTextsAreHandled) {
    add_track("Word", "Somebody");
    std::string many;
    for (int i = 0; i < 5000; ++i)
        many += "word" + std::to_string(i) + " ";
    EXPECT_THAT(find(many), IsEmpty());
    EXPECT_THAT(find(std::string(100'000, 'x')), IsEmpty());
    EXPECT_THAT(find_by_title_artist(std::string(100'000, 'x'), ""), IsEmpty());
    EXPECT_FALSE(store_->tracks().by_name(std::string(100'000, 'x'), ""));
    EXPECT_THAT(find("word word WORD word word"), ElementsAre("Word"));
}

TEST_P(StoreContract, SearchRelevancePutsTitlesFirstThenArtists) {
    add_track("Afterglow", "Phase", "The Light Album");
    add_track("Starlight", "Muse");
    add_track("Song", "Light Asylum");
    add_track("City of Light", "A");
    add_track("Light", "B");
    EXPECT_THAT(find("light"), ElementsAre("Light", "City of Light", "Song", "Afterglow", "Starlight"));
    EXPECT_THAT(find("light", TrackOrder::title),
                ElementsAre("Afterglow", "City of Light", "Light", "Song", "Starlight"));
    EXPECT_THAT(find("light", TrackOrder::newest),
                ElementsAre("Light", "City of Light", "Song", "Starlight", "Afterglow"));
    EXPECT_THAT(find("light", TrackOrder::artist_album),
                ElementsAre("City of Light", "Light", "Song", "Starlight", "Afterglow"));
}

TEST_P(StoreContract, SearchWithoutTextEverythingIsListed) {
    TrackTags second = tags("second", "Band", "Album");
    second.track_number = 2;
    TrackTags first = tags("first", "Band", "Album");
    first.track_number = 1;
    TrackTags disc = tags("disc two", "Band", "Album");
    disc.disc_number = 2;
    disc.track_number = 1;
    add("/1", second);
    add("/2", disc);
    add("/3", first);
    add("/4", tags("zebra", "ärzte"));
    EXPECT_THAT(find(""), ElementsAre("zebra", "first", "second", "disc two"));
    EXPECT_THAT(find("  \t", TrackOrder::artist_album), ElementsAre("zebra", "first", "second", "disc two"));
    EXPECT_THAT(find("", TrackOrder::title), ElementsAre("disc two", "first", "second", "zebra"));
    EXPECT_THAT(find("", TrackOrder::newest), ElementsAre("zebra", "first", "disc two", "second"));
}

TEST_P(StoreContract, SearchPagesMeetWithoutGapOrOverlap) {
    for (int i = 0; i < 25; ++i)
        add_track("same title", "same artist");
    for (const std::string text : {"", "same", "sa"}) {
        for (const TrackOrder order :
             {TrackOrder::relevance, TrackOrder::title, TrackOrder::artist_album, TrackOrder::newest}) {
            std::set<std::int64_t> seen;
            for (std::int64_t offset = 0; offset < 30; offset += 10) {
                const TrackPage page =
                    store_->tracks().search({.text = text, .order = order, .offset = offset, .limit = 10});
                EXPECT_EQ(page.total, 25);
                for (const TrackRow& row : page.rows)
                    seen.insert(row.id.value);
            }
            EXPECT_THAT(seen, SizeIs(25));
        }
    }
    EXPECT_THAT(store_->tracks().search({.offset = 25}).rows, IsEmpty());
    EXPECT_THAT(store_->tracks().search({.limit = 0}).rows, IsEmpty());
    EXPECT_EQ(store_->tracks().search({.limit = 0}).total, 25);
    EXPECT_THAT(store_->tracks().search({.offset = -5, .limit = -1}).rows, IsEmpty());
}

TEST_P(StoreContract, SearchPagesThroughWhatIsAllowed) {
    std::set<std::int64_t> even;
    for (int i = 0; i < 25; ++i) {
        const std::int64_t id = add("/music/" + std::to_string(i), tags("same title", "same artist")).value;
        if (id % 2 == 0) even.insert(id);
    }
    const auto allowed = [](TrackId id) { return id.value % 2 == 0; };
    for (const std::string text : {"", "same", "sa"}) {
        for (const TrackOrder order :
             {TrackOrder::relevance, TrackOrder::title, TrackOrder::artist_album, TrackOrder::newest}) {
            std::vector<std::int64_t> seen;
            std::vector<std::int64_t> all;
            for (const TrackRow& row :
                 store_->tracks().search({.text = text, .order = order, .limit = 25, .allowed = {}}).rows) {
                if (allowed(row.id)) all.push_back(row.id.value);
            }
            for (std::int64_t offset = 0; offset < 20; offset += 5) {
                const TrackPage page = store_->tracks().search(
                    {.text = text, .order = order, .offset = offset, .limit = 5, .allowed = allowed});
                EXPECT_EQ(page.total, std::ssize(even));
                for (const TrackRow& row : page.rows)
                    seen.push_back(row.id.value);
            }
            EXPECT_EQ(seen, all) << text;
            EXPECT_EQ(std::set(seen.begin(), seen.end()), even);
        }
    }
    EXPECT_EQ(store_->tracks().search({.limit = 0, .allowed = allowed}).total, std::ssize(even));
    EXPECT_THAT(store_->tracks().search({.offset = -5, .limit = -1, .allowed = allowed}).rows, IsEmpty());
    EXPECT_EQ(store_->tracks().search({.filter = TrackFilter::analysed, .allowed = allowed}).total, 0);
}

TEST_P(StoreContract, SearchFiltersByTheStateOfTheAnalysis) {
    const TrackId done = add("/done", tags("song done"));
    const TrackId failed = add("/failed", tags("song failed"));
    const TrackId changed = add("/changed", tags("song changed"));
    add("/new", tags("song new"));
    save(done, analysis());
    save_failure(failed);
    save(changed, analysis());
    put(file("/changed", 2), tags("song changed"), "other audio");
    for (const std::string text : {"", "song", "so"}) {
        const auto found = [&](TrackFilter filter) {
            const TrackPage page = store_->tracks().search({.text = text, .filter = filter});
            EXPECT_EQ(page.total, static_cast<std::int64_t>(page.rows.size()));
            return titles(page.rows);
        };
        EXPECT_THAT(found(TrackFilter::all), SizeIs(4));
        EXPECT_THAT(found(TrackFilter::analysed), ElementsAre("song done"));
        EXPECT_THAT(found(TrackFilter::failed), ElementsAre("song failed"));
        EXPECT_THAT(found(TrackFilter::pending), UnorderedElementsAre("song changed", "song new"));
    }
}

TEST_P(StoreContract, SearchFollowsChangesOfTagsAndPresence) {
    put(file("/a"), tags("Before", "Artist"), "audio");
    put(file("/a", 2), tags("After", "Artist"), "audio");
    EXPECT_THAT(find("before"), IsEmpty());
    EXPECT_THAT(find("be"), IsEmpty());
    EXPECT_THAT(find("after"), ElementsAre("After"));
    list({});
    EXPECT_THAT(find("after"), IsEmpty());
    EXPECT_THAT(find("af"), IsEmpty());
    EXPECT_THAT(find(""), IsEmpty());
    EXPECT_THAT(find_by_title_artist("after", ""), IsEmpty());
    EXPECT_FALSE(store_->tracks().by_name("After", "Artist"));
    list({file("/a", 2)});
    EXPECT_THAT(find("after"), ElementsAre("After"));
}

TEST_P(StoreContract, SearchTitleAndArtistAsAudioMuseAiSearchesThem) {
    add_track("Northbound", "The Paper Kites");
    add_track("Bloom", "The Paper Kites");
    add_track("Paper Planes", "M.I.A.");
    add_track("Élan", "Nightwish");
    EXPECT_THAT(find_by_title_artist("paper", ""), ElementsAre("Paper Planes", "Bloom", "Northbound"));
    EXPECT_THAT(find_by_title_artist("", "paper"), ElementsAre("Bloom", "Northbound"));
    EXPECT_THAT(find_by_title_artist("north", "paper kites"), ElementsAre("Northbound"));
    EXPECT_THAT(find_by_title_artist("paper", "paper"), IsEmpty());
    EXPECT_THAT(find_by_title_artist("per pl", ""), ElementsAre("Paper Planes"));  // a substring may hold blanks
    EXPECT_THAT(find_by_title_artist("elan", "NIGHT"), ElementsAre("Élan"));
    EXPECT_THAT(find_by_title_artist("bl", "pa"), ElementsAre("Bloom"));
    EXPECT_THAT(find_by_title_artist("", ""), IsEmpty());
    EXPECT_THAT(find_by_title_artist("paper", "", 1), SizeIs(1));
}

TEST_P(StoreContract, SearchFindsATrackByName) {
    add_track("Halo (Live)", "Beyoncé");
    add_track("Halo", "Beyoncé");
    add_track("Halo", "Depeche Mode");
    const auto name = [&](const std::string& title, const std::string& artist) {
        const auto track = store_->tracks().by_name(title, artist);
        return track ? track->tags.title + " by " + track->author : "nothing";
    };
    EXPECT_EQ(name("HALO", "beyonce"), "Halo by Beyoncé");
    EXPECT_EQ(name("halo", "depeche mode"), "Halo by Depeche Mode");
    EXPECT_EQ(name("halo live", "Beyonce"), "Halo (Live) by Beyoncé");
    EXPECT_EQ(name("hal", "depeche"), "Halo by Depeche Mode");
    EXPECT_EQ(name("halo", ""), "Halo by Beyoncé");
    EXPECT_EQ(name("halo", "nobody"), "nothing");
    EXPECT_EQ(name("", "Beyonce"), "nothing");
}

// Search is measured, not bounded: the figures (processor time, which other programs do not disturb) are for people;
// the results are compared with a plain scan.
TEST_P(StoreContract, SearchOfALargeLibrary) {
    const int many_tracks = GetParam().many_tracks;
    const std::vector<std::string> words = {"Night",  "Löve",  "the",    "Ocean",  "Blue",   "of",    "Fire",
                                            "Über",   "moon",  "Street", "Winter", "Café",   "road",  "a",
                                            "Dreams", "Sol",   "Étude",  "River",  "dance",  "Stone", "Broken",
                                            "heart",  "light", "in",     "愛",     "Москва", "gold"};
    Random random(7);
    const auto phrase = [&](int most) {
        std::string text;
        for (std::int64_t i = random.integer(1, most); i > 0; --i) {
            // Half of the words are rare: a common one with a number behind it.
            text += words[static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(words.size()) - 1))];
            if (random.uniform() < 0.5) text += std::to_string(random.integer(1, 400));
            if (i > 1) text += ' ';
        }
        return text;
    };
    std::vector<std::string> artists(4000);
    for (std::string& artist : artists)
        artist = phrase(3);
    std::vector<std::string> albums(9000);
    for (std::string& album : albums)
        album = phrase(3);
    const auto pick = [&](const std::vector<std::string>& from) {
        return from[static_cast<std::size_t>(random.integer(0, static_cast<std::int64_t>(from.size()) - 1))];
    };
    std::vector<Tracks::PutItem> items;
    for (int i = 0; i < many_tracks; ++i) {
        const std::string path = "/music/" + std::to_string(i);
        items.push_back({file(path), path, tags(phrase(4), pick(artists), pick(albums))});
    }
    const auto seconds = [](auto work) {
        const auto begin = std::chrono::steady_clock::now();
        work();
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    };
    const double put_s = seconds([&] { store_->tracks().put(server_, items); });
    std::printf("%d tracks stored in %.1f s\n", many_tracks, put_s);

    std::vector<std::string> texts;  // folded, for the plain scan
    for (const Tracks::PutItem& item : items) {
        texts.push_back(fold(item.tags.title) + "\n " + fold(item.tags.artists.front()) + "\n " +
                        fold(item.tags.album));
    }
    const auto expected = [&](const std::string& query) {
        const std::vector<std::string> parts = split(fold(query), ' ');
        return std::ranges::count_if(texts, [&](const std::string& text) {
            return std::ranges::all_of(parts, [&](const std::string& part) {
                const bool short_word = part.size() <= 2;
                return (short_word ? " " + text : text).find(short_word ? " " + part : part) != std::string::npos;
            });
        });
    };
    for (const std::string query :
         {"moon", "moon17", "ocean blue", "the", "a", "愛", "of th", "москва12", "cafe etude love", "x9"}) {
        TrackPage page;
        double best = 1e9;
        for (int i = 0; i < 3; ++i)
            best = std::min(best, seconds([&] { page = store_->tracks().search({.text = query}); }));
        std::printf("search \"%s\": %lld of %d in %.1f ms\n", query.c_str(), static_cast<long long>(page.total),
                    many_tracks, best * 1000);
        EXPECT_EQ(page.total, expected(query)) << query;
        EXPECT_THAT(page.rows, SizeIs(std::min<std::int64_t>(page.total, 50)));
    }
    for (const std::int64_t offset : {0, many_tracks / 2, many_tracks - 50}) {
        TrackPage page;
        const double time =
            seconds([&] { page = store_->tracks().search({.order = TrackOrder::artist_album, .offset = offset}); });
        std::printf("list from %lld in %.1f ms\n", static_cast<long long>(offset), time * 1000);
        EXPECT_EQ(page.total, many_tracks);
        EXPECT_THAT(page.rows, SizeIs(50));
    }
    std::printf("search by title and artist in %.1f ms\n",
                1000 * seconds([&] { find_by_title_artist("moon", "ocean"); }));
    std::printf("counts in %.1f ms\n",
                1000 * seconds([&] { EXPECT_EQ(store_->tracks().counts().tracks, many_tracks); }));
    std::vector<SeenFile> files;
    for (const Tracks::PutItem& item : items)
        files.push_back(item.file);
    std::printf("unchanged listing in %.1f s\n", seconds([&] { EXPECT_THAT(list(files), IsEmpty()); }));
}

}  // namespace
}  // namespace audiomuse::store
