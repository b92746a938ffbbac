// Octets in, octets out: the one function in the middle, used by UDP, TCP, tests, fuzzers and
// benchmarks alike.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "portolan/answer/cookies.hpp"
#include "portolan/answer/view.hpp"
#include "portolan/dns/types.hpp"

namespace portolan::answer {

enum class Transport : std::uint8_t { udp, tcp, tls };

/// What the shell should do with an exchange.
///   drop      nothing: not a query, or too short to be answered safely
///   reply     send the first `size` octets of `room`
///   transfer  a transfer is asked for, or the query is signed: for who knows keys and whole zones.
///             What stands in `room` is the answer of who knows neither
///   update    an UPDATE (RFC 2136), for who takes registrations. `room` has NOTIMP
enum class Outcome : std::uint8_t { drop, reply, transfer, update };

/// What kind of reply it was: counters and, later, rate limiting act on it after the fact.
enum class ReplyClass : std::uint8_t { answer, nodata, nxdomain, referral, refused, error };

/// One message and the room for its reply. The request and room must not overlap; both are the
/// caller's and live until the call returns.
struct Exchange {
    dns::OctetView request;
    std::span<std::uint8_t> room;  // UDP: at least 512 octets; else 65535 for complete answers
    Transport transport = Transport::udp;
    dns::OctetView source{};          // the client's address, 4 or 16 octets in network byte order
    Outcome outcome = Outcome::drop;  // written by respond, as are the rest
    ReplyClass reply_class = ReplyClass::error;
    bool truncated = false;
    bool name_exists = false;  // in the zone that answers: not made up, nor by a wildcard
    CookieState cookie = CookieState::none;
    std::uint32_t size = 0;          // octets of the reply in `room`
    std::uint16_t question_end = 0;  // of the reply: where its question ends …
    std::uint16_t opt_size = 0;      // … and the octets of OPT, which is its last record
};

/// What the operator says of this server to whoever asks; nothing by default.
struct Identity {
    std::string name;     // NSID (RFC 5001), id.server and hostname.bind in CH (RFC 4892)
    std::string version;  // version.server and version.bind in CH
};

/// What the answers depend on beside zone and query.
struct Moment {
    std::uint16_t udp_limit = 1232;  // largest UDP reply, whatever the client offers (octets)
    std::uint16_t udp_limit_without_cookie = 0;  // for clients that may be forged; 0: the same
    bool requires_cookie = false;  // BADCOOKIE for UDP clients that know cookies but show none
    bool takes_updates = false;    // somebody does
    std::uint16_t tcp_idle = 0;    // what keepalive tells, in tenths of a second (RFC 7828)
    std::uint32_t now = 0;         // seconds since 1970, modulo 2^32; a batch's
    const CookieSecrets* secrets = nullptr;  // nullptr or none: the option is ignored
    const Identity* identity = nullptr;      // nullptr: nothing is told
};

/// Answers a batch. Pure: reads the view, writes the rooms and outcomes. Any octets are a legal
/// request. Thread-safe for any number of readers of one view.
void respond(std::span<Exchange> batch, const View& view, const Moment& moment) noexcept;

}  // namespace portolan::answer
