#include "in_flight.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <string>

namespace audiomuse::jobs {

InFlight::InFlight(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string word;
    std::int64_t id = 0;
    while (in >> word >> id) {
        if (word == "running") {
            ++crashes_[id];
        } else if (int count = 0; word == "crashed" && in >> count) {
            crashes_[id] += count;
        }
    }
    descriptor_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    write();
}

InFlight::~InFlight() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

void InFlight::begin(TrackId id) {
    std::lock_guard lock(mutex_);
    running_.insert(id.value);
    write();
}

void InFlight::end(TrackId id) {
    std::lock_guard lock(mutex_);
    running_.erase(id.value);
    crashes_.erase(id.value);
    write();
}

int InFlight::crashes(TrackId id) const {
    std::lock_guard lock(mutex_);
    const auto found = crashes_.find(id.value);
    return found == crashes_.end() ? 0 : found->second;
}

void InFlight::write() {
    if (descriptor_ < 0) return;
    std::string text;
    for (const std::int64_t id : running_)
        text += fmt::format("running {}\n", id);
    for (const auto& [id, count] : crashes_)
        text += fmt::format("crashed {} {}\n", id, count);
    // Overwritten in place, blanks over what is left of a longer text: written for each track, so it must cost nothing.
    // One pwrite is whole or not at all when the process is killed.
    const std::size_t length = text.size();
    if (length < written_) text.append(written_ - length, '\n');
    if (::pwrite(descriptor_, text.data(), text.size(), 0) >= 0) written_ = length;
}

}  // namespace audiomuse::jobs
