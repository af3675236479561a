// Runs a job in this process, in front of the user, with a progress bar and Ctrl-C.
#pragma once

#include <string>

#include "audiomuse/store/jobs.h"
#include "runtime.h"

namespace audiomuse::app {

/// Finishes what an earlier process left unfinished, then runs a new job of `type` with `params` (JSON) to its end and
/// returns its row. SIGINT and SIGTERM interrupt it: what was done is kept, the row stays unfinished, and
/// Error(cancelled) is thrown.
store::Job run_in_front(Runtime& runtime, const std::string& type, const std::string& params);

}  // namespace audiomuse::app
