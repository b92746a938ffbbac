// The small vocabulary: numbers of the protocol that would be bugs if they were mixed up.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace portolan::dns {

using Octets = std::vector<std::uint8_t>;         // owned wire octets, network byte order
using OctetView = std::span<const std::uint8_t>;  // borrowed wire octets

/// RR and query types (IANA "DNS Parameters"). Any 16-bit value is a legal Type (RFC 3597);
/// the enumerators are those that the code names.
// clang-format off
enum class Type : std::uint16_t {
    a = 1, ns = 2, md = 3, mf = 4, cname = 5, soa = 6, mb = 7, mg = 8, mr = 9, null = 10,
    wks = 11, ptr = 12, hinfo = 13, minfo = 14, mx = 15, txt = 16, rp = 17, afsdb = 18,
    x25 = 19, isdn = 20, rt = 21, nsap = 22, sig = 24, key = 25, px = 26, aaaa = 28,
    loc = 29, nxt = 30, srv = 33, naptr = 35, kx = 36, cert = 37, dname = 39, opt = 41,
    apl = 42, ds = 43, sshfp = 44, ipseckey = 45, rrsig = 46, nsec = 47, dnskey = 48,
    dhcid = 49, nsec3 = 50, nsec3param = 51, tlsa = 52, smimea = 53, hip = 55, cds = 59,
    cdnskey = 60, openpgpkey = 61, csync = 62, zonemd = 63, svcb = 64, https = 65, spf = 99,
    nid = 104, l32 = 105, l64 = 106, lp = 107, eui48 = 108, eui64 = 109, tkey = 249,
    tsig = 250, ixfr = 251, axfr = 252, mailb = 253, maila = 254, any = 255, uri = 256,
    caa = 257,
};
// clang-format on

/// True for the types that exist in queries or on the wire only, never as zone data:
/// OPT and 128-255 (RFC 6895 3.1).
constexpr bool is_meta(Type type) noexcept {
    const auto number = static_cast<std::uint16_t>(type);
    return type == Type::opt || (number >= 128 && number <= 255);
}

enum class Class : std::uint16_t { in = 1, ch = 3, hs = 4, none = 254, any = 255 };

enum class Opcode : std::uint8_t {
    query = 0,
    iquery = 1,
    status = 2,
    notify = 4,
    update = 5,
    dso = 6
};

/// The extended 12-bit RCODE (RFC 6891 6.1.3): the low four bits travel in the header.
enum class Rcode : std::uint16_t {
    noerror = 0,
    formerr = 1,
    servfail = 2,
    nxdomain = 3,
    notimp = 4,
    refused = 5,
    yxdomain = 6,
    yxrrset = 7,  // RFC 2136 2.2
    nxrrset = 8,
    notauth = 9,
    notzone = 10,
    badvers = 16,
    badcookie = 23,
};

/// Seconds; at most 2^31-1 (RFC 2181 8).
struct Ttl {
    std::uint32_t seconds = 0;
    friend constexpr auto operator<=>(Ttl, Ttl) = default;
};
inline constexpr Ttl max_ttl{0x7fffffffU};

/// SOA serial with the sequence-space order of RFC 1982 3.2: two serials exactly 2^31 apart
/// are unordered.
struct Serial {
    std::uint32_t value = 0;
    friend constexpr bool operator==(Serial, Serial) = default;
    friend constexpr std::partial_ordering operator<=>(Serial a, Serial b) noexcept {
        if (a.value == b.value) return std::partial_ordering::equivalent;
        const std::uint32_t distance = b.value - a.value;
        if (distance == 0x80000000U) return std::partial_ordering::unordered;
        return distance < 0x80000000U ? std::partial_ordering::less
                                      : std::partial_ordering::greater;
    }
    /// The next serial; 0 is skipped, because some secondaries treat it as "none".
    [[nodiscard]] constexpr Serial next() const noexcept {
        return {value + 1 == 0 ? 1U : value + 1};
    }
};

/// "SRV", or "TYPE65280" for a type without a mnemonic (RFC 3597 5).
std::string to_string(Type type);
/// Reads a mnemonic or TYPEnnn, in any case; false when it is neither.
bool parse_type(std::string_view text, Type& type) noexcept;
std::string to_string(Class klass);
std::string to_string(Rcode rcode);

}  // namespace portolan::dns
