// A query as read from the wire: header, the one question, and what EDNS says.
#pragma once

#include <cstdint>

#include "portolan/dns/name.hpp"
#include "portolan/dns/types.hpp"
#include "portolan/dns/wire.hpp"

namespace portolan::dns {

inline constexpr std::size_t header_octets = 12;
inline constexpr std::size_t opt_octets = 11;            // an OPT record without options
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
    std::uint16_t flags = 0;       // of the request, host order
    std::size_t question_end = 0;  // offset behind the question; 0 when there is no whole one
    NameView name;                 // as sent: its case is echoed, not folded
    Type type{};
    Class klass{};
    bool has_edns = false;
    bool dnssec_ok = false;  // the DO bit (RFC 3225)
    bool is_signed = false;  // there is a TSIG (dns/tsig.hpp), not looked at here
    std::uint16_t payload = classic_udp_limit;  // largest UDP reply the client takes, at least 512
};

/// Reads any octets. Every record behind the question is walked, so that OPT is found wherever it
/// stands in Additional and garbage is FORMERR rather than ignored.
Query parse_query(OctetView message) noexcept;

}  // namespace portolan::dns
