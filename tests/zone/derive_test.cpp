#include "portolan/zone/derive.hpp"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "../support/plan_text.hpp"
#include "../support/zone_text.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/zone/diff.hpp"
#include "portolan/zone/units.hpp"

using namespace portolan;

namespace {

const std::string head = R"(
zone: z.example
nameservers: {ns1: [192.0.2.53, "2001:db8::53"]}
contact: dns@corp.example
)";

std::set<std::string> lines(const std::string& yaml) {
    const auto zone = zone::derive(test::plan_from(head + yaml), {}, dns::Serial{7});
    const auto all = test::lines_of(zone);
    return {all.begin(), all.end()};
}

const std::string fleet = R"(
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  bounds: 1024-65535
  instances: 1-4
  applications: {hydrogen: 1, oxygen: 8, sodium: 11}
  types:
    shutdown: {id: 1, publish: no}
    jmx: {id: 2, union: yes}
    snmp: {id: 5, proto: udp}
    mcast: {id: {prod: 11}, proto: udp, instance: 1, multicast: yes}
registry:
  services:
    user-api: {port: 5001}
    orders:
      type: mongodb
      mongodb: {replicaSet: rs0, authSource: admin}
      endpoints: [{host: db1, port: 27017}, {host: db2, port: 27018, priority: 10, weight: 7}]
    directory: {publish: [_ldap._tcp, _ldap._tcp.dc._msdcs], endpoints: [{host: db1, port: 636}]}
    rabbit: {ports: {amqp: 5672, management: 15672}, endpoints: [{host: db1}]}
environments:
  prod:
    multicast: 239.1.11.1
    hosts: {jb1: 10.1.0.11, jb2: [10.1.0.12, "2001:db8:1::12"], db1: 10.1.0.21, db2: 10.1.0.22}
    place: {default: {1: jb1, 2: jb2}, oxygen: {1: jb2, 2: jb2, 3: jb1, 4: jb1}}
    override: {hydrogen: {failover: balanced, leader: 2}}
  itl:
    hosts: {jb1: 10.5.0.11}
)";

}  // namespace

TEST_CASE("every name of the name space is derived") {
    const auto zone = lines(fleet);
    const char* const expected[] = {
        // the apex
        "z.example. 5 SOA ns1.z.example. dns.corp.example. 7 60 10 1209600 5",
        "z.example. 3600 NS ns1.z.example.",
        "ns1.z.example. 3600 A 192.0.2.53",
        "ns1.z.example. 3600 AAAA 2001:db8::53",
        // hosts and the group
        "jb2.prod.z.example. 300 A 10.1.0.12",
        "jb2.prod.z.example. 300 AAAA 2001:db8:1::12",
        "mcast.prod.z.example. 300 A 239.1.11.1",
        // a service in its two forms, with the TXT that keeps it known
        "_oxygen-snmp._udp.prod.z.example. 10 SRV 40 100 40805 jb1.prod.z.example.",
        "_oxygen-snmp._udp.prod.z.example. 10 SRV 10 100 10805 jb2.prod.z.example.",
        "_snmp._udp.oxygen.prod.z.example. 10 SRV 40 100 40805 jb1.prod.z.example.",
        "_oxygen-snmp._udp.prod.z.example. 10 TXT \"app=oxygen\" \"type=snmp\"",
        // balanced
        "_hydrogen-jmx._tcp.prod.z.example. 10 SRV 10 100 10102 jb1.prod.z.example.",
        "_hydrogen-jmx._tcp.prod.z.example. 10 SRV 10 100 20102 jb2.prod.z.example.",
        // the group's port is the fixed instance's
        "_sodium-mcast._udp.prod.z.example. 10 SRV 10 100 11111 mcast.prod.z.example.",
        // the union
        "_jmx._tcp.prod.z.example. 10 SRV 10 100 10102 jb1.prod.z.example.",
        "_jmx._tcp.prod.z.example. 10 SRV 10 100 10802 jb2.prod.z.example.",
        "_jmx._tcp.prod.z.example. 10 TXT \"type=jmx\"",
        // instances and leaders
        "1.hydrogen.prod.z.example. 300 A 10.1.0.11",
        "2.hydrogen.prod.z.example. 300 AAAA 2001:db8:1::12",
        "hydrogen.prod.z.example. 300 A 10.1.0.12",
        "oxygen.prod.z.example. 300 A 10.1.0.12",
        // the registry
        "_user-api._tcp.prod.z.example. 10 TXT \"service=user-api\"",
        "_user-api._tcp.itl.z.example. 10 TXT \"service=user-api\"",
        "_mongodb._tcp.orders.prod.z.example. 10 SRV 10 100 27017 db1.prod.z.example.",
        "_mongodb._tcp.orders.prod.z.example. 10 SRV 10 7 27018 db2.prod.z.example.",
        "orders.prod.z.example. 10 TXT \"replicaSet=rs0&authSource=admin\"",
        "_rabbit-amqp._tcp.prod.z.example. 10 SRV 10 100 5672 db1.prod.z.example.",
        "_management._tcp.rabbit.prod.z.example. 10 SRV 10 100 15672 db1.prod.z.example.",
        "_ldap._tcp.z.example. 10 SRV 10 100 636 db1.prod.z.example.",
        "_ldap._tcp.dc._msdcs.z.example. 10 SRV 10 100 636 db1.prod.z.example.",
        // ports
        "10102._tcp._port.prod.z.example. 3600 PTR _hydrogen-jmx._tcp.prod.z.example.",
        "11111._udp._port.prod.z.example. 3600 PTR _sodium-mcast._udp.prod.z.example.",
        "5001._tcp._port.prod.z.example. 3600 PTR _user-api._tcp.prod.z.example.",
    };
    for (const char* line : expected) {
        CAPTURE(line);
        CHECK(zone.contains(line));
    }
}

