#include "seed_server.h"

#include <fmt/format.h>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "audiomuse/library/media_server.h"

namespace audiomuse::app {

namespace {

using library::ServerKind;

const std::string& needed(const std::string& value, std::string_view setting, std::string_view type) {
    if (!value.empty()) return value;
    throw Error(ErrorCode::invalid_argument,
                fmt::format("MEDIASERVER_TYPE is {}, so {} must be set, too.", type, setting));
}

void fill(store::ServerRow& server, ServerKind kind, const settings::Settings& given) {
    switch (kind) {
        case ServerKind::jellyfin:
            server.url = needed(given.jellyfin_url, "JELLYFIN_URL", server.type);
            server.user = needed(given.jellyfin_user_id, "JELLYFIN_USER_ID", server.type);
            server.token = needed(given.jellyfin_token, "JELLYFIN_TOKEN", server.type);
            return;
        case ServerKind::emby:
            server.url = needed(given.emby_url, "EMBY_URL", server.type);
            server.user = needed(given.emby_user_id, "EMBY_USER_ID", server.type);
            server.token = needed(given.emby_token, "EMBY_TOKEN", server.type);
            return;
        case ServerKind::navidrome:
            server.url = needed(given.navidrome_url, "NAVIDROME_URL", server.type);
            server.token = given.navidrome_api_key;
            server.user = server.token.empty() ? needed(given.navidrome_user, "NAVIDROME_USER", server.type)
                                               : given.navidrome_user;
            server.password = server.token.empty() ? needed(given.navidrome_password, "NAVIDROME_PASSWORD", server.type)
                                                   : given.navidrome_password;
            server.allow_plain_password = given.navidrome_plain_password;
            return;
        case ServerKind::lyrion:
            server.url = needed(given.lyrion_url, "LYRION_URL", server.type);
            server.user = given.lyrion_user;
            server.password = given.lyrion_password;
            return;
        case ServerKind::plex:
            server.url = needed(given.plex_url, "PLEX_URL", server.type);
            server.token = needed(given.plex_token, "PLEX_TOKEN", server.type);
            return;
        case ServerKind::mpd: {
            const std::string& host = needed(given.mpd_host, "MPD_HOST", server.type);
            server.url = host.starts_with('/') ? host : fmt::format("mpd://{}:{}", host, given.mpd_port);
            server.password = given.mpd_password;
            server.music_folder = needed(given.mpd_music_directory, "MPD_MUSIC_DIRECTORY", server.type);
            return;
        }
    }
}

}  // namespace

std::optional<store::ServerRow> server_of(const settings::Settings& settings) {
    if (settings.mediaserver_type.empty()) return std::nullopt;
    const auto kind = library::parse_kind(settings.mediaserver_type);
    if (!kind) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("MEDIASERVER_TYPE is '{}'. It may be jellyfin, emby, navidrome, lyrion, plex or mpd.",
                                settings.mediaserver_type));
    }
    store::ServerRow server;
    server.type = library::kind_name(*kind);
    server.name = library::kind_title(*kind);
    for (const std::string& name : split(settings.music_libraries, ',')) {
        if (!trim(name).empty()) server.libraries.emplace_back(trim(name));
    }
    fill(server, *kind, settings);
    return server;
}

}  // namespace audiomuse::app
