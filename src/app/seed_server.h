// The media server that environment and .env name.
#pragma once

#include <optional>

#include "audiomuse/settings/settings.h"
#include "audiomuse/store/servers.h"

namespace audiomuse::app {

/// The server of MEDIASERVER_TYPE and its settings; nothing without. Throws Error(invalid_argument) naming the setting
/// that is wrong or missing.
std::optional<store::ServerRow> server_of(const settings::Settings& settings);

}  // namespace audiomuse::app
