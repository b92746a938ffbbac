#include <fmt/format.h>

#include "source/plan_build.hpp"

namespace portolan::source::plan {
namespace {

using registry::NamedPort;
using registry::NamedService;
using registry::PlannedEndpoint;

void add_range(const Node& key, const Node& value, registry::Plan& plan) {
    registry::Range range;
    range.name = key.text;
    range.place = key.place;
    const bool is_short = value.form == Node::Form::scalar;
    const Node* ports = is_short ? &value : valid_value(value, "ports");
    if (ports == nullptr) return;
    range.ports = *read_port_range(ports->text);
    if (!is_short) range.about = about_of(value);
    plan.ranges.push_back(std::move(range));
}

// --- services ------------------------------------------------------------------------------------

void add_named_port(const Node& key, const Node& value, registry::Protocol protocol,
                    NamedService& service) {
    NamedPort port;
    port.name = *read_label(key.text);
    port.place = key.place;
    const bool is_short = value.form == Node::Form::scalar;
    const auto number_given = is_short ? number(value) : number_of(value, "port");
    if (!number_given) return;
    port.port = static_cast<registry::Port>(*number_given);
    port.protocol = is_short ? protocol : protocol_of(value, protocol);
    service.ports.push_back(std::move(port));
}

/// `port:`, `ports:`, or neither: every endpoint brings its own.
void set_ports(const Node& key, const Node& node, NamedService& service, Report& report) {
    const registry::Protocol protocol = protocol_of(node, registry::Protocol::tcp);
    const Node* port = valid_value(node, "port");
    const Node* ports = valid_value(node, "ports");
    if (port != nullptr && ports != nullptr) {
        report.error(ports->place, "port-and-ports",
                     fmt::format("{} has both port and ports", key.text), "Keep one of the two");
    }
    if (ports != nullptr) {
        for_each_valid(*ports, [&](const Node& name, const Node& value) {
            add_named_port(name, value, protocol, service);
        });
        if (ports->entries.empty()) {
            report.error(ports->place, "no-ports", fmt::format("{} has no ports", key.text),
                         "Name one: {amqp: 5672}");
        }
    } else if (port != nullptr) {
        service.ports.push_back(
            {"", static_cast<registry::Port>(number(*port)), protocol, port->place});
    }
    if (service.ports.empty()) service.ports.push_back({"", {}, protocol, key.place});
}

std::optional<PlannedEndpoint> endpoint_of(const Node& node, CheckReader& checks, Report& report) {
    PlannedEndpoint endpoint;
    endpoint.place = node.place;
    const bool has_host = node.find("host") != nullptr;
    if (has_host == (node.find("target") != nullptr)) {
        report.error(node.place, "endpoint-target",
                     has_host ? "an endpoint with both host and target"
                              : "an endpoint without host or target",
                     "Give one of the two: a host of the plan, or a foreign target");
        return {};
    }
    if (const Node* host = valid_value(node, "host")) {
        endpoint.host = *read_host_reference(host->text);
    } else if (const Node* target = valid_value(node, "target")) {
        endpoint.target = *read_domain(target->text);
    } else {
        return {};
    }
    endpoint.port = number16_of(node, "port");
    if (!endpoint.port && node.find("port") != nullptr) return {};  // said already
    endpoint.priority = number16_of(node, "priority");
    endpoint.weight = number16_of(node, "weight");
    endpoint.check = checks.read(node);
    if (endpoint.target && endpoint.check && *endpoint.check != nullptr) {
        report.error(node.find("check")->place, "check-of-nothing",
                     "a foreign target, of which the plan has no address to probe",
                     "Remove the check, or give it a host");
    }
    return endpoint;
}

/// Endpoints that would have had a port which is none are left out: that is said at the port.
void set_endpoints(const Node& node, NamedService& service, CheckReader& checks, Report& report) {
    const Node* endpoints = valid_value(node, "endpoints");
    if (endpoints == nullptr) return;
    const bool is_given = node.find("port") != nullptr || node.find("ports") != nullptr;
    const bool is_refused = is_given && !service.ports.front().port;
    for_each_valid(*endpoints, [&](const Node&, const Node& item) {
        auto endpoint = endpoint_of(item, checks, report);
        if (!endpoint || (is_refused && !endpoint->port)) return;
        service.endpoints.push_back(std::move(*endpoint));
    });
}

void set_published(const Node& node, NamedService& service, const registry::Plan& plan,
                   Report& report) {
    const Node* owners = valid_value(node, "publish");
    if (owners == nullptr) return;
    for_each_valid(*owners, [&](const Node&, const Node& item) {
        dns::Name owner(plan.zone.value.view());
        if (owner.prepend_all(read_owner(item.text)->view())) {
            service.publish.push_back({owner, item.place});
        } else {
            report.error(item.place, "bad-value",
                         fmt::format("{} makes a name of over 255 octets", item.text),
                         "Shorten it");
        }
    });
}

void set_mongodb(const Node& node, NamedService& service) {
    const Node* options = valid_value(node, "mongodb");
    if (options == nullptr) return;
    for_each_valid(*options, [&](const Node& key, const Node& value) {
        const bool is_flag = key.text == "loadBalanced";
        const std::string flag = is_flag && *read_flag(value.text) ? "true" : "false";
        service.mongodb.emplace_back(key.text, is_flag ? flag : value.text);
    });
}

void set_details(const Node& key, const Node& node, NamedService& service,
                 const registry::Plan& plan, CheckReader& checks, Report& report) {
    set_ports(key, node, service, report);
    service.type = label_of(node, "type");
    if (const Node* range = valid_value(node, "in")) service.range = {range->text, range->place};
    set_endpoints(node, service, checks, report);
    service.environments = labels_of(node, "environments");
    set_published(node, service, plan, report);
    service.publish_environment = label_of(node, "publish_environment");
    set_mongodb(node, service);
    service.browse = browse_of(node);
    service.when_empty = when_empty_of(node);
    service.about = about_of(node);
    service.check = checks.read(node).value_or(nullptr);
    service.health = health_terms_of(node);
}

void add_service(const Node& key, const Node& value, registry::Plan& plan, CheckReader& checks,
                 Report& report) {
    refuse_default(key, report);
    NamedService service;
    service.name = *read_label(key.text);
    service.place = key.place;
    if (value.form == Node::Form::scalar) {
        service.ports.push_back(
            {"", static_cast<registry::Port>(number(value)), registry::Protocol::tcp, value.place});
    } else {
        set_details(key, value, service, plan, checks, report);
    }
    plan.services.push_back(std::move(service));
}

/// A service without endpoints or a port of its own, unless it is one already.
void declare_dynamic(const registry::Placed<std::string>& name, const registry::Dynamic& dynamic,
                     registry::Plan& plan) {
    if (plan.services.find(name.value) != nullptr) return;
    NamedService service;
    service.name = name.value;
    service.place = name.place;
    service.ports.push_back({"", {}, registry::Protocol::tcp, name.place});
    service.environments = dynamic.environments;
    plan.services.push_back(std::move(service));
}

void build_dynamic(const Node& node, registry::Plan& plan) {
    registry::Dynamic dynamic;
    dynamic.place = node.place;
    dynamic.environments = labels_of(node, "environments");
    const Node* ports = valid_value(node, "ports");
    if (ports == nullptr) return;
    dynamic.ports = *read_port_range(ports->text);
    for (auto& name : labels_of(node, "names")) {
        declare_dynamic(name, dynamic, plan);
        dynamic.names.push_back(std::move(name.value));
    }
    plan.dynamic = std::move(dynamic);
}

}  // namespace

void build_registry(const Node& node, registry::Plan& plan, CheckReader& checks, Report& report) {
    if (const Node* ranges = valid_value(node, "ranges")) {
        for_each_valid(*ranges,
                       [&](const Node& key, const Node& value) { add_range(key, value, plan); });
    }
    if (const Node* services = valid_value(node, "services")) {
        for_each_valid(*services, [&](const Node& key, const Node& value) {
            add_service(key, value, plan, checks, report);
        });
    }
    if (const Node* dynamic = valid_value(node, "dynamic")) build_dynamic(*dynamic, plan);
}

}  // namespace portolan::source::plan
