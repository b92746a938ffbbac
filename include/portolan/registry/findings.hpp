// Findings on ports: everything that arithmetic can prove or refute about a plan.
#pragma once

#include <chrono>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::registry {

/// Checks the plan's ports, ids, hosts, ranges and environments (names and answer sizes are
/// zone/findings.hpp's). Pure; reports everything at once, in plan order.
Findings check_ports(const Plan& plan);

/// A finding with the numbers that it is about; none when it is about something else.
struct PortFinding {
    Finding finding;
    std::vector<unsigned> ports{};
};
/// What `check_ports` finds.
std::vector<PortFinding> port_findings(const Plan& plan);

/// What is needed no more by its `until:`, or not for long, on that day. What is past its day is
/// served as before: nothing may break because a day has come.
Findings check_dates(const Plan& plan, std::chrono::year_month_day today);

/// Findings that need several plans at once: one zone twice, one address in environments of two
/// zones, one multicast group and port in two zones.
Findings check_together(const std::vector<const Plan*>& plans);

}  // namespace portolan::registry
