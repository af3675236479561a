// MPD's music directory, as this machine sees it.
#pragma once

#include <filesystem>
#include <string>

#include "audiomuse/base/cancel.h"

namespace audiomuse::library::mpd {

/// Throws Error(invalid_argument) when it is no folder.
void require_folder(const std::filesystem::path& folder);

/// Whether there is such a file below the folder.
bool has_file(const std::filesystem::path& folder, const std::string& track);

/// Copies a file; on an error nothing is left at `to`. Links are followed, as MPD follows them. Throws
/// Error(invalid_argument) for a path that leads out of the folder and for a folder that is not there, not_found,
/// permission_denied, io, cancelled.
void copy_file(const std::filesystem::path& folder, const std::string& track, const std::filesystem::path& to,
               const CancelToken& cancel);

}  // namespace audiomuse::library::mpd
