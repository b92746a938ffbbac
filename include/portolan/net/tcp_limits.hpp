// Who may connect over TCP, how many, and for how long.
#pragma once

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>

#include "portolan/dns/types.hpp"

namespace portolan::net {

struct TcpLimits {
    std::size_t connections = 10000;            // in all workers
    std::size_t connections_per_client = 250;   // a client is a network of …
    unsigned v4_prefix = 32;                    // … so many bits: an IPv4 address,
    unsigned v6_prefix = 64;                    // or what an IPv6 host has to itself
    std::chrono::milliseconds handshake{5000};  // for TLS to begin
    std::chrono::milliseconds idle{10000};      // without a message (RFC 7766 6.2.3)
    std::chrono::milliseconds message{5000};    // for a message once its first octet is here
    std::chrono::milliseconds write{10000};     // for a client to take its replies
};

/// The address that a connection comes from.
struct ClientAddress {
    explicit ClientAddress(const sockaddr_storage& peer) noexcept;
    /// 4 or 16 octets in network byte order.
    [[nodiscard]] dns::OctetView view() const noexcept { return {octets.data(), is_v6 ? 16U : 4U}; }

    std::array<std::uint8_t, 16> octets{};
    bool is_v6 = false;
};

/// Connections by client, shared by all workers. Asked once when a connection opens and once
/// when it closes, never while it is served; hence a plain mutex.
class ConnectionCounts {
public:
    enum class Verdict : std::uint8_t { admitted, client_full, all_full };

    explicit ConnectionCounts(const TcpLimits& limits) : limits_(limits) {}
    /// Counts the connection in when it is admitted. A client at its limit hears so first, so
    /// that one client cannot push the others out.
    Verdict enter(const ClientAddress& client);
    void leave(const ClientAddress& client);
    [[nodiscard]] std::size_t total() const;

private:
    /// A client's network, its other bits zero.
    struct ClientKey {
        std::array<std::uint8_t, 16> octets{};
        bool is_v6 = false;
        friend auto operator<=>(const ClientKey&, const ClientKey&) = default;
    };
    [[nodiscard]] ClientKey key_of(const ClientAddress& client) const noexcept;

    const TcpLimits limits_;
    mutable std::mutex mutex_;
    std::size_t total_ = 0;
    std::map<ClientKey, std::size_t> clients_;
};

}  // namespace portolan::net
