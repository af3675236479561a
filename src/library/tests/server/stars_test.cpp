#include "server/stars.h"

#include <gtest/gtest.h>

#include <limits>

namespace audiomuse::library {
namespace {

TEST(Stars, AreWholeOnes) {
    EXPECT_EQ(stars_of(4, 5), 4);
    EXPECT_EQ(stars_of(10, 10), 5);
    EXPECT_EQ(stars_of(7, 10), 3) << "half a star is none";
    EXPECT_EQ(stars_of(60, 100), 3);
    EXPECT_EQ(stars_of(1, 100), 1) << "rated all the same";
}

TEST(Stars, OfWhatIsNoRating) {
    EXPECT_EQ(stars_of(0, 5), 0);
    EXPECT_EQ(stars_of(-2, 10), 0);
    EXPECT_EQ(stars_of(std::numeric_limits<double>::quiet_NaN(), 10), 0);
    EXPECT_EQ(stars_of(1e300, 10), 5) << "of another scale";
}

}  // namespace
}  // namespace audiomuse::library
