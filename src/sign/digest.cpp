#include "portolan/sign/digest.hpp"

#include <openssl/sha.h>

namespace portolan::sign {

std::array<std::uint8_t, 32> sha256(dns::OctetView octets) {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> digest{};
    SHA256(octets.data(), octets.size(), digest.data());
    return digest;
}

}  // namespace portolan::sign
