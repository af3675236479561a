#include "open_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "audiomuse/base/error.h"

namespace audiomuse::api {

OpenFile::OpenFile(const std::filesystem::path& path) {
    // O_NONBLOCK: opening a pipe that took the file's place must not hang.
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ < 0) {
        const int error = errno;
        if (error == ENOENT || error == ENOTDIR) throw Error(ErrorCode::not_found, "The file of this track is gone.");
        if (error == EACCES || error == EPERM) {
            throw Error(ErrorCode::permission_denied, "The server may not read the file of this track.");
        }
        throw Error(ErrorCode::io, "Cannot open " + path.string() + ": " + std::strerror(error));
    }
    struct stat info {};
    if (::fstat(descriptor_, &info) != 0 || !S_ISREG(info.st_mode)) {
        ::close(descriptor_);
        throw Error(ErrorCode::io, path.string() + " is not a regular file.");
    }
    size_ = static_cast<std::uint64_t>(info.st_size);
    mtime_ns_ = static_cast<std::int64_t>(info.st_mtim.tv_sec) * 1'000'000'000 + info.st_mtim.tv_nsec;
}

OpenFile::~OpenFile() {
    ::close(descriptor_);
}

std::size_t OpenFile::read(std::uint64_t offset, std::span<char> out) const {
    std::size_t done = 0;
    while (done < out.size()) {
        const ssize_t got =
            ::pread(descriptor_, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw Error(ErrorCode::io, std::string("Cannot read an audio file: ") + std::strerror(errno));
        if (got == 0) break;
        done += static_cast<std::size_t>(got);
    }
    return done;
}

}  // namespace audiomuse::api
