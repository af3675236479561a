#include "server/fake_media_server.h"

#include <fmt/format.h>

#include <array>
#include <cstring>

namespace audiomuse::library::testing {

namespace {

struct Name {
    std::string_view title;
    std::string_view artist;
};
// Every one of them has broken a client somewhere: in a query, a form, a JSON text, a quoted argument or a file name.
constexpr std::array<Name, 10> kHardNames = {{{"First Light", "Anna Bell"},
                                              {"Paper Walls (50% & more)", "Anna Bell"},
                                              {"Bølge én", "Ørjan & Søn"},
                                              {"雪の夜", "Ørjan & Søn"},
                                              {"Say \"Hello\" \\ Goodbye", "Tom Reed"},
                                              {"C'est l'été + un", "Mira Sol"},
                                              {"What? #1; a=b", "Mira Sol"},
                                              {"<Gulls>", "AC_DC [live]"},
                                              {"  Two  blanks", "The Piers"},
                                              {"🎵 Emoji", "The Piers"}}};
constexpr std::int64_t kAlbumSize = 10;
constexpr double kFirstAdded = 1'600'000'000;
constexpr std::int64_t kPlayed = 7;

}  // namespace

FakeTrack fake_track(std::int64_t number) {
    FakeTrack track;
    track.number = number;
    track.album_number = number / kAlbumSize;
    track.library = track.album_number % 5 == 4 ? 1 : 0;
    track.track = static_cast<int>(number % kAlbumSize) + 1;
    track.year = 1970 + static_cast<int>(track.album_number % 50);
    track.genre = track.album_number % 2 == 0 ? "Ambient" : "Rock";
    track.duration_s = 120 + static_cast<double>(number % 200);
    track.added_at = kFirstAdded + static_cast<double>(track.album_number) * 3600;
    if (number < static_cast<std::int64_t>(kHardNames.size())) {
        const Name& name = kHardNames[static_cast<std::size_t>(number)];
        track.title = name.title;
        track.artists = {std::string(name.artist)};
        if (number == 1) track.artists.emplace_back("Tom Reed");
        track.album = "Bølger #2 & 50%";
        track.album_artist = "Various Artists";
    } else {
        track.title = fmt::format("Title {}", number);
        track.artists = {fmt::format("Artist {}", track.album_number / 3)};
        track.album = fmt::format("Album {}", track.album_number);
        track.album_artist = track.artists.front();
    }
    track.path = fmt::format("{}/{}/{:02} - {}.flac", track.album_artist, track.album, track.track,
                             number == 4 ? "Say Hello" : track.title);  // "\" is no part of a file's name everywhere
    if (number < kPlayed) {
        track.play_count = 20 - 2 * number;
        track.last_played = 1'700'000'000 + static_cast<double>(number) * 1000;
    }
    if (number == 1) track.rating = 5;
    if (number == 2) track.rating = 3;
    if (number == 8) track.rating = 4;
    track.favourite = number == 1 || number == 3 || number == 9;
    if (number == 0) track.lyrics = "Morning comes in slowly\nOver paper walls";
    return track;
}

std::string fake_audio(std::int64_t number) {
    std::string bytes = "fLaC" + std::to_string(number) + ".";
    while (bytes.size() < 100'000)
        bytes += static_cast<char>((bytes.size() * 131 + static_cast<std::size_t>(number) * 17) & 0xFF);
    return bytes;
}

std::string fake_library_name(std::int64_t library) {
    return library == 0 ? "Main" : "World";
}

std::string fake_library_folder(std::int64_t library) {
    return library == 0 ? "/srv/music/main" : "/srv/music/world";
}

ServerLimits fast_limits() {
    using namespace std::chrono_literals;
    return {.connect = 2s, .answer = 2s, .stall = 2s, .retries = 1, .connections = 4};
}

}  // namespace audiomuse::library::testing
