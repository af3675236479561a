#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "audiomuse/store/store.h"
#include "sql/repositories.h"
#include "sqlite/engine.h"
#include "sqlite/migrations.h"

namespace audiomuse::store {

namespace {

/// Lets others that open a database in the same folder wait. A file system without such locks is used without.
class FolderLock {
public:
    explicit FolderLock(const std::filesystem::path& folder)
        : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
        if (descriptor_ >= 0) ::flock(descriptor_, LOCK_EX);
    }
    ~FolderLock() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    const int descriptor_;
};

}  // namespace

std::unique_ptr<Store> open_sqlite(const std::filesystem::path& file) {
    auto engine = std::make_unique<sqlite::Engine>(file);
    // Steps of a migration are transactions of their own: who came between two of them would take a new database for
    // one to be copied first, and switching to the write-ahead log beside others fails now and then.
    const FolderLock lock(file.parent_path());
    sqlite::migrate(engine->writer(), file, sqlite::migrations());
    return sql::create_store(std::move(engine));
}

}  // namespace audiomuse::store
