// Compose: `ports:` of each service, as a file to be given beside the one with the images.
#include <fmt/core.h>

#include <set>

#include "desk/exports.hpp"
#include "desk/yaml_text.hpp"

namespace portolan::desk {

std::string write_compose(const ExportInput& input) {
    const auto containers = grouped(input.ports, [](const ExportedPort& port) {
        const bool is_known = port.protocol == registry::Protocol::tcp ||
                              port.protocol == registry::Protocol::udp ||
                              port.protocol == registry::Protocol::sctp;
        if (!is_known) return std::string();
        if (port.application.empty()) return port.service;
        return port.instance ? fmt::format("{}-{}", port.application, *port.instance)
                             : port.application;
    });
    std::string text = containers.empty() ? "services: {}\n" : "services:\n";
    for (const auto& each : containers) {
        text += fmt::format("  {}:\n    ports:\n", yaml_text(each.key));
        std::set<std::string> seen;
        for (const auto* port : each.ports) {
            const auto entry = fmt::format("{0}:{0}/{1}", port->port, to_string(port->protocol));
            if (seen.insert(entry).second) text += fmt::format("      - \"{}\"\n", entry);
        }
    }
    return text;
}

}  // namespace portolan::desk
