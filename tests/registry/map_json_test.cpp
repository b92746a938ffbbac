#include "portolan/registry/map_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "elements.hpp"

namespace portolan::registry {
namespace {

namespace json = boost::json;

Plan with_ranges() {
    auto plan = elements_plan();
    plan.ranges = {{"<b>", {7000, 7004}, {"\"><script>", ""}, {}},
                   {"inside", {10100, 10103}, {}, {}},
                   {"free", {65530, 65535}, {}, {}}};
    NamedService one;
    one.name = "one";
    one.ports = {{"", Port{7001}, Protocol::tcp, {}}, {"admin", Port{7002}, Protocol::tcp, {}}};
    NamedService two;
    two.name = "two";
    two.ports = {{"", Port{7002}, Protocol::udp, {}}};
    plan.services = {one, two};
    return plan;
}

struct Map {
    Plan plan = with_ranges();
    PortRules rules{plan};
    Desk desk{{Registry(plan)},
              [](const Plan&, const Service& service) { return "_" + service.label(); },
              nullptr,
              Moment(0)};

    [[nodiscard]] std::string range(std::size_t position) const {
        const auto zone = zone_json(plan, 17, {}, rules);
        const auto& range = zone.at("ranges").at(position);
        return json::serialize(range.at("holders")) + " " + json::serialize(range.at("gaps"));
    }
    [[nodiscard]] json::array rows(const char* environment, const char* label,
                                   Protocol protocol) const {
        for (const auto& each : services_of(plan, *plan.environment(environment)))
            if (each.label() == label && each.protocol == protocol)
                return rows_json(desk, plan, rules, each);
        return {};
    }
    [[nodiscard]] std::string ports(const char* environment, const char* label,
                                    Protocol protocol) const {
        std::string text;
        for (const auto& each : rows(environment, label, protocol))
            text += (text.empty() ? "" : " ") + std::string(each.at("instance").as_string()) + ":" +
                    std::to_string(each.at("port").to_number<unsigned>()) + "@" +
                    std::string(each.at("host").as_string());
        return text;
    }
};

TEST_CASE("a range is runs that somebody has, and gaps") {
    const Map map;
    CHECK(map.range(0) == R"([{"first":7001,"last":7001,"text":"one"},)"
                          R"({"first":7002,"last":7002,"text":"one-admin, two"}] )"
                          R"([{"first":7000,"last":7000},{"first":7003,"last":7004}])");
    CHECK(map.range(1) == R"([{"first":10101,"last":10101,"text":"hydrogen shutdown instance 1"},)"
                          R"({"first":10102,"last":10102,"text":"hydrogen jmx instance 1"},)"
                          R"({"first":10103,"last":10103,"text":"hydrogen http instance 1"}] )"
                          R"([{"first":10100,"last":10100}])");
    CHECK(map.range(2) == R"([] [{"first":65530,"last":65535}])");
}

TEST_CASE("a convention's service has a row for each instance, placed or not") {
    const Map map;
    const auto environment = map.plan.environments.front().name;
    const auto rows = map.rows(environment.c_str(), "oxygen-snmp", Protocol::udp);
    REQUIRE(rows.size() == 4);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const auto& row = rows[i];
        CHECK(row.at("instance").as_string() == std::to_string(i + 1));
        CHECK(row.at("port") == 10805 + 10000 * i);
        const bool is_placed = !row.at("host").as_string().empty();
        CHECK(row.at("verdict") == (is_placed ? "unchecked" : ""));
        CHECK(row.as_object().contains("priority") == is_placed);
    }
    CHECK(rows[3].at("findings") == json::array{"ephemeral-range"});
    CHECK(rows[2].at("findings") == json::array{"nodeport-range"});
}

TEST_CASE("a service of the registry that nothing serves is a row by its port") {
    const Map map;
    const auto environment = map.plan.environments.front().name;
    CHECK(map.ports(environment.c_str(), "one-admin", Protocol::tcp) == ":7002@");
    CHECK(map.ports(environment.c_str(), "two", Protocol::udp) == ":7002@");
}

TEST_CASE("hostile texts are data in the map") {
    const Map map;
    const auto zone = zone_json(map.plan, 17, {}, map.rules);
    CHECK(zone.at("ranges").at(0).at("owner") == "\"><script>");
    CHECK(json::parse(json::serialize(zone)) == json::value(zone));
}

TEST_CASE("a finding of the map has its numbers, and they have its rule") {
    const Map map;
    const auto findings = check_ports(map.plan);
    const auto zone = zone_json(map.plan, 17, findings, map.rules);
    std::size_t with_ports = 0;
    for (const auto& each : zone.at("findings").as_array()) {
        const auto rule = std::string(each.at("rule").as_string());
        if (!each.at("ports").as_array().empty()) ++with_ports;
        for (const auto& port : each.at("ports").as_array()) {
            const auto& rules = map.rules.of(port.to_number<unsigned>());
            CHECK(std::count(rules.begin(), rules.end(), rule) == 1);
        }
    }
    CHECK(zone.at("findings").as_array().size() == findings.size());
    CHECK(with_ports >= 3);
    CHECK(map.rules.of(7000).empty());
}

}  // namespace
}  // namespace portolan::registry
