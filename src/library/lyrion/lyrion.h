// Lyrion Music Server (once Logitech Media Server, Squeezebox Server), over its JSON-RPC: 7.7, 8 and 9.
#pragma once

#include <memory>

#include "audiomuse/library/media_server.h"

namespace audiomuse::library {

/// Libraries are media folders: an account names them by name or path, or a folder inside one by its path. Ids of
/// tracks are row numbers, which a "clear library and rescan" gives out anew.
/// Throws Error(invalid_argument) when the account lacks something.
std::unique_ptr<MediaServer> create_lyrion(const ServerAccount& account);

}  // namespace audiomuse::library
