// The items of media servers: recognising what a listing shows, and their ids.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/store/tracks.h"
#include "sql/connection.h"

namespace audiomuse::store::sql {

struct ListingOfServer {
    ServerId server;
    std::int64_t listing = 0;
    std::int64_t change = 0;  ///< see begin_change
};

// See Tracks.
Recognised put_listed(Connection& connection, const ListingOfServer& listing, std::span<const ListedItem> items);
std::optional<TrackId> recognise_audio(Connection& connection, TrackId id, const std::string& signature,
                                       std::int64_t change);
std::vector<std::string> item_ids_on(Connection& connection, ServerId server, std::span<const TrackId> ids);

/// The track that the API calls so, see TrackRow, for each of `item_ids`; with `server` the one that this calls so now.
std::vector<std::optional<TrackId>> tracks_of_items(Connection& connection, std::span<const std::string> item_ids,
                                                    std::optional<ServerId> server);
/// The reverse, for a source of a server: `item_id` is the server's own, empty for a local one.
std::string item_id_of(TrackId track, const std::string& item_id, bool default_server);

}  // namespace audiomuse::store::sql
