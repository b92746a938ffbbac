#include "portolan/source/plan_file.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "portolan/dns/presentation.hpp"
#include "portolan/registry/findings.hpp"

namespace {

using namespace portolan;
using registry::Placed;
using registry::Plan;
using registry::Severity;
using Lines = std::vector<std::string>;
using Files = std::map<std::string, std::string>;

source::PlanFile read(const Files& files, const std::string& path = "p.yaml") {
    return source::read_plan(path, [&](const std::string& asked) -> std::optional<std::string> {
        const auto file = files.find(asked);
        if (file == files.end()) return {};
        return file->second;
    });
}

source::PlanFile read(const std::string& text) { return read(Files{{"p.yaml", text}}); }

/// "line:column rule" of every finding, with the file in front when it is not the plan's own.
Lines places_of(const registry::Findings& findings) {
    Lines lines;
    for (const auto& finding : findings) {
        const std::string file = finding.file == "p.yaml" ? "" : finding.file + ":";
        lines.push_back(
            fmt::format("{}{}:{} {}", file, finding.line, finding.column, finding.rule));
    }
    return lines;
}

std::string all_text(const registry::Findings& findings) {
    std::string text;
    for (const auto& finding : findings) text += registry::to_string(finding) + "\n";
    return text;
}

/// A plan without findings, or a failed test that shows them.
Plan plan_of(const std::string& text) {
    auto result = read(text);
    INFO(text);
    INFO(all_text(result.findings));
    REQUIRE(result.findings.empty());
    REQUIRE(result.plan);
    return std::move(*result.plan);
}

const std::string head = "zone: z.example\nnameservers: {ns1: 192.0.2.53}\n";  // two lines

std::string in_repository(const std::string& path) {
    return PORTOLAN_SOURCE_DIR "/" + path;  // one concatenation: GCC 12 warns of two, in long paths
}

// --- plans that read -----------------------------------------------------------------------------

/// The plan of the design document, as written there.
const char* const design = R"(zone: svc.corp.example
nameservers: {ns1: [192.0.2.53, "2001:db8::53"]}
contact: dns@corp.example
ttls: {service: 10s, host: 5m, infrastructure: 1h, negative: 5s}     # negative: SOA TTL and MINIMUM both
soa: {refresh: 60s, retry: 10s, expire: 14d}

convention:
  pattern: XYYZZ                                  # a letter a field, a letter's run its digits
  fields: {X: instance, YY: application, ZZ: type}
  bounds: 1024-65535
  instances: 1-4
  applications: {hydrogen: 1, helium: {id: 2, owner: web-team}}      # … magnesium: 12
  types:
    shutdown: {id: 1, publish: no}                # a port to know, not one to advertise or to probe
    jmx: 2
    http: {id: 3, check: {http: /health}}
    ajp: 4
    snmp: {id: 5, proto: udp}
    repl: 6
    mcast: {id: {dev: 7, qa: 8, uat: 9, preprod: 10, prod: 11}, proto: udp, instance: 1, multicast: yes}

registry:
  ranges: {API services: 5000-5099, Databases: 27017-27099}
  services:
    user-api: {port: 5001, in: API services, owner: accounts, description: profiles and logins}
    orders:                                       # mongodb+srv://orders.prod.svc.corp.example
      type: mongodb
      mongodb: {replicaSet: rs0}
      endpoints: [{host: db1, port: 27017}, {host: db2, port: 27018, priority: 10, weight: 100}]
    directory: {publish: [_ldap._tcp, _ldap._tcp.dc._msdcs], endpoints: [{host: ldap1, port: 636}]}   # owners at the apex
  dynamic: {names: [my-service], ports: 32768-60999, environments: [dev]}

environments:
  prod:
    aliases: [production]
    networks: [10.1.0.0/16]
    multicast: 239.1.11.1
    hosts: {jb1: 10.1.0.11, jb2: [10.1.0.12, "2001:db8:1::12"], db1: 10.1.0.21, db2: 10.1.0.22, ldap1: 10.1.0.31}
    place: {default: {1: jb1, 2: jb2}, oxygen: {1: jb2, 2: jb2, 3: jb1, 4: jb1}}   # a server has one address and may hold several instances
    failover: ordered                             # the lowest instance first, the others behind it; or balanced
    override: {hydrogen: {failover: balanced, leader: 2}}

health: {verdict: instance, via: http, interval: 10s, timeout: 2s, fall: 3, rise: 2}
records: svc.corp.example.zone                    # optional RFC 1035 master file: whatever is not derived
)";

