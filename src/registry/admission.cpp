#include "portolan/registry/admission.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "portolan/dns/presentation.hpp"
#include "portolan/registry/port_map.hpp"
#include "portolan/registry/services.hpp"
#include "portolan/registry/suggest.hpp"

namespace portolan::registry {
namespace {

using Kind = Refusal::Kind;

/// An environment of one of the plans.
struct Spot {
    const Registry* registry = nullptr;
    const Environment* environment = nullptr;
};
using Spots = std::vector<Spot>;

std::string zone_text(const Plan& plan) {
    std::string text = dns::to_text(plan.zone.value);
    if (text.size() > 1) text.pop_back();
    return text;
}

std::string text_of(const Spot& spot) {
    return fmt::format("{} of {}", spot.environment->name, zone_text(spot.registry->plan));
}

std::string text_of(const Spots& spots) {
    std::vector<std::string> all;
    for (const auto& each : spots) all.push_back(text_of(each));
    return fmt::format("{}", fmt::join(all, ", "));
}

std::string joined(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, ", "));
}

/// Behind a sentence: which of the names was meant, or which there are.
std::string hint(std::string_view typed, const std::vector<std::string_view>& candidates) {
    const std::string words = did_you_mean(typed, candidates);
    return words.empty() ? "" : ". " + words.substr(0, words.find_last_not_of('.') + 1);
}

bool holds(const Environment& environment, const Address& address) {
    return std::ranges::any_of(
        environment.networks, [&](const auto& network) { return network.value.contains(address); });
}

bool is_dynamic_in(const Plan& plan, const Environment& environment, std::string_view service) {
    if (!plan.dynamic ||
        std::ranges::find(plan.dynamic->names, service) == plan.dynamic->names.end())
        return false;
    const auto& where = plan.dynamic->environments;
    return where.empty() || std::ranges::any_of(where, [&](const auto& each) {
               return environment.is_called(each.value);
           });
}

/// The protocols to look for a service under: the one that was said, else all, TCP first.
std::span<const Protocol> protocols_of(const std::optional<Protocol>& said) {
    static constexpr std::array all{Protocol::tcp, Protocol::udp, Protocol::sctp, Protocol::dccp};
    if (!said) return all;
    return std::span(all).subspan(static_cast<std::size_t>(*said), 1);
}

/// A service of an environment, as an announcement means it.
struct Meant {
    Spot spot;
    Protocol protocol = Protocol::tcp;
    bool is_dynamic = false;
    std::optional<Service> declared;  // unless it is dynamic
};

std::optional<Meant> meant_in(const Spot& spot, const Announcement& announcement) {
    if (is_dynamic_in(spot.registry->plan, *spot.environment, announcement.service)) {
        return Meant{spot, announcement.protocol.value_or(Protocol::tcp), true, {}};
    }
    for (const auto protocol : protocols_of(announcement.protocol)) {
        auto found =
            find_service(*spot.registry, *spot.environment, announcement.service, protocol);
        if (found) return Meant{spot, protocol, false, std::move(found)};
    }
    return std::nullopt;
}

// --- the environment ----------------------------------------------------------------------------

Spots all_spots(std::span<const Registry> registries) {
    Spots spots;
    for (const auto& registry : registries)
        for (const auto& environment : registry.plan.environments)
            spots.push_back({&registry, &environment});
    return spots;
}

template <class Test>
Spots those(const Spots& spots, const Test& test) {
    Spots kept;
    std::ranges::copy_if(spots, std::back_inserter(kept), test);
    return kept;
}

OrRefusal<Spots> named_spots(const Spots& spots, const Announcement& announcement,
                             const Entitlement& entitlement) {
    const auto& name = announcement.environment;
    Spots named = those(spots, [&](const Spot& each) { return each.environment->is_called(name); });
    if (named.empty()) {
        std::vector<std::string_view> known;
        for (const auto& each : spots) {
            if (std::ranges::find(known, each.environment->name) == known.end())
                known.push_back(each.environment->name);
        }
        return Refusal{Kind::malformed,
                       fmt::format("no plan has an environment {}{}", name, hint(name, known))};
    }
    Spots allowed =
        those(named, [&](const Spot& each) { return entitlement.covers(*each.environment); });
    if (!allowed.empty()) return allowed;
    return Refusal{Kind::forbidden,
                   fmt::format("token {} is for {}, not for {}", entitlement.token,
                               joined(entitlement.environments), named.front().environment->name)};
}

