#include "audiomuse/base/mapped_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audiomuse/base/error.h"

namespace audiomuse {

MappedFile::MappedFile(const std::filesystem::path& file) {
    void* data = MAP_FAILED;
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (descriptor >= 0 && ::fstat(descriptor, &status) == 0 && status.st_size > 0) {
        size_ = static_cast<std::size_t>(status.st_size);
        data = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor, 0);
    }
    if (descriptor >= 0) ::close(descriptor);
    if (data == MAP_FAILED) throw Error(ErrorCode::io, fmt::format("{} can't be read.", file.string()));
    data_ = data;
}

MappedFile::~MappedFile() {
    ::munmap(data_, size_);
}

}  // namespace audiomuse
