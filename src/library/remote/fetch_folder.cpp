#include "remote/fetch_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "audiomuse/base/error.h"

namespace audiomuse::library {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = "audiomuse-fetch-";

[[noreturn]] void fail(const fs::path& folder, const std::string& why) {
    throw Error(ErrorCode::io, fmt::format("Downloads cannot be kept in {} ({}). Check its free space and rights.",
                                           folder.native(), why));
}

/// The kernel lets go of a lock when its process ends, however.
bool owner_is_gone(const fs::path& folder) {
    const int lock = ::open((folder / "lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (lock < 0) return false;  // not ours, or just being made
    const bool gone = ::flock(lock, LOCK_EX | LOCK_NB) == 0;
    ::close(lock);
    return gone;
}

void remove_leftovers(const fs::path& parent) {
    std::error_code error;
    for (fs::directory_iterator entry(parent, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code ignored;
        if (entry->path().filename().native().starts_with(kPrefix) && owner_is_gone(entry->path()))
            fs::remove_all(entry->path(), ignored);
    }
}

}  // namespace

FetchFolder::FetchFolder(const fs::path& parent) {
    std::error_code error;
    fs::create_directories(parent, error);
    remove_leftovers(parent);
    std::string name = (parent / kPrefix).native() + "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) fail(parent, std::strerror(errno));
    path_ = name;
    // Locked before it gets its name, so that nobody finds it without its owner.
    const fs::path unnamed = path_ / "lock.new";
    lock_ = ::open(unnamed.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0 || ::flock(lock_, LOCK_EX | LOCK_NB) != 0) fail(parent, std::strerror(errno));
    fs::rename(unnamed, path_ / "lock", error);
    if (error) fail(parent, error.message());
}

FetchFolder::~FetchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    ::close(lock_);
}

fs::path FetchFolder::new_place() {
    fs::path place = path_ / std::to_string(++places_);
    std::error_code error;
    fs::create_directory(place, error);
    if (error) fail(path_, error.message());
    return place;
}

}  // namespace audiomuse::library
