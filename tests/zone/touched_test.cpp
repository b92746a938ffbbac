#include "portolan/zone/touched.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "../support/plan_text.hpp"
#include "../support/zone_text.hpp"
#include "portolan/dns/presentation.hpp"

using namespace portolan;
using registry::AddressesChange;
using registry::Change;
using registry::EndpointsChange;
using registry::Live;
using registry::Protocol;
using registry::Verdict;
using registry::VerdictsChange;

namespace {

/// Everything that a change can reach: two forms, a union, published owners, ports shared by
/// services, instances.
const std::string fleet_text = R"(
zone: z.example
nameservers: {ns1: [192.0.2.53]}
contact: dns@corp.example
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  bounds: 1024-65535
  instances: 1-3
  applications: {hydrogen: 1, helium: 5}
  types:
    jmx: {id: 2, union: yes}
    snmp: {id: 5, proto: udp}
    mcast: {id: {prod: 9}, proto: udp, multicast: yes, instance: 1}
registry:
  services:
    api: {port: 7000, when_empty: nxdomain}
    store:
      type: mongodb
      mongodb: {replicaSet: rs0}
      endpoints: [{host: h1, port: 7000}, {host: h2, port: 7001}]
    dir:
      publish: [_ldap._tcp, _ldap._tcp.dc._msdcs]
      when_empty: dot
      endpoints: [{host: h1.prod, port: 636}, {target: far.example, port: 636}]
    one: {publish: [_one._tcp], publish_environment: prod, port: 637}
    rabbit: {ports: {amqp: 5672, management: 15672}, endpoints: [{host: h2}]}
  dynamic: {names: [born], ports: 32768-60999}
environments:
  prod:
    aliases: [production]
    multicast: 239.1.1.1
    hosts: {h1: 10.0.0.1, h2: [10.0.0.2, "2001:db8::2"], h3: 10.0.0.3, ip-10-9-0-2: 10.0.0.4}
    place: {default: {1: h1, 2: h2}, helium: {1: h2, 3: h3}}
    override: {helium: {leader: 3}}
  qa:
    hosts: {h1: 10.1.0.1, h2: 10.1.0.2}
    place: {default: {1: h1}}
    failover: leader
)";

registry::Plan fleet(const std::string& more = "") { return test::plan_from(fleet_text + more); }

/// The plan after an edit: a number, a placement, a host that is gone.
registry::Plan edited_fleet(const std::string& more) {
    std::string text = fleet_text + more;
    for (const auto& [from, to] :
         {std::pair("helium: 5", "helium: 6"), {"2: h2}", "2: h3}"}, {", h2: 10.1.0.2", ""}}) {
        text.replace(text.find(from), std::string(from).size(), to);
    }
    return test::plan_from(text);
}

zone::FindRrset finder(const zone::Zone& zone) {
    return [&zone](dns::NameView owner, dns::Type type) { return zone.find(owner, type); };
}

class RandomChanges {
public:
    std::vector<Change> draw() {
        std::vector<Change> changes;
        for (unsigned i = 0; i < 1 + pick(3); ++i) changes.push_back(one());
        return changes;
    }
    unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
    template <class T>
    T any(std::initializer_list<T> all) {
        return all.begin()[pick(static_cast<unsigned>(all.size()))];
    }
    registry::HealthPolicy policy() {
        using registry::WhenAllDown;
        return {.unknown = any({Verdict::passing, Verdict::critical}),
                .critical = any({registry::WhenCritical::leave, registry::WhenCritical::sink}),
                .all_down = any({WhenAllDown::all, WhenAllDown::none, WhenAllDown::last_good})};
    }

private:
    Change one() {
        const unsigned kind = pick(4);
        if (kind == 0) return addresses();
        return kind == 1 ? announcement() : verdicts();
    }

    std::string environment() { return any({"prod", "prod", "qa"}); }

    /// Of hosts as the plan has them, as changes give them, and of none.
    registry::Address address() {
        return *registry::parse_address(
            any({"10.0.0.1", "10.0.0.2", "10.1.0.1", "10.3.0.1", "10.3.0.2", "10.9.0.1", "10.9.0.2",
                 "2001:db8::2", "2001:db8::9"}));
    }

    Change addresses() {
        AddressesChange change{environment(), any({"h1", "h2", "h3"}), {}};
        if (pick(4) == 0) return change;
        change.addresses.emplace();
        for (unsigned i = 0; i < 1 + pick(2); ++i) change.addresses->push_back(address());
        return change;
    }

