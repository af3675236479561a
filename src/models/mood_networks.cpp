#include "audiomuse/models/mood_networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "audiomuse/base/error.h"
#include "audiomuse/base/log.h"
#include "audiomuse/base/text.h"
#include "model_files.h"
#include "mood_network.h"
#include "sha256.h"

namespace audiomuse::models {
namespace {

constexpr std::array<KnownFile, 5> kKnownFiles = {{
    {"danceability.onnx", "2853513dfa64add6b211d91711a367bf86a1dea064aa060eeca9810cea362a49"},
    {"mood_aggressive.onnx", "1b48e353d61b5cbbdc4a33ce56c0e409e1a6c7c5d86202bff70bf0fbb3f4574e"},
    {"mood_happy.onnx", "492ce0775be7cbd086ca58a49f92f1be9ea0cd268194346b384f3a71c75130b4"},
    {"mood_relaxed.onnx", "29163f351145221c85add2b704fbb5da9451ceb12f9b888b41a0da74c0e7139c"},
    {"mood_sad.onnx", "ea93831ee70e70773f8ae98fa14e7df1c2ba1d0e1fc9bbaa7400ff4185281937"},
}};

/// -1 in `declared` is a dimension that is free.
bool fits(std::initializer_list<std::int64_t> wanted, const std::vector<std::int64_t>& declared) {
    return std::equal(wanted.begin(), wanted.end(), declared.begin(), declared.end(),
                      [](std::int64_t a, std::int64_t b) { return a == b || b < 0; });
}

class InstalledNetworks final : public MoodNetworks {
public:
    void add(const MoodFile& file, MoodNetwork network) {
        networks_.push_back(std::make_unique<Member>(file, std::move(network)));
    }
    bool empty() const { return networks_.empty(); }
    std::size_t complete() const override {
        return static_cast<std::size_t>(std::count_if(
            networks_.begin(), networks_.end(), [](const auto& member) { return !member->network.takes_embedding(); }));
    }

    MoodSums run(std::span<const float> patches, std::span<const float> embeddings, std::size_t count) const override {
        MoodSums sums;
        std::vector<float> columns(count * MoodNetwork::kColumns);
        for (const auto& member : networks_) {
            try {
                member->network.run(patches, embeddings, count, columns);
                double sum = 0;
                for (std::size_t i = member->file.column; i < columns.size(); i += MoodNetwork::kColumns)
                    sum += static_cast<double>(columns[i]);
                sums[member->file.feature] = sum;
            } catch (const Error& error) {
                if (!member->complained.exchange(true))
                    log::warn("'{}' comes from the formula instead: {}", kOtherFeatureNames[member->file.feature],
                              error.what());
            }
        }
        return sums;
    }

private:
    struct Member {
        Member(const MoodFile& of, MoodNetwork opened) : file(of), network(std::move(opened)) {}
        const MoodFile& file;
        MoodNetwork network;
        mutable std::atomic<bool> complained{false};
    };
    std::vector<std::unique_ptr<Member>> networks_;
};

}  // namespace

std::optional<std::filesystem::path> find_mood_file(const MoodFile& file, const ModelPlaces& places) {
    for (const std::string_view name : file.names) {
        if (auto path = find_file(name, places)) return path;
    }
    return std::nullopt;
}

MoodNetwork::MoodNetwork(const std::shared_ptr<const wrap::onnx::Runtime>& runtime, const NetworkFile& file)
    : name_(file.name), session_(runtime, file.name, file.bytes, {"model/Placeholder:0", "model/Softmax:0"}) {
    takes_embedding_ = fits({-1, kDimension}, session_.input_shape());
    if ((!takes_embedding_ && !fits({-1, kFrames, kBands}, session_.input_shape())) ||
        !fits({-1, kColumns}, session_.output_shape())) {
        throw Error(ErrorCode::model_failed,
                    fmt::format("The model {} turns neither [N,187,96] nor [N,200] into [N,2] numbers; it is not a "
                                "mood network.",
                                name_));
    }
}

void MoodNetwork::run(std::span<const float> patches, std::span<const float> embeddings, std::size_t count,
                      std::span<float> columns) const {
    if (count == 0) return;
    const auto n = static_cast<std::int64_t>(count);
    const std::array<std::int64_t, 2> output{n, kColumns};
    if (takes_embedding_) {
        session_.run(embeddings, std::array{n, kDimension}, columns, output);
    } else {
        session_.run(patches, std::array{n, kFrames, kBands}, columns, output);
    }
    // Written so that NaN is refused too.
    if (!std::all_of(columns.begin(), columns.end(), [](float value) { return value >= 0 && value <= 1; }))
        throw Error(ErrorCode::model_failed, fmt::format("The model {} gave values that are no probabilities.", name_));
}

std::shared_ptr<const MoodNetworks> open_mood_networks(const ModelTag& model, const ModelPlaces& places) {
    if (model.name != "musicnn") return nullptr;
    auto networks = std::make_shared<InstalledNetworks>();
    for (const MoodFile& file : kMoodFiles) {
        const auto path = find_mood_file(file, places);
        if (!path) continue;
        try {
            const std::vector<std::byte> bytes = read_file(*path);
            networks->add(file, MoodNetwork(wrap::onnx::Runtime::load(), {path->string(), bytes}));
        } catch (const Error& error) {
            log::warn("'{}' comes from the formula instead: {}", kOtherFeatureNames[file.feature], error.what());
        }
    }
    if (networks->empty()) return nullptr;
    return networks;
}

ModelInfo describe_mood_networks(const ModelPlaces& places, const std::string& runtime_problem) {
    ModelInfo info{"mood networks",
                   "1",
                   "CC BY-NC-ND 4.0 (Universitat Pompeu Fabra, 2019-2020): not shipped, non-commercial use only",
                   "danceability and mood classifiers of MTG/essentia's models, as ONNX",
                   {},
                   false,
                   ""};
    std::vector<std::string> missing;
    std::vector<std::string> unknown;
    try {
        for (const MoodFile& file : kMoodFiles) {
            const auto path = find_mood_file(file, places);
            if (!path) {
                missing.emplace_back(file.names[0]);
                continue;
            }
            info.files.push_back(*path);
            const std::string sha256 = sha256_hex(read_file(*path));
            if (!is_known(file.names[0], sha256, kKnownFiles)) unknown.push_back(path->filename().string());
        }
    } catch (const Error& error) {
        info.note = error.what();
        return info;
    }
    if (info.files.empty()) {
        info.note = fmt::format("Not installed in {}; a formula gives danceable, aggressive, happy, relaxed and sad.",
                                where(places));
        return info;
    }
    info.available = runtime_problem.empty();
    info.note = "Judge danceable, aggressive, happy, relaxed and sad when the model is MusiCNN";
    if (!missing.empty()) info.note += fmt::format("; missing: {}", join(missing, ", "));
    if (!unknown.empty()) info.note += fmt::format("; conversions not known to this program: {}", join(unknown, ", "));
    info.note += ".";
    if (!info.available) info.note = runtime_problem;
    return info;
}

}  // namespace audiomuse::models
