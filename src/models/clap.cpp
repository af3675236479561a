#include "audiomuse/models/clap.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>

#include "audiomuse/base/error.h"
#include "audiomuse/base/mapped_file.h"
#include "audiomuse/base/text.h"
#include "audiomuse/wrap/onnx/session.h"
#include "clap_files.h"
#include "model_files.h"
#include "sha256.h"
#include "text_tokenizer.h"

namespace audiomuse::models {

namespace {

using wrap::onnx::Element;

// As AudioMuse-AI names them.
constexpr std::string_view kAudioFile = "model_epoch_36.onnx";
constexpr std::string_view kTextFile = "clap_text_model.onnx";
constexpr auto kWidth = static_cast<std::int64_t>(kClapDimension);

using Shape = std::vector<std::int64_t>;

/// -1 in `declared` is a dimension that is free, and -1 in `wanted` one that may be anything.
bool can_be(const Shape& wanted, const Shape& declared) {
    return std::equal(wanted.begin(), wanted.end(), declared.begin(), declared.end(),
                      [](std::int64_t a, std::int64_t b) { return a == b || a < 0 || b < 0; });
}

std::string in_words(const Shape& shape) {
    std::vector<std::string> sizes;
    for (const std::int64_t size : shape)
        sizes.push_back(size < 0 ? "N" : std::to_string(size));
    return "[" + join(sizes, ",") + "]";
}

void require_shape(const std::string& file, std::string_view what, const Shape& wanted, const Shape& declared,
                   std::string_view advice) {
    if (can_be(wanted, declared)) return;
    throw Error(ErrorCode::model_failed, fmt::format("The model {} has {} of {} where {} is expected. {}", file, what,
                                                     in_words(declared), in_words(wanted), advice));
}

std::optional<std::filesystem::path> find_clap_file(const std::filesystem::path& named, std::string_view name,
                                                    const ModelPlaces& places) {
    if (named.empty()) return find_file(name, places);
    std::error_code ignored;
    if (std::filesystem::is_regular_file(named, ignored)) return named;
    return std::nullopt;
}

std::optional<std::filesystem::path> find_audio(const ModelPlaces& places) {
    return find_clap_file(places.clap_audio, kAudioFile, places);
}

std::optional<std::filesystem::path> find_text(const ModelPlaces& places) {
    return find_clap_file(places.clap_text, kTextFile, places);
}

std::string missing_file(const std::filesystem::path& named, std::string_view name, const ModelPlaces& places) {
    return named.empty() ? fmt::format("{} not found in {}", name, where(places))
                         : fmt::format("{} is no file", named.string());
}

bool has_vocabulary(const std::filesystem::path& folder) {
    std::error_code ignored;
    const auto is_there = [&](const char* name) { return std::filesystem::is_regular_file(folder / name, ignored); };
    return is_there("tokenizer.json") || (is_there("vocab.json") && is_there("merges.txt"));
}

std::filesystem::path weights_of(const std::filesystem::path& model) {
    return model.string() + ".data";
}

/// Twelve digits of what the files hold: whoever exchanges the network gets vectors that don't fit the old ones.
std::string version_of(const std::filesystem::path& model) {
    std::string digits = sha256_hex(MappedFile(model).bytes());
    std::error_code ignored;
    if (const auto weights = weights_of(model); std::filesystem::is_regular_file(weights, ignored)) {
        digits += sha256_hex(MappedFile(weights).bytes());
        digits = sha256_hex(std::as_bytes(std::span(digits)));
    }
    return digits.substr(0, 12);
}

void require_finite_vector(std::span<const float> vector, const std::string& file) {
    if (!std::all_of(vector.begin(), vector.end(), [](float value) { return std::isfinite(value); }))
        throw Error(ErrorCode::model_failed, fmt::format("The model {} gave values that are not finite.", file));
}

class AudioBranch final : public ClapAudio {
public:
    explicit AudioBranch(const std::filesystem::path& file)
        : name_(file.string()),
          tag_{"dclap", version_of(file)},
          session_(wrap::onnx::Runtime::load(), file, {{"mel_spectrogram"}}, "audio_embedding") {
        constexpr std::string_view kAdvice =
            "AudioMuse-AI's DCLAP (model_epoch_36.onnx) is what is run here, and not CLAP's own audio branch.";
        require_shape(name_, "an input", {-1, 1, kBands, kFrames}, session_.input_shape(), kAdvice);
        require_shape(name_, "an output", {-1, kWidth}, session_.output_shape(), kAdvice);
    }

    ModelTag tag() const override { return tag_; }

