#include <gmock/gmock.h>

#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

MATCHER_P(HasPath, path, "") {
    return arg.path == path;
}

TrackTags full_tags() {
    return {.title = "Svefn-g-englar",
            .artists = {"Sigur Rós", "Amiina"},
            .album = "Ágætis byrjun",
            .album_artist = "Sigur Rós",
            .track_number = 2,
            .disc_number = 1,
            .year = 1999,
            .genres = {"Post-Rock", "Ambient"},
            .lyrics = "É-e-hé\nline two",
            .musicbrainz_recording_id = "rec",
            .musicbrainz_album_id = "alb",
            .musicbrainz_artist_ids = {"a1", "a2"},
            .duration_s = 604.25,
            .has_cover = true};
}

TEST_P(StoreContract, KeepsAWholeTrack) {
    const TrackTags given = full_tags();
    const PutResult result = put({"/m/a.flac", {123, 456}}, given);
    EXPECT_EQ(result.outcome, PutOutcome::created);
    reopen();
    const auto track = store_->tracks().get(result.id);
    ASSERT_TRUE(track);
    EXPECT_EQ(track->id, result.id);
    EXPECT_EQ(track->item_id, std::to_string(result.id.value));
    EXPECT_EQ(track->path, "/m/a.flac");
    EXPECT_EQ(track->stamp, (FileStamp{123, 456}));
    EXPECT_TRUE(track->present);
    EXPECT_EQ(track->author, "Sigur Rós, Amiina");
    EXPECT_GT(track->added_at, 1e9);
    TrackTags expected = given;
    expected.lyrics.clear();
    EXPECT_EQ(track->tags, expected);
    EXPECT_EQ(store_->tracks().lyrics(result.id), given.lyrics);
}

TEST_P(StoreContract, FindsTracksByIdItemIdAndPath) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    Tracks& tracks = store_->tracks();
    EXPECT_THAT(tracks.get(std::vector{b, TrackId{999}, a, b}), ElementsAre(HasId(b), HasId(a), HasId(b)));
    EXPECT_FALSE(tracks.get(TrackId{999}));
    EXPECT_EQ(tracks.by_item_id(std::to_string(a.value))->id, a);
    for (const std::string wrong : {"", "0", "999", "-1", "+1", "01", "1x", " 1", "99999999999999999999"}) {
        EXPECT_FALSE(tracks.by_item_id(wrong)) << wrong;
    }
    EXPECT_EQ(tracks.by_path("/music/b")->id, b);
    EXPECT_FALSE(tracks.by_path("/music/c"));
    EXPECT_EQ(tracks.lyrics(a), "");
}

TEST_P(StoreContract, PathsAreBytes) {
    const std::string path = "/m/caf\xE9 \xFF'\"%_\n.mp3";
    const PutResult result = put(file(path), tags("t"));
    EXPECT_EQ(store_->tracks().get(result.id)->path, path);
    EXPECT_EQ(store_->tracks().by_path(path)->id, result.id);
    EXPECT_THAT(list({file(path)}), IsEmpty());
    EXPECT_EQ(put(file(path, 2), tags("t")).outcome, PutOutcome::updated);
}

TEST_P(StoreContract, BadTextInTagsIsMadeValid) {
    TrackTags bad = tags(std::string("a\0b\xFF", 4), "x\x1fy\xC3", "al\xFEum");
    bad.genres = {"g\x1fh", "\xFF"};
    const auto track = store_->tracks().get(add("/m/bad.mp3", bad));
    EXPECT_EQ(track->tags.title, "ab\uFFFD");
    EXPECT_EQ(track->tags.artists, std::vector<std::string>{"x\x1fy\uFFFD"});
    EXPECT_EQ(track->tags.album, "al\uFFFDum");
    EXPECT_EQ(track->tags.genres, (std::vector<std::string>{"g h", "\uFFFD"}));
}

TEST_P(StoreContract, TheLocalServerIsMadeOnce) {
    EXPECT_TRUE(server_);
    EXPECT_EQ(store_->tracks().local_server(), server_);
    reopen();
    EXPECT_EQ(store_->tracks().local_server(), server_);
    EXPECT_EQ(error_of([&] { store_->tracks().begin_listing(ServerId{77}); }).code(), ErrorCode::not_found);
    const Tracks::PutItem item{file("/a"), "s", {}};
    EXPECT_EQ(error_of([&] { store_->tracks().put(ServerId{77}, {&item, 1}); }).code(), ErrorCode::not_found);
}

