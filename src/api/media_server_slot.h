// Requests that wait for a media server.
#pragma once

#include "audiomuse/library/media_server.h"
#include "audiomuse/store/servers.h"
#include "backend.h"
#include "route.h"

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

/// The parts of with_own_proof that do not depend on the work.
std::string guess_key(const Call& call);
void wait_for_guess(Backend& backend, const std::string& key);
void note_wrong_guess(Backend& backend, const std::string& key);

/// Throws Error(permission_denied) when a listener would act as another user of the server without a password
/// or token that the request brought: with the household's key, which may speak for anybody there.
void require_own_proof(const Call& call, const store::ServerRow& server, const library::ServerAccount& asked,
                       bool brought);

/// Runs `work`, which signs in to a media server with a password or token that the request brought; slows down who
/// guesses those of others. Throws HttpError(429) while they have to wait, and what `work` throws.
template <class Work>
auto with_own_proof(Backend& backend, const Call& call, Work work) {
    const std::string guess = guess_key(call);
    wait_for_guess(backend, guess);
    try {
        return work();
    } catch (const Error& error) {
        if (error.code() == ErrorCode::login_refused || error.code() == ErrorCode::permission_denied)
            note_wrong_guess(backend, guess);
        throw;
    }
}

/// A server of the store as an account with the limits of somebody who waits in front of a page.
library::ServerAccount patient_account(const store::ServerRow& server);

}  // namespace audiomuse::api
