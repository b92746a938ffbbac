#include "portolan/source/plan_file.hpp"

#include <catch2/catch.hpp>

namespace {

using namespace portolan;

std::string in_repository(const std::string& path) {
    return std::string(PORTOLAN_SOURCE_DIR) + "/" + path;
}

source::PlanFile read_from_disk(const std::string& path) {
    return source::read_plan(in_repository(path), source::read_whole_file);
}

TEST_CASE("the elements plan reads without findings") {
    const auto read = read_from_disk("zones/elements.yaml");
    for (const auto& finding : read.findings) FAIL_CHECK(registry::to_string(finding));
    REQUIRE(read.plan);
    REQUIRE(read.plan->convention);
    CHECK(read.plan->convention->applications.size() == 12);
    CHECK(read.plan->convention->types.size() == 7);
    CHECK(read.plan->environments.size() == 6);
    CHECK(read.plan->environment("production") == read.plan->environment("prod"));
}

}  // namespace
