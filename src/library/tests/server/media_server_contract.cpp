#include "server/media_server_contract.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include "audiomuse/base/cancel.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/base/machine.h"
#include "support/temp_folder.h"

namespace audiomuse::library::testing {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using testing_support::contents;
using testing_support::TempFolder;

namespace {

/// The error that a call ends in; nothing when it returns.
std::optional<Error> error_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

std::int64_t tracks_in(std::int64_t library, std::int64_t tracks) {
    std::int64_t count = 0;
    for (std::int64_t i = 0; i < tracks; ++i)
        count += fake_track(i).library == library ? 1 : 0;
    return count;
}

/// An operation by its name, for the table of faults.
struct Operation {
    std::string name;
    std::function<void(MediaServer&, const FakeMediaServer&)> run;
};

const CancelToken kGoOn;

std::vector<Operation> operations() {
    return {
        {"probe", [](MediaServer& server, const FakeMediaServer&) { server.probe(kGoOn); }},
        {"libraries", [](MediaServer& server, const FakeMediaServer&) { server.libraries(kGoOn); }},
        {"albums", [](MediaServer& server, const FakeMediaServer&) { server.newest_albums(5, kGoOn); }},
        {"tracks", [](MediaServer& server, const FakeMediaServer&) { server.list_tracks([](ServerTrack) {}, kGoOn); }},
        {"played", [](MediaServer& server, const FakeMediaServer&) { server.most_played(5, kGoOn); }},
        {"opinions", [](MediaServer& server, const FakeMediaServer&) { server.opinions(kGoOn); }},
        {"fetch",
         [](MediaServer& server, const FakeMediaServer& fake) {
             const TempFolder folder;
             const auto file = folder.path() / "audio";
             try {
                 server.fetch(fake.track_id(1), file, kGoOn);
             } catch (...) {
                 EXPECT_FALSE(std::filesystem::exists(file)) << "half a file is left";
                 throw;
             }
         }},
        {"lyrics", [](MediaServer& server, const FakeMediaServer& fake) { server.lyrics(fake.track_id(0), kGoOn); }},
        {"stamp", [](MediaServer& server, const FakeMediaServer&) { server.change_stamp(kGoOn); }},
        {"playlists", [](MediaServer& server, const FakeMediaServer&) { server.playlists(kGoOn); }},
        {"create",
         [](MediaServer& server, const FakeMediaServer& fake) {
             server.create_playlist("New", std::vector{fake.track_id(1)}, kGoOn);
         }},
    };
}

/// Operations on a playlist that is there.
std::vector<Operation> operations_on(const ServerPlaylist& playlist) {
    return {
        {"entries",
         [playlist](MediaServer& server, const FakeMediaServer&) { server.playlist_tracks(playlist.id, kGoOn); }},
        {"replace",
         [playlist](MediaServer& server, const FakeMediaServer& fake) {
             server.replace_playlist(playlist, std::vector{fake.track_id(2)}, kGoOn);
         }},
        {"delete",
         [playlist](MediaServer& server, const FakeMediaServer&) { server.delete_playlist(playlist.id, kGoOn); }},
    };
}

/// The codes that a fault may end in. Never none.
std::set<ErrorCode> fitting(Fault fault) {
    switch (fault) {
        case Fault::refused:
        case Fault::cut:
        case Fault::wrong_length:
            return {ErrorCode::unavailable};
        case Fault::status_401:
            return {ErrorCode::login_refused};
        case Fault::status_403:
            return {ErrorCode::permission_denied};
        case Fault::status_404:
            return {ErrorCode::not_found, ErrorCode::invalid_argument, ErrorCode::unsupported};
        case Fault::status_500:
            return {ErrorCode::server_failed};
        case Fault::slow:
        case Fault::stalled:
            return {ErrorCode::timeout};
        case Fault::html:
        case Fault::redirect:
        case Fault::xml_error:
            return {ErrorCode::invalid_argument, ErrorCode::server_failed};
        case Fault::none:
            break;
    }
    return {};
}

}  // namespace

void MediaServerContract::TearDown() {
    EXPECT_THAT(fake_->complaints(), IsEmpty()) << "requests that the real server would not take";
}

std::vector<ServerTrack> MediaServerContract::list(MediaServer& server) const {
    std::vector<ServerTrack> tracks;
    const auto count = server.list_tracks([&](ServerTrack track) { tracks.push_back(std::move(track)); }, cancel_);
    EXPECT_EQ(count, static_cast<std::int64_t>(tracks.size()));
    return tracks;
}

std::vector<std::string> MediaServerContract::ids(std::initializer_list<std::int64_t> numbers) const {
    std::vector<std::string> result;
    for (const std::int64_t number : numbers)
        result.push_back(fake_->track_id(number));
    return result;
}

std::vector<std::string> MediaServerContract::ids(std::int64_t first, std::int64_t count) const {
    std::vector<std::string> result;
    for (std::int64_t i = 0; i < count; ++i)
        result.push_back(fake_->track_id(first + i));
    return result;
}

void MediaServerContract::expect_no_secret(const std::string& text) const {
    for (const std::string& secret : fake_->secrets())
        EXPECT_THAT(text, Not(HasSubstr(secret)));
}

TEST_P(MediaServerContract, ProbeSaysWhoAnswers) {
    const ServerInfo info = server_->probe(cancel_);
    EXPECT_THAT(info.product, Not(IsEmpty()));
    EXPECT_THAT(info.version, Not(IsEmpty()));
    EXPECT_EQ(!info.user.empty(), fake_->has_users());
    EXPECT_EQ(info.tracks, 25);
    ASSERT_THAT(info.libraries, SizeIs(kFakeLibraries));
    EXPECT_EQ(info.libraries[0].name, "Main");
    EXPECT_EQ(info.libraries[1].name, "World");
    for (const MusicLibrary& library : info.libraries)
        EXPECT_THAT(library.id, Not(IsEmpty()));
}

TEST_P(MediaServerContract, AnEmptyLibraryIsNoError) {
    fake_->state().tracks = 0;
    EXPECT_EQ(server_->probe(cancel_).tracks, 0);
    EXPECT_THAT(list(*server_), IsEmpty());
    EXPECT_THAT(server_->newest_albums(5, cancel_), IsEmpty());
    EXPECT_THAT(server_->most_played(5, cancel_), IsEmpty());
    EXPECT_THAT(server_->opinions(cancel_).tracks, IsEmpty());
}

TEST_P(MediaServerContract, ListsEveryTrackOnce) {
    const auto page = static_cast<std::int64_t>(fake_->largest_page());
    for (const std::int64_t count : {std::int64_t{1}, page - 1, page, page + 1, 2 * page + 1}) {
        fake_->state().tracks = count;
        std::set<std::string> seen;
        for (const ServerTrack& track : list(*server_))
            seen.insert(track.id);
        const auto all = ids(0, count);
        EXPECT_EQ(seen, std::set(all.begin(), all.end())) << count << " tracks";
    }
}

TEST_P(MediaServerContract, TracksKeepWhatIsKnownOfThem) {
    const auto tracks = list(*server_);
    ASSERT_THAT(tracks, SizeIs(25));
    for (std::int64_t number = 0; number < 25; ++number) {
        SCOPED_TRACE(number);
        const FakeTrack wanted = fake_track(number);
        const auto track = std::ranges::find(tracks, fake_->track_id(number), &ServerTrack::id);
        ASSERT_NE(track, tracks.end());
        EXPECT_EQ(track->tags.title, wanted.title);
        ASSERT_THAT(track->tags.artists, Not(IsEmpty()));
        EXPECT_EQ(track->tags.artists.front().substr(0, wanted.artists.front().size()), wanted.artists.front());
        EXPECT_EQ(track->tags.album, wanted.album);
        EXPECT_EQ(track->tags.album_artist, wanted.album_artist);
        EXPECT_EQ(track->tags.track_number, wanted.track);
        EXPECT_EQ(track->tags.disc_number, wanted.disc);
        EXPECT_EQ(track->tags.year, wanted.year);
        EXPECT_NEAR(track->tags.duration_s, wanted.duration_s, 0.01);
        if (fake_->shows_paths()) {
            EXPECT_THAT(track->path, ::testing::EndsWith(wanted.path));
        }
        if (fake_->has_play_counts()) {
            EXPECT_EQ(track->play_count.value_or(0), wanted.play_count);
        }
        if (fake_->has_last_played()) {
            EXPECT_NEAR(track->last_played.value_or(0), wanted.last_played, 1);
        }
        EXPECT_EQ(track->rating.value_or(0), wanted.rating);
        EXPECT_EQ(track->favourite.value_or(false), fake_->has_favourites() && wanted.favourite);
    }
}

TEST_P(MediaServerContract, ReadsTheChosenLibrariesOnly) {
    fake_->state().tracks = 120;
    ServerAccount account = fake_->account();
    account.libraries = {"wORLD"};
    const auto chosen = create_media_server(account);
    EXPECT_THAT(list(*chosen), SizeIs(static_cast<std::size_t>(tracks_in(1, 120))));
    EXPECT_EQ(chosen->probe(cancel_).tracks, tracks_in(1, 120));
    EXPECT_THAT(chosen->probe(cancel_).libraries, SizeIs(kFakeLibraries)) << "all that may be chosen";
    account.libraries = {"World", "Main"};
    EXPECT_THAT(list(*create_media_server(account)), SizeIs(120));
    account.libraries = {"Worl"};
    const auto wrong = create_media_server(account);
    const auto error = error_of([&] { list(*wrong); });
    ASSERT_TRUE(error) << "a library that is not there must not become all of them";
    EXPECT_EQ(error->code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error->what(), HasSubstr("Worl"));
    EXPECT_THAT(error->what(), HasSubstr("Main"));
}

TEST_P(MediaServerContract, NewestAlbumsComeFirst) {
    fake_->state().tracks = 80;
    const auto albums = server_->newest_albums(3, cancel_);
    ASSERT_THAT(albums, SizeIs(3));
    EXPECT_EQ(albums[0].name, "Album 7");
    EXPECT_EQ(albums[1].name, "Album 6");
    EXPECT_EQ(albums[2].name, "Album 5");
    EXPECT_THAT(albums[0].id, Not(IsEmpty()));
}

TEST_P(MediaServerContract, TheMostPlayedComeFirst) {
    if (!fake_->has_play_counts()) GTEST_SKIP() << "this server counts no plays";
    const auto played = server_->most_played(3, cancel_);
    ASSERT_THAT(played, SizeIs(3));
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(played[i].id, fake_->track_id(static_cast<std::int64_t>(i)));
}

TEST_P(MediaServerContract, WhatTheUserThinksIsToldWithoutAListing) {
    const Opinions opinions = server_->opinions(cancel_);
    EXPECT_TRUE(opinions.all_ratings || opinions.all_favourites);
    EXPECT_EQ(opinions.all_favourites, fake_->has_favourites());
    std::map<std::string, std::pair<int, bool>> said;
    for (const ServerTrack& track : opinions.tracks) {
        const std::pair opinion(track.rating.value_or(0), track.favourite.value_or(false));
        EXPECT_TRUE(said.emplace(track.id, opinion).second) << "twice";
    }
    std::map<std::string, std::pair<int, bool>> wanted;
    for (std::int64_t number = 0; number < kFakeLiked; ++number) {
        const FakeTrack track = fake_track(number);
        const bool favourite = track.favourite && fake_->has_favourites();
        const bool told = favourite || (track.rating > 0 && opinions.all_ratings);
        if (told) wanted[fake_->track_id(number)] = {track.rating, favourite};
    }
    EXPECT_EQ(said, wanted);
}

TEST_P(MediaServerContract, FetchesTheFileByteForByte) {
    const TempFolder folder;
    const auto file = folder.path() / "audio";
    for (const std::int64_t number : {1, 3, 24}) {
        server_->fetch(fake_->track_id(number), file, cancel_);
        EXPECT_TRUE(contents(file) == fake_audio(number)) << number;
    }
    const auto error = error_of([&] { server_->fetch(fake_->track_id(4711), file, cancel_); });
    ASSERT_TRUE(error);
    EXPECT_THAT(error->code(), AnyOf(ErrorCode::not_found, ErrorCode::timeout)) << error->what();
}

TEST_P(MediaServerContract, FetchesSideBySide) {
    const TempFolder folder;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 6; ++i) {
        threads.emplace_back([&, i] {
            const auto file = folder.path() / std::to_string(i);
            for (std::int64_t number = 0; number < 4; ++number) {
                server_->fetch(fake_->track_id(number), file, cancel_);
                EXPECT_TRUE(contents(file) == fake_audio(number));
            }
        });
    }
}

