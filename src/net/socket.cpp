#include "portolan/net/socket.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace portolan::net {
namespace {

std::string cure_of(int error, const Endpoint& endpoint) {
    switch (error) {
        case EADDRINUSE:
            return fmt::format("; another program has the port: see `ss -lnptu 'sport = :{}'`",
                               endpoint.port());
        case EACCES:
            return fmt::format(
                "; ports below 1024 need root or CAP_NET_BIND_SERVICE (AmbientCapabilities= in a "
                "systemd unit, or `setcap cap_net_bind_service=+ep` on the program)");
        case EADDRNOTAVAIL:
            return "; no interface of this host has the address: see `ip address`";
        case EAFNOSUPPORT:
            return "; this host has no IPv6";
        case EMFILE:
            return "; the limit of open files is too low: raise it (ulimit -n, LimitNOFILE=)";
        default:
            return "";
    }
}

[[noreturn]] void fail(const char* transport, const Endpoint& endpoint) {
    const int error = errno;
    throw SocketError(fmt::format("cannot listen on {} {}: {}{}", transport, to_string(endpoint),
                                  std::strerror(error), cure_of(error, endpoint)));
}

bool set(const Descriptor& socket, int level, int option, int value) {
    return setsockopt(socket.get(), level, option, &value, sizeof value) == 0;
}

Descriptor open_socket(const Endpoint& endpoint, int type, const char* transport) {
    Descriptor socket(::socket(endpoint.family(), type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!socket) fail(transport, endpoint);
    // An IPv6 socket speaks IPv6 only, so that 0.0.0.0:53 and [::]:53 can stand side by side.
    if (endpoint.is_v6() && !set(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1)) fail(transport, endpoint);
    // A listener must be able to come back while connections of the last run are in TIME_WAIT.
    if (type == SOCK_STREAM && !set(socket, SOL_SOCKET, SO_REUSEADDR, 1)) fail(transport, endpoint);
    return socket;
}

void bind_socket(const Descriptor& socket, const Endpoint& endpoint, const char* transport) {
    if (bind(socket.get(), endpoint.data(), endpoint.size) != 0) fail(transport, endpoint);
}

void share_port(const Descriptor& socket, const Endpoint& endpoint, const char* transport) {
    if (!set(socket, SOL_SOCKET, SO_REUSEPORT, 1)) fail(transport, endpoint);
}

/// Whether the TCP port is free, with its listener closed again. Port 0 becomes one that is.
bool tcp_is_free(Endpoint& endpoint) {
    const Descriptor probe = open_socket(endpoint, SOCK_STREAM, "tcp");
    return bind(probe.get(), endpoint.data(), endpoint.size) == 0 && listen(probe.get(), 1) == 0 &&
           getsockname(probe.get(), endpoint.data(), &endpoint.size) == 0;
}

void claim_free_port(Endpoint& endpoint) {
    for (int attempt = 0; attempt < 100; ++attempt) {
        const Descriptor probe = open_socket(endpoint, SOCK_DGRAM, "udp");
        bind_socket(probe, endpoint, "udp");
        Endpoint bound = endpoint;
        if (getsockname(probe.get(), bound.data(), &bound.size) != 0) fail("udp", endpoint);
        if (!tcp_is_free(bound)) continue;
        endpoint = bound;
        return;
    }
    errno = EADDRINUSE;
    fail("tcp", endpoint);
}

/// Path MTU discovery is left out, so that forged "fragmentation needed" messages cannot make
/// the server fragment its replies where an attacker wants (RFC 9715 3.1).
void ignore_path_mtu(const Descriptor& socket, const Endpoint& endpoint) {
    const bool done = endpoint.is_v6()
                          ? set(socket, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_OMIT)
                          : set(socket, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_OMIT);
    if (!done) fail("udp", endpoint);
}

void report_destination(const Descriptor& socket, const Endpoint& endpoint) {
    const bool done = endpoint.is_v6() ? set(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1)
                                       : set(socket, IPPROTO_IP, IP_PKTINFO, 1);
    if (!done) fail("udp", endpoint);
}

}  // namespace

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

void claim(Endpoint& endpoint) {
    if (endpoint.port() == 0) return claim_free_port(endpoint);
    const Descriptor udp = open_socket(endpoint, SOCK_DGRAM, "udp");
    bind_socket(udp, endpoint, "udp");
    claim_tcp(endpoint);
}

void claim_tcp(Endpoint& endpoint) {
    if (!tcp_is_free(endpoint)) fail("tcp", endpoint);
}

Descriptor open_udp(const Endpoint& endpoint, const SocketBuffers& buffers) {
    Descriptor socket = open_socket(endpoint, SOCK_DGRAM, "udp");
    share_port(socket, endpoint, "udp");
    ignore_path_mtu(socket, endpoint);
    if (endpoint.is_wildcard()) report_destination(socket, endpoint);
    if (buffers.receive > 0) set(socket, SOL_SOCKET, SO_RCVBUF, buffers.receive);
    if (buffers.send > 0) set(socket, SOL_SOCKET, SO_SNDBUF, buffers.send);
    bind_socket(socket, endpoint, "udp");
    return socket;
}

Descriptor open_tcp(const Endpoint& endpoint, int backlog) {
    Descriptor socket = open_socket(endpoint, SOCK_STREAM, "tcp");
    share_port(socket, endpoint, "tcp");
    // Accepted connections inherit it: replies are gathered here, so Nagle would only delay.
    set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
    bind_socket(socket, endpoint, "tcp");
    if (listen(socket.get(), backlog) != 0) fail("tcp", endpoint);
    return socket;
}

}  // namespace portolan::net
