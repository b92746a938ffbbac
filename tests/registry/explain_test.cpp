#include "portolan/registry/explain.hpp"

#include <algorithm>

#include "elements.hpp"

namespace portolan::registry {
namespace {

Plan with_registry() {
    auto plan = elements_plan();
    plan.ranges = {{"API services", {5000, 5099}, {}, {}}};
    NamedService api;
    api.name = "user-api";
    api.ports = {{"", Port{5001}, Protocol::tcp, {}}};
    api.range = {"API services", {}};
    plan.services = {api};
    plan.dynamic = Dynamic{{"x"}, {50000, 50009}, {}, {}};
    return plan;
}

std::string said(const Explanation& explanation) {
    std::string text;
    for (const auto& each : statements(explanation)) text += (text.empty() ? "" : " ") + each;
    return text;
}

TEST_CASE("what is said of a number") {
    const auto plan = with_registry();
    struct Row {
        unsigned port;
        std::optional<Protocol> protocol;
        const char* text;
    };
    const Row rows[] = {
        {40805, {}, "40805/udp is oxygen snmp, instance 4."},
        {40805, Protocol::tcp,
         "40805/tcp belongs to nobody: it is in no range of the registry. "
         "40805/udp is oxygen snmp, instance 4."},
        {11111, {}, "11111/udp is sodium mcast in prod, whatever the instance."},
        {21111,
         {},
         "21111 belongs to nobody: it is in no range of the registry. The convention "
         "does not assign it: 21111 = 2 (instance) 11 (sodium) 11 (mcast in prod). mcast "
         "is always counted as instance 1, which is 11111 for sodium."},
        {5001, {}, "5001/tcp is user-api (API services)."},
        {5002,
         {},
         "5002 is free in the range \"API services\", 5000-5099. The convention does not "
         "assign it: 5002 = 0 (instance, outside 1-4) 50 (application id not assigned) 02 "
         "(jmx)."},
        {50001,
         {},
         "50001 belongs to nobody: it is in no range of the registry. The convention "
         "does not assign it: 50001 = 5 (instance, outside 1-4) 00 (application id not "
         "assigned) 01 (shutdown). A dynamic registration may take 50001 (of "
         "50000-50009)."},
    };
    for (const auto& row : rows) {
        CAPTURE(row.port);
        CHECK(said(explain(plan, row.port, row.protocol)) == row.text);
    }
}

TEST_CASE("every port has a sentence, and it is true") {
    const auto plan = with_registry();
    for (unsigned port = 0; port < 65536; ++port) {
        const auto explanation = explain(plan, port);
        const auto sentences = statements(explanation);
        if (sentences.empty()) FAIL("silence at " << port);
        const bool nobody = sentences.front().find("belongs to nobody") != std::string::npos;
        const bool free = sentences.front().find("is free in the range") != std::string::npos;
        const bool in_range = port >= 5000 && port <= 5099;
        const bool assigned = !explanation.claims.empty() || port == 5001;
        if (nobody != (!assigned && !in_range)) FAIL("nobody at " << port);
        if (free != (!assigned && in_range)) FAIL("free at " << port);
        for (const auto& each : explanation.claims)  // back again: the two are inverses
            if (port_of(
                    *plan.convention, *each.application, *each.type, each.instance,
                    each.only_in != nullptr ? plan.environment(each.only_in->environment) : nullptr)
                    .value_or(port) != port)
                FAIL("not the inverse at " << port);
    }
}

TEST_CASE("where the number is, and what to know of it") {
    const auto plan = with_registry();
    const auto oxygen = explain(plan, 40805);
    std::vector<std::string> held;
    for (const auto& service : oxygen.holders)
        for (const auto& each : service.endpoints)
            held.push_back(service.environment->name + " " + each.host->name);
    CHECK(held == std::vector<std::string>{"prod jb1"});
    CHECK(oxygen.holders.size() == 6);
    REQUIRE(oxygen.remarks.size() == 1);
    CHECK(oxygen.remarks[0].severity == Severity::warning);
    CHECK(oxygen.remarks[0].cure ==
          "Reserve it on its hosts: net.ipv4.ip_local_reserved_ports = 40805");

    const auto group = explain(plan, 11211);
    REQUIRE(group.holders.size() == 1);
    CHECK(group.holders[0].environment->name == "prod");
    CHECK(group.holders[0].endpoints.at(0).is_group);
    CHECK(group.remarks.at(0).message ==
          "IANA's name for 11211 is memcache (tcp, udp), as of 2025-11-14");

    const auto rule_of = [&](unsigned port) {
        const auto remarks = explain(plan, port).remarks;
        return remarks.empty() ? "" : remarks[0].rule;
    };
    CHECK(rule_of(0) == "port-zero");
    CHECK(rule_of(12) == "system-port");
    CHECK(rule_of(30805) == "nodeport-range");
    CHECK(rule_of(20805).empty());
}

}  // namespace
}  // namespace portolan::registry
