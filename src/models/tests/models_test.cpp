#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"
#include "audiomuse/models/embedding_model.h"
#include "sha256.h"
#include "support/temp_folder.h"

namespace audiomuse::models {
namespace {

using testing_support::TempFolder;

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::size_t kPatch = 187 * 96;

const fs::path kSharedModels = AUDIOMUSE_SHARED_DIR "/models";
const fs::path kGoldens = AUDIOMUSE_SHARED_DIR "/goldens";

#define REQUIRE_MUSICNN()                                               \
    if (!fs::exists(kSharedModels / "musicnn_embedding.onnx")) {        \
        GTEST_SKIP() << "needs the MusiCNN files in " << kSharedModels; \
    }

class LibraryVariable {
public:
    explicit LibraryVariable(const char* value) { setenv("AUDIOMUSE_ONNXRUNTIME", value, 1); }
    ~LibraryVariable() { unsetenv("AUDIOMUSE_ONNXRUNTIME"); }
};

struct Output {
    std::vector<float> embeddings;
    std::vector<float> tags;
};

Output run(const EmbeddingModel& model, std::span<const float> patches) {
    const std::size_t count = patches.size() / kPatch;
    Output output{std::vector<float>(count * model.dimension()), std::vector<float>(count * kMoodNames.size())};
    model.run(patches, count, output.embeddings, output.tags);
    return output;
}

/// Smooth, positive, log-mel-like patches.
std::vector<float> made_up_patches(std::size_t count, std::uint64_t seed) {
    Random random(seed);
    std::vector<float> patches(count * kPatch);
    float level = 1;
    for (float& value : patches) {
        level = std::clamp(level + static_cast<float>(random.uniform(-0.3, 0.3)), 0.0F, 5.0F);
        value = level;
    }
    return patches;
}

std::vector<float> floats(const boost::json::value& list) {
    std::vector<float> values;
    for (const auto& item : list.as_array()) {
        if (item.is_array()) {
            for (const float value : floats(item))
                values.push_back(value);
        } else {
            values.push_back(item.to_number<float>());
        }
    }
    return values;
}

boost::json::value first_patch(const std::string& fixture) {
    std::ifstream file(kGoldens / (fixture + ".json"));
    return boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {})).at("first_patch");
}

float largest_difference(std::span<const float> a, std::span<const float> b) {
    EXPECT_EQ(a.size(), b.size());
    float largest = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        largest = std::max(largest, std::abs(a[i] - b[i]));
    return largest;
}

Error error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorCode::internal, "nothing was thrown");
}

