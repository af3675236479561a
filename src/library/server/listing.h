// What listings of all kinds of servers have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/library/media_server.h"

namespace audiomuse::library {

/// One page of a listing.
struct TrackPage {
    std::vector<ServerTrack> tracks;
    std::int64_t skipped = 0;           ///< rows that are no track of the library (a stream, a foreign folder)
    std::optional<std::int64_t> total;  ///< rows of the whole listing, where the server says so
};

/// Reads pages from row 0 on, as many rows further as came, until one is empty or the total is reached; hands each
/// track on once; returns how many. Throws server_failed when a page repeats only what is known, when a thousand pages
/// in a row hold nothing but skipped rows, or when fewer tracks came than there are: a part of a library is never taken
/// for all of it. `shown`: the server, for messages. Memory: 16 bytes per track.
std::int64_t list_pages(std::string_view shown, const std::function<TrackPage(std::int64_t first)>& read_page,
                        const std::function<void(ServerTrack)>& found, const CancelToken& cancel);

/// Those of `all` that `wanted` names by id or name (blind to case); all when it names none. Throws invalid_argument
/// for one that is not there: it must not turn into "all".
std::vector<MusicLibrary> choose_libraries(std::string_view shown, const std::vector<MusicLibrary>& all,
                                           const std::vector<std::string>& wanted);

}  // namespace audiomuse::library
