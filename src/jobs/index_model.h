// Which model's vectors the served index holds.
#pragma once

#include <memory>

#include "audiomuse/jobs/worker.h"

namespace audiomuse::jobs {

/// The served index if it may take vectors of `model` (its saved image says that model); else null.
std::shared_ptr<index::VectorIndex> index_of_model(const JobContext& context, const ModelTag& model);

}  // namespace audiomuse::jobs
