#include "portolan/registry/port_table.hpp"

#include <algorithm>

#include "elements.hpp"

namespace portolan::registry {
namespace {

std::string owner_of(const Service& service) {
    return "_" + service.label() + "." + service.environment->name;
}

TEST_CASE("168 rows for an environment with a multicast type and two instances each") {
    const auto plan = elements_plan();
    struct Row {
        const char* environment;
        std::size_t rows;
    };
    const Row rows[] = {{"dev", 168}, {"qa", 168},      {"itl", 144},
                        {"prj", 144}, {"preprod", 168}, {"prod", 168 + 2 * 7}};
    std::size_t all = 0;
    for (const auto& row : rows) {
        CAPTURE(row.environment);
        CHECK(port_rows(plan, *plan.environment(row.environment), owner_of).size() == row.rows);
        all += row.rows;
    }
    CHECK(port_rows(plan, owner_of).size() == all);
}

TEST_CASE("rows go by application, instance and type, unpublished types included") {
    const auto plan = elements_plan();
    const auto rows = port_rows(plan, *plan.environment("prod"), owner_of);
    const auto line = [&](std::size_t i) {
        const auto& row = rows.at(i);
        return row.application + " " + row.instance + " " + row.type + " " +
               std::to_string(row.port) + "/" + to_string(row.protocol) + " " + row.host + " " +
               row.addresses + " " + row.srv + " " + row.priority;
    };
    CHECK(line(0) == "hydrogen 1 shutdown 10101/tcp jb1 10.1.0.11  ");
    CHECK(line(3) == "hydrogen 1 ajp 10104/tcp jb1 10.1.0.11 _hydrogen-ajp.prod 10");
    CHECK(line(6) == "hydrogen 1 mcast 10111/udp mcast 239.1.1.1 _hydrogen-mcast.prod 10");
    CHECK(line(10) == "hydrogen 2 ajp 20104/tcp jb2 10.1.0.12 _hydrogen-ajp.prod 20");
    CHECK(line(13) == "hydrogen 2 mcast 10111/udp mcast 239.1.1.1 _hydrogen-mcast.prod 10");
}

TEST_CASE("registry entries without endpoints are in the table too") {
    auto plan = elements_plan();
    NamedService api;
    api.name = "user-api";
    api.ports = {{"", Port{5001}, Protocol::tcp, {}}};
    api.about.owner = "accounts";
    plan.services = {api};
    const auto last = port_rows(plan, owner_of).back();
    CHECK(last.service == "user-api");
    CHECK(last.port == 5001);
    CHECK(last.host.empty());
    CHECK(last.owner == "accounts");
    plan.environments.clear();
    CHECK(port_rows(plan, owner_of).size() == 1);
}

TEST_CASE("the legend of keys") {
    const auto legends = legend_of(*elements_plan().convention);
    REQUIRE(legends.size() == 3);
    CHECK(legends[0].letters == "X");
    CHECK(legends[0].entries.at(0).key == "1-4");
    CHECK(legends[1].letters == "YY");
    CHECK(legends[1].entries.at(7).key == "08");
    CHECK(legends[1].entries.at(7).name == "oxygen");
    CHECK(legends[2].entries.at(0).remark == "tcp, not published");
    CHECK(legends[2].entries.at(10).key == "11");
    CHECK(legends[2].entries.at(10).remark == "udp, in prod, multicast, always instance 1");
}

}  // namespace
}  // namespace portolan::registry
