// How often one client may send what costs the server, or others, a lot.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace audiomuse::api {

/// Counts requests by key in windows of a minute that begin with the first one. Holds at most 10,000 keys. Thread-safe;
/// times are steady_now().
class RequestLimit {
public:
    /// Takes a request of which `most` are allowed in a minute; returns 0, or the seconds until the next is taken.
    double take(const std::string& key, unsigned most, double now);

private:
    struct Window {
        double began = 0;
        unsigned count = 0;
    };

    std::mutex mutex_;  // guards all below
    std::unordered_map<std::string, Window> windows_;
};

}  // namespace audiomuse::api