TEST_P(MediaServerContract, Lyrics) {
    if (fake_->has_lyrics()) {
        EXPECT_EQ(server_->lyrics(fake_->track_id(0), cancel_), "Morning comes in slowly\nOver paper walls");
        EXPECT_EQ(server_->lyrics(fake_->track_id(1), cancel_), "");
    } else {
        const auto error = error_of([&] { EXPECT_EQ(server_->lyrics(fake_->track_id(0), cancel_), ""); });
        if (error) {
            EXPECT_EQ(error->code(), ErrorCode::unsupported);
        }
    }
}

TEST_P(MediaServerContract, TheStampChangesWithAScanOnly) {
    const std::string before = server_->change_stamp(cancel_);
    EXPECT_EQ(server_->change_stamp(cancel_), before);
    ++fake_->state().scans;
    fake_->state().tracks = 26;
    EXPECT_NE(server_->change_stamp(cancel_), before);
}

TEST_P(MediaServerContract, PlaylistsAreMadeReplacedAndDeleted) {
    fake_->state().tracks = 300;
    const std::string name = "Fånga #1 & 50% \"雪\" _automatic";
    const auto tracks = ids(40, 250);
    const std::string id = server_->create_playlist(name, tracks, cancel_);
    EXPECT_EQ(server_->playlist_tracks(id, cancel_), tracks);
    auto playlists = server_->playlists(cancel_);
    ASSERT_THAT(playlists, SizeIs(1));
    EXPECT_EQ(playlists[0].id, id);
    EXPECT_EQ(playlists[0].tracks, 250);
    if (!fake_->cleans_names()) {
        EXPECT_EQ(playlists[0].name, name);
    }

    const auto fewer = ids({7, 3, 5});
    const std::string replaced = server_->replace_playlist(playlists[0], fewer, cancel_);
    EXPECT_EQ(server_->playlist_tracks(replaced, cancel_), fewer);
    if (fake_->keeps_playlist_id()) {
        EXPECT_EQ(replaced, id);
    }
    playlists = server_->playlists(cancel_);
    ASSERT_THAT(playlists, SizeIs(1)) << "the old one is gone";
    EXPECT_EQ(server_->replace_playlist(playlists[0], tracks, cancel_).empty(), false);
    playlists = server_->playlists(cancel_);
    ASSERT_THAT(playlists, SizeIs(1));
    EXPECT_EQ(server_->playlist_tracks(playlists[0].id, cancel_), tracks);

    server_->delete_playlist(playlists[0].id, cancel_);
    EXPECT_THAT(server_->playlists(cancel_), IsEmpty());
    server_->delete_playlist(playlists[0].id, cancel_);  // gone already
}

