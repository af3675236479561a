// Who plays a song, and which recordings are the same song to a listener.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audiomuse/base/track.h"

namespace audiomuse::features {

/// The folded main artist, for caps: the first of `artists` (without a trailing "feat. ..."), else the album artist.
/// Empty when nobody is named: unknown, or "Various Artists" as album artist only.
std::string artist_key(const TrackTags& tags);

/// Two tracks with equal signatures are versions of one song: the folded title without what marks a version, and the
/// folded author. A group in ( ) or [ ], or what follows " - ", marks a version when it holds one of the words
/// remaster, remastered, explicit, clean, radio, edit, version or mix, or names a guest (feat., ft., featuring). A
/// title that would become empty stays whole. Empty for an empty title: songs without a title are never taken for the
/// same.
///
/// Live (also: unplugged, session) and acoustic recordings, demos, instrumentals and remixes are songs of their own:
/// all live recordings of a song are one, and so on, and each remix is one. Without `keep_apart` they are versions of
/// the song, too.
std::string song_signature(std::string_view title, std::string_view author, bool keep_apart = true);

/// The folded album and its artist; empty when it has no name.
std::string album_key(const TrackTags& tags);

/// An artist key or a signature as a number (FNV-1a, 64 bits), for lists that are made often: 0 for an empty text and
/// for no other. In a list of a thousand songs two texts meet with a chance of one in 10^13.
std::uint64_t song_key(std::string_view text);

}  // namespace audiomuse::features
