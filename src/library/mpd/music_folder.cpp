#include "mpd/music_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <system_error>
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "server/file_writer.h"

namespace audiomuse::library::mpd {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kPiece = 256 * 1024;

class OpenFile {
public:
    // A pipe must not be waited for.
    explicit OpenFile(const fs::path& path) : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
    ~OpenFile() {
        if (file_ >= 0) ::close(file_);
    }
    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;
    int get() const { return file_; }

private:
    int file_;
};

/// The server says what is read, so it must not lead anywhere else.
bool stays_below(const std::string& track) {
    if (track.find('\0') != std::string::npos) return false;
    return std::ranges::none_of(split(track, '/'),
                                [](const std::string& part) { return part.empty() || part == "." || part == ".."; });
}

fs::path path_of(const fs::path& folder, const std::string& track) {
    if (!stays_below(track))
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("\"{}\" is no file of a music folder.", to_valid_utf8(track)));
    return folder / track;
}

[[noreturn]] void fail_to_read(const fs::path& folder, const fs::path& path, int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
            require_folder(folder);
            throw Error(
                ErrorCode::not_found,
                fmt::format(
                    "The file {} is not there. Check that {} is the folder that MPD has as its music_directory.",
                    path.native(), folder.native()));
        case EACCES:
        case EPERM:
            throw Error(
                ErrorCode::permission_denied,
                fmt::format("The file {} may not be read by this program. Check who may read it.", path.native()));
        default:
            throw Error(ErrorCode::io,
                        fmt::format("The file {} can't be read ({}).", path.native(), std::strerror(error)));
    }
}

}  // namespace

void require_folder(const fs::path& folder) {
    std::error_code error;
    if (fs::is_directory(folder, error)) return;
    throw Error(ErrorCode::invalid_argument,
                fmt::format("The music folder of MPD, {}, is not there{}. Set the folder where this machine sees MPD's "
                            "music_directory.",
                            folder.native(), error ? " (" + error.message() + ")" : ""));
}

bool has_file(const fs::path& folder, const std::string& track) {
    std::error_code error;
    return stays_below(track) && fs::is_regular_file(folder / track, error);
}

void copy_file(const fs::path& folder, const std::string& track, const fs::path& to, const CancelToken& cancel) {
    const fs::path path = path_of(folder, track);
    const OpenFile file(path);
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) fail_to_read(folder, path, errno);
    if (!S_ISREG(status.st_mode)) fail_to_read(folder, path, ENOENT);
    FileWriter writer(to);
    std::vector<char> piece(kPiece);
    for (;;) {
        cancel.check();
        const ssize_t count = ::read(file.get(), piece.data(), piece.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) fail_to_read(folder, path, errno);
        if (count == 0) break;
        writer.append({piece.data(), static_cast<std::size_t>(count)});
    }
    if (writer.size() == 0 || writer.size() < static_cast<std::uint64_t>(status.st_size))
        throw Error(ErrorCode::io,
                    fmt::format("The file {} is empty, or was changed while it was read.", path.native()));
    writer.finish();
}

}  // namespace audiomuse::library::mpd