TEST_CASE("the plan of the design reads as written") {
    const auto result = read(Files{{"zones/p.yaml", design}}, "zones/p.yaml");
    INFO(all_text(result.findings));
    REQUIRE(result.findings.empty());
    REQUIRE(result.plan);
    const Plan& plan = *result.plan;

    CHECK(dns::to_text(plan.zone.value) == "svc.corp.example.");
    CHECK(dns::to_text(plan.contact) == "dns.corp.example.");
    REQUIRE(plan.nameservers.size() == 1);
    CHECK(dns::to_text(plan.nameservers[0].name) == "ns1.svc.corp.example.");
    CHECK(plan.nameservers[0].addresses.size() == 2);
    CHECK(plan.ttls.service == 10);
    CHECK(plan.ttls.host == 300);
    CHECK(plan.ttls.infrastructure == 3600);
    CHECK(plan.ttls.negative == 5);
    CHECK(plan.soa.expire == 14 * 86400);
    REQUIRE(plan.records);
    CHECK(plan.records->value == "zones/svc.corp.example.zone");

    REQUIRE(plan.convention);
    const auto& convention = *plan.convention;
    REQUIRE(convention.pattern.fields.size() == 3);
    CHECK(convention.pattern.field(registry::FieldKind::instance)->scale == 10000);
    CHECK(convention.pattern.field(registry::FieldKind::application)->scale == 100);
    CHECK(convention.pattern.field(registry::FieldKind::application)->digits == 2);
    CHECK(convention.pattern.field(registry::FieldKind::type)->scale == 1);
    CHECK(convention.bounds.first == 1024);
    CHECK(convention.last_instance == 4);
    CHECK(plan.application("helium")->about.owner == "web-team");
    CHECK_FALSE(plan.type("shutdown")->publish);
    CHECK(plan.type("snmp")->protocol == registry::Protocol::udp);
    CHECK(plan.type("mcast")->ids.size() == 5);
    CHECK(plan.type("mcast")->instance == 1u);
    CHECK(plan.type("mcast")->multicast);

    CHECK(plan.ranges.size() == 2);
    const auto* orders = plan.service("orders");
    REQUIRE(orders != nullptr);
    CHECK(orders->type == "mongodb");
    CHECK(orders->mongodb ==
          std::vector<std::pair<std::string, std::string>>{{"replicaSet", "rs0"}});
    REQUIRE(orders->ports.size() == 1);
    CHECK_FALSE(orders->ports[0].port);
    REQUIRE(orders->endpoints.size() == 2);
    CHECK(orders->endpoints[1].port == 27018u);
    CHECK(orders->endpoints[1].priority == 10u);
    const auto* directory = plan.service("directory");
    REQUIRE(directory->publish.size() == 2);
    CHECK(dns::to_text(directory->publish[1].value) == "_ldap._tcp.dc._msdcs.svc.corp.example.");
    REQUIRE(plan.dynamic);
    CHECK(plan.dynamic->ports.first == 32768);

    const auto* prod = plan.environment("production");
    REQUIRE(prod != nullptr);
    CHECK(prod->host("jb2")->addresses.size() == 2);
    REQUIRE(prod->placement("oxygen") != nullptr);
    CHECK(prod->placement("oxygen")->instances.size() == 4);
    CHECK(prod->placement("hydrogen")->instances.at(1).host == "jb2");
    CHECK(prod->override_of("hydrogen")->leader == 2u);
    CHECK(prod->override_of("hydrogen")->failover == registry::Failover::balanced);
}

TEST_CASE("the plans of zones/ read without findings") {
    const std::string file = GENERATE("elements", "registry", "clients", "plain");
    CAPTURE(file);
    const auto result =
        source::read_plan(in_repository("zones/" + file + ".yaml"), source::read_whole_file);
    CHECK(all_text(result.findings) == "");
    REQUIRE(result.plan);
    CHECK(result.plan->is_master_file_only() == (file == "plain"));
}

TEST_CASE("the elements plan has the worked example's size") {
    const auto result =
        source::read_plan(in_repository("zones/elements.yaml"), source::read_whole_file);
    REQUIRE(result.plan);
    REQUIRE(result.plan->convention);
    CHECK(result.plan->convention->applications.size() == 12);
    std::size_t type_ids = 0;
    for (const auto& type : result.plan->convention->types)
        type_ids += type.id ? 1 : type.ids.size();
    CHECK(type_ids == 11);
    CHECK(result.plan->environments.size() == 6);
}

TEST_CASE("durations") {
    struct Row {
        const char* text;
        std::uint32_t seconds;
    };
    const auto row = GENERATE(values<Row>({{"90", 90},
                                           {"0", 0},
                                           {"10s", 10},
                                           {"5m", 300},
                                           {"1h", 3600},
                                           {"14d", 1209600},
                                           {"2w", 1209600},
                                           {"1h30m", 5400},
                                           {"\"10s\"", 10},
                                           {"2147483647", 2147483647}}));
    CAPTURE(row.text);
    const Plan plan = plan_of(head + "ttls: {service: " + row.text + "}\n");
    CHECK(plan.ttls.service == row.seconds);
}

TEST_CASE("contacts become RNAMEs") {
    struct Row {
        const char* text;
        const char* rname;
    };
    const auto row = GENERATE(values<Row>({
        {"contact: dns@corp.example", "dns.corp.example."},
        {"contact: first.last@corp.example", "first\\.last.corp.example."},
        {"contact: dns.corp.example", "dns.corp.example."},
        {"contact: dns.corp.example.", "dns.corp.example."},
        {"", "hostmaster.z.example."},
    }));
    CAPTURE(row.text);
    CHECK(dns::to_text(plan_of(head + row.text + "\n").contact) == row.rname);
}

