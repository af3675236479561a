// What belongs to the one who sends a request.
#pragma once

#include <optional>

#include "audiomuse/store/playlists.h"
#include "audiomuse/store/users.h"
#include "backend.h"
#include "route.h"

namespace audiomuse::api {

/// Whose lists, taste and hidden artists a request is about. Nobody, so the household: without sign-in, and for the
/// token of the settings.
UserId listener_of(const Call& call);
/// Throws Error(permission_denied) for nobody.
const store::User& require_user(const Call& call);
/// The same, in person: a token of few rights must not get itself more, or outlive its being removed.
const store::User& require_person(const Call& call);
/// Throws Error(not_found) where users do not sign in.
void require_auth(const Backend& backend);

/// A playlist that is there and that who asks may see.
std::optional<store::Playlist> visible_list(Backend& backend, const Call& call, PlaylistId id);

}  // namespace audiomuse::api
