#include "network.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"

namespace audiomuse::models {
namespace {

using wrap::onnx::Session;

constexpr std::int64_t kTags = static_cast<std::int64_t>(kMoodNames.size());

Session open_session(const std::shared_ptr<const wrap::onnx::Runtime>& runtime, const NetworkFile& file,
                     const wrap::onnx::Ports& ports, std::span<const std::int64_t> input,
                     std::span<const std::int64_t> output) {
    Session session(runtime, file.name, file.bytes, ports);
    // A free dimension is declared as -1 and may turn out right; the first one is the batch.
    const auto fits = [](std::span<const std::int64_t> wanted, const std::vector<std::int64_t>& declared) {
        return std::equal(wanted.begin(), wanted.end(), declared.begin(), declared.end(),
                          [](std::int64_t a, std::int64_t b) { return a == b || b < 0; });
    };
    if (!fits(input, session.input_shape()) || !fits(output, session.output_shape())) {
        throw Error(
            ErrorCode::model_failed,
            fmt::format("The model {} does not turn [N,{}] into [N,{}] numbers; it is not the network expected here.",
                        file.name, fmt::join(input.subspan(1), ","), fmt::join(output.subspan(1), ",")));
    }
    return session;
}

void require_finite(std::span<const float> values, const std::string& what) {
    if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); })) {
        throw Error(ErrorCode::model_failed, fmt::format("The model {} gave values that are not finite.", what));
    }
}

class Network final : public EmbeddingModel {
public:
    Network(const std::shared_ptr<const wrap::onnx::Runtime>& runtime, const NetworkFile& embedding,
            const NetworkFile& prediction, const NetworkOptions& options)
        : options_(options),
          embedding_(open_session(runtime, embedding, {"model/Placeholder:0", "model/dense/BiasAdd:0"},
                                  std::array{std::int64_t{-1}, kFrames, kBands},
                                  std::array{std::int64_t{-1}, kDimension})),
          prediction_(open_session(runtime, prediction, {"serving_default_model_Placeholder:0", "PartitionedCall:0"},
                                   std::array{std::int64_t{-1}, kDimension}, std::array{std::int64_t{-1}, kTags})) {
        tags_are_logits_ = yields_logits();
    }

    ModelTag tag() const override { return options_.tag; }
    std::size_t dimension() const override { return kDimension; }
    std::size_t batch() const override { return options_.batch; }

    void run(std::span<const float> patches, std::size_t count, std::span<float> embeddings,
             std::span<float> tags) const override {
        if (count == 0) return;
        const auto n = static_cast<std::int64_t>(count);
        embedding_.run(patches, std::array{n, kFrames, kBands}, embeddings, std::array{n, kDimension});
        require_finite(embeddings, options_.tag.name);
        prediction_.run(embeddings, std::array{n, kDimension}, tags, std::array{n, kTags});
        if (tags_are_logits_) {
            for (float& tag : tags)
                tag = 1 / (1 + std::exp(-tag));
        }
        require_finite(tags, options_.tag.name);
    }

private:
    // Embeddings of music have a standard deviation of 2 to 5 per value. Tags are rare, so on any such sample some
    // logits lie well below 0, where no probability does.
    bool yields_logits() const {
        constexpr std::int64_t kSamples = 32;
        Random random(20190101);
        std::vector<float> embeddings(static_cast<std::size_t>(kSamples * kDimension));
        for (float& value : embeddings)
            value = static_cast<float>(3 * random.normal());
        std::vector<float> tags(static_cast<std::size_t>(kSamples * kTags));
        prediction_.run(embeddings, std::array{kSamples, kDimension}, tags, std::array{kSamples, kTags});
        require_finite(tags, options_.tag.name);
        return std::any_of(tags.begin(), tags.end(), [](float tag) { return tag < 0 || tag > 1; });
    }

    NetworkOptions options_;
    Session embedding_;
    Session prediction_;
    bool tags_are_logits_ = false;
};

}  // namespace

std::shared_ptr<const EmbeddingModel> create_network(const std::shared_ptr<const wrap::onnx::Runtime>& runtime,
                                                     const NetworkFile& embedding, const NetworkFile& prediction,
                                                     const NetworkOptions& options) {
    return std::make_shared<const Network>(runtime, embedding, prediction, options);
}

}  // namespace audiomuse::models
