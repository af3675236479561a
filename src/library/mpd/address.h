// Where an MPD listens.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace audiomuse::library::mpd {

struct Address {
    std::string host;  ///< empty: a socket of this machine
    std::string port;
    std::filesystem::path socket;
    std::string shown;  ///< "MPD at mpd://nas:6600", for messages
};

/// Reads "mpd://nas", "mpd://nas:6600", "mpd://[::1]:6600" or the path of a socket. Throws Error(invalid_argument) with
/// the way out for anything else.
Address parse_address(std::string_view url);

}  // namespace audiomuse::library::mpd
