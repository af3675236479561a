// What a coordinator does with its children: make them, watch them, end them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "audiomuse/jobs/context.h"
#include "progress.h"

namespace audiomuse::jobs {

/// Whether it is a part of another job.
bool is_child(const store::Job& job);
queue::Lane lane_of(const store::Job& job);
/// Those of `jobs` that are of one type.
std::vector<store::Job> of_type(const std::vector<store::Job>& jobs, std::string_view type);

/// Writes the rows of new children of `parent`, one for each of `params` (JSON), and hands them to the queue.
void start_children(const JobContext& context, const JobId& parent, const std::string& type,
                    std::span<const std::string> params);

/// Asks the unfinished children of `parent` to stop, and waits for them some seconds at most.
void stop_children(const JobContext& context, const JobId& parent);
/// Does that, and removes the rows of all that have ended.
void end_children(const JobContext& context, const JobId& parent);

/// Calls `look` with the children of `parent` a few times a second until it says that it has seen enough (false).
/// Throws Error(cancelled).
void watch_children(const JobContext& context, const JobId& parent, const CancelToken& cancel,
                    const std::function<bool(const std::vector<store::Job>&)>& look);

/// What a child says of itself.
std::string message_of(const store::Job& job);
Counts counts_of(const store::Job& job);
/// A member of the job's details as JSON text; "" when there is none.
std::string detail_of(const store::Job& job, const std::string& name);

}  // namespace audiomuse::jobs
