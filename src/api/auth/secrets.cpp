#include "auth/secrets.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <mutex>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::api {

namespace {

// OWASP's least for Argon2id is 19 MiB and two passes (Password Storage Cheat Sheet); a Raspberry Pi can give this.
constexpr std::size_t kMemory = 32 << 20;
constexpr unsigned long long kPasses = 3;

void start_sodium() {
    if (sodium_init() < 0) throw Error(ErrorCode::unavailable, "There are no random numbers to be had.");
}

/// One at a time, so that many requests to sign in cannot fill the memory.
std::mutex& turn() {
    static std::mutex mutex;
    return mutex;
}

}  // namespace

std::string new_secret() {
    start_sodium();
    std::array<unsigned char, 32> bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    text.pop_back();  // the NUL
    return text;
}

std::string hash_of_secret(std::string_view secret) {
    start_sodium();
    std::array<unsigned char, 32> hash{};
    crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                       nullptr, 0);
    std::string text;
    for (const unsigned char byte : hash)
        text += fmt::format("{:02x}", byte);
    return text;
}

void check_password(std::string_view password) {
    const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; };
    const auto characters = static_cast<std::size_t>(
        std::count_if(password.begin(), password.end(), [&](char c) { return !continues(c); }));
    if (characters < kShortestPassword) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("A password needs {} characters at least.", kShortestPassword));
    }
    if (password.size() > kLongestPassword) {
        throw Error(ErrorCode::invalid_argument,
                    fmt::format("A password may have {} bytes at most.", kLongestPassword));
    }
}

std::string hash_of_password(std::string_view password) {
    start_sodium();
    std::array<char, crypto_pwhash_STRBYTES> text{};
    const std::lock_guard lock(turn());
    if (crypto_pwhash_str_alg(text.data(), password.data(), password.size(), kPasses, kMemory,
                              crypto_pwhash_ALG_ARGON2ID13) != 0) {
        throw Error(ErrorCode::unavailable, "There is not enough memory to protect a password. Try again later.");
    }
    return text.data();
}

bool is_password(std::string_view password, const std::string& hash) {
    if (password.size() > kLongestPassword) return false;
    if (hash.empty()) {
        hash_of_password(password);
        return false;
    }
    start_sodium();
    const std::lock_guard lock(turn());
    return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

}  // namespace audiomuse::api
