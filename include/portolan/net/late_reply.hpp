// The way back to a client who asked over UDP, for a reply that is not ready when its batch is.
#pragma once

#include <sys/socket.h>

#include <array>

#include "portolan/dns/types.hpp"
#include "portolan/net/socket.hpp"

namespace portolan::net {

class LateReply {
public:
    static constexpr std::size_t most_control = 64;  // octets of control messages that are kept

    /// To where the datagram came from, from where it went to: `reply` is a header made for that.
    /// Has a descriptor of its own, so that it may outlive the socket's server; when none is left
    /// the reply is lost, as datagrams may be.
    LateReply(int socket, const msghdr& reply) noexcept;

    /// From any thread.
    void send(dns::OctetView message) noexcept;

private:
    Descriptor socket_;
    sockaddr_storage peer_{};
    socklen_t peer_size_ = 0;
    alignas(cmsghdr) std::array<std::uint8_t, most_control> control_{};
    std::size_t control_size_ = 0;
};

}  // namespace portolan::net
