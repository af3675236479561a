#include "sha256.h"

#include <sodium.h>

#include <array>

namespace audiomuse::models {

std::string sha256_hex(std::span<const std::byte> bytes) {
    // Plain hashing needs no sodium_init.
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash;
    crypto_hash_sha256(hash.data(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    std::string text(2 * hash.size() + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
    text.pop_back();
    return text;
}

}  // namespace audiomuse::models
