#include "audiomuse/library/audio_link.h"

#include <gtest/gtest.h>

namespace audiomuse::library {
namespace {

struct Parts {
    std::string expires;
    std::string signature;
};

Parts parts_of(const std::string& link) {
    const auto expires = link.find("expires=") + 8;
    const auto signature = link.find("&signature=");
    return {link.substr(expires, signature - expires), link.substr(signature + 11)};
}

TEST(AudioLink, IsHmacSha256OverMethodPathAndTime) {
    // printf 'GET\n/api/worker/audio/7\n1790000000' | openssl dgst -sha256 -hmac secret
    EXPECT_EQ(audio_link(TrackId{7}, 1'790'000'000.9, "secret"),
              "/api/worker/audio/7?expires=1790000000&signature="
              "026d953ca24ebc15ad4ca3d55e47b52d28e267c3b2e86d6cff0d2e6326a2a9e4");
}

TEST(AudioLink, HoldsForItsTrackUntilItsTime) {
    const auto [expires, signature] = parts_of(audio_link(TrackId{7}, 1000, "secret"));
    EXPECT_EQ(check_audio_link(TrackId{7}, expires, signature, "secret", 999), LinkState::valid);
    EXPECT_EQ(check_audio_link(TrackId{7}, expires, signature, "secret", 1000), LinkState::valid);
    EXPECT_EQ(check_audio_link(TrackId{7}, expires, signature, "secret", 1000.5), LinkState::expired);
    EXPECT_EQ(check_audio_link(TrackId{8}, expires, signature, "secret", 999), LinkState::forged);
    EXPECT_EQ(check_audio_link(TrackId{7}, "2000", signature, "secret", 999), LinkState::forged);
    EXPECT_EQ(check_audio_link(TrackId{7}, expires, signature, "another", 999), LinkState::forged);
}

TEST(AudioLink, NonsenseIsForged) {
    const auto [expires, signature] = parts_of(audio_link(TrackId{7}, 1000, "secret"));
    for (const char* time : {"", "x", "1000 ", " 1000", "1e3", "+1000", "99999999999999999999"})
        EXPECT_EQ(check_audio_link(TrackId{7}, time, signature, "secret", 0), LinkState::forged) << time;
    std::string changed = signature;
    changed.back() = changed.back() == '0' ? '1' : '0';
    for (const std::string& other : {std::string(), changed, signature + "0", signature.substr(1)})
        EXPECT_EQ(check_audio_link(TrackId{7}, expires, other, "secret", 0), LinkState::forged) << other;
}

TEST(AudioLink, WithoutASecretNothingHolds) {
    const auto [expires, signature] = parts_of(audio_link(TrackId{7}, 1000, ""));
    EXPECT_EQ(check_audio_link(TrackId{7}, expires, signature, "", 0), LinkState::forged);
}

TEST(AudioLink, SecretsDiffer) {
    const std::string secret = new_link_secret();
    EXPECT_EQ(secret.size(), 64u);
    EXPECT_EQ(secret.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_NE(secret, new_link_secret());
}

}  // namespace
}  // namespace audiomuse::library
