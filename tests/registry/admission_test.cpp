#include "portolan/registry/admission.hpp"

#include <catch2/catch.hpp>

#include "../support/plan_text.hpp"
#include "portolan/dns/presentation.hpp"

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
  applications: {hydrogen: 1, helium: 2}
  types:
    ajp: 4
    mcast: {id: {prod: 9}, proto: udp, multicast: yes, instance: 1}
registry:
  ranges: {API services: 5000-5099}
  services:
    user-api: {port: 5001, in: API services}
    order-api: {port: 5002, in: API services}
    redis: {port: 6379}
    orders: {type: mongodb, endpoints: [{host: h1, port: 27017}]}
    rabbit: {ports: {amqp: 5672, management: 15672}}
    syslog: {port: 514, proto: udp}
    only-prod: {port: 7000, environments: [prod]}
  dynamic: {names: [my-service], ports: 32768-60999, environments: [dev]}
environments:
  prod:
    aliases: [production]
    networks: [10.1.0.0/16]
    multicast: 239.1.1.1
    hosts: {h1: 10.1.0.1, h2: 10.1.0.2}
    place: {default: {1: h1, 2: h2}, user-api: [h1]}
  dev: {networks: [10.0.0.0/16], hosts: {h1: 10.0.0.1}}
  lab: {hosts: {h1: 10.9.0.1}}
)");
    return plan;
}

const Plan& second() {
    static const Plan plan = test::plan_from(R"(
zone: other.example
nameservers: {ns1: 192.0.2.53}
contact: dns@corp.example
registry:
  services:
    redis: {port: 6379}
    wiki: {port: 8090}
  dynamic: {names: [my-service], ports: 40000-40100}
environments:
  prod: {networks: [10.1.0.0/16], hosts: {w1: 10.1.9.1}}
  edge: {networks: [10.7.0.0/16], hosts: {w1: 10.7.0.1}}
)");
    return plan;
}

struct Row {
    const char* service;
    const char* address;
    Port port;
    const char* environment = "";
    std::optional<Protocol> protocol = {};
};

Announcement announcement(const Row& row) {
    Announcement said;
    said.service = row.service;
    said.id = row.service;
    said.address = *parse_address(row.address);
    said.port = row.port;
    said.environment = row.environment;
    said.protocol = row.protocol;
    return said;
}

std::optional<std::string> nobody(const Address&, Port, Protocol) { return std::nullopt; }

std::string shown(const OrRefusal<Registration>& result) {
    if (!result) return result.error().reason;
    return result->environment + " of " + dns::to_text(result->zone) + " " +
           to_string(result->protocol);
}

std::string one_plan(const Row& row, const Entitlement& entitlement = {}) {
    const Registry registry(fleet());
    return shown(admit({&registry, 1}, announcement(row), entitlement, nobody));
}

}  // namespace

TEST_CASE("a registration is admitted where the plan has its service", "[admission]") {
    const auto [what, row, expected] = GENERATE(table<const char*, Row, const char*>({
        {"a dynamic name, by the networks",
         {"my-service", "10.0.0.5", 40000},
         "dev of z.example. tcp"},
        {"the service's port",
         {"order-api", "10.1.0.50", 5002, "production"},
         "prod of z.example. tcp"},
        {"another port of its category",
         {"order-api", "10.1.0.50", 5077},
         "prod of z.example. tcp"},
        {"a service whose endpoints bring ports",
         {"orders", "10.1.0.50", 27018},
         "prod of z.example. tcp"},
        {"one of several named ports",
         {"rabbit-amqp", "10.1.0.50", 5672},
         "prod of z.example. tcp"},
        {"a UDP service", {"syslog", "10.1.0.50", 514}, "prod of z.example. udp"},
        {"the convention's port, any instance",
         {"hydrogen-ajp", "10.1.0.50", 30104},
         "prod of z.example. tcp"},
        {"its own planned endpoint", {"user-api", "10.1.0.1", 5001}, "prod of z.example. tcp"},
        {"no networks, but named", {"redis", "10.9.0.5", 6379, "lab"}, "lab of z.example. tcp"},
    }));
    INFO(what);
    CHECK(one_plan(row) == expected);
}

