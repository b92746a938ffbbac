// Ansible: variables for templates.
//
//     {{ portolan_services.prod['hydrogen-ajp'].endpoints | selectattr('host', 'equalto', 'jb1') }}
#include <fmt/core.h>

#include "desk/exports.hpp"
#include "desk/yaml_text.hpp"
#include "portolan/registry/about.hpp"

namespace portolan::desk {
namespace {

/// A text that Ansible must not take for a template.
std::string unsafe(const std::string& text) {
    auto quoted = yaml_text(text);
    if (!quoted.starts_with('"')) quoted = "\"" + quoted + "\"";
    return "!unsafe " + quoted;
}

std::string endpoint_text(const ExportedPort& port) {
    std::string text = "{";
    if (port.instance) text += fmt::format("instance: {}, ", *port.instance);
    if (!port.host.empty()) text += fmt::format("host: {}, ", yaml_text(port.host));
    if (!port.target.empty()) text += fmt::format("name: {}, ", yaml_text(port.target));
    std::string addresses;
    for (const auto& each : port.addresses)
        addresses += (addresses.empty() ? "\"" : ", \"") + to_string(each) + "\"";
    text += fmt::format("addresses: [{}], ", addresses);
    return text + fmt::format("port: {}}}", port.port);
}

std::string service_text(const ExportGroup& service) {
    const auto& first = *service.ports.front();
    auto text = fmt::format("    {}:\n", yaml_text(first.service));
    text += fmt::format("      proto: {}\n      port: {}\n", to_string(first.protocol), first.port);
    if (!first.application.empty())
        text += fmt::format("      application: {}\n", yaml_text(first.application));
    if (!first.type.empty()) text += fmt::format("      type: {}\n", yaml_text(first.type));
    if (!first.srv.empty()) text += fmt::format("      srv: \"{}\"\n", first.srv);
    if (!first.about.owner.empty())
        text += fmt::format("      owner: {}\n", unsafe(first.about.owner));
    if (!first.about.description.empty())
        text += fmt::format("      description: {}\n", unsafe(first.about.description));
    if (first.about.until)
        text += fmt::format("      until: \"{}\"\n", registry::date_text(*first.about.until));
    text += "      endpoints:\n";
    for (const auto* each : service.ports)
        text += fmt::format("        - {}\n", endpoint_text(*each));
    return text;
}

}  // namespace

std::string write_ansible(const ExportInput& input) {
    std::string text = "---\n";
    const auto environments = grouped(input.ports, [](const ExportedPort& port) {
        return port.environment == nullptr ? std::string("all") : port.environment->name;
    });
    text += environments.empty() ? "portolan_services: {}\n" : "portolan_services:\n";
    for (const auto& environment : environments) {
        std::vector<ExportedPort> ports;
        for (const auto* each : environment.ports) ports.push_back(*each);
        text += fmt::format("  {}:\n", yaml_text(environment.key));
        for (const auto& service :
             grouped(ports, [](const ExportedPort& port) { return port.service; }))
            text += service_text(service);
    }
    return text;
}

}  // namespace portolan::desk
