// The file of a track as an answer.
#pragma once

#include "backend.h"
#include "request.h"
#include "response.h"

namespace audiomuse::api {

/// Only files below the music folders are sent, whatever the store says: a folder that was taken out of the settings
/// stays private. Throws Error(not_found).
void check_confined(const Backend& backend, const std::filesystem::path& path);

/// The whole file, the part that a Range header asks for, or 304. Throws Error(not_found) when the file is gone.
Response audio_file(const Backend& backend, const store::TrackRow& row, const Request& request);

}  // namespace audiomuse::api
