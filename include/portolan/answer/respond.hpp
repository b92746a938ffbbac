// Octets in, octets out: the one function in the middle, used by UDP, TCP, tests, fuzzers and
// benchmarks alike.
#pragma once

#include <cstdint>
#include <span>

#include "portolan/answer/view.hpp"
#include "portolan/dns/types.hpp"

namespace portolan::answer {

enum class Transport : std::uint8_t { udp, tcp };

/// What the shell should do with an exchange.
///   drop      nothing: not a query, or too short to be answered safely
///   reply     send the first `size` octets of `room`
///   transfer  a transfer is asked for, or the query is signed: for who knows keys and whole zones.
///             What stands in `room` is the answer of who knows neither
enum class Outcome : std::uint8_t { drop, reply, transfer };

/// What kind of reply it was: counters and, later, rate limiting act on it after the fact.
enum class ReplyClass : std::uint8_t { answer, nodata, nxdomain, referral, refused, error };

/// One message and the room for its reply. The request and room must not overlap; both are the
/// caller's and live until the call returns.
struct Exchange {
    dns::OctetView request;
    std::span<std::uint8_t> room;  // UDP: at least 512 octets; TCP: 65535 for complete answers
    Transport transport = Transport::udp;
    Outcome outcome = Outcome::drop;  // written by respond, as are the rest
    ReplyClass reply_class = ReplyClass::error;
    bool truncated = false;
    std::uint32_t size = 0;  // octets of the reply in `room`
};

/// What the answers depend on beside zone and query. Later: coarse time, cookie secrets.
struct Moment {
    std::uint16_t udp_limit = 1232;  // largest UDP reply, whatever the client offers (octets)
};

/// Answers a batch. Pure: reads the view, writes the rooms and outcomes. Any octets are a legal
/// request. Thread-safe for any number of readers of one view.
void respond(std::span<Exchange> batch, const View& view, const Moment& moment) noexcept;

}  // namespace portolan::answer