TEST_CASE("name servers in the zone and elsewhere") {
    const Plan plan = plan_of(
        "zone: z.example\n"
        "nameservers: {ns1: [192.0.2.53], NS2.z.example.: \"2001:db8::53\", ns.other.example.: "
        "[]}\n");
    REQUIRE(plan.nameservers.size() == 3);
    CHECK(plan.nameservers[0].label == "ns1");
    CHECK(plan.nameservers[1].label == "ns2");
    CHECK(dns::to_text(plan.nameservers[1].name) == "ns2.z.example.");
    CHECK(plan.nameservers[2].label.empty());
    CHECK(dns::to_text(plan.nameservers[2].name) == "ns.other.example.");
}

TEST_CASE("patterns: any run of letters, digits are themselves") {
    struct Row {
        const char* pattern;
        const char* fields;
        unsigned literal;
        std::vector<unsigned> scales;
    };
    const auto row = GENERATE(values<Row>({
        {"XYYZZ", "{X: instance, YY: application, ZZ: type}", 0, {10000, 100, 1}},
        {"1AATT", "{AA: application, TT: type}", 10000, {100, 1}},
        {"AT00I", "{A: application, T: type, I: instance}", 0, {10000, 1000, 1}},
        {"8aa1t", "{aa: application, t: type}", 80010, {100, 1}},
    }));
    CAPTURE(row.pattern);
    const Plan plan =
        plan_of(head + "convention: {pattern: " + row.pattern + ", fields: " + row.fields + "}\n");
    const auto& pattern = plan.convention->pattern;
    CHECK(pattern.literal == row.literal);
    std::vector<unsigned> scales;
    for (const auto& field : pattern.fields) scales.push_back(field.scale);
    CHECK(scales == row.scales);
}

TEST_CASE("instances: a range or their number") {
    struct Row {
        const char* text;
        unsigned first, last;
    };
    const auto row =
        GENERATE(values<Row>({{"1-4", 1, 4}, {"4", 1, 4}, {"0-9", 0, 9}, {"\"2 - 3\"", 2, 3}}));
    CAPTURE(row.text);
    const Plan plan = plan_of(head +
                              "convention: {pattern: XYYZZ, fields: {X: instance, YY: application, "
                              "ZZ: type}, instances: " +
                              row.text + "}\n");
    CHECK(plan.convention->first_instance == row.first);
    CHECK(plan.convention->last_instance == row.last);
}

TEST_CASE("three ways to place instances on hosts") {
    struct Row {
        const char* text;
        Lines placed;  // "instance host"
    };
    const auto row = GENERATE(values<Row>({
        {"jb1", {"1 jb1"}},
        {"[jb1, JB2]", {"1 jb1", "2 jb2"}},
        {"{2: jb2, 1: jb1}", {"1 jb1", "2 jb2"}},
        {"{4: {host: jb1, priority: 5}}", {"4 jb1"}},
        {"[]", {}},
    }));
    CAPTURE(row.text);
    const Plan plan =
        plan_of(head + "environments: {prod: {place: {app: " + row.text + ", default: jb9}}}\n");
    const auto& placements = plan.environments.at(0).placements;
    REQUIRE(placements.size() == 2);
    CHECK(placements[0].subject == "default");
    Lines placed;
    for (const auto& each : placements[1].instances) {
        placed.push_back(fmt::format("{} {}", each.instance, each.host));
    }
    CHECK(placed == row.placed);
}

TEST_CASE("a service's ports: one, several by name, or none") {
    struct Row {
        const char* text;
        Lines ports;  // "name number protocol"
    };
    const auto row = GENERATE(values<Row>({
        {"5001", {" 5001 tcp"}},
        {"{port: 53, proto: udp}", {" 53 udp"}},
        {"{ports: {amqp: 5672, management: {port: 15672, proto: udp}}}",
         {"amqp 5672 tcp", "management 15672 udp"}},
        {"{proto: sctp, ports: {a: 1, b: {port: 2}}}", {"a 1 sctp", "b 2 sctp"}},
        {"{endpoints: []}", {" - tcp"}},
    }));
    CAPTURE(row.text);
    const Plan plan = plan_of(head + "registry: {services: {s: " + row.text + "}}\n");
    Lines ports;
    for (const auto& port : plan.services.at(0).ports) {
        ports.push_back(fmt::format("{} {} {}", port.name,
                                    port.port ? std::to_string(*port.port) : "-",
                                    registry::to_string(port.protocol)));
    }
    CHECK(ports == row.ports);
}

TEST_CASE("names are labels in lower case, whatever YAML thinks of the word") {
    const Plan plan = plan_of(head +
                              "environments:\n"
                              "  Prod: {hosts: {No: 10.0.0.1, on: 10.0.0.2, JB1: 10.0.0.3}}\n"
                              "  \"yes\":\n");
    CHECK(plan.environments.at(0).name == "prod");
    CHECK(plan.environments.at(0).host("no") != nullptr);
    CHECK(plan.environments.at(0).host("on") != nullptr);
    CHECK(plan.environments.at(0).host("jb1") != nullptr);
    CHECK(plan.environments.at(1).name == "yes");
}

