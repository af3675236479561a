#include <gmock/gmock.h>

#include <thread>

#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Listener kPage{};
const Told kAllPlays{.plays = true};

Heard heard(TrackId track, const Listener& listener, std::int64_t plays, double at, int rating = 0,
            bool favourite = false) {
    return {track, listener, plays, at, rating, favourite};
}

/// Three tracks of a media server, and its user.
struct Three {
    explicit Three(Store& store)
        : server(store.servers().add(media_server())),
          anna{server, "anna"},
          a(add(store, "a")),
          b(add(store, "b")),
          c(add(store, "c")) {}

    TrackId add(Store& store, const std::string& item) const {
        const ListedItem listed{
            .item_id = item, .album_id = "", .path = "", .local_path = "", .stamp = {}, .tags = tags("title " + item)};
        store.tracks().put_listed(server, store.tracks().begin_listing(server), {&listed, 1});
        return store.tracks().by_item_id(item)->id;
    }

    ServerId server;
    Listener anna;
    TrackId a, b, c;
};

TEST_P(StoreContract, HistoryTakesWhatAServerSays) {
    const Three three(*store_);
    const auto& [server, anna, a, b, c] = three;
    History& history = store_->history();
    const std::vector<HeardItem> said = {
        {.item_id = "a", .plays = 3, .last_played_at = 1000.5, .rating = 9, .favourite = true},
        {.item_id = "b", .plays = 7},
        {.item_id = "unknown", .plays = 1},
        {.item_id = "c", .plays = 0}};
    EXPECT_EQ(history.put(anna, said, kAllPlays), 2);
    EXPECT_EQ(history.put(anna, said, kAllPlays), 0) << "nothing has changed";
    reopen();
    EXPECT_THAT(store_->history().of(std::vector{c, b, a, a}),
                ElementsAre(heard(a, anna, 3, 1000.5, 5, true), heard(b, anna, 7, 0)));
}

TEST_P(StoreContract, HistoryWhatAServerDoesNotSayStays) {
    const Three three(*store_);
    const auto& [server, anna, a, b, c] = three;
    History& history = store_->history();
    history.put(anna, std::vector<HeardItem>{{.item_id = "a", .plays = 3, .last_played_at = 10, .rating = 4}},
                kAllPlays);
    history.put(anna, std::vector<HeardItem>{{.item_id = "b", .plays = 1, .last_played_at = 20}}, {});
    EXPECT_THAT(history.of(std::vector{a, b}), ElementsAre(heard(a, anna, 3, 10, 4), heard(b, anna, 1, 20)));
    // The whole of it: a was played by mistake, and is not any more.
    history.put(anna, std::vector<HeardItem>{{.item_id = "b", .plays = 2}}, kAllPlays);
    EXPECT_THAT(history.of(std::vector{a, b}), ElementsAre(heard(a, anna, 0, 0, 4), heard(b, anna, 2, 20)));
}

TEST_P(StoreContract, HistoryRatingsAreTakenBackWhereAllAreTold) {
    const Three three(*store_);
    const auto& [server, anna, a, b, c] = three;
    History& history = store_->history();
    history.put(anna,
                std::vector<HeardItem>{{.item_id = "a", .plays = 3, .rating = 4, .favourite = true},
                                       {.item_id = "b", .rating = 2, .favourite = true}},
                {});
    const std::vector<HeardItem> now = {{.item_id = "c", .rating = 5, .favourite = true}};
    history.put(anna, now, {.ratings = true});
    EXPECT_THAT(
        history.of(std::vector{a, b, c}),
        ElementsAre(heard(a, anna, 3, 0, 0, true), heard(b, anna, 0, 0, 0, true), heard(c, anna, 0, 0, 5, true)));
    EXPECT_EQ(history.put(anna, now, {.favourites = true}), 2);
    EXPECT_THAT(history.of(std::vector{a, b, c}), ElementsAre(heard(a, anna, 3, 0), heard(c, anna, 0, 0, 5, true)));
}

