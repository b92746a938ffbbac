// Addresses and networks as text, and which network an address lies in.
#include <arpa/inet.h>  // inet_pton and inet_ntop: text conversion only, no sockets

#include <algorithm>
#include <charconv>

#include "portolan/registry/plan.hpp"

namespace portolan::registry {
namespace {

bool same_prefix(const Address& a, const Address& b, unsigned bits) noexcept {
    const auto whole = bits / 8;
    if (!std::equal(a.octets.begin(), a.octets.begin() + whole, b.octets.begin())) return false;
    const auto rest = bits % 8;
    if (rest == 0) return true;
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - rest));
    return ((a.octets[whole] ^ b.octets[whole]) & mask) == 0;
}

/// A prefix length: decimal digits alone, at most `limit`.
std::optional<std::uint8_t> parse_prefix(std::string_view text, unsigned limit) noexcept {
    unsigned value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || stop != end || value > limit) return std::nullopt;
    return static_cast<std::uint8_t>(value);
}

}  // namespace

std::string to_string(const Address& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    const int family = address.is_v6() ? AF_INET6 : AF_INET;
    inet_ntop(family, address.octets.data(), text.data(), text.size());
    return text.data();
}

std::optional<Address> parse_address(std::string_view text) noexcept {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.empty() || text.size() >= terminated.size()) return std::nullopt;
    std::copy(text.begin(), text.end(), terminated.begin());
    Address address;
    if (inet_pton(AF_INET, terminated.data(), address.octets.data()) == 1) return address;
    address.size = 16;
    if (inet_pton(AF_INET6, terminated.data(), address.octets.data()) == 1) return address;
    return std::nullopt;
}

std::optional<Network> parse_network(std::string_view text) noexcept {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto base = parse_address(text.substr(0, slash));
    if (!base) return std::nullopt;
    const auto prefix = parse_prefix(text.substr(slash + 1), base->size * 8U);
    if (!prefix) return std::nullopt;
    return Network{*base, *prefix};
}

std::string to_string(const Network& network) {
    return to_string(network.base) + "/" + std::to_string(network.prefix);
}

bool Network::contains(const Address& address) const noexcept {
    return address.size == base.size && same_prefix(base, address, prefix);
}

bool Network::overlaps(const Network& other) const noexcept {
    return base.size == other.base.size &&
           same_prefix(base, other.base, std::min(prefix, other.prefix));
}

bool Address::is_multicast() const noexcept {
    return is_v6() ? octets[0] == 0xff : (octets[0] & 0xf0) == 0xe0;
}

}  // namespace portolan::registry
