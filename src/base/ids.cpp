#include "audiomuse/base/ids.h"

#include <fmt/format.h>

#include <random>

namespace audiomuse {

JobId new_job_id() {
    std::random_device device;
    const auto word = [&] { return (static_cast<std::uint64_t>(device()) << 32) | device(); };
    const std::uint64_t high = (word() & ~0xf000ULL) | 0x4000ULL;                        // version 4
    const std::uint64_t low = (word() & 0x3fffffffffffffffULL) | 0x8000000000000000ULL;  // variant 1
    return JobId{fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff, high & 0xffff,
                             low >> 48, low & 0xffffffffffffULL)};
}

}  // namespace audiomuse
