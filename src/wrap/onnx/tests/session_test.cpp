#include "audiomuse/wrap/onnx/session.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <thread>

#include "audiomuse/base/error.h"
#include "audiomuse/base/random.h"

namespace audiomuse::wrap::onnx {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Sets AUDIOMUSE_ONNXRUNTIME for one test.
class LibraryVariable {
public:
    explicit LibraryVariable(const std::string& value) {
        if (const char* old = std::getenv(kName)) old_ = old;
        setenv(kName, value.c_str(), 1);
    }
    ~LibraryVariable() { old_ ? setenv(kName, old_->c_str(), 1) : unsetenv(kName); }

private:
    static constexpr const char* kName = "AUDIOMUSE_ONNXRUNTIME";
    std::optional<std::string> old_;
};

std::vector<std::byte> read_model(const std::string& name) {
    std::ifstream file(AUDIOMUSE_SOURCE_DIR "/models/" + name, std::ios::binary);
    const std::vector<char> chars{std::istreambuf_iterator<char>(file), {}};
    const auto* bytes = reinterpret_cast<const std::byte*>(chars.data());
    return {bytes, bytes + chars.size()};
}

Session tag_head() {
    return Session(Runtime::load(), "tags", read_model("audiomuse_mini_prediction.onnx"),
                   {"serving_default_model_Placeholder:0", "PartitionedCall:0"});
}

Error error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Error& error) {
        return error;
    }
    return Error(ErrorCode::internal, "nothing was thrown");
}

TEST(ResolveTensorName, FollowsTheRulesInTheirOrder) {
    EXPECT_EQ(resolve_tensor_name("a/b:0", {"x", "b", "a/b", "a/b:0"}), "a/b:0");
    EXPECT_EQ(resolve_tensor_name("a/b:0", {"x", "b", "a_b", "a/b"}), "a/b");
    EXPECT_EQ(resolve_tensor_name("a/b:0", {"x", "a_b", "b"}), "b");
    EXPECT_EQ(resolve_tensor_name("a/b:0", {"x", "a_b"}), "a_b");
    EXPECT_EQ(resolve_tensor_name("a/b:0", {"x", "y"}), "x");
    EXPECT_EQ(resolve_tensor_name("b", {"x", "b"}), "b");
}

TEST(Runtime, SaysWhichLibraryItIs) {
    const auto runtime = Runtime::load();
    EXPECT_THAT(runtime->version(), testing::StartsWith("1."));
    EXPECT_THAT(runtime->path(), HasSubstr("libonnxruntime"));
}

TEST(Runtime, AMissingLibraryIsNamedWithTheWayOut) {
    const LibraryVariable variable("/nowhere/libonnxruntime.so.1");
    const Error error = error_of([] { Runtime::load(); });
    EXPECT_EQ(error.code(), ErrorCode::model_missing);
    EXPECT_THAT(error.what(),
                AllOf(HasSubstr("/nowhere/libonnxruntime.so.1 (not there)"), HasSubstr("AUDIOMUSE_ONNXRUNTIME")));
}

TEST(Runtime, AnotherLibraryIsRefused) {
    const LibraryVariable variable("libm.so.6");
    const Error error = error_of([] { Runtime::load(); });
    EXPECT_EQ(error.code(), ErrorCode::model_missing);
    EXPECT_THAT(error.what(), HasSubstr("not an ONNX Runtime"));
}

TEST(Runtime, AnOlderLibraryIsRefusedWithItsVersion) {
    const LibraryVariable variable(FAKE_OLD_RUNTIME);
    const Error error = error_of([] { Runtime::load(); });
    EXPECT_EQ(error.code(), ErrorCode::model_missing);
    EXPECT_THAT(error.what(), HasSubstr("version 1.2.3 is too old"));
}

TEST(Session, GivesTheShapesOfTheGraph) {
    const Session session = tag_head();
    EXPECT_THAT(session.input_shape(), ElementsAre(-1, 200));
    EXPECT_THAT(session.output_shape(), ElementsAre(-1, 50));
}

TEST(Session, RowsOfABatchDoNotInfluenceEachOther) {
    const Session session = tag_head();
    Random random(1);
    std::vector<float> input(3 * 200);
    for (float& value : input)
        value = static_cast<float>(2 * random.normal());
    std::vector<float> together(3 * 50);
    session.run(input, std::array<std::int64_t, 2>{3, 200}, together, std::array<std::int64_t, 2>{3, 50});
    for (std::size_t row = 0; row < 3; ++row) {
        std::vector<float> alone(50);
        session.run(std::span(input).subspan(row * 200, 200), std::array<std::int64_t, 2>{1, 200}, alone,
                    std::array<std::int64_t, 2>{1, 50});
        for (std::size_t i = 0; i < 50; ++i)
            EXPECT_NEAR(alone[i], together[row * 50 + i], 1e-6);
    }
}

TEST(Session, ThreadsShareOneSession) {
    const Session session = tag_head();
    std::vector<float> input(200);
    Random random(2);
    for (float& value : input)
        value = static_cast<float>(random.normal());
    std::array<std::vector<float>, 4> outputs;
    std::vector<std::thread> threads;
    for (auto& output : outputs) {
        threads.emplace_back([&] {
            for (int i = 0; i < 50; ++i) {
                output.assign(50, NAN);
                session.run(input, std::array<std::int64_t, 2>{1, 200}, output, std::array<std::int64_t, 2>{1, 50});
            }
        });
    }
    for (auto& thread : threads)
        thread.join();
    for (const auto& output : outputs)
        EXPECT_EQ(output, outputs[0]);
}

TEST(Session, AWrongShapeIsAnErrorThatNamesTheModel) {
    const Session session = tag_head();
    const std::vector<float> input(100);
    std::vector<float> output(50);
    const Error error = error_of([&] {
        session.run(input, std::array<std::int64_t, 2>{1, 100}, output, std::array<std::int64_t, 2>{1, 50});
    });
    EXPECT_EQ(error.code(), ErrorCode::model_failed);
    EXPECT_THAT(error.what(), HasSubstr("tags"));
}

TEST(Session, BytesThatAreNoModelAreRefused) {
    const std::vector<std::byte> garbage(1000, std::byte{0x5a});
    const Error error = error_of([&] { Session(Runtime::load(), "garbage.onnx", garbage, {"in", "out"}); });
    EXPECT_EQ(error.code(), ErrorCode::model_failed);
    EXPECT_THAT(error.what(), HasSubstr("garbage.onnx"));
}

}  // namespace
}  // namespace audiomuse::wrap::onnx
