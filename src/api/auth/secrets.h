// Secrets of sessions and tokens.
#pragma once

#include <string>
#include <string_view>

namespace audiomuse::api {

/// 256 random bits as 43 letters, digits, '-' and '_'.
std::string new_secret();
/// What is kept of such a secret: hexadecimal BLAKE2b of 256 bits. No salt and no cost: nobody guesses 256 bits.
std::string hash_of_secret(std::string_view secret);

}  // namespace audiomuse::api
