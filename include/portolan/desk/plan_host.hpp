// Which host of a plan a machine is.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "portolan/desk/port_text.hpp"
#include "portolan/registry/plan.hpp"

namespace portolan::desk {

/// A host as one plan has it. Points into the plan.
struct PlanHost {
    const registry::Plan* plan = nullptr;
    const registry::Environment* environment = nullptr;
    const registry::Host* host = nullptr;
};
std::string to_string(const PlanHost& host);  // "jb1.prod of svc.corp.example"

/// What a machine knows of itself.
struct Machine {
    std::string name;  // its host name, "jb1" or "jb1.prod.svc.corp.example"
    std::vector<registry::Address> addresses;
};
Machine this_machine();

using Plans = std::span<const registry::Plan* const>;

/// The host of that name ("jb1", "jb1.prod", "jb1.prod.svc.corp.example") or address, in that
/// environment when one is named. Several, when several plans have the same machine: they share an
/// address. A fault says what is unknown, or between which to choose.
OrFault<std::vector<PlanHost>> find_host(Plans plans, const std::string& text,
                                         const std::string& environment);
/// All hosts that a name or address may mean.
std::vector<PlanHost> hosts_called(Plans plans, const std::string& text,
                                   const std::string& environment = "");
/// The hosts that have one of the machine's addresses; else the one of its name.
OrFault<std::vector<PlanHost>> find_host(Plans plans, const Machine& machine,
                                         const std::string& environment);

}  // namespace portolan::desk
