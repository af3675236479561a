// Analysis and playlists of a media server.
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "audiomuse/jobs/media_servers.h"
#include "audiomuse/jobs/server_watch.h"
#include "audiomuse/radios/refresh.h"
#include "jobs_testing.h"
#include "steps.h"

namespace audiomuse::jobs {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

/// What a media server holds, and how it misbehaves.
struct FakeServerState {
    std::mutex mutex;
    std::vector<std::string> tracks;  ///< ids; a track's title follows from its number behind the first letter
    std::map<std::string, std::pair<std::string, std::vector<std::string>>> playlists;  ///< id to name and tracks
    int next_playlist = 1;
    int scans = 0;
    int listings = 0;
    int downloads = 0;
    int created = 0;
    std::map<std::string, std::int64_t> plays;  ///< of tracks that were played; empty: it does not count them
    std::map<std::string, int> ratings;         ///< by id
    std::set<std::string> favourites;           ///< ids
    bool lists_rated = true;                    ///< else only a listing tells of ratings
    std::optional<ErrorCode> fails;             ///< every question
    bool drops_last = false;                    ///< of a playlist, silently
    std::set<std::string> read_only;            ///< ids of playlists
    bool no_lyrics = false;
    int lyrics_asked = 0;
    std::string title = "Title ";  ///< what titles begin with
};

class FakeServer final : public library::MediaServer {
public:
    explicit FakeServer(FakeServerState& state) : state_(state) {}