TEST_CASE("a registration that the plan does not allow is refused with the rule", "[admission]") {
    const auto [row, expected] = GENERATE(table<Row, const char*>({
        {{"order-ap", "10.1.0.5", 5002},
         "the plan has no service order-ap in prod of z.example. Did you mean \"order-api\"?"},
        {{"quite-else", "10.1.0.5", 5002},
         "the plan has no service quite-else in prod of z.example. Declare it there, or list it in "
         "the plan's dynamic: names"},
        {{"my-service", "10.1.0.5", 40000},
         "the plan has no service my-service in prod of z.example, only in dev of z.example"},
        {{"only-prod", "10.0.0.5", 7000},
         "the plan has no service only-prod in dev of z.example, only in prod of z.example"},
        {{"redis", "10.1.0.5", 6379, "", Protocol::udp},
         "the plan has no service redis/udp in prod of z.example. Did you mean \"redis\"?"},
        {{"my-service", "10.0.0.5", 0}, "port 0 is not one that a client can connect to"},
        {{"my-service", "10.0.0.5", 8080}, "8080 is outside the plan's dynamic: ports 32768-60999"},
        {{"order-api", "10.1.0.5", 6000},
         "6000 is outside the range of order-api: API services has 5000-5099"},
        {{"redis", "10.1.0.5", 6380}, "6380 is not the port of redis, which has 6379"},
        {{"hydrogen-ajp", "10.1.0.5", 10204},
         "10204 is no port of hydrogen-ajp: the convention gives it 10104 for instance 1"},
        {{"hydrogen-mcast", "10.1.0.5", 10109},
         "hydrogen-mcast is multicast: its endpoint is the group that the plan gives"},
        {{"redis", "172.16.0.1", 6379},
         "which environment 172.16.0.1 is in cannot be told: no environment's networks hold it. "
         "Name the environment in Meta.environment"},
        {{"redis", "10.1.0.5", 6379, "prd"},
         "no plan has an environment prd. Did you mean \"prod\"?"},
        {{"redis", "10.0.0.5", 6379, "prod"},
         "10.0.0.5 is outside the networks of prod: 10.1.0.0/16"},
        {{"redis", "10.0.0.5", 6379, "lab"}, "10.0.0.5 is in the networks of dev, not of lab"},
        {{"redis", "0.0.0.0", 6379, "lab"}, "0.0.0.0 is unspecified, not the address of a host"},
        {{"redis", "239.1.1.1", 6379, "lab"},
         "239.1.1.1 is a multicast group, not the address of a host"},
        {{"order-api", "10.1.0.1", 5001},
         "10.1.0.1:5001/tcp is user-api's on h1, by the plan (plan.yaml:30:49)"},
        {{"orders", "10.1.0.2", 20204},
         "10.1.0.2:20204/tcp is helium-ajp's on h2, by the plan (plan.yaml:30:33)"},
    }));
    CHECK(one_plan(row) == expected);
}

TEST_CASE("a token says for which services and environments it is", "[admission]") {
    struct Case {
        Row row;
        Entitlement entitlement;
        const char* expected;
    };
    const auto row = GENERATE(values<Case>({
        {{"redis", "172.16.0.1", 6379}, {"t1", {}, {"lab"}}, "lab of z.example. tcp"},
        {{"redis", "10.1.0.5", 6379}, {"t1", {}, {"production", "lab"}}, "prod of z.example. tcp"},
        {{"redis", "10.1.0.5", 6379}, {"t1", {"redis"}, {}}, "prod of z.example. tcp"},
        {{"redis", "10.1.0.5", 6379, "prod"},
         {"t1", {}, {"lab"}},
         "token t1 is for lab, not for prod"},
        {{"redis", "10.1.0.5", 6379},
         {"t1", {}, {"lab"}},
         "10.1.0.5 is in the networks of prod, not of lab"},
        {{"user-api", "10.1.0.5", 5001},
         {"t1", {"redis"}, {}},
         "token t1 is for redis, not for user-api"},
    }));
    CHECK(one_plan(row.row, row.entitlement) == row.expected);
}

TEST_CASE("of several plans the one that knows the service takes it, and never one of two",
          "[admission]") {
    const std::vector<Registry> both{Registry(fleet()), Registry(second())};
    const auto [row, expected] = GENERATE(table<Row, const char*>({
        {{"wiki", "10.1.0.5", 8090}, "prod of other.example. tcp"},
        {{"my-service", "10.7.0.5", 40001}, "edge of other.example. tcp"},
        {{"redis", "10.1.0.5", 6379},
         "redis could be meant in prod of z.example, prod of other.example; a name that registers "
         "must be in one plan alone"},
    }));
    CHECK(shown(admit(both, announcement(row), {}, nobody)) == expected);
}

TEST_CASE("a port that another registration holds is refused, and the holder named",
          "[admission]") {
    const Registry registry(fleet());
    const auto taken = [](const Address&, Port, Protocol) -> std::optional<std::string> {
        return "redis redis-1 of prod";
    };
    const auto result =
        admit({&registry, 1}, announcement({"orders", "10.1.0.5", 6379}), {}, taken);
    CHECK(shown(result) == "10.1.0.5:6379/tcp is registered by redis redis-1 of prod");
    CHECK(result.error().kind == Refusal::Kind::conflict);
}

TEST_CASE("who may not register a service may not touch it either", "[admission]") {
    const Registry registry(fleet());
    const auto one = admit({&registry, 1}, announcement({"redis", "10.1.0.5", 6379}), {}, nobody);
    REQUIRE(one.has_value());
    struct Case {
        Entitlement entitlement;
        bool may;
    };
    const auto row = GENERATE(values<Case>({
        {{}, true},
        {{"t1", {"redis"}, {"production"}}, true},
        {{"t1", {"orders"}, {}}, false},
        {{"t1", {}, {"dev"}}, false},
    }));
    CHECK(refusal_to_touch({&registry, 1}, *one, row.entitlement).has_value() != row.may);
}
