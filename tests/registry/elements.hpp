// The elements convention as a plan in code, so that tests of pure stages need no YAML.
#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "portolan/registry/plan.hpp"

namespace portolan::registry {

inline Pattern xyyzz() {
    return {"XYYZZ",
            {{FieldKind::instance, 1, 10000},
             {FieldKind::application, 2, 100},
             {FieldKind::type, 2, 1}},
            0};
}

inline dns::PackedName packed(std::string_view labels) {
    std::string wire;
    while (!labels.empty()) {
        const auto label = labels.substr(0, labels.find('.'));
        wire += static_cast<char>(label.size());
        wire += label;
        labels.remove_prefix(std::min(labels.size(), label.size() + 1));
    }
    wire += '\0';
    return dns::NameView({reinterpret_cast<const std::uint8_t*>(wire.data()), wire.size()});
}

inline PortType port_type(std::string name, unsigned id, Protocol protocol = Protocol::tcp) {
    PortType type;
    type.name = std::move(name);
    type.id = id;
    type.protocol = protocol;
    return type;
}

inline PortType multicast_type(std::vector<PortType::PerEnvironment> ids) {
    PortType type;
    type.name = "mcast";
    type.ids = std::move(ids);
    type.protocol = Protocol::udp;
    type.multicast = true;
    type.instance = 1;
    return type;
}

inline Address address(std::string_view text) { return parse_address(text).value(); }

inline Host host(std::string name, const std::vector<std::string>& addresses) {
    Host host;
    host.name = std::move(name);
    for (const auto& each : addresses) host.addresses.push_back({address(each), {}});
    return host;
}

inline Placement placement(std::string subject, const std::vector<std::string>& hosts) {
    Placement placement;
    placement.subject = std::move(subject);
    unsigned instance = 0;
    for (const auto& name : hosts) {
        PlacedInstance placed;
        placed.instance = ++instance;
        placed.host = name;
        placement.instances.push_back(placed);
    }
    return placement;
}

/// An environment with two hosts in 10.NUMBER.0.0/16 and two instances of everything.
inline Environment environment(std::string name, unsigned number, bool multicast) {
    const auto base = "10." + std::to_string(number) + ".0.";
    Environment environment;
    environment.name = std::move(name);
    environment.networks.push_back({parse_network(base + "0/16").value(), {}});
    if (multicast)
        environment.multicast =
            Placed<Address>{address("239.1." + std::to_string(number) + ".1"), {}};
    environment.hosts = {host("jb1", {base + "11"}), host("jb2", {base + "12"})};
    environment.placements = {placement("default", {"jb1", "jb2"})};
    return environment;
}

/// Calls `edit` for each of the plan's environments.
template <class Edit>
void for_each_environment(Plan& plan, Edit edit) {
    for (std::size_t i = 0; i < plan.environments.size(); ++i) edit(plan.environments.edit(i));
}

/// 12 applications, 11 type ids, six environments of which four have multicast; oxygen has four
/// instances in prod.
inline Plan elements_plan() {
    Plan plan;
    plan.files = {"elements.yaml"};
    plan.zone = {packed("svc.corp.example"), {0, 1, 7}};
    plan.convention.emplace();
    auto& convention = *plan.convention;
    convention.pattern = xyyzz();
    convention.bounds = {1024, 65535};
    convention.last_instance = 4;
    unsigned id = 0;
    for (const auto* name : {"hydrogen", "helium", "lithium", "beryllium", "boron", "carbon",
                             "nitrogen", "oxygen", "fluorine", "neon", "sodium", "magnesium"})
        convention.applications.push_back({name, ++id, {}, {0, 10 + id, 3}});
    convention.types = {port_type("shutdown", 1),
                        port_type("jmx", 2),
                        port_type("http", 3),
                        port_type("ajp", 4),
                        port_type("snmp", 5, Protocol::udp),
                        port_type("repl", 6),
                        multicast_type({{"dev", 7, {0, 37, 20}},
                                        {"qa", 8, {0, 37, 28}},
                                        {"uat", 9, {0, 37, 35}},
                                        {"preprod", 10, {0, 37, 42}},
                                        {"prod", 11, {0, 37, 55}}})};
    for (unsigned i = 0; i < convention.types.size(); ++i)
        convention.types.edit(i).place = {0, 31 + i, 5};
    convention.types.edit(0).publish = false;
    plan.environments = {environment("dev", 6, true),     environment("qa", 2, true),
                         environment("itl", 3, false),    environment("prj", 4, false),
                         environment("preprod", 5, true), environment("prod", 1, true)};
    auto& prod = plan.environments.edit(5);
    prod.aliases = {{"production", {}}};
    prod.placements.push_back(placement("oxygen", {"jb2", "jb2", "jb1", "jb1"}));
    unsigned line = 50;
    for_each_environment(plan, [&](auto& each) { each.place = {0, line++, 3}; });
    return plan;
}

}  // namespace portolan::registry
