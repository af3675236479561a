// CLAP's two branches with networks that are made here: the real ones are too large to be had in tests.
#include "audiomuse/models/clap.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "audiomuse/base/error.h"
#include "support/clap_files.h"
#include "support/temp_folder.h"

namespace audiomuse::models {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing_support::TempFolder;
namespace fs = std::filesystem;
namespace onnx = testing_support::onnx;

ModelPlaces in(const TempFolder& folder) {
    return {folder.path(), {}};
}

template <class Action>
Error refusal_of(Action action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    return {ErrorCode::internal, "nothing was thrown"};
}

/// A segment whose band `b` is at b decibels.
std::vector<float> segment() {
    std::vector<float> decibels(ClapAudio::kBands * ClapAudio::kFrames);
    for (std::size_t band = 0; band < ClapAudio::kBands; ++band) {
        std::fill_n(decibels.begin() + static_cast<std::ptrdiff_t>(band * ClapAudio::kFrames), ClapAudio::kFrames,
                    static_cast<float>(band));
    }
    return decibels;
}

TEST(ClapAudio, RunsTheNetworkWithWeightsInsideAndBeside) {
    for (const bool beside : {false, true}) {
        const TempFolder folder;
        testing_support::write_clap_audio(folder / "model_epoch_36.onnx", beside);
        EXPECT_EQ(fs::exists(folder / "model_epoch_36.onnx.data"), beside);
        const auto audio = open_clap_audio(in(folder));
        Embedding vector(kClapDimension);
        audio->run(segment(), vector);
        EXPECT_NEAR(vector[0], 60, 1e-3);
        EXPECT_NEAR(vector[127], 187, 1e-3);
        EXPECT_EQ(vector[128], 0);
    }
}

TEST(ClapAudio, ItsVersionChangesWithItsFiles) {
    const TempFolder folder;
    const auto version = [&] { return open_clap_audio(in(folder))->tag().version; };
    testing_support::write_clap_audio(folder / "model_epoch_36.onnx", true);
    const std::string first = version();
    EXPECT_EQ(first.size(), 12U);
    EXPECT_EQ(version(), first);
    std::fstream(folder / "model_epoch_36.onnx.data", std::ios::in | std::ios::out | std::ios::binary) << "else";
    EXPECT_NE(version(), first);
    testing_support::write_clap_audio(folder / "model_epoch_36.onnx", true, 1);
    EXPECT_NE(version(), first);
}

TEST(ClapAudio, SaysWhereItLooked) {
    const TempFolder folder;
    EXPECT_FALSE(has_clap_audio(in(folder)));
    Error error = refusal_of([&] { open_clap_audio(in(folder)); });
    EXPECT_EQ(error.code(), ErrorCode::model_missing);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("model_epoch_36.onnx"), HasSubstr(folder.path().string())));
    error = refusal_of([&] { open_clap_audio({.store = folder.path(), .clap_audio = "/nowhere/other.onnx"}); });
    EXPECT_EQ(error.code(), ErrorCode::model_missing);
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/other.onnx is no file"));
    testing_support::write_clap_audio(folder / "other.onnx");
    EXPECT_TRUE(has_clap_audio({.clap_audio = folder / "other.onnx"}));
    EXPECT_EQ(open_clap_audio({.clap_audio = folder / "other.onnx"})->tag().name, "dclap");
}

TEST(ClapAudio, RefusesAnotherNetworkAndSaysWhy) {
    const TempFolder folder;
    const fs::path file = folder / "model_epoch_36.onnx";
    const auto why = [&] {
        const Error error = refusal_of([&] { open_clap_audio(in(folder)); });
        EXPECT_EQ(error.code(), ErrorCode::model_failed);
        return std::string(error.what());
    };
    // CLAP's own audio branch.
    onnx::write(file, {.nodes = {onnx::node("Identity", {"mel_spectrogram"}, "audio_embedding")},
                       .tensors = {},
                       .inputs = {onnx::port("mel_spectrogram", onnx::kFloat, {-1, 1, 1001, 64})},
                       .outputs = {onnx::port("audio_embedding", onnx::kFloat, {-1, 1, 1001, 64})}});
    EXPECT_THAT(why(), AllOf(HasSubstr("an input of [N,1,1001,64] where [N,1,128,1001]"), HasSubstr("DCLAP")));
    onnx::write(file, {.nodes = {onnx::node("Identity", {"mel_spectrogram"}, "audio_embedding")},
                       .tensors = {},
                       .inputs = {onnx::port("mel_spectrogram", onnx::kFloat, {-1, 1, 128, 1001})},
                       .outputs = {onnx::port("audio_embedding", onnx::kFloat, {-1, 1, 128, 1001})}});
    EXPECT_THAT(why(), HasSubstr("an output of [N,1,128,1001] where [N,512]"));
    std::ofstream(file) << "something else";
    EXPECT_THAT(why(), HasSubstr("is not an ONNX file"));
    testing_support::write_clap_audio(file, true);
    fs::remove(folder / "model_epoch_36.onnx.data");
    EXPECT_THAT(why(), AllOf(HasSubstr("cannot be loaded"), HasSubstr("model_epoch_36.onnx.data")));
    std::ofstream(folder / "model_epoch_36.onnx.data") << "too short";
    EXPECT_THAT(why(), HasSubstr("cannot be loaded"));
}

