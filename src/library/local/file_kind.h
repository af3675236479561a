// Which files are audio: by name where a name tells, else by the first bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace audiomuse::library {

enum class NameKind {
    audio,    ///< listed without opening
    other,    ///< never opened
    unknown,  ///< the content decides
};
/// By the extension, upper or lower case.
NameKind kind_by_name(std::string_view file_name);

/// How much of a file looks_like_audio wants; less is fine for shorter files.
inline constexpr std::size_t kSniffBytes = 8192;
/// True when `head` begins as a FLAC, Ogg, MP3, WAV, AIFF, MP4, WavPack, Monkey's Audio, DSD, ASF, ADTS, Matroska, TTA,
/// Musepack, CAF, AU, AMR or AC-3 file does.
bool looks_like_audio(std::span<const std::byte> head);

/// Folders and files that hold no music of the user: hidden ones and those that storage systems keep for themselves.
bool is_skipped_name(std::string_view name);

}  // namespace audiomuse::library
