#include "portolan/registry/live.hpp"

#include <catch2/catch.hpp>

#include "../support/plan_text.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/registry/services.hpp"

using namespace portolan;
using namespace portolan::registry;

namespace {

const Plan& fleet() {
    static const Plan plan = test::plan_from(R"(
zone: z.example
nameservers: {ns1: 192.0.2.53}
contact: dns@corp.example
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  instances: 1-4
  applications: {hydrogen: 1, user-mail: 2}
  types:
    ajp: 4
    shutdown: {id: 1, publish: no}
    jmx: {id: 2, union: yes}
    mcast: {id: {prod: 9}, proto: udp, multicast: yes, instance: 1}
registry:
  services:
    listed: {port: 6001, type: web, browse: yes}
    listed-too: {port: 6002, type: web, browse: yes, endpoints: [{host: h1}]}
    user-api: {port: 5001}
    rabbit: {ports: {amqp: 5672, management: 15672}, endpoints: [{host: h1}]}
    only-prod: {port: 5002, environments: [prod]}
  dynamic: {names: [my-service, user-api], ports: 32768-60999, environments: [qa]}
environments:
  prod:
    aliases: [production]
    networks: [10.1.0.0/16]
    multicast: 239.1.1.1
    hosts: {h1: 10.1.0.1, h2: 10.1.0.2, ip-10-1-0-9: 10.1.0.3}
    place: {default: {1: h1, 2: h2}}
  qa: {networks: [10.2.0.0/16], hosts: {h1: 10.2.0.1}}
  lab: {hosts: {h1: 10.9.0.1}}
)");
    return plan;
}

Address address(const char* text) { return *parse_address(text); }

std::string shown(const Service& service) {
    std::string text;
    for (const auto& each : service.endpoints) {
        text += host_label(each) + ":" + std::to_string(each.port) + "/" +
                std::to_string(each.priority) + "/" + std::to_string(each.weight) + " ";
    }
    return text;
}

}  // namespace

TEST_CASE("announced endpoints stand beside those of the plan, until they leave", "[live]") {
    Live live;
    const Registry registry(fleet(), live);
    const auto said = [&](const char* environment, const char* label) {
        return shown(
            *find_service(registry, *fleet().environment(environment), label, Protocol::tcp));
    };
    const auto announce = [&](const char* environment, const char* label,
                              std::vector<AnnouncedEndpoint> endpoints) {
        return live.take(EndpointsChange{environment, label, Protocol::tcp, std::move(endpoints)});
    };
    CHECK(said("prod", "hydrogen-ajp") == "h1:10104/10/100 h2:20104/20/100 ");
    const auto undo = announce("prod", "hydrogen-ajp",
                               {{address("10.1.0.5"), 7001},
                                {address("2001:db8::5"), 7001, 5, 6},
                                {address("10.1.0.2"), 7000},
                                {address("10.1.0.1"), 10104, 99, 99}});  // is in the plan
    CHECK(said("prod", "hydrogen-ajp") ==
          "h1:10104/10/100 h2:20104/20/100 h2:7000/30/100 ip-10-1-0-5:7001/30/100 "
          "ip-2001-db8-0-0-0-0-0-5:7001/5/6 ");
    CHECK(said("prod", "user-mail-ajp") == "h1:10204/10/100 h2:20204/20/100 ");
    CHECK(said("qa", "hydrogen-ajp").empty());
    live.take(AddressesChange{"prod", "h2", std::vector{address("10.1.0.5")}});
    CHECK(said("prod", "hydrogen-ajp") ==
          "h1:10104/10/100 h2:20104/20/100 ip-10-1-0-2:7000/30/100 h2:7001/30/100 "
          "ip-2001-db8-0-0-0-0-0-5:7001/5/6 ");
    live.take(AddressesChange{"prod", "h2", std::nullopt});
    CHECK(live.take(undo) != undo);
    CHECK(said("prod", "hydrogen-ajp") == "h1:10104/10/100 h2:20104/20/100 ");
    CHECK_FALSE(live.speaks_of("prod"));
}

