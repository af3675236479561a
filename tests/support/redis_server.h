// A Redis server for tests and benchmarks: Debian's program on a free port, without persistence.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temp_folder.h"

namespace audiomuse::testing_support {

/// Runs until it is destroyed, or the thread that started it ends. Throws std::runtime_error when it does not come up.
class RedisServer {
public:
    /// `options` are further arguments, e.g. {"--requirepass", "secret"}.
    explicit RedisServer(std::vector<std::string> options = {});

    static bool installed();
    int port() const { return port_; }
    /// redis://127.0.0.1:port
    std::string url() const;
    void kill();               ///< SIGKILL: what it held is gone
    void start();              ///< again, empty, on the same port
    void freeze(bool frozen);  ///< SIGSTOP or SIGCONT: it is there and says nothing

private:
    bool answers() const;

    TempFolder folder_;
    std::vector<std::string> options_;
    int port_ = 0;
    std::unique_ptr<Process> process_;
};

}  // namespace audiomuse::testing_support
