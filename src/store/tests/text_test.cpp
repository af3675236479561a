// Text formats and search keys: pure functions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audiomuse/store/analyses.h"
#include "sql/search_text.h"
#include "sql/values.h"

namespace audiomuse::store {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(MoodVectorText, ListsTheHighestFirst) {
    std::vector<float> moods(50, 0.01F);
    moods[1] = 0.5614F;  // pop
    moods[0] = 0.5867F;  // rock
    moods[49] = 0.3F;    // happy
    EXPECT_EQ(mood_vector_text(moods, 3), "rock:0.587,pop:0.561,happy:0.300");
    EXPECT_EQ(mood_vector_text(moods), "rock:0.587,pop:0.561,happy:0.300,alternative:0.010,indie:0.010");
    EXPECT_EQ(mood_vector_text(moods, 0), "");
    EXPECT_EQ(mood_vector_text({}), "");
    EXPECT_EQ(mood_vector_text(std::vector<float>{0.2F, 0.9F}), "pop:0.900,rock:0.200");
}

TEST(OtherFeaturesText, HasAFixedOrder) {
    EXPECT_EQ(other_features_text({0.62F, 0.1F, 0.456F, 0, 1, 0.345F}),
              "danceable:0.62,aggressive:0.10,happy:0.46,party:0.00,relaxed:1.00,sad:0.34");
}

TEST(SearchKey, DropsMarks) {
    EXPECT_EQ(sql::search_key("  Don’t  Stop! (Live) "), "dont stop live");
    EXPECT_EQ(sql::search_key("AC/DC"), "ac dc");
    EXPECT_EQ(sql::search_key("R.E.M."), "rem");
    EXPECT_EQ(sql::search_key("!!!"), "!!!");
    EXPECT_EQ(sql::search_key("「愛」・夢"), "愛 夢");
    EXPECT_EQ(sql::search_key("A–B…"), "a b");
    EXPECT_EQ(sql::search_key("𝄞 ½"), "𝄞 1 2");
    EXPECT_EQ(sql::search_key(""), "");
    EXPECT_EQ(sql::search_key("\xFF"), "\uFFFD");
}

TEST(SearchWords, AreDifferentAndFew) {
    EXPECT_THAT(sql::search_words("Blue  blue a-ha BLUE"), ElementsAre("blue", "a ha"));
    EXPECT_THAT(sql::search_words(" \t"), IsEmpty());
    std::string many;
    for (int i = 0; i < 100; ++i)
        many += std::to_string(i) + " ";
    EXPECT_THAT(sql::search_words(many), SizeIs(16));
}

TEST(Values, ListsAndFloatsComeBack) {
    EXPECT_EQ(sql::unpack(sql::pack({"a", "", "b,c"})), (std::vector<std::string>{"a", "", "b,c"}));
    EXPECT_THAT(sql::unpack(sql::pack({})), IsEmpty());
    const std::vector<float> values = {1.5F, -0.0F};
    EXPECT_EQ(sql::floats(sql::float_bytes(values)), values);
    const std::array<std::byte, 6> torn{};
    EXPECT_THAT(sql::floats(torn), SizeIs(1));
}

}  // namespace
}  // namespace audiomuse::store
