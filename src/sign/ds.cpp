#include "portolan/sign/ds.hpp"

#include <openssl/sha.h>

#include "portolan/sign/key.hpp"

namespace portolan::sign {

dns::Octets ds_of(dns::NameView zone, dns::OctetView dnskey) {
    constexpr std::uint8_t by_sha256 = 2;  // RFC 4509 5
    dns::Name lower(zone);
    lower.lower();
    const auto owner = lower.octets();
    dns::Octets digested(owner.begin(), owner.end());  // RFC 4034 5.1.4
    digested.insert(digested.end(), dnskey.begin(), dnskey.end());

    const std::uint16_t tag = key_tag(dnskey);
    dns::Octets rdata{static_cast<std::uint8_t>(tag >> 8U), static_cast<std::uint8_t>(tag),
                      dnskey[3], by_sha256};
    rdata.resize(rdata.size() + SHA256_DIGEST_LENGTH);
    SHA256(digested.data(), digested.size(), rdata.data() + rdata.size() - SHA256_DIGEST_LENGTH);
    return rdata;
}

dns::Octets cds_delete() { return {0, 0, 0, 0, 0}; }

dns::Octets cdnskey_delete() { return {0, 0, 3, 0, 0}; }

}  // namespace portolan::sign
