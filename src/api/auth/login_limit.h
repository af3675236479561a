// Slows down who guesses passwords.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <unordered_map>

namespace audiomuse::api {

/// Counts failures by key: an address, or a user's name. The first few are free; after each further one the key has to
/// wait, twice as long each time. A quarter of an hour without a failure forgets. Holds at most 10,000 keys.
/// Thread-safe; times are steady_now().
class LoginLimit {
public:
    static constexpr int kFree = 5;
    static constexpr double kForgetAfter = 900;  // seconds

    /// Seconds until the key may try again; 0: now.
    double wait(const std::string& key, double now);
    /// `longest`: seconds that it has to wait at most.
    void failed(const std::string& key, double now, double longest);
    void succeeded(const std::string& key);

private:
    struct Failures {
        int count = 0;
        double last = 0;
        double until = 0;
    };
    void make_room(double now);

    std::mutex mutex_;  // guards all below
    std::unordered_map<std::string, Failures> failures_;
};

}  // namespace audiomuse::api