TEST_P(StoreContract, AListingReturnsNewAndChangedFiles) {
    EXPECT_THAT(list({file("/a"), file("/b")}), ElementsAre(HasPath("/a"), HasPath("/b")));
    put(file("/a"), tags("a"));
    put(file("/b"), tags("b"));
    EXPECT_THAT(list({file("/a"), file("/b")}), IsEmpty());
    EXPECT_THAT(list({file("/a"), file("/b", 2), file("/c")}), ElementsAre(HasPath("/b"), HasPath("/c")));
}

TEST_P(StoreContract, ACompleteListingTellsWhatIsGone) {
    const TrackId a = add("/a", tags("a"));
    const TrackId b = add("/b", tags("unique"));
    Tracks& tracks = store_->tracks();
    std::int64_t listing = tracks.begin_listing(server_);
    tracks.mark_seen(server_, listing, std::vector{file("/a")});
    EXPECT_TRUE(tracks.get(b)->present);  // nothing is lost while the listing goes on
    EXPECT_EQ(tracks.finish_listing(server_, listing), 1);
    EXPECT_TRUE(tracks.get(a)->present);
    EXPECT_FALSE(tracks.get(b)->present);
    EXPECT_EQ(tracks.get(b)->path, "/b");
    EXPECT_EQ(tracks.counts().tracks, 1);

    listing = tracks.begin_listing(server_);
    tracks.mark_seen(server_, listing, std::vector{file("/a"), file("/b")});
    EXPECT_EQ(tracks.finish_listing(server_, listing), 0);
    EXPECT_TRUE(tracks.get(b)->present);  // back, unchanged
    EXPECT_EQ(tracks.search({.text = "unique"}).total, 1);
}

TEST_P(StoreContract, AnIncompleteListingLosesNothing) {
    const TrackId a = add("/a", tags("a"));
    const TrackId b = add("/b", tags("b"));
    Tracks& tracks = store_->tracks();
    const std::int64_t broken = tracks.begin_listing(server_);
    tracks.mark_seen(server_, broken, std::vector{file("/a")});
    reopen();  // the listing was never finished
    EXPECT_TRUE(store_->tracks().get(a)->present);
    EXPECT_TRUE(store_->tracks().get(b)->present);
    EXPECT_THAT(list({file("/a"), file("/b")}), IsEmpty());
    EXPECT_TRUE(store_->tracks().get(b)->present);
}

TEST_P(StoreContract, AChangedFileThatIsNotReadStaysPresent) {
    const TrackId a = add("/a", tags("a"));
    EXPECT_THAT(list({file("/a", 2)}), ElementsAre(HasPath("/a")));
    EXPECT_TRUE(store_->tracks().get(a)->present);
    EXPECT_EQ(store_->tracks().get(a)->stamp, file("/a").stamp);
    EXPECT_THAT(list({file("/a", 2)}), ElementsAre(HasPath("/a")));  // and is asked for again
}

TEST_P(StoreContract, FilesStoredDuringAListingAreNotGone) {
    Tracks& tracks = store_->tracks();
    const std::int64_t listing = tracks.begin_listing(server_);
    tracks.mark_seen(server_, listing, std::vector{file("/a")});
    const TrackId a = add("/a", tags("a"));
    EXPECT_EQ(tracks.finish_listing(server_, listing), 0);
    EXPECT_TRUE(tracks.get(a)->present);
}

TEST_P(StoreContract, AMovedFileKeepsItsIdAndAnalysis) {
    const TrackId id = put(file("/old/a"), tags("a"), "same audio").id;
    save(id, analysis());
    EXPECT_THAT(list({file("/new/b", 9)}), ElementsAre(HasPath("/new/b")));
    const PutResult moved = put(file("/new/b", 9), tags("renamed"), "same audio");
    EXPECT_EQ(moved.id, id);
    EXPECT_EQ(moved.outcome, PutOutcome::moved);
    const auto track = store_->tracks().get(id);
    EXPECT_EQ(track->path, "/new/b");
    EXPECT_EQ(track->stamp, file("/new/b", 9).stamp);
    EXPECT_TRUE(track->present);
    EXPECT_EQ(track->tags.title, "renamed");
    EXPECT_TRUE(store_->analyses().get(id));
    EXPECT_THAT(pending(), IsEmpty());
    EXPECT_THAT(list({file("/new/b", 9)}), IsEmpty());
    EXPECT_EQ(store_->tracks().counts().tracks, 1);
    EXPECT_FALSE(store_->tracks().by_path("/old/a"));
}

TEST_P(StoreContract, ACopyOfAPresentFileIsATrackOfItsOwn) {
    const TrackId a = put(file("/a"), tags("a"), "same audio").id;
    const PutResult copy = put(file("/b"), tags("b"), "same audio");
    EXPECT_EQ(copy.outcome, PutOutcome::created);
    EXPECT_NE(copy.id, a);
}

