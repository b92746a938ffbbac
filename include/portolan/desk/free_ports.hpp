// Whether a port can be taken: asked of the host that it would be taken on, and of the plans.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "portolan/desk/listeners.hpp"
#include "portolan/desk/port_text.hpp"
#include "portolan/registry/port_map.hpp"

namespace portolan::desk {

enum class PortUse : std::uint8_t { in_use, declared, free };
const char* to_string(PortUse use) noexcept;  // "in use"

/// What the host's kernel does with ports by itself.
struct PortSettings {
    registry::PortRange ephemeral = registry::ephemeral_ports;
    std::vector<registry::PortRange> reserved;  // never given to outgoing connections
    [[nodiscard]] bool is_ephemeral(registry::Port port) const noexcept;
};
/// This machine's (net.ipv4.ip_local_port_range, ip_local_reserved_ports); what cannot be read is
/// Linux's default.
PortSettings port_settings();

/// One port as somebody holds it: by a socket, or by a plan.
struct PortHolder {
    registry::Protocol protocol = registry::Protocol::tcp;
    std::string text;     // "0.0.0.0:80 by nginx (pid 812, user root)", "user-api of apps.example"
    std::string service;  // its label, when a plan has it: "oxygen-snmp"; else ""
    const Listener* listener = nullptr;  // when a socket has it
};

struct PortState {
    registry::Port port = 0;
    PortUse use = PortUse::free;
    std::vector<PortHolder> sockets;
    std::vector<PortHolder> declared;
    std::vector<std::string> ranges;  // of the plans that hold it: "API services" of apps.example
    bool is_ephemeral = false;        // an outgoing connection may take it
};

/// The state of each port asked for, in that order. What the plans declare for `own`, a service's
/// label, does not count as declared: its start script asks. Points into the listeners.
std::vector<PortState> port_states(std::span<const PortText> asked,
                                   std::span<const Listener> listeners,
                                   std::span<const registry::Plan* const> plans,
                                   const PortSettings& settings, std::string_view own);

}  // namespace portolan::desk
