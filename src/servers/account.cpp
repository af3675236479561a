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

store::ServerRow as_user(store::ServerRow server, const store::LinkedAccount& account) {
    server.user = account.name;
    server.password = account.password;
    server.token = account.token;
    server.libraries.clear();
    return server;
}

bool has_accounts(const std::string& type) {
    using enum library::ServerKind;
    const auto kind = library::parse_kind(type);
    return kind == jellyfin || kind == emby || kind == navidrome || kind == plex;
}

}  // namespace audiomuse::servers
