// The models that turn log-mel patches into an embedding and tags.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "audiomuse/base/analysis.h"

namespace audiomuse::models {

/// Threads: run() may be called from any number of threads at once; each call uses one thread.
class EmbeddingModel {
public:
    virtual ~EmbeddingModel() = default;
    virtual ModelTag tag() const = 0;
    /// Length of an embedding. The descriptor model returns 0: its vector is made from descriptors by `analyse`, not
    /// from patches.
    virtual std::size_t dimension() const = 0;
    /// How many patches one run should be given (measured; see docs).
    virtual std::size_t batch() const = 0;
    /// `patches`: count x 187 x 96 floats, [patch][frame][band]. Writes count x dimension() floats to `embeddings` and,
    /// as probabilities, count x 50 to `tags`. Throws Error(model_failed).
    virtual void run(std::span<const float> patches, std::size_t count, std::span<float> embeddings,
                     std::span<float> tags) const = 0;
};

enum class ModelChoice { automatic, mini, musicnn, descriptors };
/// "auto", "mini", "musicnn" or "descriptors"; throws Error(invalid_argument) for anything else.
ModelChoice parse_model_choice(std::string_view name);

struct ModelPlaces {
    std::filesystem::path store;  ///< DATA/models
    std::filesystem::path extra;  ///< AUDIOMUSE_MODEL_DIR; may be empty
    /// CLAP_AUDIO_MODEL_PATH and CLAP_TEXT_MODEL_PATH: files to take in place of those in the folders; may be empty.
    std::filesystem::path clap_audio = {};
    std::filesystem::path clap_text = {};
};

/// Opens the chosen model. `automatic` is audiomuse-mini, or the descriptor model where ONNX Runtime cannot load (with
/// a warning in the log that says why). Throws Error(model_missing) saying where it looked when a model that was asked
/// for by name is not there, or when its runtime cannot load.
std::shared_ptr<const EmbeddingModel> open_model(ModelChoice choice, const ModelPlaces& places);

struct ModelInfo {
    std::string name;
    std::string version;
    std::string licence;
    std::string source;
    std::vector<std::filesystem::path> files;  ///< where found; empty for one built into the program
    bool available = false;
    std::string note;  ///< one sentence: what it is, or what is missing
};
/// audiomuse-mini, MusiCNN, the descriptors, the mood networks and CLAP, in this order, installed or not.
std::vector<ModelInfo> list_models(const ModelPlaces& places);

}  // namespace audiomuse::models
