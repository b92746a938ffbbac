#include "portolan/zone/touched.hpp"

#include <algorithm>
#include <map>

namespace portolan::zone {
namespace {

using registry::Registry;

bool is_on(const registry::Placement& placement, std::string_view host) {
    return std::ranges::any_of(placement.instances,
                               [host](const auto& placed) { return placed.host == host; });
}

/// The PTR set without some owners and with others; nullptr when nothing is left.
dns::RrsetPtr edited(const dns::Rrset* set, std::uint32_t ttl,
                     const std::vector<dns::NameView>& gone,
                     const std::vector<dns::NameView>& come) {
    std::vector<dns::Octets> rdatas;
    if (set != nullptr) {
        for (const dns::OctetView rdata : *set) {
            if (std::ranges::find(gone, dns::NameView(rdata)) != gone.end()) continue;
            rdatas.emplace_back(rdata.begin(), rdata.end());
        }
    }
    for (const auto name : come) rdatas.emplace_back(name.octets().begin(), name.octets().end());
    if (rdatas.empty()) return nullptr;
    return dns::make_rrset(dns::Type::ptr, dns::Ttl{ttl}, std::move(rdatas));
}

}  // namespace

Touched::Touched(const Registry& before, std::span<const registry::Change> changes) {
    for (const auto& change : changes) {
        std::visit([&](const auto& said) { touch(before, said); }, change);
    }
    before_ = state(before);
}

void Touched::touch(const Registry& registry, const registry::EndpointsChange& change) {
    const auto* environment = registry.plan.environment(change.environment);
    if (environment == nullptr) return;
    touch_service(registry, *environment, change.service, change.protocol);
    const auto touch_all = [&](const std::vector<registry::AnnouncedEndpoint>& endpoints) {
        for (const auto& each : endpoints) announced_.emplace(environment, each.address);
    };
    touch_all(change.endpoints);
    const auto* before =
        registry.live.endpoints(environment->name, change.service, change.protocol);
    if (before != nullptr) touch_all(*before);
}

void Touched::touch(const Registry& registry, const registry::VerdictsChange& change) {
    const auto* environment = registry.plan.environment(change.environment);
    if (environment != nullptr) {
        touch_service(registry, *environment, change.service, change.protocol);
    }
}

void Touched::touch_service(const Registry& registry, const registry::Environment& environment,
                            std::string_view label, registry::Protocol protocol) {
    const auto service = locate(registry.plan, environment, label, protocol);
    if (!service) return;
    services_.emplace(&environment, *service);
    if (service->type != nullptr && service->type->across) {
        unions_.emplace(&environment, service->type);
    }
    if (is_browsed(registry.plan, *service)) {
        service_types_.emplace(&environment, service_type(*service));
    }
    if (service->named != nullptr) published_.insert(service->named);
}

/// Those who announced endpoints there have another host now.
void Touched::touch_addresses(const Registry& registry, const registry::Environment& environment,
                              std::span<const registry::Address> addresses) {
    const auto* announcers = registry.live.announcers(environment.name);
    if (announcers == nullptr) return;
    for (const auto& address : addresses) {
        const auto found = announcers->find(address);
        if (found == announcers->end()) continue;
        announced_.emplace(&environment, address);
        for (const auto& [label, protocol] : found->second) {
            touch_service(registry, environment, label, protocol);
        }
    }
}

void Touched::touch(const Registry& registry, const registry::AddressesChange& change) {
    const auto* environment = registry.plan.environment(change.environment);
    const auto* host = environment == nullptr ? nullptr : environment->host(change.host);
    if (host == nullptr) return;
    touch_addresses(registry, *environment, addresses_of(registry, *environment, *host));
    touch_addresses(
        registry, *environment,
        change.addresses ? *change.addresses : addresses_of(registry.plan, *environment, *host));
    hosts_.emplace(environment, host);
    if (!registry.plan.convention) return;
    for (const auto& placement : environment->placements) {
        if (!is_on(placement, host->name)) continue;
        if (const auto* own = registry.plan.application(placement.subject); own != nullptr) {
            applications_.emplace(environment, own);
        } else if (placement.subject == "default") {
            for (const auto& each : registry.plan.convention->applications) {
                if (environment->placement(each.name) == &placement) {
                    applications_.emplace(environment, &each);
                }
            }
        }
    }
}

Touched::State Touched::state(const Registry& registry) const {
    State state;
    for (const auto& [environment, key] : services_) {
        const auto service = resolve(registry, *environment, key);
        add_service_units(registry, service, state.units);
        const dns::PackedName owner = service_owner(registry.plan, service);
        for (const unsigned number : ports_of(service)) {
            state.ports.insert({environment, number, service.protocol, owner});
        }
    }
    for (const auto& [environment, type] : unions_) {
        add_union_units(registry, *environment, *type, state.units);
    }
    for (const auto& [environment, type] : service_types_) {
        add_browse_units(registry, *environment, type, state.units);
    }
    for (const auto* named : published_) add_published_units(registry, *named, state.units);
    for (const auto& [environment, host] : hosts_) {
        add_host_units(registry, *environment, *host, state.units);
    }
    for (const auto& [environment, address] : announced_) {
        add_announced_units(registry, *environment, address, state.units);
    }
    for (const auto& [environment, application] : applications_) {
        add_instance_units(registry, *environment, *application, state.units);
    }
    return state;
}

std::vector<Change> Touched::changes(const Registry& after, const FindRrset& served) const {
    const State now = state(after);
    std::vector<Change> changes = differences(before_.units, now.units);
    const auto own = changes.size();
    add_port_changes(after, now.ports, served, changes);
    if (changes.size() > own) {
        std::ranges::sort(changes, [](const Change& a, const Change& b) {
            return std::tie(a.owner, a.type) < std::tie(b.owner, b.type);
        });
    }
    return changes;
}

void Touched::add_port_changes(const Registry& after, const std::set<Held>& now,
                               const FindRrset& served, std::vector<Change>& changes) const {
    struct Edit {
        std::vector<dns::NameView> gone, come;
    };
    std::map<std::tuple<const registry::Environment*, unsigned, registry::Protocol>, Edit> edits;
    for (const auto& held : before_.ports) {
        if (now.contains(held)) continue;
        edits[{held.environment, held.number, held.protocol}].gone.push_back(held.service);
    }
    for (const auto& held : now) {
        if (before_.ports.contains(held)) continue;
        edits[{held.environment, held.number, held.protocol}].come.push_back(held.service);
    }
    for (const auto& [key, edit] : edits) {
        const auto& [environment, number, protocol] = key;
        const auto owner = port_owner(after.plan, *environment, number, protocol);
        if (!owner) continue;
        dns::RrsetPtr before(served(*owner, dns::Type::ptr));
        dns::RrsetPtr next =
            edited(before.get(), after.plan.ttls.infrastructure, edit.gone, edit.come);
        changes.push_back({*owner, dns::Type::ptr, std::move(before), std::move(next)});
    }
}

}  // namespace portolan::zone
