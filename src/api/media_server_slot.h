// Requests that wait for a media server.
#pragma once

#include "audiomuse/library/media_server.h"
#include "audiomuse/store/servers.h"
#include "backend.h"

namespace audiomuse::api {

/// A handler that waits for another machine holds up a thread, so that only a few may. Throws Error(unavailable) when
/// no slot gets free in two seconds.
class MediaServerSlot {
public:
    explicit MediaServerSlot(Backend& backend);
    ~MediaServerSlot() { slots_.release(); }
    MediaServerSlot(const MediaServerSlot&) = delete;
    MediaServerSlot& operator=(const MediaServerSlot&) = delete;

private:
    MediaServerSlots& slots_;
};

/// A server of the store as an account with the limits of somebody who waits in front of a page.
library::ServerAccount patient_account(const store::ServerRow& server);

}  // namespace audiomuse::api