TEST_CASE("what must not be in the zone is not") {
    const auto zone = lines(fleet);
    const char* const forbidden[] = {
        "_hydrogen-shutdown._tcp.prod",           // not published
        "10101._tcp._port.prod",                  // nor is its port
        "_hydrogen-mcast._udp.itl",               // no id there
        "_user-api._tcp.prod.z.example. 10 SRV",  // known but empty
        "orders.prod.z.example. 300 A",           // no address of ours at a MongoDB HOST
        "hydrogen.prod.z.example. 10 TXT",        // and no TXT at application names
    };
    for (const char* start : forbidden) {
        CAPTURE(start);
        CHECK(std::ranges::none_of(zone,
                                   [start](const auto& line) { return line.starts_with(start); }));
    }
}

TEST_CASE("an empty service is NODATA, a dot or no name at all, by choice") {
    struct Row {
        const char* policy;
        bool txt, dot;
    };
    for (const Row& row :
         {Row{"nodata", true, false}, {"dot", true, true}, {"nxdomain", false, false}}) {
        CAPTURE(row.policy);
        const auto zone = lines("when_empty: " + std::string(row.policy) + R"(
registry: {services: {user-api: {port: 5001}}}
environments: {prod: {hosts: {a: 10.0.0.1}}}
)");
        CHECK(zone.contains("_user-api._tcp.prod.z.example. 10 TXT \"service=user-api\"") ==
              row.txt);
        CHECK(zone.contains("_user-api._tcp.prod.z.example. 10 SRV 0 0 0 .") == row.dot);
    }
}