    using Service = std::pair<const char*, Protocol>;
    Service service() {
        return any<Service>({{"hydrogen-jmx", Protocol::tcp},
                             {"helium-jmx", Protocol::tcp},
                             {"hydrogen-snmp", Protocol::udp},
                             {"hydrogen-mcast", Protocol::udp},
                             {"api", Protocol::tcp},
                             {"store", Protocol::tcp},
                             {"dir", Protocol::tcp},
                             {"one", Protocol::tcp},
                             {"born", Protocol::tcp},
                             {"rabbit-amqp", Protocol::tcp},
                             {"unknown", Protocol::tcp}});
    }

    Change announcement() {
        const auto [name, protocol] = service();
        EndpointsChange change{environment(), name, protocol};
        for (unsigned i = 0; i < pick(4); ++i) {
            change.endpoints.push_back({address(), static_cast<registry::Port>(7000 + pick(3))});
            if (pick(3) == 0) change.endpoints.back().priority = pick(2);
            if (pick(3) == 0) change.endpoints.back().weight = pick(2);
        }
        return change;
    }

    Change verdicts() {
        const auto [name, protocol] = service();
        VerdictsChange change{environment(), name, protocol};
        for (const char* host : {"h1", "h2", "h3", "far.example.", "ip-10-9-0-1"}) {
            for (const unsigned port :
                 {636U, 5672U, 7000U, 7001U, 7002U, 10102U, 20102U, 10105U, 10502U}) {
                if (pick(3) == 0) continue;
                change.verdicts.push_back(
                    {host, static_cast<registry::Port>(port),
                     any({Verdict::passing, Verdict::warning, Verdict::critical, Verdict::critical,
                          Verdict::unknown, Verdict::draining, Verdict::maintenance})});
            }
        }
        if (pick(6) == 0) change.verdicts.clear();
        return change;
    }

    std::mt19937 random_{20261122};
};

}  // namespace

TEST_CASE("any changes one by one give what deriving everything gives") {
    RandomChanges random;
    Live live;
    registry::Plan plan = fleet("browse: yes\n");
    zone::Zone zone = zone::derive(plan, {}, dns::Serial{1});
    for (int step = 0; step < 1500; ++step) {
        CAPTURE(step);
        if (random.pick(20) == 0) {  // the plan is loaded again, as it was or edited
            const char* more = random.any({"", "browse: yes\n", "browse: yes\n"});
            registry::Plan next = random.pick(2) == 0 ? edited_fleet(more) : fleet(more);
            next.health.policy = random.policy();
            zone::apply(zone, zone::changes({plan, live}, {}, {next, live}, {}));
            plan = std::move(next);
        } else {
            const auto changes = random.draw();
            const zone::Touched touched({plan, live}, changes);
            for (const auto& change : changes) live.take(change);
            const auto differences = touched.changes({plan, live}, finder(zone));
            for (const auto& difference : differences) {
                const auto* before = zone.find(difference.owner, difference.type);
                REQUIRE((before == nullptr) == (difference.before == nullptr));
                if (before != nullptr) REQUIRE(*before == *difference.before);
            }
            zone::apply(zone, differences);
        }
        const zone::Zone fresh = zone::derive({plan, live}, {}, dns::Serial{1});
        REQUIRE(test::lines_of(zone) == test::lines_of(fresh));
        REQUIRE(zone::equal(zone, fresh, true));
    }
}

TEST_CASE("what is said of different things gives the same zone in any order") {
    RandomChanges random;
    std::mt19937 order(7);
    for (int round = 0; round < 50; ++round) {
        CAPTURE(round);
        std::map<std::string, Change> last;  // one word on each thing
        for (int i = 0; i < 20; ++i) {
            for (auto& change : random.draw()) {
                const auto about = std::visit(
                    []<class Said>(const Said& said) {
                        if constexpr (std::is_same_v<Said, AddressesChange>) {
                            return said.environment + " " + said.host;
                        } else {
                            return said.environment + " " + said.service + " " +
                                   to_string(said.protocol) +
                                   (std::is_same_v<Said, EndpointsChange> ? " is at" : " is");
                        }
                    },
                    change);
                last.insert_or_assign(about, std::move(change));
            }
        }
        std::vector<Change> changes;
        for (const auto& [about, change] : last) changes.push_back(change);
        const registry::Plan plan = fleet();
        std::string zones[2];
        for (auto& text : zones) {
            Live live;
            for (const auto& change : changes) live.take(change);
            for (const auto& line :
                 test::lines_of(zone::derive({plan, live}, {}, dns::Serial{1}))) {
                text += line + "\n";
            }
            std::ranges::shuffle(changes, order);
        }
        CHECK(zones[0] == zones[1]);
    }
}