TEST_P(StoreContract, CopiesThatMoveTogetherKeepTheirPlaces) {
    const TrackId single = put(file("/single/01 song.mp3"), tags("song"), "same audio").id;
    const TrackId album = put(file("/album/07 song.mp3"), tags("song"), "same audio").id;
    list({});
    EXPECT_EQ(put(file("/new/07 song.mp3"), tags("song"), "same audio").id, album);
    EXPECT_EQ(put(file("/new/other name.mp3"), tags("song"), "same audio").id, single);
    EXPECT_EQ(put(file("/new/third.mp3"), tags("song"), "same audio").outcome, PutOutcome::created);
}

TEST_P(StoreContract, FilesWithoutSignatureAreNeverTakenForMoved) {
    Tracks& tracks = store_->tracks();
    const Tracks::PutItem first{file("/a"), "", tags("a")};
    const TrackId a = tracks.put(server_, {&first, 1}).front().id;
    save(a, analysis());
    list({});
    const Tracks::PutItem second{file("/b"), "", tags("a")};
    EXPECT_EQ(tracks.put(server_, {&second, 1}).front().outcome, PutOutcome::created);
    const Tracks::PutItem again{file("/a", 2), "", tags("a")};
    EXPECT_EQ(tracks.put(server_, {&again, 1}).front().id, a);
    EXPECT_THAT(pending(), ::testing::Contains(a));  // unknown audio may be other audio
}

TEST_P(StoreContract, AReturnedFileWithAnotherStampKeepsItsId) {
    const TrackId a = put(file("/a"), tags("a"), "audio").id;
    save(a, analysis());
    list({});
    EXPECT_FALSE(store_->tracks().get(a)->present);
    EXPECT_THAT(list({file("/a", 2)}), ElementsAre(HasPath("/a")));
    const PutResult back = put(file("/a", 2), tags("a"), "audio");
    EXPECT_EQ(back.id, a);
    EXPECT_EQ(back.outcome, PutOutcome::updated);
    EXPECT_TRUE(store_->tracks().get(a)->present);
    EXPECT_THAT(pending(), IsEmpty());
}

TEST_P(StoreContract, IdsAreNeverUsedAgain) {
    const TrackId a = add("a");
    const TrackId b = add("b");
    EXPECT_GT(b.value, a.value);
    const PlaylistId first = store_->playlists().create("p", PlaylistKind::own, "", {});
    store_->playlists().remove(first);
    EXPECT_GT(store_->playlists().create("p", PlaylistKind::own, "", {}).value, first.value);
}

TEST_P(StoreContract, PutIsOneTransaction) {
    // Two items of one path in a batch: the second is an update of the first.
    const std::vector<Tracks::PutItem> items = {{file("/a"), "s", tags("first")}, {file("/a", 2), "s", tags("second")}};
    const auto results = store_->tracks().put(server_, items);
    EXPECT_EQ(results[0].id, results[1].id);
    EXPECT_EQ(results[1].outcome, PutOutcome::updated);
    EXPECT_EQ(store_->tracks().get(results[0].id)->tags.title, "second");
}

TEST_P(StoreContract, CountsWhatIsPresent) {
    TrackTags first = tags("1", "Björk", "Debut");
    first.duration_s = 100;
    TrackTags duo = tags("2", "BJORK", "DEBUT");
    duo.artists.push_back("Thom Yorke");
    duo.duration_s = 50;
    TrackTags greatest = tags("3", "Queen", "Greatest Hits");
    TrackTags other_greatest = tags("4", "ABBA", "Greatest Hits");
    TrackTags compilation = tags("5", "A", "Various");
    compilation.album_artist = "Various Artists";
    TrackTags compilation_too = tags("6", "B", "Various");
    compilation_too.album_artist = "Various Artists";
    TrackTags nobody = tags("7", "");
    TrackTags gone = tags("8", "Gone", "Gone");
    std::vector<SeenFile> files;
    for (const TrackTags& each : {first, duo, greatest, other_greatest, compilation, compilation_too, nobody, gone}) {
        const SeenFile place = file("/" + each.title);
        put(place, each);
        if (each.title != "8") files.push_back(place);
    }
    list(files);
    const Tracks::Counts counts = store_->tracks().counts();
    EXPECT_EQ(counts.tracks, 7);
    EXPECT_EQ(counts.artists, 6);  // Björk, Thom Yorke, Queen, ABBA, A, B
    EXPECT_EQ(counts.albums, 4);   // Debut, Greatest Hits twice, Various
    EXPECT_EQ(counts.duration_s, 150);
}

