#include "audiomuse/library/media_server.h"
#include "lyrion/lyrion.h"
#include "plex/plex.h"
#include "mpd/mpd.h"

namespace audiomuse::library {

std::unique_ptr<MediaServer> create_media_server(const ServerAccount& account) {
    switch (account.kind) {
        case ServerKind::lyrion:
            return create_lyrion(account);
        case ServerKind::plex:
            return create_plex(account);
        case ServerKind::mpd:
            return create_mpd(account);
        default:
            throw Error(ErrorCode::unsupported, "This kind of server is not known.");
    }
}

}  // namespace audiomuse::library
