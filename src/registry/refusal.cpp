// What cannot be taken, and why.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "portolan/dns/set_limit.hpp"
#include "portolan/registry/browsing.hpp"
#include "portolan/registry/services.hpp"
#include "registry/announced.hpp"

namespace portolan::registry {
namespace {

using dns::most_records_in_set;
using Reason = std::optional<std::string>;

class Judge {
public:
    explicit Judge(const Registry& registry) : registry_(registry), plan_(registry.plan) {}

    Reason operator()(const EndpointsChange& change) const {
        const auto* environment = plan_.environment(change.environment);
        if (environment == nullptr) return unknown_environment(change.environment);
        if (auto reason = about_service(change, *environment)) return reason;
        const std::string name = fmt::format("{} of {}", change.service, environment->name);
        for (const auto& endpoint : change.endpoints) {
            if (endpoint.port == 0) return port_zero();
            if (auto reason = about(endpoint.address, *environment, name)) return reason;
            if (auto reason = about_label(endpoint.address, *environment)) return reason;
        }
        return change.endpoints.empty() ? std::nullopt : about_size(change, *environment, name);
    }

    Reason operator()(const VerdictsChange& change) const {
        const auto* environment = plan_.environment(change.environment);
        if (environment == nullptr) return unknown_environment(change.environment);
        if (auto reason = about_service(change, *environment)) return reason;
        std::set<std::pair<std::string_view, Port>> judged;
        for (const auto& [host, port, verdict] : change.verdicts) {
            if (port == 0) return port_zero();
            if (host.empty()) return "a verdict names the host of its endpoint";
            if (!judged.emplace(host, port).second) {
                return fmt::format("there are two verdicts on {} port {} of {} of {}", host, port,
                                   change.service, environment->name);
            }
        }
        return std::nullopt;
    }

    Reason operator()(const AddressesChange& change) const {
        const auto* environment = plan_.environment(change.environment);
        if (environment == nullptr) return unknown_environment(change.environment);
        if (environment->host(change.host) == nullptr) {
            return fmt::format("{} has no host {}", environment->name, change.host);
        }
        if (!change.addresses) return std::nullopt;
        const std::string name = change.host + "." + environment->name;
        if (change.addresses->empty()) return fmt::format("{} would have no address", name);
        if (change.addresses->size() > most_records_in_set) {
            return fmt::format("{} would have {} addresses; resolvers refuse more than {}", name,
                               change.addresses->size(), most_records_in_set);
        }
        for (const auto& address : *change.addresses) {
            if (auto reason = about(address, *environment, name)) return reason;
        }
        return std::nullopt;
    }

private:
    static Reason unknown_environment(const std::string& name) {
        return fmt::format("the plan has no environment {}", name);
    }

    static Reason port_zero() { return "port 0 is not one that a client can connect to"; }

    /// Whether there is a service of which something can be said.
    template <class SaidOfService>
    [[nodiscard]] Reason about_service(const SaidOfService& change,
                                       const Environment& environment) const {
        const auto service = locate(plan_, environment, change.service, change.protocol);
        if (!service) {
            return fmt::format("{} declares no service {}/{}", environment.name, change.service,
                               to_string(change.protocol));
        }
        if (!is_multicast(*service)) return std::nullopt;
        return fmt::format("{} of {} is multicast: its endpoint is the group that the plan gives",
                           change.service, environment.name);
    }

    /// The plan may have something else where the address would be a host.
    [[nodiscard]] Reason about_label(const Address& address, const Environment& environment) const {
        const std::string label = announced_label(address);
        if (is_free(plan_, environment, label)) return std::nullopt;
        if (host_with(registry_, environment, address) != nullptr) return std::nullopt;
        return fmt::format("{} would be called {}, which is something else in {}",
                           to_string(address), label, environment.name);
    }

    /// How large the sets would be that the service's endpoints are in, alive or not.
    [[nodiscard]] Reason about_size(const EndpointsChange& change, const Environment& environment,
                                    const std::string& name) const {
        Live then;
        then.take(
            EndpointsChange{environment.name, change.service, change.protocol, change.endpoints});
        const auto service =
            find_service({plan_, then}, environment, change.service, change.protocol);
        const std::size_t size = service->endpoints.size();
        if (size > most_records_in_set) {
            return fmt::format("{} would have {} endpoints; resolvers refuse more than {}", name,
                               size, most_records_in_set);
        }
        if (auto reason = about_union(*service, size)) return reason;
        return about_list(*service, size);
    }

    /// The set of `_type._proto.env` grows with the service's.
    [[nodiscard]] Reason about_union(const Service& service, std::size_t endpoints) const {
        if (service.type == nullptr || !service.type->across) return std::nullopt;
        for (const auto& application : plan_.convention->applications) {
            if (&application == service.application) continue;
            const auto other = resolve(registry_, *service.environment, application, *service.type);
            endpoints += other.endpoints.size() + other.withheld.size();
        }
        if (endpoints <= most_records_in_set) return std::nullopt;
        return fmt::format(
            "type {} of {} would have {} endpoints over all applications; "
            "resolvers refuse more than {}",
            service.type->name, service.environment->name, endpoints, most_records_in_set);
    }

    /// And so does what is listed for browsing at `_http._tcp.env`.
    [[nodiscard]] Reason about_list(const Service& service, std::size_t endpoints) const {
        if (!is_browsed(plan_, service)) return std::nullopt;
        const auto type = service_type(service);
        for (const auto& other : services_of(registry_, *service.environment, type)) {
            const bool is_itself =
                other.label() == service.label() && other.protocol == service.protocol;
            if (!is_itself) endpoints += other.endpoints.size() + other.withheld.size();
        }
        if (endpoints <= most_records_in_set) return std::nullopt;
        return fmt::format(
            "{}.{} would list {} endpoints for browsing; resolvers refuse more than {}",
            to_string(type), service.environment->name, endpoints, most_records_in_set);
    }

    [[nodiscard]] Reason about(const Address& address, const Environment& environment,
                               const std::string& name) const {
        const bool is_unspecified =
            std::ranges::all_of(address.octets, [](auto o) { return o == 0; });
        if (is_unspecified || address.is_multicast()) {
            return fmt::format("{} is {}, not the address of a host", to_string(address),
                               is_unspecified ? "unspecified" : "a multicast group");
        }
        if (environment.is_outside_networks(address)) {
            return fmt::format("{} of {} is outside the networks of {}", to_string(address), name,
                               environment.name);
        }
        return about_other_networks(address, environment);
    }

    /// Environments are sequestered to their own hardware.
    [[nodiscard]] Reason about_other_networks(const Address& address,
                                              const Environment& environment) const {
        const auto holds = [&](const auto& network) { return network.value.contains(address); };
        if (std::ranges::any_of(environment.networks, holds)) return std::nullopt;
        for (const auto& other : plan_.environments) {
            if (&other == &environment || std::ranges::none_of(other.networks, holds)) continue;
            return fmt::format("{} is in the networks of {}, not of {}", to_string(address),
                               other.name, environment.name);
        }
        return std::nullopt;
    }

    const Registry& registry_;
    const Plan& plan_;
};

}  // namespace

std::optional<std::string> refusal(const Registry& registry, const Change& change) {
    return std::visit(Judge(registry), change);
}

}  // namespace portolan::registry
