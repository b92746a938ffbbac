// `until:`, wherever an owner and a description may stand.
#include <catch2/catch.hpp>

#include "portolan/registry/about.hpp"
#include "portolan/source/plan_file.hpp"

namespace {

using namespace portolan;

const std::string head = "zone: z.example\nnameservers: {ns1: 192.0.2.53}\n";

source::PlanFile read(const std::string& text) {
    return source::read_plan("p.yaml", [&](const std::string&) { return std::optional(text); });
}

TEST_CASE("everything that is declared may have its last day") {
    const auto file = read(head + R"(convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  applications: {a: {id: 1, until: 2027-01-01}}
  types: {b: {id: 2, until: "2027-01-02"}}
registry:
  ranges: {C: {ports: 5000-5009, until: '2027-01-03'}}
  services: {d: {port: 5000, until: 2027-01-04}}
environments:
  e: {until: 2027-01-05, hosts: {f: {addresses: 10.0.0.1, until: 2027-01-06}}}
)");
    REQUIRE(file.plan);
    CHECK(file.findings.empty());
    const auto& plan = *file.plan;
    CHECK(until_text(plan.convention->applications[0].about) == "2027-01-01");
    CHECK(until_text(plan.convention->types[0].about) == "2027-01-02");
    CHECK(until_text(plan.ranges[0].about) == "2027-01-03");
    CHECK(until_text(plan.services[0].about) == "2027-01-04");
    CHECK(until_text(plan.environments[0].about) == "2027-01-05");
    REQUIRE(plan.environments[0].hosts[0].about != nullptr);
    CHECK(until_text(*plan.environments[0].hosts[0].about) == "2027-01-06");
}

TEST_CASE("a last day that is none is refused where it stands") {
    const auto* until = GENERATE("2027-02-30", "2027-2-3", "soon", "\"2027-13-01\"", "20270131",
                                 "2027-01-31T12:00:00Z");
    CAPTURE(until);
    const auto file = read(head + "registry: {services: {a: {port: 1, until: " + until + "}}}\n");
    REQUIRE(file.findings.size() == 1);
    const auto& finding = file.findings.front();
    CHECK(finding.severity == registry::Severity::error);
    CHECK(finding.line == 3);
    CHECK(finding.column == 43);
    CHECK(finding.rule == "bad-value");
    CHECK(finding.message.ends_with("is no day of the calendar"));
    CHECK(finding.cure == "Write year, month and day: 2027-01-31");
}

TEST_CASE("plans that differ in a last day differ") {
    const auto with = [](const char* day) {
        return *read(head + "registry: {services: {a: {port: 1, until: " + day + "}}}\n").plan;
    };
    CHECK(registry::same_common_parts(with("2027-01-31"), with("2027-01-31")));
    CHECK_FALSE(registry::same_common_parts(with("2027-01-31"), with("2027-02-01")));
}

}  // namespace
