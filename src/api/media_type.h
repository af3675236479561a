#pragma once

#include <string_view>

namespace audiomuse::api {

/// Media type of an audio file: by its first bytes (16 are enough), else by its extension (".mp3", any case), else
/// "application/octet-stream".
std::string_view audio_media_type(std::string_view first_bytes, std::string_view extension);

}  // namespace audiomuse::api
