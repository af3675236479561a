// What libpq is told about the server.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "audiomuse/wrap/postgres/connection.h"

namespace audiomuse::wrap::postgres {

struct Address {
    std::vector<std::pair<std::string, std::string>> keywords;  ///< of libpq, the password among them
    std::string shown;                                          ///< "host:port, database name"
    std::string user;
    std::string database;
};

/// Throws Error(invalid_argument), which names no part of a URL that might be its password.
Address parse_address(const ConnectOptions& options);

}  // namespace audiomuse::wrap::postgres
