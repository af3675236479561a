// What the user of a media server has heard of its tracks, and thinks of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/cancel.h"
#include "audiomuse/library/media_server.h"
#include "audiomuse/store/history.h"

namespace audiomuse::servers {

/// What a listing tells of it, track by track.
class Listening {
public:
    void add(const library::ServerTrack& track);
    std::span<const store::HeardItem> items() const { return items_; }
    /// What is all told of, when every track of the server has been added.
    const store::Told& all() const { return all_; }

private:
    std::vector<store::HeardItem> items_;
    store::Told all_;
};

/// Asks for what is played most, rated and marked, and keeps it as the listener's. What the server does not tell, or
/// fails to, is logged and stays as it was; `name` is that of the server. Throws Error(cancelled) and what the store
/// throws.
void read_listening(store::History& history, library::MediaServer& media, const store::Listener& listener,
                    const std::string& name, const CancelToken& cancel);

}  // namespace audiomuse::servers
