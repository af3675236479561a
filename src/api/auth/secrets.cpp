#include "auth/secrets.h"

#include <sodium.h>

#include <array>

#include "audiomuse/base/error.h"
#include "audiomuse/base/text.h"

namespace audiomuse::api {

namespace {

void require_random_numbers() {
    if (sodium_init() < 0) throw Error(ErrorCode::unavailable, "There are no random numbers to be had.");
}

}  // namespace

std::string new_secret() {
    require_random_numbers();
    std::array<unsigned char, 32> bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING), '\0');
    sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    text.pop_back();  // the NUL
    return text;
}

std::string hash_of_secret(std::string_view secret) {
    require_random_numbers();
    std::array<unsigned char, 32> hash{};
    crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(secret.data()), secret.size(),
                       nullptr, 0);
    return hex({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

}  // namespace audiomuse::api
