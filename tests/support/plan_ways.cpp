#include "plan_ways.hpp"

#include "../../src/source/plan_places.hpp"
#include "portolan/registry/findings.hpp"

namespace portolan::test {
namespace {

std::string shown(const registry::Findings& findings) {
    std::string text;
    for (const auto& each : findings) text += to_string(each) + "\n";
    return text;
}

std::vector<registry::Place> places_of(registry::Environment environment) {
    std::vector<registry::Place> places;
    source::plan::for_each_place(environment,
                                 [&](const registry::Place& place) { places.push_back(place); });
    return places;
}

std::string difference(const registry::Plan& a, const registry::Plan& b) {
    if (!same_common_parts(a, b)) return "the common parts differ";
    if (a.environments.size() != b.environments.size()) return "not as many environments";
    for (std::size_t i = 0; i < a.environments.size(); ++i) {
        const auto& name = a.environments[i].name;
        if (!same_environment(a.environments[i], b.environments[i])) return name + " differs";
        if (places_of(a.environments[i]) != places_of(b.environments[i]))
            return name + " stands elsewhere";
    }
    if (shown(check_ports(a)) != shown(check_ports(b))) return "findings on ports differ";
    return "";
}

}  // namespace

std::string difference(const source::PlanFile& a, const source::PlanFile& b) {
    if (a.files != b.files) return "the files differ";
    if (shown(a.findings) != shown(b.findings))
        return "the findings differ:\n" + shown(a.findings) + "and\n" + shown(b.findings);
    if (a.plan.has_value() != b.plan.has_value()) return "one is no plan";
    return a.plan ? difference(*a.plan, *b.plan) : "";
}

}  // namespace portolan::test
