// Signatures: RRSIG records over RRsets (RFC 4034 3).
#pragma once

#include <array>
#include <optional>

#include "portolan/dns/name.hpp"
#include "portolan/dns/rrset.hpp"
#include "portolan/sign/key.hpp"

namespace portolan::sign {

/// From when until when a signature holds: seconds since 1970, which wrap as serials do
/// (RFC 4034 3.1.5).
struct Window {
    std::uint32_t inception = 0;
    std::uint32_t expiration = 0;
};

/// The fields of RRSIG RDATA before the signer's name; host order.
struct Rrsig {
    dns::Type covered;
    std::uint8_t algorithm;
    std::uint8_t labels;
    std::uint32_t original_ttl;
    Window window;
    std::uint16_t key_tag;
};

/// `rdata` must be well-formed RRSIG RDATA.
Rrsig read_rrsig(dns::OctetView rdata) noexcept;

/// Whether a key made the signature, by what it says itself.
bool is_by(const Rrsig& rrsig, const Key& key) noexcept;

/// The part of RRSIG RDATA before the signature, with the signer's name: what is signed first.
dns::Octets rrsig_head(dns::NameView owner, const dns::Rrset& set, dns::NameView apex,
                       const Key& key, Window window);

/// A set as it is signed: its records in canonical form and order (RFC 4034 6, RFC 6840 5.1).
/// A wildcard signs as itself; the owner may be in any case.
dns::Octets canonical_set(dns::NameView owner, const dns::Rrset& set);

/// RRSIG RDATA over `canonical`, the set's canonical form.
dns::Octets make_rrsig(dns::NameView owner, const dns::Rrset& set, dns::OctetView canonical,
                       dns::NameView apex, const Key& key, Window window);

/// Half of the SHA-256 of a set's canonical form: by this, a signature is found again for the very
/// content that it was made for.
using Digest = std::array<std::uint8_t, 16>;
Digest digest_of(dns::OctetView canonical) noexcept;

}  // namespace portolan::sign
