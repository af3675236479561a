// A small music library for tests against real servers, made with ffmpeg.
#pragma once

#include <filesystem>

namespace audiomuse::testing_support {

/// Three albums, nine tracks of tones, five formats, two folders: names with "&", "%", "#", "(" and letters that are
/// not Latin, two discs, a compilation, two artists in one tag, lyrics in a tag and in a file beside the track.
struct MediaLibrary {
    /// Makes it below `folder`. Throws std::runtime_error with ffmpeg's words.
    explicit MediaLibrary(std::filesystem::path folder);

    std::filesystem::path music1() const { return folder / "music1"; }  ///< six tracks, FLAC and MP3
    std::filesystem::path music2() const { return folder / "music2"; }  ///< three, Ogg Vorbis, AAC and Opus
    static bool tools_installed();

    std::filesystem::path folder;
};

}  // namespace audiomuse::testing_support
