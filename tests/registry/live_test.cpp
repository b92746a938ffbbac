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
    user-api: {port: 5001}
    rabbit: {ports: {amqp: 5672, management: 15672}, endpoints: [{host: h1}]}
    only-prod: {port: 5002, environments: [prod]}
environments:
  prod:
    aliases: [production]
    networks: [10.1.0.0/16]
    multicast: 239.1.1.1
    hosts: {h1: 10.1.0.1, h2: 10.1.0.2}
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
        text += (each.host != nullptr ? each.host->name : dns::to_text(*each.target)) + ":" +
                std::to_string(each.port) + "/" + std::to_string(each.priority) + "/" +
                std::to_string(each.weight) + " ";
    }
    return text;
}

}  // namespace

TEST_CASE("what was said of a service holds instead of the plan, until it is taken back",
          "[live]") {
    Live live;
    const Registry registry(fleet(), live);
    const auto said = [&](const char* environment, const char* label) {
        return shown(
            *find_service(registry, *fleet().environment(environment), label, Protocol::tcp));
    };
    CHECK(said("prod", "hydrogen-ajp") == "h1:10104/10/100 h2:20104/20/100 ");
    const auto undo = live.take(EndpointsChange{
        "prod", "hydrogen-ajp", Protocol::tcp,
        std::vector<LiveEndpoint>{{"h2", {}, 7000, 3, 4},
                                  {"", dns::PackedName(dns::name_from("far.example.")), 7001, 5, 6},
                                  {"gone", {}, 7002, 1, 1}}});
    CHECK(said("prod", "hydrogen-ajp") == "h2:7000/3/4 far.example.:7001/5/6 ");
    CHECK(said("prod", "user-mail-ajp") == "h1:10204/10/100 h2:20204/20/100 ");
    CHECK(said("qa", "hydrogen-ajp").empty());
    live.take(EndpointsChange{"prod", "rabbit-amqp", Protocol::tcp, std::vector<LiveEndpoint>{}});
    CHECK(said("prod", "rabbit-amqp").empty());
    CHECK(said("prod", "rabbit-management") == "h1:15672/10/100 ");
    live.take(undo);
    CHECK(said("prod", "hydrogen-ajp") == "h1:10104/10/100 h2:20104/20/100 ");
    live.take(EndpointsChange{"prod", "rabbit-amqp", Protocol::tcp, std::nullopt});
    CHECK_FALSE(live.speaks_of("prod"));
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
}

TEST_CASE("a change that cannot be is refused with its reason", "[live]") {
    const Live live;
    const auto why = [&](const Change& change) {
        return refusal({fleet(), live}, change).value_or("");
    };
    const auto serves = [](const char* environment, const char* service,
                           std::vector<LiveEndpoint> endpoints) {
        return EndpointsChange{environment, service, Protocol::tcp, std::move(endpoints)};
    };
    const auto lives = [](const char* environment, const char* host, const char* at) {
        return AddressesChange{environment, host, std::vector{address(at)}};
    };
    const LiveEndpoint good{"h1", {}, 80, 1, 1};
    const auto foreign = [](const char* name) {
        return LiveEndpoint{"", dns::PackedName(dns::name_from(name)), 80, 1, 1};
    };
    struct Row {
        Change change;
        const char* reason;
    };
    const Row rows[] = {
        {serves("prod", "user-api", {good}), ""},
        {serves("production", "user-mail-ajp", {good, foreign("x.example.")}), ""},
        {serves("prod", "user-api", {}), ""},
        {EndpointsChange{"prod", "user-api", Protocol::tcp, std::nullopt}, ""},
        {serves("dev", "user-api", {good}), "the plan has no environment dev"},
        {serves("prod", "user", {good}), "prod declares no service user/tcp"},
        {serves("qa", "only-prod", {good}), "qa declares no service only-prod/tcp"},
        {EndpointsChange{"prod", "user-api", Protocol::udp, std::vector{good}},
         "prod declares no service user-api/udp"},
        {serves("prod", "hydrogen-shutdown", {good}),
         "prod declares no service hydrogen-shutdown/tcp"},
        {EndpointsChange{"prod", "hydrogen-mcast", Protocol::udp, std::vector{good}},
         "hydrogen-mcast of prod is multicast: its endpoint is the group that the plan gives"},
        {serves("prod", "user-api", {{"h1", {}, 0, 1, 1}}),
         "port 0 is not one that a client can connect to"},
        {serves("prod", "user-api", {{"h9", {}, 80, 1, 1}}), "prod has no host h9"},
        {serves("prod", "user-api", {{"", {}, 80, 1, 1}}), "prod has no host "},
        {serves("prod", "user-api", {foreign("h1.prod.z.example.")}),
         "a target lies outside the zone; inside it, name the host"},
        {serves("prod", "user-api",
                {{"h1", dns::PackedName(dns::name_from("x.example.")), 80, 1, 1}}),
         "an endpoint has a host or a target, not both"},
        {serves("prod", "user-api", std::vector(101, good)),
         "user-api of prod would have 101 endpoints; resolvers refuse more than 100"},
        {serves("prod", "hydrogen-jmx", std::vector(99, good)),
         "type jmx of prod would have 101 endpoints over all applications; resolvers refuse more "
         "than 100"},
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
