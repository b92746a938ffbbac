#include "portolan/registry/browsing.hpp"

#include <algorithm>

namespace portolan::registry {
namespace {

/// RFC 6763 7: `_tcp` for what runs over TCP, `_udp` for everything else.
Protocol listed_protocol(Protocol protocol) noexcept {
    return protocol == Protocol::tcp ? Protocol::tcp : Protocol::udp;
}

/// Calls for each service that the environment lists, in plan order.
template <class Visit>
void for_each_browsed(const Plan& plan, const Environment& environment, const Visit& visit) {
    if (plan.convention) {
        for (const auto& application : plan.convention->applications) {
            for (const auto& type : plan.convention->types) {
                if (is_browsed(plan, type) && is_declared(type, environment))
                    visit(ServiceKey{.application = &application, .type = &type});
            }
        }
    }
    for (const auto& named : plan.services) {
        if (!is_browsed(plan, named) || !is_declared(named, environment)) continue;
        for (const auto& port : named.ports) visit(ServiceKey{.named = &named, .port = &port});
    }
}

ServiceKey key_of(const Service& service) noexcept {
    return {service.application, service.type, service.named, service.port};
}

std::string host_of(const Endpoint& endpoint) {
    std::string host = host_label(endpoint);
    if (endpoint.target != nullptr && host.size() > 1) host.pop_back();  // its final dot
    return host;
}

}  // namespace

std::string to_string(const ServiceType& type) {
    return "_" + std::string(type.label) + "._" + to_string(type.protocol);
}

ServiceType service_type(const ServiceKey& key) noexcept {
    if (key.type != nullptr) return {key.type->name, listed_protocol(key.type->protocol)};
    const auto protocol = listed_protocol(key.port->protocol);
    if (!key.port->name.empty()) return {key.port->name, protocol};
    return {key.named->type.empty() ? key.named->name : key.named->type, protocol};
}

ServiceType service_type(const Service& service) noexcept { return service_type(key_of(service)); }

bool is_browsed(const Plan& plan, const PortType& type) noexcept {
    return type.browse.value_or(plan.browse) && type.publish && !type.multicast;
}

bool is_browsed(const Plan& plan, const NamedService& service) noexcept {
    return service.browse.value_or(plan.browse);
}

bool is_browsed(const Plan& plan, const ServiceKey& key) noexcept {
    return key.type != nullptr ? is_browsed(plan, *key.type) : is_browsed(plan, *key.named);
}

bool is_browsed(const Plan& plan, const Service& service) noexcept {
    return is_browsed(plan, key_of(service));
}

bool has_browsing(const Plan& plan) noexcept {
    const auto is_any = [&plan](const auto& each) { return is_browsed(plan, each); };
    return std::ranges::any_of(plan.services, is_any) ||
           (plan.convention && std::ranges::any_of(plan.convention->types, is_any));
}

std::vector<ServiceType> service_types(const Plan& plan, const Environment& environment) {
    std::vector<ServiceType> types;
    if (!has_browsing(plan)) return types;
    for_each_browsed(plan, environment, [&](const ServiceKey& key) {
        const auto type = service_type(key);
        const auto at = std::ranges::lower_bound(types, type);
        if (at == types.end() || *at != type) types.insert(at, type);
    });
    return types;
}

std::vector<Service> services_of(const Registry& registry, const Environment& environment,
                                 const ServiceType& type) {
    std::vector<Service> services;
    for_each_browsed(registry.plan, environment, [&](const ServiceKey& key) {
        if (service_type(key) == type) services.push_back(resolve(registry, environment, key));
    });
    return services;
}

std::string instance_name(const Service& service, const Endpoint& endpoint) {
    if (service.application != nullptr && endpoint.instance != 0)
        return service.application->name + "-" + std::to_string(endpoint.instance);
    std::string name = service.label() + "_" + host_of(endpoint);
    const bool is_own_port =
        service.port != nullptr && service.port->port && *service.port->port == endpoint.port;
    return is_own_port ? name : name + "_" + std::to_string(endpoint.port);
}

}  // namespace portolan::registry
