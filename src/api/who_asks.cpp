#include "who_asks.h"

#include "audiomuse/base/error.h"

namespace audiomuse::api {

UserId listener_of(const Call& call) {
    return call.identity().user ? call.identity().user->id : UserId{};
}

const store::User& require_user(const Call& call) {
    if (!call.identity().user) {
        throw Error(ErrorCode::permission_denied,
                    "The token of the settings belongs to no user. Sign in, or use a token of your own.");
    }
    return *call.identity().user;
}

const store::User& require_person(const Call& call) {
    const Identity& identity = call.identity();
    if (identity.by == SignIn::token && !identity.rights.may(Right::admin))
        throw Error(ErrorCode::permission_denied, "Forbidden to tokens: sign in.");
    return require_user(call);
}

void require_auth(const Backend& backend) {
    if (!backend.context.settings->auth_enabled)
        throw Error(ErrorCode::not_found, "Auth not configured: AUTH_ENABLED is false.");
}

std::optional<store::Playlist> visible_list(Backend& backend, const Call& call, PlaylistId id) {
    auto list = backend.context.store.playlists().get(id);
    if (list && !store::may_see(list->owner, listener_of(call))) list.reset();
    return list;
}

}  // namespace audiomuse::api
