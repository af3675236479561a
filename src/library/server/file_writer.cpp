#include "server/file_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "audiomuse/base/error.h"

namespace audiomuse::library {

FileWriter::FileWriter(std::filesystem::path path)
    : path_(std::move(path)), file_(::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    if (file_ < 0) fail();
}

FileWriter::~FileWriter() {
    if (file_ < 0) return;
    ::close(file_);
    ::unlink(path_.c_str());
}

void FileWriter::append(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(file_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail();
        bytes.remove_prefix(static_cast<std::size_t>(written));
        size_ += static_cast<std::uint64_t>(written);
    }
}

void FileWriter::begin_again() {
    if (::ftruncate(file_, 0) != 0 || ::lseek(file_, 0, SEEK_SET) != 0) fail();
    size_ = 0;
}

void FileWriter::finish() {
    if (::close(std::exchange(file_, -1)) != 0) fail();
}

void FileWriter::fail() const {
    throw Error(ErrorCode::io, fmt::format("The download {} cannot be written ({}). Check the free space there.",
                                           path_.native(), std::strerror(errno)));
}

}  // namespace audiomuse::library
