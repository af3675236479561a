#include "audiomuse/library/media_server.h"

#include <algorithm>
#include <array>
#include <utility>

#include "audiomuse/base/text.h"

namespace audiomuse::library {

namespace {

struct Kind {
    ServerKind kind;
    std::string_view name;
    std::string_view title;
};
constexpr std::array<Kind, 6> kKinds = {{{ServerKind::jellyfin, "jellyfin", "Jellyfin"},
                                         {ServerKind::emby, "emby", "Emby"},
                                         {ServerKind::navidrome, "navidrome", "Navidrome"},
                                         {ServerKind::lyrion, "lyrion", "Lyrion"},
                                         {ServerKind::plex, "plex", "Plex"},
                                         {ServerKind::mpd, "mpd", "MPD"}}};

const Kind& find(ServerKind kind) {
    return *std::ranges::find(kKinds, kind, &Kind::kind);
}

}  // namespace

std::string_view kind_name(ServerKind kind) {
    return find(kind).name;
}

std::string_view kind_title(ServerKind kind) {
    return find(kind).title;
}

std::optional<ServerKind> parse_kind(std::string_view name) {
    const std::string folded = fold(name);
    if (folded == "subsonic" || folded == "opensubsonic") return ServerKind::navidrome;
    const auto found = std::ranges::find(kKinds, folded, &Kind::name);
    if (found == kKinds.end()) return std::nullopt;
    return found->kind;
}

}  // namespace audiomuse::library
