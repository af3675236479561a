// One mood classifier: a patch or its embedding in, two columns out.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "model_files.h"
#include "network.h"

namespace audiomuse::models {

struct MoodFile {
    std::size_t feature;  ///< index into kOtherFeatureNames
    std::array<std::string_view, 2> names;
    std::size_t column;  ///< 0 or 1: the one that says yes
};

/// Files in the order of kOtherFeatureNames; no network for "party" is known.
inline constexpr std::array<MoodFile, 5> kMoodFiles = {{
    {0, {"danceability.onnx", "danceability-msd-musicnn-1.onnx"}, 0},
    {1, {"mood_aggressive.onnx", "mood_aggressive-msd-musicnn-1.onnx"}, 0},
    {2, {"mood_happy.onnx", "mood_happy-msd-musicnn-1.onnx"}, 0},
    {4, {"mood_relaxed.onnx", "mood_relaxed-msd-musicnn-1.onnx"}, 1},
    {5, {"mood_sad.onnx", "mood_sad-msd-musicnn-1.onnx"}, 1},
}};

/// The installed file, under whichever of its names.
std::optional<std::filesystem::path> find_mood_file(const MoodFile& file, const ModelPlaces& places);

class MoodNetwork {
public:
    static constexpr std::size_t kColumns = 2;

    /// Throws Error(model_failed) when the file turns neither [N,187,96] nor [N,200] into [N,2].
    MoodNetwork(const std::shared_ptr<const wrap::onnx::Runtime>& runtime, const NetworkFile& file);

    /// True for a head, false for a complete network.
    bool takes_embedding() const { return takes_embedding_; }
    /// As MoodNetworks::run takes them; writes count x 2 probabilities, [patch][column]. Throws Error(model_failed),
    /// also for values outside 0..1.
    void run(std::span<const float> patches, std::span<const float> embeddings, std::size_t count,
             std::span<float> columns) const;

private:
    std::string name_;
    wrap::onnx::Session session_;
    bool takes_embedding_ = false;
};

/// For `audiomuse models list`.
ModelInfo describe_mood_networks(const ModelPlaces& places, const std::string& runtime_problem);

}  // namespace audiomuse::models