    library::ServerInfo probe(const CancelToken&) override { return {}; }
    std::vector<library::MusicLibrary> libraries(const CancelToken&) override { return {}; }
    std::vector<library::ServerAlbum> newest_albums(std::int64_t, const CancelToken&) override { return {}; }
    std::vector<library::ServerTrack> most_played(std::int64_t, const CancelToken&) override {
        if (state_.plays.empty()) throw Error(ErrorCode::unsupported, "Nobody counts plays here.");
        std::vector<library::ServerTrack> tracks;
        for (const auto& [id, plays] : state_.plays)
            tracks.push_back({.id = id, .tags = {}, .play_count = plays, .last_played = 1000});
        return tracks;
    }
    library::Opinions opinions(const CancelToken&) override {
        library::Opinions opinions{.tracks = {}, .all_ratings = state_.lists_rated, .all_favourites = true};
        for (const std::string& id : state_.tracks) {
            library::ServerTrack track;
            track.id = id;
            rate(track);
            const bool is_told = *track.favourite || (state_.lists_rated && *track.rating > 0);
            if (is_told) opinions.tracks.push_back(std::move(track));
        }
        return opinions;
    }
    std::string lyrics(const std::string& track, const CancelToken&) override {
        const std::lock_guard lock(state_.mutex);
        ++state_.lyrics_asked;
        if (state_.no_lyrics) throw Error(ErrorCode::unsupported, "There are no lyrics here.");
        return track == "a1" ? std::string(200'000, 'x') : "Song of " + track;
    }
    bool keeps_duplicates() const override { return true; }

    std::int64_t list_tracks(const std::function<void(library::ServerTrack)>& found, const CancelToken&) override {
        std::vector<std::string> tracks;
        {
            const auto lock = ask();
            ++state_.listings;
            tracks = state_.tracks;
        }
        for (const std::string& id : tracks) {
            library::ServerTrack track;
            track.id = id;
            track.tags.title = state_.title + id.substr(1);
            track.tags.artists = {"Somebody"};
            track.tags.album = "Album";
            track.tags.duration_s = 100;
            track.size = 1000;
            if (!state_.plays.empty()) {
                const auto plays = state_.plays.find(id);
                track.play_count = plays == state_.plays.end() ? 0 : plays->second;
            }
            rate(track);
            found(std::move(track));
        }
        return static_cast<std::int64_t>(tracks.size());
    }
    void fetch(const std::string& track, const std::filesystem::path& file, const CancelToken&) override {
        const auto lock = ask();
        ++state_.downloads;
        std::ofstream(file) << track;
    }
    std::string change_stamp(const CancelToken&) override {
        const auto lock = ask();
        return fmt::format("{} scans", state_.scans);
    }
    std::vector<library::ServerPlaylist> playlists(const CancelToken&) override {
        const auto lock = ask();
        std::vector<library::ServerPlaylist> all;
        for (const auto& [id, playlist] : state_.playlists)
            if (!state_.read_only.contains(id))
                all.push_back({id, playlist.first, static_cast<std::int64_t>(playlist.second.size())});
        return all;
    }
    std::vector<std::string> playlist_tracks(const std::string& id, const CancelToken&) override {
        const auto lock = ask();
        const auto found = state_.playlists.find(id);
        if (found == state_.playlists.end()) throw Error(ErrorCode::not_found, "There is no such playlist.");
        return found->second.second;
    }
    std::string create_playlist(const std::string& name, std::span<const std::string> tracks,
                                const CancelToken&) override {
        const auto lock = ask();
        ++state_.created;
        const std::string id = fmt::format("p{}", state_.next_playlist++);
        state_.playlists[id] = {name, kept(tracks)};
        return id;
    }
    std::string replace_playlist(const library::ServerPlaylist& playlist, std::span<const std::string> tracks,
                                 const CancelToken&) override {
        const auto lock = ask();
        state_.playlists.at(playlist.id).second = kept(tracks);
        return playlist.id;
    }
    void delete_playlist(const std::string& id, const CancelToken&) override {
        const auto lock = ask();
        state_.playlists.erase(id);
    }

private:
    void rate(library::ServerTrack& track) const {
        const auto rating = state_.ratings.find(track.id);
        track.rating = rating == state_.ratings.end() ? 0 : rating->second;
        track.favourite = state_.favourites.contains(track.id);
    }
    std::unique_lock<std::mutex> ask() {
        std::unique_lock lock(state_.mutex);
        if (state_.fails) throw Error(*state_.fails, "Navidrome at http://nas:4533 does not want to.");
        return lock;
    }
    std::vector<std::string> kept(std::span<const std::string> tracks) const {
        if (state_.drops_last) tracks = tracks.first(tracks.size() - 1);
        return {tracks.begin(), tracks.end()};
    }

    FakeServerState& state_;
};

class MediaServerJobs : public JobsTest {
protected:
    MediaServerJobs() {
        server = store->servers().add({.type = "navidrome", .name = "Home", .url = "http://nas:4533"});
        for (int i = 0; i < 10; ++i)
            state.tracks.push_back(fmt::format("a{}", i));
    }

    store::Job run_with_server(const std::string& type = kMainAnalysis, const std::string& params = "{}") {
        const JobId id = enqueue(type, params);
        JobContext with = context();
        with.source = nullptr;
        with.lists_folders = false;
        with.servers = &servers;
        const Workers workers(with, kAllLanes);
        EXPECT_TRUE(wait_until([&] { return ended(id); })) << store->jobs().get(id)->details;
        return store->jobs().get(id).value();
    }

    std::vector<std::string> names_there() const {
        std::vector<std::string> names;
        for (const auto& [id, playlist] : state.playlists)
            names.push_back(playlist.first);
        return names;
    }

    /// Automatic playlists of the store, written to the server.
    std::string write(const std::vector<std::pair<std::string, std::vector<std::string>>>& lists) {
        std::vector<store::Playlists::NewPlaylist> fresh;
        for (const auto& [name, items] : lists) {
            store::Playlists::NewPlaylist list{name, "{}", {}};
            for (const std::string& item : items)
                list.tracks.push_back(store->tracks().by_item_id(item)->id);
            fresh.push_back(std::move(list));
        }
        store->playlists().replace_automatic(fresh);
        JobContext with = context();
        with.servers = &servers;
        store::Job job;
        job.id = enqueue(kMainClustering);
        Progress progress(*store, *queue, *store->jobs().get(job.id), "worker 1");
        return write_playlists(with, progress, {});
    }

