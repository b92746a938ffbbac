#include "api/consul_body.hpp"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "portolan/registry/registration_json.hpp"

using namespace portolan;
using namespace portolan::api;

namespace {

const registry::Address peer = *registry::parse_address("10.0.0.9");

std::string shown(const std::string& body) {
    const auto said = read_consul_service(body, peer);
    return said ? boost::json::serialize(registry::to_json(*said)) : said.error().reason;
}

/// The same of a service that has this check.
std::string shown_check(const std::string& check) {
    const auto said = read_consul_service(
        R"({"Name":"web","ID":"w","Address":"10.0.0.5","Port":80,"Check":)" + check + "}", peer);
    if (!said) return said.error().reason;
    return boost::json::serialize(registry::to_json(*said).at("checks").at(0));
}

}  // namespace

TEST_CASE("services are read as clients of Consul write them", "[consul]") {
    const auto [body, expected] = GENERATE(table<const char*, const char*>({
        {R"({"Name":"web"})", R"({"service":"web","id":"web","address":"10.0.0.9","port":0})"},
        {R"({"Name": "my-service", "Address": "10.0.0.5", "Port": 40123,
             "Check": {"TCP": "10.0.0.5:40123", "Interval": "10s"}})",
         R"({"service":"my-service","id":"my-service","address":"10.0.0.5","port":40123,"checks":[{"id":"service:my-service","name":"Service 'my-service' check","tcp":{},"port":40123,"interval":"10s","timeout":"10s","fall":1,"rise":1}]})"},
        {R"({"service": {"name": "order-api", "id": "order-api-1", "address": "10.0.1.50", "port": 5002,
             "tags": ["api","orders","v2"], "meta": {"version": "2.3.1", "environment": "production"},
             "checks": [{"name": "HTTP Health", "http": "http://10.0.1.50:5002/health", "interval": "10s", "timeout": "2s"},
                        {"name": "TCP Port", "tcp": "10.0.1.50:5002", "interval": "5s"}]}})",
         R"({"service":"order-api","id":"order-api-1","environment":"production","address":"10.0.1.50","port":5002,"tags":["api","orders","v2"],"meta":{"environment":"production","version":"2.3.1"},"checks":[{"id":"service:order-api-1:1","name":"HTTP Health","http":{"path":"/health"},"port":5002,"interval":"10s","timeout":"2s","fall":1,"rise":1},{"id":"service:order-api-1:2","name":"TCP Port","tcp":{},"port":5002,"interval":"5s","timeout":"10s","fall":1,"rise":1}]})"},
        {R"({"Name":"Web","ID":"Web-1","Tags":null,"Meta":{"srv_priority":"5","srv_weight":"60","protocol":"udp"},
             "Weights":{"Passing":10,"Warning":1},"EnableTagOverride":false,"Connect":{"Native":true},"Namespace":""})",
         R"({"service":"web","id":"Web-1","protocol":"udp","address":"10.0.0.9","port":0,"meta":{"protocol":"udp","srv_priority":"5","srv_weight":"60"},"priority":5,"weight":60})"},
        {R"({"NAME":"web","weights":{"passing":7}})",
         R"({"service":"web","id":"web","address":"10.0.0.9","port":0,"weight":7})"},
    }));
    CHECK(shown(body) == expected);
}

TEST_CASE("checks are read as clients of Consul write them", "[consul]") {
    const auto [check, expected] = GENERATE(table<const char*, const char*>({
        {R"({"TTL":"10s","DeregisterCriticalServiceAfter":"5m"})",
         R"({"id":"service:w","name":"Service 'web' check","heartbeat":{"ttl":"10s"},"interval":"10s","timeout":"2s","fall":3,"rise":2,"gone_after":"5m"})"},
        {R"({"ttl":"10s","deregister_critical_service_after":"10s","status":"passing","checkid":"c","notes":"n"})",
         R"({"id":"c","name":"Service 'web' check","notes":"n","heartbeat":{"ttl":"10s"},"interval":"10s","timeout":"2s","fall":3,"rise":2,"initially":"passing","gone_after":"1m"})"},
        {R"({"HTTP":"https://web.corp.example/h?x=1#f","Interval":"10s","Method":"HEAD","TLSSkipVerify":true,"Header":{"X-A":["1","2"],"Host":["h"]}})",
         R"({"id":"service:w","name":"Service 'web' check","http":{"path":"/h?x=1","method":"HEAD","tls":true,"verifies":false,"host":"h","headers":[["X-A","1"],["X-A","2"]]},"port":443,"interval":"10s","timeout":"10s","fall":1,"rise":1})"},
        {R"({"HTTP":"http://localhost:8080","Interval":"100ms","SuccessBeforePassing":3,"FailuresBeforeCritical":2})",
         R"({"id":"service:w","name":"Service 'web' check","http":{"path":"/"},"port":8080,"interval":"1s","timeout":"10s","fall":2,"rise":3})"},
        {R"({"GRPC":"127.0.0.1:9000/my.Service","Interval":"10s"})",
         R"({"id":"service:w","name":"Service 'web' check","grpc":{"service":"my.Service"},"port":9000,"interval":"10s","timeout":"10s","fall":1,"rise":1})"},
    }));
    CHECK(shown_check(check) == expected);
}