TEST_CASE("what can be browsed follows the members of the sets") {
    const auto plan = fleet("browse: yes\n");
    const auto zone = zone::derive(plan, {}, dns::Serial{1});
    const auto address = *registry::parse_address("10.0.0.5");
    struct Row {
        const char* what;
        Change change;
        std::vector<const char*> touched;  // below _tcp.prod, but for services and ports
    };
    const Row rows[] = {
        {"one that dies",
         VerdictsChange{"prod", "hydrogen-jmx", Protocol::tcp, {{"h2", 20102, Verdict::critical}}},
         {"_jmx PTR", "_jmx SRV", "hydrogen-2._jmx SRV", "hydrogen-2._jmx TXT"}},
        {"one that drains is there as before",
         VerdictsChange{"prod", "hydrogen-jmx", Protocol::tcp, {{"h2", 20102, Verdict::draining}}},
         {"_jmx SRV"}},
        {"one that registers",
         EndpointsChange{"prod", "store", Protocol::tcp, {{address, 7002}}},
         {"_mongodb PTR", "store_ip-10-0-0-5_7002._mongodb SRV",
          "store_ip-10-0-0-5_7002._mongodb TXT"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Live live;
        const zone::Touched touched({plan, live}, {&row.change, 1});
        live.take(row.change);
        std::set<std::string> owners;
        const std::string below = "._tcp.prod.z.example.";
        for (const auto& change : touched.changes({plan, live}, finder(zone))) {
            std::string owner = dns::to_text(change.owner);
            const bool is_other = !owner.ends_with(below) || owner.starts_with("_hydrogen") ||
                                  owner.starts_with("_store");
            if (is_other) continue;
            owner.resize(owner.size() - below.size());
            owners.insert(owner + " " + to_string(change.type));
        }
        CHECK(owners == std::set<std::string>(row.touched.begin(), row.touched.end()));
    }
}

TEST_CASE("a change of the registry touches its own sets and no others") {
    const auto plan = fleet();
    const auto zone = zone::derive(plan, {}, dns::Serial{1});
    const auto address = std::vector{*registry::parse_address("10.0.0.99")};
    const auto announced = [](const char* service, const char* at, registry::Port port) {
        return EndpointsChange{
            "prod", service, Protocol::tcp, {{*registry::parse_address(at), port}}};
    };
    const auto judged = [](const char* service, registry::Verdicts verdicts) {
        return VerdictsChange{"prod", service, Protocol::tcp, std::move(verdicts)};
    };
    struct Row {
        const char* what;
        Change change;
        std::vector<const char*> touched;
    };
    const Row rows[] = {
        {"what the plan says already", announced("store", "10.0.0.2", 7001), {}},
        {"an endpoint more, on a host of the plan: both owners, PTR of its port",
         announced("store", "10.0.0.3", 7002),
         {"7002._tcp._port.prod PTR", "_store._tcp.prod SRV", "_mongodb._tcp.store.prod SRV"}},
        {"an endpoint of no host that the plan has: a host more",
         announced("born", "10.0.0.5", 40000),
         {"40000._tcp._port.prod PTR", "_born._tcp.prod SRV", "ip-10-0-0-5.prod A"}},
        {"a verdict that changes nothing", judged("store", {{"h1", 7000, Verdict::passing}}), {}},
        {"a warning: both owners",
         judged("store", {{"h2", 7001, Verdict::warning}}),
         {"_store._tcp.prod SRV", "_mongodb._tcp.store.prod SRV"}},
        {"a verdict on one of a type with a union; its port stays its own",
         judged("hydrogen-jmx", {{"h2", 20102, Verdict::critical}}),
         {"_hydrogen-jmx._tcp.prod SRV", "_jmx._tcp.prod SRV", "_jmx._tcp.hydrogen.prod SRV"}},
        {"one of a published service",
         judged("dir", {{"far.example.", 636, Verdict::maintenance}}),
         {"_ldap._tcp SRV", "_ldap._tcp.dc._msdcs SRV", "_dir._tcp.prod SRV"}},
        {"a host's addresses: its own and its instances', no SRV",
         AddressesChange{"prod", "h2", address},
         {"h2.prod A", "h2.prod AAAA", "1.helium.prod A", "1.helium.prod AAAA", "2.hydrogen.prod A",
          "2.hydrogen.prod AAAA"}},
        {"a host with the leader",
         AddressesChange{"prod", "h3", address},
         {"3.helium.prod A", "helium.prod A", "h3.prod A"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Live live;
        const zone::Touched touched({plan, live}, {&row.change, 1});
        const Change undo = live.take(row.change);
        std::set<std::string> owners;
        for (const auto& change : touched.changes({plan, live}, finder(zone))) {
            const std::string owner = dns::to_text(change.owner);
            owners.insert(owner.substr(0, owner.size() - std::string(".z.example.").size()) + " " +
                          to_string(change.type));
        }
        CHECK(owners == std::set<std::string>(row.touched.begin(), row.touched.end()));
        live.take(undo);
        CHECK_FALSE(live.speaks_of("prod"));
    }
}
