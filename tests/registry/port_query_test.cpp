#include "portolan/registry/port_query.hpp"

#include <sstream>

#include "elements.hpp"

namespace portolan::registry {
namespace {

Plan with_registry() {
    auto plan = elements_plan();
    NamedService api;
    api.name = "user-api";
    api.ports = {{"", Port{5001}, Protocol::tcp, {}}};
    NamedService rabbit;
    rabbit.name = "rabbit";
    rabbit.ports = {{"amqp", Port{5672}, Protocol::tcp, {}},
                    {"management", Port{15672}, Protocol::tcp, {}}};
    rabbit.environments = {{"prod", {}}};
    plan.services = {api, rabbit};
    return plan;
}

/// The number, or "message | cure".
std::string ask(const Plan& plan, const std::string& words, const std::string& environment) {
    PortQuestion question;
    question.environment = environment;
    std::istringstream stream(words);
    for (std::string word; stream >> word;) question.words.push_back(word);
    const auto result = find_port(std::vector<const Plan*>{&plan}, question);
    if (const auto* answer = std::get_if<PortAnswer>(&result)) return std::to_string(answer->port);
    const auto& refusal = std::get<PortRefusal>(result);
    return refusal.message + " | " + refusal.cure;
}

TEST_CASE("names to a number") {
    const auto plan = with_registry();
    struct Row {
        const char* words;
        const char* environment;
        const char* answer;
    };
    const Row rows[] = {
        {"oxygen snmp 4", "", "40805"},
        {"Oxygen SNMP 4", "production", "40805"},
        {"sodium mcast 3", "prod", "11111"},
        {"sodium mcast", "production", "11111"},
        {"user-api", "", "5001"},
        {"rabbit management", "", "15672"},
        {"sodium mcast 3", "",
         "the port of sodium mcast depends on the environment | Say --environment with one of dev, "
         "qa, uat, preprod and prod."},
        {"sodium mcast 3", "itl",
         "mcast has no id in itl | Say --environment with one of dev, qa, uat, preprod and prod."},
        {"oxygen snmp", "",
         "the port of oxygen snmp depends on the instance | Add the instance, 1-4."},
        {"oxygen snmp 5", "", "instance 5 is outside `instances: 1-4` | Write a number in 1-4."},
        {"oxygen snmp four", "", "\"four\" is not an instance's number | Write a number in 1-4."},
        {"oxigen snmp 4", "",
         "there is no application or service \"oxigen\" | Did you mean \"oxygen\"?"},
        {"oxygen snpm 4", "", "there is no port type \"snpm\" | Did you mean \"snmp\"?"},
        {"oxygen snmp 4", "prid", "there is no environment \"prid\" | Did you mean \"prod\"?"},
        {"oxygen", "",
         "oxygen is an application: which type of port? | Known: shutdown, jmx, http, ajp, snmp, "
         "repl, mcast."},
        {"rabbit", "", "rabbit has several ports: 5672 (amqp) and 15672 (management) | "},
        {"rabbit managment", "", "rabbit has no port \"managment\" | Did you mean \"management\"?"},
        {"rabbit amqp", "qa", "rabbit is not declared in qa | "},
        {"user-api x 1", "",
         "user-api is a service of the registry: it has no instances | Write SERVICE, or SERVICE "
         "and the name of its port."},
    };
    for (const auto& row : rows) {
        CAPTURE(row.words, row.environment);
        CHECK(ask(plan, row.words, row.environment) == row.answer);
    }
}

TEST_CASE("several plans: the farthest reason speaks, and numbers must agree") {
    const auto first = with_registry();
    auto second = elements_plan();
    second.convention->applications.edit(7).id = 80;
    const std::vector<const Plan*> both{&first, &second};
    const auto result = find_port(both, {{"oxygen", "snmp", "4"}, ""});
    CHECK(std::get<PortRefusal>(result).message == "the plans differ: 40805 and 48005");
    CHECK(std::get<PortAnswer>(find_port(both, {{"user-api"}, ""})).port == 5001);
    CHECK(std::get<PortRefusal>(find_port(both, {{"user-api", "x"}, ""})).message ==
          "user-api has no port \"x\"");
}

}  // namespace
}  // namespace portolan::registry
