// What tells that two files hold the same audio.
#pragma once

#include <filesystem>
#include <string>

namespace audiomuse::library {

/// 32 hexadecimal digits that stay the same when a file is moved, renamed or re-tagged, and differ for other audio.
/// BLAKE2b over the kind's audio payload, of which at most 192 kB are read: its length, begin, middle and end. The
/// payload is
///   FLAC           what STREAMINFO says: the MD5 of the samples; without one, all after the metadata
///   Ogg            granule positions and packet bytes of the first and last audio pages; page numbers and checksums
///   change with tags MP4, WAV, AIFF, CAF, DSF, ASF   the media data (mdat, data, SSND, data object) others         the
///   file without ID3v2 at the begin and ID3v1, APEv2 and Lyrics3 at the end
/// Matroska and other kinds that keep tags elsewhere change their signature when re-tagged.
/// Throws Error: not_found when the file is gone, io when it can't be read.
std::string audio_signature(const std::filesystem::path& file);

}  // namespace audiomuse::library
