#include "audiomuse/features/playlists/m3u8.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <set>
#include <system_error>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::features {
namespace {

constexpr std::size_t kMostNameBytes = 120;

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// One line of text: control characters (line breaks are such) become blanks.
std::string one_line(std::string_view text) {
    std::string line = to_valid_utf8(text);
    std::replace_if(line.begin(), line.end(), is_control, ' ');
    return std::string(trim(line));
}

std::string upper_ascii(std::string_view text) {
    std::string upper(text);
    std::transform(upper.begin(), upper.end(), upper.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
    return upper;
}

/// Windows reserves these with any extension: "NUL" and "nul.txt".
bool is_reserved(std::string_view name) {
    const std::string stem = upper_ascii(trim(name.substr(0, name.find('.'))));
    static constexpr std::array<std::string_view, 4> kWords = {"CON", "PRN", "AUX", "NUL"};
    if (std::find(kWords.begin(), kWords.end(), stem) != kWords.end()) return true;
    return stem.size() == 4 && (stem.starts_with("COM") || stem.starts_with("LPT")) && stem[3] >= '0' && stem[3] <= '9';
}

void write_whole(const std::filesystem::path& file, const std::string& text) {
    auto part = file;
    part += ".part";
    std::ofstream out(part, std::ios::binary | std::ios::trunc);
    out << text;
    out.close();
    std::error_code error;
    if (!out) {
        const int reason = errno;
        std::filesystem::remove(part, error);
        throw Error(ErrorCode::io, "Cannot write the playlist " + file.string() + ": " + std::strerror(reason) + ".");
    }
    std::filesystem::rename(part, file, error);
    if (error) {
        std::error_code ignored;
        std::filesystem::remove(part, ignored);
        throw Error(ErrorCode::io, "Cannot write the playlist " + file.string() + ": " + error.message() + ".");
    }
}

}  // namespace

std::string to_m3u8(std::span<const store::TrackRow> tracks, const M3u8Options& options) {
    std::string text = "#EXTM3U\n";
    if (!options.name.empty()) text += "#PLAYLIST:" + one_line(options.name) + "\n";
    for (const store::TrackRow& track : tracks) {
        std::filesystem::path path = track.path;
        if (!options.relative_to.empty()) path = path.lexically_relative(options.relative_to);
        if (path.empty()) path = track.path;  // e.g. one of the two is relative
        std::string location = path.string();
        if (location.find_first_of("\r\n") != std::string::npos) continue;
        // A path that begins like a comment would be taken for one.
        if (location.starts_with('#')) location.insert(0, "./");
        const double duration = track.tags.duration_s;
        const long seconds = std::isfinite(duration) && duration > 0 ? std::lround(duration) : -1;
        std::string title = one_line(track.tags.title);
        if (title.empty()) title = one_line(path.stem().string());
        text += "#EXTINF:" + std::to_string(seconds) + "," + one_line(track.author) + " - " + title + "\n";
        text += location + "\n";
    }
    return text;
}

std::string safe_file_name(std::string_view name) {
    std::string safe = to_valid_utf8(name);
    std::replace_if(
        safe.begin(), safe.end(),
        [](char c) { return is_control(c) || std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos; }, '_');
    safe.erase(0, safe.find_first_not_of(". "));
    if (is_reserved(safe)) safe.insert(0, "_");
    safe = first_bytes(safe, kMostNameBytes);
    safe.erase(safe.find_last_not_of(". ") + 1);
    return safe.empty() ? "playlist" : safe;
}

std::vector<std::filesystem::path> export_all(store::Store& store, const std::filesystem::path& dir) {
    std::error_code error;
    std::filesystem::create_directories(dir, error);
    if (error) throw Error(ErrorCode::io, "Cannot create the folder " + dir.string() + ": " + error.message() + ".");
    std::vector<std::filesystem::path> files;
    std::set<std::string> taken;  // folded, because many file systems are blind to case
    for (const store::Playlist& playlist : store.playlists().list()) {
        const std::string base = safe_file_name(playlist.name);
        std::string name = base;
        for (int number = 2; !taken.insert(fold(name)).second; ++number) {
            const std::string suffix = " (" + std::to_string(number) + ")";
            name = std::string(first_bytes(base, kMostNameBytes - suffix.size())) + suffix;
        }
        const std::vector<TrackId> ids = store.playlists().tracks(playlist.id);
        const std::filesystem::path file = dir / (name + ".m3u8");
        write_whole(file, to_m3u8(store.tracks().get(ids), {.name = playlist.name}));
        files.push_back(file);
    }
    return files;
}

}  // namespace audiomuse::features
