#include "media_server_slot.h"

#include <fmt/format.h>

#include "audiomuse/servers/account.h"

namespace audiomuse::api {

using namespace std::chrono_literals;

MediaServerSlot::MediaServerSlot(Backend& backend) : slots_(backend.media_server_slots) {
    if (!slots_.try_acquire_for(2s)) {
        throw Error(ErrorCode::unavailable, "Several media servers are being asked at the moment. Try again shortly.");
    }
}

std::string guess_key(const Call& call) {
    const auto& user = call.identity().user;
    return user ? fmt::format("link {}", user->id.value) : "link from " + call.origin().address;
}

void wait_for_guess(Backend& backend, const std::string& key) {
    if (const double wait = backend.logins.wait(key, steady_now()); wait > 0) refuse_for(wait);
}

void note_wrong_guess(Backend& backend, const std::string& key) {
    constexpr double kLongestWait = 900;  // seconds
    backend.logins.failed(key, steady_now(), kLongestWait);
}

void require_own_proof(const Call& call, const store::ServerRow& server, const library::ServerAccount& asked,
                       bool brought) {
    const Identity& identity = call.identity();
    if (brought || !identity.user || identity.rights.may(Right::admin) || asked.user == server.user) return;
    throw Error(ErrorCode::permission_denied, "Give the password or a token of that user.");
}

library::ServerAccount patient_account(const store::ServerRow& server) {
    library::ServerAccount account = servers::account_of(server);
    account.limits = {.connect = 5s, .answer = 20s, .stall = 20s, .retries = 0, .connections = 2};
    return account;
}

}  // namespace audiomuse::api
