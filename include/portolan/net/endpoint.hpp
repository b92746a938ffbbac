// Where the server listens: an address and a port, as the command line spells them.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/system/result.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "portolan/dns/types.hpp"

namespace portolan::net {

/// A socket address, IPv4 or IPv6, ready for bind(2).
struct Endpoint {
    sockaddr_storage storage{};
    socklen_t size = 0;  // octets of `storage` in use

    [[nodiscard]] int family() const noexcept { return storage.ss_family; }
    [[nodiscard]] bool is_v6() const noexcept { return family() == AF_INET6; }
    /// 0.0.0.0 or [::]: packets may arrive for any of the host's addresses.
    [[nodiscard]] bool is_wildcard() const noexcept;
    [[nodiscard]] std::uint16_t port() const noexcept;  // host order
    void set_port(std::uint16_t port) noexcept;         // host order
    [[nodiscard]] sockaddr* data() noexcept { return reinterpret_cast<sockaddr*>(&storage); }
    [[nodiscard]] const sockaddr* data() const noexcept {
        return reinterpret_cast<const sockaddr*>(&storage);
    }
};

/// What the system says of a peer.
Endpoint endpoint_of(const sockaddr_storage& peer) noexcept;

/// The address of an IPv4 or IPv6 peer: 4 or 16 octets in network byte order, inside `peer`.
inline dns::OctetView address_octets(const sockaddr_storage& peer) noexcept {
    const auto* start = reinterpret_cast<const std::uint8_t*>(&peer);
    return peer.ss_family == AF_INET6
               ? dns::OctetView(start + offsetof(sockaddr_in6, sin6_addr), sizeof(in6_addr))
               : dns::OctetView(start + offsetof(sockaddr_in, sin_addr), sizeof(in_addr));
}

/// Why a text is no endpoint: a sentence with the cure in it.
struct EndpointError {
    std::string message;
};

/// Reads "192.0.2.1:53", "[2001:db8::1]:53" or "[fe80::1%eth0]:53". Names are not resolved: a
/// name server cannot wait for a name server. Port 0 lets the system choose a free one.
boost::system::result<Endpoint, EndpointError> parse_endpoint(std::string_view text);

/// "192.0.2.1:53", "[2001:db8::1]:53"; the form that parse_endpoint reads.
std::string to_string(const Endpoint& endpoint);

}  // namespace portolan::net
