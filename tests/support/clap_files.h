// The files of a CLAP of a few kilobytes, with the names, inputs and outputs of the real one: sound is heard as the
// mean level of each of its 128 bands, and a text as the bands that its words name.
#pragma once

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "support/onnx_file.h"

namespace audiomuse::testing_support {

inline constexpr std::int64_t kClapBands = 128;
inline constexpr std::int64_t kClapWidth = 512;

/// [N,1,128,1001] to [N,512]: number i of the first 128 is the mean of band i in decibels, plus 60, plus `bias`. With
/// `beside`, the weights lie in a file of their own.
inline void write_clap_audio(const std::filesystem::path& file, bool beside = false, float bias = 0) {
    std::vector<float> weights(kClapBands * kClapWidth);
    for (std::int64_t band = 0; band < kClapBands; ++band)
        weights[static_cast<std::size_t>(band * kClapWidth + band)] = 1;
    const std::array<float, 1> shift{60 + bias};
    const std::string location = file.filename().string() + ".data";
    if (beside) std::ofstream(file.string() + ".data", std::ios::binary) << onnx::raw(weights);
    onnx::write(file, {.nodes = {onnx::node("ReduceMean", {"mel_spectrogram"}, "means",
                                            onnx::attribute("axes", std::vector<std::int64_t>{1, 3}) +
                                                onnx::attribute("keepdims", 0)),
                                 onnx::node("Add", {"means", "shift"}, "levels"),
                                 onnx::node("MatMul", {"levels", "weights"}, "audio_embedding")},
                       .tensors = {onnx::tensor("weights", {kClapBands, kClapWidth}, weights, beside ? location : ""),
                                   onnx::tensor("shift", {1}, shift)},
                       .inputs = {onnx::port("mel_spectrogram", onnx::kFloat, {-1, 1, kClapBands, 1001})},
                       .outputs = {onnx::port("audio_embedding", onnx::kFloat, {-1, kClapWidth})}});
}

/// The words the text branch knows, and the bands they name: each adds 1 to its bands.
struct ClapWord {
    const char* word;
    std::int64_t first_band;
    std::int64_t last_band;
};
inline constexpr std::array<ClapWord, 3> kClapWords = {{{"bass", 0, 15}, {"middle", 40, 60}, {"treble", 90, 127}}};

/// The text branch and its vocabulary. A letter of a word that is not known adds a little to band 0.
inline void write_clap_text(const std::filesystem::path& file) {
    // Tokens: <s>, <pad>, </s>, <unk>, the letters from a to z, the blank, then each word's beginnings of two letters
    // and more, and the word after a blank.
    std::vector<std::string> tokens = {"<s>", "<pad>", "</s>", "<unk>"};
    for (char letter = 'a'; letter <= 'z'; ++letter)
        tokens.emplace_back(1, letter);
    tokens.emplace_back("Ġ");
    std::string merges;
    std::vector<std::vector<float>> rows(tokens.size(), std::vector<float>(kClapWidth));
    for (std::size_t i = 3; i < rows.size(); ++i)
        rows[i][0] = 0.01F;
    for (const ClapWord& known : kClapWords) {
        const std::string word = known.word;
        std::vector<float> row(kClapWidth);
        for (std::int64_t band = known.first_band; band <= known.last_band; ++band)
            row[static_cast<std::size_t>(band)] = 1;
        for (std::size_t length = 2; length <= word.size(); ++length) {
            tokens.push_back(word.substr(0, length));
            rows.push_back(length == word.size() ? row : std::vector<float>(kClapWidth));
            merges += word.substr(0, length - 1) + " " + word.substr(length - 1, 1) + "\n";
        }
        tokens.push_back("Ġ" + word);
        rows.push_back(row);
        merges += "Ġ " + word + "\n";
    }
    std::string vocabulary;
    std::vector<float> table;
    for (std::size_t i = 0; i < tokens.size(); ++i) {
        vocabulary += (i == 0 ? "{\"" : ",\"") + tokens[i] + "\":" + std::to_string(i);
        table.insert(table.end(), rows[i].begin(), rows[i].end());
    }
    std::ofstream(file.parent_path() / "vocab.json") << vocabulary + "}";
    std::ofstream(file.parent_path() / "merges.txt") << "#version: 0.2\n" + merges;
    onnx::write(
        file,
        {.nodes = {onnx::node("Gather", {"table", "input_ids"}, "words"),
                   onnx::node("Cast", {"attention_mask"}, "mask", onnx::attribute("to", onnx::kFloat)),
                   onnx::node("Unsqueeze", {"mask"}, "column", onnx::attribute("axes", std::vector<std::int64_t>{2})),
                   onnx::node("Mul", {"words", "column"}, "heard"),
                   onnx::node("ReduceSum", {"heard"}, "text_embedding",
                              onnx::attribute("axes", std::vector<std::int64_t>{1}) + onnx::attribute("keepdims", 0))},
         .tensors = {onnx::tensor("table", {static_cast<std::int64_t>(tokens.size()), kClapWidth}, table)},
         .inputs = {onnx::port("input_ids", onnx::kInt64, {-1, -1}),
                    onnx::port("attention_mask", onnx::kInt64, {-1, -1})},
         .outputs = {onnx::port("text_embedding", onnx::kFloat, {-1, kClapWidth})}});
}

/// All of them, under the names that are looked for.
inline void write_clap(const std::filesystem::path& folder) {
    write_clap_audio(folder / "model_epoch_36.onnx", true);
    write_clap_text(folder / "clap_text_model.onnx");
}

}  // namespace audiomuse::testing_support