TEST_P(StoreContract, HistoryOfAServerIsNobodyElses) {
    const Three three(*store_);
    const auto& [server, anna, a, b, c] = three;
    History& history = store_->history();
    history.set_rating(kPage, a, 4);
    history.set_favourite(kPage, a, true);
    const Told all{.plays = true, .ratings = true, .favourites = true};
    history.put(anna, std::vector<HeardItem>{{.item_id = "a", .rating = 2, .favourite = false}}, all);
    EXPECT_THAT(history.of(std::vector{a}), ElementsAre(heard(a, kPage, 0, 0, 4, true), heard(a, anna, 0, 0, 2)));
    history.put(anna, {}, all);
    EXPECT_THAT(history.of(std::vector{a}), ElementsAre(heard(a, kPage, 0, 0, 4, true)));
    EXPECT_THAT(store_->tracks().matching({.rating_from = 4}), ElementsAre(a)) << "the best that anybody gave";
}

TEST_P(StoreContract, HistoryCountsPlays) {
    const Three three(*store_);
    const auto& [server, anna, a, b, c] = three;
    History& history = store_->history();
    history.add_play(kPage, a, 200);
    history.add_play(kPage, a, 100);
    history.set_rating(kPage, a, 3);
    history.set_favourite(kPage, b, true);
    history.set_rating(kPage, b, -1);
    EXPECT_THAT(history.of(std::vector{a, b}), ElementsAre(heard(a, kPage, 2, 200, 3), heard(b, kPage, 0, 0, 0, true)));
    EXPECT_EQ(error_of([&] { history.add_play(kPage, TrackId{99}, 1); }).code(), ErrorCode::not_found);
    EXPECT_EQ(error_of([&] { history.set_rating(kPage, TrackId{99}, 1); }).code(), ErrorCode::not_found);
}

TEST_P(StoreContract, HistoryPlaysAtOnceAllCount) {
    const Three three(*store_);
    const auto& [server, anna, a, b, c] = three;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            for (int play = 0; play < 25; ++play)
                store_->history().add_play(kPage, a, 100 * i + play);
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_THAT(store_->history().of(std::vector{a}), ElementsAre(heard(a, kPage, 100, 324)));
}

TEST_P(StoreContract, HistorySaysWhatIsPlayedMost) {
    const Three three(*store_);
    const auto& [server, anna, a, b, c] = three;
    History& history = store_->history();
    EXPECT_THAT(history.most_played({}, 10), IsEmpty());
    history.put(anna,
                std::vector<HeardItem>{{.item_id = "a", .plays = 3, .last_played_at = 10, .rating = 2},
                                       {.item_id = "b", .plays = 3, .last_played_at = 20},
                                       {.item_id = "c", .rating = 5}},
                kAllPlays);
    for (int i = 0; i < 4; ++i)
        history.add_play(kPage, a, 30 + i);
    EXPECT_THAT(history.most_played({}, 10), ElementsAre(heard(a, {}, 7, 33, 2), heard(b, {}, 3, 20)));
    EXPECT_THAT(history.most_played({}, 1), ElementsAre(heard(a, {}, 7, 33, 2)));
    EXPECT_THAT(history.listeners(), ElementsAre(kPage, anna));
    store_->tracks().finish_listing(server, store_->tracks().begin_listing(server));
    EXPECT_THAT(history.most_played({}, 10), IsEmpty()) << "tracks that are gone";
    EXPECT_THAT(history.of(std::vector{b}), ElementsAre(heard(b, anna, 3, 20))) << "but not forgotten";
}

TEST_P(StoreContract, HistoryGoesWithItsServer) {
    const Three three(*store_);
    const auto& [server, anna, a, b, c] = three;
    store_->history().put(anna, std::vector<HeardItem>{{.item_id = "a", .plays = 3}}, kAllPlays);
    store_->history().add_play(kPage, a, 5);
    store_->servers().remove(server);
    EXPECT_THAT(store_->history().listeners(), ElementsAre(kPage));
}

TEST_P(StoreContract, HistoryTracksThatBecomeOneKeepAllPlays) {
    const Three three(*store_);
    const auto& [server, anna, a, b, c] = three;
    const TrackId local = add("/music/x.flac", tags("Other title"));
    save(local, analysis());
    store_->history().add_play(kPage, local, 5);
    store_->history().add_play(kPage, a, 7);
    store_->history().put(anna, std::vector<HeardItem>{{.item_id = "a", .plays = 3, .favourite = true}}, kAllPlays);
    const auto signature = "signature of /music/x.flac";
    ASSERT_EQ(store_->tracks().recognise_audio(a, signature), local);
    EXPECT_THAT(store_->history().of(std::vector{a, local}),
                ElementsAre(heard(local, kPage, 2, 7), heard(local, anna, 3, 0, 0, true)));
}

