#include "portolan/desk/write_plan.hpp"

#include "importing.hpp"
#include "portolan/registry/findings.hpp"
#include "portolan/zone/findings.hpp"

namespace portolan::desk {
namespace {

using Strings = std::vector<std::string>;

/// The lines of the plan that contain the text.
std::string part_of(const std::string& plan) {
    return plan.substr(std::min(plan.find("\n\n"), plan.size()));
}

TEST_CASE("what facts become in a plan") {
    struct Row {
        const char* what;
        const char* csv;
        const char* plan;  // behind zone and name servers
        Strings said;
    };
    const Row rows[] = {
        {"a port alone",
         "name,port\nredis,6379\n",
         "\n\nregistry:\n  services:\n    redis: 6379\n",
         {}},
        {"two protocols are two ports",
         "name,port,proto\ndns,53,tcp\ndns,53,udp\n",
         "\n\nregistry:\n  services:\n    dns: {ports: {tcp: 53, udp: {port: 53, proto: udp}}}\n",
         {}},
        {"names become labels, aloud",
         "name,port\nMy_App,80\nmy app,81\n443,443\n",
         "\n\nregistry:\n  services:\n    my-app: 80\n    my-app-2: 81\n    p443: 443\n",
         {"2: \"My_App\" is called my-app in the plan",
          "3: \"my app\" is called my-app-2 in the plan", "4: \"443\" is called p443 in the plan"}},
        {"hosts, environments and an address alone",
         "name,port,env,host,ip\napi,80,prod,app1.corp.example,10.1.0.5\napi,80,prod,,10.1.0."
         "6\napi,80,dev,far.example.,\n",
         "\n\nregistry:\n  services:\n    api: {port: 80, endpoints: [{host: app1.prod}, {host: "
         "ip-10-1-0-6.prod}, "
         "{target: far.example.}]}\n\nenvironments:\n  prod:\n    hosts:\n      app1: 10.1.0.5\n"
         "      ip-10-1-0-6: 10.1.0.6\n  dev: {}\n",
         {"2: the host \"app1.corp.example\" is called app1 in the plan"}},
        {"another port at each host",
         "name,port,host,ip\napi,80,a,10.0.0.1\napi,81,b,10.0.0.2\n",
         "\n\nregistry:\n  services:\n    api: {endpoints: [{host: a, port: 80}, {host: b, port: "
         "81}]}\n\n"
         "environments:\n  main:\n    hosts:\n      a: 10.0.0.1\n      b: 10.0.0.2\n",
         {}},
        {"two services on one port of two hosts",
         "name,port,host,ip\na,80,h1,10.0.0.1\nb,80,h2,10.0.0.2\n",
         "\n\nregistry:\n  services:\n    a: {endpoints: [{host: h1, port: 80}]}\n    b: "
         "{endpoints: [{host: h2, port: 80}]}\n\n"
         "environments:\n  main:\n    hosts:\n      h1: 10.0.0.1\n      h2: 10.0.0.2\n",
         {}},
        {"two services on one port: the second is left out",
         "name,port\na,80\nb,80\n",
         "\n\nregistry:\n  services:\n    a: 80\n",
         {"3: 80/tcp is b and also a (line 2); left out"}},
        {"a host without an address",
         "name,port,host\na,80,h1\n",
         "\n\nregistry:\n  services:\n    a: 80\n\nenvironments:\n  main: {}\n",
         {"2: nothing says the address of h1, so nothing is placed there"}},
        {"a port per environment, and no hosts",
         "name,port,env\na,80,dev\na,81,prod\n",
         "\n\nregistry:\n  services:\n    a: {port: 80, environments: [dev]}\n    a-prod: {port: "
         "81, environments: [prod]}\n\n"
         "environments:\n  dev: {}\n  prod: {}\n",
         {}},
        {"a range is a category",
         "name,port\nx11,6000-6063\n",
         "\n\nregistry:\n  ranges:\n    x11 tcp: 6000-6063\n",
         {}},
        {"texts that YAML would read otherwise",
         "name,port,owner,description\na,80,yes,\"#1: \"\"x\"\" {y} \xc3\xbc\"\n",
         "\n\nregistry:\n  services:\n    a: {port: 80, owner: \"yes\", description: \"#1: "
         "\\\"x\\\" {y} \xc3\xbc\"}\n",
         {}},
        {"the last of the days on which its ports are needed",
         "name,port,host,ip,until\na,80,h1,10.0.0.1,2027-01-31\na,80,h2,10.0.0.2,2027-03-31\n",
         "\n\nregistry:\n  services:\n    a: {port: 80, until: 2027-03-31, endpoints: [{host: h1}, "
         "{host: h2}]}\n\nenvironments:\n  main:\n    hosts:\n      h1: 10.0.0.1\n      h2: "
         "10.0.0.2\n",
         {}},
        {"a host with the name of a service that owns it",
         "name,port,proto,host,ip\ndns,53,tcp,dns,10.0.0.1\ndns,53,udp,dns,10.0.0.1\n",
         "\n\nregistry:\n  services:\n    dns: {ports: {tcp: 53, udp: {port: 53, proto: udp}}, "
         "endpoints: [{host: dns-host}]}\n\n"
         "environments:\n  main:\n    hosts:\n      dns-host: 10.0.0.1\n",
         {"2: the host \"dns\" is called dns-host in the plan"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto imported = imported_from("csv", row.csv);
        CHECK(imported.findings.empty());
        const auto written = write_plan(imported, {});
        CHECK(part_of(written.text) == row.plan);
        CHECK(lines_of(written.findings) == row.said);

        const auto read = read_back(written.text);
        REQUIRE(read.plan);
        CHECK(read.findings.empty());
        CHECK(registry::exit_status(registry::check_ports(*read.plan)) < 2);
        CHECK(registry::exit_status(zone::check_names(*read.plan, {})) < 2);
        CHECK(part_of(to_yaml(*read.plan)) == part_of(written.text));
    }
}

TEST_CASE("no facts, no plan") {
    CHECK(write_plan({}, {}).text.empty());
    CHECK(write_plan(imported_from("csv", "name,port\na,80\n"), {"..", "main"}).text.empty());
}

}  // namespace
}  // namespace portolan::desk
