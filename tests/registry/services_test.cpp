#include "portolan/registry/services.hpp"

#include "elements.hpp"

namespace portolan::registry {
namespace {

/// "10104@jb1 10/100, …": a service's endpoints as one line.
std::string shown(const Service& service) {
    std::string text;
    for (const auto& each : service.endpoints) {
        if (!text.empty()) text += ", ";
        text += std::to_string(each.port) + "@";
        text += each.is_group ? "mcast" : each.host != nullptr ? each.host->name : "foreign";
        text += " " + std::to_string(each.priority) + "/" + std::to_string(each.weight);
    }
    return text;
}

Service service(const Plan& plan, std::string_view environment, std::string_view application,
                std::string_view type) {
    return resolve(plan, *plan.environment(environment), *plan.application(application),
                   *plan.type(type));
}

TEST_CASE("ports of the convention") {
    const auto plan = elements_plan();
    struct Row {
        const char* application;
        const char* type;
        unsigned instance;
        const char* environment;
        std::optional<unsigned> port;
    };
    const Row rows[] = {
        {"hydrogen", "ajp", 1, "prod", 10104},   {"oxygen", "snmp", 4, "prod", 40805},
        {"sodium", "mcast", 3, "prod", 11111},   {"sodium", "mcast", 3, "production", 11111},
        {"magnesium", "mcast", 1, "dev", 11207}, {"magnesium", "mcast", 1, "itl", std::nullopt}};
    for (const auto& row : rows) {
        CAPTURE(row.application, row.type, row.instance, row.environment);
        CHECK(port_of(*plan.convention, *plan.application(row.application), *plan.type(row.type),
                      row.instance, plan.environment(row.environment)) == row.port);
    }
    CHECK_FALSE(
        port_of(*plan.convention, *plan.application("sodium"), *plan.type("mcast"), 1, nullptr));
}

TEST_CASE("168 entries in an environment with a multicast type and two instances each") {
    const auto plan = elements_plan();
    std::size_t unicast = 0;
    std::size_t groups = 0;
    for (const auto& each : services_of(plan, *plan.environment("qa"))) {
        (each.type->multicast ? groups : unicast) += each.endpoints.size();
    }
    CHECK(unicast == 12 * 6 * 2);
    CHECK(groups == 12);  // one endpoint each, for both instances
    CHECK(services_of(plan, *plan.environment("itl")).size() == 12 * 6);
}

TEST_CASE("failover, leaders and explicit places in the set") {
    auto plan = elements_plan();
    auto& prod = plan.environments.edit(5);
    Override balanced;
    balanced.subject = "hydrogen";
    balanced.failover = Failover::balanced;
    balanced.leader = 2;
    balanced.ttl = 3;
    Override leader;
    leader.subject = "oxygen";
    leader.failover = Failover::leader;
    leader.leader = 3;
    prod.overrides = {balanced, leader};
    auto neon = placement("neon", {"jb1", "jb2"});
    neon.instances[1].priority = 7;
    neon.instances[1].weight = 1;
    prod.placements.push_back(neon);

    CHECK(shown(service(plan, "prod", "helium", "ajp")) == "10204@jb1 10/100, 20204@jb2 20/100");
    CHECK(shown(service(plan, "prod", "hydrogen", "ajp")) == "10104@jb1 10/100, 20104@jb2 10/100");
    CHECK(shown(service(plan, "prod", "oxygen", "snmp")) ==
          "10805@jb2 20/100, 20805@jb2 20/100, 30805@jb1 10/100, 40805@jb1 20/100");
    CHECK(shown(service(plan, "prod", "neon", "jmx")) == "11002@jb1 10/100, 21002@jb2 7/1");
    CHECK(shown(service(plan, "prod", "sodium", "mcast")) == "11111@mcast 10/100");
    CHECK(service(plan, "prod", "hydrogen", "ajp").ttl == 3);
    CHECK(service(plan, "prod", "helium", "ajp").ttl == 10);
    CHECK(leader_of(prod, *plan.application("hydrogen")) == 2U);
    CHECK(leader_of(prod, *plan.application("helium")) == 1U);

    plan.weight_scale = WeightScale::haproxy;
    CHECK(shown(service(plan, "prod", "neon", "jmx")) == "11002@jb1 10/25599, 21002@jb2 7/255");
}

TEST_CASE("an application placed nowhere keeps its service, without endpoints") {
    auto plan = elements_plan();
    plan.environments.edit(5).placements.push_back(placement("neon", {}));
    CHECK(service(plan, "prod", "neon", "jmx").endpoints.empty());
    CHECK(service(plan, "prod", "neon", "mcast").endpoints.empty());
    CHECK_FALSE(leader_of(plan.environments.back(), *plan.application("neon")));
}

PlannedEndpoint on(std::string host_name, std::optional<Port> port = {}) {
    PlannedEndpoint endpoint;
    endpoint.host = std::move(host_name);
    endpoint.port = port;
    return endpoint;
}

TEST_CASE("named services: listed hosts, foreign targets, placements, published sets") {
    auto plan = elements_plan();
    NamedService orders;
    orders.name = "orders";
    orders.type = "mongodb";
    orders.ports = {{"", Port{27017}, Protocol::tcp, {}},
                    {"admin", Port{28017}, Protocol::tcp, {}}};
    orders.endpoints = {on("jb1"), on("jb2.prod", Port{27018})};
    orders.endpoints.push_back(on(""));
    orders.endpoints.back().target = packed("db.elsewhere.example");
    orders.environments = {{"production", {}}, {"qa", {}}};
    plan.services = {orders};
    plan.environments.edit(5).placements.push_back(placement("orders", {"jb2"}));
    const auto& named = plan.services.front();
    const auto& prod = plan.environments.back();

    const auto resolved = resolve(plan, prod, named, named.ports[0]);
    CHECK(shown(resolved) ==
          "27017@jb1 10/100, 27018@jb2 20/100, 27017@foreign 30/100, 27017@jb2 40/100");
    CHECK(resolved.label() == "orders");
    CHECK(resolved.kind() == "mongodb");
    CHECK(resolve(plan, prod, named, named.ports[1]).label() == "orders-admin");
    CHECK(resolve(plan, prod, named, named.ports[1]).kind() == "admin");
    CHECK(shown(resolve(plan, *plan.environment("qa"), named, named.ports[0])) ==
          "27017@jb1 10/100, 27017@foreign 20/100");
    CHECK(resolve(plan, *plan.environment("dev"), named, named.ports[0]).endpoints.empty());
    CHECK(shown(resolve_published(plan, named, named.ports[0])) ==
          "27017@jb1 10/100, 27017@foreign 20/100, 27017@jb1 10/100, 27018@jb2 20/100, "
          "27017@jb2 40/100");
    CHECK(leader_of(prod, *plan.application("neon")) == 1U);
}

TEST_CASE("addresses and networks") {
    CHECK(to_string(address("2001:DB8::1")) == "2001:db8::1");
    for (const auto* bad : {"", "10.1", "10.1.0.256", "10.1.0.01x", "[::1]", "fe80::1%lo"})
        CHECK_FALSE(parse_address(bad));
    for (const auto* bad : {"10.0.0.0", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129"})
        CHECK_FALSE(parse_network(bad));
    const auto network = parse_network("10.1.16.0/20").value();
    CHECK(network.contains(address("10.1.31.255")));
    CHECK_FALSE(network.contains(address("10.1.32.0")));
    CHECK_FALSE(network.contains(address("::")));
    CHECK(network.overlaps(parse_network("10.0.0.0/8").value()));
    CHECK_FALSE(network.overlaps(parse_network("10.2.0.0/16").value()));
    CHECK(address("239.1.1.1").is_multicast());
    CHECK(address("ff05::1").is_multicast());
    CHECK_FALSE(address("240.0.0.1").is_multicast());
}

TEST_CASE("findings as text and exit status") {
    Plan plan;
    plan.files = {"a.yaml", "b.yaml"};
    const auto finding =
        plan.finding(Severity::warning, "port-collision", {1, 12, 7}, "two names.", "Move one.");
    CHECK(to_string(finding) ==
          "b.yaml:12:7: warning: two names. [port-collision]\n    cure: Move one.");
    CHECK(exit_status({}) == 0);
    CHECK(exit_status({finding}) == 1);
    CHECK(plan.text({1, 0, 0}) == "b.yaml");
}

}  // namespace
}  // namespace portolan::registry
