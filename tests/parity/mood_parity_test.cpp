// The mood networks over every fixture, both columns, against the reference's means over patches.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "audiomuse/decode/decoder.h"
#include "audiomuse/dsp/log_mel_patches.h"
#include "mood_network.h"

namespace audiomuse {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const fs::path kShared = AUDIOMUSE_SHARED_DIR;

json::value load(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
}

/// The row "tags, moods" of the collection's table.
double tolerance_of(const std::string& name, const std::string& codec) {
    if (codec == "opus") return 2e-3;
    return codec == "aac" || codec == "wmav2" || name == "corrupt_tail.mp3" ? 5e-5 : 5e-6;
}

class MoodParity : public testing::Test {
protected:
    void SetUp() override {
        if (!fs::exists(kShared / "goldens") || !fs::exists(kShared / "models" / "mood_happy.onnx"))
            GTEST_SKIP() << "needs the reference values and mood networks in " << kShared;
        for (const models::MoodFile& file : models::kMoodFiles) {
            const fs::path path = kShared / "models" / file.names[0];
            networks_.emplace_back(wrap::onnx::Runtime::load(),
                                   models::NetworkFile{path.string(), models::read_file(path)});
        }
    }

    using Columns = std::array<double, models::MoodNetwork::kColumns>;
    /// Per network, the means over the patches of a file.
    std::vector<Columns> means(const std::string& name) const {
        std::vector<Columns> sums(networks_.size());
        dsp::LogMelPatches patches([&](std::span<const float> patch) {
            for (std::size_t i = 0; i < networks_.size(); ++i) {
                std::array<float, models::MoodNetwork::kColumns> columns{};
                networks_[i].run(patch, {}, 1, columns);
                for (std::size_t c = 0; c < columns.size(); ++c)
                    sums[i][c] += static_cast<double>(columns[c]);
            }
        });
        decode::decode_file(kShared / "audio" / name, {.max_seconds = 0},
                            [&](std::span<const float> block) { patches.push(block); });
        for (Columns& columns : sums) {
            for (double& value : columns)
                value /= static_cast<double>(patches.patches());
        }
        return sums;
    }

    std::vector<models::MoodNetwork> networks_;
};

TEST_F(MoodParity, BothColumnsOfEveryFixture) {
    const json::value labels = load(kShared / "models" / "labels.json").at("moods");
    double worst = 0;
    std::string where;
    int compared = 0;
    for (const auto& entry : fs::directory_iterator(kShared / "goldens")) {
        if (entry.path().extension() != ".json") continue;
        const std::string name = entry.path().stem().string();
        const json::value golden = load(entry.path());
        // How much of corrupt_middle.mp3 can be decoded depends on the decoder.
        const json::value* moods = golden.as_object().if_contains("moods");
        if (!moods || !moods->is_object() || name == "corrupt_middle.mp3") continue;
        const double tolerance = tolerance_of(name, std::string(golden.at("ffmpeg").at("codec").as_string()));
        const std::vector<Columns> found = means(name);
        for (std::size_t i = 0; i < found.size(); ++i) {
            const std::string network = fs::path(models::kMoodFiles[i].names[0]).stem().string();
            for (std::size_t c = 0; c < found[i].size(); ++c) {
                const double expected = moods->at(network).at(c).to_number<double>();
                const double share = std::abs(found[i][c] - expected) / tolerance;
                EXPECT_LE(share, 1) << name << ": " << network << " " << labels.at(network).at(c);
                if (share > worst) {
                    worst = share;
                    where = name + ", " + network;
                }
            }
        }
        ++compared;
    }
    EXPECT_GT(compared, 38);
    fmt::print("moods          worst {:5.1f} % of the tolerance, {} ({} files)\n", 100 * worst, where, compared);
}

TEST_F(MoodParity, PositiveColumnsAreTheLabelledOnes) {
    const json::value labels = load(kShared / "models" / "labels.json").at("moods");
    for (const models::MoodFile& file : models::kMoodFiles) {
        const std::string network = fs::path(file.names[0]).stem().string();
        EXPECT_EQ(labels.at(network).at(file.column).as_string(), kOtherFeatureNames[file.feature]);
    }
}

}  // namespace
}  // namespace audiomuse