TEST_CASE("anchors and aliases repeat values") {
    const Plan plan =
        plan_of(head +
                "environments:\n"
                "  qa: {place: &usual {default: [jb1, jb2]}, hosts: {jb1: 10.0.0.1}}\n"
                "  prod: {place: *usual}\n");
    REQUIRE(plan.environments.size() == 2);
    CHECK(plan.environments[1].placement("default")->instances.size() == 2);
}

TEST_CASE("places say where things were written") {
    const Plan plan = plan_of(head +
                              "environments:\n"
                              "  prod:\n"
                              "    hosts:\n"
                              "      jb1: [10.0.0.1, 10.0.0.2]\n");
    const auto& host = plan.environments[0].hosts[0];
    CHECK(plan.text(host.place) == "p.yaml:6:7");
    CHECK(plan.text(host.addresses[1].place) == "p.yaml:6:23");
}

// --- plans with faults ---------------------------------------------------------------------------

struct Fault {
    const char* text;
    Lines findings;    // "line:column rule"
    const char* said;  // in the message or the cure
};

TEST_CASE("YAML that a plan must not be") {
    const auto row = GENERATE(values<Fault>({
        {"", {"0:0 empty-plan"}, "holds no plan"},
        {"# nothing\n", {"0:0 empty-plan"}, "Begin with"},
        {"---\n", {"0:0 empty-plan"}, ""},
        {"zone", {"1:1 wrong-type"}, "a single value"},
        {"- zone: z\n", {"1:1 wrong-type"}, "a list"},
        {"zone: z.example\nrecords: \xC3\x28\n", {"2:10 plan-encoding"}, "0xc3 is not UTF-8"},
        {"\xFF\xFEz", {"1:1 plan-encoding"}, "Save the file as UTF-8"},
        {"zone: z\x04\nfoo: 1\n", {"1:8 plan-encoding"}, "0x04"},
        {"zone: z\nrecords: \"a\n", {"2:10 plan-syntax"}, "Close the quotes"},
        {"zone: z\nrecords: 'a''\n", {"2:10 plan-syntax"}, "Close the quotes"},
        {"zone: z\nrecords: \"a\\\"\n", {"2:10 plan-syntax"}, "Close the quotes"},
        {"zone: z\nrecords: x\n---\nzone: y\n", {"3:1 several-documents"}, "file of its own"},
        {"zone: z\n\trecords: x\n", {"2:1 plan-syntax"}, "Indent with spaces"},
        {"zone: z\nregistry: {services: {a: 1}\n", {"3:1 plan-syntax"}, "Close it with }"},
        {"zone: z\ninclude: [a\n", {"3:1 plan-syntax"}, "Close it with ]"},
        {"zone: z: y\n", {"1:8 plan-syntax"}, "in quotes"},
        {"zone: @z\n", {"1:7 plan-syntax"}, "in quotes"},
        {"zone: *z\n", {"1:7 plan-syntax"}, "anchor"},
        {"zone: z\nrecords: r\nhealth: &a [*a]\n", {"3:13 alias-cycle"}, "no end"},
        {"zone: z\nrecords: r\nhealth: &a {b: {c: *a}}\n", {"3:20 alias-cycle"}, "no end"},
    }));
    CAPTURE(row.text);
    const auto result = read(std::string(row.text));
    INFO(all_text(result.findings));
    CHECK(places_of(result.findings) == row.findings);
    CHECK(all_text(result.findings).find(row.said) != std::string::npos);
}

TEST_CASE("YAML's traps are found while the rest is read") {
    const auto row = GENERATE(values<Fault>({
        {"soa: {retry: 1s, retry: 2s}", {"3:18 duplicate-key"}, "first at p.yaml:3:7"},
        {"ttls: {<<: {service: 1}}", {"3:8 merge-key"}, "Write the keys out"},
        {"ttls: {service: 010}", {"3:17 octal-number"}, "Write 10, or quote it"},
        {"ttls: {service: -07}", {"3:17 octal-number"}, "Write 7, or quote it"},
        {"ttls: {service: 00}", {"3:17 octal-number"}, "Write 0, or quote it"},
        {"ttls: {service: !!int 10}", {"3:17 yaml-tag"}, "Remove it"},
        {"ttls: {[1]: 3}", {"3:8 bad-key"}, "a list as a key"},
        {"ttls: {~: 3}", {"3:8 bad-key"}, "nothing as a key"},
        {"environments: {Prod: {}, prod: {}}", {"3:26 duplicate-key"}, "are the same name"},
    }));
    CAPTURE(row.text);
    const auto result = read(head + row.text + "\n");
    INFO(all_text(result.findings));
    CHECK(places_of(result.findings) == row.findings);
    CHECK(all_text(result.findings).find(row.said) != std::string::npos);
    CHECK(result.plan);
}

