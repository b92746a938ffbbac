// From a number back to the names: the inverse of the convention's arithmetic.
//
// A claim is one number that the convention assigns: an application, a type and an instance that
// compose to it, whether or not anything is placed there. `claims` goes forward over all of them;
// `claims_at` takes a number apart by its digits, so it costs the same for any size of plan. The
// two agree on every number from 0 to 65535, which a test holds against a third way of counting.
#pragma once

#include <string>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::registry {

/// Ports that platforms use for themselves.
inline constexpr PortRange ephemeral_ports{32768, 60999};  // Linux, net.ipv4.ip_local_port_range
inline constexpr PortRange node_ports{30000, 32767};       // Kubernetes, --service-node-port-range
inline constexpr PortRange system_ports{1, 1023};          // RFC 6335 6; needs a privilege to bind

/// One number that the convention assigns. Points into the Convention.
struct Claim {
    const Application* application = nullptr;
    const PortType* type = nullptr;
    const PortType::PerEnvironment* only_in = nullptr;  // the environment of this id; nullptr: all
    unsigned id = 0;                                    // the type's
    unsigned instance = 0;                              // as the arithmetic counts it
    bool every_instance = false;                        // the same number whatever the instance
    unsigned port = 0;                        // may pass 65535 in a plan that has findings
    [[nodiscard]] std::string text() const;   // "oxygen snmp instance 4", "sodium mcast (prod)"
    [[nodiscard]] std::string label() const;  // "oxygen-snmp"
};

/// Every claim within `instances:`, by application, type, id and instance.
std::vector<Claim> claims(const Convention& convention);
/// The claims on one number, in the same order.
std::vector<Claim> claims_at(const Convention& convention, unsigned port);
/// Whether the claim holds in that environment.
bool holds_in(const Claim& claim, const Environment& environment) noexcept;

/// How the pattern reads a number, whether or not its ids are assigned. Ids of fields that the
/// pattern lacks are 0.
struct Reading {
    unsigned instance = 0;
    unsigned application = 0;
    unsigned type = 0;
};
/// nullopt when the number has more digits than the pattern, or other fixed digits.
std::optional<Reading> read_port(const Pattern& pattern, unsigned port) noexcept;

/// "4 (instance) 08 (oxygen) 05 (snmp)": the pattern's parts from the left, each with its digits
/// and what they mean, an id that nobody has included.
std::string arithmetic(const Convention& convention, const Reading& reading);

/// The plan's own ports in the registry, with where each is said.
struct NamedUse {
    const NamedService* service = nullptr;
    const NamedPort* port = nullptr;            // whose protocol and name it is
    const PlannedEndpoint* endpoint = nullptr;  // set when only this endpoint uses the number
    Port number = 0;
    Place place;
    [[nodiscard]] std::string label() const;
};
std::vector<NamedUse> named_uses(const Plan& plan);

/// "40101-40106,40201": ascending, runs joined, as sysctl and firewalls take them.
std::string compact_ranges(std::vector<unsigned> ports);
/// "net.ipv4.ip_local_reserved_ports = 40101-40106,…": keeps the kernel's hands off them.
std::string reserved_ports_line(std::vector<unsigned> ports);

}  // namespace portolan::registry
