#include <catch2/catch.hpp>

#include "../support/plan_text.hpp"
#include "portolan/registry/about.hpp"
#include "portolan/registry/findings.hpp"

namespace portolan::registry {
namespace {

const std::string plan = R"(zone: z.example
nameservers: {ns1: 192.0.2.53}
environments:
  prod:
    until: 2027-03-02
    hosts:
      h1: {addresses: 10.0.0.1, until: 2027-01-30}
      h2: {addresses: 10.0.0.2, owner: me}
convention:
  pattern: XYYZZ
  fields: {X: instance, YY: application, ZZ: type}
  applications:
    hydrogen: 1
    helium: {id: 2, until: 2027-01-31}
  types: {http: 3, ajp: {id: 4, until: 2027-02-01}}
registry:
  ranges: {APIs: {ports: 5000-5009, until: 2027-03-01}}
  services:
    user-api: {port: 5000, in: APIs, until: "2027-03-03"}
)";

std::string told_on(const char* day) {
    std::string text;
    for (const auto& each : check_dates(test::plan_from(plan), *parse_date(day)))
        text += std::to_string(each.line) + " " + to_string(each.severity) + " " + each.rule +
                ": " + each.message + "\n";
    return text;
}

TEST_CASE("what ends is told for a month, and what is past until it is freed") {
    CHECK(told_on("2026-12-30").empty());
    CHECK(told_on("2026-12-31") ==
          "7 note until-soon: host h1 of prod is needed until 2027-01-30, 30 days from now\n");
    CHECK(told_on("2027-01-31") ==
          "4 note until-soon: environment prod is needed until 2027-03-02, 30 days from now\n"
          "7 warning until-past: host h1 of prod was needed until 2027-01-30, which is past; it is "
          "served as before\n"
          "14 note until-soon: application helium is needed until 2027-01-31, today\n"
          "15 note until-soon: type ajp is needed until 2027-02-01, 1 day from now\n"
          "17 note until-soon: range APIs is needed until 2027-03-01, 29 days from now\n");
    const auto late = check_dates(test::plan_from(plan), *parse_date("2030-01-01"));
    CHECK(late.size() == 6);
    for (const auto& each : late) {
        CHECK(each.rule == "until-past");
        CHECK(each.severity == Severity::warning);
        CHECK(each.cure == "Free it, or move the date.");
    }
    CHECK(exit_status(late) == 1);
}

TEST_CASE("a plan without dates has no day to fear") {
    CHECK(check_dates(test::plan_from("zone: z.example\nnameservers: {ns1: 192.0.2.53}\n"),
                      *parse_date("9999-12-31"))
              .empty());
}

}  // namespace
}  // namespace portolan::registry
