// `check:` and `health:` in plans.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "portolan/registry/checks.hpp"
#include "portolan/source/plan_file.hpp"

using namespace portolan;

namespace {

source::PlanFile read(const std::string& rest) {
    const std::string text = "zone: z.example\nnameservers: {ns1: 192.0.2.53}\n" + rest;
    return source::read_plan("p.yaml", [&](const std::string&) { return std::optional(text); });
}

/// A plan without a finding.
registry::Plan plan_of(const std::string& rest) {
    auto file = read(rest);
    for (const auto& each : file.findings) FAIL(registry::to_string(each));
    REQUIRE(file.plan);
    return std::move(*file.plan);
}

std::string more_of(const registry::HttpCheck& http) {
    std::string text = fmt::format("; {} {} {}-{} {}", http.method, http.verifies ? "verified" : "",
                                   http.first_status, http.last_status, http.host);
    if (!http.body.empty()) text += " body " + http.body;
    for (const auto& [name, value] : http.headers) text += fmt::format(" {}: {}", name, value);
    return text;
}

std::string text_of(const registry::CheckPtr& check) {
    if (check == nullptr) return "none";
    std::string text = fmt::format("{}, timeout {}ms", words(*check), check->timeout.count());
    if (const auto* http = std::get_if<registry::HttpCheck>(&check->how)) text += more_of(*http);
    if (const auto* exec = std::get_if<registry::ExecCheck>(&check->how)) {
        for (const auto& word : exec->command) text += " | " + word;
    }
    return text;
}

const std::string convention = R"(convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  instances: 1-2
)";

}  // namespace

TEST_CASE("checks read in each form", "[health]") {
    struct Row {
        const char* health;
        const char* check;
        const char* text;
    };
    const Row rows[] = {
        {"{}", "none", "none"},
        {"{}", "tcp", "tcp every 10s, 3 to fall, 2 to rise, timeout 2000ms"},
        {"{}", "{tcp: yes, port: 81}",
         "tcp on port 81 every 10s, 3 to fall, 2 to rise, timeout 2000ms"},
        {"{}", "http",
         "http / every 10s, 3 to fall, 2 to rise, timeout 2000ms; GET verified 200-299 "},
        {"{}",
         "{https: /h, method: HEAD, verify: no, host: a.example, status: 204, body: ok, "
         "headers: {X-Probe: 1}}",
         "https /h every 10s, 3 to fall, 2 to rise, timeout 2000ms; HEAD  204-204 a.example body "
         "ok X-Probe: 1"},
        {"{}", "grpc", "grpc every 10s, 3 to fall, 2 to rise, timeout 2000ms"},
        {"{}", "{grpc: shop.Cart}",
         "grpc shop.Cart every 10s, 3 to fall, 2 to rise, timeout 2000ms"},
        {"{}", "{dns: svc.example}",
         "dns svc.example every 10s, 3 to fall, 2 to rise, timeout 2000ms"},
        {"{}", "{exec: /bin/true}",
         "exec /bin/true every 10s, 3 to fall, 2 to rise, timeout 2000ms | /bin/true"},
        {"{}", "{exec: [/bin/test, -e, /tmp/up]}",
         "exec /bin/test every 10s, 3 to fall, 2 to rise, timeout 2000ms | /bin/test | -e | "
         "/tmp/up"},
        {"{}", "{ttl: 30s}", "its own reports, one every 30s at least, timeout 2000ms"},
        {"{interval: 1m, timeout: 500ms, fall: 1, rise: 4}", "tcp",
         "tcp every 60s, 1 to fall, 4 to rise, timeout 500ms"},
        {"{interval: 1m, timeout: 5s}",
         "{tcp: yes, interval: 250ms, timeout: 100ms, fall: 2, rise: 1}",
         "tcp every 250ms, 2 to fall, 1 to rise, timeout 100ms"},
        {"{interval: 1s}", "tcp", "tcp every 1s, 3 to fall, 2 to rise, timeout 1000ms"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.health, row.check);
        const auto plan = plan_of(
            fmt::format("health: {}\nregistry: {{services: {{a: {{port: 80, check: {}}}}}}}\n",
                        row.health, row.check));
        CHECK(text_of(plan.services[0].check) == row.text);
    }
}