TEST_CASE("what may register itself is declared where it may, and empty until it does", "[live]") {
    Live live;
    const Registry registry(fleet(), live);
    const auto& qa = *fleet().environment("qa");
    REQUIRE(find_service(registry, qa, "my-service", Protocol::tcp));
    CHECK(find_service(registry, qa, "my-service", Protocol::tcp)->endpoints.empty());
    CHECK_FALSE(find_service(registry, *fleet().environment("prod"), "my-service", Protocol::tcp));
    live.take(EndpointsChange{"qa", "my-service", Protocol::tcp, {{address("10.2.0.1"), 40000}}});
    CHECK(shown(*find_service(registry, qa, "my-service", Protocol::tcp)) == "h1:40000/10/100 ");
}

TEST_CASE("every change can be taken back", "[live]") {
    Live live;
    const auto one = AddressesChange{"prod", "h1", std::vector{address("10.1.0.7")}};
    const auto other = AddressesChange{"prod", "h1", std::vector{address("10.1.0.8")}};
    const auto undo_one = live.take(one);
    CHECK(undo_one == Change(AddressesChange{"prod", "h1", std::nullopt}));
    CHECK(live.take(other) == Change(one));
    const Registry registry(fleet(), live);
    const auto& prod = *fleet().environment("prod");
    CHECK(addresses_of(registry, prod, *prod.host("h1")) == std::vector{address("10.1.0.8")});
    CHECK(addresses_of(registry, prod, *prod.host("h2")) == std::vector{address("10.1.0.2")});

    const auto verdicts = [](Verdict verdict) {
        return VerdictsChange{"prod", "user-api", Protocol::tcp, {{"h1", 5001, verdict}}};
    };
    const auto before = live.take(verdicts(Verdict::warning));
    const auto undo_down = live.take(verdicts(Verdict::critical));
    const Live::Known down = *live.verdicts("prod", "user-api", Protocol::tcp);
    CHECK(down.last_good == verdicts(Verdict::warning).verdicts);
    const auto redo = live.take(undo_down);
    live.take(verdicts(Verdict::passing));
    live.take(redo);
    CHECK(*live.verdicts("prod", "user-api", Protocol::tcp) == down);
    live.take(before);
    CHECK(live.verdicts("prod", "user-api", Protocol::tcp) == nullptr);
}