TEST_CASE("keys and values that the language does not have") {
    const auto row = GENERATE(values<Fault>({
        {"convension: {}", {"3:1 unknown-key"}, "Did you mean convention?"},
        {"convention: {fields: {}, instances: 2}", {"3:13 missing-key"}, "pattern"},
        {"ttls: {servcie: 10s}", {"3:8 unknown-key"}, "Did you mean service?"},
        {"ttls: {xyzzy: 10s}", {"3:8 unknown-key"}, "service, host, infrastructure or negative"},
        {"ttls: {service: 10 s}", {"3:17 bad-value"}, "is no duration"},
        {"ttls: {service: 5y}", {"3:17 bad-value"}, "10s, 5m, 1h, 14d"},
        {"ttls: {service: -5}", {"3:17 bad-value"}, "is no duration"},
        {"ttls: {service: 70y7}", {"3:17 bad-value"}, "is no duration"},
        {"ttls: {service: 2147483648}", {"3:17 bad-value"}, "RFC 2181 8"},
        {"ttls: {service: 99999999999999999999w}", {"3:17 bad-value"}, ""},
        {"ttls: [10s]", {"3:7 wrong-type"}, "expected TTLs, not a list"},
        {"ttls: {service: }", {"3:17 wrong-type"}, "remove the key"},
        {"contact: a b@c", {"3:10 bad-value"}, ""},
        {"contact: \"@corp.example\"", {"3:10 bad-value"}, "dns@corp.example"},
        {"weight_scale: haproxi", {"3:15 bad-value"}, "Did you mean haproxy?"},
        {"when_empty: never", {"3:13 bad-value"}, "nodata, dot or nxdomain"},
        {"registry: {services: {a: {port: 70000}}}", {"3:33 bad-value"}, "0 to 65535"},
        {"registry: {services: {a: {port: -1}}}", {"3:33 bad-value"}, "-1 is no number"},
        {"registry: {services: {a: {port: 1.5}}}", {"3:33 bad-value"}, "1.5 is no number"},
        {"registry: {services: {a: {port: 1e3}}}", {"3:33 bad-value"}, "1e3 is no number"},
        {"registry: {services: {a: {port: 0x50}}}", {"3:33 bad-value"}, "0x50 is no number"},
        {"registry: {services: {a: {port: \"80\"}}}", {"3:33 bad-value"}, "Take the quotes off"},
        {"registry: {services: {a: {port: 1, ports: {b: 2}}}}",
         {"3:43 port-and-ports"},
         "Keep one"},
        {"registry: {services: {a: {ports: {}}}}", {"3:34 no-ports"}, "a has no ports"},
        {"registry: {services: {a: {proto: icmp}}}", {"3:34 bad-value"}, "icmp is not a protocol"},
        {"registry: {services: {a_b: 1}}", {"3:23 bad-value"}, "underscore"},
        {"registry: {services: {Default: 1}}", {"3:23 reserved-name"}, "Rename it"},
        {"registry: {services: {-a: 1}}", {"3:23 bad-value"}, "hyphen"},
        {"registry: {services: {ä: 1}}", {"3:23 bad-value"}, "letters, digits and hyphens"},
        {"registry: {services: {8080: 1}}", {"3:23 bad-value"}, "app-8080"},
        {"registry: {services: {a: {endpoints: [{port: 1}]}}}",
         {"3:39 endpoint-target"},
         "Give one"},
        {"registry: {services: {a: {endpoints: [{host: b, target: c.d}]}}}",
         {"3:39 endpoint-target"},
         "both"},
        {"registry: {services: {a: {publish: [_x._tcp.]}}}", {"3:37 bad-value"}, "relative"},
        {"registry: {services: {a: {mongodb: {ssl: yes}}}}",
         {"3:37 unknown-key"},
         "replicaSet, authSource or loadBalanced"},
        {"registry: {ranges: {X: 5099-5000}}", {"3:24 bad-value"}, "Write 5000-5099"},
        {"registry: {ranges: {X: 5000-70000}}", {"3:24 bad-value"}, "is no port range"},
        {"registry: {ranges: {X: {owner: me}}}", {"3:24 missing-key"}, "ports"},
        {"environments: {prod: {hosts: {a: 10.0.0.256}}}", {"3:34 bad-value"}, "is no address"},
        {"environments: {prod: {hosts: {a: [10.0.0.1, x]}}}", {"3:45 bad-value"}, "is no address"},
        {"environments: {prod: {networks: [10.0.0.0/33]}}", {"3:34 bad-value"}, "is no network"},
        {"environments: {prod: {place: {a: {x: b}}}}", {"3:35 bad-value"}, "x is no number"},
        {"environments: {prod: {failover: balance}}", {"3:33 bad-value"}, "Did you mean balanced?"},
        {"environments: {prod: {override: {a: {leader: two}}}}", {"3:46 bad-value"}, "no number"},
        {"environments: prod", {"3:15 wrong-type"}, "expected environments, not \"prod\""},
        {"registry: {services: {a: {check: {http: /x, intervall: 3}}}}",
         {"3:45 unknown-key"},
         "interval?"},
        {"health: {via: http, intervall: 5s}", {"3:15 check-via", "3:21 unknown-key"}, "interval?"},
    }));
    CAPTURE(row.text);
    const auto result = read(head + row.text + "\n");
    INFO(all_text(result.findings));
    CHECK(places_of(result.findings) == row.findings);
    CHECK(all_text(result.findings).find(row.said) != std::string::npos);
    for (const auto& finding : result.findings) {
        CHECK((finding.severity == Severity::note || !finding.cure.empty()));
    }
}

