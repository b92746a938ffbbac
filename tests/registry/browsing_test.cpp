#include "portolan/registry/browsing.hpp"

#include <catch2/catch.hpp>

#include "../support/plan_text.hpp"

using namespace portolan;
using namespace portolan::registry;

namespace {

Plan plan_of(const std::string& head, const std::string& type = "", const std::string& api = "") {
    return test::plan_from(head + R"(
zone: z.example
nameservers: {ns1: 192.0.2.53}
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  instances: 1-4
  applications: {hydrogen: 1, my-app: 2}
  types:
    http: {id: 3)" + type + R"(}
    snmp: {id: 5, proto: udp}
    shutdown: {id: 1, publish: no}
    mcast: {id: {prod: 9}, proto: udp, multicast: yes, instance: 1}
    only-dev: {id: {dev: 7}}
registry:
  services:
    api: {port: 5001)" + api +
                           R"(}
    orders:
      type: mongodb
      endpoints: [{host: h1, port: 27017}, {host: h1, port: 27018}, {target: far.example., port: 27017}]
    rabbit: {ports: {amqp: 5672, http: 15672}, endpoints: [{host: h1}, {host: h2, port: 5673}]}
    stream: {port: 9000, proto: sctp, endpoints: [{host: h1}]}
environments:
  prod: {multicast: 239.1.1.1, hosts: {h1: 10.1.0.1, h2: 10.1.0.2}, place: {default: {1: h1, 2: h2}, api: {1: h1, 2: h2}}}
  dev: {hosts: {h1: 10.2.0.1}}
)");
}

std::string types_of(const Plan& plan, const char* environment) {
    std::string text;
    for (const auto& each : service_types(plan, *plan.environment(environment)))
        text += to_string(each) + " ";
    return text;
}

/// What is listed at `_type._protocol.prod`.
std::string names_of(const Registry& registry, const ServiceType& type) {
    std::string text;
    for (const auto& service : services_of(registry, *registry.plan.environment("prod"), type))
        for (const auto& each : service.endpoints) text += instance_name(service, each) + " ";
    return text;
}

}  // namespace

TEST_CASE("what can be browsed is the plan's choice, a type's and a service's") {
    struct Row {
        const char* what;
        const char *head, *type, *api;
        std::string prod;
    };
    const Row rows[] = {
        {"nothing, unless asked for", "", "", "", ""},
        {"all that has endpoints of its own; over sctp it is _udp", "browse: yes", "", "",
         "_amqp._tcp _api._tcp _http._tcp _mongodb._tcp _snmp._udp _stream._udp "},
        {"one type", "", ", browse: yes", "", "_http._tcp "},
        {"one service", "", "", ", browse: yes", "_api._tcp "},
        {"all but one service", "browse: yes", "", ", browse: no",
         "_amqp._tcp _http._tcp _mongodb._tcp _snmp._udp _stream._udp "},
        {"a type that another shares stays", "browse: yes", ", browse: no", "",
         "_amqp._tcp _api._tcp _http._tcp _mongodb._tcp _snmp._udp _stream._udp "},
        {"not what is not published", "", ", browse: yes, publish: no", "", ""},
        {"nor a group", "", ", browse: yes, multicast: yes", "", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto plan = plan_of(row.head, row.type, row.api);
        CHECK(types_of(plan, "prod") == row.prod);
        CHECK(has_browsing(plan) == !row.prod.empty());
    }
    CHECK(types_of(plan_of("browse: yes"), "dev").find("_only-dev._tcp") != std::string::npos);
}

TEST_CASE("plans that browse otherwise have not all in common") {
    CHECK(same_common_parts(plan_of("browse: yes"), plan_of("browse: yes")));
    CHECK_FALSE(same_common_parts(plan_of(""), plan_of("browse: yes")));
    CHECK_FALSE(same_common_parts(plan_of(""), plan_of("", ", browse: no")));
    CHECK_FALSE(same_common_parts(plan_of(""), plan_of("", "", ", browse: no")));
}

TEST_CASE("an endpoint's name is its own") {
    const auto plan = plan_of("browse: yes");
    CHECK(names_of(plan, {"http"}) ==
          "hydrogen-1 hydrogen-2 my-app-1 my-app-2 rabbit-http_h1 "
          "rabbit-http_h2_5673 ");
    CHECK(names_of(plan, {"snmp", Protocol::udp}) == "hydrogen-1 hydrogen-2 my-app-1 my-app-2 ");
    CHECK(names_of(plan, {"api"}) == "api_h1 api_h2 ");
    CHECK(names_of(plan, {"mongodb"}) ==
          "orders_h1_27017 orders_h1_27018 orders_far.example_27017 ");
    CHECK(names_of(plan, {"stream", Protocol::udp}) == "stream_h1 ");
    CHECK(names_of(plan, {"http", Protocol::udp}).empty());
    CHECK(names_of(plan, {"mcast", Protocol::udp}).empty());
}

TEST_CASE("who comes and who goes changes nobody else's name") {
    const auto plan = plan_of("browse: yes");
    Live live;
    live.take(EndpointsChange{"prod",
                              "hydrogen-http",
                              Protocol::tcp,
                              {{*parse_address("10.1.0.1"), 10103},  // the plan's first
                               {*parse_address("10.1.0.2"), 40000},
                               {*parse_address("10.1.0.9"), 40000}}});
    live.take(EndpointsChange{"prod", "api", Protocol::tcp, {{*parse_address("10.1.0.2"), 40000}}});
    live.take(VerdictsChange{"prod", "api", Protocol::tcp, {{"h1", 5001, Verdict::maintenance}}});
    const Registry registry(plan, live);
    CHECK(names_of(registry, {"http"}) ==
          "hydrogen-1 hydrogen-2 hydrogen-http_h2_40000 hydrogen-http_ip-10-1-0-9_40000 my-app-1 "
          "my-app-2 rabbit-http_h1 rabbit-http_h2_5673 ");
    CHECK(names_of(registry, {"api"}) == "api_h2 api_h2_40000 ");
}
