#include "audiomuse/library/audio_link.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::library {
namespace {

std::string path_of(TrackId track) {
    return fmt::format("/api/worker/audio/{}", track.value);
}

std::string signature_of(TrackId track, std::int64_t expires, std::string_view secret) {
    const std::string text = fmt::format("GET\n{}\n{}", path_of(track), expires);
    crypto_auth_hmacsha256_state state;
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> signature{};
    crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(secret.data()), secret.size());
    crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    crypto_auth_hmacsha256_final(&state, signature.data());
    return hex({reinterpret_cast<const char*>(signature.data()), signature.size()});
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace

std::string new_link_secret() {
    if (sodium_init() < 0) throw Error(ErrorCode::internal, "libsodium cannot start.");
    std::array<unsigned char, 32> bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    return hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::string audio_link(TrackId track, double expires_at, std::string_view secret) {
    const auto expires = static_cast<std::int64_t>(std::floor(expires_at));
    return fmt::format("{}?expires={}&signature={}", path_of(track), expires, signature_of(track, expires, secret));
}

LinkState check_audio_link(TrackId track, std::string_view expires, std::string_view signature, std::string_view secret,
                           double now) {
    const auto until = whole_number(expires);
    if (secret.empty() || !until) return LinkState::forged;
    const std::string right = signature_of(track, *until, secret);
    if (signature.size() != right.size() || sodium_memcmp(signature.data(), right.data(), right.size()) != 0)
        return LinkState::forged;
    return static_cast<double>(*until) < now ? LinkState::expired : LinkState::valid;
}

}  // namespace audiomuse::library