TEST_CASE("what cannot be done for a service is refused with the reason", "[consul]") {
    const auto [body, expected] = GENERATE(table<std::string, const char*>({
        {"", "Request decode failed: this is no JSON from octet 1 on: incomplete JSON"},
        {"{\"Name\":", "Request decode failed: this is no JSON from octet 9 on: incomplete JSON"},
        {"[1]", "the body must be an object"},
        {"{}", "Missing service name"},
        {R"({"Name":7})", "Name of the service must be a text"},
        {R"({"Name":"my_service"})",
         "\"my_service\" cannot be a service's name: a DNS label has letters, digits and hyphens"},
        {R"({"Name":"web","Port":70000})", "Port of the service must be a number from 0 to 65535"},
        {R"({"Name":"web","Port":-1})", "Port of the service must be a number from 0 to 65535"},
        {R"({"Name":"web","Port":"80"})", "Port of the service must be a number from 0 to 65535"},
        {R"({"Name":"web","Address":"web1.example"})", "Address \"web1.example\" is no IP address"},
        {R"({"Name":"web","Tags":"a"})", "Tags of the service must be a list"},
        {R"({"Name":"web","Tags":[1]})", "Tags of the service must hold texts"},
        {R"({"Name":"web","Meta":{"a":1}})", "Meta a must be a text"},
        {R"({"Name":"web","Meta":{"srv_weight":"heavy"}})",
         "Meta srv_weight must be a number from 0 to 65535, not \"heavy\""},
        {R"({"Name":"web","Meta":{"protocol":"icmp"}})",
         "Meta protocol must be tcp, udp, sctp or dccp"},
        {"{\"Name\":\"web\",\"ID\":\"a\\nb\"}", "ID of the service holds a control character"},
        {R"({"Name":"web","ID":")" + std::string(513, 'x') + R"("})",
         "ID of the service is longer than 512 octets"},
    }));
    CHECK(shown(body) == expected);
}

TEST_CASE("what cannot be done as a check is refused with the reason", "[consul]") {
    const auto [check, expected] = GENERATE(table<const char*, const char*>({
        {R"([])", "the check must be an object"},
        {R"({})", "a check must have one of TTL, TCP, HTTP and GRPC"},
        {R"({"TTL":"10s","TCP":"10.0.0.5:80","Interval":"1s"})",
         "a check must have one of TTL, TCP, HTTP and GRPC"},
        {R"({"TTL":"soon"})", "TTL of the check must be a duration like \"10s\""},
        {R"({"TTL":10})", "TTL of the check must be a duration like \"10s\""},
        {R"({"TCP":"10.0.0.5:80"})", "Interval must be > 0 for HTTP, TCP and GRPC checks"},
        {R"({"TCP":"10.0.0.5","Interval":"1s"})", "10.0.0.5 needs a port from 1 to 65535"},
        {R"({"TCP":"10.0.0.5:99999","Interval":"1s"})",
         "10.0.0.5:99999 needs a port from 1 to 65535"},
        {R"({"TCP":"10.0.0.6:22","Interval":"1s"})",
         "a check of 10.0.0.6 is not possible: a registration's checks go to its own address, "
         "10.0.0.5"},
        {R"({"TCP":"db.corp.example:22","Interval":"1s"})",
         "a check of db.corp.example is not possible: a registration's checks go to its own "
         "address, 10.0.0.5"},
        {R"({"HTTP":"http://[2001:db8::1]:80/","Interval":"1s"})",
         "a check of 2001:db8::1 is not possible: a registration's checks go to its own address, "
         "10.0.0.5"},
        {R"({"HTTP":"ftp://10.0.0.5/","Interval":"1s"})",
         "ftp://10.0.0.5/ is no http:// or https:// URL"},
        {R"({"Args":["/bin/sh","-c","id"],"Interval":"1s"})",
         "a check that runs a program is not taken over HTTP: write it in the plan"},
        {R"({"UDP":"10.0.0.5:80","Interval":"1s"})",
         "UDP of the check is a kind of check that is not done here: use TCP, HTTP, GRPC or TTL"},
        {R"({"GRPC":"10.0.0.5:80","GRPCUseTLS":true,"Interval":"1s"})",
         "gRPC checks over TLS are not possible"},
        {R"({"TTL":"10s","Status":"fine"})",
         "Invalid check status: 'fine'; it is passing, warning or critical"},
    }));
    CHECK(shown_check(check) == expected);
}

TEST_CASE("a check's update says its status", "[consul]") {
    const auto [body, expected] = GENERATE(table<const char*, const char*>({
        {R"({"Status":"passing","Output":"fine"})", "passing fine"},
        {R"({"status":"warning"})", "warning "},
        {R"({"Status":"maintenance"})",
         "Invalid check status: 'maintenance'; it is passing, warning or critical"},
        {R"({})", "Invalid check status: ''; it is passing, warning or critical"},
    }));
    const auto update = read_consul_update(body);
    CHECK((update ? std::string(to_string(update->verdict)) + " " + update->output
                  : update.error().reason) == expected);
}
