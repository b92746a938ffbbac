// One DNSSEC key: what a zone is signed with (RFC 4034 2).
//
// A key is made once and never changes; who signs what with it, and until when, is said elsewhere
// (sign/roles.hpp). So it is shared as a pointer to const, by any number of threads.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "portolan/dns/types.hpp"

namespace portolan::sign {

/// The algorithms that are signed with, by their numbers (RFC 8624 3.1 recommends both).
enum class Algorithm : std::uint8_t { ecdsap256sha256 = 13, ed25519 = 15 };

class Key;
using KeyPtr = std::shared_ptr<const Key>;

class Key {
public:
    /// A new key pair. A secure entry point (the SEP flag, RFC 4034 2.1.1) is a key that a DS in
    /// the parent may name: a KSK, or the one key of a zone that has no other.
    static KeyPtr generate(Algorithm algorithm, bool is_secure_entry_point);
    /// From the private part as `secret` gives it; nullptr when it is no key of the algorithm.
    static KeyPtr from_secret(Algorithm algorithm, bool is_secure_entry_point,
                              dns::OctetView secret);
    ~Key();
    Key(const Key&) = delete;
    Key& operator=(const Key&) = delete;

    [[nodiscard]] Algorithm algorithm() const noexcept { return algorithm_; }
    [[nodiscard]] bool is_secure_entry_point() const noexcept { return (dnskey_[1] & 1) != 0; }
    /// The DNSKEY RDATA: flags, protocol 3, algorithm, public key.
    [[nodiscard]] dns::OctetView dnskey() const noexcept { return dnskey_; }
    /// RFC 4034 B.
    [[nodiscard]] std::uint16_t tag() const noexcept { return tag_; }
    /// The private part: the scalar or seed, 32 octets. Whoever asks keeps it secret.
    [[nodiscard]] dns::Octets secret() const;

    /// The signature over `data` in the form of RRSIG RDATA, 64 octets for both algorithms
    /// (RFC 6605 4, RFC 8080 4). Throws std::runtime_error when the library fails.
    [[nodiscard]] dns::Octets sign(dns::OctetView data) const;

private:
    struct Pair;  // the library's
    Key(Algorithm algorithm, bool is_secure_entry_point, std::unique_ptr<Pair> pair);

    Algorithm algorithm_;
    std::unique_ptr<Pair> pair_;
    dns::Octets dnskey_;
    std::uint16_t tag_ = 0;
};

/// The tag of any DNSKEY RDATA (RFC 4034 B).
std::uint16_t key_tag(dns::OctetView dnskey) noexcept;

}  // namespace portolan::sign