/// Without a word on it, the token or the address must tell.
OrRefusal<Spots> unnamed_spots(const Spots& spots, const Announcement& announcement,
                               const Entitlement& entitlement) {
    Spots allowed =
        those(spots, [&](const Spot& each) { return entitlement.covers(*each.environment); });
    if (entitlement.environments.size() == 1) return allowed;
    Spots holding = those(
        allowed, [&](const Spot& each) { return holds(*each.environment, announcement.address); });
    if (!holding.empty()) return holding;
    return Refusal{Kind::malformed,
                   fmt::format("which environment {} is in cannot be told: no environment's "
                               "networks hold it. Name the environment in Meta.environment",
                               to_string(announcement.address))};
}

Refusal unknown_service(std::span<const Registry> registries, const Spots& spots,
                        const Announcement& announcement) {
    std::vector<std::string> known;
    for (const auto& spot : spots) {
        for (const auto& each : services_of(*spot.registry, *spot.environment))
            known.push_back(each.label());
        if (!spot.registry->plan.dynamic) continue;
        for (const auto& each : spot.registry->plan.dynamic->names) {
            if (is_dynamic_in(spot.registry->plan, *spot.environment, each)) known.push_back(each);
        }
    }
    const Spots elsewhere = those(all_spots(registries), [&](const Spot& each) {
        return meant_in(each, announcement).has_value();
    });
    const std::string protocol =
        announcement.protocol ? fmt::format("/{}", to_string(*announcement.protocol)) : "";
    const std::string reason = fmt::format("the plan has no service {}{} in {}",
                                           announcement.service, protocol, text_of(spots));
    if (!elsewhere.empty())
        return {Kind::forbidden, fmt::format("{}, only in {}", reason, text_of(elsewhere))};
    std::vector<std::string_view> names(known.begin(), known.end());
    const auto near = closest(announcement.service, names);
    return {Kind::forbidden,
            near ? fmt::format("{}. Did you mean \"{}\"?", reason, *near)
                 : reason + ". Declare it there, or list it in the plan's dynamic: names"};
}

OrRefusal<Meant> find_meant(std::span<const Registry> registries, const Announcement& announcement,
                            const Entitlement& entitlement) {
    const Spots every = all_spots(registries);
    const auto spots = announcement.environment.empty()
                           ? unnamed_spots(every, announcement, entitlement)
                           : named_spots(every, announcement, entitlement);
    if (!spots) return spots.error();
    std::vector<Meant> found;
    Spots where;
    for (const auto& spot : *spots) {
        auto meant = meant_in(spot, announcement);
        if (!meant) continue;
        found.push_back(*std::move(meant));
        where.push_back(spot);
    }
    if (found.empty()) return unknown_service(registries, *spots, announcement);
    if (found.size() == 1) return std::move(found.front());
    const bool one_name = std::ranges::all_of(where, [&](const Spot& each) {
        return each.environment->name == where.front().environment->name;
    });
    return Refusal{Kind::malformed,
                   fmt::format("{} could be meant in {}; {}", announcement.service, text_of(where),
                               one_name ? "a name that registers must be in one plan alone"
                                        : "say which in Meta.environment")};
}

// --- address and port ---------------------------------------------------------------------------

std::optional<Refusal> fault_of_address(const Spot& spot, const Announcement& announcement) {
    const auto& address = announcement.address;
    const bool is_unspecified = std::ranges::all_of(address.octets, [](auto o) { return o == 0; });
    if (is_unspecified || address.is_multicast()) {
        return Refusal{Kind::malformed,
                       fmt::format("{} is {}, not the address of a host", to_string(address),
                                   is_unspecified ? "unspecified" : "a multicast group")};
    }
    const auto& environment = *spot.environment;
    if (holds(environment, address)) return std::nullopt;
    if (environment.is_outside_networks(address)) {
        std::vector<std::string> networks;
        for (const auto& each : environment.networks) networks.push_back(to_string(each.value));
        return Refusal{Kind::forbidden,
                       fmt::format("{} is outside the networks of {}: {}", to_string(address),
                                   environment.name, joined(networks))};
    }
    for (const auto& other : spot.registry->plan.environments) {
        if (!holds(other, address)) continue;
        return Refusal{Kind::forbidden,
                       fmt::format("{} is in the networks of {}, not of {}", to_string(address),
                                   other.name, environment.name)};
    }
    return std::nullopt;
}

