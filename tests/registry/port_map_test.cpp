#include "portolan/registry/port_map.hpp"

#include <map>
#include <set>

#include "elements.hpp"

namespace portolan::registry {
namespace {

/// An independent brute force: writes every number of the elements convention as text, digit by
/// digit, and knows nothing of scales.
std::map<int, std::multiset<std::string>> by_hand(const Plan& plan) {
    std::map<int, std::multiset<std::string>> all;
    const auto two = [](unsigned id) { return (id < 10 ? "0" : "") + std::to_string(id); };
    for (const auto& application : plan.convention->applications)
        for (const auto& type : plan.convention->types)
            for (int instance = 1; instance <= 4; ++instance) {
                const auto name = application.name + " " + type.name;
                if (type.ids.empty()) {
                    const auto digits =
                        std::to_string(instance) + two(application.id) + two(*type.id);
                    all[std::stoi(digits)].insert(name + " instance " + std::to_string(instance));
                }
                for (const auto& each : type.ids)
                    if (instance == 1)
                        all[std::stoi("1" + two(application.id) + two(each.id))].insert(
                            name + " (" + each.environment + ")");
            }
    return all;
}

TEST_CASE("port and its inverse agree over all 65,536 ports with a count by hand") {
    const auto plan = elements_plan();
    const auto expected = by_hand(plan);
    std::size_t assigned = 0;
    for (int port = 0; port < 65536; ++port) {
        std::multiset<std::string> found;
        for (const auto& claim : claims_at(*plan.convention, static_cast<unsigned>(port))) {
            if (claim.port != static_cast<unsigned>(port))
                FAIL("claim of another port at " << port);
            found.insert(claim.text());
        }
        const auto known = expected.find(port);
        const auto wanted = known == expected.end() ? std::multiset<std::string>{} : known->second;
        if (found != wanted) FAIL("port " << port);
        assigned += found.size();
    }
    CHECK(assigned == 12 * 6 * 4 + 12 * 5);
    CHECK(claims(*plan.convention).size() == assigned);
}

Pattern pattern(std::string text, std::vector<Field> fields, unsigned literal) {
    return {std::move(text), std::move(fields), literal};
}

TEST_CASE("forward and backward agree for any pattern, fields missing or spilling included") {
    const Field x{FieldKind::instance, 1, 1};
    const Pattern patterns[] = {
        pattern("1YYZX", {{FieldKind::application, 2, 100}, {FieldKind::type, 1, 10}, x}, 10000),
        pattern("YYYZZ", {{FieldKind::application, 3, 100}, {FieldKind::type, 2, 1}}, 0),
        pattern("80ZX", {{FieldKind::type, 1, 10}, x}, 8000),
        pattern("Y0X", {{FieldKind::application, 1, 100}, x}, 0)};
    for (const auto& each : patterns) {
        CAPTURE(each.text);
        auto plan = elements_plan();
        plan.convention->pattern = each;
        std::map<unsigned, std::multiset<std::string>> forward;
        for (const auto& claim : claims(*plan.convention)) forward[claim.port].insert(claim.text());
        for (unsigned port = 0; port < 65536; ++port) {
            std::multiset<std::string> found;
            for (const auto& claim : claims_at(*plan.convention, port)) found.insert(claim.text());
            if (found != forward[port]) FAIL("port " << port);
        }
        CHECK_FALSE(forward.empty());
    }
}

TEST_CASE("the arithmetic in words") {
    auto plan = elements_plan();
    const auto words = [&](unsigned port) {
        const auto reading = read_port(plan.convention->pattern, port);
        return reading ? arithmetic(*plan.convention, *reading) : "unreadable";
    };
    CHECK(words(40805) == "4 (instance) 08 (oxygen) 05 (snmp)");
    CHECK(words(11111) == "1 (instance) 11 (sodium) 11 (mcast in prod)");
    CHECK(words(17712) ==
          "1 (instance) 77 (application id not assigned) 12 (type id not in the convention)");
    CHECK(words(404) == "0 (instance, outside 1-4) 04 (beryllium) 04 (ajp)");
    plan.convention->pattern =
        pattern("5YYZZ", {{FieldKind::application, 2, 100}, {FieldKind::type, 2, 1}}, 50000);
    CHECK(words(50805) == "5 (fixed) 08 (oxygen) 05 (snmp)");
    CHECK(words(40805) == "unreadable");
}

TEST_CASE("ports as compact ranges") {
    CHECK(compact_ranges({40106, 40101, 40102, 40103, 40102, 9}) == "9,40101-40103,40106");
    CHECK(compact_ranges({}).empty());
}

}  // namespace
}  // namespace portolan::registry
