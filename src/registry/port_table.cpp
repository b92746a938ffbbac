#include "portolan/registry/port_table.hpp"

#include <fmt/core.h>

#include <map>

#include "portolan/dns/presentation.hpp"
#include "portolan/registry/about.hpp"
#include "portolan/registry/port_map.hpp"

namespace portolan::registry {
namespace {

std::string addresses_of(const Host& host) {
    std::string text;
    for (const auto& each : host.addresses)
        text += (text.empty() ? "" : " ") + to_string(each.value);
    return text;
}

PortRow bare_row(const Service& service, const std::string& srv) {
    PortRow row;
    row.environment = service.environment != nullptr ? service.environment->name : "";
    row.service = service.label();
    row.application = service.application != nullptr ? service.application->name : "";
    row.type = service.kind();
    row.protocol = service.protocol;
    row.srv = srv;
    row.owner = service.about().owner;
    row.until = until_text(service.about());
    return row;
}

void fill_endpoint(PortRow& row, const Endpoint& endpoint) {
    row.port = endpoint.port;
    row.priority = row.srv.empty() ? "" : std::to_string(endpoint.priority);
    if (endpoint.is_group) {
        row.host = "mcast";
        row.addresses = to_string(endpoint.environment->multicast->value);
    } else if (endpoint.host != nullptr) {
        row.host = endpoint.host->name;
        row.addresses = addresses_of(*endpoint.host);
    } else if (endpoint.target != nullptr) {
        row.host = dns::to_text(endpoint.target->view());  // absolute, unlike our own hosts
    }
    if (endpoint.instance != 0) row.instance = std::to_string(endpoint.instance);
}

/// Whatever the number of instances, a group is one endpoint: the table shows it at each.
void add_group_rows(std::vector<PortRow>& rows, const Plan& plan, const Service& service,
                    const std::string& srv) {
    const auto* placement = service.environment->placement(service.application->name);
    if (placement == nullptr) return;
    for (const auto& placed : placement->instances) {
        auto row = bare_row(service, srv);
        row.port = port_of(*plan.convention, *service.application, *service.type, placed.instance,
                           service.environment)
                       .value_or(0);
        if (!service.endpoints.empty()) fill_endpoint(row, service.endpoints.front());
        row.instance = std::to_string(placed.instance);
        rows.push_back(std::move(row));
    }
}

void add_rows(std::vector<PortRow>& rows, const Plan& plan, const Service& service,
              const std::string& srv) {
    if (service.type != nullptr && service.type->multicast)
        return add_group_rows(rows, plan, service, srv);
    for (const auto& endpoint : service.endpoints) {
        rows.push_back(bare_row(service, srv));
        fill_endpoint(rows.back(), endpoint);
    }
    if (service.endpoints.empty() && service.named != nullptr) {
        rows.push_back(bare_row(service, srv));
        rows.back().port = service.port->port.value_or(0);
    }
}

/// The rows of one application, by instance; types keep the plan's order.
using ByInstance = std::map<unsigned, std::vector<PortRow>>;

void take(std::vector<PortRow>& rows, ByInstance& by_instance) {
    for (auto& [instance, some] : by_instance)
        rows.insert(rows.end(), std::make_move_iterator(some.begin()),
                    std::make_move_iterator(some.end()));
    by_instance.clear();
}

unsigned instance_number(const PortRow& row) {
    return row.instance.empty() ? 0 : static_cast<unsigned>(std::stoul(row.instance));
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& each : parts)
        if (!each.empty()) text += (text.empty() ? "" : ", ") + each;
    return text;
}

std::string about_text(const About& about) {
    return joined(
        {about.owner, about.description, about.until ? "until " + date_text(*about.until) : ""});
}

LegendEntry type_entry(const PortType& type, unsigned id, unsigned digits,
                       const std::string& environment) {
    return {fmt::format("{:0{}}", id, digits), type.name,
            joined({to_string(type.protocol), environment.empty() ? "" : "in " + environment,
                    type.multicast ? "multicast" : "",
                    type.instance ? fmt::format("always instance {}", *type.instance) : "",
                    type.publish ? "" : "not published", about_text(type.about)})};
}

std::vector<LegendEntry> entries_of(const Convention& convention, const Field& field) {
    std::vector<LegendEntry> entries;
    if (field.kind == FieldKind::instance)
        return {
            {fmt::format("{}-{}", convention.first_instance, convention.last_instance), "", ""}};
    if (field.kind == FieldKind::application) {
        for (const auto& each : convention.applications)
            entries.push_back(
                {fmt::format("{:0{}}", each.id, field.digits), each.name, about_text(each.about)});
        return entries;
    }
    for (const auto& type : convention.types) {
        if (type.id) entries.push_back(type_entry(type, *type.id, field.digits, ""));
        for (const auto& each : type.ids)
            entries.push_back(type_entry(type, each.id, field.digits, each.environment));
    }
    return entries;
}

}  // namespace

std::vector<PortRow> port_rows(const Plan& plan, const Environment& environment,
                               const SrvOwner& srv_owner) {
    std::vector<PortRow> rows;
    ByInstance by_instance;
    const Application* application = nullptr;
    for (const auto& service : services_of(plan, environment)) {
        if (service.application != application) take(rows, by_instance);
        application = service.application;
        const bool published = service.type == nullptr || service.type->publish;
        std::vector<PortRow> some;
        add_rows(some, plan, service, published ? srv_owner(service) : "");
        for (auto& row : some) {
            const auto instance = application != nullptr ? instance_number(row) : 0;
            by_instance[instance].push_back(std::move(row));
        }
    }
    take(rows, by_instance);
    return rows;
}

std::vector<PortRow> port_rows(const Plan& plan, const SrvOwner& srv_owner) {
    std::vector<PortRow> rows;
    for (const auto& environment : plan.environments)
        for (auto& row : port_rows(plan, environment, srv_owner)) rows.push_back(std::move(row));
    if (!plan.environments.empty()) return rows;
    for (const auto& service : plan.services)
        for (const auto& port : service.ports) {
            const auto resolved = resolve_published(plan, service, port);
            add_rows(rows, plan, resolved, "");
        }
    return rows;
}

std::vector<Legend> legend_of(const Convention& convention) {
    std::vector<Legend> legends;
    std::size_t at = 0;
    for (const auto& field : convention.pattern.fields) {
        at = convention.pattern.text.find_first_not_of("0123456789", at);
        if (at == std::string::npos) break;
        legends.push_back({to_string(field.kind), convention.pattern.text.substr(at, field.digits),
                           entries_of(convention, field)});
        at += field.digits;
    }
    return legends;
}

}  // namespace portolan::registry
