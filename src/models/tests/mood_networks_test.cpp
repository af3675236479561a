// Mood networks that are installed, missing, broken, of either kind. Small networks are made here; the real ones are
// compared where they are at hand.
#include <gmock/gmock.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "audiomuse/base/error.h"
#include "audiomuse/models/mood_networks.h"
#include "mood_network.h"
#include "support/temp_folder.h"

namespace audiomuse::models {
namespace {

using testing_support::TempFolder;

namespace fs = std::filesystem;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::size_t kMoodPatch = 187 * 96;
const ModelTag kMusicnn{"musicnn", "1"};
const fs::path kMoodModels = AUDIOMUSE_SHARED_DIR "/models";

ModelPlaces places(const TempFolder& folder) {
    return {folder.path(), {}};
}

// Just enough of the protocol buffers' wire format to write an ONNX file.
std::string varint(std::uint64_t value) {
    std::string bytes;
    for (; value >= 0x80; value >>= 7)
        bytes += static_cast<char>((value & 0x7f) | 0x80);
    return bytes + static_cast<char>(value);
}
std::string number(int field, std::uint64_t value) {
    return varint(static_cast<std::uint64_t>(field) << 3) + varint(value);
}
std::string bytes(int field, const std::string& content) {
    return varint(static_cast<std::uint64_t>(field) << 3 | 2) + varint(content.size()) + content;
}
std::string port(int field, const std::string& name, const std::vector<std::int64_t>& shape) {
    std::string dimensions = bytes(1, bytes(2, "N"));
    for (const std::int64_t size : shape)
        dimensions += bytes(1, number(1, static_cast<std::uint64_t>(size)));
    return bytes(field, bytes(1, name) + bytes(2, bytes(1, number(1, 1) + bytes(2, dimensions))));
}

/// A network [N,shape...] to [N,2] whose columns are `first` and `second` times the first number of its input.
void write_network(const fs::path& path, const std::vector<std::int64_t>& shape, float first, float second) {
    std::size_t size = 1;
    for (const std::int64_t dimension : shape)
        size *= static_cast<std::size_t>(dimension);
    std::vector<float> weights(2 * size);
    weights[0] = first;
    weights[1] = second;
    std::string raw(weights.size() * sizeof(float), '\0');
    std::memcpy(raw.data(), weights.data(), raw.size());
    const std::string tensor = number(1, size) + number(1, 2) + number(2, 1) + bytes(8, "weights") + bytes(9, raw);
    const std::string flatten = bytes(1, "model/Placeholder:0") + bytes(2, "flat") + bytes(4, "Flatten");
    const std::string multiply =
        bytes(1, "flat") + bytes(1, "weights") + bytes(2, "model/Softmax:0") + bytes(4, "MatMul");
    const std::string graph = bytes(1, flatten) + bytes(1, multiply) + bytes(2, "mood") + bytes(5, tensor) +
                              port(11, "model/Placeholder:0", shape) + port(12, "model/Softmax:0", {2});
    std::ofstream(path, std::ios::binary) << number(1, 7) + bytes(7, graph) + bytes(8, number(2, 13));
}

struct Input {
    std::vector<float> patches = std::vector<float>(2 * kMoodPatch);
    std::vector<float> embeddings = std::vector<float>(std::size_t{2} * 200);
    Input() {
        patches[0] = 0.5F;
        patches[kMoodPatch] = 0.25F;
        embeddings[0] = 1;
        embeddings[200] = 0.5F;
    }
};

TEST(MoodNetworks, CompleteNetworksTakePatchesAndHeadsTakeEmbeddings) {
    const TempFolder folder;
    write_network(folder / "danceability.onnx", {187, 96}, 1, 0);
    write_network(folder / "mood_sad-msd-musicnn-1.onnx", {200}, 0, 0.5);
    const auto networks = open_mood_networks(kMusicnn, places(folder));
    ASSERT_TRUE(networks);
    const Input input;
    const MoodSums sums = networks->run(input.patches, input.embeddings, 2);
    EXPECT_THAT(sums, ElementsAre(testing::Optional(0.75), std::nullopt, std::nullopt, std::nullopt, std::nullopt,
                                  testing::Optional(0.75)));
}

TEST(MoodNetworks, AreOpenedForMusicnnOnlyAndAreNullWithoutFiles) {
    const TempFolder folder;
    EXPECT_FALSE(open_mood_networks(kMusicnn, places(folder)));
    EXPECT_FALSE(open_mood_networks(kMusicnn, {}));
    write_network(folder / "mood_happy.onnx", {200}, 1, 0);
    EXPECT_TRUE(open_mood_networks(kMusicnn, places(folder)));
    EXPECT_FALSE(open_mood_networks({"audiomuse-mini", "1"}, places(folder)));
}

TEST(MoodNetworks, ABrokenOneIsLeftOutAndTheOthersWork) {
    const TempFolder folder;
    std::ofstream(folder / "danceability.onnx") << "something else";
    write_network(folder / "mood_aggressive.onnx", {100}, 1, 0);
    write_network(folder / "mood_happy.onnx", {200}, 0.5, 0);
    testing::internal::CaptureStderr();
    const auto networks = open_mood_networks(kMusicnn, places(folder));
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                AllOf(HasSubstr("'danceable' comes from the formula instead"), HasSubstr("danceability.onnx"),
                      HasSubstr("'aggressive' comes from the formula instead"), HasSubstr("it is not a mood network")));
    ASSERT_TRUE(networks);
    const Input input;
    const MoodSums sums = networks->run(input.patches, input.embeddings, 2);
    EXPECT_FALSE(sums[0]);
    EXPECT_FALSE(sums[1]);
    EXPECT_THAT(sums[2], testing::Optional(0.75));
}

TEST(MoodNetworks, ValuesThatAreNoProbabilitiesAreNoneWithOneLineInTheLog) {
    for (const float weight : {2.0F, -1.0F, std::numeric_limits<float>::quiet_NaN()}) {
        const TempFolder folder;
        write_network(folder / "mood_relaxed.onnx", {200}, 0, weight);
        const auto networks = open_mood_networks(kMusicnn, places(folder));
        ASSERT_TRUE(networks);
        const Input input;
        testing::internal::CaptureStderr();
        EXPECT_FALSE(networks->run(input.patches, input.embeddings, 2)[4]);
        EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("no probabilities"));
        testing::internal::CaptureStderr();
        EXPECT_FALSE(networks->run(input.patches, input.embeddings, 2)[4]);
        EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    }
}