    void run(std::span<const float> decibels, std::span<float> vector) const override {
        session_.run(decibels, std::array<std::int64_t, 4>{1, 1, kBands, kFrames}, vector,
                     std::array<std::int64_t, 2>{1, kWidth});
        require_finite_vector(vector, name_);
    }

private:
    std::string name_;
    ModelTag tag_;
    wrap::onnx::Session session_;
};

class TextBranch final : public ClapText {
public:
    explicit TextBranch(const std::filesystem::path& file)
        : name_(file.string()),
          tokenizer_(TextTokenizer::open(file.parent_path())),
          session_(wrap::onnx::Runtime::load(), file,
                   {{"input_ids", Element::int64}, {"attention_mask", Element::int64}}, "text_embedding") {
        constexpr std::string_view kAdvice = "It is not the text branch that AudioMuse-AI ships.";
        for (const std::size_t input : {0, 1})
            require_shape(name_, "an input", {-1, kTokens}, session_.input_shape(input), kAdvice);
        require_shape(name_, "an output", {-1, kWidth}, session_.output_shape(), kAdvice);
    }

    Embedding embed(std::string_view text) const override {
        const TextTokenizer::Tokens tokens = tokenizer_.encode(text);
        const std::array<std::int64_t, 2> shape{1, kTokens};
        const std::array<wrap::onnx::InputValues, 2> inputs{
            {{std::span<const std::int64_t>(tokens.ids), shape}, {std::span<const std::int64_t>(tokens.mask), shape}}};
        Embedding vector(kClapDimension);
        session_.run(inputs, vector, std::array<std::int64_t, 2>{1, kWidth});
        require_finite_vector(vector, name_);
        double squares = 0;
        for (const float value : vector)
            squares += static_cast<double>(value) * static_cast<double>(value);
        if (squares == 0)
            throw Error(ErrorCode::model_failed, fmt::format("The model {} gave a vector of zeros.", name_));
        for (float& value : vector)
            value = static_cast<float>(static_cast<double>(value) / std::sqrt(squares));
        return vector;
    }

private:
    static constexpr auto kTokens = static_cast<std::int64_t>(TextTokenizer::kLength);
    std::string name_;
    TextTokenizer tokenizer_;
    wrap::onnx::Session session_;
};

}  // namespace

bool has_clap_audio(const ModelPlaces& places) {
    return find_audio(places).has_value();
}

bool has_clap_text(const ModelPlaces& places) {
    const auto file = find_text(places);
    return file && has_vocabulary(file->parent_path());
}

std::shared_ptr<const ClapAudio> open_clap_audio(const ModelPlaces& places) {
    const auto file = find_audio(places);
    if (!file) {
        throw Error(ErrorCode::model_missing, fmt::format("CLAP's audio branch is not installed: {}.",
                                                          missing_file(places.clap_audio, kAudioFile, places)));
    }
    return std::make_shared<const AudioBranch>(*file);
}

std::shared_ptr<const ClapText> open_clap_text(const ModelPlaces& places) {
    const auto file = find_text(places);
    if (!file) {
        throw Error(ErrorCode::model_missing, fmt::format("CLAP's text branch is not installed: {}.",
                                                          missing_file(places.clap_text, kTextFile, places)));
    }
    return std::make_shared<const TextBranch>(*file);
}

ModelInfo describe_clap(const ModelPlaces& places, const std::string& runtime_problem) {
    ModelInfo info{"dclap",
                   "",
                   "its makers'; not shipped with this program",
                   "AudioMuse-AI's DCLAP (model_epoch_36.onnx) and CLAP's text branch (clap_text_model.onnx)",
                   {},
                   false,
                   ""};
    std::vector<std::string> missing;
    bool usable = true;  // a worker needs one branch only, a web instance the other
    try {
        if (const auto audio = find_audio(places)) {
            info.version = version_of(*audio);
            info.files.push_back(*audio);
            std::error_code ignored;
            if (std::filesystem::is_regular_file(weights_of(*audio), ignored)) info.files.push_back(weights_of(*audio));
        } else {
            missing.push_back(missing_file(places.clap_audio, kAudioFile, places));
        }
        if (const auto text = find_text(places)) {
            info.files.push_back(*text);
            if (!has_vocabulary(text->parent_path())) {
                usable = false;
                missing.push_back(
                    fmt::format("roberta-base's tokenizer.json, or vocab.json and merges.txt, not found "
                                "in {}",
                                text->parent_path().string()));
            }
        } else {
            missing.push_back(missing_file(places.clap_text, kTextFile, places));
        }
    } catch (const Error& error) {
        info.note = error.what();
        return info;
    }
    info.available = usable && !info.files.empty() && runtime_problem.empty();
    info.note = "Finds music by what a text says of its sound.";
    if (!missing.empty())
        info.note =
            fmt::format("Not complete: {}. Without both branches music is found by words only.", join(missing, "; "));
    if (missing.empty() && !runtime_problem.empty()) info.note = runtime_problem;
    return info;
}

}  // namespace audiomuse::models
