#include <sodium.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"
#include "audiomuse/library/subsonic_login.h"
#include "subsonic/login.h"

namespace audiomuse::library {
namespace {

std::string lower_case(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    return lower;
}

}  // namespace

bool same_secret(std::string_view given, std::string_view right) {
    return given.size() == right.size() && sodium_memcmp(given.data(), right.data(), right.size()) == 0;
}

bool is_subsonic_token(std::string_view token, std::string_view salt, std::string_view password) {
    try {
        return same_secret(lower_case(token), subsonic::md5_of(std::string(password).append(salt)));
    } catch (const Error&) {
        return false;
    }
}

bool is_subsonic_password(std::string_view given, std::string_view right) {
    constexpr std::string_view kEncoded = "enc:";
    if (!given.starts_with(kEncoded)) return same_secret(given, right);
    return same_secret(lower_case(given.substr(kEncoded.size())), hex(right));
}

}  // namespace audiomuse::library
