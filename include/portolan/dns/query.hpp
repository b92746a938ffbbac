// A query as read from the wire: header, the one question, and what EDNS says.
#pragma once

#include <cstdint>

#include "portolan/dns/name.hpp"
#include "portolan/dns/types.hpp"
#include "portolan/dns/wire.hpp"

namespace portolan::dns {

inline constexpr std::size_t header_octets = 12;
inline constexpr std::size_t opt_octets = 11;            // an OPT record without options
inline constexpr std::size_t option_octets = 4;          // code and length of an EDNS option
inline constexpr std::uint16_t classic_udp_limit = 512;  // without EDNS (RFC 1035 4.2.1)

/// Bits of the header's third and fourth octet, as one number in host order.
namespace flag {
inline constexpr std::uint16_t response = 0x8000;
inline constexpr std::uint16_t authoritative = 0x0400;
inline constexpr std::uint16_t truncated = 0x0200;
inline constexpr std::uint16_t recursion_desired = 0x0100;
inline constexpr std::uint16_t checking_disabled = 0x0010;
inline constexpr std::uint16_t opcode_mask = 0x7800;
}  // namespace flag

/// EDNS options that the code names (IANA "DNS EDNS0 Option Codes").
enum class Option : std::uint16_t {
    nsid = 3,            // RFC 5001
    cookie = 10,         // RFC 7873
    keepalive = 11,      // RFC 7828
    padding = 12,        // RFC 7830
    extended_error = 15  // RFC 8914
};

/// What can be said of a message before any zone is asked.
enum class QueryStatus : std::uint8_t {
    good,  // `name`, `type`, `klass` are set
    drop,  // a response, or no whole header: never answered, since answers could loop
    formerr,
    notimp,   // an opcode other than QUERY
    badvers,  // an EDNS version above 0 (RFC 6891 6.1.3)
};

/// A parsed query. `name` points into the message, which must outlive it.
struct Query {
    QueryStatus status = QueryStatus::drop;
    std::uint16_t flags = 0;                   // of the request, host order
    std::size_t question_end = header_octets;  // offset behind the question, when there is one
    NameView name;                             // as sent: its case is echoed, not folded
    Type type{};
    Class klass{};
    bool has_edns = false;
    bool dnssec_ok = false;    // the DO bit (RFC 3225)
    bool is_signed = false;    // there is a TSIG (dns/tsig.hpp), not looked at here
    bool has_options = false;  // any of those below, of the right form
    bool wants_nsid = false;
    bool wants_keepalive = false;
    bool wants_padding = false;
    std::uint16_t payload = classic_udp_limit;  // largest UDP reply the client takes, at least 512
    /// COOKIE's data: the client's 8 octets, and the server's 8 to 32 if it has any; empty without
    /// the option. Points into the message.
    OctetView cookie;

    /// False in a good query means that all it wants is a cookie for its own (RFC 7873 5.4).
    [[nodiscard]] bool has_question() const noexcept { return question_end > header_octets; }
};

/// Reads any octets. Every record behind the question is walked, so that OPT is found wherever it
/// stands in Additional and garbage is FORMERR rather than ignored.
Query parse_query(OctetView message) noexcept;

}  // namespace portolan::dns
