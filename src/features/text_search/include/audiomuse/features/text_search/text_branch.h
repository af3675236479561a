// CLAP's text branch, in memory only while somebody searches.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include "audiomuse/base/analysis.h"
#include "audiomuse/base/clock.h"
#include "audiomuse/base/error.h"
#include "audiomuse/models/clap.h"

namespace audiomuse::features {

/// Thread-safe. Whoever comes while the network is being opened waits for that; state() never waits.
class TextBranch {
public:
    using Open = std::function<std::shared_ptr<const models::ClapText>()>;
    struct Options {
        double idle_s = 300;                         ///< the network is given up so long after its last use
        double retry_s = 60;                         ///< so long after it could not be opened, the same is said again
        std::function<double()> clock = steady_now;  ///< in seconds
    };
    TextBranch(Open open, Options options);
    ~TextBranch();
    TextBranch(const TextBranch&) = delete;
    TextBranch& operator=(const TextBranch&) = delete;

    /// As models::ClapText::embed. Opens the network where it is not in memory, and begins the idle time anew. Throws
    /// what opening and running throw.
    Embedding embed(std::string_view text);
    /// The same without a text.
    void warm_up();

    struct State {
        bool loaded = false;
        double seconds_left = 0;  ///< until it is given up, unless it is used
    };
    State state() const;
    double idle_s() const { return options_.idle_s; }
    /// Gives the network up when it has been idle for long enough. Called by itself every second.
    void look();

private:
    std::shared_ptr<const models::ClapText> use();
    void watch(const std::stop_token& stop);

    const Open open_;
    const Options options_;
    std::mutex opening_;            // held while the network is opened
    std::optional<Error> failure_;  // guarded by opening_; of the last attempt
    double failed_at_ = 0;          // guarded by opening_
    mutable std::mutex mutex_;      // guards what follows
    std::condition_variable_any loaded_;
    std::shared_ptr<const models::ClapText> network_;
    double expiry_ = 0;
    std::jthread watcher_;  // ends first
};

}  // namespace audiomuse::features
