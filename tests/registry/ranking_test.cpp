// Who is in a set and where, by failover, verdict and policy.
#include <catch2/catch.hpp>
#include <sstream>

#include "../support/plan_text.hpp"
#include "portolan/registry/services.hpp"

using namespace portolan;
using namespace portolan::registry;

namespace {

const std::string plan_text = R"(
zone: z.example
nameservers: {ns1: 192.0.2.53}
registry:
  services:
    api:
      port: 80
      endpoints: [{host: a}, {host: b}, {host: c}]
    db:
      port: 90
      endpoints: [{host: a, priority: 5, weight: 1}, {host: b, weight: 0}, {host: c, weight: 255}]
environments:
  ordered: {hosts: {a: 10.0.0.1, b: 10.0.0.2, c: 10.0.0.3}}
  balanced: {hosts: {a: 10.0.0.1, b: 10.0.0.2, c: 10.0.0.3}, failover: balanced}
  led:
    hosts: {a: 10.0.0.1, b: 10.0.0.2, c: 10.0.0.3}
    failover: leader
    override: {api: {leader: 2}}
)";

/// "a critical, b warning"
Verdicts verdicts_from(const std::string& text, Port port) {
    Verdicts verdicts;
    std::istringstream words(text);
    for (std::string host, verdict; words >> host >> verdict;) {
        if (verdict.back() == ',') verdict.pop_back();
        verdicts.push_back({host, port, *parse_verdict(verdict)});
    }
    return verdicts;
}

std::string shown(const std::vector<Endpoint>& endpoints, bool is_ranked) {
    std::string text;
    for (const auto& each : endpoints) {
        if (!text.empty()) text += ' ';
        text += host_label(each);
        if (!is_ranked) continue;
        text += "/" + std::to_string(each.priority) + "/" + std::to_string(each.weight);
    }
    return text;
}

struct Row {
    const char* what;
    const char* service;
    const char* environment;
    HealthPolicy policy;
    const char* verdicts;
    const char* set;       // host/priority/weight
    const char* withheld;  // hosts
};

constexpr HealthPolicy usual{};
constexpr HealthPolicy sinking{.critical = WhenCritical::sink};
constexpr HealthPolicy strict{.unknown = Verdict::critical};
constexpr HealthPolicy wary{.unknown = Verdict::warning, .warning = 10};
constexpr HealthPolicy emptied{.all_down = WhenAllDown::none};
constexpr HealthPolicy emptied_sinking{.critical = WhenCritical::sink,
                                       .all_down = WhenAllDown::none};

