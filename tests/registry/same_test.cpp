#include <functional>

#include "elements.hpp"
#include "portolan/registry/plan.hpp"

using namespace portolan::registry;

namespace {

struct Row {
    std::string why;
    std::function<void(Plan&)> edit;
    bool common = true;  // the common parts stay the same
    bool prod = true;    // and so does the environment prod
};

Environment& prod(Plan& plan) { return plan.environments.edit(5); }

}  // namespace

TEST_CASE("what two plans have in common is what they say, wherever they say it") {
    const auto row = GENERATE(values<Row>({
        {"nothing", [](Plan&) {}},
        {"a copy", [](Plan& plan) { static_cast<void>(prod(plan)); }},
        {"other files", [](Plan& plan) { plan.files = {"moved.yaml"}; }},
        {"an environment moves", [](Plan& plan) { prod(plan).place.line += 7; }},
        {"a placement moves", [](Plan& plan) { prod(plan).placements.edit(0).place.line = 99; }},
        {"an application moves",
         [](Plan& plan) { plan.convention->applications.edit(3).place.line += 7; }},
        {"another environment differs",
         [](Plan& plan) { plan.environments.edit(1).hosts.push_back(host("a", {"10.2.0.9"})); }},
        {"a host more", [](Plan& plan) { prod(plan).hosts.push_back(host("a", {"10.1.0.9"})); },
         true, false},
        {"an address",
         [](Plan& plan) { prod(plan).hosts.edit(0).addresses[0].value = address("10.1.0.9"); },
         true, false},
        {"an owner of a host",
         [](Plan& plan) {
             prod(plan).hosts.edit(0).about = std::make_shared<const About>(About{"me", "", {}});
         },
         true, false},
        {"a weight", [](Plan& plan) { prod(plan).placements.edit(1).instances[2].weight = 7; },
         true, false},
        {"a group", [](Plan& plan) { prod(plan).multicast.reset(); }, true, false},
        {"failover", [](Plan& plan) { prod(plan).failover = Failover::leader; }, true, false},
        {"an override",
         [](Plan& plan) {
             prod(plan).overrides.push_back({"neon", {}, {}, 7, {}});
         },
         true, false},
        {"a TTL", [](Plan& plan) { plan.ttls.service = 11; }, false},
        {"the zone", [](Plan& plan) { plan.zone.value = packed("other.example"); }, false},
        {"an id", [](Plan& plan) { plan.convention->types.edit(2).id = 33; }, false},
        {"no convention", [](Plan& plan) { plan.convention.reset(); }, false},
        {"a service", [](Plan& plan) { plan.services.push_back(NamedService()); }, false},
        {"what is empty", [](Plan& plan) { plan.when_empty = WhenEmpty::dot; }, false},
        {"what is browsed", [](Plan& plan) { plan.browse = true; }, false},
        {"a type that is browsed",
         [](Plan& plan) { plan.convention->types.edit(2).browse = false; }, false},
        {"the scale", [](Plan& plan) { plan.weight_scale = WeightScale::haproxy; }, false},
    }));
    INFO(row.why);
    const auto before = elements_plan();
    auto after = before;
    CHECK(&after.environments[5] == &before.environments[5]);  // a copied plan shares them
    row.edit(after);
    CHECK(same_common_parts(before, after) == row.common);
    CHECK(same_environment(before.environments[5], after.environments[5]) == row.prod);
}

TEST_CASE("an edit of one plan leaves what another shares") {
    const auto before = elements_plan();
    auto after = before;
    prod(after).hosts.push_back(host("a", {"10.1.0.9"}));
    CHECK(before.environments[5].host("a") == nullptr);
    CHECK(after.environment("prod")->host("a") != nullptr);
    CHECK(&after.environments[0] == &before.environments[0]);
}

TEST_CASE("names are found in short and long lists, the first of two equal ones") {
    const auto size = GENERATE(0U, 1U, 7U, 8U, 9U, 31U, 32U, 33U, 1000U);
    ByName<Host, &Host::name> hosts;
    for (unsigned i = 0; i < size; ++i) hosts.push_back(host("h" + std::to_string(i), {}));
    for (unsigned i = 0; i < size; ++i) hosts.push_back(host("h" + std::to_string(i), {}));
    for (unsigned i = 0; i < size; ++i) CHECK(hosts.find("h" + std::to_string(i)) == &hosts[i]);
    CHECK(hosts.find("h" + std::to_string(size)) == nullptr);
    CHECK(hosts.find("") == nullptr);
    hosts.clear();
    CHECK(hosts.find("h0") == nullptr);
}

TEST_CASE("environments that agree on the rest tell whose placement or override differs") {
    const auto plan = elements_plan();
    const Environment& before = plan.environments[5];
    const auto differing = [&](void (*edit)(Environment&)) {
        Environment after = before;
        edit(after);
        const auto subjects = differing_subjects(before, after);
        CHECK(subjects == differing_subjects(after, before));
        std::string text;
        for (const auto subject : subjects.value_or(std::vector<std::string_view>{"all"})) {
            text += std::string(subject) + " ";
        }
        return text;
    };
    CHECK(differing([](Environment&) {}).empty());
    CHECK(differing([](Environment& it) { it.placements.edit(1).instances.pop_back(); }) ==
          before.placements[1].subject + " ");
    CHECK(differing([](Environment& it) { it.placements.edit(0).place.line += 7; }).empty());
    CHECK(differing([](Environment& it) {
              it.placements.push_back({"zinc", {}, {}});
              it.overrides.push_back({"zinc", {}, {}, 7, {}});
          }) == "zinc ");
    CHECK(differing([](Environment& it) { it.failover = Failover::balanced; }) == "all ");
    CHECK(differing([](Environment& it) { it.hosts.edit(0).addresses.clear(); }) == "all ");
}
