// A server of the store as an account to connect with.
#pragma once

#include "audiomuse/library/media_server.h"
#include "audiomuse/store/servers.h"

namespace audiomuse::servers {

/// With the limits that jobs work by. Throws Error(unsupported) for one of no known kind, e.g. "local".
library::ServerAccount account_of(const store::ServerRow& server);

}  // namespace audiomuse::servers