TEST_P(MediaServerContract, ATrackTwice) {
    const auto twice = ids({3, 1, 3});
    const std::string id = server_->create_playlist("Twice", twice, cancel_);
    EXPECT_EQ(server_->playlist_tracks(id, cancel_), server_->keeps_duplicates() ? twice : ids({3, 1}));
}

TEST_P(MediaServerContract, PlaylistsOfOthersAreNotTouched) {
    if (!fake_->has_users()) GTEST_SKIP() << "this server has no users";
    fake_->state().playlists[50] = {"Theirs", {1, 2}, false, false};
    EXPECT_THAT(server_->playlists(cancel_), IsEmpty());
}

TEST_P(MediaServerContract, PlaylistsOfOneNameStayApart) {
    const std::string first = server_->create_playlist("Mine", ids({1}), cancel_);
    const auto error = error_of([&] {
        const std::string second = server_->create_playlist("Mine", ids({2}), cancel_);
        EXPECT_NE(second, first);
        EXPECT_EQ(server_->playlist_tracks(second, cancel_), ids({2}));
    });
    if (error) {
        EXPECT_EQ(error->code(), ErrorCode::conflict) << error->what();
    }
    EXPECT_EQ(server_->playlist_tracks(first, cancel_), ids({1}));
}

TEST_P(MediaServerContract, AWrongLoginIsSaid) {
    const ServerAccount account = fake_->wrong_login();
    const auto server = create_media_server(account);
    for (const Operation& operation : operations()) {
        if (operation.name == "fetch" && !fake_->downloads()) continue;
        const auto error = error_of([&] { operation.run(*server, *fake_); });
        ASSERT_TRUE(error) << operation.name;
        EXPECT_EQ(error->code(), ErrorCode::login_refused) << operation.name << ": " << error->what();
        expect_no_secret(error->what());
        if (!account.password.empty()) {
            EXPECT_THAT(error->what(), Not(HasSubstr(account.password)));
        }
        if (!account.token.empty()) {
            EXPECT_THAT(error->what(), Not(HasSubstr(account.token)));
        }
    }
}

