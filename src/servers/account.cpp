#include "audiomuse/servers/account.h"

#include <fmt/format.h>

namespace audiomuse::servers {

library::ServerAccount account_of(const store::ServerRow& server) {
    const auto kind = library::parse_kind(server.type);
    if (!kind) {
        throw Error(ErrorCode::unsupported,
                    fmt::format("{} is a server of a kind that is not known: {}.", server.name, server.type));
    }
    library::ServerAccount account;
    account.kind = *kind;
    account.url = server.url;
    account.user = server.user;
    account.password = server.password;
    account.token = server.token;
    account.libraries = server.libraries;
    account.music_folder = server.music_folder;
    account.allow_plain_password = server.allow_plain_password;
    return account;
}

}  // namespace audiomuse::servers
