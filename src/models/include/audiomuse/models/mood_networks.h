// The networks that judge mood, for those who install them: their licence forbids shipping them.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "audiomuse/base/analysis.h"
#include "audiomuse/models/embedding_model.h"

namespace audiomuse::models {

/// One number per name in kOtherFeatureNames; none where there is no network.
using MoodSums = std::array<std::optional<double>, kOtherFeatureNames.size()>;

/// MTG's classifiers danceability, mood_aggressive, mood_happy, mood_relaxed and mood_sad (Alonso-Jimenez, Bogdanov,
/// Pons and Serra, Tensorflow audio models in Essentia, 2020). Threads: run() may be called from any
/// number of threads at once; each call uses one thread.
class MoodNetworks {
public:
    virtual ~MoodNetworks() = default;
    /// How many are complete networks: each takes about the time and the memory that MusiCNN itself does.
    virtual std::size_t complete() const = 0;
    /// Sums over `count` patches of the probability that the patch is danceable, aggressive and so on. `patches`: count
    /// x 187 x 96 floats, [patch][frame][band]; `embeddings`: count x 200, MusiCNN's for these patches. A network that
    /// fails gives none, and says so in the log the first time. Never throws for what a network does.
    virtual MoodSums run(std::span<const float> patches, std::span<const float> embeddings,
                         std::size_t count) const = 0;
};

/// Opens those that are installed, danceability.onnx, mood_happy.onnx and so on, or under AudioMuse-AI's names
/// (danceability-msd-musicnn-1.onnx). A file may hold a complete network (takes the patch) or a head (takes the
/// embedding); its input tells which. One that cannot be used is left out, with a line in the log. Null when none can
/// be used, and for every model but MusiCNN: heads need its embedding, and complete networks cost five times what
/// MusiCNN itself does. Never throws.
std::shared_ptr<const MoodNetworks> open_mood_networks(const ModelTag& model, const ModelPlaces& places);

}  // namespace audiomuse::models
