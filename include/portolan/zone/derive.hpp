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

#include "portolan/registry/services.hpp"
#include "portolan/zone/diff.hpp"
#include "portolan/zone/records.hpp"
#include "portolan/zone/sets.hpp"
#include "portolan/zone/zone.hpp"

namespace portolan::zone {

/// A plan is derived in sections that know nothing of each other: the apex, each environment, and
/// what is published at the apex. Several threads may do so at once.
std::size_t section_count(const registry::Plan& plan) noexcept;
Units section_units(const registry::Registry& registry, std::size_t section);

/// About how many names the zone will have, empty non-terminals included; rather more than fewer.
std::size_t estimate_names(const registry::Plan& plan, const Records& extra);

/// Calls for every owner of the zone with sets of it, section by section and then the master
/// file's; an owner may come again with sets of other types. The SOA of a derived zone has serial
/// 0; that of a plan that is a master file alone is the file's. Where the plan has errors
/// (findings), what cannot be expressed is left out; such a plan is never served.
void for_each_owner(const registry::Registry& registry, const Records& extra,
                    const VisitOwner& visit);

/// The whole zone as a value, with `serial` in a derived SOA.
Zone derive(const registry::Registry& registry, const Records& extra, dns::Serial serial);

/// The same in parts, an environment at a time, whose nodes one after another are the zone's in
/// canonical order. The first has the SOA.
void derive_in_parts(const registry::Registry& registry, const Records& extra, dns::Serial serial,
                     const std::function<void(const Zone& part)>& visit);

/// What turns the zone of `before` into that of `after`, in canonical order of owners, then by
/// type; only units whose input differs are derived. Serials of derived SOAs count as equal, and
/// a changed derived SOA comes with serial 0.
std::vector<Change> changes(const registry::Registry& before, const Records& before_extra,
                            const registry::Registry& after, const Records& after_extra);

/// The sets of units that only one of two lists has, or that each has in its own way; in the order
/// of `changes`.
std::vector<Change> differences(const Units& before, const Units& after);

/// Applies changes to a zone.
void apply(Zone& zone, const std::vector<Change>& changes);

/// Owners that the rest of the program needs to name.
dns::Name host_owner(const registry::Plan& plan, const registry::Environment& environment,
                     std::string_view host);
/// `_hydrogen-ajp._tcp.prod.svc.corp.example`: the main form.
dns::Name service_owner(const registry::Plan& plan, const registry::Service& service);

}  // namespace portolan::zone
