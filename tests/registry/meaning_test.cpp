#include "portolan/registry/meaning.hpp"

#include <catch2/catch.hpp>

#include "../support/plan_text.hpp"

using namespace portolan;
using namespace portolan::registry;

namespace {

const Plan& fleet() {
    static const Plan plan = test::plan_from(R"(
zone: z.example
nameservers: {ns1: 192.0.2.53}
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  instances: 1-4
  applications: {hydrogen: 1, my-app: 2}
  types: {ajp: 4, jmx: {id: 2, union: yes, browse: yes}, h2: {id: 5, proto: udp}}
registry:
  services:
    user-api: {port: 5001}
    orders: {type: mongodb, endpoints: [{host: h1, port: 27017}]}
    rabbit: {ports: {amqp: 5672, management: 15672}}
    directory: {port: 636, publish: [_ldap._tcp]}
    far: {browse: yes, port: 70, environments: [prod], endpoints: [{target: a.far.example.}]}
environments:
  prod: {aliases: [production], hosts: {h1: 10.1.0.1, h2: [10.1.0.2, "2001:db8::2"]}, place: {default: h1}}
  dev: {hosts: {h1: 10.2.0.1}}
)");
    return plan;
}

std::string shown(const Meaning& meaning) {
    std::string text = to_string(meaning.kind);
    if (meaning.kind == Meaning::Kind::port)
        text += " " + std::to_string(meaning.number) + "/" + to_string(*meaning.protocol);
    if (meaning.application != nullptr) text += " " + meaning.application->name;
    if (meaning.type != nullptr) text += " " + meaning.type->name;
    if (meaning.named != nullptr) text += " " + meaning.named->name;
    if (meaning.port != nullptr) text += " [" + meaning.port->name + "]";
    if (meaning.host != nullptr) text += " " + meaning.host->name;
    if (meaning.instance) text += " " + std::to_string(*meaning.instance);
    if (!meaning.service_type.label.empty()) text += " " + to_string(meaning.service_type);
    if (!meaning.listed.empty()) text += " " + meaning.listed;
    return meaning.environment == nullptr ? text : text + " in " + meaning.environment->name;
}

std::string meant(std::string_view name) {
    std::string all;
    for (const auto& each : meanings(fleet(), name)) all += (all.empty() ? "" : "; ") + shown(each);
    return all;
}

}  // namespace

TEST_CASE("what a name means") {
    struct Row {
        const char* name;
        const char* meant;
    };
    const Row rows[] = {
        {"hydrogen", "application hydrogen"},
        {"hydrogen.prod", "application hydrogen in prod"},
        {"hydrogen.production.z.example", "application hydrogen in prod"},
        {"2.hydrogen.prod", "application hydrogen 2 in prod"},
        {"02.hydrogen.prod", ""},
        {"ajp", "type ajp"},
        {"hydrogen-ajp", "service hydrogen ajp"},
        {"my-app-ajp", "service my-app ajp"},
        {"user-api", "service user-api"},
        {"rabbit", "service rabbit"},
        {"rabbit-management", "service rabbit [management]"},
        {"h1", "host h1 in prod; host h1 in dev"},
        {"h1.dev", "host h1 in dev"},
        {"h2", "type h2; host h2 in prod"},
        {"10.1.0.2", "host h2 in prod"},
        {"2001:db8::2", "host h2 in prod"},
        {"10.9.9.9", ""},
        {"prod", "environment in prod"},
        {"production", "environment in prod"},
        {"_hydrogen-ajp._tcp.prod", "service hydrogen ajp in prod"},
        {"_hydrogen-ajp._udp.prod", ""},
        {"_hydrogen-ajp._tcp", "service hydrogen ajp"},
        {"_hydrogen-ajp._tcp.nowhere", ""},
        {"_ajp._tcp.hydrogen.prod.z.example", "service hydrogen ajp in prod"},
        {"_jmx._tcp.prod", "type jmx in prod; service-type _jmx._tcp in prod"},
        {"_services._dns-sd._udp.prod", "browsing in prod"},
        {"_services._dns-sd._udp.nowhere", ""},
        {"_services._dns-sd._udp", ""},
        {"b._dns-sd._udp", "browsing"},
        {"lb._dns-sd._udp.z.example", "browsing"},
        {"db._dns-sd._udp", ""},
        {"db._dns-sd._udp.prod", "browsing in prod"},
        {"r._dns-sd._udp.prod", ""},
        {"my-app-1._jmx._tcp.prod", "instance my-app jmx 1 _jmx._tcp my-app-1 in prod"},
        {"my-app-2._jmx._tcp.prod", ""},
        {"my-app-1._ajp._tcp.prod", ""},
        {"my-app-1._jmx._udp.prod", ""},
        {"my-app-1._jmx._tcp.dev", ""},
        {"_far._tcp.prod", "service far [] in prod; service-type _far._tcp in prod"},
        {"far_a\\.far\\.example._far._tcp.prod",
         "instance far [] _far._tcp far_a.far.example in prod"},
        {"far_\\097\\046far\\.example._far._tcp.prod",
         "instance far [] _far._tcp far_a.far.example in prod"},
        {"far_a.far.example._far._tcp.prod", ""},
        {"far_a\\._far._tcp.prod", ""},
        {"\\", ""},
        {"\\9._jmx._tcp.prod", ""},
        {"_ajp._tcp.prod", ""},
        {"_mongodb._tcp.orders.prod", "service orders [] in prod"},
        {"_user-api._tcp.dev", "service user-api [] in dev"},
        {"_rabbit-amqp._tcp.prod", "service rabbit [amqp] in prod"},
        {"_ldap._tcp", "service directory"},
        {"_ldap._tcp.z.example", "service directory"},
        {"10104._tcp._port.prod", "port 10104/tcp in prod"},
        {"10104._udp._port", "port 10104/udp"},
        {"010104._tcp._port.prod", ""},
        {"70000._tcp._port.prod", ""},
        {"10104._tcp._port.nowhere", ""},
        {"_", ""},
        {".", ""},
        {"..", ""},
        {"_._", ""},
        {"-", ""},
        {"helium", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name);
        CHECK(meant(row.name) == row.meant);
    }
}

TEST_CASE("hosts by name and by address, with what was said since") {
    Live live;
    live.take(
        EndpointsChange{"dev", "user-api", Protocol::tcp, {{*parse_address("10.2.0.77"), 5001}}});
    live.take(AddressesChange{"prod", "h1", std::vector{*parse_address("10.1.0.99")}});
    const Registry registry(fleet(), live);
    const auto count = [&](const char* name) { return hosts_called(registry, name).size(); };
    CHECK(count("h1") == 2);
    CHECK(count("h1.prod.z.example") == 1);
    CHECK(count("10.1.0.1") == 0);  // moved away
    CHECK(count("10.1.0.99") == 1);
    CHECK(count("10.2.0.77") == 1);
    CHECK(count("ip-10-2-0-77") == 1);
    CHECK(count("ip-10-2-0-78") == 0);
    CHECK(meanings(registry, "ip-10-2-0-77.dev").size() == 1);
}
