// Passwords of users, as they are kept.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace audiomuse::api {

/// Of libsodium: "1.0.18".
std::string sodium_version();

/// A password of fewer characters is refused.
inline constexpr std::size_t kShortestPassword = 8;
inline constexpr std::size_t kLongestPassword = 1000;  ///< bytes
/// Throws Error(invalid_argument) with the way out.
void check_password(std::string_view password);

/// Argon2id with its parameters and a salt, as libsodium writes it. Takes 32 MiB and about a tenth of a second; of
/// several at once all but one wait. Throws Error(unavailable) when there is not so much memory.
std::string hash_of_password(std::string_view password);
/// Also for an empty hash, which no password fits, as much work is done: the time does not tell whether a user exists.
bool is_password(std::string_view password, const std::string& hash);

}  // namespace audiomuse::api
