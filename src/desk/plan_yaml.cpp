// A plan in its own language, as people would write it: one service, host or application a line.
#include <fmt/core.h>

#include "desk/yaml_text.hpp"
#include "portolan/desk/write_plan.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/registry/about.hpp"

namespace portolan::desk {
namespace {

using registry::About;

/// The entries of a mapping or a sequence in one line: "{a: 1, b: 2}".
class Flow {
public:
    explicit Flow(char open) : text_(1, open), close_(open == '{' ? '}' : ']') {}
    Flow& item(const std::string& text) {
        if (text_.size() > 1) text_ += ", ";
        text_ += text;
        ++count_;
        return *this;
    }
    Flow& key(std::string_view key, const std::string& value) {
        return item(fmt::format("{}: {}", key, value));
    }
    Flow& about(const About& about) {
        if (!about.owner.empty()) key("owner", yaml_text(about.owner));
        if (!about.description.empty()) key("description", yaml_text(about.description));
        if (about.until) key("until", registry::date_text(*about.until));
        return *this;
    }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] std::string text() const { return text_ + close_; }

private:
    std::string text_;
    char close_;
    std::size_t count_ = 0;
};

std::string name_text(dns::NameView name) {
    auto text = dns::to_text(name);
    if (text.size() > 1) text.pop_back();
    return text;
}

std::string range_text(const registry::PortRange& range) {
    return range.first == range.last ? std::to_string(range.first)
                                     : fmt::format("{}-{}", range.first, range.last);
}

std::string addresses_text(const std::vector<registry::Placed<registry::Address>>& addresses) {
    Flow list('[');
    for (const auto& each : addresses) {
        const auto text = to_string(each.value);
        list.item(each.value.is_v6() ? "\"" + text + "\"" : text);
    }
    const auto text = list.text();
    return list.count() == 1 ? text.substr(1, text.size() - 2) : text;
}

// --- convention ----------------------------------------------------------------------------------

std::string fields_text(const registry::Pattern& pattern) {
    Flow fields('{');
    std::size_t at = 0;
    for (const auto& field : pattern.fields) {
        at = pattern.text.find_first_not_of("0123456789", at);
        fields.key(pattern.text.substr(at, field.digits), to_string(field.kind));
        at += field.digits;
    }
    return fields.text();
}

std::string application_text(const registry::Application& application) {
    if (registry::is_empty(application.about)) return std::to_string(application.id);
    return Flow('{').key("id", std::to_string(application.id)).about(application.about).text();
}

std::string id_text(const registry::PortType& type) {
    if (type.id) return std::to_string(*type.id);
    Flow ids('{');
    for (const auto& each : type.ids) ids.key(yaml_text(each.environment), std::to_string(each.id));
    return ids.text();
}

std::string type_text(const registry::PortType& type) {
    Flow flow('{');
    flow.key("id", id_text(type));
    if (type.protocol != registry::Protocol::tcp) flow.key("proto", to_string(type.protocol));
    if (!type.publish) flow.key("publish", "no");
    if (type.multicast) flow.key("multicast", "yes");
    if (type.instance) flow.key("instance", std::to_string(*type.instance));
    if (type.across) flow.key("union", "yes");
    flow.about(type.about);
    return flow.count() == 1 ? id_text(type) : flow.text();
}

std::string convention_text(const registry::Convention& convention) {
    std::string text = "\nconvention:\n";
    text += fmt::format("  pattern: {}\n", convention.pattern.text);
    text += fmt::format("  fields: {}\n", fields_text(convention.pattern));
    if (convention.bounds.first != 1 || convention.bounds.last != 65535)
        text += fmt::format("  bounds: {}\n", range_text(convention.bounds));
    text +=
        fmt::format("  instances: {}-{}\n", convention.first_instance, convention.last_instance);
    text += "  applications:\n";
    for (const auto& each : convention.applications)
        text += fmt::format("    {}: {}\n", yaml_text(each.name), application_text(each));
    text += "  types:\n";
    for (const auto& each : convention.types)
        text += fmt::format("    {}: {}\n", yaml_text(each.name), type_text(each));
    return text;
}

// --- registry ------------------------------------------------------------------------------------

std::string endpoint_text(const registry::PlannedEndpoint& endpoint) {
    Flow flow('{');
    if (endpoint.target) {
        flow.key("target", dns::to_text(endpoint.target->view()));
    } else {
        flow.key("host", yaml_text(endpoint.host));
    }
    if (endpoint.port) flow.key("port", std::to_string(*endpoint.port));
    if (endpoint.priority) flow.key("priority", std::to_string(*endpoint.priority));
    if (endpoint.weight) flow.key("weight", std::to_string(*endpoint.weight));
    return flow.text();
}

std::string named_ports_text(const registry::NamedService& service) {
    Flow ports('{');
    for (const auto& each : service.ports) {
        auto text = std::to_string(each.port.value_or(0));
        if (each.protocol != registry::Protocol::tcp)
            text = Flow('{').key("port", text).key("proto", to_string(each.protocol)).text();
        ports.key(yaml_text(each.name), text);
    }
    return ports.text();
}

std::string service_text(const registry::NamedService& service) {
    Flow flow('{');
    const auto& first = service.ports.front();
    if (!first.name.empty()) {
        flow.key("ports", named_ports_text(service));
    } else {
        if (first.port) flow.key("port", std::to_string(*first.port));
        if (first.protocol != registry::Protocol::tcp) flow.key("proto", to_string(first.protocol));
    }
    if (!service.type.empty()) flow.key("type", yaml_text(service.type));
    if (!service.environments.empty()) {
        Flow environments('[');
        for (const auto& each : service.environments) environments.item(yaml_text(each.value));
        flow.key("environments", environments.text());
    }
    flow.about(service.about);
    if (!service.endpoints.empty()) {
        Flow endpoints('[');
        for (const auto& each : service.endpoints) endpoints.item(endpoint_text(each));
        flow.key("endpoints", endpoints.text());
    }
    const bool is_port_alone = flow.count() == 1 && first.name.empty() && first.port;
    return is_port_alone ? std::to_string(*first.port) : flow.text();
}

std::string registry_text(const registry::Plan& plan) {
    std::string text = "\nregistry:\n";
    if (!plan.ranges.empty()) text += "  ranges:\n";
    for (const auto& each : plan.ranges) {
        Flow flow('{');
        flow.key("ports", range_text(each.ports)).about(each.about);
        text += fmt::format("    {}: {}\n", yaml_text(each.name),
                            flow.count() == 1 ? range_text(each.ports) : flow.text());
    }
    if (!plan.services.empty()) text += "  services:\n";
    for (const auto& each : plan.services)
        text += fmt::format("    {}: {}\n", yaml_text(each.name), service_text(each));
    return text;
}

// --- environments --------------------------------------------------------------------------------

std::string placement_text(const registry::Placement& placement) {
    if (placement.instances.empty()) return "[]";
    Flow flow('{');
    for (const auto& each : placement.instances)
        flow.key(std::to_string(each.instance), yaml_text(each.host));
    return flow.text();
}

std::string environment_text(const registry::Environment& environment) {
    std::string text = fmt::format("  {}:", yaml_text(environment.name));
    std::string body;
    if (environment.multicast)
        body += fmt::format("    multicast: {}\n", addresses_text({*environment.multicast}));
    if (!environment.hosts.empty()) body += "    hosts:\n";
    for (const auto& host : environment.hosts)
        body += fmt::format("      {}: {}\n", yaml_text(host.name), addresses_text(host.addresses));
    if (!environment.placements.empty()) body += "    place:\n";
    for (const auto& each : environment.placements)
        body += fmt::format("      {}: {}\n", yaml_text(each.subject), placement_text(each));
    if (environment.failover != registry::Failover::ordered)
        body += fmt::format("    failover: {}\n", to_string(environment.failover));
    return text + (body.empty() ? " {}\n" : "\n" + body);
}

}  // namespace

std::string to_yaml(const registry::Plan& plan) {
    std::string text = fmt::format("zone: {}\n", name_text(plan.zone.value.view()));
    text += "nameservers:\n";
    for (const auto& each : plan.nameservers)
        text += fmt::format("  {}: {}   # put the address of this server here\n", each.label,
                            addresses_text(each.addresses));
    if (plan.convention) text += convention_text(*plan.convention);
    if (!plan.ranges.empty() || !plan.services.empty()) text += registry_text(plan);
    if (!plan.environments.empty()) text += "\nenvironments:\n";
    for (const auto& each : plan.environments) text += environment_text(each);
    return text;
}

}  // namespace portolan::desk
