// How a request to a Subsonic server says who asks.
#pragma once

#include <string>
#include <string_view>

#include "server/http.h"

namespace audiomuse::library::subsonic {

enum class Login {
    api_key,   ///< OpenSubsonic: "apiKey", and no user beside it
    token,     ///< since API 1.13: MD5 of password and salt
    password,  ///< its bytes in hexadecimal digits: readable by whoever reads the request
};

/// 32 hexadecimal digits, lower case.
std::string md5_of(std::string_view bytes);

/// A new one for each request, of letters and digits.
std::string new_salt();

/// The parameters of a request that name and prove the user. `salt` is for tokens.
Pairs login_parameters(const ServerAccount& account, Login login, const std::string& salt);

}  // namespace audiomuse::library::subsonic
