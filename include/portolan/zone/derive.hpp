// From plan to zone: every name of docs/names.md, computed.
//
// The unit of work is one service in one environment (and, beside it, one host, one
// application's own names, one port's PTR, …), so that a change costs its own RRsets:
//
//     derive(plan)                       the sum of all units
//     rederive(zone, before, after)      the units that differ between two plans, nothing else
//
// Both are pure, and give the same zone; a property test holds them together.
#pragma once

#include "portolan/registry/plan.hpp"
#include "portolan/registry/services.hpp"
#include "portolan/zone/zone.hpp"

namespace portolan::zone {

/// Records that are not derived: from the plan's master file. Empty for most plans.
struct ExtraRrset {
    dns::PackedName owner;
    dns::RrsetPtr rrset;
};
using ExtraRrsets = std::vector<ExtraRrset>;

/// The whole zone, with `serial` in its SOA. A plan that is a master file alone gives just its
/// records, serial included. Where the plan has errors (findings), what cannot be expressed is
/// left out; such a plan is never served.
Zone derive(const registry::Plan& plan, const ExtraRrsets& extra, dns::Serial serial);

/// Edits `zone`, which is derive(before, before_extra, …), into derive(after, after_extra, …),
/// touching only the units whose input differs; the serial stays. Returns the number of units
/// derived anew.
std::size_t rederive(Zone& zone, const registry::Plan& before, const ExtraRrsets& before_extra,
                     const registry::Plan& after, const ExtraRrsets& after_extra);

/// Owners that the rest of the program needs to name.
dns::Name host_owner(const registry::Plan& plan, const registry::Environment& environment,
                     std::string_view host);
/// `_hydrogen-ajp._tcp.prod.svc.corp.example`: the main form.
dns::Name service_owner(const registry::Plan& plan, const registry::Service& service);

}  // namespace portolan::zone
