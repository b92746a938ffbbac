#include "portolan/zone/findings.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>

#include "../support/plain_name_space.hpp"
#include "../support/plan_text.hpp"
#include "../support/zone_text.hpp"

using namespace portolan;

namespace {

const std::string head =
    "zone: z.example\nnameservers: {ns1: 192.0.2.53}\ncontact: dns@corp.example\n";

zone::Records records_from(const std::string& text) {
    zone::Records records;
    zone::FileLines lines;
    std::uint32_t line = 1;
    const auto zone = test::zone_from("z.example.", text);
    for (const auto& [owner, node] : zone.nodes()) {
        for (const auto& set : node) records.add(owner, set, lines.number({0, line++}));
    }
    records.set_lines(std::move(lines), {"z.zone"});
    return records;
}

/// "rule file:line" of every finding.
std::vector<std::string> rules(const std::string& yaml, const std::string& records = "") {
    std::vector<std::string> result;
    for (const auto& each : zone::check_names(test::plan_from(yaml), records_from(records))) {
        result.push_back(std::string(registry::to_string(each.severity)) + " " + each.rule + " " +
                         each.file + ":" + std::to_string(each.line));
    }
    return result;
}

std::string crowd_of_pointers(int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
        text += "_a._tcp.x 60 PTR i" + std::to_string(i) + "._a._tcp.x\n";
    }
    return text;
}

std::string many_environments(int count) {
    std::string text = "environments:\n";
    for (int i = 0; i < count; ++i) {
        const auto number = std::to_string(i);
        text += "  e" + number + ": {hosts: {h: 10.0.0." + number + "}}\n";
    }
    return text;
}

std::string crowd(int hosts, const std::string& more = "", const std::string& port = "port: 80") {
    std::string yaml = "registry: {services: {s: {" + port + more + ", endpoints: [";
    std::string declared;
    for (int i = 0; i < hosts; ++i) {
        const std::string name = "h" + std::to_string(1000 + i);
        yaml += (i > 0 ? ", " : "") + std::string("{host: ") + name + "}";
        declared += (i > 0 ? ", " : "") + name + ": 10.0." + std::to_string(i / 250) + "." +
                    std::to_string(1 + i % 250);
    }
    return yaml + "]}}}\nenvironments: {prod: {hosts: {" + declared + "}}}\n";
}

}  // namespace

