// The ports of an environment as one of its hosts sees them: its own, and the others'.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "portolan/desk/plan_host.hpp"

namespace portolan::desk {

struct PlannedPort {
    const PlanHost* at = nullptr;  // the host that asks
    std::string service;           // "hydrogen-ajp"
    std::string subject;           // "hydrogen"
    std::string kind;              // "ajp"; "" for a registry entry without
    unsigned instance = 0;         // 0: of none
    std::string host;              // whose it is; "" when it is placed nowhere
    registry::Protocol protocol = registry::Protocol::tcp;
    registry::Port port = 0;
    bool is_group = false;  // of a multicast group: bound by all members, and connected to by none
    bool is_public = true;  // clients find it in DNS
    registry::Place place{};                 // where the plan says so
    [[nodiscard]] std::string text() const;  // "hydrogen ajp instance 1"
};

using ProtocolPort = std::pair<registry::Protocol, registry::Port>;
using PlannedPorts = std::multimap<ProtocolPort, PlannedPort>;

struct PortsAround {
    PlannedPorts here;
    PlannedPorts elsewhere;  // in the same environment; placed on other hosts
};
/// Points to the host and into its plan.
PortsAround ports_around(const PlanHost& host);

/// What the plan assigns to the port in the host's environment, without a place for it there.
std::vector<PlannedPort> unplaced_at(const PlanHost& host, ProtocolPort port);

}  // namespace portolan::desk
