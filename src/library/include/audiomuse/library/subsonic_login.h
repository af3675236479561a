// How a player proves to a Subsonic API who asks, seen from the side of the API.
#pragma once

#include <string_view>

namespace audiomuse::library {

/// Whether two secrets are equal. Takes the same time wherever they differ; only their length may be found out.
bool same_secret(std::string_view given, std::string_view right);

/// Whether `token` is MD5(password + salt) in hexadecimal digits of any case: the login of Subsonic since API 1.13.
/// Takes the same time for all tokens. False, too, where this machine's OpenSSL computes no MD5.
bool is_subsonic_token(std::string_view token, std::string_view salt, std::string_view password);

/// A password as players send it: as it is, or "enc:" and its bytes in hexadecimal digits.
bool is_subsonic_password(std::string_view given, std::string_view right);

}  // namespace audiomuse::library