const Row rows[] = {
    {"nothing is known", "api", "ordered", usual, "", "a/10/100 b/20/100 c/30/100", ""},
    {"all pass", "api", "ordered", usual, "a passing, b passing, c passing",
     "a/10/100 b/20/100 c/30/100", ""},
    {"those who stay keep their tiers", "api", "ordered", usual, "a critical", "b/20/100 c/30/100",
     "a"},
    {"alike", "api", "balanced", usual, "b critical", "a/10/100 c/10/100", "b"},
    {"a warning keeps half the weight", "api", "ordered", usual, "b warning",
     "a/10/100 b/20/50 c/30/100", ""},
    {"… of what is written, at least 1, and nothing of nothing", "db", "ordered", usual,
     "a warning, b warning, c warning", "a/5/1 b/20/0 c/30/127", ""},
    {"draining is the last tier", "api", "ordered", usual, "a draining",
     "a/40/100 b/20/100 c/30/100", ""},
    {"… of a set of equals too", "api", "balanced", usual, "c draining",
     "a/10/100 b/10/100 c/20/100", ""},
    {"maintenance is out", "api", "ordered", usual, "a maintenance, b draining",
     "b/40/100 c/30/100", "a"},
    {"unknown counts as passing", "api", "ordered", usual, "a unknown, b critical",
     "a/10/100 c/30/100", "b"},
    {"… or as critical", "api", "ordered", strict, "a unknown, b passing", "b/20/100 c/30/100",
     "a"},
    {"… or as a warning", "api", "ordered", wary, "a unknown", "a/10/10 b/20/100 c/30/100", ""},
    {"the critical sink below those who drain, in their order", "api", "ordered", sinking,
     "a critical, b critical, c draining", "a/50/100 b/60/100 c/40/100", ""},
    {"what is written counts when sinking", "db", "ordered", sinking, "a critical",
     "a/45/1 b/20/0 c/30/255", ""},
    {"all down: as if all were passing", "api", "ordered", usual,
     "a critical, b critical, c critical", "a/10/100 b/20/100 c/30/100", ""},
    {"… but for whom a person took out", "api", "ordered", usual,
     "a maintenance, b critical, c critical", "b/20/100 c/30/100", "a"},
    {"… sinking or not", "api", "ordered", sinking, "a critical, b critical, c critical",
     "a/10/100 b/20/100 c/30/100", ""},
    {"one that drains is not down", "api", "ordered", usual, "a critical, b critical, c draining",
     "c/40/100", "a b"},
    {"all down: none", "api", "ordered", emptied, "a critical, b critical, c critical", "",
     "a b c"},
    {"… sinking or not", "api", "ordered", emptied_sinking, "a critical, b critical, c critical",
     "", "a b c"},
    {"all in maintenance is empty, whatever the rule", "api", "ordered", usual,
     "a maintenance, b maintenance, c maintenance", "", "a b c"},
    {"the plan's leader", "api", "led", usual, "a passing", "a/20/100 b/10/100 c/20/100", ""},
    {"who leads next", "api", "led", usual, "b critical", "a/10/100 c/20/100", "b"},
    {"… when the first cannot either", "api", "led", usual, "a draining, b critical",
     "a/30/100 c/10/100", "b"},
    {"a leader that warns leads", "api", "led", usual, "b warning", "a/20/100 b/10/50 c/20/100",
     ""},
    {"all down: the plan's leader again", "api", "led", usual, "a critical, b critical, c critical",
     "a/20/100 b/10/100 c/20/100", ""},
    {"a verdict on nobody", "api", "ordered", usual, "z critical, ip-10-0-0-9 critical",
     "a/10/100 b/20/100 c/30/100", ""},
};

}  // namespace

TEST_CASE("a set is ranked by failover, verdicts and policy", "[health]") {
    for (const auto& row : rows) {
        CAPTURE(row.what);
        auto plan = test::plan_from(plan_text);
        plan.health.policy = row.policy;
        Live live;
        const Port port = *plan.service(row.service)->ports.front().port;
        live.take(VerdictsChange{row.environment, row.service, Protocol::tcp,
                                 verdicts_from(row.verdicts, port)});
        const auto service = find_service({plan, live}, *plan.environment(row.environment),
                                          row.service, Protocol::tcp);
        REQUIRE(service);
        CHECK(shown(service->endpoints, true) == row.set);
        CHECK(shown(service->withheld, false) == row.withheld);
    }
}

TEST_CASE("all down: what a set had last", "[health]") {
    auto plan = test::plan_from(plan_text);
    plan.health.policy.all_down = WhenAllDown::last_good;
    Live live;
    struct Step {
        const char* verdicts;
        const char* set;
    };
    const Step steps[] = {
        {"a critical, b critical, c critical", "a/10/100 b/20/100 c/30/100"},  // never seen better
        {"a critical, b warning, c passing", "b/20/50 c/30/100"},
        {"a critical, b critical, c critical", "b/20/50 c/30/100"},
        {"a critical, b critical, c maintenance", "b/20/50"},
        {"a critical, b maintenance, c maintenance", "a/10/100"},  // of those, nobody is left
        {"a passing, b critical, c critical", "a/10/100"},
        {"a critical, b critical, c critical", "a/10/100"},
        {"", "a/10/100 b/20/100 c/30/100"},
    };
    for (const auto& step : steps) {
        CAPTURE(step.verdicts);
        live.take(
            VerdictsChange{"ordered", "api", Protocol::tcp, verdicts_from(step.verdicts, 80)});
        const auto service =
            find_service({plan, live}, *plan.environment("ordered"), "api", Protocol::tcp);
        CHECK(shown(service->endpoints, true) == step.set);
    }
}

