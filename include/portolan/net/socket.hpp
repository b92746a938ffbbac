// Opening the server's sockets. Everything that can go wrong with an address goes wrong here,
// before any thread starts.
#pragma once

#include <stdexcept>
#include <utility>

#include "portolan/net/endpoint.hpp"

namespace portolan::net {

/// A file descriptor that closes itself.
class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int number) noexcept : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor();

    [[nodiscard]] int get() const noexcept { return number_; }
    [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }
    explicit operator bool() const noexcept { return number_ >= 0; }

private:
    int number_ = -1;
};

/// A socket could not be opened; what() says which, why, and what to do.
struct SocketError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Kernel buffers in octets; 0 leaves the system's default.
struct SocketBuffers {
    int receive = 0;
    int send = 0;
};

/// Makes sure that nobody else holds the endpoint, and replaces port 0 by a port that is free
/// for UDP and TCP both. Needed because SO_REUSEPORT, by which the workers share the port, would
/// let a second server of the same user take half of the queries in silence.
void claim(Endpoint& endpoint);  // throws SocketError
/// The same for TCP alone.
void claim_tcp(Endpoint& endpoint);  // throws SocketError

/// A bound UDP socket, non-blocking. One a worker; the kernel spreads clients over them
/// (SO_REUSEPORT). On wildcard endpoints it reports the address that each datagram was sent to.
Descriptor open_udp(const Endpoint& endpoint, const SocketBuffers& buffers);  // throws SocketError

/// A listening TCP socket, non-blocking, one a worker likewise.
Descriptor open_tcp(const Endpoint& endpoint, int backlog);  // throws SocketError

}  // namespace portolan::net