TEST_CASE("conventions that do not hang together") {
    const auto row = GENERATE(values<Fault>({
        {"{pattern: XYYZZZ, fields: {}}", {"3:23 bad-value"}, "one to five digits"},
        {"{pattern: XYYX, fields: {}}", {"3:23 bad-value"}, "two places"},
        {"{pattern: X-Y, fields: {}}", {"3:23 bad-value"}, "letters and digits"},
        {"{pattern: XY, fields: {X: instance}}", {"3:35 pattern-field"}, "what Y of the pattern"},
        {"{pattern: X, fields: {X: instance, Q: type}}", {"3:48 pattern-field"}, "no field Q"},
        {"{pattern: XX, fields: {X: type}}",
         {"3:35 pattern-field", "3:36 pattern-field"},
         "Did you mean XX?"},
        {"{pattern: XY, fields: {X: type, Y: type}}", {"3:48 pattern-field"}, "two fields"},
        {"{pattern: XY, fields: {X: type, Y: typ}}", {"3:48 bad-value"}, "Did you mean type?"},
        {"{pattern: X, fields: {X: type}, instances: 4-1}", {"3:56 bad-value"}, "Write 1-4"},
        {"{pattern: X, fields: {X: type}, applications: {a: {owner: x}}}",
         {"3:63 missing-key"},
         "id"},
        {"{pattern: X, fields: {X: type}, types: {a: {id: {dev: -1}}}}", {"3:67 bad-value"}, "-1"},
    }));
    CAPTURE(row.text);
    const auto result = read(head + "convention: " + row.text + "\n");
    INFO(all_text(result.findings));
    CHECK(places_of(result.findings) == row.findings);
    CHECK(all_text(result.findings).find(row.said) != std::string::npos);
}

TEST_CASE("zones and name servers at fault") {
    const auto row = GENERATE(values<Fault>({
        {"records: x\n", {"1:1 missing-key"}, "Add \"zone: svc.corp.example\""},
        {"zone: z.example\n", {"1:7 missing-key"}, "nameservers"},
        {"zone: z..example\nrecords: x\n", {"1:7 bad-value"}, "a label is empty"},
        {"zone: .\nrecords: x\n", {"1:7 bad-value"}, "a label is empty"},
        {"zone: _z.example\nrecords: x\n", {"1:7 bad-value"}, "underscore"},
        {"zone: z.example\nnameservers: {ns1: []}\n", {"2:15 name-server"}, "no address"},
        {"zone: z.example\nnameservers: {ns.other.example: []}\n", {"2:15 bad-value"}, "final dot"},
        {"zone: z.example\nnameservers: {a.b.z.example.: []}\n", {"2:15 name-server"}, "deeper"},
        {"zone: z.example\nnameservers: {z.example.: []}\n", {"2:15 name-server"}, "one label"},
        {"zone: z.example\nnameservers: {ns.other.example.: 192.0.2.1}\n",
         {"2:15 name-server"},
         "foreign"},
    }));
    CAPTURE(row.text);
    const auto result = read(std::string(row.text));
    INFO(all_text(result.findings));
    CHECK(places_of(result.findings) == row.findings);
    CHECK(all_text(result.findings).find(row.said) != std::string::npos);
}

TEST_CASE("all faults are reported at once, from the top down") {
    const auto result = read(
        "zone: z.example\n"
        "nameservers: {ns1: 192.0.2.999}\n"
        "ttls: {servce: 1s, host: x}\n"
        "registry: {services: {a: {port: 99999}}}\n"
        "records: 007\n");
    CHECK(places_of(result.findings) == Lines{"2:20 bad-value", "3:8 unknown-key", "3:26 bad-value",
                                              "4:33 bad-value", "5:10 octal-number"});
}

// --- hostile files -------------------------------------------------------------------------------

TEST_CASE("deep nesting, growth by aliases and floods of faults come to an end") {
    std::string laughs = head + "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int i = 1; i <= 30; ++i) {
        laughs += fmt::format("a{}: &a{} [", i, i);
        for (int j = 0; j < 10; ++j) laughs += fmt::format("{}*a{}", j > 0 ? ", " : "", i - 1);
        laughs += "]\n";
    }
    std::string chain = head + "a0: &a0 [x]\n";
    for (int i = 1; i <= 100; ++i) chain += fmt::format("a{}: &a{} [*a{}]\n", i, i, i - 1);
    std::string flood = head;
    for (int i = 0; i < 5000; ++i) flood += fmt::format("key{}: 1\n", i);

    struct Row {
        const char* what;
        std::string text;
        const char* rule;
    };
    const std::vector<Row> rows = {
        {"brackets", head + "include: " + std::string(500, '['), "plan-syntax"},
        {"many more brackets", head + "include: " + std::string(100000, '['), "plan-syntax"},
        {"braces", head + "include: " + std::string(500, '{'), "plan-syntax"},
        {"brackets, each closed",
         head + "include: " + std::string(100, '[') + std::string(100, ']'), "plan-syntax"},
        {"lists in lists", head + "include:\n  " + std::string(1000, '-') + "x", "wrong-type"},
        {"aliases of aliases", laughs, "alias-growth"},
        {"a chain of aliases", chain, "plan-syntax"},
        {"unknown keys", flood, "too-many-findings"},
        {"a huge file", std::string((64u << 20) + 1, '#'), "plan-size"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        const auto result = read(row.text);
        const auto found = std::any_of(result.findings.begin(), result.findings.end(),
                                       [&](const auto& f) { return f.rule == row.rule; });
        if (row.what != std::string("lists in lists")) {
            INFO(all_text(result.findings).substr(0, 1000));
            CHECK(found);
        }
        CHECK(result.findings.size() <= 201);
    }
}

