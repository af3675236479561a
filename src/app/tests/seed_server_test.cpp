#include "seed_server.h"

#include <gmock/gmock.h>

#include "audiomuse/base/error.h"

namespace audiomuse::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(SeedServer, IsMadeOfTheSettings) {
    settings::Settings settings;
    EXPECT_FALSE(server_of(settings));
    settings.mediaserver_type = "Navidrome";
    settings.navidrome_url = "http://nas:4533";
    settings.navidrome_user = "alice";
    settings.navidrome_password = "secret";
    settings.music_libraries = "Main, World music ,";
    const auto server = server_of(settings);
    ASSERT_TRUE(server);
    EXPECT_EQ(server->type, "navidrome");
    EXPECT_EQ(server->name, "Navidrome");
    EXPECT_EQ(server->password, "secret");
    EXPECT_THAT(server->libraries, ElementsAre("Main", "World music"));

    settings.mediaserver_type = "mpd";
    settings.mpd_host = "nas";
    settings.mpd_music_directory = "/mnt/music";
    EXPECT_EQ(server_of(settings)->url, "mpd://nas:6600");
    settings.mpd_host = "/run/mpd/socket";
    EXPECT_EQ(server_of(settings)->url, "/run/mpd/socket");
}

TEST(SeedServer, WhatIsMissingIsNamed) {
    const auto message_for = [](const std::string& type) -> std::string {
        settings::Settings settings;
        settings.mediaserver_type = type;
        try {
            server_of(settings);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
            return error.what();
        }
        return "no error";
    };
    EXPECT_THAT(message_for("jellyfin"), HasSubstr("JELLYFIN_URL must be set"));
    EXPECT_THAT(message_for("emby"), HasSubstr("EMBY_URL must be set"));
    EXPECT_THAT(message_for("subsonic"), HasSubstr("NAVIDROME_URL must be set"));
    EXPECT_THAT(message_for("lyrion"), HasSubstr("LYRION_URL must be set"));
    EXPECT_THAT(message_for("plex"), HasSubstr("PLEX_URL must be set"));
    EXPECT_THAT(message_for("mpd"), HasSubstr("MPD_HOST must be set"));
    EXPECT_THAT(message_for("kodi"), HasSubstr("It may be jellyfin"));
}

}  // namespace
}  // namespace audiomuse::app
