#include "portolan/sign/rrsig.hpp"

#include <openssl/sha.h>

#include <algorithm>
#include <vector>

#include "portolan/dns/rdata.hpp"
#include "portolan/dns/wire.hpp"

namespace portolan::sign {
namespace {

void put(dns::Octets& to, dns::OctetView octets) {
    to.insert(to.end(), octets.begin(), octets.end());
}

void put_u16(dns::Octets& to, std::uint16_t value) {
    to.resize(to.size() + 2);
    dns::store_u16(&to[to.size() - 2], value);
}

void put_u32(dns::Octets& to, std::uint32_t value) {
    to.resize(to.size() + 4);
    dns::store_u32(&to[to.size() - 4], value);
}

void put_lower(dns::Octets& to, dns::NameView name) {
    for (const auto octet : name.octets()) to.push_back(dns::fold(octet));
}

/// The types whose RDATA names are put into lower case (RFC 4034 6.2, less NSEC by RFC 6840 5.1;
/// what has no names does not mind).
bool is_folded(dns::Type type) noexcept {
    switch (type) {
        case dns::Type::nsec:
        case dns::Type::svcb:
        case dns::Type::https:
        case dns::Type::lp:
            return false;
        default:
            return true;
    }
}

dns::Octets canonical_rdata(dns::Type type, dns::OctetView rdata) {
    dns::Octets octets(rdata.begin(), rdata.end());
    if (!is_folded(type)) return octets;
    dns::for_each_name(type, rdata, [&](dns::NameView name) {
        const auto start = octets.begin() + (name.octets().data() - rdata.data());
        std::transform(start, start + static_cast<std::ptrdiff_t>(name.size()), start, dns::fold);
    });
    return octets;
}

/// Labels of the owner, but the wildcard's asterisk (RFC 4034 3.1.3).
std::uint8_t signed_labels(dns::NameView owner) noexcept {
    return static_cast<std::uint8_t>(owner.label_count() - (owner.is_wildcard() ? 1 : 0));
}

}  // namespace

Rrsig read_rrsig(dns::OctetView rdata) noexcept {
    const std::uint8_t* at = rdata.data();
    return {static_cast<dns::Type>(dns::load_u16(at)),
            at[2],
            at[3],
            dns::load_u32(at + 4),
            {dns::load_u32(at + 12), dns::load_u32(at + 8)},
            dns::load_u16(at + 16)};
}

bool is_by(const Rrsig& rrsig, const Key& key) noexcept {
    return rrsig.key_tag == key.tag() &&
           rrsig.algorithm == static_cast<std::uint8_t>(key.algorithm());
}

dns::Octets rrsig_head(dns::NameView owner, const dns::Rrset& set, dns::NameView apex,
                       const Key& key, Window window) {
    dns::Octets head;
    head.reserve(18 + apex.size() + 64);
    put_u16(head, static_cast<std::uint16_t>(set.type()));
    head.push_back(static_cast<std::uint8_t>(key.algorithm()));
    head.push_back(signed_labels(owner));
    put_u32(head, set.ttl().seconds);
    put_u32(head, window.expiration);
    put_u32(head, window.inception);
    put_u16(head, key.tag());
    put_lower(head, apex);
    return head;
}

dns::Octets canonical_set(dns::NameView owner, const dns::Rrset& set) {
    std::vector<dns::Octets> rdatas;
    rdatas.reserve(set.count());
    for (const dns::OctetView rdata : set) rdatas.push_back(canonical_rdata(set.type(), rdata));
    std::ranges::sort(rdatas);  // by octets, the shorter first: RFC 4034 6.3
    const auto repeated = std::ranges::unique(rdatas);
    rdatas.erase(repeated.begin(), repeated.end());
    dns::Octets octets;
    octets.reserve(rdatas.size() * (owner.size() + 10) + set.body().size());
    for (const auto& rdata : rdatas) {
        put_lower(octets, owner);
        put_u16(octets, static_cast<std::uint16_t>(set.type()));
        put_u16(octets, static_cast<std::uint16_t>(dns::Class::in));
        put_u32(octets, set.ttl().seconds);
        put_u16(octets, static_cast<std::uint16_t>(rdata.size()));
        put(octets, rdata);
    }
    return octets;
}

dns::Octets make_rrsig(dns::NameView owner, const dns::Rrset& set, dns::OctetView canonical,
                       dns::NameView apex, const Key& key, Window window) {
    dns::Octets rdata = rrsig_head(owner, set, apex, key, window);
    dns::Octets data = rdata;
    put(data, canonical);
    put(rdata, key.sign(data));
    return rdata;
}

Digest digest_of(dns::OctetView canonical) noexcept {
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> whole;
    SHA256(canonical.data(), canonical.size(), whole.data());
    Digest half;
    std::copy_n(whole.begin(), half.size(), half.begin());
    return half;
}

}  // namespace portolan::sign
