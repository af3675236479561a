// The albums of a Subsonic server, page by page.
#pragma once

#include <string>
#include <unordered_set>
#include <vector>

#include "subsonic/session.h"

namespace audiomuse::library::subsonic {

/// Memory: a page, and 16 bytes for each album.
class AlbumPages {
public:
    static constexpr std::int64_t kLargest = 500;  ///< Navidrome sends no more at once

    /// `type` is the order, as getAlbumList2 names it. `library`: its id; empty: all.
    AlbumPages(const Session& session, std::string type, std::string library, std::int64_t size = kLargest);

    /// The albums of the next page that were on none before; none at the end. Throws server_failed for a page that
    /// repeats only what is known.
    std::vector<AlbumRow> next(const CancelToken& cancel);

private:
    const Session& session_;
    std::string type_;
    std::string library_;
    std::int64_t size_;
    std::int64_t first_ = 0;
    std::unordered_set<std::size_t> known_;  ///< hashes of ids
};

}  // namespace audiomuse::library::subsonic
