#include "audiomuse/api/passwords.h"

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

std::string sodium_version() {
    return sodium_version_string();
}

void check_password(std::string_view password) {
    if (count_characters(password) < kShortestPassword) {
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
