#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "check/check.h"

namespace audiomuse::app {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMiB = std::uintmax_t{1} << 20U;
constexpr std::uintmax_t kLittleSpace = 1024 * kMiB;
constexpr std::uintmax_t kNoSpace = 100 * kMiB;

/// The folder itself, or the nearest one above it that exists.
fs::path existing(fs::path folder) {
    std::error_code error;
    while (!fs::exists(folder, error) && folder.has_relative_path())
        folder = folder.parent_path();
    return folder;
}

std::string size_text(std::uintmax_t bytes) {
    return fmt::format("{:.1f} GB", static_cast<double>(bytes) / 1e9);
}

}  // namespace

Check guarded(const std::string& name, const std::string& fix, const std::function<Check()>& look) {
    try {
        return look();
    } catch (const std::exception& error) {
        return {name, Check::State::problem, error.what(), fix};
    }
}

Check check_data_folder(const fs::path& folder) {
    Check check{.name = "data folder"};
    const fs::path there = existing(folder);
    std::error_code error;
    if (!fs::is_directory(there, error)) {
        check.state = Check::State::problem;
        check.found = fmt::format("{} is not a folder", there.native());
        check.fix = "Choose another data folder with AUDIOMUSE_DATA or --data.";
        return check;
    }
    if (::access(there.c_str(), W_OK | X_OK) != 0) {
        check.state = Check::State::problem;
        check.found = fmt::format("{} can't be written: {}", there.native(), std::strerror(errno));
        check.fix = fmt::format("Give user {} the right to write it, or choose another with AUDIOMUSE_DATA or --data.",
                                ::geteuid());
        return check;
    }
    const std::uintmax_t free = fs::space(there, error).available;
    check.found =
        fmt::format("{}: {}, {} free", folder.native(),
                    there == folder ? "writable" : "not there yet, it is made at the first start", size_text(free));
    if (free < kLittleSpace) {
        check.state = free < kNoSpace ? Check::State::problem : Check::State::warning;
        check.fix = "Free some space: database, index and models grow with the library, about 10 MB per 1,000 tracks.";
    }
    return check;
}

std::vector<Check> check_music_folders(const std::vector<fs::path>& folders) {
    std::vector<Check> checks;
    for (const fs::path& folder : folders) {
        Check check{.name = "music folder"};
        std::error_code error;
        const fs::directory_iterator entries(folder, error);
        if (error) {
            check.state = Check::State::problem;
            check.found = fmt::format("{} can't be read: {}", folder.native(), error.message());
            check.fix =
                "Is it spelled right, mounted, and may this user read it? It is set by MUSIC_FOLDERS or --music.";
        } else if (entries == fs::directory_iterator()) {
            check.state = Check::State::warning;
            check.found = fmt::format("{} is empty", folder.native());
            check.fix = "Is the disk mounted there? Tracks that are not found are shown as gone, not forgotten.";
        } else {
            check.found = fmt::format("{} is readable", folder.native());
        }
        checks.push_back(std::move(check));
    }
    if (folders.empty()) {
        checks.push_back({"music folder", Check::State::warning, "none is set",
                          "Name one with MUSIC_FOLDERS or --music; only processes that get their music elsewhere need "
                          "none."});
    }
    return checks;
}

}  // namespace audiomuse::app
