#include "target.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <functional>
#include <string>

namespace audiomuse::fuzz {

namespace {

constexpr std::size_t kCounters = 1U << 14U;
// libFuzzer reads the counters of this section after each run, and clears them before it.
[[gnu::section("__libfuzzer_extra_counters"), gnu::used]] std::array<std::uint8_t, kCounters> counters{};

[[noreturn]] void give_up(const char* what) {
    std::perror(what);
    std::abort();
}

}  // namespace

MemoryFile::MemoryFile(std::span<const std::uint8_t> bytes) : descriptor_(memfd_create("fuzz", MFD_CLOEXEC)) {
    if (descriptor_ < 0) give_up("memfd_create");
    std::size_t written = 0;
    while (written < bytes.size()) {
        const ssize_t count = ::write(descriptor_, bytes.data() + written, bytes.size() - written);
        if (count <= 0) give_up("write");
        written += static_cast<std::size_t>(count);
    }
    path_ = "/proc/self/fd/" + std::to_string(descriptor_);
}

MemoryFile::~MemoryFile() {
    ::close(descriptor_);
}

std::filesystem::path LinkFolder::link(std::string_view name, const MemoryFile& file) const {
    std::filesystem::path link = folder_ / name;
    std::filesystem::remove(link);
    std::filesystem::create_symlink(file.path(), link);
    return link;
}

void note_behaviour(std::size_t behaviour) {
    // Spreads neighbouring values, such as addresses, over the counters (Knuth's multiplicative hash).
    counters[behaviour * 0x9E3779B97F4A7C15U >> 50U] = 1;
}

std::size_t kind_of_message(std::string_view message) {
    return std::hash<std::string_view>()(message.substr(0, message.find_first_of("0123456789'\"")));
}

}  // namespace audiomuse::fuzz