TEST_CASE("what can be browsed is found by walking down from the zone") {
    const auto zone = lines("browse: yes\n" + fleet);
    const char* const expected[] = {
        // where to browse (RFC 6763 11): at the apex, and where a host of prod would look
        "b._dns-sd._udp.z.example. 3600 PTR prod.z.example.",
        "b._dns-sd._udp.z.example. 3600 PTR itl.z.example.",
        "lb._dns-sd._udp.z.example. 3600 PTR prod.z.example.",
        "b._dns-sd._udp.prod.z.example. 3600 PTR prod.z.example.",
        "db._dns-sd._udp.prod.z.example. 3600 PTR prod.z.example.",
        "lb._dns-sd._udp.prod.z.example. 3600 PTR prod.z.example.",
        // which types there are (9)
        "_services._dns-sd._udp.prod.z.example. 3600 PTR _jmx._tcp.prod.z.example.",
        "_services._dns-sd._udp.prod.z.example. 3600 PTR _snmp._udp.prod.z.example.",
        "_services._dns-sd._udp.prod.z.example. 3600 PTR _mongodb._tcp.prod.z.example.",
        "_services._dns-sd._udp.prod.z.example. 3600 PTR _user-api._tcp.prod.z.example.",
        "_services._dns-sd._udp.prod.z.example. 3600 PTR _management._tcp.prod.z.example.",
        // which instances (4), beside a union, and with the TXT that keeps an empty list known
        "_jmx._tcp.prod.z.example. 10 PTR hydrogen-1._jmx._tcp.prod.z.example.",
        "_jmx._tcp.prod.z.example. 10 PTR oxygen-4._jmx._tcp.prod.z.example.",
        "_jmx._tcp.prod.z.example. 10 SRV 10 100 10102 jb1.prod.z.example.",
        "_snmp._udp.prod.z.example. 10 PTR oxygen-4._snmp._udp.prod.z.example.",
        "_snmp._udp.prod.z.example. 10 TXT \"type=snmp\"",
        "_jmx._tcp.itl.z.example. 10 TXT \"type=jmx\"",
        "_snmp._udp.itl.z.example. 10 TXT \"type=snmp\"",
        "_user-api._tcp.itl.z.example. 10 TXT \"service=user-api\"",
        // one endpoint (5, 6)
        "oxygen-4._snmp._udp.prod.z.example. 10 SRV 0 0 40805 jb1.prod.z.example.",
        "oxygen-4._snmp._udp.prod.z.example. 10 TXT \"app=oxygen\" \"type=snmp\" \"instance=4\"",
        "orders_db2_27018._mongodb._tcp.prod.z.example. 10 SRV 0 0 27018 db2.prod.z.example.",
        "orders_db2_27018._mongodb._tcp.prod.z.example. 10 TXT \"service=orders\" "
        "\"type=mongodb\"",
        "rabbit-management_db1._management._tcp.prod.z.example. 10 SRV 0 0 15672 "
        "db1.prod.z.example.",
        "rabbit-management_db1._management._tcp.prod.z.example. 10 TXT \"service=rabbit\" "
        "\"port=management\"",
    };
    for (const char* line : expected) {
        CAPTURE(line);
        CHECK(zone.contains(line));
    }
    const char* const forbidden[] = {
        "db._dns-sd._udp.z.example.",             // several, so none by default
        "_snmp._udp.itl.z.example. 10 PTR",       // nothing serves it
        "_shutdown._tcp.prod",                    // not published
        "_mcast._udp.prod",                       // a group
        "_jmx._tcp.itl.z.example. 10 TXT \"app",  // one TXT is enough
    };
    for (const char* start : forbidden) {
        CAPTURE(start);
        CHECK(std::ranges::none_of(zone,
                                   [start](const auto& line) { return line.starts_with(start); }));
    }
    CHECK(std::ranges::none_of(lines(fleet), [](const auto& line) {
        return line.find("_dns-sd") != line.npos || line.find("-1._") != line.npos;
    }));
}

TEST_CASE("what is not TCP is browsed as _udp, and says what it is") {
    const auto zone = lines(R"(
registry: {services: {stream: {port: 9000, proto: sctp, browse: yes, endpoints: [{host: a}]}}}
environments: {prod: {hosts: {a: 10.0.0.1}}}
)");
    CHECK(
        zone.contains("_stream._udp.prod.z.example. 10 PTR "
                      "stream_a._stream._udp.prod.z.example."));
    CHECK(zone.contains("_stream._udp.prod.z.example. 10 TXT \"type=stream\""));
    CHECK(
        zone.contains("stream_a._stream._udp.prod.z.example. 10 TXT \"service=stream\" "
                      "\"proto=sctp\""));
    CHECK(zone.contains("_stream._sctp.prod.z.example. 10 SRV 10 100 9000 a.prod.z.example."));
}