TEST(ClapAudio, ReadsNoFilesOfOtherFolders) {
    const TempFolder folder;
    fs::create_directory(folder / "inner");
    const fs::path file = folder / "inner/model_epoch_36.onnx";
    const std::vector<float> weights(4);
    std::ofstream(folder / "outside", std::ios::binary) << onnx::raw(weights);
    for (const std::string& place : {std::string("../outside"), (folder / "outside").string(), std::string("..")}) {
        onnx::write(file, {.nodes = {onnx::node("Add", {"mel_spectrogram", "w"}, "audio_embedding")},
                           .tensors = {onnx::tensor("w", {4}, weights, place)},
                           .inputs = {onnx::port("mel_spectrogram", onnx::kFloat, {-1, 4})},
                           .outputs = {onnx::port("audio_embedding", onnx::kFloat, {-1, 4})}});
        const Error error = refusal_of([&] { open_clap_audio({.store = folder / "inner"}); });
        EXPECT_THAT(error.what(), HasSubstr("keeps values in a file that does not lie beside it")) << place;
    }
}

TEST(ClapText, GivesUnitVectorsOfWhatTheWordsName) {
    const TempFolder folder;
    testing_support::write_clap_text(folder / "clap_text_model.onnx");
    EXPECT_TRUE(has_clap_text(in(folder)));
    const auto text = open_clap_text(in(folder));
    const Embedding bass = text->embed("bass");
    ASSERT_EQ(bass.size(), kClapDimension);
    EXPECT_NEAR(bass[0], 0.25, 1e-6);
    EXPECT_NEAR(bass[15], 0.25, 1e-6);
    EXPECT_EQ(bass[16], 0);
    const Embedding both = text->embed("bass treble");
    double squares = 0;
    for (const float value : both)
        squares += static_cast<double>(value) * static_cast<double>(value);
    EXPECT_NEAR(squares, 1, 1e-6);
    EXPECT_GT(both[100], 0);
    // What is padding is not heard.
    EXPECT_EQ(text->embed("treble")[0], 0);
}

TEST(ClapText, NeedsItsVocabularyAndItsInputs) {
    const TempFolder folder;
    const fs::path file = folder / "clap_text_model.onnx";
    testing_support::write_clap_text(file);
    fs::remove(folder / "merges.txt");
    EXPECT_FALSE(has_clap_text(in(folder)));
    Error error = refusal_of([&] { open_clap_text(in(folder)); });
    EXPECT_EQ(error.code(), ErrorCode::model_missing);
    EXPECT_THAT(error.what(), HasSubstr("tokenizer.json"));

    testing_support::write_clap_text(file);
    const auto write_with = [&](const std::string& second, onnx::ElementType type) {
        onnx::write(
            file, {.nodes = {onnx::node("Cast", {"input_ids"}, "text_embedding", onnx::attribute("to", onnx::kFloat))},
                   .tensors = {},
                   .inputs = {onnx::port("input_ids", onnx::kInt64, {-1, 77}), onnx::port(second, type, {-1, 77})},
                   .outputs = {onnx::port("text_embedding", onnx::kFloat, {-1, 77})}});
        error = refusal_of([&] { open_clap_text(in(folder)); });
        EXPECT_EQ(error.code(), ErrorCode::model_failed);
        return std::string(error.what());
    };
    EXPECT_THAT(write_with("token_types", onnx::kInt64), HasSubstr("has no input attention_mask"));
    EXPECT_THAT(write_with("attention_mask", onnx::kFloat), HasSubstr("64-bit integers as attention_mask"));
    EXPECT_THAT(write_with("attention_mask", onnx::kInt64), HasSubstr("an output of [N,77] where [N,512]"));
}

TEST(ClapFiles, AreListedWithWhatIsMissing) {
    const TempFolder folder;
    ModelInfo info = list_models(in(folder)).back();
    EXPECT_EQ(info.name, "dclap");
    EXPECT_FALSE(info.available);
    EXPECT_THAT(info.note, AllOf(HasSubstr("model_epoch_36.onnx"), HasSubstr("clap_text_model.onnx")));
    testing_support::write_clap_audio(folder / "model_epoch_36.onnx");
    info = list_models(in(folder)).back();
    EXPECT_TRUE(info.available) << "enough for a worker";
    EXPECT_THAT(info.note, HasSubstr("clap_text_model.onnx not found"));
    testing_support::write_clap(folder.path());
    info = list_models(in(folder)).back();
    EXPECT_TRUE(info.available) << info.note;
    EXPECT_EQ(info.files.size(), 3U);
    fs::remove(folder / "vocab.json");
    info = list_models(in(folder)).back();
    EXPECT_FALSE(info.available);
    EXPECT_THAT(info.note, HasSubstr("vocab.json"));
}

}  // namespace
}  // namespace audiomuse::models