TEST(Sha256, OfTheStandardsExample) {
    const std::string_view text = "abc";
    EXPECT_EQ(sha256_hex(std::as_bytes(std::span(text))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(ModelChoice, KnowsItsNames) {
    EXPECT_EQ(parse_model_choice("auto"), ModelChoice::automatic);
    EXPECT_EQ(parse_model_choice("mini"), ModelChoice::mini);
    EXPECT_EQ(parse_model_choice("musicnn"), ModelChoice::musicnn);
    EXPECT_EQ(parse_model_choice("descriptors"), ModelChoice::descriptors);
    const Error error = error_of([] { parse_model_choice("Mini"); });
    EXPECT_EQ(error.code(), ErrorCode::invalid_argument);
    EXPECT_THAT(error.what(), HasSubstr("'Mini'"));
}

TEST(Mini, IsWhatAutomaticOpensAndNeedsNoFiles) {
    const auto model = open_model(ModelChoice::automatic, {});
    EXPECT_EQ(model->tag(), (ModelTag{"audiomuse-mini", "1"}));
    EXPECT_EQ(model->dimension(), 200U);
    EXPECT_GE(model->batch(), 1U);
}

TEST(Mini, PatchesOfABatchDoNotInfluenceEachOther) {
    const auto model = open_model(ModelChoice::mini, {});
    const auto patches = made_up_patches(5, 3);
    const Output together = run(*model, patches);
    for (std::size_t i = 0; i < 5; ++i) {
        const Output alone = run(*model, std::span(patches).subspan(i * kPatch, kPatch));
        EXPECT_LT(largest_difference(alone.embeddings, std::span(together.embeddings).subspan(i * 200, 200)), 1e-4F);
        EXPECT_LT(largest_difference(alone.tags, std::span(together.tags).subspan(i * 50, 50)), 1e-5F);
    }
    EXPECT_GT(largest_difference(std::span(together.embeddings).first(200), std::span(together.embeddings).last(200)),
              0.01F);
}

TEST(Mini, ThreadsGetTheSameValues) {
    const auto model = open_model(ModelChoice::mini, {});
    const auto patches = made_up_patches(2, 4);
    const Output expected = run(*model, patches);
    std::array<Output, 3> outputs;
    std::vector<std::thread> threads;
    for (Output& output : outputs) {
        threads.emplace_back([&] {
            for (int i = 0; i < 5; ++i)
                output = run(*model, patches);
        });
    }
    for (auto& thread : threads)
        thread.join();
    for (const Output& output : outputs) {
        EXPECT_EQ(output.embeddings, expected.embeddings);
        EXPECT_EQ(output.tags, expected.tags);
    }
}

TEST(Mini, TagsAreProbabilities) {
    const Output output = run(*open_model(ModelChoice::mini, {}), made_up_patches(4, 5));
    EXPECT_THAT(output.tags, testing::Each(testing::AllOf(testing::Gt(0.0F), testing::Lt(1.0F))));
    // A second sigmoid would lift every tag above one half.
    EXPECT_LT(*std::min_element(output.tags.begin(), output.tags.end()), 0.1F);
}

TEST(WithoutRuntime, AutomaticFallsBackToDescriptorsAndANamedModelFails) {
    const LibraryVariable variable("/nowhere/libonnxruntime.so.1");
    const auto model = open_model(ModelChoice::automatic, {});
    EXPECT_EQ(model->tag(), (ModelTag{"descriptors", "1"}));
    EXPECT_EQ(model->dimension(), 0U);
    const Error error = error_of([] { open_model(ModelChoice::mini, {}); });
    EXPECT_EQ(error.code(), ErrorCode::model_missing);
    EXPECT_THAT(error.what(), HasSubstr("/nowhere/libonnxruntime.so.1"));
    const auto infos = list_models({});
    EXPECT_FALSE(infos.at(0).available);
    EXPECT_THAT(infos.at(0).note, HasSubstr("/nowhere/libonnxruntime.so.1"));
    EXPECT_TRUE(infos.at(2).available);
}

TEST(Musicnn, NotInstalledSaysWhereItLooked) {
    const TempFolder store;
    const TempFolder extra;
    const Error error = error_of([&] { open_model(ModelChoice::musicnn, {store.path(), extra.path()}); });
    EXPECT_EQ(error.code(), ErrorCode::model_missing);
    EXPECT_THAT(error.what(), AllOf(HasSubstr("musicnn_embedding.onnx"), HasSubstr(store.path().string()),
                                    HasSubstr(extra.path().string())));
}

TEST(Musicnn, AnotherNetworkUnderItsNameIsRefused) {
    const TempFolder store;
    const fs::path own = AUDIOMUSE_SOURCE_DIR "/models";
    fs::copy_file(own / "audiomuse_mini_prediction.onnx", store / "musicnn_embedding.onnx");
    fs::copy_file(own / "audiomuse_mini_prediction.onnx", store / "musicnn_prediction.onnx");
    const Error error = error_of([&] { open_model(ModelChoice::musicnn, {store.path(), {}}); });
    EXPECT_EQ(error.code(), ErrorCode::model_failed);
    EXPECT_THAT(error.what(), AllOf(HasSubstr((store / "musicnn_embedding.onnx").string()), HasSubstr("[N,187,96]")));
}

TEST(Musicnn, ACutFileIsAnError) {
    const TempFolder store;
    const fs::path own = AUDIOMUSE_SOURCE_DIR "/models";
    fs::copy_file(own / "audiomuse_mini_embedding.onnx", store / "musicnn_embedding.onnx");
    fs::copy_file(own / "audiomuse_mini_prediction.onnx", store / "musicnn_prediction.onnx");
    ASSERT_NO_THROW(open_model(ModelChoice::musicnn, {store.path(), {}}));
    fs::resize_file(store / "musicnn_embedding.onnx", 500000);
    EXPECT_EQ(error_of([&] { open_model(ModelChoice::musicnn, {store.path(), {}}); }).code(), ErrorCode::model_failed);
}

class MusicnnGolden : public testing::TestWithParam<const char*> {};

TEST_P(MusicnnGolden, FirstPatch) {
    REQUIRE_MUSICNN();
    const auto golden = first_patch(GetParam());
    const auto patch = floats(golden.at("values"));
    ASSERT_EQ(patch.size(), kPatch);
    const Output output = run(*open_model(ModelChoice::musicnn, {kSharedModels, {}}), patch);
    EXPECT_LT(largest_difference(output.embeddings, floats(golden.at("embedding"))), 1e-4F);
    EXPECT_LT(largest_difference(output.tags, floats(golden.at("tags"))), 1e-5F);
}

INSTANTIATE_TEST_SUITE_P(Fixtures, MusicnnGolden,
                         testing::Values("length_48128_samples_16k.wav", "minuet_anna_magdalena.mp3",
                                         "song_128bpm_a_minor.ogg"));

TEST(Musicnn, LogitsGetTheSigmoidExactlyOnce) {
    REQUIRE_MUSICNN();
    const TempFolder extra;
    fs::copy_file(kSharedModels / "musicnn_prediction_logits.onnx", extra / "musicnn_prediction.onnx");
    const auto golden = first_patch("minuet_anna_magdalena.mp3");
    // The embedding comes from the store, the prediction from the extra folder, which goes first.
    const Output output =
        run(*open_model(ModelChoice::musicnn, {kSharedModels, extra.path()}), floats(golden.at("values")));
    EXPECT_LT(largest_difference(output.tags, floats(golden.at("tags"))), 1e-5F);
}

TEST(ListModels, TellsTheKnownFilesFromOthers) {
    REQUIRE_MUSICNN();
    const auto known = list_models({kSharedModels, {}});
    ASSERT_EQ(known.size(), 5U);
    EXPECT_EQ(known[0].name, "audiomuse-mini");
    EXPECT_TRUE(known[0].available) << known[0].note;
    EXPECT_THAT(known[0].files, IsEmpty());
    EXPECT_EQ(known[1].name, "musicnn");
    EXPECT_TRUE(known[1].available);
    EXPECT_THAT(known[1].files,
                ElementsAre(kSharedModels / "musicnn_embedding.onnx", kSharedModels / "musicnn_prediction.onnx"));
    EXPECT_THAT(known[1].note, HasSubstr("the known ones"));
    EXPECT_EQ(known[2].name, "descriptors");

    const TempFolder extra;
    std::ofstream(extra / "musicnn_embedding.onnx") << "something else";
    const auto other = list_models({kSharedModels, extra.path()});
    EXPECT_EQ(other[1].files.at(0), extra / "musicnn_embedding.onnx");
    EXPECT_THAT(other[1].note, AllOf(HasSubstr((extra / "musicnn_embedding.onnx").string()), HasSubstr("SHA-256")));
}

TEST(ListModels, SaysWhatIsMissing) {
    const TempFolder store;
    const auto infos = list_models({store.path(), {}});
    EXPECT_FALSE(infos.at(1).available);
    EXPECT_THAT(infos.at(1).note, AllOf(HasSubstr("musicnn_embedding.onnx and musicnn_prediction.onnx"),
                                        HasSubstr(store.path().string())));
}

}  // namespace
}  // namespace audiomuse::models
