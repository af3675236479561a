#include "subsonic/login.h"

#include "audiomuse/base/text.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <sodium.h>

#include <array>

namespace audiomuse::library::subsonic {

std::string md5_of(std::string_view bytes) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_md5(), nullptr) != 1) {
        throw Error(ErrorCode::unsupported,
                    "This machine's OpenSSL computes no MD5 (is it in FIPS mode?), which the login of Subsonic servers "
                    "needs. Use an API key where the server has these.");
    }
    return hex({reinterpret_cast<const char*>(digest.data()), size});
}

std::string new_salt() {
    std::array<char, 8> bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    return hex({bytes.data(), bytes.size()});
}

Pairs login_parameters(const ServerAccount& account, Login login, const std::string& salt) {
    switch (login) {
        case Login::api_key:
            return {{"apiKey", account.token}};
        case Login::token:
            return {{"u", account.user}, {"t", md5_of(account.password + salt)}, {"s", salt}};
        case Login::password:
            break;
    }
    return {{"u", account.user}, {"p", "enc:" + hex(account.password)}};
}

}  // namespace audiomuse::library::subsonic