TEST_CASE("more environments than a set may have are browsed each by its own name") {
    for (const int count : {100, 101}) {
        std::string environments;
        for (int i = 0; i < count; ++i) {
            environments += "  e" + std::to_string(i) + ": {}\n";
        }
        const auto zone =
            lines("browse: yes\nregistry: {services: {s: 80}}\nenvironments:\n" + environments);
        CHECK(zone.contains("b._dns-sd._udp.z.example. 3600 PTR e0.z.example.") == (count == 100));
        CHECK(zone.contains("b._dns-sd._udp.e0.z.example. 3600 PTR e0.z.example."));
    }
}

TEST_CASE("one endpoint said twice is listed once") {
    const auto zone = lines(R"(
browse: yes
registry: {services: {s: {port: 80, endpoints: [{host: a}, {host: a, priority: 20}]}}}
environments: {prod: {hosts: {a: 10.0.0.1}}}
)");
    CHECK(zone.contains("_s._tcp.prod.z.example. 10 SRV 20 100 80 a.prod.z.example."));
    CHECK(std::ranges::count_if(zone, [](const auto& line) {
              return line.find(" PTR s_a._s._tcp.prod.") != line.npos;
          }) == 1);
}

TEST_CASE("the two forms of a service share one set") {
    const auto plan = test::plan_from(head + fleet);
    const auto zone = zone::derive(plan, {}, dns::Serial{1});
    const auto* main =
        zone.find(dns::name_from("_oxygen-snmp._udp.prod.z.example."), dns::Type::srv);
    REQUIRE(main != nullptr);
    CHECK(main == zone.find(dns::name_from("_snmp._udp.oxygen.prod.z.example."), dns::Type::srv));
}

namespace {

/// A random small plan: every draw changes hosts, placements, policies or services.
std::string random_plan(std::mt19937& random) {
    const auto pick = [&random](int below) {
        return static_cast<int>(random() % static_cast<unsigned>(below));
    };
    const auto number = [&](int base, int below) { return std::to_string(base + pick(below)); };
    std::string yaml =
        head + "ttls: {service: " + number(10, 2) + "}\n" + (pick(3) == 0 ? "" : "browse: yes\n") +
        R"(
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  instances: 1-3
  applications: {hydrogen: )" +
        number(1, 2) +
        ", helium: 5}\n  types: {jmx: {id: 2, union: " + (pick(4) == 0 ? "no" : "yes") +
        "}, snmp: {id: " + number(5, 2) + ", proto: " + (pick(2) == 0 ? "udp" : "sctp") +
        (pick(3) == 0 ? ", browse: no" : "") +
        "}, mcast: {id: {prod: 9}, proto: udp, multicast: yes, instance: 1}}\n";
    yaml += "registry: {services: {api: {port: " + number(5000, 2) +
            (pick(3) == 0 ? ", browse: yes" : "") + (pick(3) == 0 ? ", when_empty: nxdomain" : "") +
            "}, store: {type: " + (pick(2) == 0 ? "mongodb" : "api") +
            ", mongodb: {replicaSet: rs" + number(0, 2) +
            "}, endpoints: [{host: h1, port: " + number(7000, 2) + "}, {host: h2, port: 7001}]}";
    if (pick(2) == 0)
        yaml += ", dir: {publish: [_ldap._tcp], endpoints: [{host: h1.prod, port: 636}]}";
    yaml += "}}\nenvironments:\n";
    for (const char* environment : {"prod", "qa"}) {
        if (pick(8) == 0) continue;
        yaml += std::string("  ") + environment + ":\n    multicast: 239.1.1." + number(1, 2) +
                "\n    hosts: {h1: 10.0.0." + number(1, 2) +
                ", h2: [10.0.0.3, \"2001:db8::" + number(1, 2) +
                "\"]}\n    place: {default: {1: h1, " + number(2, 2) + ": h" + number(1, 2) + "}" +
                (pick(2) == 0 ? ", api: h" + number(1, 2) : "") +
                (pick(3) == 0 ? ", helium: {3: h1}" : "") +
                "}\n    failover: " + (pick(2) == 0 ? "ordered" : "balanced") + "\n";
        if (pick(2) == 0)
            yaml += "    override: {hydrogen: {leader: 1, ttl: " + number(20, 2) + "}}\n";
    }
    if (yaml.ends_with("environments:\n")) yaml += "  dev: {hosts: {h9: 10.9.9.9}}\n";
    return yaml;
}

zone::Records random_extra(std::mt19937& random) {
    const auto zone =
        test::zone_from("z.example.", "www 60 A 10.8.0." + std::to_string(1 + random() % 2) +
                                          "\nwww 60 TXT x" + std::to_string(random() % 2) + "\n" +
                                          (random() % 2 == 0 ? "mail 60 MX 10 www\n" : ""));
    zone::Records extra;
    for (const auto& [owner, node] : zone.nodes()) {
        for (const auto& set : node) extra.add(owner, set);
    }
    return extra;
}

}  // namespace

