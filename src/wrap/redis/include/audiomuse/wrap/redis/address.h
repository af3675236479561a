// Where a Redis server is, and who we are there.
#pragma once

#include <string>
#include <string_view>

namespace audiomuse::wrap::redis {

struct Address {
    std::string host = "127.0.0.1";
    int port = 6379;
    std::string user;      ///< empty = the server's default user
    std::string password;  ///< empty = no AUTH
    int database = 0;

    /// "host:port/database", fit for messages.
    std::string name() const;
};

/// Reads redis://[[user]:password@]host[:port][/database]; user and password may be percent-encoded, an IPv6 address
/// stands in brackets. Throws Error(invalid_argument) with the way out, and without the URL itself, because it may hold
/// a password. rediss:// (TLS) is refused.
Address parse_url(std::string_view url);

}  // namespace audiomuse::wrap::redis