    FakeServerState state;
    std::map<std::string, FakeServerState*> accounts;  ///< of users by their names there; `state` is the household's
    ServerId server;
    testing_support::TempFolder downloads;
    MediaServers servers{*store, downloads.path(), [this](const library::ServerAccount& account) {
                             const auto own = accounts.find(account.user);
                             return std::make_unique<FakeServer>(own == accounts.end() ? state : *own->second);
                         }};
};

TEST_F(MediaServerJobs, EveryTrackIsListenedToOnce) {
    const store::Job first = run_with_server();
    EXPECT_EQ(first.state, store::JobState::success) << first.details;
    EXPECT_EQ(count(first, "analysed"), 10);
    EXPECT_THAT(first.details, HasSubstr(R"("complete":true)"));
    EXPECT_THAT(first.details, HasSubstr("Home: 10 tracks, 0 known by their id, 10 new."));
    EXPECT_EQ(state.downloads, 10);

    const store::Job second = run_with_server();
    EXPECT_EQ(count(second, "known"), 10);
    EXPECT_EQ(state.listings, 1) << "an unchanged server is not listed again";
    EXPECT_THAT(second.details, HasSubstr("Home: nothing has changed there."));

    for (std::string& id : state.tracks)
        id[0] = 'b';
    ++state.scans;
    const store::Job third = run_with_server();
    EXPECT_THAT(third.details, HasSubstr("10 by their tags"));
    EXPECT_EQ(state.downloads, 10) << "new ids cost no analysis";
}

TEST_F(MediaServerJobs, ARunMayBeAboutOneServer) {
    store::ServerRow row{.type = "navidrome", .name = "Cabin", .url = "http://cabin:4533"};
    const ServerId cabin = store->servers().add(row);
    const store::Job first = run_with_server(kMainAnalysis, fmt::format(R"({{"server_id":{}}})", cabin.value));
    EXPECT_EQ(first.state, store::JobState::success) << first.details;
    EXPECT_THAT(first.details, HasSubstr("Cabin: 10 tracks"));
    EXPECT_THAT(first.details, Not(HasSubstr("Home")));
    EXPECT_EQ(state.listings, 1);
    EXPECT_EQ(count(first, "analysed"), 10);

    const store::Job second = run_with_server();
    EXPECT_THAT(second.details, HasSubstr("Home: 10 tracks"));
    EXPECT_EQ(state.listings, 2) << "Cabin has not changed";

    store->servers().remove(cabin);
    const store::Job third = run_with_server(kMainAnalysis, fmt::format(R"({{"server_id":{}}})", cabin.value));
    EXPECT_EQ(third.state, store::JobState::failure);
    EXPECT_THAT(third.details, HasSubstr("The media server was removed."));
}

TEST_F(MediaServerJobs, TheSameAudioIsListenedToOnce) {
    run_with_server();
    EXPECT_EQ(analyser.calls, 10);
    // Another server has the same files under other names and ids.
    FakeServerState other;
    other.tracks = {"a3", "a4", "a99"};
    other.title = "Unheard of ";
    const ServerId away = store->servers().add({.type = "jellyfin", .name = "Away", .url = "http://nas:8096"});
    MediaServers both(*store, downloads.path(), [&](const library::ServerAccount& account) {
        return std::make_unique<FakeServer>(account.kind == library::ServerKind::jellyfin ? other : state);
    });
    const JobId id = enqueue();
    JobContext with = context();
    with.source = nullptr;
    with.lists_folders = false;
    with.servers = &both;
    const Workers workers(with, kAllLanes);
    ASSERT_TRUE(wait_until([&] { return ended(id); }));
    EXPECT_EQ(analyser.calls, 11) << "only what was not heard before";
    EXPECT_THAT(store->jobs().get(id)->details, HasSubstr("2 tracks were known by their audio"));
    EXPECT_EQ(store->tracks().counts().tracks, 11);
    EXPECT_THAT(store->tracks().item_ids_on(away, std::vector{store->tracks().by_item_id("a3")->id}),
                ElementsAre("a3"));
}

TEST_F(MediaServerJobs, AServerThatCannotBeAskedIsNoEmptyLibrary) {
    run_with_server();
    ++state.scans;
    for (const ErrorCode code : {ErrorCode::unavailable, ErrorCode::timeout, ErrorCode::login_refused,
                                 ErrorCode::server_failed, ErrorCode::permission_denied}) {
        state.fails = code;
        const store::Job job = run_with_server();
        EXPECT_EQ(job.state, store::JobState::failure) << code_name(code);
        EXPECT_THAT(job.details, HasSubstr("does not want to"));
        EXPECT_EQ(store->tracks().counts().tracks, 10) << "nothing is gone";
    }
}

TEST_F(MediaServerJobs, ACutListingPrunesNothing) {
    for (int i = 10; i < 100; ++i)
        state.tracks.push_back(fmt::format("a{}", i));
    run_with_server();
    state.tracks.resize(30);
    ++state.scans;
    EXPECT_THAT(run_with_server().details, HasSubstr("shows only 30 of 100 tracks"));
    EXPECT_EQ(store->tracks().counts().tracks, 100);
    EXPECT_EQ(state.listings, 2);
    EXPECT_THAT(run_with_server().details, HasSubstr("shows only 30 of 100 tracks"));
    EXPECT_EQ(state.listings, 3) << "asked again";
}

TEST_F(MediaServerJobs, AnEmptyListingPrunesNothing) {
    run_with_server();
    state.tracks.clear();
    ++state.scans;
    EXPECT_THAT(run_with_server().details, HasSubstr("shows only 0 of 10 tracks"));
    EXPECT_EQ(store->tracks().counts().tracks, 10);
}

TEST_F(MediaServerJobs, ACleaningRemovesWhatAServerHasLost) {
    run_with_server();
    settings.orphan_days = 0;
    state.tracks = {"a0", "a1", "a2", "a3", "a4", "a5", "a6", "b7"};
    ++state.scans;
    const store::Job job = run_with_server(kCleaning);
    EXPECT_EQ(job.state, store::JobState::success) << job.details;
    EXPECT_THAT(job.details, HasSubstr("Removed 2 tracks that nothing has any more (Home 2)"));
    EXPECT_EQ(store->tracks().counts().tracks, 8) << "a new id is no loss";

    // What it found that is new still waits for an analysis.
    state.tracks.push_back("a20");
    ++state.scans;
    ASSERT_EQ(run_with_server(kCleaning).state, store::JobState::success);
    JobContext with = context();
    with.servers = &servers;
    EXPECT_TRUE(has_news(with, {}));
    EXPECT_EQ(count(run_with_server(), "analysed"), 1);
    EXPECT_FALSE(has_news(with, {}));
}

TEST_F(MediaServerJobs, ACleaningTouchesNothingWhileAServerIsAway) {
    const ServerId away = store->servers().add({.type = "jellyfin", .name = "Away", .url = "http://nas:8096"});
    FakeServerState other;
    other.tracks = {"x30", "x31"};
    MediaServers both(*store, downloads.path(), [&](const library::ServerAccount& account) {
        return std::make_unique<FakeServer>(account.kind == library::ServerKind::jellyfin ? other : state);
    });
    const auto run_both = [&](const std::string& type) {
        const JobId id = enqueue(type);
        JobContext with = context();
        with.source = nullptr;
        with.lists_folders = false;
        with.servers = &both;
        const Workers workers(with, kAllLanes);
        EXPECT_TRUE(wait_until([&] { return ended(id); }));
        return store->jobs().get(id).value();
    };
    ASSERT_EQ(run_both(kMainAnalysis).state, store::JobState::success);
    settings.orphan_days = 0;
    state.tracks.pop_back();
    ++state.scans;
    for (const ErrorCode code : {ErrorCode::unavailable, ErrorCode::timeout, ErrorCode::login_refused}) {
        other.fails = code;
        const store::Job job = run_both(kCleaning);
        EXPECT_EQ(job.state, store::JobState::failure) << job.details;
        EXPECT_THAT(job.details, HasSubstr("Nothing was removed. Navidrome at http://nas:4533 does not want to."));
        EXPECT_THAT(store->cleaning().runs(), IsEmpty());
    }
    other.fails.reset();
    other.tracks.clear();
    ++other.scans;
    EXPECT_THAT(run_both(kCleaning).details, HasSubstr("Nothing was removed. Away shows only 0 of 2 tracks."));
    EXPECT_THAT(store->cleaning().runs(), IsEmpty());
    other.tracks = {"x30", "x31"};
    EXPECT_THAT(run_both(kCleaning).details, HasSubstr("Removed 1 track"));
    EXPECT_EQ(store->tracks().item_ids_on(away, std::vector{store->tracks().by_item_id("x30")->id}).at(0), "x30");
}

TEST_F(MediaServerJobs, WhatWasPlayedIsKept) {
    state.plays = {{"a1", 3}, {"a4", 1}};
    ASSERT_EQ(run_with_server().state, store::JobState::success);
    const auto plays = [&] {
        std::map<std::string, std::int64_t> found;
        for (const store::Heard& heard : store->history().most_played({}, 10))
            found[store->tracks().get(heard.track)->item_id] = heard.plays;
        return found;
    };
    EXPECT_EQ(plays(), state.plays);
    // Playing changes nothing in the server's library: it is not listed again.
    state.plays["a1"] = 4;
    ASSERT_EQ(run_with_server().state, store::JobState::success);
    EXPECT_EQ(state.listings, 1);
    EXPECT_EQ(plays(), state.plays);
    // A whole listing says, too, what is not so any more.
    state.plays.erase("a4");
    ++state.scans;
    ASSERT_EQ(run_with_server().state, store::JobState::success);
    EXPECT_EQ(plays(), state.plays);
}

TEST_F(MediaServerJobs, WhatIsRatedIsFoundByTheFilter) {
    state.ratings = {{"a1", 5}, {"a2", 3}};
    state.favourites = {"a2", "a3"};
    const auto matching = [&](const store::TrackCriteria& criteria) {
        std::set<std::string> found;
        for (const TrackId id : store->tracks().matching(criteria))
            found.insert(store->tracks().get(id)->item_id);
        return found;
    };
    ASSERT_EQ(run_with_server().state, store::JobState::success);
    EXPECT_THAT(matching({.rating_from = 3}), ElementsAre("a1", "a2"));
    EXPECT_THAT(matching({.rating_from = 5}), ElementsAre("a1"));
    EXPECT_THAT(matching({.favourite = true}), ElementsAre("a2", "a3"));
    // The library has not changed, and is not listed again; opinions have.
    state.ratings = {{"a2", 5}};
    state.favourites = {"a4"};
    ASSERT_EQ(run_with_server().state, store::JobState::success);
    EXPECT_EQ(state.listings, 1);
    EXPECT_THAT(matching({.rating_from = 1}), ElementsAre("a2"));
    EXPECT_THAT(matching({.favourite = true}), ElementsAre("a4"));
    // Of ratings this server now tells in a listing only.
    state.lists_rated = false;
    state.ratings = {{"a1", 1}};
    ASSERT_EQ(run_with_server().state, store::JobState::success);
    EXPECT_THAT(matching({.rating_from = 1}), ElementsAre("a2"));
    ++state.scans;
    ASSERT_EQ(run_with_server().state, store::JobState::success);
    EXPECT_EQ(state.listings, 2);
    EXPECT_THAT(matching({.rating_from = 1}), ElementsAre("a1"));
}

TEST_F(MediaServerJobs, PlaylistsAreWrittenAndReadBack) {
    run_with_server();
    EXPECT_EQ(write({{"Calm", {"a1", "a2", "a1"}}, {"Loud_automatic", {"a3"}}}), "");
    EXPECT_THAT(names_there(), ElementsAre("Calm_automatic", "Loud_automatic"));
    EXPECT_THAT(state.playlists.at("p1").second, ElementsAre("a1", "a2", "a1"));

    state.playlists["mine"] = {"Old_automatic", {"a1"}};  // of the user, by whatever name
    EXPECT_EQ(write({{"Calm", {"a5", "a4"}}}), "");
    EXPECT_THAT(state.playlists.at("p1").second, ElementsAre("a5", "a4")) << "replaced in place, the id kept";
    EXPECT_FALSE(state.playlists.contains("p2")) << "no more";
    EXPECT_TRUE(state.playlists.contains("mine"));
    EXPECT_EQ(state.created, 2);
}

TEST_F(MediaServerJobs, ARadioKeepsItsPlaylistOnTheServer) {
    run_with_server();
    const auto track = [&](const char* item) { return store->tracks().by_item_id(item)->id; };
    const RadioId radio = store->radios().add({.id = {}, .name = "Evening"});
    store->radios().publish(radio, std::vector{track("a1"), track("a2")});
    EXPECT_EQ(write({{"Calm", {"a3"}}}), "");
    EXPECT_THAT(names_there(), ::testing::UnorderedElementsAre("Calm_automatic", "Evening_radio"));
    const auto id_of = [&] {
        for (const auto& [id, playlist] : state.playlists) {
            if (playlist.first == "Evening_radio") return id;
        }
        return std::string();
    };
    const std::string id = id_of();
    store->radios().publish(radio, std::vector{track("a4")});
    EXPECT_EQ(write({}), "");
    EXPECT_EQ(id_of(), id) << "clustering makes other lists, not this one";
    EXPECT_THAT(state.playlists.at(id).second, ElementsAre("a4"));
    store->radios().remove(radio);
    EXPECT_EQ(write({}), "");
    EXPECT_THAT(names_there(), ::testing::IsEmpty()) << "nobody keeps it up to date any more";
}

TEST_F(MediaServerJobs, WhatIsAUsersGoesToTheirAccount) {
    state.plays = {{"a1", 3}};
    run_with_server();
    store->users().add_first("ada", "");
    const UserId bo = store->users().add("bo", "", store::Role::listener);
    FakeServerState bos;
    bos.tracks = state.tracks;
    bos.plays = {{"a4", 9}};
    accounts["bo there"] = &bos;
    store->servers().link({bo, server, "bo there", "secret", ""});

    const auto track = [&](const char* item) { return store->tracks().by_item_id(item)->id; };
    const RadioId common = store->radios().add({.id = {}, .name = "Evening"});
    const RadioId own = store->radios().add({.id = {}, .name = "Evening", .owner = bo});
    store->radios().publish(common, std::vector{track("a1")});
    store->radios().publish(own, std::vector{track("a2"), track("a3")});
    EXPECT_EQ(write({{"Calm", {"a3"}}}), "");
    EXPECT_THAT(names_there(), ::testing::UnorderedElementsAre("Calm_automatic", "Evening_radio"));
    ASSERT_EQ(bos.playlists.size(), 1U) << "and nothing that is not theirs";
    EXPECT_EQ(bos.playlists.at("p1").first, "Evening_radio");
    EXPECT_THAT(bos.playlists.at("p1").second, ElementsAre("a2", "a3"));
    for (const auto& [id, playlist] : state.playlists)
        EXPECT_THAT(playlist.second, ::testing::Not(::testing::Contains("a2"))) << playlist.first;

    // What each has played feeds their own taste.
    ASSERT_EQ(run_with_server().state, store::JobState::success);
    const auto most = [&](UserId user) { return store->history().most_played(user, 10).at(0).track; };
    EXPECT_EQ(most(bo), track("a4"));
    EXPECT_EQ(most({}), track("a1"));

    // One account that fails is said to, without its name, and costs the others nothing.
    bos.fails = ErrorCode::login_refused;
    EXPECT_THAT(write({{"Loud", {"a4"}}}), HasSubstr("Not all lists of a listener"));
    EXPECT_THAT(names_there(), ::testing::UnorderedElementsAre("Loud_automatic", "Evening_radio"));
    bos.fails.reset();

    // Without the account it goes where the household's are.
    store->servers().unlink(bo, server);
    for (int run = 0; run < 2; ++run) {
        EXPECT_EQ(write({}), "");
        EXPECT_THAT(names_there(), ::testing::UnorderedElementsAre("Evening_radio", "Evening (2)_radio"));
    }
}

TEST_F(MediaServerJobs, RadiosAreMadeAndWritten) {
    run_with_server();
    store->radios().add(
        {.id = {}, .name = "Evening", .recipe = R"({"items":[{"op":"ADD","type":"song","id":"a1"}]})", .n = 3});
    JobContext with = context();
    with.source = nullptr;
    with.lists_folders = false;
    with.servers = &servers;
    const Workers workers(with, kAllLanes);
    const auto refresh = [&] {
        store::Job job;
        job.id = new_job_id();
        job.parent = JobId{store::kAside};
        job.type = radios::kRefreshJob;
        store->jobs().create(job);
        queue->enqueue(job.id, queue::Lane::aside);
        EXPECT_TRUE(wait_until([&] { return ended(job.id); })) << store->jobs().get(job.id)->details;
        return radios::read_report(store->jobs().get(job.id)->details).value();
    };
    EXPECT_EQ(refresh(), (radios::Report{.radios = 1, .made = 1}));
    EXPECT_THAT(names_there(), ElementsAre("Evening_radio"));
    state.drops_last = true;
    const radios::Report half = refresh();
    EXPECT_EQ(half.made, 1) << "here it is whole";
    EXPECT_THAT(half.failed, ElementsAre(HasSubstr("Evening_radio holds 2 tracks, but 3 were written.")));
}

TEST_F(MediaServerJobs, AHalfFilledPlaylistIsSaid) {
    run_with_server();
    state.drops_last = true;
    EXPECT_THAT(write({{"Calm", {"a1", "a2", "a3"}}}), HasSubstr("Calm_automatic holds 2 tracks, but 3 were written."));
    state.drops_last = false;
    EXPECT_EQ(write({{"Calm", {"a1", "a2", "a3"}}}), "") << "put right by the next run";
    EXPECT_THAT(state.playlists, SizeIs(1));
    state.fails = ErrorCode::unavailable;
    EXPECT_THAT(write({{"Calm", {"a1"}}}), HasSubstr("Not all playlists are on Home"));
}

TEST_F(MediaServerJobs, APlaylistThatMayNotBeChangedIsSaid) {
    run_with_server();
    EXPECT_EQ(write({{"Rock", {"a1", "a2"}}, {"Jazz", {"a3"}}}), "");
    const auto rock =
        std::ranges::find_if(state.playlists, [](const auto& one) { return one.second.first == "Rock_automatic"; });
    state.read_only = {rock->first};
    for (int i = 0; i < 2; ++i) {
        EXPECT_THAT(write({{"Rock", {"a4"}}, {"Jazz", {"a5"}}}),
                    HasSubstr("Rock_automatic is still there, but may not be changed"));
        EXPECT_EQ(state.created, 2) << "none beside it";
    }
    EXPECT_THAT(rock->second.second, ElementsAre("a1", "a2"));
    state.playlists.erase(rock);
    EXPECT_EQ(write({{"Rock", {"a4"}}, {"Jazz", {"a5"}}}), "");
    EXPECT_EQ(state.created, 3) << "deleted there: made anew";
}

TEST_F(MediaServerJobs, LyricsAreKept) {
    run_with_server();
    const auto lyrics = [&](const std::string& item) {
        return store->tracks().lyrics(store->tracks().by_item_id(item)->id);
    };
    EXPECT_EQ(lyrics("a7"), "Song of a7");
    EXPECT_EQ(lyrics("a1"), "") << "200,000 letters are no lyrics";
    EXPECT_EQ(state.lyrics_asked, 10);
    state.no_lyrics = true;
    for (int i = 0; i < 130; ++i)  // two for each child: smaller libraries are cut more finely
        state.tracks.push_back(fmt::format("c{}", 20 + i));
    ++state.scans;
    const store::Job second = run_with_server();
    EXPECT_EQ(count(second, "analysed"), 130) << second.details;
    EXPECT_LT(state.lyrics_asked, 10 + 130) << "a server without lyrics is not asked for each";
    EXPECT_EQ(lyrics("a7"), "Song of a7");
}

TEST_F(MediaServerJobs, APlaylistThatWasBeingMadeIsNotMadeTwice) {
    run_with_server();
    state.playlists["p7"] = {"Calm_automatic", {"a9"}};
    store->servers().note_playlist(server, {"Calm_automatic", ""});  // and then the program died
    EXPECT_EQ(write({{"Calm", {"a1", "a2"}}}), "");
    EXPECT_EQ(state.created, 0);
    EXPECT_THAT(state.playlists.at("p7").second, ElementsAre("a1", "a2"));
}

TEST_F(MediaServerJobs, AScanOfTheServerStartsARun) {
    run_with_server();
    JobContext with = context();
    with.servers = &servers;
    EXPECT_FALSE(has_news(with, {}));
    with.settings.set_saved({{"MEDIASERVER_INTERVAL", "1"}});
    const ServerWatch watch(with);
    EXPECT_FALSE(store->jobs().active_main());
    {
        const std::lock_guard lock(state.mutex);
        ++state.scans;
    }
    ASSERT_TRUE(wait_until([&] { return store->jobs().active_main().has_value(); }));
    EXPECT_EQ(store->jobs().active_main()->type, kMainAnalysis);
    EXPECT_FALSE(start_analysis(with)) << "one at a time";
    state.fails = ErrorCode::unavailable;
    EXPECT_FALSE(has_news(with, {})) << "one that cannot be asked has none";
}

TEST_F(MediaServerJobs, TheNextFileComesWhileOneIsListenedTo) {
    settings.workers = 1;
    std::atomic<int> ahead{0};
    std::atomic<int> heard{0};
    analyser.hook = [&](const std::string&, const CancelToken&) {
        ++heard;
        // All but the last of an album: its next one arrives although this one is still being listened to.
        const auto arrived = [&] {
            const std::lock_guard lock(state.mutex);
            return state.downloads > heard;
        };
        const double started = steady_now();
        while (!arrived() && steady_now() - started < 0.1)
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        if (arrived()) ++ahead;
    };
    for (int i = 10; i < 140; ++i)  // so many that an album has two tracks
        state.tracks.push_back(fmt::format("a{}", i));
    EXPECT_EQ(count(run_with_server(), "analysed"), 140);
    EXPECT_GT(ahead, 30);
    EXPECT_EQ(state.downloads, 140) << "none twice";
}

TEST_F(MediaServerJobs, AnAnalysisGoesOnWhenTheServerIsBack) {
    std::atomic<int> heard{0};
    analyser.hook = [&](const std::string&, const CancelToken&) {
        if (++heard != 3) return;
        const std::lock_guard lock(state.mutex);
        state.fails = ErrorCode::unavailable;
    };
    const JobId id = enqueue();
    JobContext with = context();
    with.source = nullptr;
    with.lists_folders = false;
    with.servers = &servers;
    const Workers workers(with, kAllLanes);
    ASSERT_TRUE(wait_until([&] { return heard >= 3; }));
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    EXPECT_FALSE(ended(id));
    {
        const std::lock_guard lock(state.mutex);
        state.fails.reset();
    }
    ASSERT_TRUE(wait_until([&] { return ended(id); }));
    EXPECT_EQ(count(*store->jobs().get(id), "analysed"), 10);
    EXPECT_EQ(count(*store->jobs().get(id), "failed"), 0);
}

}  // namespace
}  // namespace audiomuse::jobs
