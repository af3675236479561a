// What a request may do.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audiomuse/store/users.h"

namespace audiomuse::api {

/// What a route asks for: a column of the route table, and the scopes of tokens.
enum class Right : std::uint8_t {
    open,       ///< nothing; what such a route does is for everybody, or it looks at a proof of its own
    read,       ///< to look, listen and ask for lists
    playlists,  ///< to keep, change and remove playlists, also on media servers, and to tell what was played
    jobs,       ///< to start and stop work on the whole library
    admin,      ///< settings, media servers, users
};
std::string_view right_name(Right right);  ///< "read"

/// A set of rights; with `admin` all of them.
class Rights {
public:
    static Rights none() { return Rights(0); }
    static Rights all();
    static Rights of(store::Role role);
    /// "read,playlists"; throws Error(invalid_argument) for another word, or none at all.
    static Rights parse(std::string_view scopes);

    bool may(Right right) const { return right == Right::open || (bits_ & bit(right)) != 0; }
    Rights within(Rights other) const { return Rights(bits_ & other.bits_); }  ///< what both have
    std::string text() const;                                                  ///< as parse reads it
    friend bool operator==(Rights, Rights) = default;

private:
    explicit Rights(unsigned bits) : bits_(bits) {}
    static unsigned bit(Right right) { return 1U << static_cast<unsigned>(right); }
    unsigned bits_;
};

}  // namespace audiomuse::api
