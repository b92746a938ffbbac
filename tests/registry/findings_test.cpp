#include "portolan/registry/findings.hpp"

#include <algorithm>
#include <functional>

#include "elements.hpp"
#include "portolan/registry/port_map.hpp"

namespace portolan::registry {
namespace {

/// "severity rule: message" of every finding.
std::vector<std::string> told(const Findings& findings) {
    std::vector<std::string> texts;
    for (const auto& each : findings)
        texts.push_back(std::string(to_string(each.severity)) + " " + each.rule + ": " +
                        each.message);
    return texts;
}

/// The findings that the elements plan does not have by itself. Every number changes what IANA
/// has to say; that has a test of its own.
std::vector<std::string> news(const Plan& plan) {
    static const auto usual = told(check_ports(elements_plan()));
    auto texts = told(check_ports(plan));
    std::erase_if(texts, [](const std::string& each) {
        return each.starts_with("note iana-name") ||
               std::find(usual.begin(), usual.end(), each) != usual.end();
    });
    return texts;
}

NamedService service(std::string name, std::optional<Port> port,
                     Protocol protocol = Protocol::tcp) {
    NamedService service;
    service.name = std::move(name);
    service.ports = {{"", port, protocol, {0, 60, 5}}};
    service.place = {0, 60, 5};
    return service;
}

PlannedEndpoint on(std::string host_name, std::optional<Port> port = {}) {
    PlannedEndpoint endpoint;
    endpoint.host = std::move(host_name);
    endpoint.port = port;
    endpoint.place = {0, 61, 9};
    return endpoint;
}

NamedService with_endpoints(NamedService service, std::vector<PlannedEndpoint> endpoints) {
    service.endpoints = std::move(endpoints);
    return service;
}

Environment& prod(Plan& plan) { return plan.environments.edit(plan.environments.size() - 1); }
Environment& qa(Plan& plan) { return plan.environments.edit(1); }

Placement led(Plan& plan, unsigned leader) {
    Override override;
    override.subject = "neon";
    override.leader = leader;
    prod(plan).overrides = {override};
    return {};
}

struct Row {
    std::string why;
    std::function<void(Plan&)> edit;
    std::vector<std::string> expected;  // all news, each by its beginning
};

void check_rows(const std::vector<Row>& rows) {
    for (const auto& row : rows) {
        INFO(row.why);
        auto plan = elements_plan();
        row.edit(plan);
        const auto found = news(plan);
        std::string all;
        for (const auto& each : found) all += each + "\n";
        INFO(all);
        CHECK(found.size() == row.expected.size());
        for (const auto& expected : row.expected) {
            INFO("expected: " << expected);
            CHECK(std::any_of(found.begin(), found.end(),
                              [&](const std::string& each) { return each.starts_with(expected); }));
        }
    }
}

TEST_CASE("what the elements plan itself is told") {
    const auto findings = check_ports(elements_plan());
    std::vector<std::string> rules;
    for (const auto& each : findings) rules.push_back(each.rule);
    CHECK(rules == std::vector<std::string>{"ephemeral-range", "nodeport-range", "iana-name",
                                            "iana-name", "iana-name", "environment-without-id",
                                            "multicast-proof", "id-without-environment"});
    CHECK(exit_status(findings) == 1);
    CHECK(findings[0].message.starts_with("72 ports of instance 4 lie in"));
    CHECK(findings[0].cure.find("net.ipv4.ip_local_reserved_ports = 40101-40106,40201-40206,") !=
          std::string::npos);
    CHECK(findings[1].message.starts_with("72 ports of instance 3 lie in"));
    CHECK(findings[2].message.starts_with(
        "24 ports of instance 1 have a name at IANA (2025-11-14), 20 in the same protocol: "));
    CHECK(findings[2].message.find("11211/udp memcache") != std::string::npos);
    CHECK(findings[5].message == "mcast has no id in itl and prj, so there is no such port there");
    CHECK(findings[6].message ==
          "proved: no two environments share a multicast group and port (4 groups, 48 group:port "
          "pairs)");
    CHECK(findings[7].line == 37);
    CHECK(findings[7].column == 35);
    for (const auto& each : findings) {
        CAPTURE(each.rule);
        CHECK((each.severity == Severity::note || !each.cure.empty()));
    }
}

TEST_CASE("all 72 unicast ports of instance 3 and of instance 4 lie in their platforms' ranges") {
    const auto plan = elements_plan();
    for (const auto& claim : claims(*plan.convention)) {
        CAPTURE(claim.port);
        CHECK(node_ports.contains(claim.port) == (!claim.every_instance && claim.instance == 3));
        CHECK(ephemeral_ports.contains(claim.port) ==
              (!claim.every_instance && claim.instance == 4));
    }
}

TEST_CASE("findings on ids") {
    check_rows({
        {"an application's id of three digits",
         [](Plan& plan) { plan.convention->applications.edit(11).id = 100; },
         {"error id-too-large: the id of magnesium, 100 does not fit the 2 digits of YY in XYYZZ: "
          "the limit is 99",
          "warning ephemeral-range", "warning nodeport-range"}},
        {"a type's id of three digits in one environment",
         [](Plan& plan) { plan.convention->types.edit(6).ids[2].id = 100; },
         {"error id-too-large: the id of mcast in uat, 100 does not fit the 2 digits of ZZ",
          "warning id-without-environment"}},
        {"ten instances in one digit",
         [](Plan& plan) {
             plan.convention->first_instance = 10;
             plan.convention->last_instance = 10;
             for_each_environment(plan, [](auto& each) { each.placements.clear(); });
         },
         {"error id-too-large: instance 10 does not fit the 1 digit of X",
          "error port-too-large: 72 ports of instance 10 pass 65535", "note placed-nowhere",
          "note placed-nowhere", "note placed-nowhere", "note placed-nowhere",
          "note placed-nowhere", "note placed-nowhere"}},
        {"two applications with one id",
         [](Plan& plan) { plan.convention->applications.edit(1).id = 1; },
         {"error duplicate-id: application helium has the id 1 of hydrogen (line 11): all their "
          "ports would be the same",
          "note multicast-proof"}},
        {"two types with one id, in one environment only",
         [](Plan& plan) {
             plan.convention->types.edit(4).id = 11;
             plan.convention->types.edit(4).ids = {};
         },
         {"error duplicate-id: type mcast has the id 11 of snmp (line 35) in prod"}},
        {"two types with one id in two protocols",
         [](Plan& plan) { plan.convention->types.edit(4).id = 4; },
         {"note shared-id: type snmp has the id 4 of ajp (line 34): the same numbers in tcp and "
          "udp"}},
        {"an environment twice, once by its alias",
         [](Plan& plan) {
             plan.convention->types.edit(6).ids.push_back({"production", 12, {0, 37, 70}});
         },
         {"error duplicate-environment: mcast has two ids in one environment: 11 for prod and 12 "
          "for production",
          "note multicast-proof"}},
        {"a pattern without applications",
         [](Plan& plan) {
             plan.convention->pattern = {
                 "5XZZ", {{FieldKind::instance, 1, 100}, {FieldKind::type, 2, 1}}, 5000};
         },
         {"error pattern-lacks-field: the pattern 5XZZ has no field for the application, and there "
          "are 12",
          "note multicast-proof"}},
    });
}

TEST_CASE("findings on ports of the registry") {
    check_rows({
        {"a number of the convention",
         [](Plan& plan) { plan.services = {service("user-api", 10104)}; },
         {"error port-collision: 10104/tcp is user-api and also hydrogen ajp instance 1 by the "
          "convention (line 11)"}},
        {"the same number in another protocol is a note",
         [](Plan& plan) { plan.services = {service("user-api", 10106, Protocol::udp)}; },
         {"note other-protocol: one number in two protocols: 10106/udp (user-api) and tcp "
          "(hydrogen repl instance 1)"}},
        {"two services",
         [](Plan& plan) {
             plan.services = {service("a", 5002), service("b", 5002)};
         },
         {"error port-collision: 5002/tcp is b and also a (line 60)"}},
        {"two services in environments apart",
         [](Plan& plan) {
             plan.services = {service("a", 15002), service("b", 15002)};
             plan.services.edit(0).environments = {{"prod", {}}};
             plan.services.edit(1).environments = {{"qa", {}}};
         },
         {}},
        {"tcp and udp",
         [](Plan& plan) {
             plan.services = {service("a", 15002), service("b", 15002, Protocol::udp)};
         },
         {"note other-protocol: one number in two protocols: 15002/udp (b) and tcp (a)"}},
        {"one endpoint on another service's number",
         [](Plan& plan) {
             plan.services = {service("a", 15002),
                              with_endpoints(service("b", 15003), {on("jb1", Port{15002})})};
         },
         {"warning port-shared: 15002/tcp is b and also a (line 60), at single endpoints"}},
        {"one host and port for two services without numbers of their own",
         [](Plan& plan) {
             plan.services = {with_endpoints(service("a", {}), {on("jb1.prod", Port{15002})}),
                              with_endpoints(service("b", {}), {on("jb1.prod", Port{15002})})};
         },
         {"error host-port-collision: a and b would both listen on 15002/tcp of jb1.prod"}},
        {"one endpoint twice",
         [](Plan& plan) {
             plan.services = {
                 with_endpoints(service("a", Port{15002}), {on("jb1.prod"), on("jb1.prod")})};
         },
         {"error host-port-collision: two endpoints of a would both listen on 15002/tcp"}},
        {"no port at all",
         [](Plan& plan) { plan.services = {with_endpoints(service("a", {}), {on("jb1.prod")})}; },
         {"error endpoint-without-port: this endpoint of a has no port"}},
        {"port zero",
         [](Plan& plan) { plan.services = {service("a", 0)}; },
         {"error port-zero: a has port 0"}},
        {"instances that share a host and have no digit of their own",
         [](Plan& plan) {
             plan.convention->types.edit(5).instance = 1;
             for_each_environment(plan, [](auto& each) {
                 if (each.name != "prod") each.placements.clear();
             });
         },
         {"error host-port-collision: two endpoints of oxygen-repl would both listen on 10806/tcp "
          "of jb2.prod",
          "warning ephemeral-range: 60 ports", "warning nodeport-range: 60 ports",
          "note placed-nowhere", "note placed-nowhere", "note placed-nowhere",
          "note placed-nowhere", "note placed-nowhere"}},
    });
}

/// One application and one type, so that each instance has one port.
TEST_CASE("one port lies, several lie") {
    Plan plan = elements_plan();
    plan.environments.clear();
    plan.convention->applications = {Application{"neon", 10, {}, {}}};
    plan.convention->types = {port_type("http", 3)};
    plan.convention->bounds = {1024, 40000};
    plan.ranges = {{"API services", {15000, 15099}, {}, {0, 55, 5}}};
    std::string all;
    for (const auto& each : check_ports(plan)) all += each.message + "\n";
    CAPTURE(all);
    for (const auto* text :
         {"1 port of instance 4 lies in Linux's ephemeral range",
          "1 port of instance 3 lies in Kubernetes' NodePort range 30000-32767: a cluster on the "
          "same hosts may take it",
          "1 port of instance 4 lies outside the bounds 1024-40000",
          "inside the convention's span 11003-41003 lies the range \"API services\""})
        CHECK(all.find(text) != std::string::npos);
}

TEST_CASE("findings on bounds and ranges") {
    const Range api{"API services", {15000, 15099}, {}, {0, 55, 5}};
    check_rows({
        {"out of the convention's bounds",
         [](Plan& plan) {
             plan.convention->bounds = {1024, 40000};
         },
         {"error port-out-of-bounds: 72 ports of instance 4 lie outside the bounds 1024-40000"}},
        {"in no range",
         [&](Plan& plan) {
             plan.ranges = {{"far", {50000, 50001}, {}, {}}};
             plan.services = {service("a", 15200)};
         },
         {"warning port-outside-ranges: a has port 15200, which is in no range"}},
        {"outside its range",
         [&](Plan& plan) {
             plan.ranges = {{"far", {50000, 50001}, {}, {}}};
             plan.services = {service("a", 15200)};
             plan.services.edit(0).range = {"far", {}};
         },
         {"error port-outside-its-range: a has port 15200, outside its range \"far\", "
          "50000-50001"}},
        {"an unknown range",
         [&](Plan& plan) {
             plan.ranges = {api};
             plan.services = {service("a", 15050)};
             plan.services.edit(0).range = {"API servces", {}};
         },
         {"error unknown-range: there is no range \"API servces\"", "note range-in-convention"}},
        {"ranges that overlap, inside the convention's span",
         [&](Plan& plan) {
             plan.ranges = {api, {"more", {15099, 15100}, {}, {0, 56, 5}}};
         },
         {"warning ranges-overlap: the range \"more\", 15099-15100, overlaps \"API services\", "
          "15000-15099 (line 55)",
          "note range-in-convention: inside the convention's span 10101-41206 lie the ranges \"API "
          "services\" 15000-15099 (with 0 of its ports) and \"more\" 15099-15100"}},
        {"dynamic ports over the convention's",
         [&](Plan& plan) {
             plan.dynamic = Dynamic{{"x"}, {32768, 60999}, {}, {}};
         },
         {"warning dynamic-overlap: dynamic registrations may take 32768-60999, where the plan has "
          "72 ports of the convention"}},
    });
}

TEST_CASE("findings on names that do not exist") {
    check_rows({
        {"a host in place",
         [](Plan& plan) { prod(plan).placements.push_back(placement("neon", {"jb3"})); },
         {"error unknown-host: prod has no host \"jb3\""}},
        {"a host of another environment",
         [](Plan& plan) {
             qa(plan).hosts.push_back(host("jb9", {"10.2.0.19"}));
             prod(plan).placements.push_back(placement("neon", {"jb9"}));
         },
         {"error unknown-host: prod has no host \"jb9\"; jb9 is a host of qa"}},
        {"an instance without a host",
         [](Plan& plan) { prod(plan).placements.push_back(placement("neon", {""})); },
         {"error instance-without-host: instance 1 of neon has no host"}},
        {"an application in place",
         [](Plan& plan) { prod(plan).placements.push_back(placement("nein", {"jb1"})); },
         {"error unknown-application: there is no application or service \"nein\""}},
        {"an application in override",
         [](Plan& plan) {
             Override override;
             override.subject = "xenon";
             prod(plan).overrides = {override};
         },
         {"error unknown-application: there is no application or service \"xenon\""}},
        {"the host of an endpoint",
         [](Plan& plan) { plan.services = {with_endpoints(service("a", 15002), {on("db1")})}; },
         {"error unknown-host: no environment has a host \"db1\""}},
        {"the environment of an endpoint's host",
         [](Plan& plan) {
             plan.services = {with_endpoints(service("a", 15002), {on("jb1.prid")})};
         },
         {"error unknown-environment: there is no environment \"prid\""}},
        {"an endpoint where the service is not declared",
         [](Plan& plan) {
             plan.services = {with_endpoints(service("a", 15002), {on("jb1.qa")})};
             plan.services.edit(0).environments = {{"prod", {}}};
         },
         {"warning endpoint-not-declared: jb1.qa is in no environment that a is declared in"}},
        {"environments of services, publishing, dynamic registrations",
         [](Plan& plan) {
             plan.services = {service("a", 15002), service("b", 15003), service("c", 15004)};
             plan.services.edit(0).environments = {{"pord", {}}};
             plan.services.edit(1).publish_environment = "live";
             plan.services.edit(2).environments = {{"qa", {}}};
             plan.services.edit(2).publish_environment = "prod";
             plan.dynamic = Dynamic{{"x"}, {61000, 61001}, {{"devv", {}}}, {}};
         },
         {"error unknown-environment: there is no environment \"pord\"",
          "error unknown-environment: there is no environment \"live\"",
          "error publish-not-declared: c is published from prod",
          "error unknown-environment: there is no environment \"devv\""}},
    });
}

TEST_CASE("findings on placements") {
    check_rows({
        {"an instance outside instances:",
         [](Plan& plan) {
             auto five = placement("neon", {"jb1"});
             five.instances[0].instance = 5;
             prod(plan).placements.push_back(five);
         },
         {"error instance-out-of-bounds: instance 5 is outside `instances: 1-4`"}},
        {"an instance twice",
         [](Plan& plan) {
             auto twice = placement("neon", {"jb1", "jb2"});
             twice.instances[1].instance = 1;
             prod(plan).placements.push_back(twice);
         },
         {"error duplicate-instance: instance 1 of neon is placed twice"}},
        {"placed nowhere",
         [](Plan& plan) { prod(plan).placements.push_back(placement("neon", {})); },
         {"note placed-nowhere: neon is not placed in prod"}},
        {"a leader that is not placed",
         [](Plan& plan) { led(plan, 3); },
         {"error leader-not-placed: the leader of neon is to be instance 3"}},
        {"a leader that is", [](Plan& plan) { led(plan, 2); }, {}},
    });
}

TEST_CASE("findings on addresses") {
    check_rows({
        {"one address in two environments",
         [](Plan& plan) { prod(plan).hosts.push_back(host("jb3", {"10.2.0.11"})); },
         {"warning address-in-two-environments: qa and prod share an address: 10.2.0.11 (jb1.qa "
          "and jb3.prod)",
          "warning outside-networks: outside the networks of prod, 10.1.0.0/16: 10.2.0.11 (jb3)"}},
        {"one address on two hosts",
         [](Plan& plan) { prod(plan).hosts.push_back(host("jb3", {"10.1.0.11"})); },
         {"note shared-address: two hosts have the address 10.1.0.11 (jb1.prod and jb3.prod)"}},
        {"IPv6 where the networks say nothing of it",
         [](Plan& plan) { prod(plan).hosts.push_back(host("jb3", {"2001:db8::1"})); },
         {}},
        {"networks that overlap",
         [](Plan& plan) {
             prod(plan).networks.push_back({parse_network("10.2.128.0/17").value(), {}});
         },
         {"warning networks-overlap: 10.2.128.0/17 of prod overlaps 10.2.0.0/16 of qa"}},
        {"no address",
         [](Plan& plan) { prod(plan).hosts.push_back(host("jb3", {})); },
         {"error host-without-address: jb3.prod has no address"}},
        {"a group as a host",
         [](Plan& plan) {
             prod(plan).networks.clear();
             prod(plan).hosts.push_back(host("jb3", {"224.0.0.1"}));
         },
         {"error host-address: 224.0.0.1 of jb3.prod is a multicast group"}},
    });
}

TEST_CASE("findings on multicast") {
    check_rows({
        {"one group with different ports is a warning, and the proof still holds",
         [](Plan& plan) { qa(plan).multicast->value = address("239.1.1.1"); },
         {"warning shared-multicast-group: qa and prod share the multicast group 239.1.1.1",
          "note multicast-proof: proved: no two environments share a multicast group and port (3 "
          "groups, 48 group:port pairs)"}},
        {"one group and the same ports is an error with a witness, and there is no proof",
         [](Plan& plan) {
             qa(plan).multicast->value = address("239.1.1.1");
             plan.convention->types.edit(6).ids[1].id = 11;
         },
         {"error multicast-collision: qa and prod share the multicast group 239.1.1.1 (the plan) "
          "and 12 ports on it: 10111 (hydrogen-mcast), 10211 (helium-mcast) and 10 more"}},
        {"a type without a group",
         [](Plan& plan) { qa(plan).multicast.reset(); },
         {"error no-multicast-group: qa has an id of mcast, and no multicast group",
          "note multicast-proof"}},
        {"a group that is none",
         [](Plan& plan) { qa(plan).multicast->value = address("10.2.0.99"); },
         {"error not-multicast: 10.2.0.99 is not a multicast address"}},
    });
}

TEST_CASE("findings between plans") {
    const auto first = elements_plan();
    auto second = elements_plan();
    second.files = {"other.yaml"};
    CHECK(told(check_together({&first, &first})).front() ==
          "error zone-twice: the zone svc.corp.example. is also that of elements.yaml:1:7");

    second.zone.value = packed("other.example");
    auto collisions = told(check_together({&first, &second}));
    CHECK(collisions.size() == 4);  // the groups of dev, qa, preprod and prod
    CHECK(collisions[0].starts_with("error multicast-collision: dev and dev of elements.yaml"));

    for_each_environment(second, [](auto& each) { each.multicast.reset(); });
    CHECK(check_together({&first, &second}).empty());  // one prod in two zones is one prod
    auto live = second.environments.back();
    live.name = "live";
    live.aliases.clear();
    second.environments = {live};
    CHECK(told(check_together({&first, &second})) ==
          std::vector<std::string>{"warning address-in-two-environments: 10.1.0.11 is jb1 in live "
                                   "here and jb1 in prod of elements.yaml"});
}

TEST_CASE("IANA's names of registry ports: only those of other kinds are news") {
    auto plan = elements_plan();
    plan.services = {service("redis", 6379), service("user-api", 5001), service("orders", 27017)};
    plan.services.edit(2).type = "mongodb";
    const auto texts = told(check_ports(plan));
    CHECK(texts[texts.size() - 1] ==
          "note iana-name: IANA (2025-11-14) has other names for 1 port of the registry: 5001 is "
          "commplex-link (user-api here)");
}

TEST_CASE("a master file alone has no ports to check") {
    Plan plan;
    plan.files = {"plain.yaml"};
    plan.records = Placed<std::string>{"plain.zone", {}};
    CHECK(check_ports(plan).empty());
}

}  // namespace
}  // namespace portolan::registry
