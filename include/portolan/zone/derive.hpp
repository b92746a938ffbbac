// From plan to zone: every name of docs/names.md, computed.
//
// The unit of work is one service in one environment (and, beside it, one host, one
// application's own names, one port's PTR, …), so that a change costs its own RRsets:
//
//     derive(registry)           the sum of all units
//     changes(before, after)     the units that differ between two registries, nothing else
//
// Both are pure, and agree: derive(before) with the changes applied is derive(after). A property
// test holds them together.
#pragma once

#include <functional>

#include "portolan/registry/plan.hpp"
#include "portolan/registry/services.hpp"
#include "portolan/zone/diff.hpp"
#include "portolan/zone/records.hpp"
#include "portolan/zone/zone.hpp"

namespace portolan::zone {

/// Calls for every RRset of the zone, those of an owner mostly one behind the other. The SOA of a
/// derived zone has serial 0; that of a plan that is a master file alone is the file's. Where the
/// plan has errors (findings), what cannot be expressed is left out; such a plan is never served.
void for_each_rrset(const registry::Registry& registry, const Records& extra,
                    const std::function<void(dns::NameView owner, const dns::RrsetPtr&)>& visit);

/// The whole zone as a value, with `serial` in a derived SOA.
Zone derive(const registry::Registry& registry, const Records& extra, dns::Serial serial);

/// What turns the zone of `before` into that of `after`, in canonical order of owners, then by
/// type; only units whose input differs are derived. Serials of derived SOAs count as equal, and
/// a changed derived SOA comes with serial 0.
std::vector<Change> changes(const registry::Registry& before, const Records& before_extra,
                            const registry::Registry& after, const Records& after_extra);

/// Applies changes to a zone.
void apply(Zone& zone, const std::vector<Change>& changes);

/// Owners that the rest of the program needs to name.
dns::Name host_owner(const registry::Plan& plan, const registry::Environment& environment,
                     std::string_view host);
/// `_hydrogen-ajp._tcp.prod.svc.corp.example`: the main form.
dns::Name service_owner(const registry::Plan& plan, const registry::Service& service);

}  // namespace portolan::zone
