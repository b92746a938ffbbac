#include "portolan/registry/checks.hpp"

#include <fmt/format.h>

namespace portolan::registry {
namespace {

std::string text(std::chrono::milliseconds time) {
    return time.count() % 1000 == 0 ? fmt::format("{}s", time.count() / 1000)
                                    : fmt::format("{}ms", time.count());
}

struct Way {
    std::string operator()(const TcpCheck&) const { return "tcp"; }
    std::string operator()(const HttpCheck& check) const {
        return (check.is_tls ? "https " : "http ") + check.path;
    }
    std::string operator()(const GrpcCheck& check) const {
        return check.service.empty() ? "grpc" : "grpc " + check.service;
    }
    std::string operator()(const DnsCheck& check) const { return "dns " + check.name; }
    std::string operator()(const ExecCheck& check) const {
        return "exec " + (check.command.empty() ? std::string() : check.command.front());
    }
    std::string operator()(const HeartbeatCheck&) const { return "its own reports"; }
};

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

std::string words(const Check& check) {
    const std::string way = std::visit(Way(), check.how);
    if (const auto* own = std::get_if<HeartbeatCheck>(&check.how)) {
        return fmt::format("{}, one every {} at least", way, text(own->ttl));
    }
    const std::string port = check.port ? fmt::format(" on port {}", *check.port) : std::string();
    return fmt::format("{}{} every {}, {} to fall, {} to rise", way, port, text(check.interval),
                       check.fall, check.rise);
}

}  // namespace portolan::registry
