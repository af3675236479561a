// What the fake servers of all kinds have in common: one library and one set of playlists, that each of them shows in
// the words of its protocol. The contract in media_server_contract.h is written against this.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "audiomuse/library/media_server.h"
#include "server/fake_web.h"

namespace audiomuse::library::testing {

/// Track `number` (from 0) of the library that every fake shows. Pure. The first ones have names that are hard to get
/// through: "Paper Walls (50% & more)", "Bølger #2", "雪の夜", two artists, quotes, a backslash, a plus.
struct FakeTrack {
    std::int64_t number = 0;
    std::string title;
    std::vector<std::string> artists;
    std::string album;
    std::string album_artist;
    std::int64_t album_number = 0;  ///< ten tracks each
    std::int64_t library = 0;       ///< 0: "Main", 1: "World"; every fifth album is in the second
    int track = 0;
    int disc = 1;
    int year = 0;
    std::string genre;
    double duration_s = 0;
    std::string path;             ///< below its library, e.g. "Anna Bell/Quiet Rooms/03 - Paper Walls.flac"
    double added_at = 0;          ///< Unix seconds, whole; higher for higher album numbers
    std::int64_t play_count = 0;  ///< 0: never played; above 0 for a few of the first tracks, all different
    double last_played = 0;       ///< Unix seconds, whole; 0: never
    int rating = 0;               ///< stars of a few of the first kFakeLiked tracks; else 0
    bool favourite = false;       ///< a few of those are
    std::string lyrics;           ///< of the first track two lines; else empty
};
FakeTrack fake_track(std::int64_t number);
inline constexpr std::int64_t kFakeLiked = 10;
/// The bytes of its file: a FLAC header and 100,000 bytes that differ from track to track.
std::string fake_audio(std::int64_t number);
inline constexpr std::int64_t kFakeLibraries = 2;
std::string fake_library_name(std::int64_t library);    ///< "Main", "World"
std::string fake_library_folder(std::int64_t library);  ///< "/srv/music/main", "/srv/music/world"

struct FakePlaylist {
    std::string name;
    std::vector<std::int64_t> tracks;  ///< numbers
    bool own = true;                   ///< false: of another user, who lets us see it
    bool smart = false;
};

/// What a fake holds, and how it misbehaves. Guarded by `mutex`.
struct FakeState {
    mutable std::mutex mutex;
    std::int64_t tracks = 25;
    std::map<std::int64_t, FakePlaylist> playlists;  ///< by number; a fake makes ids of its own kind from these
    std::int64_t next_playlist = 1;
    bool empty_library = false;   ///< no track at all
    bool ignores_offset = false;  ///< every page is the first
    std::int64_t cut_after =
        -1;                   ///< listings hold no rows from this one on, although the total (where one is sent) does
    bool drops_last = false;  ///< a playlist that is made or changed lacks its last track, and nobody says so
    std::int64_t scans = 0;   ///< raise it: the server has ended one more scan
};

class FakeMediaServer {
public:
    virtual ~FakeMediaServer() = default;
    virtual ServerAccount account() const = 0;             ///< one that works, with limits fit for tests (fast_limits)
    virtual ServerAccount wrong_login() const = 0;         ///< the same with a wrong password or key; MPD too
    virtual std::vector<std::string> secrets() const = 0;  ///< texts that no message may contain
    virtual std::string track_id(std::int64_t number) const = 0;
    virtual void set_fault(Fault fault) = 0;
    virtual bool can_have(Fault) const { return true; }  ///< false: there is no such thing in this protocol
    /// What the server objected to: requests that the real one would not understand as meant (a missing parameter, a
    /// wrong header, a method that is not there, a parameter nobody documented). Must stay empty.
    virtual std::vector<std::string> complaints() const = 0;
    virtual std::size_t largest_page() const = 0;  ///< rows it sends at once at most
    virtual bool shows_paths() const { return true; }
    virtual bool has_play_counts() const { return true; }
    virtual bool has_last_played() const { return true; }
    virtual bool has_favourites() const { return true; }
    virtual bool has_lyrics() const { return true; }
    virtual bool has_users() const { return true; }  ///< probe tells a name
    virtual bool downloads() const { return true; }  ///< false: files come from a folder
    virtual bool keeps_playlist_id() const { return true; }
    virtual bool cleans_names() const { return false; }  ///< a playlist's name may come back changed
    virtual bool tells_total() const { return true; }    ///< of its library, so that a cut listing can be noticed

    FakeState& state() { return state_; }

protected:
    FakeState state_;
};

/// Short ones: connect 2 s, answer 2 s, stall 2 s, 1 retry, 4 connections.
ServerLimits fast_limits();

}  // namespace audiomuse::library::testing