TEST_CASE("a change that cannot be is refused with its reason", "[live]") {
    const Live live;
    const auto why = [&](const Change& change) {
        return refusal({fleet(), live}, change).value_or("");
    };
    const auto serves = [](const char* environment, const char* service,
                           std::vector<AnnouncedEndpoint> endpoints) {
        return EndpointsChange{environment, service, Protocol::tcp, std::move(endpoints)};
    };
    const auto judges = [](const char* environment, const char* service, Verdicts verdicts) {
        return VerdictsChange{environment, service, Protocol::tcp, std::move(verdicts)};
    };
    const auto lives = [](const char* environment, const char* host, const char* at) {
        return AddressesChange{environment, host, std::vector{address(at)}};
    };
    const AnnouncedEndpoint good{address("10.1.0.1"), 80};
    const auto many = [](unsigned count) {
        std::vector<AnnouncedEndpoint> endpoints;
        for (unsigned i = 0; i < count; ++i) {
            endpoints.push_back({address("10.1.0.1"), static_cast<Port>(2000 + i)});
        }
        return endpoints;
    };
    struct Row {
        Change change;
        const char* reason;
    };
    const Row rows[] = {
        {serves("prod", "user-api", {good}), ""},
        {serves("production", "user-mail-ajp", {good, {address("10.1.7.7"), 81}}), ""},
        {serves("prod", "user-api", {}), ""},
        {serves("qa", "my-service", {{address("10.2.0.9"), 40000}}), ""},
        {serves("dev", "user-api", {good}), "the plan has no environment dev"},
        {serves("prod", "user", {good}), "prod declares no service user/tcp"},
        {serves("qa", "only-prod", {good}), "qa declares no service only-prod/tcp"},
        {serves("prod", "my-service", {}), "prod declares no service my-service/tcp"},
        {EndpointsChange{"prod", "user-api", Protocol::udp, {good}},
         "prod declares no service user-api/udp"},
        {serves("prod", "hydrogen-shutdown", {good}),
         "prod declares no service hydrogen-shutdown/tcp"},
        {EndpointsChange{"prod", "hydrogen-mcast", Protocol::udp, {good}},
         "hydrogen-mcast of prod is multicast: its endpoint is the group that the plan gives"},
        {serves("prod", "user-api", {{address("10.1.0.1"), 0}}),
         "port 0 is not one that a client can connect to"},
        {serves("prod", "user-api", {{address("10.2.0.9"), 80}}),
         "10.2.0.9 of user-api of prod is outside the networks of prod"},
        {serves("lab", "user-api", {{address("10.2.0.9"), 80}}),
         "10.2.0.9 is in the networks of qa, not of lab"},
        {serves("lab", "user-api", {{address("::"), 80}}),
         ":: is unspecified, not the address of a host"},
        {serves("prod", "user-api", {{address("10.1.0.9"), 80}}),
         "10.1.0.9 would be called ip-10-1-0-9, which is something else in prod"},
        {serves("prod", "user-api", many(100)), ""},
        {serves("prod", "user-api", many(101)),
         "user-api of prod would have 101 endpoints; resolvers refuse more than 100"},
        {serves("prod", "rabbit-amqp", many(100)),
         "rabbit-amqp of prod would have 101 endpoints; resolvers refuse more than 100"},
        {serves("prod", "hydrogen-jmx", many(97)),
         "type jmx of prod would have 101 endpoints over all applications; resolvers refuse more "
         "than 100"},
        {serves("prod", "listed", many(99)), ""},
        {serves("prod", "listed", many(100)),
         "_web._tcp.prod would list 101 endpoints for browsing; resolvers refuse more than 100"},
        {judges("prod", "user-api", {{"h1", 80, Verdict::critical}}), ""},
        {judges("production", "user-api", {{"gone", 81, Verdict::passing}}), ""},
        {judges("prod", "user-api", {}), ""},
        {judges("dev", "user-api", {}), "the plan has no environment dev"},
        {judges("qa", "only-prod", {}), "qa declares no service only-prod/tcp"},
        {VerdictsChange{"prod", "hydrogen-mcast", Protocol::udp, {}},
         "hydrogen-mcast of prod is multicast: its endpoint is the group that the plan gives"},
        {judges("prod", "user-api", {{"h1", 0, Verdict::critical}}),
         "port 0 is not one that a client can connect to"},
        {judges("prod", "user-api", {{"", 80, Verdict::critical}}),
         "a verdict names the host of its endpoint"},
        {judges("prod", "user-api", {{"h1", 80, Verdict::critical}, {"h1", 80, Verdict::passing}}),
         "there are two verdicts on h1 port 80 of user-api of prod"},
        {lives("prod", "h1", "10.1.3.3"), ""},
        {AddressesChange{"prod", "h1", std::nullopt}, ""},
        {lives("prod", "h1", "2001:db8::1"), ""},  // its networks say nothing of IPv6
        {lives("lab", "h1", "10.9.9.9"), ""},
        {lives("dev", "h1", "10.1.0.3"), "the plan has no environment dev"},
        {lives("qa", "h2", "10.2.0.3"), "qa has no host h2"},
        {lives("prod", "h1", "10.2.0.3"), "10.2.0.3 of h1.prod is outside the networks of prod"},
        {lives("lab", "h1", "10.2.0.3"), "10.2.0.3 is in the networks of qa, not of lab"},
        {lives("lab", "h1", "0.0.0.0"), "0.0.0.0 is unspecified, not the address of a host"},
        {lives("lab", "h1", "239.1.1.1"),
         "239.1.1.1 is a multicast group, not the address of a host"},
        {AddressesChange{"prod", "h1", std::vector<Address>{}}, "h1.prod would have no address"},
    };
    for (const auto& row : rows) CHECK(why(row.change) == row.reason);
}
