#include "portolan/desk/judge_host.hpp"

#include <fmt/format.h>

#include "../registry/elements.hpp"

namespace portolan::desk {
namespace {

using registry::Protocol;

/// The elements, and two services of a registry: user-api on jb1, order-api on jb2 of prod.
registry::Plan plan_of_the_test() {
    auto plan = registry::elements_plan();
    for (const auto& [name, number] : {std::pair("user-api", 5001), std::pair("order-api", 5002)}) {
        registry::NamedService service;
        service.name = name;
        service.ports = {{"", static_cast<registry::Port>(number), Protocol::tcp, {}}};
        plan.services.push_back(service);
    }
    plan.ranges = {{"API services", {5000, 5099}, {}, {}}};
    plan.dynamic = registry::Dynamic{{"x"}, {50000, 50009}, {}, {}};
    registry::Environment prod;
    prod.name = "prod";
    prod.multicast = registry::Placed<registry::Address>{registry::address("239.1.11.1"), {}};
    prod.hosts = {registry::host("jb1", {"10.1.0.11"}), registry::host("jb2", {"10.1.0.12"})};
    prod.placements = {
        registry::placement("user-api", {"jb1"}), registry::placement("order-api", {"jb2"}),
        registry::placement("hydrogen", {"jb1", "jb2"}), registry::placement("lithium", {"jb2"})};
    plan.environments = {prod};
    return plan;
}

/// What `ss` would have printed, shorter.
std::vector<Listener> sockets(const std::string& lines) {
    std::string text;
    for (std::size_t at = 0; at < lines.size();) {
        const auto end = std::min(lines.find(';', at), lines.size());
        const auto line = lines.substr(at, end - at);
        const auto blank = line.find(' ');
        text += fmt::format("{} {} 0 0 {} 0.0.0.0:* users:((\"java\",pid=7,fd=3))\n",
                            line.substr(0, blank), line.starts_with("tcp") ? "LISTEN" : "UNCONN",
                            line.substr(blank + 1));
        at = end + 1;
    }
    return read_ss(text).listeners;
}

/// Without what is missing.
std::vector<std::string> said(const std::string& lines, const HostTerms& terms = {}) {
    const auto plan = plan_of_the_test();
    const registry::Plan* plans[] = {&plan};
    const auto hosts = *find_host(plans, "jb1.prod", "");
    const auto listeners = sockets(lines);
    const auto report = judge_host(hosts, listeners, terms);
    std::vector<std::string> all;
    for (const auto& each : report.findings)
        if (each.rule != "missing")
            all.push_back(
                fmt::format("{} {}: {}", to_string(each.severity), each.rule, each.message));
    return all;
}

TEST_CASE("a listener is judged by its port, protocol and address") {
    struct Row {
        const char* socket;
        const char* text;  // "": as planned
    };
    const Row rows[] = {
        {"tcp 10.1.0.11:10104", ""},
        {"tcp 0.0.0.0:10104",
         "note every-address: java (pid 7) listens on every address at 10104/tcp"},
        {"tcp 127.0.0.1:10104",
         "warning loopback-only: 10104/tcp is hydrogen ajp instance 1, and java (pid 7) listens on "
         "127.0.0.1:10104: no other host reaches it"},
        {"tcp 10.9.0.1:10104",
         "warning wrong-address: 10104/tcp is hydrogen ajp instance 1, and java (pid 7) listens on "
         "10.9.0.1:10104, which the plan does not give to jb1.prod of svc.corp.example"},
        {"tcp 10.1.0.11:20104",
         "error wrong-instance: 20104/tcp is hydrogen ajp instance 2, which the plan has on jb2; "
         "jb1 has instance 1, at 10104: java (pid 7) listens on 10.1.0.11:20104"},
        {"tcp 10.1.0.11:30104",
         "error wrong-instance: 30104/tcp is hydrogen ajp instance 3, which the plan places "
         "nowhere in prod; jb1 has instance 1, at 10104: java (pid 7) listens on 10.1.0.11:30104"},
        {"tcp 10.1.0.11:10304",
         "error wrong-application: 10304/tcp is lithium ajp instance 1, which the plan has on jb2, "
         "not on jb1: java (pid 7) listens on 10.1.0.11:10304"},
        {"tcp 10.1.0.11:10204",
         "error wrong-application: 10204/tcp is helium ajp instance 1, which the plan places "
         "nowhere in prod, not on jb1: java (pid 7) listens on 10.1.0.11:10204"},
        {"tcp 10.1.0.11:5002",
         "error wrong-application: 5002/tcp is order-api, which the plan has on jb2, not on jb1: "
         "java (pid 7) listens on 10.1.0.11:5002"},
        {"tcp 10.1.0.11:10105",
         "warning wrong-protocol: 10105/tcp: the plan has hydrogen snmp instance 1 there over udp "
         "alone: java (pid 7) listens on 10.1.0.11:10105"},
        {"udp 239.1.11.1:10111", ""},  // hydrogen's group
        {"tcp 10.1.0.11:5003",
         "warning unknown-listener: 5003/tcp is in no plan, in the range \"API services\": java "
         "(pid 7) listens on 10.1.0.11:5003"},
        {"tcp 127.0.0.1:9999",
         "note unknown-listener: 9999/tcp is in no plan: java (pid 7) listens on 127.0.0.1:9999; "
         "only this host reaches it"},
        {"udp 0.0.0.0:40000",
         "note unknown-listener: 40000/udp is in no plan: java (pid 7) listens on 0.0.0.0:40000; "
         "perhaps a client's, for the port is ephemeral"},
        {"tcp 0.0.0.0:50003", ""},  // dynamic
        {"tcp 0.0.0.0:22", ""},     // allowed
        {"tcp 0.0.0.0:81;tcp [::]:81",
         "warning unknown-listener: 81/tcp is in no plan: java (pid 7) listens on 0.0.0.0:81 and "
         "[::]:81"},
    };
    HostTerms terms;
    terms.allowed = {*parse_port_text("22")};
    for (const auto& row : rows) {
        CAPTURE(row.socket);
        const auto all = said(row.socket, terms);
        CHECK(all == (*row.text == '\0' ? std::vector<std::string>{}
                                        : std::vector<std::string>{row.text}));
    }
}

TEST_CASE("what is planned and not there is said once an instance") {
    const auto plan = plan_of_the_test();
    const registry::Plan* plans[] = {&plan};
    const auto hosts = *find_host(plans, "jb1", "prod");
    const auto listeners = sockets("tcp 10.1.0.11:10102;udp 10.1.0.11:10105;tcp 10.1.0.11:10104");
    const auto report = judge_host(hosts, listeners, {});
    REQUIRE(report.findings.size() == 2);
    CHECK(report.planned == 3);
    CHECK(report.findings[0].message ==
          "instance 1 of hydrogen is placed on jb1, and nobody listens at 10101,10103,10106/tcp");
    CHECK(report.findings[1].message ==
          "user-api is placed on jb1, and nobody listens at 5001/tcp");
}

TEST_CASE("a process is doubted when it bears another's name, and not its own") {
    struct Row {
        const char* name;
        std::vector<std::string> arguments;
        const char* text;
    };
    const Row rows[] = {
        {"java", {"java", "-jar", "app.jar"}, ""},
        {"java", {"java", "-Dcatalina.base=/srv/hydrogen-1"}, ""},
        {"java", {"java", "-Dcatalina.base=/srv/helium-1"}, "its command line has /srv/helium-1"},
        {"java", {"java", "-cp", "/srv/helium-1:/srv/lithium-1"}, ""},  // which of them?
        {"java", {"java", "-cp", "/srv/hydrogen/helium.jar"}, ""},      // its own, too
        {"java", {"java", "helium"}, ""},                               // no path: any word
        {"order-api", {}, "its name is order-api"},
        {"heliumd", {}, ""},
    };
    const auto plan = plan_of_the_test();
    const registry::Plan* plans[] = {&plan};
    const auto hosts = *find_host(plans, "jb1.prod", "");
    for (const auto& row : rows) {
        CAPTURE(row.name, row.arguments);
        Listener one;
        one.address = registry::address("10.1.0.11");
        one.port = 10104;
        one.processes = {{7, row.name, row.arguments, "tomcat"}};
        const auto report = judge_host(hosts, {&one, 1}, {});
        std::string text;
        for (const auto& each : report.findings)
            if (each.rule == "wrong-application")
                text = each.message.substr(each.message.rfind(": ") + 2);
        CHECK(text == row.text);
    }
}

TEST_CASE("from outside, only what answers is judged") {
    HostTerms terms;
    terms.is_remote = true;
    CHECK(said("tcp 10.1.0.11:10104;tcp 10.1.0.11:10304", terms) ==
          std::vector<std::string>{
              "error wrong-application: 10304/tcp is lithium ajp instance 1, which the plan has on "
              "jb2, not on jb1: something listens there"});
}

TEST_CASE("which host of the plans it is") {
    auto plan = plan_of_the_test();
    registry::Environment qa;
    qa.name = "qa";
    qa.aliases = {{"test", {}}};
    qa.hosts = {registry::host("jb1", {"10.3.0.11"})};
    plan.environments.push_back(qa);
    const registry::Plan* plans[] = {&plan};
    struct Row {
        const char* text;
        const char* environment;
        const char* found;
    };
    const Row rows[] = {
        {"jb2", "", "jb2.prod of svc.corp.example"},
        {"JB1.prod", "", "jb1.prod of svc.corp.example"},
        {"jb1.prod.svc.corp.example", "", "jb1.prod of svc.corp.example"},
        {"jb1.test", "", "jb1.qa of svc.corp.example"},
        {"jb1", "qa", "jb1.qa of svc.corp.example"},
        {"10.3.0.11", "", "jb1.qa of svc.corp.example"},
        {"jb1", "",
         "\"jb1\" may be jb1.prod of svc.corp.example, jb1.qa of svc.corp.example Name one of "
         "them, or its environment with --env."},
        {"jb3", "", "no plan has a host \"jb3\" Did you mean \"jb1\"?"},
        {"jb2", "qa", "no plan has a host \"jb2\" in qa Did you mean \"jb1\"?"},
        {"jb1", "prd", "no plan has an environment \"prd\" Did you mean \"prod\"?"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text, row.environment);
        const auto found = find_host(plans, row.text, row.environment);
        CHECK((found ? to_string(found->front())
                     : found.error().message + " " + found.error().cure) == row.found);
    }
    const Machine by_address{"elsewhere", {registry::address("10.1.0.12")}};
    CHECK(to_string(find_host(plans, by_address, "")->front()) == "jb2.prod of svc.corp.example");
    const Machine by_name{"jb2.prod.svc.corp.example", {}};
    CHECK(to_string(find_host(plans, by_name, "")->front()) == "jb2.prod of svc.corp.example");
}

}  // namespace
}  // namespace portolan::desk