TEST_CASE("findings on names, each at its place") {
    struct Row {
        const char* what;
        std::string yaml;
        std::string records;
        std::vector<std::string> expected;
    };
    const std::string convention =
        "convention: {pattern: XYYZZ, fields: {X: instance, YY: application, ZZ: type}, instances: "
        "1-2,\n"
        " applications: {user: 1}, types: {api: 2, jmx: {id: 3, union: yes}}}\n";
    const std::string prod = "environments: {prod: {hosts: {a: 10.0.0.1}, place: {default: a}}}\n";
    const Row rows[] = {
        {"a clean plan", convention + prod, "", {}},
        {"a host with an application's name",
         convention + "environments: {prod: {hosts: {user: 10.0.0.1}}}\n",
         "",
         {"error label-taken plan.yaml:5"}},
        {"a host called mcast",
         "environments: {prod: {multicast: 239.1.1.1, hosts: {mcast: 10.0.0.1}}}\n",
         "",
         {"error label-taken plan.yaml:4", "error two-sources plan.yaml:4"}},
        {"an environment with a name server's label",
         "environments: {ns1: {hosts: {a: 10.0.0.1}}}\n",
         "",
         {"error label-taken plan.yaml:4"}},
        {"an alias that is an environment",
         "environments: {qa: {hosts: {a: 10.0.0.1}},\n prod: {aliases: [qa], hosts: {a: "
         "10.0.1.1}}}\n",
         "",
         {"error label-taken plan.yaml:5"}},
        {"a joined label that a service has",
         convention + "registry: {services: {user-api: {port: 5001}}}\n" + prod,
         "",
         {"error two-sources plan.yaml:6"}},
        {"a union that a service has",
         convention + "registry: {services: {jmx: {port: 5001}}}\n" + prod,
         "",
         {"error two-sources plan.yaml:5"}},
        {"the master file gives a host another address",
         prod,
         "a.prod 60 A 10.9.9.9",
         {"error two-sources z.zone:1"}},
        {"the master file brings a SOA",
         prod,
         "@ 60 SOA a b 1 1 1 1 1",
         {"error two-sources z.zone:1"}},
        {"a CNAME at a host", prod, "a.prod 60 CNAME b", {"error alias-beside-data z.zone:1"}},
        {"a delegation above a host", prod, "prod 60 NS ns.other.", {"error occluded plan.yaml:4"}},
        {"a DNAME above a host", prod, "prod 60 DNAME other.", {"error occluded plan.yaml:4"}},
        {"a wildcard beside them is fine", prod, "* 60 A 10.9.9.9", {}},
        {"an SRV at an alias",
         prod,
         "x 60 SRV 1 1 1 y\ny 60 CNAME a.prod",
         {"error alias-target z.zone:1"}},
        {"an SRV at nothing",
         prod,
         "x 60 SRV 1 1 1 y",
         {"warning target-without-address z.zone:1"}},
        {"an SRV under a wildcard", prod, "x 60 SRV 1 1 1 y.w\n*.w 60 A 10.9.9.9", {}},
        {"an SRV below a cut", prod, "x 60 SRV 1 1 1 y.c\nc 60 NS ns.other.", {}},
        {"an SRV that says no", prod, "x 60 SRV 0 0 0 .", {}},
        {"a foreign target",
         "registry: {services: {s: {port: 80, endpoints: [{target: www.other.example.}]}}}\n" +
             prod,
         "",
         {"note foreign-target plan.yaml:4"}},
        {"a MongoDB target that drivers refuse",
         prod,
         "_mongodb._tcp.db.x 60 SRV 1 1 1 a.prod",
         {"warning mongodb-target z.zone:1"}},
        {"and one they take", prod, "_mongodb._tcp.db 60 SRV 1 1 1 a.prod", {}},
        {"a service name of 16",
         "registry: {services: {sixteen-letters1: {port: 80}}}\n" + prod,
         "",
         {"warning long-service-label plan.yaml:4"}},
        {"a join of 16 is noted once",
         convention + "registry: {services: {rabbit: {ports: {management: 80}}}}\n" +
             "environments: {qa: {hosts: {b: 10.0.1.1}},\n prod: {hosts: {a: 10.0.0.1}}}\n",
         "",
         {"note long-service-label plan.yaml:4"}},
        {"100 records fit the limits of others, not 1232",
         crowd(100),
         "",
         {"warning answer-over-1232 plan.yaml:4"}},
        {"101 do not", crowd(101), "", {"error set-too-large plan.yaml:4"}},
        {"12 pass 512", crowd(12), "", {"note answer-over-512 plan.yaml:4"}},
        {"browsing a clean plan", "browse: yes\n" + convention + prod, "", {}},
        {"a list of 27 needs TCP",
         "browse: yes\n" + crowd(27),
         "",
         {"note answer-over-1232 plan.yaml:5", "note answer-over-512 plan.yaml:5"}},
        {"two of them are said once",
         "browse: yes\n" + crowd(27, "", "ports: {a: 80, b: 81}"),
         "",
         {"note answer-over-1232 plan.yaml:5", "note answer-over-512 plan.yaml:5",
          "note answer-over-512 plan.yaml:5", "note answer-over-512 plan.yaml:5",
          "note answer-over-512 plan.yaml:5"}},
        {"a list of 101",
         "browse: yes\n" + crowd(101),
         "",
         {"error set-too-large plan.yaml:5", "error set-too-large plan.yaml:5"}},
        {"a list of 101 at a name of its own",
         "browse: yes\n" + crowd(101, ", type: web"),
         "",
         {"error set-too-large plan.yaml:5", "error set-too-large plan.yaml:5",
          "error set-too-large plan.yaml:5"}},
        {"one endpoint said twice",
         "registry: {services: {s: {port: 80, browse: yes, endpoints: [{host: a}, {host: a, "
         "priority: 20}]}}}\n" +
             prod,
         "",
         {}},
        {"a list of 101 in the master file",
         prod,
         crowd_of_pointers(101),
         {"error set-too-large z.zone:1"}},
        {"browsing what is not published",
         "convention: {pattern: XYYZZ, fields: {X: instance, YY: application, ZZ: type}, "
         "applications: {user: 1},\n types: {stop: {id: 1, publish: no, browse: yes}}}\n" +
             prod,
         "",
         {"warning not-browsed plan.yaml:5"}},
        {"browsing a group",
         "convention: {pattern: XYYZZ, fields: {X: instance, YY: application, ZZ: type}, "
         "applications: {user: 1},\n types: {all: {id: 1, multicast: yes, proto: udp, browse: "
         "yes}}}\n" +
             prod,
         "",
         {"warning not-browsed plan.yaml:5"}},
        {"a group beside what is browsed",
         "browse: yes\nconvention: {pattern: XYYZZ, fields: {X: instance, YY: application, ZZ: "
         "type}, applications: {user: 1},\n types: {all: {id: 1, multicast: yes, proto: udp}}}\n" +
             prod,
         "",
         {}},
        {"a service type of 16, said once",
         "registry: {services: {x: {port: 80, type: sixteen-letters1, browse: yes},\n y: {port: "
         "81, type: sixteen-letters1, browse: yes}}}\n" +
             prod,
         "",
         {"warning long-service-label plan.yaml:4"}},
        {"a service and a host whose names make one too long",
         "registry: {services: {a" + std::string(40, 'x') +
             ": {port: 80, browse: yes, endpoints: [{host: b" + std::string(30, 'y') +
             "}]}}}\nenvironments: {prod: {hosts: {b" + std::string(30, 'y') + ": 10.0.0.1}}}\n",
         "",
         {"error name-too-long plan.yaml:4", "warning long-service-label plan.yaml:4"}},
        {"more environments than a set may have",
         "browse: yes\nregistry: {services: {a: 80}}\n" + many_environments(101),
         "",
         {"note browse-domains plan.yaml:1"}},
        {"as many",
         "browse: yes\nregistry: {services: {a: 80}}\n" + many_environments(100),
         "",
         {}},
        {"a master file that says where to browse as well",
         "browse: yes\n" + convention + prod,
         "b._dns-sd._udp 60 PTR prod",
         {"error two-sources z.zone:1"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto found = rules(head + row.yaml, row.records);
        std::ranges::sort(found);
        CHECK(found == row.expected);
    }
}

TEST_CASE("an ordinary zone brings its own SOA and NS") {
    CHECK(rules("zone: z.example\nrecords: z.zone\n") ==
          std::vector<std::string>{"error no-soa plan.yaml:1", "error no-ns plan.yaml:1"});
    CHECK(rules("zone: z.example\nrecords: z.zone\n", "@ 60 SOA a b 1 1 1 1 1\n@ 60 NS ns.other.")
              .empty());
}

TEST_CASE("a size finding says by how much") {
    const auto findings = zone::check_names(test::plan_from(head + crowd(100)), {});
    REQUIRE(findings.size() == 1);
    // 12 header, 30 + 4 question, 100 * (12 + 6 + 22) answer, 11 OPT: see RFC 1035 4.1.
    CAPTURE(findings.front().message);
    CHECK(findings.front().message.find(" over the 1232") != std::string::npos);
}

namespace {

/// A plan in which much may clash, and a master file that may clash with it.
struct Tangle {
    std::string yaml;
    std::string records;
};

Tangle random_tangle(std::mt19937& random) {
    const auto pick = [&random](std::initializer_list<const char*> choices) {
        return std::string(choices.begin()[random() % choices.size()]);
    };
    const auto sometimes = [&random](const std::string& text) {
        return random() % 3 == 0 ? text : std::string();
    };
    Tangle tangle;
    tangle.yaml =
        head + sometimes("browse: yes\n") +
        "convention:\n  pattern: XYYZZ\n  fields: {X: instance, YY: application, ZZ: type}\n" +
        "  instances: 1-2\n  applications: {user: 1, " + pick({"web", "a", "sixteen-letters"}) +
        ": 2}\n  types: {api: 2, " + pick({"jmx", "mongodb"}) +
        ": {id: 3, union: yes}, group: {id: 4, proto: udp, multicast: yes}}\n" +
        "registry: {services: {" + pick({"user-api", "jmx", "other", "user"}) + ": {port: 5001" +
        sometimes(", endpoints: [{host: a, port: 77}, {target: www.other.example.}]") +
        sometimes(", publish: [_x._tcp, _user-api._tcp.prod]") +
        "}, db: {type: mongodb, port: 7, " + "endpoints: [{host: a}, {target: " +
        pick({"a.prod.z.example.", "db.other.", "b.qa.z.example."}) + "}]}}}\nenvironments:\n" +
        "  prod: {multicast: 239.1.1.1, hosts: {a: 10.0.0.1, " +
        pick({"b", "user", "mcast", "web"}) +
        ": 10.0.0.2}, place: {default: {1: a, 2: " + pick({"a", "b"}) + "}}}\n" +
        sometimes("  qa: {aliases: [" + pick({"q", "prod", "ns1"}) +
                  "], hosts: {b: 10.1.0.1}, place: {web: b}}\n");
    static const char* const lines[] = {
        "a.prod 60 A 10.9.9.9",
        "b.prod 60 A 10.9.9.8",
        "a.prod 60 CNAME elsewhere",
        "_user-api._tcp.prod 60 CNAME x",
        "prod 60 NS ns.other.",
        "_tcp.prod 60 DNAME other.",
        "qa 60 DNAME other.",
        "* 60 A 10.9.9.7",
        "*.prod 60 TXT wild",
        "x 60 SRV 1 1 1 a.prod",
        "y 60 SRV 1 1 1 1.user.prod\ny 60 SRV 1 1 1 user.prod\ny 60 SRV 1 1 1 mcast.prod",
        "y 60 SRV 1 1 1 3.user.prod\ny 60 SRV 1 1 1 nobody.prod\ny 60 SRV 1 1 1 c.x",
        "m 60 MX 1 b.qa\nm 60 MX 2 A.PROD",
        "c.x 60 CNAME a.prod",
        "_mongodb._tcp.db.x 60 SRV 1 1 1 a.prod",
        "10102._tcp._port.prod 60 PTR x",
        "b._dns-sd._udp 60 PTR x",
        "user-1._api._tcp.prod 60 SRV 0 0 1 a.prod",
        "_api._tcp.prod 60 TXT x",
        "_dns-sd._udp.prod 60 DNAME other.",
        "@ 60 NS ns2.other.",
        "ns1 60 A 10.9.9.6",
    };
    for (const char* line : lines) {
        if (random() % 6 == 0) tangle.records += std::string(line) + "\n";
    }
    return tangle;
}

std::vector<std::string> texts(const registry::Findings& findings) {
    std::vector<std::string> result;
    for (const auto& finding : findings) result.push_back(registry::to_string(finding));
    return result;
}

}  // namespace

TEST_CASE("looking at suspects finds what looking at every claim finds") {
    std::mt19937 random(20261122);
    std::size_t all = 0;
    for (int round = 0; round < 600; ++round) {
        const Tangle tangle = random_tangle(random);
        CAPTURE(tangle.yaml, tangle.records);
        const auto plan = test::plan_from(tangle.yaml);
        const auto records = records_from(tangle.records);
        const auto found = texts(zone::check_names(plan, records));
        REQUIRE(found == texts(zone::check_names(test::PlainNameSpace(plan, records))));
        all += found.size();
    }
    CHECK(all > 600);  // the plans do clash
}

TEST_CASE("findings on what is to be signed") {
    struct Row {
        const char* what;
        const char* yaml;
        const char* records;
        std::vector<std::string> expected;
    };
    const std::string own = "zone: z.example\nrecords: z.zone\ndnssec: yes\n";
    const Row rows[] = {
        {"in order", "dnssec: yes", "w 1 A 192.0.2.1\nd 1 NS ns.d\nd 1 DS 1 13 2 00", {}},
        {"not signed here", "soa: {}", "w 1 RRSIG A 13 3 5 1 1 1 z.example. AAAA", {}},
        {"a signed file, said once",
         "dnssec: yes",
         "w 1 RRSIG A 13 3 5 1 1 1 z.example. AAAA\nx 1 NSEC w A",
         {"error signed-twice z.zone:1"}},
        {"a DNSKEY of one's own",
         "dnssec: yes",
         "@ 1 DNSKEY 257 3 13 AAAA",
         {"error signed-twice z.zone:1"}},
        {"a long TTL",
         "ttls: {infrastructure: 6d}\ndnssec: yes",
         "",
         {"warning dnssec-ttl plan.yaml:5"}},
        {"a short refresh", "dnssec: {validity: 1h}", "", {"warning dnssec-ttl plan.yaml:4"}},
    };
    const auto rules_of = [](const std::string& yaml, const char* records) {
        std::vector<std::string> result;
        for (const auto& each : zone::check_signing(test::plan_from(yaml), records_from(records))) {
            result.push_back(std::string(registry::to_string(each.severity)) + " " + each.rule +
                             " " + each.file + ":" + std::to_string(each.line));
        }
        return result;
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        CHECK(rules_of(head + row.yaml + "\n", row.records) == row.expected);
    }
    CHECK(rules_of(own, "@ 1 SOA ns h 1 1 1 1 1") ==
          std::vector<std::string>{"note own-serial plan.yaml:3"});
}

TEST_CASE("the longest TTL is that of the plan, its overrides and its records") {
    struct Row {
        const char* yaml;
        const char* records;
        std::uint32_t seconds;
    };
    const Row rows[] = {
        {"", "", 3600},
        {"ttls: {host: 2h}", "", 7200},
        {"ttls: {infrastructure: 1s, host: 1s}", "", 10},
        {"environments: {prod: {override: {s: {ttl: 1d}}}}\nregistry: {services: {s: 80}}", "",
         86400},
        {"", "w 99999 A 192.0.2.1", 99999},
    };
    for (const auto& row : rows) {
        CAPTURE(row.yaml, row.records);
        const auto plan = test::plan_from(head + row.yaml + "\n");
        CHECK(zone::longest_ttl(plan, records_from(row.records)).seconds == row.seconds);
    }
}
