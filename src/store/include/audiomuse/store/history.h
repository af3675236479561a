// What people have listened to and what they think of it: per track and listener.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/base/ids.h"

namespace audiomuse::store {

/// A user of a media server. Without a server: who plays in this program's own page.
struct Listener {
    ServerId server = {};
    std::string user = {};  ///< as the server's row or the linked account names it; may be empty
    UserId owner = {};      ///< whose taste it feeds; nobody: the household's
    friend bool operator==(const Listener&, const Listener&) = default;
};

/// What one listener has heard of one track.
struct Heard {
    TrackId track;
    Listener listener;
    std::int64_t plays = 0;
    double last_played_at = 0;  ///< Unix seconds; 0: not known
    int rating = 0;             ///< 1..5; 0: none
    bool favourite = false;
    friend bool operator==(const Heard&, const Heard&) = default;
};

/// What a media server says of one of its items; what it does not say stays as it is.
struct HeardItem {
    std::string item_id;  ///< the server's own
    std::optional<std::int64_t> plays = {};
    std::optional<double> last_played_at = {};
    std::optional<int> rating = {};  ///< cut to 0..5
    std::optional<bool> favourite = {};
};

/// Of what a media server has told all there is: tracks that are not among its items have none of it.
struct Told {
    bool plays = false;
    bool ratings = false;
    bool favourites = false;
};

/// What is listened to does not count in Store::change_counter; artists that are hidden do.
class History {
public:
    virtual ~History() = default;

    /// Takes what a media server says of its user, in one transaction; only what differs is written. Items that the
    /// server does not have (here) are passed over. Every track that is not among the items loses what `all` names; the
    /// rest of it stays. Nobody else's rows change. Returns the number of rows that changed.
    virtual std::int64_t put(const Listener& listener, std::span<const HeardItem> items, const Told& all) = 0;
    /// One more play, at `at` (Unix seconds). Throws Error(not_found) for an unknown track.
    virtual void add_play(const Listener& listener, TrackId track, double at) = 0;
    /// Throws Error(not_found) for an unknown track.
    virtual void set_rating(const Listener& listener, TrackId track, int rating) = 0;  ///< cut to 0..5
    virtual void set_favourite(const Listener& listener, TrackId track, bool favourite) = 0;

    /// Everybody's rows of these tracks, by track, owner, server and user.
    virtual std::vector<Heard> of(std::span<const TrackId> tracks) = 0;
    /// Whose plays stand for those of `user`: their own once they have any, else the household's (nobody's).
    virtual UserId played_by(UserId user) = 0;
    /// Present tracks that played_by(user) has played, the most played first, then the latest. The rows of one owner
    /// are added up, with the latest time, the highest rating, and favourite when any is; `listener` is empty then.
    virtual std::vector<Heard> most_played(UserId user, std::int64_t limit) = 0;
    /// All who have rows, by owner, server and user.
    virtual std::vector<Listener> listeners() = 0;

    /// Artists that are not to come up in lists made for `owner`, who may be nobody; by name.
    virtual std::vector<std::string> hidden_artists(UserId owner) = 0;
    /// Names are alike blind to case and accents. Throws Error(invalid_argument) for a blank name or one over 200
    /// characters.
    virtual void hide_artist(UserId owner, const std::string& name) = 0;
    virtual void show_artist(UserId owner, const std::string& name) = 0;  ///< throws Error(not_found)
};

}  // namespace audiomuse::store
