#include "importing.hpp"
#include "portolan/registry/services.hpp"

namespace portolan::desk {
namespace {

/// A list that a pattern composes: applications with ids 1, 2, …, types with ids 1, 2, …
std::string list_of(unsigned instances, unsigned applications, unsigned types,
                    unsigned instance_scale, unsigned application_scale, unsigned type_scale,
                    unsigned literal) {
    std::string text = "application,type,instance,port\n";
    for (unsigned i = 1; i <= instances; ++i)
        for (unsigned a = 1; a <= applications; ++a)
            for (unsigned t = 1; t <= types; ++t)
                text += "app" + std::to_string(a) + "x,t" + std::to_string(t) + "y," +
                        std::to_string(i) + "," +
                        std::to_string(literal + i * instance_scale + a * application_scale +
                                       t * type_scale) +
                        "\n";
    return text;
}

std::string pattern_in(const std::string& plan) {
    const auto at = plan.find("pattern: ");
    return at == std::string::npos ? "" : plan.substr(at + 9, plan.find('\n', at) - at - 9);
}

TEST_CASE("the pattern that composes a list") {
    struct Row {
        const char* what;
        std::string list;
        const char* pattern;
    };
    const Row rows[] = {
        {"XYYZZ", list_of(4, 12, 11, 10000, 100, 1, 0), "XYYZZ"},
        {"type before application", list_of(3, 12, 5, 10000, 1, 100, 0), "XZZYY"},
        {"instance last", list_of(4, 12, 5, 1, 100, 10, 10000), "1YYZX"},
        {"four digits", list_of(3, 5, 4, 1000, 10, 1, 0), "XYYZ"},
        {"a fixed digit", list_of(1, 12, 11, 0, 100, 1, 20000), "2YYZZ"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto imported = imported_from("csv", row.list);
        const auto written = write_plan(imported, {"z.example", "main", true});
        const auto read = read_back(written.text);
        REQUIRE(read.plan);
        REQUIRE(read.plan->convention);
        CHECK(lines_of(written.findings).size() == 1);
        const auto& convention = *read.plan->convention;
        for (const auto& port : imported.ports)
            CHECK(registry::port_of(convention, *read.plan->application(port.application),
                                    *read.plan->type(port.type), *port.instance,
                                    nullptr) == port.ports.first);
        CHECK(pattern_in(written.text) == row.pattern);
    }
}

TEST_CASE("exceptions are named, and nothing else is") {
    auto list = list_of(2, 12, 7, 10000, 100, 1, 0);
    const auto at = list.find("app5x,t3y,2,20503");
    REQUIRE(at != std::string::npos);
    list.replace(at, 17, "app5x,t3y,2,20504");
    const auto written = write_plan(imported_from("csv", list), {"z.example", "main", true});
    CHECK(lines_of(written.findings) ==
          std::vector<std::string>{
              "0: XYYZZ explains 167 of 168 ports",
              "116: app5x t3y instance 2 is 20504/tcp here, and 20503 by XYYZZ"});
}

// Was a shortcoming: rows of named services among them made any list "no convention".
TEST_CASE("services of their own stand aside") {
    auto list = list_of(4, 12, 7, 10000, 100, 1, 0);
    list += "app13x,mongodb,1,27017\napp13x,mongodb,2,27018\ncarbon,ldap,1,389\n";
    list += "other,t3y,1,10503\n";  // app5x has that id, with more rows
    const auto written = write_plan(imported_from("csv", list), {"z.example", "main", true});
    CHECK(lines_of(written.findings).front() == "0: XYYZZ explains 336 of 336 ports");
    const auto read = read_back(written.text);
    REQUIRE(read.plan);
    REQUIRE(read.plan->convention);
    CHECK(read.plan->convention->applications.size() == 12);
    CHECK(read.plan->convention->types.size() == 7);
    CHECK(written.text.find("27017") != std::string::npos);
    CHECK(written.text.find("389") != std::string::npos);
}

TEST_CASE("no convention") {
    const auto written = write_plan(
        imported_from(
            "csv",
            "application,type,instance,port\na,x,1,1111\nb,y,2,5329\na,y,3,8080\nb,x,4,77\n"),
        {"z.example", "main", true});
    CHECK(written.text.find("convention") == std::string::npos);
    CHECK(lines_of(written.findings).front() ==
          "0: no convention explains more than half of the ports");
}

}  // namespace
}  // namespace portolan::desk
