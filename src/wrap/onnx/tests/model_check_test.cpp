#include "model_check.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "audiomuse/base/error.h"

namespace audiomuse::wrap::onnx {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::string read(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void check(const std::string& bytes) {
    check_model("tried", std::as_bytes(std::span(bytes)));
}

/// What is said against a model; empty when it passes.
std::string objection(const std::string& bytes) {
    try {
        check(bytes);
        return {};
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::model_failed);
        return error.what();
    }
}

/// A file that fuzzing is done from, without its first byte, which is the target's own.
std::string regression(const std::string& name) {
    const std::string bytes = read(fs::path(AUDIOMUSE_SOURCE_DIR) / "fuzz/regressions/model" / name);
    EXPECT_GT(bytes.size(), 1U) << name;
    return bytes.substr(1);
}

TEST(CheckModel, LetsTheKnownNetworksPass) {
    int checked = 0;
    for (const char* folder : {AUDIOMUSE_SOURCE_DIR "/models", AUDIOMUSE_SHARED_DIR "/models"}) {
        if (!fs::exists(folder)) continue;
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (entry.path().extension() != ".onnx") continue;
            EXPECT_EQ(objection(read(entry.path())), "") << entry.path();
            ++checked;
        }
    }
    EXPECT_GE(checked, 2);
    EXPECT_EQ(objection(regression("sound_embedding")), "");
}

TEST(CheckModel, RefusesWhatWouldNotEndOrFillTheMemory) {
    EXPECT_THAT(objection(regression("endless_loop")), HasSubstr("(Loop)"));
    EXPECT_THAT(objection(regression("big_constant")), HasSubstr("(ConstantOfShape)"));
    EXPECT_THAT(objection(regression("initializer_claims")), HasSubstr("more values than it holds"));
}

TEST(CheckModel, RefusesToReadOtherFiles) {
    EXPECT_THAT(objection(regression("external_data")), HasSubstr("in other files"));
}

TEST(CheckModel, RefusesWhatIsNoProtocolBuffer) {
    const std::string sound = regression("sound_prediction");
    EXPECT_THAT(objection("This is not a model."), HasSubstr("not an ONNX file"));
    for (std::size_t length = 3; length < sound.size(); length += 7) {
        const std::string why = objection(sound.substr(0, length));
        EXPECT_TRUE(why.empty() || why.find("tried") != std::string::npos) << why;
    }
    EXPECT_THAT(objection(sound.substr(0, sound.size() / 2)), HasSubstr("damaged"));
    // Operators of another set: node { domain: "com.microsoft" } in the graph.
    EXPECT_THAT(objection("\x3A\x11\x0A\x0F\x3A\x0D"
                          "com.microsoft"),
                HasSubstr("outside the standard set"));
    // node { attribute { ints: [2^40] } }
    EXPECT_THAT(objection("\x3A\x0C\x0A\x0A\x2A\x08\x42\x06\x80\x80\x80\x80\x80\x20"), HasSubstr("absurd size"));
    // node { attribute { g: {} } }
    EXPECT_THAT(objection(std::string("\x3A\x06\x0A\x04\x2A\x02\x32\x00", 8)), HasSubstr("other graphs inside"));
}

}  // namespace
}  // namespace audiomuse::wrap::onnx
