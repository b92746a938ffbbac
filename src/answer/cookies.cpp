#include "portolan/answer/cookies.hpp"

#include <algorithm>

#include "portolan/dns/wire.hpp"
#include "siphash.hpp"

namespace portolan::answer {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::size_t stamp_octets = 8;  // version, reserved, timestamp
constexpr std::uint32_t oldest = 3600;   // seconds (RFC 9018 4.3)
constexpr std::uint32_t newest_ahead = 300;

/// `stamped` is the client's cookie and the first half of the server's.
std::array<std::uint8_t, 8> hash_of(dns::OctetView stamped, dns::OctetView source,
                                    const CookieSecret& secret) noexcept {
    std::array<std::uint8_t, client_cookie_octets + stamp_octets + 16> input;
    std::ranges::copy(source, std::ranges::copy(stamped, input.begin()).out);
    return siphash(secret, {input.data(), stamped.size() + source.size()});
}

/// Every octet is looked at, so that time does not tell how much of a guess was right.
bool is_equal(dns::OctetView a, dns::OctetView b) noexcept {
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size(); ++i) difference |= a[i] ^ b[i];
    return difference == 0;
}

/// In serial arithmetic, so that 2106 is a year like any other.
bool is_timely(std::uint32_t stamp, std::uint32_t now) noexcept {
    return now - stamp <= oldest || stamp - now <= newest_ahead;
}

}  // namespace

CookieState check_cookie(dns::OctetView cookie, dns::OctetView source, std::uint32_t now,
                         const CookieSecrets& secrets) noexcept {
    if (cookie.empty()) return CookieState::none;
    if (cookie.size() != client_cookie_octets + server_cookie_octets ||
        cookie[client_cookie_octets] != version ||
        !is_timely(dns::load_u32(cookie.data() + client_cookie_octets + 4), now)) {
        return CookieState::unknown;
    }
    const auto stamped = cookie.first(client_cookie_octets + stamp_octets);
    const auto shown = cookie.last(8);
    const bool is_ours = std::ranges::any_of(secrets, [&](const CookieSecret& secret) {
        return is_equal(hash_of(stamped, source, secret), shown);
    });
    return is_ours ? CookieState::good : CookieState::unknown;
}

std::array<std::uint8_t, client_cookie_octets + server_cookie_octets> make_cookie(
    dns::OctetView cookie, dns::OctetView source, std::uint32_t now,
    const CookieSecret& secret) noexcept {
    std::array<std::uint8_t, client_cookie_octets + server_cookie_octets> made{};
    std::ranges::copy(cookie.first(client_cookie_octets), made.begin());
    made[client_cookie_octets] = version;
    dns::store_u32(&made[client_cookie_octets + 4], now);
    const auto hash =
        hash_of(dns::OctetView(made).first(client_cookie_octets + stamp_octets), source, secret);
    std::ranges::copy(hash, made.end() - 8);
    return made;
}

}  // namespace portolan::answer
