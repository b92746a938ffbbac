// What listens on a host, held against what its plans have there.
//
// A port alone tells most: the plan says whose it is, and on which hosts that runs. Who has it,
// only its process can tell, and not always: ten Tomcats are all called java. So a process is
// only doubted where its name, or a folder of its command line, is the name of another
// application of the plan.
//
//     unknown-listener    no plan has the port in this environment
//     wrong-application   its port is somebody's who is not placed here; or its name is another's
//     wrong-instance      its port is another instance's, of somebody who is placed here
//     wrong-protocol      the plan has the port here, over another protocol
//     missing             planned here, and nobody listens
//     loopback-only       planned here for others, and only this host reaches it
//     wrong-address       planned here, bound to an address that the plan does not give the host
//     every-address       planned here, bound to all addresses: a note
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "portolan/desk/listeners.hpp"
#include "portolan/desk/plan_host.hpp"
#include "portolan/desk/port_text.hpp"
#include "portolan/registry/port_map.hpp"

namespace portolan::desk {

struct HostFinding {
    registry::Severity severity = registry::Severity::error;
    std::string rule;
    std::string message;
    std::string cure;
    std::vector<std::string> ports;               // "10104/tcp"
    std::string service;                          // whose they are by the plan; "" for nobody's
    const registry::Plan* plan = nullptr;         // that says so …
    registry::Place place{};                      // … there
    std::vector<const Listener*> listeners = {};  // none when it is missing
};

/// How the listeners were seen.
struct HostTerms {
    std::vector<PortText> allowed;  // what may listen, whatever the plans say
    /// From outside, by trying the plans' TCP ports: no processes, no UDP, no addresses.
    bool is_remote = false;
    std::set<registry::Port> silent = {};  // neither open nor refused, when tried from outside
    registry::PortRange ephemeral = registry::ephemeral_ports;  // of the host
};

struct HostReport {
    std::vector<HostFinding> findings;  // by gravity, then port
    std::size_t listeners = 0;          // seen, those of one process at one port counted once
    std::size_t planned = 0;            // of these, where the plans have them
};

/// `hosts` is one machine, as one or more plans have it. The report points into plans and
/// listeners.
HostReport judge_host(std::span<const PlanHost> hosts, std::span<const Listener> listeners,
                      const HostTerms& terms);

/// The TCP ports that the plans declare in those hosts' environments, placed there or not: what a
/// scan from outside tries.
std::vector<registry::Port> declared_ports(std::span<const PlanHost> hosts);

}  // namespace portolan::desk
