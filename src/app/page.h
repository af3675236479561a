// The web page, compiled into the program.
#pragma once

#include <vector>

#include "audiomuse/api/server.h"

namespace audiomuse::app {

/// Empty when the program was built without the page.
std::vector<api::StaticFile> page_files();

}  // namespace audiomuse::app
