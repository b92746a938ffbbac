// The network that an address belongs to, for whoever counts clients by network.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "portolan/dns/types.hpp"

namespace portolan::dns {

/// `address` (4 or 16 octets in network byte order) with all bits behind the first `prefix` zero,
/// and zeros behind its octets.
inline std::array<std::uint8_t, 16> network_of(OctetView address, unsigned prefix) noexcept {
    std::array<std::uint8_t, 16> network{};
    std::ranges::copy(address, network.begin());
    for (unsigned first = 0; first < address.size() * 8; first += 8) {  // bit of each octet
        const unsigned kept = std::clamp(prefix, first, first + 8) - first;
        network[first / 8] = static_cast<std::uint8_t>(network[first / 8] & (0xff00U >> kept));
    }
    return network;
}

}  // namespace portolan::dns