TEST_P(MediaServerContract, ListingsThatRepeatThemselvesEnd) {
    fake_->state().tracks = 3 * static_cast<std::int64_t>(fake_->largest_page());
    fake_->state().ignores_offset = true;
    const auto error = error_of([&] { list(*server_); });
    if (!error) GTEST_SKIP() << "this server's listings have no pages";
    EXPECT_EQ(error->code(), ErrorCode::server_failed) << error->what();
}

TEST_P(MediaServerContract, ACutListingIsNoLibrary) {
    if (!fake_->tells_total()) GTEST_SKIP() << "this server does not say how many there should be";
    fake_->state().tracks = 2 * static_cast<std::int64_t>(fake_->largest_page());
    fake_->state().cut_after = 13;
    const auto error = error_of([&] { list(*server_); });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::server_failed) << error->what();
}

TEST_P(MediaServerContract, FaultsHaveTheirNames) {
    fake_->state().tracks = 25;
    const std::string kept = server_->create_playlist("Kept", ids({1, 2}), cancel_);
    // A deletion whose answer is lost was made all the same, so it is another playlist that outlives all of it.
    const std::string changed = server_->create_playlist("Changed", ids({1, 2}), cancel_);
    const auto playlists = server_->playlists(cancel_);
    const auto playlist = std::ranges::find(playlists, changed, &ServerPlaylist::id);
    ASSERT_NE(playlist, playlists.end());
    std::vector<Operation> all = operations();
    for (Operation& operation : operations_on(*playlist))
        all.push_back(std::move(operation));

    std::string table = fmt::format("{:<12}", GetParam().name);
    for (const Operation& operation : all)
        table += fmt::format(" {:<18}", operation.name);
    for (const Fault fault : kFaults) {
        if (!fake_->can_have(fault)) continue;
        table += fmt::format("\n{:<12}", name_of(fault));
        for (const Operation& operation : all) {
            if (operation.name == "fetch" && !fake_->downloads()) continue;
            if (operation.name == "played" && !fake_->has_play_counts()) continue;
            if (operation.name == "lyrics" && !fake_->has_lyrics()) continue;
            SCOPED_TRACE(name_of(fault) + " during " + operation.name);
            ServerAccount account = fake_->account();
            if (fault == Fault::slow || fault == Fault::stalled) {  // here the limits are what is waited for
                account.limits.answer = std::chrono::milliseconds(100);
                account.limits.stall = std::chrono::milliseconds(200);
            }
            if (fault == Fault::refused) {
                const auto port = account.url.rfind(':');
                account.url = account.url.substr(0, port + 1) + std::to_string(closed_port());
            }
            const auto server = create_media_server(account);
            fake_->set_fault(fault);
            const double start = steady_now();
            const auto error = error_of([&] { operation.run(*server, *fake_); });
            const double seconds = steady_now() - start;
            fake_->set_fault(Fault::none);
            // A page that is not there: no lyrics, and a playlist that is deleted already.
            const bool means_none =
                fault == Fault::status_404 && (operation.name == "delete" || operation.name == "lyrics");
            EXPECT_TRUE(error || means_none) << "a fault became a success";
            table += fmt::format(" {:<18}", error ? code_name(error->code()) : "(none: right)");
            if (!error) continue;
            EXPECT_THAT(fitting(fault), ::testing::Contains(error->code())) << error->what();
            EXPECT_THAT(error->what(), AnyOf(::testing::EndsWith("."), ::testing::EndsWith("?"))) << "no sentence";
            expect_no_secret(error->what());
            constexpr double kGuard = 60;  // limits are two seconds, each may be met a few times
            EXPECT_LT(seconds, kGuard) << "no bounded time";
        }
    }
    fmt::print("{}\n", table);
    EXPECT_EQ(server_->playlist_tracks(kept, cancel_).empty(), false) << "the playlist outlived all of it";
}