TEST_CASE("deriving a change gives what deriving everything gives") {
    std::mt19937 random(20261122);
    registry::Plan before = test::plan_from(random_plan(random));
    zone::Records before_extra = random_extra(random);
    zone::Zone zone = zone::derive(before, before_extra, dns::Serial{1});
    for (int step = 0; step < 400; ++step) {
        const std::string yaml = random_plan(random);
        CAPTURE(step, yaml);
        registry::Plan after = test::plan_from(yaml);
        zone::Records after_extra = random_extra(random);
        zone::apply(zone, zone::changes(before, before_extra, after, after_extra));
        if (zone.serial() != dns::Serial{1}) zone.set_serial(dns::Serial{1});  // a changed SOA
        const zone::Zone fresh = zone::derive(after, after_extra, dns::Serial{1});
        REQUIRE(test::lines_of(zone) == test::lines_of(fresh));
        REQUIRE(zone::equal(zone, fresh, true));
        REQUIRE(zone::diff(zone, fresh).empty());
        std::vector<std::string> in_parts;
        zone::derive_in_parts(after, after_extra, dns::Serial{1}, [&](const zone::Zone& part) {
            std::ranges::copy(test::lines_of(part), std::back_inserter(in_parts));
        });
        REQUIRE(in_parts == test::lines_of(fresh));
        before = std::move(after);
        before_extra = std::move(after_extra);
    }
}

namespace {

/// Plans that differ in what two environments place where, and override.
class Placements {
public:
    explicit Placements(std::mt19937& random) : random_(random) {
        for (auto& said : said_) said = any();
    }
    void change_one() { said_[random_() % said_.size()] = any(); }
    [[nodiscard]] std::string plan() const {
        std::string yaml = head + R"(
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  instances: 1-3
  applications: {s0: 1, s1: 2, s2: 3, s3: 4, s4: 5, s5: 6}
  types: {http: 1, jmx: {id: 2, union: yes}, secret: {id: 3, publish: no}}
registry:
  services:
    s6: {port: 5000, publish: [_s6._tcp]}
    s7: {port: 5000, type: mongodb, endpoints: [{host: h1, port: 7000}]}
    s8: {port: 5001, environments: [qa]}
browse: yes
environments:
)";
        for (std::size_t at = 0; at < said_.size(); ++at) {
            if (at % subjects == 0) yaml += at == 0 ? "  prod:\n" : "  qa:\n";
            const auto subject = at % subjects;
            const std::string name = subject == 9 ? "default" : "s" + std::to_string(subject);
            if (subject == 0) yaml += "    hosts: {h1: 10.0.0.1, h2: 10.0.0.2}\n    place:\n";
            if (!said_[at].place.empty()) yaml += "      " + name + ": " + said_[at].place + "\n";
            if (subject + 1 < subjects) continue;
            yaml += "      none: h1\n    override:\n";
            for (std::size_t i = 0; i + 1 < subjects; ++i) {
                const auto& text = said_[at - subject + i].override;
                if (!text.empty()) yaml += "      s" + std::to_string(i) + ": " + text + "\n";
            }
        }
        return yaml;
    }

private:
    struct Said {
        std::string place;
        std::string override;
    };
    static constexpr std::size_t subjects = 10;

