// DNS cookies: a client that shows the server's cookie has received something at its address.
//
// A weak but cheap proof against spoofed sources (RFC 7873): the client sends eight octets of its
// own; the reply adds sixteen that only this server can make for that client at that address. A
// later query that brings both did not come from a forger who cannot see our replies. What rests
// upon it: large UDP replies and rate limiting (answer/rate_limit.hpp).
//
// The server's part has the form that all makes of server share (RFC 9018 4), so that servers
// behind one address accept each other's, given the same secret:
//
//     version 1 | reserved 0 0 0 | timestamp (4) | SipHash-2-4 (8)
//
// hashed over the client's cookie, these eight octets, and the client's address. Nothing is kept
// for a client.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "portolan/dns/types.hpp"

namespace portolan::answer {

inline constexpr std::size_t client_cookie_octets = 8;
inline constexpr std::size_t server_cookie_octets = 16;

using CookieSecret = std::array<std::uint8_t, 16>;

/// The first makes cookies, all are good for checking: a new secret is put behind the old one on
/// every server, then before it, and the old one goes when an hour has passed (RFC 9018 5).
using CookieSecrets = std::vector<CookieSecret>;

enum class CookieState : std::uint8_t {
    none,     // the query has no COOKIE option
    unknown,  // only the client's, or a server's that is forged, too old, or of another secret
    good,
};

/// `cookie` is the option's data, 8 or 16 to 40 octets; `source` the client's address, 4 or 16
/// octets; `now` seconds since 1970, of which the low 32 bits count (RFC 9018 4.3: a cookie may
/// be an hour old, and come five minutes from the future).
CookieState check_cookie(dns::OctetView cookie, dns::OctetView source, std::uint32_t now,
                         const CookieSecrets& secrets) noexcept;

/// The option's data for the reply: the client's cookie, then the server's for it.
std::array<std::uint8_t, client_cookie_octets + server_cookie_octets> make_cookie(
    dns::OctetView cookie, dns::OctetView source, std::uint32_t now,
    const CookieSecret& secret) noexcept;

}  // namespace portolan::answer