// --- includes ------------------------------------------------------------------------------------

TEST_CASE("included files add their keys, however deep") {
    const auto result =
        read({{"zones/p.yaml", head + "include: [parts/hosts.yaml, prod.yaml]\n"},
              {"zones/parts/hosts.yaml",
               "include: ../more.yaml\n"
               "environments: {prod: {hosts: {jb1: 10.0.0.1}}}\n"},
              {"zones/more.yaml", "ttls: {host: 1m}\nrecords: z.zone\n"},
              {"zones/prod.yaml",
               "environments:\n  prod: {hosts: {jb2: 10.0.0.2}, failover: balanced}\n"
               "ttls: {service: 7s}\n"}},
             "zones/p.yaml");
    INFO(all_text(result.findings));
    REQUIRE(result.findings.empty());
    const Plan& plan = *result.plan;
    CHECK(result.files ==
          Lines{"zones/p.yaml", "zones/parts/hosts.yaml", "zones/more.yaml", "zones/prod.yaml"});
    CHECK(plan.files == result.files);
    REQUIRE(plan.environments.size() == 1);
    REQUIRE(plan.environments[0].hosts.size() == 2);
    CHECK(plan.text(plan.environments[0].hosts[0].place) == "zones/parts/hosts.yaml:2:31");
    CHECK(plan.text(plan.environments[0].hosts[1].place) == "zones/prod.yaml:2:18");
    CHECK(plan.environments[0].failover == registry::Failover::balanced);
    CHECK(plan.ttls.host == 60);
    CHECK(plan.ttls.service == 7);
    CHECK(plan.records->value == "zones/z.zone");
}

TEST_CASE("includes at fault") {
    struct Row {
        const char* what;
        Files files;
        Lines findings;
        const char* said;
    };
    const std::vector<Row> rows = {
        {"missing",
         {{"p.yaml", head + "include: none.yaml\n"}},
         {"3:10 unreadable-file"},
         "none.yaml"},
        {"itself",
         {{"p.yaml", head + "include: ./p.yaml\n"}},
         {"3:10 include-loop"},
         "p.yaml includes p.yaml"},
        {"a loop of three",
         {{"p.yaml", head + "include: a.yaml\n"},
          {"a.yaml", "include: b.yaml\n"},
          {"b.yaml", "include: [a.yaml]\n"}},
         {"b.yaml:1:11 include-loop"},
         "a.yaml includes b.yaml includes a.yaml"},
        {"a key twice",
         {{"p.yaml", head + "include: a.yaml\ncontact: a@b.c\n"}, {"a.yaml", "contact: d@e.f\n"}},
         {"a.yaml:1:1 duplicate-key"},
         "first at p.yaml:4:1"},
        {"a key twice, deep",
         {{"p.yaml", head + "include: a.yaml\nttls: {host: 1s}\n"},
          {"a.yaml", "ttls: {host: 2s}\n"}},
         {"a.yaml:1:8 duplicate-key"},
         "first at p.yaml:4:8"},
        {"a zone of its own",
         {{"p.yaml", head + "include: a.yaml\n"}, {"a.yaml", "zone: y.example\n"}},
         {"a.yaml:1:1 zone-in-part"},
         "Remove zone:"},
        {"a fault in a part",
         {{"p.yaml", head + "include: a.yaml\n"}, {"a.yaml", "ttls: {host: x}\n"}},
         {"a.yaml:1:14 bad-value"},
         "is no duration"},
        {"syntax in a part",
         {{"p.yaml", head + "include: a.yaml\n"}, {"a.yaml", "ttls: {host\n"}},
         {"a.yaml:2:1 plan-syntax"},
         "Close it with }"},
        {"not a path", {{"p.yaml", head + "include: {a: b}\n"}}, {"3:10 wrong-type"}, "a path"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.what);
        const auto result = read(row.files);
        INFO(all_text(result.findings));
        CHECK(places_of(result.findings) == row.findings);
        CHECK(all_text(result.findings).find(row.said) != std::string::npos);
    }
}

TEST_CASE("a file included by two parts is read once") {
    const auto result = read({{"p.yaml", head + "include: [a.yaml, b.yaml]\n"},
                              {"a.yaml", "include: c.yaml\n"},
                              {"b.yaml", "include: c.yaml\n"},
                              {"c.yaml", "contact: a@b.c\n"}});
    CHECK(all_text(result.findings) == "");
    CHECK(result.files.size() == 4);
}