TEST_CASE("what is announced stands behind the plan's endpoints, and has verdicts of its own",
          "[health]") {
    const auto plan = test::plan_from(plan_text);
    Live live;
    const auto at = [](const char* text, Port port) {
        return AnnouncedEndpoint{*parse_address(text), port, {}, {}};
    };
    for (const char* environment : {"ordered", "balanced", "led"}) {
        live.take(EndpointsChange{environment,
                                  "api",
                                  Protocol::tcp,
                                  {at("10.0.0.9", 81), at("10.0.0.9", 82), at("10.0.0.1", 81)}});
        live.take(
            VerdictsChange{environment,
                           "api",
                           Protocol::tcp,
                           {{"ip-10-0-0-9", 82, Verdict::critical}, {"b", 80, Verdict::critical}}});
    }
    const auto set = [&](const char* environment) {
        const auto service =
            find_service({plan, live}, *plan.environment(environment), "api", Protocol::tcp);
        return shown(service->endpoints, true);
    };
    CHECK(set("ordered") == "a/10/100 c/30/100 a/40/100 ip-10-0-0-9/40/100");
    CHECK(set("balanced") == "a/10/100 c/10/100 a/10/100 ip-10-0-0-9/10/100");
    CHECK(set("led") == "a/10/100 c/20/100 a/20/100 ip-10-0-0-9/20/100");
}

TEST_CASE("who announces says how the endpoint fares, but where the plan has a check", "[health]") {
    const auto plan = test::plan_from(plan_text);
    struct Row {
        std::vector<AnnouncedEndpoint> announced;
        const char* set;
    };
    const auto at = [](const char* text, Port port, Verdict verdict) {
        return AnnouncedEndpoint{*parse_address(text), port, {}, {}, verdict};
    };
    const Row rows[] = {
        {{at("10.0.0.9", 81, Verdict::passing)}, "a/10/100 b/20/100 c/30/100 ip-10-0-0-9/40/100"},
        {{at("10.0.0.9", 81, Verdict::warning)}, "a/10/100 b/20/100 c/30/100 ip-10-0-0-9/40/50"},
        {{at("10.0.0.8", 81, Verdict::draining), at("10.0.0.9", 81, Verdict::passing)},
         "a/10/100 b/20/100 c/30/100 ip-10-0-0-8/50/100 ip-10-0-0-9/40/100"},
        {{at("10.0.0.9", 81, Verdict::maintenance)}, "a/10/100 b/20/100 c/30/100"},
        {{at("10.0.0.1", 80, Verdict::warning)}, "a/10/100 b/20/100 c/30/100"},  // has a check
        // A person's word stands above it.
        {{at("10.0.0.1", 80, Verdict::draining)}, "a/40/100 b/20/100 c/30/100"},
        {{at("10.0.0.1", 80, Verdict::maintenance)}, "b/20/100 c/30/100"},
    };
    for (const auto& row : rows) {
        Live live;
        live.take(EndpointsChange{"ordered", "api", Protocol::tcp, row.announced});
        live.take(VerdictsChange{"ordered", "api", Protocol::tcp,
                                 verdicts_from("a passing, b passing, c passing", 80)});
        const auto service =
            find_service({plan, live}, *plan.environment("ordered"), "api", Protocol::tcp);
        CHECK(shown(service->endpoints, true) == row.set);
    }
}

TEST_CASE("HAProxy's scale is laid on what health leaves of a weight", "[health]") {
    auto plan = test::plan_from(plan_text);
    plan.weight_scale = WeightScale::haproxy;
    Live live;
    live.take(VerdictsChange{"ordered", "api", Protocol::tcp, verdicts_from("a warning", 80)});
    const auto service =
        find_service({plan, live}, *plan.environment("ordered"), "api", Protocol::tcp);
    CHECK(service->endpoints[0].weight == 50 * 256 - 1);
    CHECK(service->endpoints[1].weight == 100 * 256 - 1);
}
