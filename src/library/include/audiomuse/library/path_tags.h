// What a file's path says about the music in it, for files without tags.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "audiomuse/base/track.h"

namespace audiomuse::library {

/// Reads title, artist, album, track and disc number and year from a path relative to the library's folder, e.g.
///   Artist/Album/01 - Title.flac            Artist/1999 - Album/CD2/03. Title.mp3     Artist - Album (1999)/03
///   Title.ogg Artist - Title.mp3                      Various Artists/Album/07 - Artist - Title.mp3   Artist - Album -
///   05 - Title.m4a
/// Fields the path is silent about stay empty; the title is never empty. All text is valid UTF-8. Pure.
TrackTags tags_from_path(const std::filesystem::path& relative);

/// The number of a folder that holds one disc of an album: "CD1", "Disc 03", "disk-1", "CD2 - Live". Nothing for other
/// names.
std::optional<int> disc_of_folder(std::string_view name);

/// Fills the empty ones among title, artists, album, album artist, numbers and year of `tags`. Artists are only filled
/// when there is no album artist either.
void fill_missing(TrackTags& tags, const TrackTags& from_path);

}  // namespace audiomuse::library
