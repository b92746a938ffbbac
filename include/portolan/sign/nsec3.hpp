// What NSEC3 makes of names (RFC 5155 5): a zone that is denied by NSEC3 has, for each of its
// names, a record whose owner is the hash of that name, so that denials do not tell the names.
#pragma once

#include <array>
#include <optional>

#include "portolan/dns/name.hpp"
#include "portolan/dns/types.hpp"

namespace portolan::sign {

/// How names are hashed. `salt` is borrowed from whatever it was read from.
struct Nsec3Parameters {
    std::uint16_t iterations = 0;  // beyond the first
    dns::OctetView salt;

    friend bool operator==(const Nsec3Parameters& a, const Nsec3Parameters& b) noexcept {
        return a.iterations == b.iterations && a.salt.size() == b.salt.size() &&
               std::equal(a.salt.begin(), a.salt.end(), b.salt.begin());
    }
};

/// Of the RDATA of an NSEC3 or NSEC3PARAM record, which begin alike (RFC 5155 3.2, 4.2); nullopt
/// when it is cut short or its hash is not SHA-1, the only one there is.
std::optional<Nsec3Parameters> nsec3_parameters(dns::OctetView rdata) noexcept;

inline constexpr std::size_t nsec3_hash_octets = 20;  // SHA-1
using Nsec3Hash = std::array<std::uint8_t, nsec3_hash_octets>;

/// The hash of a name in lower case. Allocates nothing.
Nsec3Hash nsec3_hash(dns::NameView lower_name, const Nsec3Parameters& parameters) noexcept;

/// The owner of that hash's NSEC3 record: its base32hex in lower case, as a label before the apex.
/// The apex must leave room for the 33 octets: `has_room_for_nsec3`.
dns::Name nsec3_owner(const Nsec3Hash& hash, dns::NameView apex) noexcept;

constexpr bool has_room_for_nsec3(std::size_t apex_octets) noexcept {
    return apex_octets + 33 <= dns::max_name_octets;
}

}  // namespace portolan::sign
