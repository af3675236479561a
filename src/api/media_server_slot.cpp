#include "media_server_slot.h"

#include "audiomuse/servers/account.h"

namespace audiomuse::api {

using namespace std::chrono_literals;

MediaServerSlot::MediaServerSlot(Backend& backend) : slots_(backend.media_server_slots) {
    if (!slots_.try_acquire_for(2s)) {
        throw Error(ErrorCode::unavailable, "Several media servers are being asked at the moment. Try again shortly.");
    }
}

library::ServerAccount patient_account(const store::ServerRow& server) {
    library::ServerAccount account = servers::account_of(server);
    account.limits = {.connect = 5s, .answer = 20s, .stall = 20s, .retries = 0, .connections = 2};
    return account;
}

}  // namespace audiomuse::api
