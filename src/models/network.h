// A pair of ONNX networks in MusiCNN's shape: log-mel patch to embedding, embedding to 50 tags.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "audiomuse/models/embedding_model.h"
#include "audiomuse/wrap/onnx/session.h"

namespace audiomuse::models {

inline constexpr std::int64_t kFrames = 187;  ///< of a patch
inline constexpr std::int64_t kBands = 96;
inline constexpr std::int64_t kDimension = 200;  ///< of an embedding

/// One ONNX file: where it came from, for messages, and its bytes.
struct NetworkFile {
    std::string name;
    std::span<const std::byte> bytes;
};

struct NetworkOptions {
    ModelTag tag;
    std::size_t batch = 1;
};

/// `embedding`: [N,187,96] to [N,200]; `prediction`: [N,200] to [N,50], as probabilities or as logits: which of the two
/// is told by a trial run, and logits get the sigmoid here. Throws Error(model_failed) when a file is no such network.
std::shared_ptr<const EmbeddingModel> create_network(const std::shared_ptr<const wrap::onnx::Runtime>& runtime,
                                                     const NetworkFile& embedding, const NetworkFile& prediction,
                                                     const NetworkOptions& options);

}  // namespace audiomuse::models
