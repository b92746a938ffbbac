// `updates:` in plans.
#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <iterator>

#include "portolan/registry/findings.hpp"
#include "portolan/source/plan_file.hpp"

using namespace portolan;

namespace {

source::PlanFile read(const std::string& updates) {
    const std::string text =
        "zone: z.example\nnameservers: {ns1: 192.0.2.53}\n"
        "registry: {services: {web: {port: 7777}}}\n"
        "environments: {dev: {aliases: [development], hosts: {h1: 10.0.0.1}}}\n"
        "updates: " +
        updates;
    return source::read_plan("plans/p.yaml",
                             [&](const std::string&) { return std::optional(text); });
}

/// Only the errors: that a port has an IANA name is of no matter here.
registry::Findings errors_of(const source::PlanFile& file) {
    auto findings = file.findings;
    if (file.plan)
        std::ranges::copy(registry::check_ports(*file.plan), std::back_inserter(findings));
    std::erase_if(findings,
                  [](const auto& each) { return each.severity != registry::Severity::error; });
    return findings;
}

std::string text_of(const registry::Plan& plan) {
    std::string text;
    for (const auto& each : plan.updates) {
        text += each.keys.value;
        for (const auto& service : each.services) text += " " + service.value;
        for (const auto& environment : each.environments) text += " @" + environment.value;
        text += "; ";
    }
    return text;
}

}  // namespace

TEST_CASE("who may update reads in each form") {
    struct Row {
        const char* yaml;
        const char* text;
    };
    const Row rows[] = {
        {"[]", ""},
        {"[{key: {file: a.key}}]", "plans/a.key; "},
        {"[{key: {file: /etc/a.key}, services: [web], environments: [development]}]",
         "/etc/a.key web @development; "},
        {"[{key: {file: a.key}, services: [web]}, {key: {file: b.key}, environments: [dev]}]",
         "plans/a.key web; plans/b.key @dev; "},
    };
    for (const auto& row : rows) {
        CAPTURE(row.yaml);
        const auto file = read(row.yaml);
        for (const auto& finding : errors_of(file)) UNSCOPED_INFO(registry::to_string(finding));
        REQUIRE(errors_of(file).empty());
        CHECK(text_of(*file.plan) == row.text);
    }
}

TEST_CASE("what is wrong about updates is told with its place") {
    struct Row {
        const char* yaml;
        std::uint32_t column;
        const char* rule;
    };
    const Row rows[] = {
        {"yes", 10, "wrong-type"},
        {"[{services: [web]}]", 11, "missing-key"},
        {"[{key: secret}]", 17, "wrong-type"},
        {"[{key: {file: a.key}, services: web}]", 42, "wrong-type"},
        {"[{key: {file: a.key}, ports: 80}]", 32, "unknown-key"},
        {"[{key: {file: a.key}, services: [wob]}]", 43, "unknown-service"},
        {"[{key: {file: a.key}, environments: [prod]}]", 47, "unknown-environment"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.yaml);
        const auto findings = errors_of(read(row.yaml));
        REQUIRE(!findings.empty());
        CHECK(findings.front().rule == row.rule);
        CHECK(findings.front().line == 5);
        CHECK(findings.front().column == row.column);
    }
}