TEST_P(StoreContract, HistoryOfAUserIsTheirs) {
    const Three three(*store_);
    const auto& [server, anna, a, b, c] = three;
    History& history = store_->history();
    const UserId ada = store_->users().add_first("ada", "");
    const UserId bo = store_->users().add("bo", "", Role::listener);
    const Listener bos_page{.owner = bo}, bos_account{server, "anna", bo};
    history.add_play(kPage, a, 10);
    history.set_rating(kPage, a, 5);
    EXPECT_EQ(history.played_by(bo), UserId{});
    EXPECT_THAT(history.most_played(bo, 10), ElementsAre(heard(a, {}, 1, 10, 5))) << "the household's, for now";
    EXPECT_THAT(store_->tracks().matching({.listener = bo, .rating_from = 1}), ElementsAre(a));

    // The account of the household has the same name there, and rows of its own all the same.
    store_->servers().link({bo, server, "anna", "secret", ""});
    history.put(bos_account, std::vector<HeardItem>{{.item_id = "b", .plays = 2, .rating = 1}}, kAllPlays);
    history.put(anna, std::vector<HeardItem>{{.item_id = "b", .plays = 7}}, kAllPlays);
    history.add_play(bos_page, c, 30);
    EXPECT_EQ(history.played_by(bo), bo);
    EXPECT_EQ(history.played_by(ada), UserId{});
    EXPECT_THAT(history.most_played(bo, 10), ElementsAre(heard(b, {}, 2, 0, 1), heard(c, {}, 1, 30)));
    EXPECT_THAT(history.most_played(ada, 10), ElementsAre(heard(b, {}, 7, 0), heard(a, {}, 1, 10, 5)));
    EXPECT_THAT(store_->tracks().matching({.listener = bo, .rating_from = 1}), ElementsAre(b));
    EXPECT_THAT(store_->tracks().matching({.listener = bo, .plays = {.to = 0}}), ElementsAre(a));
    EXPECT_THAT(store_->tracks().matching({.rating_from = 1}), ElementsAre(a));
    EXPECT_THAT(history.listeners(), ElementsAre(kPage, anna, bos_page, bos_account));

    store_->users().remove(bo);
    EXPECT_THAT(history.listeners(), ElementsAre(kPage, anna));
    EXPECT_EQ(history.put(bos_account, std::vector<HeardItem>{{.item_id = "b", .plays = 2}}, kAllPlays), 0)
        << "what is read after an account is gone is nobody's";
    EXPECT_THAT(history.listeners(), ElementsAre(kPage, anna));
}

TEST_P(StoreContract, HiddenArtistsAreOfOneUser) {
    const UserId ada = store_->users().add_first("ada", "");
    const UserId bo = store_->users().add("bo", "", Role::listener);
    History& history = store_->history();
    const std::int64_t before = store_->change_counter();
    history.hide_artist(bo, " Björk ");
    history.hide_artist(bo, "bjork");
    history.hide_artist(bo, "Air");
    history.hide_artist({}, "Abba");
    EXPECT_GT(store_->change_counter(), before) << "lists are others now";
    reopen();
    EXPECT_THAT(store_->history().hidden_artists(bo), ElementsAre("Air", "Björk"));
    EXPECT_THAT(store_->history().hidden_artists(ada), IsEmpty());
    EXPECT_THAT(store_->history().hidden_artists({}), ElementsAre("Abba"));
    EXPECT_EQ(error_of([&] { store_->history().hide_artist(bo, " "); }).code(), ErrorCode::invalid_argument);
    EXPECT_EQ(error_of([&] { store_->history().show_artist(ada, "Air"); }).code(), ErrorCode::not_found);
    store_->history().show_artist(bo, "BJÖRK");
    EXPECT_THAT(store_->history().hidden_artists(bo), ElementsAre("Air"));
    store_->users().remove(bo);
    EXPECT_THAT(store_->history().hidden_artists(bo), IsEmpty());
}

}  // namespace
}  // namespace audiomuse::store
