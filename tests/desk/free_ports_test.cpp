#include "portolan/desk/free_ports.hpp"

#include <fmt/format.h>

#include "../registry/elements.hpp"

namespace portolan::desk {
namespace {

using registry::Protocol;

registry::Plan plan_with_registry() {
    auto plan = registry::elements_plan();
    plan.ranges = {{"API services", {5000, 5099}, {}, {}}};
    registry::NamedService api;
    api.name = "user-api";
    api.ports = {{"", registry::Port{5001}, Protocol::tcp, {}}};
    plan.services = {api};
    return plan;
}

Listener web() {
    Listener one;
    one.port = 443;
    one.processes = {{812, "nginx", {}, "root"}};
    return one;
}

std::string said(const PortState& state) {
    auto text = fmt::format("{} {}", state.port, to_string(state.use));
    for (const auto& each : state.sockets) text += "; " + each.text;
    for (const auto& each : state.declared)
        text += fmt::format("; {} {}", to_string(each.protocol), each.text);
    for (const auto& each : state.ranges) text += "; in " + each;
    return text + (state.is_ephemeral ? "; ephemeral" : "");
}

TEST_CASE("whether a port can be taken") {
    const auto plan = plan_with_registry();
    const registry::Plan* plans[] = {&plan};
    const Listener listeners[] = {web()};
    PortSettings settings;
    settings.reserved = {{40101, 40199}};
    struct Row {
        const char* asked;
        const char* own;
        const char* text;
    };
    const Row rows[] = {
        {"80", "", "80 free"},
        {"443", "", "443 in use; 0.0.0.0:443 by nginx (pid 812, user root)"},
        {"443/udp", "", "443 free"},
        {"5000", "", "5000 free; in \"API services\" of svc.corp.example"},
        {"5001", "",
         "5001 declared; tcp user-api of svc.corp.example; in \"API services\" of "
         "svc.corp.example"},
        {"5001", "user-api", "5001 free; in \"API services\" of svc.corp.example"},
        {"40805", "", "40805 declared; udp oxygen snmp instance 4 of svc.corp.example; ephemeral"},
        {"40805/tcp", "", "40805 free; ephemeral"},
        {"40805/udp", "oxygen-snmp", "40805 free; ephemeral"},
        {"40104", "hydrogen-ajp", "40104 free"},  // reserved on the host
    };
    for (const auto& row : rows) {
        CAPTURE(row.asked);
        const auto asked = *parse_port_text(row.asked);
        const auto states = port_states({&asked, 1}, listeners, plans, settings, row.own);
        REQUIRE(states.size() == 1);
        CHECK(said(states[0]) == row.text);
    }
}

TEST_CASE("a range is asked port by port, up to the last one") {
    const PortText asked[] = {*parse_port_text("65534-65535"), *parse_port_text("1")};
    const auto states = port_states(asked, {}, {}, {}, "");
    std::vector<unsigned> ports;
    for (const auto& each : states) ports.push_back(each.port);
    CHECK(ports == std::vector<unsigned>{65534, 65535, 1});
}

}  // namespace
}  // namespace portolan::desk
