// Tags and pictures inside audio files.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "audiomuse/base/track.h"

namespace audiomuse::wrap::taglib {

/// E.g. "1.13.0".
std::string library_version();

/// A picture as it stands in the file. Empty bytes: none.
struct Picture {
    std::string media_type;  ///< as picture_media_type tells it
    std::string bytes;
};

/// By the first bytes: "image/jpeg", "image/png", "image/webp" or "image/gif"; empty for anything else.
std::string picture_media_type(std::string_view bytes);

/// Tags of `file`, whose kind is told by content first and by name where content is not enough. Lists come from several
/// fields or values (Vorbis comments, ID3v2.4, MP4, APE); names are never split at "feat.", "/" or "&". ARTISTS wins
/// over ARTIST. Numeric ID3 genres become their names. Text is valid UTF-8, trimmed. Whatever can't be read stays
/// empty; never throws for what a file is. Threads: any number at once.
TrackTags read_tags(const std::filesystem::path& file);

/// The front cover, or else the first picture of a kind that picture_media_type knows, of at most `max_bytes`. Never
/// throws for what a file is.
Picture read_cover(const std::filesystem::path& file, std::size_t max_bytes);

/// Replaces the fields of TrackTags, apart from duration_s and has_cover, in a FLAC, Ogg Vorbis, Opus, MP3 (as ID3v2.4)
/// or MP4 file; with a picture also its pictures. Throws Error(unsupported_format) for other files, Error(io) when the
/// file can't be written.
void write_tags(const std::filesystem::path& file, const TrackTags& tags, const Picture& cover = {});

}  // namespace audiomuse::wrap::taglib
