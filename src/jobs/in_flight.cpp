#include "in_flight.h"

#include <fstream>
#include <string>

namespace audiomuse::jobs {

InFlight::InFlight(std::filesystem::path file) : file_(std::move(file)) {
    std::ifstream in(file_);
    std::string word;
    std::int64_t id = 0;
    while (in >> word >> id) {
        if (word == "running") {
            ++crashes_[id];
        } else if (int count = 0; word == "crashed" && in >> count) {
            crashes_[id] += count;
        }
    }
    write();
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

void InFlight::write() const {
    // No fsync: the file has to outlive this process, not the machine.
    const std::filesystem::path next = file_.string() + ".next";
    {
        std::ofstream out(next, std::ios::trunc);
        for (const std::int64_t id : running_)
            out << "running " << id << '\n';
        for (const auto& [id, count] : crashes_)
            out << "crashed " << id << ' ' << count << '\n';
    }
    std::error_code ignored;
    std::filesystem::rename(next, file_, ignored);
}

}  // namespace audiomuse::jobs
