// Networks of the right shape in a few hundred bytes.
#pragma once

#include <string>

namespace audiomuse::fuzz {

/// An ONNX file: [N,187,96] to [N,200], the first 200 values of a patch.
std::string tiny_embedding_model();
/// An ONNX file: [N,200] to [N,50], the sigmoid of the first 50 values.
std::string tiny_prediction_model();

}  // namespace audiomuse::fuzz
