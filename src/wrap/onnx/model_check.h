// Looks at an ONNX file before the runtime does.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace audiomuse::wrap::onnx {

/// Whose file a network is: one of the model store, or one so large that it is only ever there by the administrator's
/// choice. Of the second kind any graph is taken, and its weights may lie in a file beside it.
enum class NetworkKind { small, large };

/// Lets networks pass that only compute forwards what their bytes hold. Refused is what makes the runtime read other
/// files, run for ever or fill the memory while it loads (it computes constants then): tensors in other files, tensors
/// that claim more values than they have, operators that make tensors of any size, loops and other subgraphs, functions
/// and operators outside the standard set. Of a large network only these are refused: tensors in files of other
/// folders, and what no exporter writes. `name` is for messages. Throws Error(model_failed).
void check_model(std::string_view name, std::span<const std::byte> model, NetworkKind kind = NetworkKind::small);

}  // namespace audiomuse::wrap::onnx
