// Which models there are, where their files lie, and how one is opened.
#include <fmt/format.h>

#include <array>

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "audiomuse/models/embedding_model.h"
#include "audiomuse/wrap/onnx/session.h"
#include "clap_files.h"
#include "embedded_mini.h"
#include "model_files.h"
#include "mood_network.h"
#include "network.h"
#include "sha256.h"

namespace audiomuse::models {

namespace fs = std::filesystem;

namespace {

const ModelTag kMini{"audiomuse-mini", "1"};
const ModelTag kMusicnn{"musicnn", "1"};
const ModelTag kDescriptors{"descriptors", "1"};

// Patches per run, measured: docs/models.md.
constexpr std::size_t kMiniBatch = 1;
constexpr std::size_t kMusicnnBatch = 1;

constexpr std::array<KnownFile, 2> kMiniFiles = {{
    {"audiomuse_mini_embedding.onnx", "00810df3c5d2e50aaed8d264613defc3c481a87b9ca314935e23df5b7b6cda20"},
    {"audiomuse_mini_prediction.onnx", "cb6fed1bf357c4079aae0daf02d8b88eae32c641e956d71f6aad257d5741411f"},
}};

constexpr std::string_view kMusicnnEmbedding = "musicnn_embedding.onnx";
constexpr std::string_view kMusicnnPrediction = "musicnn_prediction.onnx";
// The prediction network exists with and without its final sigmoid.
constexpr std::array<KnownFile, 3> kMusicnnFiles = {{
    {kMusicnnEmbedding, "28d9ce4902ba5aa2146ba33fc4c23a90c9a1c74cab6316138c60cbbf3737cd74"},
    {kMusicnnPrediction, "e169131fecd25dfde9544d44e66eaab2717e034eb6a84d74f4d95094643488fc"},
    {kMusicnnPrediction, "c544b1c65d482e8db05f1e0b2a87841365812de3a6f1e179765262e7cdd6d32a"},
}};

class DescriptorModel final : public EmbeddingModel {
public:
    ModelTag tag() const override { return kDescriptors; }
    std::size_t dimension() const override { return 0; }
    std::size_t batch() const override { return 1; }
    void run(std::span<const float>, std::size_t, std::span<float>, std::span<float>) const override {
        throw Error(ErrorCode::internal, "The descriptor model has no network to run.");
    }
};

NetworkFile embedded_file(const KnownFile& file) {
    const embedded::mini::File* found = embedded::mini::find(file.name);
    if (!found) throw Error(ErrorCode::internal, fmt::format("{} is not in the program.", file.name));
    return {std::string(file.name), found->bytes};
}

std::shared_ptr<const EmbeddingModel> open_mini() {
    return create_network(wrap::onnx::Runtime::load(), embedded_file(kMiniFiles[0]), embedded_file(kMiniFiles[1]),
                          {kMini, kMiniBatch});
}

std::shared_ptr<const EmbeddingModel> open_musicnn(const ModelPlaces& places) {
    const auto embedding = find_file(kMusicnnEmbedding, places);
    const auto prediction = find_file(kMusicnnPrediction, places);
    if (!embedding || !prediction) {
        throw Error(
            ErrorCode::model_missing,
            fmt::format(
                "MusiCNN is not installed: {} is missing in {}. Put {} and {} there, or choose the model 'auto'.",
                embedding ? kMusicnnPrediction : kMusicnnEmbedding, where(places), kMusicnnEmbedding,
                kMusicnnPrediction));
    }
    const auto embedding_bytes = read_file(*embedding);
    const auto prediction_bytes = read_file(*prediction);
    return create_network(wrap::onnx::Runtime::load(), {embedding->string(), embedding_bytes},
                          {prediction->string(), prediction_bytes}, {kMusicnn, kMusicnnBatch});
}

/// Empty, or why ONNX Runtime cannot be used.
std::string runtime_problem() {
    try {
        wrap::onnx::Runtime::load();
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

ModelInfo describe_mini(const std::string& problem) {
    ModelInfo info{kMini.name,
                   kMini.version,
                   "AGPL-3.0-or-later",
                   "trained by this project, see models/README.md",
                   {},
                   true,
                   "Small network that imitates MusiCNN; built into the program."};
    for (const KnownFile& file : kMiniFiles) {
        if (sha256_hex(embedded_file(file).bytes) != file.sha256) {
            info.available = false;
            info.note = fmt::format("{} in the program is not the file that was released as version {}.", file.name,
                                    kMini.version);
            return info;
        }
    }
    if (!problem.empty()) {
        info.available = false;
        info.note = problem;
    }
    return info;
}

ModelInfo describe_musicnn(const ModelPlaces& places, const std::string& problem) {
    ModelInfo info{kMusicnn.name,
                   kMusicnn.version,
                   "ISC (Music Technology Group, Universitat Pompeu Fabra, 2019); MTG offers its own conversions under "
                   "CC BY-NC-ND 4.0",
                   "MSD_musicnn of jordipons/musicnn as ONNX, as AudioMuse-AI uses it",
                   {},
                   false,
                   ""};
    std::vector<std::string> missing;
    std::vector<std::string> unknown;
    for (const std::string_view name : {kMusicnnEmbedding, kMusicnnPrediction}) {
        const auto path = find_file(name, places);
        if (!path) {
            missing.emplace_back(name);
            continue;
        }
        info.files.push_back(*path);
        try {
            const std::string sha256 = sha256_hex(read_file(*path));
            if (!is_known(name, sha256, kMusicnnFiles))
                unknown.push_back(fmt::format("{} (SHA-256 {})", path->string(), sha256));
        } catch (const Error& error) {
            info.note = error.what();
            return info;
        }
    }
    if (!missing.empty()) {
        info.note = fmt::format("Not installed: {} not found in {}.", join(missing, " and "), where(places));
    } else if (!problem.empty()) {
        info.note = problem;
    } else {
        info.available = true;
        info.note = unknown.empty()
                        ? "AudioMuse-AI's own network; the files are the known ones."
                        : fmt::format("AudioMuse-AI's own network; a conversion not known to this program: {}.",
                                      join(unknown, ", "));
    }
    return info;
}

}  // namespace

ModelChoice parse_model_choice(std::string_view name) {
    if (name == "auto") return ModelChoice::automatic;
    if (name == "mini") return ModelChoice::mini;
    if (name == "musicnn") return ModelChoice::musicnn;
    if (name == "descriptors") return ModelChoice::descriptors;
    throw Error(ErrorCode::invalid_argument,
                fmt::format("Unknown model '{}': choose auto, mini, musicnn or descriptors.", to_valid_utf8(name)));
}

std::shared_ptr<const EmbeddingModel> open_model(ModelChoice choice, const ModelPlaces& places) {
    switch (choice) {
        case ModelChoice::mini:
            return open_mini();
        case ModelChoice::musicnn:
            return open_musicnn(places);
        case ModelChoice::descriptors:
            return std::make_shared<const DescriptorModel>();
        case ModelChoice::automatic:
            break;
    }
    try {
        return open_mini();
    } catch (const Error& error) {
        log::warn("The classical descriptors stand in for the network, without tags: {}", error.what());
        return std::make_shared<const DescriptorModel>();
    }
}

std::vector<ModelInfo> list_models(const ModelPlaces& places) {
    const std::string problem = runtime_problem();
    return {describe_mini(problem),
            describe_musicnn(places, problem),
            {kDescriptors.name,
             kDescriptors.version,
             "AGPL-3.0-or-later",
             "computed by this project, see analyse/descriptors.h",
             {},
             true,
             "Classical descriptors of sound; needs no runtime and gives no tags."},
            describe_mood_networks(places, problem),
            describe_clap(places, problem)};
}

}  // namespace audiomuse::models
