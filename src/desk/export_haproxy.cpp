// HAProxy: a resolvers section, and a backend for each published TCP service, filled by SRV.
#include <fmt/core.h>

#include <algorithm>

#include "desk/exports.hpp"

namespace portolan::desk {
namespace {

std::string address_and_port(const registry::Address& address) {
    const auto text = to_string(address);
    return address.is_v6() ? "[" + text + "]:53" : text + ":53";
}

/// The name servers of the first plan: whoever serves several zones serves them together.
std::string resolvers(const ExportInput& input) {
    std::string servers;
    for (const auto& server : input.plans.front()->nameservers) {
        std::size_t count = 0;
        for (const auto& address : server.addresses) {
            const auto suffix = ++count == 1 ? std::string() : fmt::format("-{}", count);
            servers += fmt::format("    nameserver {}{} {}\n", server.label, suffix,
                                   address_and_port(address.value));
        }
    }
    if (servers.empty()) servers = "    parse-resolv-conf\n";
    return "resolvers portolan\n" + servers +
           "    accepted_payload_size 1232\n"
           "    resolve_retries 3\n"
           "    timeout resolve 1s\n"
           "    timeout retry   1s\n"
           "    hold valid      10s\n"
           "    hold obsolete   30s\n";
}

/// Room for as many endpoints again, so that a larger set needs no restart.
std::size_t slots(const ExportGroup& backend) {
    return std::max<std::size_t>(4, backend.ports.size() * 2);
}

std::string backend_text(const ExportGroup& backend) {
    const auto& first = *backend.ports.front();
    const auto about = about_line(first.about);
    std::string text = "\n";
    if (!about.empty()) text += "# " + about + "\n";
    const bool ordered = std::ranges::any_of(
        backend.ports, [&](const auto* port) { return port->priority != first.priority; });
    if (ordered) text += "# HAProxy does not look at priorities: all endpoints are used alike\n";
    text += fmt::format("backend {}\n", backend.key);
    text += "    mode tcp\n    timeout connect 2s\n    timeout server 30s\n";
    text += fmt::format(
        "    server-template {}- {} {} resolvers portolan resolve-opts allow-dup-ip init-addr none "
        "check\n",
        first.service, slots(backend), first.srv);
    return text;
}

}  // namespace

std::string write_haproxy(const ExportInput& input) {
    std::string text = resolvers(input);
    const auto backends = grouped(input.ports, [](const ExportedPort& port) {
        const bool is_for_it = port.protocol == registry::Protocol::tcp && !port.srv.empty();
        return is_for_it ? service_and_environment(port) : std::string();
    });
    for (const auto& each : backends) text += backend_text(each);
    return text;
}

}  // namespace portolan::desk
