// Requests that wait for a job.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "audiomuse/store/jobs.h"
#include "backend.h"

namespace audiomuse::api {

/// Has a worker do a job beside whatever whole job there is, see store::kAside, and waits for it as long as clients
/// wait. Returns the job as it ended; nothing while it has not.
std::optional<store::Job> do_aside(Backend& backend, std::string_view type, std::string params = "{}",
                                   queue::Lane lane = queue::Lane::aside);

}  // namespace audiomuse::api
