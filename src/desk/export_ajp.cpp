// AJP before Tomcat: workers of mod_jk, and balancers of mod_proxy_ajp. An ordered set sends all to
// its first endpoint while that lives, as the plan says; a balanced one shares.
#include <fmt/core.h>

#include <algorithm>

#include "desk/exports.hpp"

namespace portolan::desk {
namespace {

std::vector<ExportGroup> balancers(const ExportInput& input) {
    return grouped(input.ports, [](const ExportedPort& port) {
        const bool is_ajp = port.type == "ajp" && !port.target.empty();
        return is_ajp ? service_and_environment(port) : std::string();
    });
}

std::uint16_t first_priority(const ExportGroup& group) {
    return (*std::ranges::min_element(group.ports, {}, &ExportedPort::priority))->priority;
}

/// mod_jk takes letters, digits, hyphen and underscore.
std::string worker_name(std::string name) {
    std::ranges::replace(name, '.', '_');
    return name;
}

std::string member_name(const ExportGroup& group, const ExportedPort& port) {
    const auto suffix = port.instance ? *port.instance : port.port;
    return fmt::format("{}_{}", worker_name(group.key), suffix);
}

}  // namespace

std::string write_mod_jk(const ExportInput& input) {
    std::string names;
    std::string text;
    for (const auto& group : balancers(input)) {
        const auto name = worker_name(group.key);
        names += (names.empty() ? "" : ",") + name;
        std::string members;
        std::string details;
        for (const auto* port : group.ports) {
            const auto member = member_name(group, *port);
            members += (members.empty() ? "" : ",") + member;
            details +=
                fmt::format("worker.{0}.type=ajp13\nworker.{0}.host={1}\nworker.{0}.port={2}\n",
                            member, port->target, port->port);
            if (port->priority != first_priority(group))
                details += fmt::format("worker.{}.distance={}\n", member, port->priority);
        }
        text +=
            fmt::format("\nworker.{0}.type=lb\nworker.{0}.balance_workers={1}\n", name, members);
        text += details;
    }
    return fmt::format("worker.list={}\n", names) + text;
}

std::string write_mod_proxy_ajp(const ExportInput& input) {
    std::string text;
    for (const auto& group : balancers(input)) {
        text += fmt::format("<Proxy \"balancer://{}\">\n", group.key);
        for (const auto* port : group.ports)
            text += fmt::format("    BalancerMember \"ajp://{}:{}\" route={}{}\n", port->target,
                                port->port, member_name(group, *port),
                                port->priority == first_priority(group) ? "" : " status=+H");
        text += "</Proxy>\n";
    }
    return text;
}

}  // namespace portolan::desk