TEST_P(StoreContract, VisitsTheCreditsOfPresentTracks) {
    const ServerId server = store_->tracks().local_server();
    std::vector<Tracks::PutItem> items;
    for (int i = 0; i < 2100; ++i) {  // more than two lots
        TrackTags of_one = tags("Title");
        of_one.artists =
            i % 3 == 0 ? std::vector<std::string>{} : std::vector<std::string>{"Anna", "Ben " + std::to_string(i)};
        of_one.album_artist = i % 3 == 0 ? "Cleo" : "";
        items.push_back({file("/m/" + std::to_string(i) + ".flac"), "", of_one});
    }
    const auto results = store_->tracks().put(server, items);
    const std::int64_t listing = store_->tracks().begin_listing(server);
    std::vector<SeenFile> seen;
    for (std::size_t i = 1; i < items.size(); ++i)
        seen.push_back(items[i].file);
    store_->tracks().mark_seen(server, listing, seen);
    store_->tracks().finish_listing(server, listing);  // the first is gone
    std::size_t next = 1;
    store_->tracks().each_credits([&](const Credits& credits) {
        ASSERT_LT(next, results.size());
        EXPECT_EQ(credits.id, results[next].id);
        EXPECT_EQ(credits.artists, items[next].tags.artists);
        EXPECT_EQ(credits.album_artist, items[next].tags.album_artist);
        ++next;
    });
    EXPECT_EQ(next, results.size());
}

TEST_P(StoreContract, GenresAreCountedAsTagsWriteThem) {
    EXPECT_TRUE(store_->tracks().genres().empty());
    add_track("a", "A", "", {"Rock", "Jazz"});
    add_track("b", "A", "", {"Rock"});
    add_track("c", "A", "", {"rock", "Ambient"});
    add_track("d", "A");
    TrackTags gone = tags("gone");
    gone.genres = {"Jazz"};
    add("/music/gone", gone);
    list({file("/track 1"), file("/track 2"), file("/track 3"), file("/track 4")});
    EXPECT_EQ(store_->tracks().genres(),
              (std::vector<Tracks::GenreCount>{{"Rock", 2}, {"Ambient", 1}, {"Jazz", 1}, {"rock", 1}}));
}

TEST_P(StoreContract, AnEmptyStoreCountsNothing) {
    const Tracks::Counts counts = store_->tracks().counts();
    EXPECT_EQ(counts.tracks, 0);
    EXPECT_EQ(counts.artists, 0);
    EXPECT_EQ(counts.albums, 0);
    EXPECT_EQ(counts.duration_s, 0);
}

TEST_P(StoreContract, ChangesAreCounted) {
    std::int64_t last = store_->change_counter();
    const auto grew = [&] {
        const std::int64_t now = store_->change_counter();
        const bool result = now > last;
        last = now;
        return result;
    };
    const TrackId a = add("/a", tags("a"));
    EXPECT_TRUE(grew());
    list({file("/a")});
    EXPECT_FALSE(grew()) << "an unchanged folder";
    save(a, analysis());
    EXPECT_TRUE(grew());
    list({});
    EXPECT_TRUE(grew());
    list({file("/a")});
    EXPECT_TRUE(grew());
    const PlaylistId playlist = store_->playlists().create("p", PlaylistKind::own, "", {});
    EXPECT_TRUE(grew());
    EXPECT_THROW(store_->playlists().create("p", PlaylistKind::own, "", {}), Error);
    EXPECT_FALSE(grew()) << "a change that failed";
    store_->playlists().remove(playlist);
    EXPECT_TRUE(grew());
    store_->save_setting("x", "y");
    EXPECT_FALSE(grew());
    reopen();
    EXPECT_FALSE(grew());
}

TEST_P(StoreContract, SettingsAreKept) {
    EXPECT_EQ(store_->saved_setting("MODEL"), "");
    store_->save_setting("MODEL", "mini");
    store_->save_setting("MODEL", "musicnn");
    reopen();
    EXPECT_EQ(store_->saved_setting("MODEL"), "musicnn");
    store_->save_settings({{"MODEL", ""}, {"TOP_N_MOODS", "7"}, {"PATH_FIX_SIZE", "true"}});
    store_->save_settings({{"PATH_FIX_SIZE", "false"}});
    reopen();
    EXPECT_EQ(store_->saved_settings(),
              (std::map<std::string, std::string>{{"TOP_N_MOODS", "7"}, {"PATH_FIX_SIZE", "false"}}));
}

}  // namespace
}  // namespace audiomuse::store
