#include "address.h"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::wrap::postgres {

namespace {

using Keywords = std::map<std::string, std::string>;

Error not_understood() {
    return Error(ErrorCode::invalid_argument,
                 "The address of PostgreSQL cannot be understood. Write it as "
                 "postgresql://user:password@host:port/database, with special characters of the password as %40 for "
                 "@, %3A for :, %2F for / and %25 for %.");
}

/// One, or one for each of several hosts; an empty one is the usual.
bool are_ports(const std::string& text) {
    return std::ranges::all_of(split(text, ','), [](const std::string& part) {
        int port = 5432;
        const char* end = part.data() + part.size();
        const auto [parsed, error] = std::from_chars(part.data(), end, port);
        return part.empty() || (error == std::errc() && parsed == end && port >= 1 && port <= 65535);
    });
}

Keywords parse_url(const std::string& url) {
    if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) throw not_understood();
    char* message = nullptr;  // may show a part of the password
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(url.c_str(), &message),
                                                                              PQconninfoFree);
    PQfreemem(message);
    if (!parsed) throw not_understood();
    Keywords keywords;
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) keywords[option->keyword] = option->val;
    }
    // A password with an @ or / that was not escaped ends up in these, and from there in messages.
    for (const char* name : {"host", "port", "dbname", "user"}) {
        if (keywords[name].find('@') != std::string::npos) throw not_understood();
    }
    if (!are_ports(keywords["port"])) throw not_understood();
    std::erase_if(keywords, [](const auto& entry) { return entry.second.empty(); });
    return keywords;
}

Keywords from_fields(const ConnectOptions& options) {
    Keywords keywords = {{"port", std::to_string(options.port)}};
    if (!options.host.empty()) keywords["host"] = options.host;
    if (!options.user.empty()) keywords["user"] = options.user;
    if (!options.password.empty()) keywords["password"] = options.password;
    if (!options.database.empty()) keywords["dbname"] = options.database;
    return keywords;
}

}  // namespace

Address parse_address(const ConnectOptions& options) {
    Keywords keywords = options.url.empty() ? from_fields(options) : parse_url(options.url);
    // A server that vanished (cut cable, stopped machine) is noticed within about half a minute, not in two hours.
    keywords.insert({{"application_name", options.application_name},
                     {"client_encoding", "UTF8"},
                     {"keepalives", "1"},
                     {"keepalives_idle", "15"},
                     {"keepalives_interval", "5"},
                     {"keepalives_count", "3"},
                     {"tcp_user_timeout", "30000"}});
    Address address;
    address.user = keywords.contains("user") ? keywords["user"] : "";
    // libpq's own default.
    address.database = keywords.contains("dbname") ? keywords["dbname"] : address.user;
    address.shown = fmt::format("{}:{}, database {}", keywords.contains("host") ? keywords["host"] : "localhost",
                                keywords.contains("port") ? keywords["port"] : "5432",
                                address.database.empty() ? "(default)" : address.database);
    address.keywords.assign(keywords.begin(), keywords.end());
    return address;
}

}  // namespace audiomuse::wrap::postgres