TEST_CASE("a byte order mark, Windows line ends and a document's marks do no harm") {
    const std::string text =
        "\xEF\xBB\xBF%YAML 1.2\r\n---\r\nzone: z.example\r\nrecords: x\r\n...\r\n";
    const auto result = read(text);
    CHECK(all_text(result.findings) == "");
    REQUIRE(result.plan);
    CHECK(result.plan->text(result.plan->records->place) == "p.yaml:4:10");
    CHECK(result.plan->records->value == "x");
}

TEST_CASE("a plan that cannot be read says so") {
    const auto result = read(Files{}, "gone.yaml");
    CHECK(places_of(result.findings) == Lines{"gone.yaml:0:0 unreadable-file"});
    CHECK_FALSE(result.plan);
    CHECK(result.files == Lines{"gone.yaml"});
}

// --- the reference -------------------------------------------------------------------------------

TEST_CASE("the examples of the reference read") {
    const auto reference = source::read_whole_file(in_repository("docs/plan.md"));
    REQUIRE(reference);
    const std::string fence = "```yaml\n";
    std::size_t examples = 0;
    for (auto at = reference->find(fence); at != std::string::npos;
         at = reference->find(fence, at + 1)) {
        std::string example = reference->substr(at + fence.size());
        example = example.substr(0, example.find("```"));
        if (!example.starts_with("zone:")) example = head + example;
        const auto result = read({{"p.yaml", example},
                                  {"parts/applications.yaml", "ttls: {host: 1m}\n"},
                                  {"parts/prod.yaml", "environments: {prod: }\n"}});
        for (const auto& finding : result.findings) {
            INFO(example);
            FAIL_CHECK(registry::to_string(finding));
        }
        ++examples;
    }
    CHECK(examples >= 7);
}

// --- finding plans -------------------------------------------------------------------------------

/// A folder of files that is gone afterwards.
class Folder {
public:
    explicit Folder(const Files& files) {
        for (const auto& [name, text] : files) {
            std::filesystem::create_directories((path_ / name).parent_path());
            std::ofstream(path_ / name) << text;
        }
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    ~Folder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string at(const std::string& name) const { return (path_ / name).string(); }

private:
    static std::filesystem::path fresh() {
        std::string name = (std::filesystem::temp_directory_path() / "plans-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        return name;
    }
    std::filesystem::path path_ = fresh();
};

TEST_CASE("a folder's plans are its YAML files with a zone") {
    const Folder folder({{"b.yaml", "include: [parts.yaml]\nzone: b.example\n"},
                         {"a.yml", "{zone: a.example, records: a.zone}\n"},
                         {"parts.yaml", "ttls: {host: 1m}\n"},
                         {"stray.yaml", "ttls: {host: 1m}\n"},
                         {"a.zone", "; zone: x\n"},
                         {"deeper/c.yaml", "zone: c.example\n"}});
    const auto found = source::find_plans({folder.at("")});
    CHECK(found.paths == Lines{folder.at("a.yml"), folder.at("b.yaml")});
    REQUIRE(found.findings.size() == 1);
    CHECK(found.findings[0].rule == "stray-file");
    CHECK(found.findings[0].severity == Severity::warning);
    CHECK(found.findings[0].file == folder.at("stray.yaml"));
}

TEST_CASE("plans named twice are found once; what is missing is an error") {
    const Folder folder({{"a.yaml", "zone: a.example\n"}, {"none/x.txt", ""}});
    const auto found =
        source::find_plans({folder.at("a.yaml"), folder.at(""), folder.at("./a.yaml"),
                            folder.at("gone"), folder.at("none")});
    CHECK(found.paths == Lines{folder.at("a.yaml")});
    REQUIRE(found.findings.size() == 2);
    CHECK(found.findings[0].rule == "no-such-file");
    CHECK(found.findings[1].rule == "no-plan");
}

// --- schema --------------------------------------------------------------------------------------

TEST_CASE("the schema knows the keys of the table") {
    const std::string schema = source::plan_schema();
    for (const char* part : {"\"$schema\": \"https://json-schema.org/draft/2020-12/schema\"",
                             "\"nameservers\"", "\"publish_environment\"", "\"loadBalanced\"",
                             "\"required\": [\"zone\"]", "\"additionalProperties\": false"}) {
        CAPTURE(part);
        CHECK(schema.find(part) != std::string::npos);
    }
}

}  // namespace

TEST_CASE("a port that is none is said once, not again at its endpoints") {
    const std::string service = GENERATE("{port: 70000, endpoints: [{host: a}]}",
                                         "{ports: {x: 70000}, endpoints: [{host: a}]}",
                                         "{endpoints: [{host: a, port: 70000}]}");
    CAPTURE(service);
    const auto result = read(head + "registry: {services: {s: " + service + "}}\n" +
                             "environments: {prod: {hosts: {a: 10.0.0.1}}}\n");
    REQUIRE(result.findings.size() == 1);
    CHECK(result.findings.front().message.starts_with("70000 is out of range"));
    REQUIRE(result.plan);
    for (const auto& finding : registry::check_ports(*result.plan))
        CHECK(finding.rule != "endpoint-without-port");
}
