// What of FFmpeg a music file may reach.
#pragma once

#include <string_view>

namespace audiomuse::wrap::ffmpeg {

/// True for FFmpeg's demuxers of music files. Playlists, streaming manifests, pictures, subtitles, game and broadcast
/// formats are none: they have nothing to do in a music library, and most of FFmpeg's flaws lie in them.
bool is_music_demuxer(std::string_view name);

/// Comma-separated names of the decoders of music, as AVFormatContext::codec_whitelist takes them.
extern const char* const kMusicDecoders;
/// True for one of kMusicDecoders.
bool is_music_decoder(std::string_view name);

}  // namespace audiomuse::wrap::ffmpeg