std::string text_of(const PortRange& ports) {
    return fmt::format("{}-{}", ports.first, ports.last);
}

std::optional<Refusal> fault_of_composed_port(const Meant& meant, Port port) {
    const auto& service = *meant.declared;
    const auto& environment = *meant.spot.environment;
    if (service.type->multicast) {
        return Refusal{Kind::forbidden,
                       fmt::format("{} is multicast: its endpoint is the group that the plan gives",
                                   service.label())};
    }
    const auto all = claims_at(*meant.spot.registry->plan.convention, port);
    const bool is_its_own = std::ranges::any_of(all, [&](const Claim& each) {
        return each.application == service.application && each.type == service.type &&
               holds_in(each, environment);
    });
    if (is_its_own) return std::nullopt;
    return Refusal{Kind::forbidden,
                   fmt::format("{} is no port of {}: the convention gives it {} for instance 1",
                               port, service.label(),
                               port_of(*meant.spot.registry->plan.convention, *service.application,
                                       *service.type, 1, &environment)
                                   .value_or(0))};
}

std::optional<Refusal> fault_of_named_port(const Meant& meant, Port port) {
    const auto& named = *meant.declared->named;
    const auto& own = meant.declared->port->port;
    const auto& category = named.range.value;
    if (own == port || (!own && category.empty())) return std::nullopt;
    const auto& ranges = meant.spot.registry->plan.ranges;
    const auto range = std::ranges::find(ranges, category, &Range::name);
    if (range == ranges.end()) {
        if (!own) return std::nullopt;
        return Refusal{Kind::forbidden, fmt::format("{} is not the port of {}, which has {}", port,
                                                    meant.declared->label(), *own)};
    }
    if (range->ports.contains(port)) return std::nullopt;
    return Refusal{Kind::forbidden,
                   fmt::format("{} is outside the range of {}: {} has {}", port,
                               meant.declared->label(), category, text_of(range->ports))};
}

std::optional<Refusal> fault_of_port(const Meant& meant, const Announcement& announcement) {
    if (announcement.port == 0) {
        return Refusal{Kind::malformed, "port 0 is not one that a client can connect to"};
    }
    if (meant.is_dynamic) {
        const auto& ports = meant.spot.registry->plan.dynamic->ports;
        if (ports.contains(announcement.port)) return std::nullopt;
        return Refusal{Kind::forbidden, fmt::format("{} is outside the plan's dynamic: ports {}",
                                                    announcement.port, text_of(ports))};
    }
    return meant.declared->type != nullptr ? fault_of_composed_port(meant, announcement.port)
                                           : fault_of_named_port(meant, announcement.port);
}

// --- conflicts ----------------------------------------------------------------------------------

const Host* host_at(const Registry& registry, const Environment& environment,
                    const Address& address) {
    const bool is_said = registry.live.speaks_of(environment.name);
    for (const auto& host : environment.hosts) {
        if (is_said) {
            const auto now = addresses_of(registry, environment, host);
            if (std::ranges::find(now, address) != now.end()) return &host;
        } else if (std::ranges::any_of(host.addresses,
                                       [&](const auto& each) { return each.value == address; })) {
            return &host;
        }
    }
    return nullptr;
}

bool may_use(const NamedService& service, Port number) {
    return std::ranges::any_of(service.ports, [&](const auto& p) { return p.port == number; }) ||
           std::ranges::any_of(service.endpoints, [&](const auto& e) { return e.port == number; });
}

