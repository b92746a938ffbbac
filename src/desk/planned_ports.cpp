#include "desk/planned_ports.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "portolan/registry/port_map.hpp"
#include "portolan/registry/services.hpp"

namespace portolan::desk {
namespace {

using registry::Endpoint;
using registry::Service;

PlannedPort port_of(const PlanHost& at, const Service& service) {
    PlannedPort port;
    port.at = &at;
    port.service = service.label();
    port.subject = service.subject();
    port.kind = service.kind() == service.subject() ? "" : service.kind();
    port.protocol = service.protocol;
    port.is_public = service.type == nullptr || service.type->publish;
    port.place = service.place();
    return port;
}

/// The members of a group are the application's hosts.
void add_members(PortsAround& around, const PlanHost& at, const Service& service,
                 const Endpoint& group) {
    const auto* placement = at.environment->placement(service.application->name);
    if (placement == nullptr) return;
    for (const auto& placed : placement->instances) {
        auto port = port_of(at, service);
        port.port = static_cast<registry::Port>(group.port);
        port.is_group = true;
        port.host = placed.host;
        auto& side = placed.host == at.host->name ? around.here : around.elsewhere;
        side.emplace(ProtocolPort{port.protocol, port.port}, std::move(port));
    }
}

void add(PortsAround& around, const PlanHost& at, const Service& service,
         const Endpoint& endpoint) {
    if (endpoint.port == 0 || endpoint.port > 65535) return;
    if (endpoint.is_group) return add_members(around, at, service, endpoint);
    auto port = port_of(at, service);
    port.port = static_cast<registry::Port>(endpoint.port);
    port.instance = service.application != nullptr ? endpoint.instance : 0;
    port.host = registry::host_label(endpoint);
    port.place = endpoint.place;
    auto& side = endpoint.host == at.host ? around.here : around.elsewhere;
    side.emplace(ProtocolPort{port.protocol, port.port}, std::move(port));
}

}  // namespace

std::string PlannedPort::text() const {
    auto text = kind.empty() ? subject : fmt::format("{} {}", subject, kind);
    return instance == 0 ? text : fmt::format("{} instance {}", text, instance);
}

PortsAround ports_around(const PlanHost& host) {
    PortsAround around;
    for (const Service& service : registry::services_of(*host.plan, *host.environment)) {
        for (const Endpoint& each : service.endpoints) add(around, host, service, each);
        for (const Endpoint& each : service.withheld) add(around, host, service, each);
    }
    return around;
}

std::vector<PlannedPort> unplaced_at(const PlanHost& host, ProtocolPort port) {
    std::vector<PlannedPort> all;
    const auto add_unplaced = [&](const Service& service, unsigned instance) {
        auto one = port_of(host, service);
        one.port = port.second;
        one.instance = instance;
        all.push_back(std::move(one));
    };
    const auto& plan = *host.plan;
    if (plan.convention)
        for (const auto& claim : registry::claims_at(*plan.convention, port.second))
            if (claim.type->protocol == port.first && registry::holds_in(claim, *host.environment))
                add_unplaced(
                    registry::resolve(plan, *host.environment, *claim.application, *claim.type),
                    claim.every_instance ? 0 : claim.instance);
    for (const auto& use : registry::named_uses(plan))
        if (use.number == port.second && use.port->protocol == port.first &&
            use.endpoint == nullptr && registry::is_declared(*use.service, *host.environment))
            add_unplaced(registry::resolve(plan, *host.environment, *use.service, *use.port), 0);
    return all;
}

}  // namespace portolan::desk
