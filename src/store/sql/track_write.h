// Writing catalogue rows, on a connection that is in a transaction.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "audiomuse/base/ids.h"
#include "audiomuse/base/track.h"
#include "sql/connection.h"

namespace audiomuse::store::sql {

TrackTags valid_tags(TrackTags tags);  ///< with valid UTF-8 only

// Tags as valid_tags made them.

TrackId insert_track(Connection& connection, const TrackTags& tags);
/// Replaces the tags, in the change of that number; artists are gone then, lyrics stay.
void update_track(Connection& connection, TrackId id, const TrackTags& tags, std::int64_t change);
/// The artists of a track that has none yet.
void insert_artists(Connection& connection, TrackId id, const TrackTags& tags);
/// Valid text; empty: there are none.
void write_lyrics(Connection& connection, TrackId id, const std::string& text);
/// Lets search find a track by what its tags are now.
void write_search_text(Connection& connection, TrackId id, const TrackTags& tags);
/// Brings a track up to date after one of its sources came or went, in the change of that number. Search finds present
/// tracks only.
void update_presence(Connection& connection, TrackId id, std::int64_t change);

/// What was heard of the track is of other audio than it has now.
void mark_outdated(Connection& connection, TrackId id);

/// The last three parts of a path as they are compared: folded, the file without its extension. Empty for a path of one
/// part, which says too little.
std::string path_tail(std::string_view path);

/// Parts the characters of search texts from before that was done.
void part_search_texts(Connection& connection);
/// Gives lyrics their words: for rows from before there were any.
void fill_lyrics_words(Connection& connection);
/// Gives every source the tail of its path: for rows from before there were tails.
void fill_tails(Connection& connection);
/// Has every track that is nowhere be so from now on: for rows from before that was noted.
void begin_orphans(Connection& connection);

}  // namespace audiomuse::store::sql
