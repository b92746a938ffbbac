// Nagios and its kin: objects for hosts and for their TCP ports.
#include <fmt/core.h>

#include <algorithm>

#include "desk/exports.hpp"

namespace portolan::desk {
namespace {

/// A value of one line; a semicolon would begin a comment.
std::string value(const std::string& text) {
    auto line = one_line(text);
    std::ranges::replace(line, ';', ',');
    return line;
}

std::string host_text(const ExportedPort& port) {
    return fmt::format(
        "define host {{\n    use        generic-host\n    host_name  {}\n    address    {}\n}}\n",
        port.target, to_string(port.addresses.front()));
}

std::string service_text(const ExportedPort& port) {
    auto name = port.service;
    if (port.instance) name += fmt::format(" {}", *port.instance);
    auto text = fmt::format(
        "define service {{\n    use                  generic-service\n    host_name            {}\n"
        "    service_description  {}\n    check_command        check_tcp!{}\n",
        port.target, name, port.port);
    const auto about = value(about_line(port.about));
    if (!about.empty()) text += fmt::format("    notes                {}\n", about);
    return text + "}\n";
}

}  // namespace

std::string write_nagios(const ExportInput& input) {
    std::string text;
    const auto hosts = grouped(input.ports, [](const ExportedPort& port) {
        const bool is_checked =
            port.protocol == registry::Protocol::tcp && !port.is_group && !port.addresses.empty();
        return is_checked ? port.target : std::string();
    });
    for (const auto& host : hosts) {
        text += host_text(*host.ports.front());
        for (const auto* port : host.ports) text += service_text(*port);
    }
    return text;
}

}  // namespace portolan::desk