TEST_CASE("what is no check is told with its place", "[health]") {
    struct Row {
        const char* check;
        unsigned column;
        const char* rule;
        const char* message;
    };
    const Row rows[] = {
        {"udp", 46, "bad-value", "udp is not a kind of check"},
        {"dns", 46, "bad-value", "dns is not a kind of check"},
        {"[tcp]", 46, "wrong-type", "expected"},
        {"{port: 80}", 46, "check-kind", "a check that does not say how"},
        {"{tcp: no}", 52, "check-kind", "a check that does not say how"},
        {"{tcp: yes, http: /x}", 63, "check-kind", "a check in two ways"},
        {"{http: health}", 53, "check-kind", "health is no path to ask for"},
        {"{exec: check_ldap}", 53, "check-kind", "check_ldap is no absolute path"},
        {"{exec: []}", 53, "check-kind", "no program to run"},
        {"{ttl: 0}", 52, "check-times", "a service that may never be silent"},
        {"{tcp: yes, interval: 10}", 67, "", ""},
        {"{tcp: yes, interval: soon}", 67, "bad-value", "is no time to wait"},
        {"{tcp: yes, interval: 2d}", 67, "bad-value", "is longer than a day"},
        {"{tcp: yes, interval: 50ms}", 67, "check-times", "a check every 50ms"},
        {"{tcp: yes, interval: 0}", 67, "check-times", "a check every 0s"},
        {"{tcp: yes, timeout: 0}", 66, "check-times", "a check that waits for no answer"},
        {"{tcp: yes, interval: 1s, timeout: 2s}", 80, "check-times",
         "a timeout of 2s outlasts the interval of 1s"},
        {"{tcp: yes, timeout: 11s}", 66, "check-times",
         "a timeout of 11s outlasts the interval of 10s"},
        {"{tcp: yes, fall: 0}", 63, "bad-value", "out of range"},
        {"{tcp: yes, inteval: 1s}", 57, "unknown-key", "inteval is no key"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.check);
        const auto file = read(
            fmt::format("registry: {{services: {{abc: {{port: 80, check: {}}}}}}}\n", row.check));
        std::vector<registry::Finding> errors;
        for (const auto& each : file.findings) {
            if (each.severity == registry::Severity::error) errors.push_back(each);
        }
        if (*row.rule == '\0') {
            CHECK(errors.empty());
            continue;
        }
        REQUIRE(errors.size() == 1);
        INFO(registry::to_string(errors[0]));
        CHECK(errors[0].rule == row.rule);
        CHECK(errors[0].line == 3);
        CHECK(errors[0].column == row.column);
        CHECK(errors[0].message.find(row.message) != std::string::npos);
        CHECK_FALSE(errors[0].cure.empty());
    }
}

TEST_CASE("health reads with what it leaves to the plan", "[health]") {
    using registry::WhenAllDown;
    using registry::WhenCritical;
    const auto plan = plan_of(convention +
                              "  applications: {a: {id: 1, check: none}}\n"
                              "  types:\n"
                              "    http: {id: 1, check: http, health: {warning: 10}}\n"
                              "    jmx: 2\n"
                              "health: {verdict: instance, via: http, unknown: critical, critical: "
                              "sink, warning: 25, all_down: last-good, preserve: 0}\n"
                              "registry: {services: {db: {port: 90, endpoints: [{host: h, check: "
                              "tcp}], health: {all_down: none}}}}\n"
                              "environments: {prod: {hosts: {h: 10.0.0.1}, override: {a: {health: "
                              "{critical: leave, unknown: passing}}}}}\n");
    CHECK(plan.health.is_by_instance);
    CHECK(plan.health.via == "http");
    CHECK(plan.health.preserve == 0);
    CHECK(plan.health.policy == registry::HealthPolicy{registry::Verdict::critical,
                                                       WhenCritical::sink, 25,
                                                       WhenAllDown::last_good});
    CHECK(plan.convention->types[0].health.warning == 10);
    CHECK(plan.convention->applications[0].check == std::optional<registry::CheckPtr>(nullptr));
    CHECK(plan.convention->types[1].check == std::nullopt);
    CHECK(plan.services[0].health.all_down == WhenAllDown::none);
    CHECK(plan.services[0].check == nullptr);
    CHECK(text_of(plan.services[0].endpoints[0].check.value()) ==
          "tcp every 10s, 3 to fall, 2 to rise, timeout 2000ms");

    const auto& prod = plan.environments[0];
    const auto http =
        resolve(plan, prod, plan.convention->applications[0], plan.convention->types[0]);
    CHECK(http.health == registry::HealthPolicy{registry::Verdict::passing, WhenCritical::leave, 10,
                                                WhenAllDown::last_good});
}

TEST_CASE("health that hangs in the air is told with its place", "[health]") {
    struct Row {
        std::string yaml;
        const char* finding;
    };
    const std::string types = convention + "  types: {http: {id: 1, check: http}, jmx: 2, ";
    const Row rows[] = {
        {"health: {verdict: instance}", "3:19 check-via"},
        {"health: {via: http}", "3:15 check-via"},
        {types + "x: 3}\nhealth: {verdict: endpoint, via: http}", "8:34 check-via"},
        {types + "x: 3}\nhealth: {verdict: instance, via: htp}", "8:34 check-via"},
        {types + "x: 3}\nhealth: {verdict: instance, via: jmx}", "8:34 check-via"},
        {convention + "  applications: {a: {id: 1, check: tcp}}\n  types: {x: 3}",
         "7:18 check-via"},
        {convention + "  applications: {a: {id: 1, check: none}}\n  types: {x: 3}", ""},
        {types + "x: {id: 3, publish: no, check: tcp}}", "7:78 check-of-nothing"},
        {types + "x: {id: 3, multicast: yes, check: tcp}}", "7:81 check-of-nothing"},
        {types + "x: {id: 3, publish: no, check: none}}", ""},
        {"registry: {services: {a: {port: 1, endpoints: [{target: b.example, check: tcp}]}}}",
         "3:75 check-of-nothing"},
        {"health: {timeout: 20s}", "3:19 check-times"},
        {"health: {warning: 101}", "3:19 bad-value"},
        {"health: {unknown: draining}", "3:19 bad-value"},
        {"health: {all_down: last_good}", "3:20 bad-value"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.yaml);
        std::string errors;
        for (const auto& each : read(row.yaml + "\n").findings) {
            if (each.severity != registry::Severity::error) continue;
            errors += fmt::format("{}:{} {}", each.line, each.column, each.rule);
            CHECK_FALSE(each.cure.empty());
        }
        CHECK(errors == row.finding);
    }
}
