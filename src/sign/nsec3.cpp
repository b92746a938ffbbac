// SHA1_Init and its like are called old by OpenSSL 3, but they alone need no allocation: an EVP
// digest is fetched and made for each use, and a negative answer needs three.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "portolan/sign/nsec3.hpp"

#include <openssl/sha.h>

namespace portolan::sign {

static_assert(SHA_DIGEST_LENGTH == nsec3_hash_octets);

std::optional<Nsec3Parameters> nsec3_parameters(dns::OctetView rdata) noexcept {
    constexpr std::size_t fixed_octets = 5;  // hash, flags, iterations, length of the salt
    constexpr std::uint8_t sha1 = 1;
    if (rdata.size() < fixed_octets || rdata[0] != sha1) return std::nullopt;
    const std::size_t salt = rdata[4];
    if (rdata.size() < fixed_octets + salt) return std::nullopt;
    return Nsec3Parameters{static_cast<std::uint16_t>((rdata[2] << 8) | rdata[3]),
                           rdata.subspan(fixed_octets, salt)};
}

Nsec3Hash nsec3_hash(dns::NameView lower_name, const Nsec3Parameters& parameters) noexcept {
    Nsec3Hash hash;
    dns::OctetView hashed = lower_name.octets();
    for (unsigned i = 0; i <= parameters.iterations; ++i) {
        SHA_CTX context;
        SHA1_Init(&context);
        SHA1_Update(&context, hashed.data(), hashed.size());
        SHA1_Update(&context, parameters.salt.data(), parameters.salt.size());
        SHA1_Final(hash.data(), &context);
        hashed = hash;
    }
    return hash;
}

dns::Name nsec3_owner(const Nsec3Hash& hash, dns::NameView apex) noexcept {
    constexpr char digits[] = "0123456789abcdefghijklmnopqrstuv";  // RFC 4648 7
    std::array<std::uint8_t, nsec3_hash_octets * 8 / 5> label;
    for (std::size_t i = 0; i < label.size(); ++i) {
        const std::size_t bit = i * 5, octet = bit / 8;
        const unsigned next = octet + 1 < hash.size() ? hash[octet + 1] : 0;
        const unsigned pair = static_cast<unsigned>(hash[octet]) << 8 | next;
        label[i] = static_cast<std::uint8_t>(digits[(pair >> (11 - bit % 8)) & 0x1fU]);
    }
    dns::Name owner(apex);
    static_cast<void>(owner.prepend(label));
    return owner;
}

}  // namespace portolan::sign
