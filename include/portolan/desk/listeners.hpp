// What listens on a host: its sockets, each with the processes that hold it.
//
// Two sources say the same: the kernel of this machine (`listeners`), and what `ss -H -tulnp`
// printed on any machine (`read_ss`). A process of somebody else is only seen by root; without it
// a socket still has its user.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::desk {

struct Process {
    std::uint32_t id = 0;
    std::string name;                    // as the kernel has it, 15 octets at most
    std::vector<std::string> arguments;  // its command line; empty when that is not known
    std::string user;
};

struct Listener {
    registry::Protocol protocol = registry::Protocol::tcp;
    registry::Address address;  // all zero: every address of its family
    bool is_of_both = false;    // "::" that takes IPv4 too
    registry::Port port = 0;
    bool is_listening = true;  // false: connections hold the port, and nobody listens
    std::string user{};        // the socket's; "" when it is not known
    std::vector<Process> processes{};

    [[nodiscard]] bool is_on_every_address() const noexcept;
    [[nodiscard]] bool is_on_loopback() const noexcept;  // and so reached from its host alone
};

/// "0.0.0.0:80", "[::1]:53", "*:8080" where one socket has both families.
std::string endpoint_text(const Listener& listener);
/// "nginx (pid 812 and 4 more, user root)", "a process of user tomcat", "a process".
std::string holders_text(const Listener& listener);

/// The IPv4 address that an IPv6 socket shows as ::ffff:10.0.0.1 (RFC 4291 2.5.5.2); others as they
/// are.
registry::Address without_mapping(const registry::Address& address) noexcept;

/// Workers that share a port (SO_REUSEPORT) hold a socket each: one listener with all of them. By
/// port, protocol and address.
std::vector<Listener> joined(std::vector<Listener> all);

/// The kernel does not tell of its sockets; what() says why and what to do.
struct NoListeners : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The sockets of this machine (of this network namespace) that listen: TCP, and UDP without a
/// peer; IPv4 and IPv6; by port, protocol and address. Throws NoListeners.
std::vector<Listener> listeners();
/// The same, and whatever else keeps somebody from binding a port: connections, too, where nobody
/// listens. Those that are over (TIME_WAIT) do not: servers set SO_REUSEADDR.
std::vector<Listener> holders_of_ports();

/// What `ss -H -tulnp` prints, with or without -p and -H; # begins a comment.
struct SsText {
    std::vector<Listener> listeners;
    std::vector<std::string> skipped;  // "line 7: …": what it is not, and why
};
SsText read_ss(std::string_view text);

}  // namespace portolan::desk
