// Playlists as M3U8 files, which every player reads.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/store/store.h"

namespace audiomuse::features {

struct M3u8Options {
    std::string name;                   ///< written as #PLAYLIST; left out when empty
    std::filesystem::path relative_to;  ///< paths are written relative to this folder; empty: as they are (absolute)
};

/// Extended M3U in UTF-8: "#EXTM3U", then per track "#EXTINF:<seconds>,<artist> - <title>" and its path. Line breaks
/// and other control characters in names become blanks, so that a tag cannot add lines; a path that holds a line break
/// cannot be written in this format and is left out. Unknown lengths are -1, unknown titles the file's name. Lines end
/// with "\n".
std::string to_m3u8(std::span<const store::TrackRow> tracks, const M3u8Options& options = {});

/// `name` as a file name without extension for any system: invalid UTF-8 replaced; control characters and / \ : * ? " <
/// > | become "_"; no leading dots, no blanks and dots at the end; names that Windows reserves (CON, NUL, COM1 ...) get
/// a "_" in front; at most 120 bytes, cut between characters; "playlist" when nothing is left.
std::string safe_file_name(std::string_view name);

/// Writes every playlist as `<dir>/<safe name>.m3u8`, with paths as they are, and returns the files in the order of the
/// store's list. Names that differ only in case or unsafe characters get " (2)", " (3)" ... Each file appears whole or
/// not at all; one of the same name is replaced. Creates `dir`. Throws Error(io) that names the file.
std::vector<std::filesystem::path> export_all(store::Store& store, const std::filesystem::path& dir);

}  // namespace audiomuse::features
