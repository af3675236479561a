#include "audiomuse/library/subsonic_login.h"

#include <gtest/gtest.h>

namespace audiomuse::library {
namespace {

TEST(SubsonicLogin, TakesTheTokenOfTheSpecification) {
    // The example of the Subsonic API's documentation.
    EXPECT_TRUE(is_subsonic_token("26719a1196d2a940705a59634eb18eab", "c19b2d", "sesame"));
    EXPECT_TRUE(is_subsonic_token("26719A1196D2A940705A59634EB18EAB", "c19b2d", "sesame"));
    EXPECT_FALSE(is_subsonic_token("26719a1196d2a940705a59634eb18eab", "c19b2e", "sesame"));
    EXPECT_FALSE(is_subsonic_token("26719a1196d2a940705a59634eb18eab", "c19b2d", "sesam"));
    EXPECT_FALSE(is_subsonic_token("", "c19b2d", "sesame"));
    EXPECT_FALSE(is_subsonic_token("26719a1196d2a940705a59634eb18ea", "c19b2d", "sesame"));
}

TEST(SubsonicLogin, TakesAPasswordAsItIsAndInHexadecimalDigits) {
    EXPECT_TRUE(is_subsonic_password("sesame", "sesame"));
    EXPECT_TRUE(is_subsonic_password("enc:736573616d65", "sesame"));
    EXPECT_TRUE(is_subsonic_password("enc:736573616D65", "sesame"));
    EXPECT_TRUE(is_subsonic_password("enc:c3a9", "é"));
    EXPECT_FALSE(is_subsonic_password("enc:73657361", "sesame"));
    EXPECT_FALSE(is_subsonic_password("Sesame", "sesame"));
    EXPECT_FALSE(is_subsonic_password("", "sesame"));
}

TEST(SubsonicLogin, ComparesWholeSecrets) {
    EXPECT_TRUE(same_secret("key", "key"));
    EXPECT_FALSE(same_secret("key", "kez"));
    EXPECT_FALSE(same_secret("ke", "key"));
    EXPECT_FALSE(same_secret("keys", "key"));
}

}  // namespace
}  // namespace audiomuse::library
