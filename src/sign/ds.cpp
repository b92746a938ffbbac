#include "portolan/sign/ds.hpp"

#include <openssl/sha.h>

#include "dns/presentation_codecs.hpp"
#include "portolan/dns/wire.hpp"
#include "portolan/sign/key.hpp"

namespace portolan::sign {

dns::Octets ds_of(dns::NameView zone, dns::OctetView dnskey) {
    constexpr std::uint8_t by_sha256 = 2;  // RFC 4509 5
    dns::Name lower(zone);
    lower.lower();
    const auto owner = lower.octets();
    dns::Octets digested(owner.begin(), owner.end());  // RFC 4034 5.1.4
    dns::codec::put(digested, dnskey);

    constexpr std::size_t head = 4;
    dns::Octets rdata(head + SHA256_DIGEST_LENGTH);
    dns::store_u16(rdata.data(), key_tag(dnskey));
    rdata[2] = dnskey[3];  // the algorithm
    rdata[3] = by_sha256;
    SHA256(digested.data(), digested.size(), rdata.data() + head);
    return rdata;
}

dns::Octets cds_delete() { return {0, 0, 0, 0, 0}; }

dns::Octets cdnskey_delete() { return {0, 0, 3, 0, 0}; }

}  // namespace portolan::sign