    Said any() {
        static const char* const places[] = {"",
                                             "h1",
                                             "h2",
                                             "[h1, h2]",
                                             "[h2, h1]",
                                             "{2: h1}",
                                             "{1: h1, 3: h2}",
                                             "[h1, h3]",
                                             "{}",
                                             "{1: {host: h2, weight: 7}}"};
        static const char* const overrides[] = {
            "", "", "", "{ttl: 7}", "{failover: balanced}", "{leader: 2}"};
        return {places[random_() % std::size(places)], overrides[random_() % std::size(overrides)]};
    }

    std::mt19937& random_;
    std::array<Said, 2 * subjects> said_;
};

}  // namespace

TEST_CASE("deriving what was placed otherwise gives what deriving everything gives") {
    std::mt19937 random(20261123);
    Placements placements(random);
    registry::Plan before = test::plan_from(placements.plan());
    zone::Zone zone = zone::derive(before, {}, dns::Serial{1});
    for (int step = 0; step < 1000; ++step) {
        for (auto changes = random() % 4; changes > 0; --changes) placements.change_one();
        const std::string yaml = placements.plan();
        CAPTURE(step, yaml);
        registry::Plan after = test::plan_from(yaml);
        zone::apply(zone, zone::changes(before, {}, after, {}));
        const zone::Zone fresh = zone::derive(after, {}, dns::Serial{1});
        REQUIRE(zone::diff(zone, fresh).empty());
        REQUIRE(zone::equal(zone, fresh, true));
        before = std::move(after);
    }
}

TEST_CASE("a change touches its own sets and no others") {
    struct Row {
        const char* what;
        const char* from;
        const char* to;
        std::size_t sets;
    };
    const Row rows[] = {
        {"nothing", "itl", "itl", 0},
        {"a host's address: the host, not the services on it", "10.1.0.21", "10.1.0.99", 1},
        {"an endpoint's port: two owners, and PTR at the old port and the new", "port: 27017",
         "port: 27077", 4},
        {"an endpoint's weight: the two owners", "weight: 7", "weight: 8", 2},
        {"a moved instance: four owners, their union, the instance's A, its AAAA", "4: jb1",
         "4: jb2", 7},
        {"a description: nothing", "{port: 5001}", "{port: 5001, description: profiles}", 0},
        {"a timer: the SOA", "contact: dns@corp.example", "contact: hostmaster@corp.example", 1},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        std::string edited = head + fleet;
        const auto at = edited.find(row.from);
        REQUIRE(at != std::string::npos);
        edited.replace(at, std::string(row.from).size(), row.to);
        const auto before = test::plan_from(head + fleet);
        const auto after = test::plan_from(edited);
        CHECK(zone::changes(before, {}, after, {}).size() == row.sets);
    }
}

TEST_CASE("differences are told set by set, and a serial alone is none") {
    const auto before =
        test::zone_from("z.", "@ 5 SOA a a 1 1 1 1 5\na 1 A 10.0.0.1\nb 1 A 10.0.0.1\nb 1 TXT x\n");
    const auto after =
        test::zone_from("z.", "@ 5 SOA a a 2 1 1 1 5\nb 1 A 10.0.0.2\nb 1 TXT x\nc 1 A 10.0.0.3\n");
    const auto changes = zone::diff(before, after);
    REQUIRE(changes.size() == 3);
    CHECK((changes[0].before != nullptr && changes[0].after == nullptr));  // a is gone
    CHECK((changes[1].before != nullptr && changes[1].after != nullptr));  // b's A changed
    CHECK((changes[2].before == nullptr && changes[2].after != nullptr));  // c is new
    CHECK(zone::diff(before, before).empty());
    const auto bumped =
        test::zone_from("z.", "@ 5 SOA a a 9 1 1 1 5\na 1 A 10.0.0.1\nb 1 A 10.0.0.1\nb 1 TXT x\n");
    CHECK(zone::diff(before, bumped).empty());
    CHECK(zone::equal(before, bumped));
    CHECK_FALSE(zone::equal(before, bumped, true));
}
