// Lyrics as Emby hands them out: a text stream of the track, like the subtitles of a film.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace audiomuse::library {

/// Where the words of an item are.
struct SubtitleStream {
    std::string source;
    std::string index;
    std::string format;  ///< to ask for: "lrc", or "js", in which every kind of text comes
};
/// The item's first stream of text. Nothing: it has no lyrics.
std::optional<SubtitleStream> find_subtitle(const boost::json::value& item);

/// Lines without their times, of LRC, of {"TrackEvents": [{"Text": "..."}]} or of plain text.
std::string subtitle_text(std::string_view stream);

}  // namespace audiomuse::library
