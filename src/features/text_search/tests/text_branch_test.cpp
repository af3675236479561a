// When the network is opened and given up, by a clock of the test's own.
#include "audiomuse/features/text_search/text_branch.h"

#include <gmock/gmock.h>

#include <atomic>
#include <latch>

namespace audiomuse::features {
namespace {

struct OneVector final : models::ClapText {
    Embedding embed(std::string_view text) const override { return {static_cast<float>(text.size())}; }
};

class TextBranchTest : public testing::Test {
protected:
    TextBranch::Open open() {
        return [this]() -> std::shared_ptr<const models::ClapText> {
            ++opened;
            if (broken) throw Error(ErrorCode::model_failed, "The file is broken.");
            return std::make_shared<const OneVector>();
        };
    }
    std::atomic<int> opened{0};
    std::atomic<bool> broken{false};
    std::atomic<double> now{1000};
    TextBranch branch{open(), {.idle_s = 300, .retry_s = 60, .clock = [this] { return now.load(); }}};
};

TEST_F(TextBranchTest, IsOpenedByTheFirstTextAndGivenUpAfterTheIdleTime) {
    EXPECT_FALSE(branch.state().loaded);
    EXPECT_EQ(opened, 0);
    EXPECT_EQ(branch.embed("four"), Embedding{4});
    EXPECT_EQ(branch.embed("sixsix"), Embedding{6});
    EXPECT_EQ(opened, 1);
    EXPECT_TRUE(branch.state().loaded);
    EXPECT_EQ(branch.state().seconds_left, 300);
    now = 1299;
    branch.look();
    EXPECT_TRUE(branch.state().loaded);
    EXPECT_EQ(branch.state().seconds_left, 1);
    now = 1300;
    branch.look();
    EXPECT_FALSE(branch.state().loaded);
    EXPECT_EQ(branch.state().seconds_left, 0);
    branch.embed("a");
    EXPECT_EQ(opened, 2);
}

TEST_F(TextBranchTest, EachUseBeginsTheIdleTimeAnew) {
    branch.warm_up();
    now = 1299;
    branch.embed("a");
    now = 1500;
    branch.look();
    EXPECT_TRUE(branch.state().loaded);
    branch.warm_up();
    EXPECT_EQ(branch.state().seconds_left, 300);
    EXPECT_EQ(opened, 1);
}

TEST_F(TextBranchTest, IsGivenUpWithoutBeingLookedAt) {
    branch.warm_up();
    now = 5000;
    for (int i = 0; branch.state().loaded && i < 600; ++i)
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    EXPECT_FALSE(branch.state().loaded);
}

TEST_F(TextBranchTest, AFileThatCannotBeOpenedIsNotTriedForEachSearch) {
    broken = true;
    EXPECT_THROW(branch.embed("a"), Error);
    EXPECT_THROW(branch.warm_up(), Error);
    EXPECT_EQ(opened, 1);
    EXPECT_FALSE(branch.state().loaded);
    now = 1061;
    broken = false;
    EXPECT_EQ(branch.embed("a"), Embedding{1});
    EXPECT_EQ(opened, 2);
}

TEST_F(TextBranchTest, ManySearchesAtOnceOpenItOnce) {
    std::latch begin(8);
    std::vector<std::jthread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            begin.arrive_and_wait();
            EXPECT_EQ(branch.embed("abc"), Embedding{3});
        });
    }
    threads.clear();
    EXPECT_EQ(opened, 1);
}

}  // namespace
}  // namespace audiomuse::features
