// Tomcat's server.xml, as far as ports go: a <Server> for each instance of an application.
#include <fmt/core.h>

#include <algorithm>

#include "desk/exports.hpp"

namespace portolan::desk {
namespace {

std::string port_text(const ExportedPort& port) {
    if (port.type == "http")
        return fmt::format("    <Connector port=\"{}\" protocol=\"HTTP/1.1\"/>\n", port.port);
    if (port.type == "https")
        return fmt::format(
            "    <Connector port=\"{}\" protocol=\"HTTP/1.1\" scheme=\"https\" secure=\"true\" "
            "SSLEnabled=\"true\"/>\n",
            port.port);
    if (port.type == "ajp")
        return fmt::format("    <Connector port=\"{}\" protocol=\"AJP/1.3\"/>\n", port.port);
    return fmt::format("    <!-- {}: {}/{} -->\n", port.type, port.port, to_string(port.protocol));
}

std::string server_text(const ExportGroup& server) {
    const auto& first = *server.ports.front();
    const auto shutdown = std::ranges::find(server.ports, "shutdown", &ExportedPort::type);
    std::string text = fmt::format("<Server port=\"{}\" shutdown=\"SHUTDOWN\">\n",
                                   shutdown == server.ports.end() ? -1 : (*shutdown)->port);
    text += fmt::format("  <!-- on {} -->\n", first.target);
    text += fmt::format("  <Service name=\"{}-{}\">\n", first.application, *first.instance);
    for (const auto* each : server.ports)
        if (each->type != "shutdown") text += port_text(*each);
    return text + "  </Service>\n</Server>\n";
}

}  // namespace

/// One <Server> is a server.xml by itself; several stand in a document of their own, to be taken
/// apart.
std::string write_tomcat(const ExportInput& input) {
    const auto servers = grouped(input.ports, [](const ExportedPort& port) {
        if (port.application.empty() || !port.instance || port.host.empty()) return std::string();
        return fmt::format("{}-{}.{}", port.application, *port.instance, port.environment_name());
    });
    std::string text;
    for (const auto& each : servers) text += server_text(each);
    if (servers.size() == 1) return text;
    return "<Servers>\n" + text + "</Servers>\n";
}

}  // namespace portolan::desk
