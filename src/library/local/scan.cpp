#include "local/scan.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "local/file_kind.h"

namespace audiomuse::library {

namespace {

struct CloseDir {
    void operator()(DIR* dir) const { ::closedir(dir); }
};

ErrorCode code_of(int reason) {
    if (reason == EACCES || reason == EPERM) return ErrorCode::permission_denied;
    if (reason == ENOENT || reason == ENOTDIR) return ErrorCode::not_found;
    return ErrorCode::io;
}

class Scan {
public:
    Scan(const std::function<void(SourceItem)>& found, const CancelToken& cancel) : found_(found), cancel_(cancel) {}

    Listing run(const std::vector<std::filesystem::path>& roots) {
        for (const auto& root : roots)
            list_root(root.string());
        return std::move(listing_);
    }

private:
    void report(const std::string& path, int reason, const std::string& what, bool may_hide_files) {
        listing_.problems.push_back(
            {path, code_of(reason), what + " " + path + " cannot be read: " + std::strerror(reason) + "."});
        if (may_hide_files) listing_.complete = false;
    }

    void list_root(const std::string& root) {
        struct stat status = {};
        if (::stat(root.c_str(), &status) != 0) {
            report(root, errno, "The music folder", true);
            return;
        }
        const bool anything = list_folder(root, status);
        if (!anything) {
            // What a disk that is not mounted looks like. Nothing may be taken as deleted because of it.
            listing_.problems.push_back(
                {root, ErrorCode::empty,
                 "The music folder " + root + " is empty; if it lies on another disk, that disk may not be mounted."});
            listing_.complete = false;
        }
    }

    /// Returns false when the folder has no entry at all.
    bool list_folder(const std::string& path, const struct stat& status) {
        if (!visited_.emplace(status.st_dev, status.st_ino).second) return true;
        std::vector<Entry> entries;
        {
            const std::unique_ptr<DIR, CloseDir> dir(::opendir(path.c_str()));
            if (!dir) {
                report(path, errno, "The folder", true);
                return true;
            }
            errno = 0;
            while (const dirent* entry = ::readdir(dir.get())) {
                const std::string_view name = entry->d_name;
                if (name != "." && name != "..") entries.push_back({std::string(name), entry->d_type});
                errno = 0;
            }
            if (errno != 0) report(path, errno, "A part of the folder", true);
        }
        ++listing_.folders;
        std::ranges::sort(entries, {}, &Entry::name);
        const std::string prefix = path.ends_with('/') ? path : path + "/";
        for (const Entry& entry : entries) {
            cancel_.check();
            if (!is_skipped_name(entry.name)) list_entry(prefix + entry.name, entry);
        }
        return !entries.empty();
    }

    struct Entry {
        std::string name;
        unsigned char type;  // DT_..., a hint that saves a call for files without interest
    };

    void list_entry(const std::string& path, const Entry& entry) {
        const NameKind kind = kind_by_name(entry.name);
        if (kind == NameKind::other && entry.type == DT_REG) return;
        struct stat status = {};
        if (::stat(path.c_str(), &status) != 0) {
            const int reason = errno;
            if (reason == ELOOP) return;  // a link that leads to itself holds nothing
            // A file that vanished is gone; anything else may be back tomorrow.
            const bool gone = reason == ENOENT && entry.type != DT_DIR;
            if (!gone || kind == NameKind::audio) report(path, reason, "The file", !gone);
            return;
        }
        if (S_ISDIR(status.st_mode)) {
            list_folder(path, status);
        } else if (S_ISREG(status.st_mode) && (kind == NameKind::audio || (kind == NameKind::unknown && sniff(path)))) {
            ++listing_.items;
            const std::int64_t nanoseconds =
                static_cast<std::int64_t>(status.st_mtim.tv_sec) * 1'000'000'000 + status.st_mtim.tv_nsec;
            found_({path, {static_cast<std::int64_t>(status.st_size), nanoseconds}});
        }
    }

    bool sniff(const std::string& path) {
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd < 0) {
            const int reason = errno;
            if (reason != ENOENT) report(path, reason, "The file", true);
            return false;
        }
        std::array<std::byte, kSniffBytes> head{};
        ssize_t count = 0;
        do {
            count = ::read(fd, head.data(), head.size());
        } while (count < 0 && errno == EINTR);
        const int reason = errno;
        ::close(fd);
        if (count < 0) report(path, reason, "The file", true);
        return count > 0 && looks_like_audio(std::span(head).first(static_cast<std::size_t>(count)));
    }

    const std::function<void(SourceItem)>& found_;
    const CancelToken& cancel_;
    Listing listing_;
    std::set<std::pair<dev_t, ino_t>> visited_;
};

}  // namespace

Listing scan_folders(const std::vector<std::filesystem::path>& roots, const std::function<void(SourceItem)>& found,
                     const CancelToken& cancel) {
    return Scan(found, cancel).run(roots);
}

}  // namespace audiomuse::library