TEST_P(MediaServerContract, CancelEndsAListing) {
    fake_->state().tracks = 5000;
    const CancelSource cancel;
    std::int64_t seen = 0;
    const auto error = error_of([&] {
        server_->list_tracks(
            [&](const ServerTrack&) {
                if (++seen == 10) cancel.cancel();
            },
            cancel.token());
    });
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), ErrorCode::cancelled);
}

TEST_P(MediaServerContract, AHundredThousandTracksInFlatMemory) {
    constexpr std::int64_t kTracks = 100'000;
    fake_->state().tracks = 2000;
    server_->list_tracks([](const ServerTrack&) {}, cancel_);
    malloc_trim(0);
    const auto before = process_memory().resident_bytes;
    std::uint64_t most = 0;
    fake_->state().tracks = kTracks;
    std::int64_t seen = 0;
    const double start = steady_now();
    server_->list_tracks(
        [&](const ServerTrack&) {
            if (++seen % 5000 == 0) most = std::max(most, process_memory().resident_bytes);
        },
        cancel_);
    EXPECT_EQ(seen, kTracks);
    const double grown = static_cast<double>(most - std::min(most, before)) / 1e6;
    fmt::print("{}: {} tracks listed in {:.1f} s, memory grew by {:.1f} MB (server and client in one process)\n",
               GetParam().name, kTracks, steady_now() - start, grown);
    EXPECT_LT(grown, 40) << "MB: a list of the whole library would take 100";
}

}  // namespace audiomuse::library::testing
