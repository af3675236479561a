#include "restart.h"

#include <unistd.h>

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"

namespace audiomuse::app {

std::unique_ptr<queue::Subscription> listen_for_restart(queue::Queue& queue) {
    return queue.subscribe([](const queue::Event& event) {
        if (event.topic == "restart") ::kill(::getpid(), kRestartSignal);
    });
}

void let_end_at_once(int signal) {
    if (signal == kRestartSignal) return;
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

void run_until_ended(const std::function<int(const sigset_t& signals)>& run, const std::function<void()>& mend) {
    sigset_t signals;
    sigemptyset(&signals);
    for (const int signal : {SIGINT, SIGTERM, kRestartSignal})
        sigaddset(&signals, signal);
    bool ran = false;
    while (true) {
        pthread_sigmask(SIG_BLOCK, &signals, nullptr);
        try {
            if (run(signals) != kRestartSignal) return;
            ran = true;
            log::info("Starting anew");
        } catch (const Error& error) {
            if (!ran || !mend) throw;
            log::error("It cannot start with the new settings: {} Those of before are taken.", error.what());
            ran = false;
            mend();
        }
    }
}

}  // namespace audiomuse::app
