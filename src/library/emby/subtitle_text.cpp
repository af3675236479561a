#include "emby/subtitle_text.h"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/parse_options.hpp>

#include "audiomuse/base/text.h"
#include "server/json_read.h"

namespace audiomuse::library {

namespace json = boost::json;

namespace {

/// "[01:02.50]Words" without its times; nothing for "[ar:Anna Bell]", which says something else about the song.
std::optional<std::string_view> without_times(std::string_view line) {
    bool had_time = false;
    while (line.starts_with('[')) {
        const auto end = line.find(']');
        const auto colon = line.find(':');
        if (end == std::string_view::npos || colon == std::string_view::npos || colon > end) break;
        const bool time = line.substr(1, end - 1).find_first_not_of("0123456789:.") == std::string_view::npos;
        if (!time) {
            if (had_time || !trim(line.substr(end + 1)).empty()) break;
            return std::nullopt;
        }
        had_time = true;
        line.remove_prefix(end + 1);
    }
    return trim(line);
}

std::string without_blank_end(std::string text) {
    text.erase(text.find_last_not_of('\n') + 1);
    return text;
}

}  // namespace

std::optional<SubtitleStream> find_subtitle(const json::value& item) {
    std::optional<SubtitleStream> found;
    each_at(item, "MediaSources", [&](const json::value& source) {
        each_at(source, "MediaStreams", [&](const json::value& stream) {
            if (found || text_at(stream, "Type") != "Subtitle" || !flag_at(stream, "IsTextSubtitleStream")) return;
            SubtitleStream candidate{.source = text_at(source, "Id"),
                                     .index = text_at(stream, "Index"),
                                     .format = fold(text_at(stream, "Codec")) == "lrc" ? "lrc" : "js"};
            if (!candidate.source.empty() && !candidate.index.empty()) found = std::move(candidate);
        });
    });
    return found;
}

std::string subtitle_text(std::string_view stream) {
    std::string text;
    constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
    if (stream.starts_with(kByteOrderMark)) stream.remove_prefix(kByteOrderMark.size());
    if (trim(stream).starts_with('{')) {
        boost::system::error_code error;
        json::parse_options options;
        options.allow_invalid_utf8 = true;
        const json::value events = json::parse(trim(stream), error, {}, options);
        if (error) return {};
        each_at(events, "TrackEvents", [&](const json::value& event) { text += text_at(event, "Text") + '\n'; });
        return without_blank_end(std::move(text));
    }
    for (const std::string& line : split(to_valid_utf8(stream), '\n')) {
        if (const auto words = without_times(trim(line))) text += std::string(*words) + '\n';
    }
    return without_blank_end(std::move(text));
}

}  // namespace audiomuse::library
