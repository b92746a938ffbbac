// What units of several kinds are made of.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

#include "portolan/zone/units.hpp"

namespace portolan::zone {

/// RDATA of a TXT record: each string cut into <character-string>s of at most 255 octets. `scratch`
/// saves who makes many of them an allocation for each.
dns::OctetView text_rdata(std::span<const std::string_view> strings, dns::Octets& scratch,
                          Units& units);
inline dns::OctetView text_rdata(std::initializer_list<std::string_view> strings,
                                 dns::Octets& scratch, Units& units) {
    return text_rdata(std::span(strings.begin(), strings.size()), scratch, units);
}

/// The SRV record of an endpoint; nullopt when it has none, for which there is a finding.
std::optional<ServiceUnit::Member> member_of(const registry::Plan& plan,
                                             const registry::Endpoint& endpoint, Units& units);

/// What the environment has for browsing, of services that were resolved already, added to `units`.
void add_all_browse_units(const registry::Registry& registry,
                          const registry::Environment& environment,
                          std::span<const registry::Service> services, Units& units);
/// Where to browse, at the apex.
void add_browse_domains(const registry::Plan& plan, Units& units);

}  // namespace portolan::zone
