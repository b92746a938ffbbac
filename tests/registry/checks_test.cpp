// What is probed of a plan, where, and by which check.
#include "portolan/registry/checks.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "../support/plan_text.hpp"

using namespace portolan;
using namespace portolan::registry;

namespace {

std::string plan_text(const std::string& check_of_b, const std::string& health) {
    return R"(
zone: z.example
nameservers: {ns1: 192.0.2.53}
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  instances: 1-2
  applications: {a: 1, )" +
           fmt::format("b: {{id: 2{}}}", check_of_b) + R"(, c: {id: 3, check: none}}
  types:
    shutdown: {id: 1, publish: no}
    http: {id: 2, check: {http: /}}
    jmx: {id: 3}
    ajp: {id: 4, check: none}
    snmp: {id: 5, proto: udp, check: {tcp: yes, port: 99}}
    mcast: {id: 6, proto: udp, multicast: yes, instance: 1}
registry:
  services:
    db:
      check: tcp
      endpoints: [{host: h1, port: 90}, {host: h2, port: 91, check: {dns: x}}, {host: h2, port: 92, check: none}, {target: far.example, port: 93}]
    web: {ports: {one: 80, two: 81}, endpoints: [{host: h2}]}
environments:
  prod:
    multicast: 239.1.1.1
    hosts: {h1: [10.0.0.1, 10.0.1.1], h2: 10.0.0.2}
    place: {default: {1: h1}, a: [h1, h2]}
)" + health;
}

std::vector<std::string> shown(const Registry& registry) {
    std::vector<std::string> lines;
    for_each_checked_endpoint(registry, [&](const CheckedEndpoint& each) {
        const std::string check = words(*each.check);
        lines.push_back(fmt::format(
            "{}/{} {}:{} at {}:{} {}", each.service, to_string(each.protocol), each.host, each.port,
            to_string(each.address), each.probe_port, check.substr(0, check.find(" every"))));
    });
    return lines;
}

const std::vector<std::string> of_services{
    "db/tcp h1:90 at 10.0.0.1:90 tcp",
    "db/tcp h2:91 at 10.0.0.2:91 dns x",
};

}  // namespace

TEST_CASE("each endpoint with a check is probed", "[health]") {
    const Plan plan = test::plan_from(plan_text("", ""));
    std::vector<std::string> expected{
        "a-http/tcp h1:10102 at 10.0.0.1:10102 http /",
        "a-http/tcp h2:20102 at 10.0.0.2:20102 http /",
        "a-snmp/udp h1:10105 at 10.0.0.1:99 tcp on port 99",
        "a-snmp/udp h2:20105 at 10.0.0.2:99 tcp on port 99",
        "b-http/tcp h1:10202 at 10.0.0.1:10202 http /",
        "b-snmp/udp h1:10205 at 10.0.0.1:99 tcp on port 99",
    };
    expected.insert(expected.end(), of_services.begin(), of_services.end());
    CHECK(shown(plan) == expected);
}

TEST_CASE("the ports of an instance share the check of one, but for those with their own",
          "[health]") {
    const Plan plan = test::plan_from(
        plan_text(", check: {http: /b}", "health: {verdict: instance, via: http}\n"));
    std::vector<std::string> expected{
        "a-http/tcp h1:10102 at 10.0.0.1:10102 http /",
        "a-http/tcp h2:20102 at 10.0.0.2:20102 http /",
        "a-jmx/tcp h1:10103 at 10.0.0.1:10102 http /",
        "a-jmx/tcp h2:20103 at 10.0.0.2:20102 http /",
        "a-snmp/udp h1:10105 at 10.0.0.1:99 tcp on port 99",
        "a-snmp/udp h2:20105 at 10.0.0.2:99 tcp on port 99",
        "b-http/tcp h1:10202 at 10.0.0.1:10202 http /b",
        "b-jmx/tcp h1:10203 at 10.0.0.1:10202 http /b",
        "b-snmp/udp h1:10205 at 10.0.0.1:99 tcp on port 99",
    };
    expected.insert(expected.end(), of_services.begin(), of_services.end());
    CHECK(shown(plan) == expected);
}

TEST_CASE("what is withheld is probed on, at the address that its host has now", "[health]") {
    const Plan plan = test::plan_from(plan_text("", ""));
    Live live;
    live.take(AddressesChange{"prod", "h1", std::vector{*parse_address("10.0.0.7")}});
    live.take(VerdictsChange{"prod", "db", Protocol::tcp, {{"h1", 90, Verdict::critical}}});
    const auto lines = shown({plan, live});
    CHECK(std::count(lines.begin(), lines.end(), "db/tcp h1:90 at 10.0.0.7:90 tcp") == 1);
}

TEST_CASE("what nobody has concluded anything about is as the plan counts it", "[health]") {
    Plan plan = test::plan_from(plan_text("", ""));
    const auto count = [&] {
        return find_service(plan, *plan.environment("prod"), "db", Protocol::tcp)->endpoints.size();
    };
    CHECK(count() == 4);
    plan.health.policy.unknown = Verdict::critical;
    CHECK(count() == 2);  // those without a check
}