/// The services that the plan has at that number, whichever host they are on.
std::vector<Service> services_at(const Registry& registry, const Environment& environment,
                                 Port number) {
    std::vector<Service> services;
    const Plan& plan = registry.plan;
    if (plan.convention) {
        for (const auto& claim : claims_at(*plan.convention, number)) {
            if (!holds_in(claim, environment)) continue;
            services.push_back(resolve(registry, environment, *claim.application, *claim.type));
        }
    }
    for (const auto& named : plan.services) {
        if (!may_use(named, number) || !is_declared(named, environment)) continue;
        for (const auto& port : named.ports)
            services.push_back(resolve(registry, environment, named, port));
    }
    return services;
}

/// The service's endpoint there; one that is down holds its port as well.
const Endpoint* endpoint_at(const Service& service, const Host& host, Port port) {
    for (const auto* endpoints : {&service.endpoints, &service.withheld}) {
        for (const auto& each : *endpoints)
            if (each.host == &host && each.port == port) return &each;
    }
    return nullptr;
}

std::optional<Refusal> conflict(const Meant& meant, const Announcement& announcement,
                                const RegisteredHolder& holder) {
    const std::string where = fmt::format(
        "{}/{}", endpoint_text(announcement.address, announcement.port), to_string(meant.protocol));
    if (const auto other = holder(announcement.address, announcement.port, meant.protocol))
        return Refusal{Kind::conflict, fmt::format("{} is registered by {}", where, *other)};
    const auto& [registry, environment] = meant.spot;
    const Host* host = host_at(*registry, *environment, announcement.address);
    if (host == nullptr) return std::nullopt;
    for (const auto& service : services_at(*registry, *environment, announcement.port)) {
        if (service.protocol != meant.protocol || service.label() == announcement.service) continue;
        const auto* planned = endpoint_at(service, *host, announcement.port);
        if (planned == nullptr) continue;
        return Refusal{Kind::conflict,
                       fmt::format("{} is {}'s on {}, by the plan ({})", where, service.label(),
                                   host->name, registry->plan.text(planned->place))};
    }
    return std::nullopt;
}

}  // namespace

bool Entitlement::covers_service(std::string_view service) const noexcept {
    return services.empty() || std::ranges::find(services, service) != services.end();
}

bool Entitlement::covers(const Environment& environment) const noexcept {
    return environments.empty() || std::ranges::any_of(environments, [&](const auto& each) {
               return environment.is_called(each);
           });
}

OrRefusal<Registration> admit(std::span<const Registry> registries, Announcement announcement,
                              const Entitlement& entitlement, const RegisteredHolder& holder) {
    if (!entitlement.covers_service(announcement.service)) {
        return Refusal{Kind::forbidden,
                       fmt::format("token {} is for {}, not for {}", entitlement.token,
                                   joined(entitlement.services), announcement.service)};
    }
    const auto meant = find_meant(registries, announcement, entitlement);
    if (!meant) return meant.error();
    if (auto fault = fault_of_address(meant->spot, announcement)) return *std::move(fault);
    if (auto fault = fault_of_port(*meant, announcement)) return *std::move(fault);
    if (auto fault = conflict(*meant, announcement, holder)) return *std::move(fault);
    Registration admitted;
    admitted.said = std::move(announcement);
    admitted.zone = meant->spot.registry->plan.zone.value;
    admitted.environment = meant->spot.environment->name;
    admitted.protocol = meant->protocol;
    admitted.said.environment = admitted.environment;
    admitted.said.protocol = admitted.protocol;
    admitted.token = entitlement.token;
    return admitted;
}

std::optional<Refusal> refusal_to_touch(std::span<const Registry> registries,
                                        const Registration& registration,
                                        const Entitlement& entitlement) {
    const auto covers_environment = [&] {
        if (entitlement.environments.empty()) return true;
        for (const auto& registry : registries) {
            if (registry.plan.zone.value != registration.zone) continue;
            const auto* environment = registry.plan.environment(registration.environment);
            if (environment != nullptr) return entitlement.covers(*environment);
        }
        return std::ranges::find(entitlement.environments, registration.environment) !=
               entitlement.environments.end();
    };
    if (entitlement.covers_service(registration.said.service) && covers_environment())
        return std::nullopt;
    return Refusal{Kind::forbidden,
                   fmt::format("token {} is not for {} of {}", entitlement.token,
                               registration.said.service, registration.environment)};
}

}  // namespace portolan::registry
