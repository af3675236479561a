// How a long-running process starts anew, for the settings that it takes at its start only.
#pragma once

#include <signal.h>

#include <functional>
#include <memory>

#include "audiomuse/queue/queue.h"

namespace audiomuse::app {

/// SIGINT and SIGTERM end a process, kRestartSignal makes it start anew.
inline constexpr int kRestartSignal = SIGUSR1;

/// Sends kRestartSignal to this process when somebody asks for a restart, here or in another process (the topic
/// "restart").
std::unique_ptr<queue::Subscription> listen_for_restart(queue::Queue& queue);

/// A second Ctrl-C ends the process at once: called when one of the signals has come, and does nothing for a restart,
/// as another one must wait for the next run.
void let_end_at_once(int signal);

/// Calls `run`, which returns the signal that ended it, again as long as that is kRestartSignal. The signals are
/// blocked while it runs, so that only a sigwait in it sees them. An Error that a later run throws is logged, `mend` is
/// called once to put back what the settings were, and it is run again; that of the first run, or of one that was
/// mended, is the caller's, and so is any where `mend` is empty.
void run_until_ended(const std::function<int(const sigset_t& signals)>& run, const std::function<void()>& mend = {});

}  // namespace audiomuse::app
