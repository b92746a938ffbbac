#include "portolan/registry/live.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "portolan/registry/services.hpp"

namespace portolan::registry {
namespace {

/// BIND's max-records-per-type: resolvers and secondaries refuse a larger set.
constexpr std::size_t most_records = 100;

/// The value at the key of a map that is asked with views.
template <class Map, class Key>
const typename Map::mapped_type* find_in(const Map& map, const Key& key) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
}

/// Puts `next` at the key, or nothing; returns what was there.
template <class Map>
auto replace(Map& map, const typename Map::key_type& key,
             std::optional<typename Map::mapped_type> next) {
    std::optional<typename Map::mapped_type> before;
    const auto found = map.find(key);
    if (found != map.end()) before = std::move(found->second);
    if (next) {
        map.insert_or_assign(key, std::move(*next));
    } else if (found != map.end()) {
        map.erase(found);
    }
    return before;
}

}  // namespace

bool Live::Local::is_empty() const noexcept {
    return addresses.empty() &&
           std::ranges::all_of(endpoints, [](const auto& each) { return each.empty(); });
}

const Live& Live::nothing() {
    static const Live nothing;
    return nothing;
}

bool Live::speaks_of(std::string_view environment) const {
    return find_in(environments_, environment) != nullptr;
}

const Live::Endpoints* Live::endpoints(std::string_view environment, std::string_view service,
                                       Protocol protocol) const {
    const Local* local = find_in(environments_, environment);
    if (local == nullptr) return nullptr;
    return find_in(local->endpoints[static_cast<std::size_t>(protocol)], service);
}

const Live::Addresses* Live::addresses(std::string_view environment, std::string_view host) const {
    const Local* local = find_in(environments_, environment);
    return local == nullptr ? nullptr : find_in(local->addresses, host);
}

Change Live::take(Change change) {
    return std::visit(
        [this](auto& said) -> Change {
            const auto local = environments_.try_emplace(said.environment).first;
            auto before = take(std::move(said), local->second);
            if (local->second.is_empty()) environments_.erase(local);
            return before;
        },
        change);
}

EndpointsChange Live::take(EndpointsChange change, Local& local) {
    change.endpoints = replace(local.endpoints[static_cast<std::size_t>(change.protocol)],
                               change.service, std::move(change.endpoints));
    return change;
}

AddressesChange Live::take(AddressesChange change, Local& local) {
    change.addresses = replace(local.addresses, change.host, std::move(change.addresses));
    return change;
}

// --- what cannot be taken -----------------------------------------------------------------------

namespace {

using Reason = std::optional<std::string>;

class Judge {
public:
    explicit Judge(const Registry& registry) : registry_(registry), plan_(registry.plan) {}

    Reason operator()(const EndpointsChange& change) const {
        const auto* environment = plan_.environment(change.environment);
        if (environment == nullptr) return unknown_environment(change.environment);
        const auto service = find_service(registry_, *environment, change.service, change.protocol);
        if (!service) {
            return fmt::format("{} declares no service {}/{}", environment->name, change.service,
                               to_string(change.protocol));
        }
        if (!change.endpoints) return std::nullopt;
        const std::string name = fmt::format("{} of {}", change.service, environment->name);
        if (service->type != nullptr && service->type->multicast) {
            return fmt::format("{} is multicast: its endpoint is the group that the plan gives",
                               name);
        }
        for (const auto& endpoint : *change.endpoints) {
            if (auto reason = about(endpoint, *environment)) return reason;
        }
        if (change.endpoints->size() > most_records) {
            return fmt::format("{} would have {} endpoints; resolvers refuse more than {}", name,
                               change.endpoints->size(), most_records);
        }
        return about_union(*service, change.endpoints->size());
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
        if (change.addresses->size() > most_records) {
            return fmt::format("{} would have {} addresses; resolvers refuse more than {}", name,
                               change.addresses->size(), most_records);
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

    [[nodiscard]] Reason about(const LiveEndpoint& endpoint, const Environment& environment) const {
        if (endpoint.port == 0) return "port 0 is not one that a client can connect to";
        if (!endpoint.target) {
            if (environment.host(endpoint.host) != nullptr) return std::nullopt;
            return fmt::format("{} has no host {}", environment.name, endpoint.host);
        }
        if (!endpoint.host.empty()) return "an endpoint has a host or a target, not both";
        if (endpoint.target->view().is_at_or_below(plan_.zone.value)) {
            return "a target lies outside the zone; inside it, name the host";
        }
        return std::nullopt;
    }

    /// The set of `_type._proto.env` grows with the service's.
    [[nodiscard]] Reason about_union(const Service& service, std::size_t endpoints) const {
        if (service.type == nullptr || !service.type->across) return std::nullopt;
        for (const auto& application : plan_.convention->applications) {
            if (&application == service.application) continue;
            endpoints += resolve(registry_, *service.environment, application, *service.type)
                             .endpoints.size();
        }
        if (endpoints <= most_records) return std::nullopt;
        return fmt::format(
            "type {} of {} would have {} endpoints over all applications; "
            "resolvers refuse more than {}",
            service.type->name, service.environment->name, endpoints, most_records);
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
