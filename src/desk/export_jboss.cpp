// JBoss and JGroups: socket bindings of an application's lowest instance, and the port offset that
// makes the others of it. A binding that no offset moves is `fixed-port`.
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "desk/exports.hpp"

namespace portolan::desk {
namespace {

using ByInstance = std::map<unsigned, std::map<std::string, int>>;  // instance, type, port

ByInstance by_instance(const ExportGroup& group) {
    ByInstance ports;
    for (const auto* each : group.ports)
        if (each->instance) ports[*each->instance][each->type] = each->port;
    return ports;
}

/// What takes all ports of the lowest instance to those of this one; nullopt when no number does.
std::optional<int> offset_of(const std::map<std::string, int>& base,
                             const std::map<std::string, int>& ports) {
    std::optional<int> offset;
    for (const auto& [type, port] : ports) {
        const auto found = base.find(type);
        if (found == base.end() || (offset && port - found->second != *offset)) return {};
        offset = port - found->second;
    }
    return offset;
}

std::string binding_text(const ExportedPort& port) {
    if (port.is_group && !port.addresses.empty())
        return fmt::format(
            "  <socket-binding name=\"{}\" port=\"{}\" fixed-port=\"true\" "
            "multicast-address=\"{}\" multicast-port=\"{}\"/>\n",
            port.type, port.port, to_string(port.addresses.front()), port.port);
    return fmt::format("  <socket-binding name=\"{}\" port=\"{}\"/>\n", port.type, port.port);
}

std::string group_text(const ExportGroup& group) {
    const auto instances = by_instance(group);
    const auto lowest = instances.empty() ? 0 : instances.begin()->first;
    auto text = fmt::format(
        "<socket-binding-group name=\"{}\" default-interface=\"public\" "
        "port-offset=\"${{jboss.socket.binding.port-offset:0}}\">\n",
        group.key);
    for (const auto& [instance, ports] : instances) {
        const auto offset = offset_of(instances.begin()->second, ports);
        text += offset ? fmt::format("  <!-- instance {}: port-offset {} -->\n", instance, *offset)
                       : fmt::format("  <!-- instance {}: no port-offset fits -->\n", instance);
    }
    std::string seen;
    for (const auto* each : group.ports) {
        const auto mark = "<" + each->type + ">";
        const bool is_base = each->is_group || each->instance.value_or(0) == lowest;
        if (!is_base || seen.find(mark) != std::string::npos) continue;
        seen += mark;
        text += binding_text(*each);
    }
    return text + "</socket-binding-group>\n";
}

}  // namespace

std::string write_jboss(const ExportInput& input) {
    std::string text = "<socket-binding-groups>\n";
    for (const auto& each : grouped(input.ports, [](const ExportedPort& port) {
             return port.application.empty() ? std::string()
                                             : port.application + "." + port.environment_name();
         }))
        text += group_text(each);
    return text + "</socket-binding-groups>\n";
}

}  // namespace portolan::desk
