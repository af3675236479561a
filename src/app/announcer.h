// Tells workers on other machines where this process hands out the files of its music folders.
#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "audiomuse/store/store.h"

namespace audiomuse::app {

/// Announces `url` in the store until destroyed, under the name `id`.
class Announcer {
public:
    Announcer(store::Store& store, std::string id, std::string url);
    ~Announcer();
    Announcer(const Announcer&) = delete;
    Announcer& operator=(const Announcer&) = delete;

private:
    void run(const std::stop_token& stop);

    store::Store& store_;
    const std::string id_;
    const std::string url_;
    std::mutex mutex_;  // for wake_ only
    std::condition_variable_any wake_;
    std::jthread thread_;
};

/// The address by which this machine reaches `host`, where others find it as well; "127.0.0.1" for a host that cannot
/// be resolved. Sends nothing.
std::string own_address_towards(const std::string& host);

}  // namespace audiomuse::app
