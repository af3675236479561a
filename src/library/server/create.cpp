#include "audiomuse/library/media_server.h"
#include "emby/emby.h"
#include "jellyfin/jellyfin.h"
#include "lyrion/lyrion.h"
#include "mpd/mpd.h"
#include "plex/plex.h"
#include "subsonic/subsonic.h"

namespace audiomuse::library {

std::unique_ptr<MediaServer> create_media_server(const ServerAccount& account) {
    switch (account.kind) {
        case ServerKind::jellyfin:
            return create_jellyfin(account);
        case ServerKind::emby:
            return create_emby(account);
        case ServerKind::navidrome:
            return create_subsonic(account);
        case ServerKind::lyrion:
            return create_lyrion(account);
        case ServerKind::plex:
            return create_plex(account);
        case ServerKind::mpd:
            return create_mpd(account);
    }
    throw Error(ErrorCode::internal, "There is no such kind of server.");
}

}  // namespace audiomuse::library
