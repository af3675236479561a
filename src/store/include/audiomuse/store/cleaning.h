// Tracks that no server and no folder has any more.
//
// An orphan is hidden wherever music is looked for, but its analysis stays, and so does its place in playlists. A
// cleaning removes orphans: playlists hide them, too, and restore() undoes that, until forget() deletes them with all
// that is known of them. A track that is found again on any server is neither from that moment on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "audiomuse/base/ids.h"

namespace audiomuse::store {

/// For how long what was removed can be restored at least.
inline constexpr std::int64_t kUndoSeconds = 7 * 86400;

/// Orphans of one server, which was the last that had them.
struct ServerOrphans {
    ServerId server;
    std::string name;  ///< empty: the server was removed
    std::int64_t tracks = 0;
    std::int64_t due = 0;  ///< of these, gone for long enough
};

/// What was removed at once and can be restored.
struct CleaningRun {
    std::int64_t at = 0;  ///< Unix seconds; names the run
    std::int64_t tracks = 0;
    std::vector<ServerOrphans> servers;
};

/// Orphans of one album that one server had last.
struct OrphanGroup {
    ServerId server;
    std::string server_name;  ///< empty: the server was removed
    std::int64_t tracks = 0;
    double first_gone = 0;        ///< Unix seconds; when the first of them became an orphan
    double last_gone = 0;         ///< and the last
    std::vector<TrackId> sample;  ///< the first few by disc and number
};
struct OrphanGroups {
    std::vector<OrphanGroup> groups;
    std::int64_t total = 0;  ///< groups there are
};

class Cleaning {
public:
    virtual ~Cleaning() = default;

    /// Orphans that are not removed yet, by server. `due`: since before `gone_before` (Unix seconds).
    virtual std::vector<ServerOrphans> orphans(double gone_before) = 0;
    /// Tracks of the catalogue: present ones and orphans, without those removed.
    virtual std::int64_t catalogue() = 0;
    /// By server, album artist and album; at most `limit` groups from `offset` on, with `sample` tracks each. With
    /// `run` those that it removed, otherwise those not removed yet.
    virtual OrphanGroups groups(std::optional<std::int64_t> run, std::int64_t offset, std::int64_t limit,
                                std::int64_t sample) = 0;

    struct Removal {
        std::int64_t removed = 0;
        std::int64_t due = 0;        ///< orphans since before `gone_before`
        std::int64_t catalogue = 0;  ///< tracks before
        bool refused() const { return removed < due; }
    };
    /// Removes the orphans since before `gone_before`, as the run `at`; none of them when they are more than half of
    /// the catalogue. One transaction.
    virtual Removal remove(double gone_before, std::int64_t at) = 0;

    /// What was removed and not forgotten yet, the newest first.
    virtual std::vector<CleaningRun> runs() = 0;
    /// Makes orphans of what `run`, or any, has removed, as if they had become so at `now`. Returns their number.
    virtual std::int64_t restore(std::optional<std::int64_t> run, double now) = 0;
    /// Deletes at most `most` tracks that were removed at `removed_before` or earlier. Returns their number. An index
    /// that was saved before they became orphans holds them still: save it first.
    virtual std::int64_t forget(std::int64_t removed_before, std::int64_t most) = 0;
};

}  // namespace audiomuse::store