TEST(MoodNetworks, AreListedWithLicenceAndWhatIsMissing) {
    const TempFolder folder;
    ModelInfo info = list_models(places(folder)).at(3);
    EXPECT_EQ(info.name, "mood networks");
    EXPECT_FALSE(info.available);
    EXPECT_THAT(info.licence, HasSubstr("CC BY-NC-ND"));
    EXPECT_THAT(info.note, HasSubstr("Not installed"));
    write_network(folder / "mood_happy.onnx", {200}, 1, 0);
    info = list_models(places(folder)).at(3);
    EXPECT_TRUE(info.available);
    EXPECT_THAT(info.files, ElementsAre(folder / "mood_happy.onnx"));
    EXPECT_THAT(info.note, AllOf(HasSubstr("missing: danceability.onnx, mood_aggressive.onnx"),
                                 HasSubstr("not known to this program: mood_happy.onnx")));
}

TEST(MoodNetworks, TheKnownFilesAreRecognised) {
    if (!fs::exists(kMoodModels / "mood_sad.onnx")) GTEST_SKIP() << "needs the mood networks in " << kMoodModels;
    const ModelInfo info = list_models({kMoodModels, {}}).at(3);
    EXPECT_TRUE(info.available);
    EXPECT_EQ(info.files.size(), 5U);
    EXPECT_THAT(info.note, AllOf(HasSubstr("when the model is MusiCNN."), testing::Not(HasSubstr("not known"))));
}

TEST(MoodNetworks, FirstPatchesOfTheGoldens) {
    const fs::path goldens = AUDIOMUSE_SHARED_DIR "/goldens";
    if (!fs::exists(kMoodModels / "mood_sad.onnx") || !fs::exists(goldens))
        GTEST_SKIP() << "needs the mood networks in " << kMoodModels;
    for (const char* fixture :
         {"length_48128_samples_16k.wav", "minuet_anna_magdalena.mp3", "song_128bpm_a_minor.ogg"}) {
        std::ifstream file(goldens / (std::string(fixture) + ".json"));
        const auto golden = boost::json::parse(std::string(std::istreambuf_iterator<char>(file), {})).at("first_patch");
        std::vector<float> patch;
        for (const auto& value : golden.at("values").as_array())
            patch.push_back(value.to_number<float>());
        for (const MoodFile& mood : kMoodFiles) {
            const fs::path path = kMoodModels / mood.names[0];
            const auto bytes = read_file(path);
            const MoodNetwork network(wrap::onnx::Runtime::load(), {path.string(), bytes});
            std::array<float, MoodNetwork::kColumns> columns{};
            network.run(patch, {}, 1, columns);
            const auto& expected = golden.at("moods").at(path.stem().string());
            for (std::size_t c = 0; c < columns.size(); ++c)
                EXPECT_NEAR(columns[c], expected.at(c).to_number<float>(), 1e-5F) << fixture << " " << path.stem();
        }
    }
}

}  // namespace
}  // namespace audiomuse::models
