#include "portolan/zone/describe.hpp"

#include <catch2/catch.hpp>

#include "portolan/dns/presentation.hpp"

using namespace portolan;
using namespace portolan::zone;

namespace {

const dns::Name apex = dns::name_from("svc.corp.example.");

dns::RrsetPtr set_of(dns::Type type, std::uint32_t ttl, const std::vector<std::string>& rdatas) {
    if (rdatas.empty()) return nullptr;
    std::vector<dns::Octets> octets;
    for (const auto& rdata : rdatas) octets.push_back(dns::rdata_from(type, rdata, apex));
    return dns::make_rrset(type, dns::Ttl{ttl}, octets);
}

/// A change of one set, names below the zone; no RDATA means no set.
zone::Change change(const std::string& owner, dns::Type type,
                    const std::vector<std::string>& before, const std::vector<std::string>& after,
                    std::uint32_t ttl_after = 10) {
    return {*dns::parse_name(owner, apex), type, set_of(type, 10, before),
            set_of(type, ttl_after, after)};
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("a changed service is one line", "[changes]") {
    struct Row {
        const char* owner;
        std::vector<std::string> before;
        std::vector<std::string> after;
        const char* line;
    };
    const Row rows[] = {
        {"_hydrogen-ajp._tcp.prod",
         {"0 1 10104 jb1.prod", "10 1 20104 jb2.prod"},
         {"0 1 10104 jb1.prod", "10 1 30104 jb3.prod"},
         "prod hydrogen-ajp/tcp: + 30104 jb3, - 20104 jb2"},
        {"_oxygen-snmp._udp.qa", {}, {"0 1 10805 jb1.qa"}, "qa oxygen-snmp/udp: + 10805 jb1"},
        {"_oxygen-snmp._udp.qa", {"0 1 10805 jb1.qa"}, {}, "qa oxygen-snmp/udp: - 10805 jb1"},
        {"_a-b._tcp.prod",
         {"0 1 10104 jb1.prod"},
         {"10 5 10104 jb1.prod"},
         "prod a-b/tcp: 10104 jb1 priority 0 to 10 weight 1 to 5"},
        {"_ldap._tcp",
         {"0 100 636 ldap1.prod"},
         {"0 100 636 ldap.other.example."},
         "ldap/tcp: + 636 ldap.other.example, - 636 ldap1.prod.svc.corp.example"},
        {"_gone._tcp.prod", {"0 0 0 ."}, {"0 1 80 jb1.prod"}, "prod gone/tcp: + 80 jb1, - 0 ."},
    };
    for (const auto& row : rows) {
        INFO(row.line);
        CHECK(describe({change(row.owner, dns::Type::srv, row.before, row.after)}, apex) ==
              Lines{row.line});
    }
}

TEST_CASE("a changed TTL is said", "[changes]") {
    CHECK(describe({change("_a-b._tcp.prod", dns::Type::srv, {"0 1 80 jb1.prod"},
                           {"0 1 80 jb1.prod"}, 20)},
                   apex) == Lines{"prod a-b/tcp: TTL 10 to 20"});
}

TEST_CASE("what is no service's main name is counted", "[changes]") {
    const auto srv = change("_a-b._tcp.prod", dns::Type::srv, {}, {"0 1 80 jb1.prod"});
    const auto alias = change("_b._tcp.a.prod", dns::Type::srv, {}, {"0 1 80 jb1.prod"});
    const auto host = change("jb1.prod", dns::Type::a, {}, {"10.1.0.11"});
    const auto other = change("jb2.prod", dns::Type::a, {"10.1.0.12"}, {});

    CHECK(describe({}, apex).empty());
    CHECK(describe({host}, apex) == Lines{"1 record set: 1 A"});
    CHECK(describe({host, other}, apex) == Lines{"2 record sets: 2 A"});
    CHECK(describe({srv, host}, apex) ==
          Lines{"prod a-b/tcp: + 80 jb1", "and 1 other record set: 1 A"});
    CHECK(describe({srv, alias, host, other}, apex) ==
          Lines{"prod a-b/tcp: + 80 jb1", "and 3 other record sets: 2 A, 1 SRV"});
}

TEST_CASE("no more services are named than wanted", "[changes]") {
    std::vector<zone::Change> changes;
    for (int i = 0; i < 5; ++i) {
        changes.push_back(change("_s" + std::to_string(i) + "._tcp.prod", dns::Type::srv, {},
                                 {"0 1 80 jb1.prod"}));
    }
    CHECK(describe(changes, apex, 2) == Lines{"prod s0/tcp: + 80 jb1", "prod s1/tcp: + 80 jb1",
                                              "and 3 other record sets: 3 SRV"});
}
