// A server of the store as an account to connect with.
#pragma once

#include "audiomuse/library/media_server.h"
#include "audiomuse/store/servers.h"

namespace audiomuse::servers {

/// With the limits that jobs work by. Throws Error(unsupported) for one of no known kind, e.g. "local".
library::ServerAccount account_of(const store::ServerRow& server);

/// The server as its user `account` reaches it, who may not see the libraries that were chosen.
store::ServerRow as_user(store::ServerRow server, const store::LinkedAccount& account);
/// Whether servers of this type have accounts with playlists and play counts of their own.
bool has_accounts(const std::string& type);

}  // namespace audiomuse::servers
