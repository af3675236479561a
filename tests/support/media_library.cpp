#include "media_library.h"

#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "support/process.h"

namespace audiomuse::testing_support {

namespace fs = std::filesystem;

namespace {

constexpr const char* kProgram = "/usr/bin/ffmpeg";

struct Album {
    std::string artist, name, year;
};

struct Tone {
    fs::path file;
    int frequency_hz;
    int seconds;
    std::string title, artist, track, disc, genre;
    std::vector<std::string> options;  ///< of the encoder and for further tags
};

void make(const Album& album, const Tone& tone) {
    fs::create_directories(tone.file.parent_path());
    std::vector<std::string> arguments = {kProgram, "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i"};
    arguments.push_back("sine=frequency=" + std::to_string(tone.frequency_hz) +
                        ":sample_rate=44100:duration=" + std::to_string(tone.seconds));
    arguments.insert(arguments.end(), {"-ac", "2"});
    const std::pair<const char*, const std::string&> tags[] = {
        {"title", tone.title}, {"artist", tone.artist}, {"album_artist", album.artist},
        {"album", album.name}, {"date", album.year},    {"track", tone.track},
        {"disc", tone.disc},   {"genre", tone.genre}};
    for (const auto& [name, value] : tags) {
        arguments.emplace_back("-metadata");
        arguments.push_back(name + ("=" + value));
    }
    arguments.insert(arguments.end(), tone.options.begin(), tone.options.end());
    arguments.push_back(tone.file);
    const Finished finished = run(arguments);
    if (finished.status != 0) throw std::runtime_error("ffmpeg made no " + tone.file.string() + ": " + finished.errors);
}

void make_quiet_rooms(const fs::path& root) {
    const Album album{"Anna Bell", "Quiet Rooms", "2011"};
    const fs::path folder = root / "Anna Bell/Quiet Rooms";
    const fs::path walls = folder / "03 - Paper Walls (50% & more).flac";
    const std::vector<std::string> lyrics = {"-metadata", "LYRICS=Morning comes in slowly\nOver paper walls"};
    make(album, {folder / "01 - First Light.flac", 440, 4, "First Light", "Anna Bell", "1", "1", "Ambient", lyrics});
    make(album, {folder / "02 - Slow Tide.flac", 330, 5, "Slow Tide", "Anna Bell", "2", "1", "Ambient", {}});
    std::ofstream(folder / "02 - Slow Tide.lrc") << "[00:00.00]Tide goes out\n[00:02.50]Tide comes in\n";
    make(album, {walls, 220, 3, "Paper Walls (50% & more)", "Anna Bell; Tom Reed", "3", "1", "Ambient", {}});
}

void make_harbour_lights(const fs::path& root) {
    const Album album{"Various Artists", "Harbour Lights", "1999"};
    const fs::path folder = root / "Various Artists/Harbour Lights";
    const std::vector<std::string> mp3 = {"-id3v2_version", "3", "-b:a", "96k"};
    make(album, {folder / "1-01 Tom Reed - Lantern.mp3", 550, 4, "Lantern", "Tom Reed", "1", "1", "Rock", mp3});
    make(album, {folder / "1-02 Mira Sol - Gulls.mp3", 660, 4, "Gulls", "Mira Sol", "2", "1", "Pop", mp3});
    make(album, {folder / "2-01 The Piers - Ropes.mp3", 770, 4, "Ropes", "The Piers", "1", "2", "Rock", mp3});
}

void make_bolger(const fs::path& root) {
    const Album album{"Ørjan & Søn", "Bølger #2", "2020"};
    const fs::path folder = root / "Ørjan & Søn/Bølger #2";
    const std::vector<std::string> vorbis = {"-c:a", "libvorbis"};
    const std::vector<std::string> aac = {"-c:a", "aac", "-b:a", "96k"};
    const std::vector<std::string> opus = {"-c:a", "libopus", "-b:a", "64k"};
    make(album, {folder / "01 Bølge én.ogg", 500, 4, "Bølge én", album.artist, "1", "1", "Folk", vorbis});
    make(album, {folder / "02 雪の夜.m4a", 600, 4, "雪の夜", album.artist, "2", "1", "Folk", aac});
    make(album, {folder / "03 Åpent hav.opus", 700, 4, "Åpent hav", album.artist, "3", "1", "Folk", opus});
}

}  // namespace

MediaLibrary::MediaLibrary(fs::path where) : folder(std::move(where)) {
    make_quiet_rooms(music1());
    make_harbour_lights(music1());
    make_bolger(music2());
}

bool MediaLibrary::tools_installed() {
    return fs::exists(kProgram);
}

}  // namespace audiomuse::testing_support
