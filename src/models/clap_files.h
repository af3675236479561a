// For `audiomuse models list`.
#pragma once

#include <string>

#include "audiomuse/models/embedding_model.h"

namespace audiomuse::models {

ModelInfo describe_clap(const ModelPlaces& places, const std::string& runtime_problem);

}  // namespace audiomuse::models
