// The rows that exports are made of.
#include <algorithm>
#include <set>

#include "portolan/desk/export.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/registry/services.hpp"
#include "portolan/zone/derive.hpp"

namespace portolan::desk {
namespace {

using registry::Environment;
using registry::Plan;
using registry::Service;

std::string name_text(dns::NameView name) {
    auto text = dns::to_text(name);
    if (text.size() > 1) text.pop_back();
    return text;
}

class Collector {
public:
    Collector(const ExportFilter& filter, std::vector<ExportedPort>& ports)
        : filter_(filter), ports_(ports) {}

    void plan(const Plan& plan) {
        plan_ = &plan;
        for (const auto& environment : plan.environments)
            if (filter_.environment.empty() || environment.is_called(filter_.environment))
                for (const auto& each : registry::services_of(plan, environment)) service(each);
        if (!plan.environments.empty() || !filter_.environment.empty()) return;
        for (const auto& each : plan.services)
            for (const auto& port : each.ports)
                service(registry::resolve_published(plan, each, port));
    }

private:
    void service(const Service& service) {
        if (!filter_.application.empty() && service.subject() != filter_.application) return;
        if (!filter_.type.empty() && service.kind() != filter_.type) return;
        const auto begin = ports_.size();
        if (service.type != nullptr && service.type->multicast) {
            group(service);
        } else {
            for (const auto& each : service.endpoints) endpoint(service, each);
        }
        if (ports_.size() == begin) nowhere(service);
        if (filter_.host.empty()) return;
        const auto first = ports_.begin() + static_cast<std::ptrdiff_t>(begin);
        ports_.erase(std::remove_if(first, ports_.end(),
                                    [&](auto& port) { return port.host != filter_.host; }),
                     ports_.end());
    }

    ExportedPort row(const Service& service) const {
        ExportedPort row;
        row.plan = plan_;
        row.environment = service.environment;
        row.service = service.label();
        row.application = service.application == nullptr ? "" : service.application->name;
        row.type = service.kind();
        row.protocol = service.protocol;
        row.about = service.about();
        const bool is_published = service.type == nullptr || service.type->publish;
        if (is_published && service.environment != nullptr)
            row.srv = name_text(zone::service_owner(*plan_, service));
        return row;
    }

    void endpoint(const Service& service, const registry::Endpoint& endpoint) {
        auto port = row(service);
        port.port = static_cast<registry::Port>(endpoint.port);
        if (endpoint.instance != 0) port.instance = endpoint.instance;
        port.priority = endpoint.priority;
        port.weight = endpoint.weight;
        if (endpoint.host != nullptr) place(port, *endpoint.host, *endpoint.environment);
        if (endpoint.target != nullptr) port.target = name_text(endpoint.target->view());
        ports_.push_back(std::move(port));
    }

    void place(ExportedPort& port, const registry::Host& host, const Environment& there) const {
        port.host = host.name;
        port.target = name_text(zone::host_owner(*plan_, there, host.name));
        if (!port.is_group)
            for (const auto& each : host.addresses) port.addresses.push_back(each.value);
    }

    /// A group is served by all hosts that hold an instance: a row a host.
    void group(const Service& service) {
        const auto* placement = service.environment->placement(service.application->name);
        if (placement == nullptr) return;
        std::set<std::string> seen;
        for (const auto& each : placement->instances) {
            const auto* host = service.environment->host(each.host);
            const auto number =
                registry::port_of(*plan_->convention, *service.application, *service.type,
                                  each.instance, service.environment);
            if (host == nullptr || !number || !seen.insert(each.host).second) continue;
            auto port = row(service);
            port.is_group = true;
            port.port = static_cast<registry::Port>(*number);
            place(port, *host, *service.environment);
            if (const auto& address = service.environment->multicast)
                port.addresses = {address->value};
            ports_.push_back(std::move(port));
        }
    }

    /// A named service's port is known also while nothing serves it.
    void nowhere(const Service& service) {
        if (service.named == nullptr || !service.port->port) return;
        ports_.push_back(row(service));
        ports_.back().port = *service.port->port;
    }

    const ExportFilter& filter_;
    std::vector<ExportedPort>& ports_;
    const Plan* plan_ = nullptr;
};

}  // namespace

ExportInput collect(const std::vector<const Plan*>& plans, const ExportFilter& filter) {
    ExportInput input{plans, filter, {}};
    Collector collector(filter, input.ports);
    for (const auto* plan : plans) collector.plan(*plan);
    return input;
}

}  // namespace portolan::desk
