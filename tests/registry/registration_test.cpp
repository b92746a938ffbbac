#include "portolan/registry/registration.hpp"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "portolan/dns/presentation.hpp"
#include "portolan/registry/registration_json.hpp"

using namespace portolan::registry;
using std::chrono::milliseconds;

TEST_CASE("durations are read as Go writes them", "[registration]") {
    const auto [text, expected] = GENERATE(table<const char*, long>({
        {"10s", 10000}, {"1m30s", 90000}, {"250ms", 250},     {"1.5h", 5400000},
        {"0", 0},       {"0s", 0},        {"1500us", 2},      {"", -1},
        {"10", -1},     {"s", -1},        {"10 s", -1},       {"-10s", -1},
        {"1e3s", -1},   {"9999h", -1},    {".s", -1},         {"1.2.3s", -1},
        {"10sec", -1},  {"300us", 0},     {"2h45m", 9900000}, {"99999999999999999999999999h", -1},
    }));
    INFO(text);
    const auto read = parse_duration(text);
    CHECK((read ? read->count() : -1) == expected);
}

TEST_CASE("a duration's text is read back as it was", "[registration]") {
    const auto [ms, text] = GENERATE(table<long, const char*>({
        {10000, "10s"},
        {90000, "1m30s"},
        {250, "250ms"},
        {0, "0s"},
        {3600000, "1h"},
        {60001, "60001ms"},
    }));
    CHECK(duration_text(milliseconds(ms)) == text);
    CHECK(parse_duration(text) == milliseconds(ms));
}

TEST_CASE("a service's name is a label", "[registration]") {
    const auto [text, expected] = GENERATE(table<std::string, std::string>({
        {"web", "web"},
        {"Order-API", "order-api"},
        {"", "\"\" cannot be a service's name: it is empty"},
        {"my_service",
         "\"my_service\" cannot be a service's name: a DNS label has letters, digits and hyphens"},
        {"a.b", "\"a.b\" cannot be a service's name: a DNS label has letters, digits and hyphens"},
        {"-web", "\"-web\" cannot be a service's name: a hyphen begins or ends it"},
        {std::string(64, 'a'), "\"" + std::string(63, 'a') +
                                   "\" cannot be a service's name: it is longer than 63 octets"},
    }));
    const auto read = read_service_label(text);
    CHECK((read ? *read : read.error().reason) == expected);
}

namespace {

std::string announced(const char* text) {
    const auto value = parse_json(text);
    if (!value) return value.error().reason;
    const auto said = announcement_from(*value);
    return said ? boost::json::serialize(to_json(*said)) : said.error().reason;
}

}  // namespace

TEST_CASE("an announcement's JSON is read, and written as it was", "[registration]") {
    const auto text = GENERATE(
        R"({"service":"web","id":"web","address":"10.1.0.11","port":8081})",
        R"({"service":"web","id":"w1","environment":"prod","protocol":"udp","address":"2001:db8::1","port":1,"tags":["a","b"],"meta":{"k":"v"},"priority":10,"weight":0,"lease":"30s"})",
        R"({"service":"web","id":"w","address":"10.1.0.11","port":80,"checks":[{"id":"c","name":"n","notes":"x","tcp":{},"port":81,"interval":"10s","timeout":"2s","fall":3,"rise":1,"initially":"passing","gone_after":"1m"},{"id":"d","name":"n","http":{"path":"/h","method":"HEAD","tls":true,"verifies":false,"host":"x","body":"ok","first_status":204,"last_status":204,"headers":[["a","b"]]},"interval":"10s","timeout":"2s","fall":1,"rise":1},{"id":"e","name":"n","heartbeat":{"ttl":"15s"},"interval":"10s","timeout":"2s","fall":1,"rise":1},{"id":"f","name":"n","grpc":{"service":"s"},"interval":"10s","timeout":"2s","fall":1,"rise":1},{"id":"g","name":"n","dns":{"name":"q.example"},"interval":"10s","timeout":"2s","fall":1,"rise":1}]})");
    CHECK(announced(text) == text);
}

TEST_CASE("what is wrong with an announcement's JSON is named", "[registration]") {
    const auto [text, expected] = GENERATE(table<const char*, const char*>({
        {"{", "this is no JSON from octet 2 on: incomplete JSON"},
        {"{} x", "this is no JSON from octet 4 on: extra data"},
        {"[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]", "this is no JSON from octet 17 on: too deep"},
        {"[]", "the body must be an object"},
        {R"({"service":7})", "service must be a text"},
        {R"({"service":"web"})", "address \"\" is no IP address"},
        {R"({"service":"web","address":"h1"})", "address \"h1\" is no IP address"},
        {R"({"service":"web","address":"::1","port":70000})",
         "port must be a number from 0 to 65535"},
        {R"({"service":"web","address":"::1","port":"80"})",
         "port must be a number from 0 to 65535"},
        {R"({"service":"web","address":"::1","lease":"soon"})",
         "lease must be a duration like \"10s\""},
        {R"({"service":"web","address":"::1","tags":["a",1]})", "tags must be texts"},
        {R"({"service":"web","address":"::1","meta":{"a":1}})", "meta must hold texts"},
        {R"({"service":"web","address":"::1","sevice":"x"})", "sevice is unknown"},
        {R"({"service":"web","address":"::1","protocol":"icmp"})",
         "protocol must be tcp, udp, sctp or dccp"},
        {R"({"service":"web","address":"::1","checks":[{}]})",
         "checks[0] must have one of tcp, http, grpc, dns and heartbeat"},
        {R"({"service":"web","address":"::1","checks":[{"tcp":{},"http":{}}]})",
         "checks[0] must have one of tcp, http, grpc, dns and heartbeat"},
        {R"({"service":"web","address":"::1","checks":[{"tcp":{"a":1}}]})",
         "checks[0].tcp.a is unknown"},
        {R"({"service":"web","address":"::1","checks":[{"heartbeat":{}}]})",
         "checks[0].heartbeat.ttl is needed"},
        {R"({"service":"web","address":"::1","checks":[{"exec":{}}]})",
         "checks[0] must have one of tcp, http, grpc, dns and heartbeat"},
        {R"({"service":"web","address":"::1","checks":[{"tcp":{},"id":"a"},{"tcp":{},"id":"a"}]})",
         "two checks have the id a"},
        {R"({"service":"web","address":"::1","checks":[{"tcp":{},"interval":"1ms"}]})",
         "checks[0] has an interval below 100ms or a timeout of 0"},
    }));
    CHECK(announced(text) == expected);
}

TEST_CASE("a registration and its state come back from their JSON", "[registration]") {
    Registration one;
    one.said = *announcement_from(*parse_json(
        R"({"service":"web","id":"w","environment":"prod","protocol":"tcp","address":"10.1.0.11","port":80,
            "checks":[{"tcp":{}},{"heartbeat":{"ttl":"5s"}}]})"));
    one.zone = portolan::dns::name_from("z.example.");
    one.environment = "prod";
    one.token = "3f2a";
    const auto again = registration_from(to_json(one));
    REQUIRE(again.has_value());
    CHECK((*again == one));

    Catalog catalog(1);
    catalog.put(one, Moment(1000));
    catalog.report(one.key(), 1, Verdict::passing, "fine", Moment(2000));
    catalog.set_aside(one.key(), Aside{Verdict::maintenance, "upgrade"});
    const auto state = state_to_json(*catalog.find(one.key()));
    const auto restored = registered_from(one, state);
    REQUIRE(restored.has_value());
    CHECK(state_to_json(*restored) == state);
    CHECK(restored->checks[1].since == Moment(2000));
}
