#include <gmock/gmock.h>

#include <set>
#include <thread>

#include "store_contract.h"

namespace audiomuse::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr double kLong = 3600;

std::vector<std::string> urls(const std::vector<Instance>& instances) {
    std::vector<std::string> urls;
    for (const Instance& instance : instances)
        urls.push_back(instance.url);
    return urls;
}

TEST_P(StoreContract, InstancesComeAndGo) {
    Instances& instances = store_->instances();
    EXPECT_THAT(instances.living(kLong), IsEmpty());
    instances.announce("a", "http://a:8000");
    instances.announce("b", "http://b:8000");
    reopen();
    const auto living = store_->instances().living(kLong);
    EXPECT_THAT(urls(living), UnorderedElementsAre("http://a:8000", "http://b:8000"));
    EXPECT_GT(living.front().seen_at, 1e9);
    store_->instances().withdraw("a");
    store_->instances().withdraw("unknown");
    EXPECT_THAT(urls(store_->instances().living(kLong)), ElementsAre("http://b:8000"));
}

TEST_P(StoreContract, TheInstanceHeardOfLastIsFirst) {
    Instances& instances = store_->instances();
    instances.announce("a", "http://a");
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    instances.announce("b", "http://b");
    EXPECT_THAT(urls(instances.living(kLong)), ElementsAre("http://b", "http://a"));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    instances.announce("a", "http://a-moved");
    EXPECT_THAT(urls(instances.living(kLong)), ElementsAre("http://a-moved", "http://b"));
}

TEST_P(StoreContract, AnInstanceThatIsSilentIsNotLiving) {
    store_->instances().announce("a", "http://a");
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    EXPECT_THAT(store_->instances().living(0.01), IsEmpty());
    EXPECT_EQ(store_->instances().living(kLong).size(), 1u);
}

TEST_P(StoreContract, ASettingIsSavedWhenItIsAbsent) {
    EXPECT_EQ(store_->save_setting_if_absent("KEY", "first"), "first");
    EXPECT_EQ(store_->save_setting_if_absent("KEY", "second"), "first");
    reopen();
    EXPECT_EQ(store_->saved_setting("KEY"), "first");
    store_->save_setting("KEY", "third");
    EXPECT_EQ(store_->save_setting_if_absent("KEY", "fourth"), "third");
}

TEST_P(StoreContract, ManyWhoSaveAtOnceEndWithOneValue) {
    std::vector<std::string> got(8);
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < got.size(); ++i) {
        threads.emplace_back([&, i] { got[i] = store_->save_setting_if_absent("KEY", "value " + std::to_string(i)); });
    }
    for (auto& thread : threads)
        thread.join();
    EXPECT_EQ(std::set<std::string>(got.begin(), got.end()).size(), 1u);
    EXPECT_EQ(store_->saved_setting("KEY"), got.front());
}

}  // namespace
}  // namespace audiomuse::store
