#include "portolan/registry/checks.hpp"

namespace portolan::registry {
namespace {

/// Where the endpoint is probed: at the check's own port, else at that of the type whose check it
/// is, else at its own.
unsigned probe_port(const Plan& plan, const Service& service, const Endpoint& endpoint) {
    if ((*endpoint.check)->port) return *(*endpoint.check)->port;
    if (service.type == nullptr || service.type->check) return endpoint.port;
    const PortType& decides = *plan.type(plan.health.via);
    return port_of(*plan.convention, *service.application, decides, endpoint.instance,
                   service.environment)
        .value_or(endpoint.port);
}

void visit_service(const Registry& registry, const Service& service,
                   const std::function<void(const CheckedEndpoint&)>& visit) {
    const std::string label = service.label();
    const auto visit_one = [&](const Endpoint& endpoint) {
        if (endpoint.check == nullptr || endpoint.port > 65535) return;
        const auto addresses = addresses_of(registry, *service.environment, *endpoint.host);
        const unsigned port = probe_port(registry.plan, service, endpoint);
        if (addresses.empty() || port > 65535) return;
        visit({.environment = service.environment->name,
               .service = label,
               .protocol = service.protocol,
               .host = endpoint.host->name,
               .port = static_cast<Port>(endpoint.port),
               .address = addresses.front(),
               .probe_port = static_cast<Port>(port),
               .check = *endpoint.check});
    };
    for (const auto& each : service.endpoints) visit_one(each);
    for (const auto& each : service.withheld) visit_one(each);
}

}  // namespace

void for_each_checked_endpoint(const Registry& registry,
                               const std::function<void(const CheckedEndpoint&)>& visit) {
    for (const auto& environment : registry.plan.environments) {
        for (const auto& service : services_of(registry, environment)) {
            visit_service(registry, service, visit);
        }
    }
}

}  // namespace portolan::registry
