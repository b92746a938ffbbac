#include "portolan/desk/judge_files.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "../registry/elements.hpp"
#include "portolan/desk/sarif.hpp"

namespace portolan::desk {
namespace {

using Lines = std::vector<std::string>;

/// The elements, user-api and order-api, and jb1 and jb2 in two environments.
registry::Plan plan_of_the_test() {
    auto plan = registry::elements_plan();
    for (const auto& [name, number] : {std::pair("user-api", 5001), std::pair("order-api", 5002)}) {
        registry::NamedService service;
        service.name = name;
        service.ports = {{"", static_cast<registry::Port>(number), registry::Protocol::tcp, {}}};
        plan.services.push_back(service);
    }
    registry::Environment prod;
    prod.name = "prod";
    prod.hosts = {registry::host("jb1", {"10.1.0.11"}), registry::host("jb2", {"10.1.0.12"})};
    prod.placements = {registry::placement("user-api", {"jb1"}),
                       registry::placement("hydrogen", {"jb1", "jb2"})};
    plan.environments = {prod};
    return plan;
}

struct File {
    std::string path, text;
};

Lines judged(const std::vector<File>& texts, bool has_plan = true) {
    const auto plan = plan_of_the_test();
    const registry::Plan* plans[] = {&plan};
    std::vector<ReadFile> files;
    for (const auto& each : texts)
        files.push_back({each.path, read_port_uses(each.path, each.text)});
    Lines all;
    for (const auto& each : judge_files(files, has_plan ? Plans(plans) : Plans{}))
        all.push_back(fmt::format("{}:{}:{} {} {}: {}", each.file, each.line, each.column,
                                  to_string(each.severity), each.rule, each.message));
    return all;
}

std::string compose(const std::string& service, const std::string& ports) {
    return fmt::format("services: {{{}: {{ports: [{}]}}}}\n", service, ports);
}

TEST_CASE("what compose publishes, beside the plan") {
    struct Row {
        const char* service;
        const char* ports;
        Lines said;
    };
    const Row rows[] = {
        {"user-api", "\"5001:80\"", {}},
        {"user_api", "\"5001:80\"", {}},
        {"hydrogen", "\"10104:8009\"", {}},
        {"user-api",
         "\"5002:80\"",
         {"compose.yaml:1:31 error wrong-service: user-api's published port is 5002/tcp, which is "
          "order-api by svc.corp.example"}},
        {"user-api",
         "\"5009:80\"",
         {"compose.yaml:1:31 error wrong-port: user-api's published port is 5009/tcp, and by "
          "svc.corp.example it is 5001/tcp"}},
        {"web",
         "\"5001:80\"",
         {"compose.yaml:1:26 warning wrong-service: web's published port is 5001/tcp, which is "
          "user-api by svc.corp.example"}},
        {"web",
         "\"10104:80\"",
         {"compose.yaml:1:26 warning wrong-service: web's published port is 10104/tcp, which is "
          "hydrogen ajp instance 1 by svc.corp.example"}},
        {"web",
         "\"10104:80/udp\"",
         {"compose.yaml:1:26 warning unknown-port: web's published port is 10104/udp, which is in "
          "no plan"}},
        {"web",
         "\"80:80\"",
         {"compose.yaml:1:26 warning unknown-port: web's published port is 80/tcp, which is in no "
          "plan"}},
        {"web",
         "\"80\"",
         {"compose.yaml:1:26 note random-port: web's published port is chosen when it starts "
          "(80)"}},
        {"web",
         "\"${PORT:-5001}:80\"",
         {"compose.yaml:1:26 note undecided: web's published port is decided elsewhere: "
          "${PORT:-5001}:80"}},
        {"web",
         "\"5000-5003:5000-5003\"",
         {"compose.yaml:1:26 warning wrong-service: web's published port is 5001/tcp, which is "
          "user-api by svc.corp.example"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.service, row.ports);
        CHECK(judged({{"compose.yaml", compose(row.service, row.ports)}}) == row.said);
    }
}

TEST_CASE("two files that publish the same port of the same interface") {
    struct Row {
        const char* first;
        const char* second;
        bool collides;
    };
    const Row rows[] = {
        {"\"80:80\"", "\"80:8080\"", true},
        {"\"80:80\"", "\"81:80\"", false},
        {"\"80:80\"", "\"80:80/udp\"", false},
        {"\"80:80\"", "\"127.0.0.1:80:80\"", true},
        {"\"0.0.0.0:80:80\"", "\"127.0.0.1:80:80\"", true},
        {"\"10.1.0.11:80:80\"", "\"10.1.0.12:80:80\"", false},
        {"\"10.1.0.11:80:80\"", "\"10.1.0.11:80:80\"", true},
        {"\"80-90:80-90\"", "\"85:80\"", true},
        {"\"85:80\"", "\"80-90:80-90\"", true},
        {"\"80\"", "\"80\"", false},
        {"\"${P}:80\"", "\"${P}:80\"", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.first, row.second);
        const auto said = judged({{"a/compose.yaml", compose("a", row.first)},
                                  {"b/compose.yaml", compose("b", row.second)}},
                                 false);
        Lines found;
        for (const auto& each : said)
            if (each.find("port-collision") != each.npos) found.push_back(each);
        CHECK(found.size() == (row.collides ? 1 : 0));
        if (row.collides) CHECK(found[0].starts_with("b/compose.yaml:1:24 error"));
    }
    CHECK(judged({{"a/compose.yaml", compose("a", "\"80:80\"")},
                  {"b/compose.yaml", compose("b", "\"80:80\"")}},
                 false) ==
          Lines{"b/compose.yaml:1:24 error port-collision: b's published port is 80/tcp, which "
                "a's published port takes already (a/compose.yaml:1:24)"});
    // An override in the same folder says it again of the same service.
    CHECK(judged({{"compose.yaml", compose("a", "\"80:80\"")},
                  {"compose.override.yaml", compose("a", "\"80:80\"")}},
                 false)
              .empty());
}

TEST_CASE("the other kinds, each with what it means") {
    struct Row {
        const char* path;
        const char* text;
        Lines said;
    };
    const char* service =
        "apiVersion: v1\nkind: Service\nmetadata: {name: %}\nspec: {type: "
        "NodePort, ports: [@]}\n";
    const auto manifest = [&](const std::string& name, const std::string& ports) {
        std::string text = service;
        text.replace(text.find('%'), 1, name);
        return text.replace(text.find('@'), 1, ports);
    };
    CHECK(judged({{"s.yaml",
                   manifest("user-api", "{port: 80, targetPort: 5001, nodePort: 30080}")}}) ==
          Lines{"s.yaml:4:71 error wrong-port: user-api's nodePort is 30080/tcp, and by "
                "svc.corp.example it is 5001/tcp"});
    CHECK(judged({{"s.yaml", manifest("user-api", "{port: 80}")}}) ==
          Lines{"s.yaml:4:32 note random-port: user-api's nodePort is chosen when it starts (no "
                "nodePort:)",
                "s.yaml:4:39 warning wrong-port: user-api's Service port is 80/tcp, and by "
                "svc.corp.example it is 5001/tcp"});
    CHECK(
        judged({{"a.yaml", manifest("a", "{port: 80, nodePort: 8080}")},
                {"b.yaml", manifest("b", "{port: 80, nodePort: 8080}")}},
               false) ==
        Lines{"a.yaml:4:53 warning node-port-range: a's nodePort 8080/tcp is outside 30000-32767, "
              "which Kubernetes gives by default",
              "b.yaml:4:53 warning node-port-range: b's nodePort 8080/tcp is outside 30000-32767, "
              "which Kubernetes gives by default",
              "b.yaml:4:53 error port-collision: b's nodePort is 8080/tcp, which a's nodePort "
              "takes already (a.yaml:4:53)"});
    const Row rows[] = {
        {"group_vars/all.yml", "user_api_port: 5001\nhydrogen_ajp_port: 20104\nx_port: 7\n", {}},
        {"group_vars/all.yml",
         "user_api_port: 5002\n",
         {"group_vars/all.yml:1:16 error wrong-service: the variable user_api_port is 5002/tcp, "
          "which is order-api by svc.corp.example"}},
        {"group_vars/all.yml",
         "user_api_port: '{{ base }}'\n",
         {"group_vars/all.yml:1:16 note undecided: the variable user_api_port is decided "
          "elsewhere: "
          "{{ base }}"}},
        {"server.xml",
         "<Server port='10101'><Connector port='10103'/><Connector port='10204' "
         "protocol='AJP/1.3'/><Connector port='8080'/></Server>",
         {"server.xml:1:64 error wrong-instance: 10204/tcp is helium instance 1, and the other "
          "ports of this server are hydrogen's instance 1",
          "server.xml:1:108 warning unknown-port: a connector is 8080/tcp, which is in no plan"}},
        {"prometheus.yml",
         "scrape_configs: [{job_name: x, static_configs: [{targets: [\"jb1:5001\", "
         "\"jb2.prod:5001\", \"elsewhere:1\", \"10.1.0.11:10103\"]}]}]\n",
         {"prometheus.yml:1:72 warning wrong-target: jb2.prod of svc.corp.example has nothing at "
          "5001/tcp, which is user-api"}},
        {"web.json",
         "{\"service\": {\"name\": \"order-api\", \"port\": 5001}}",
         {"web.json:1:43 error wrong-service: order-api's service definition is 5001/tcp, which is "
          "user-api by svc.corp.example"}},
        {"haproxy.cfg",
         "frontend a\n  bind :5001\nfrontend b\n  bind 10.0.0.1:5001\n",
         {"haproxy.cfg:2:8 warning wrong-service: a's bind is 5001/tcp, which is user-api by "
          "svc.corp.example",
          "haproxy.cfg:4:8 warning wrong-service: b's bind is 5001/tcp, which is user-api by "
          "svc.corp.example",
          "haproxy.cfg:4:8 error port-collision: b's bind is 5001/tcp on 10.0.0.1, which a's bind "
          "takes already (haproxy.cfg:2:8)"}},
        {"compose.yaml",
         "services: {web: {ports: [\"x\"]}}\n---\n[",
         {"compose.yaml:1:26 warning skipped: \"x\" in \"x\" is not a container's port",
          "compose.yaml:3:1 error unreadable: end of sequence flow not found"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path, row.text);
        CHECK(judged({{row.path, row.text}}) == row.said);
    }
}

TEST_CASE("findings as SARIF") {
    const registry::Findings findings{
        {registry::Severity::error, "port-collision", "a b/compose.yaml", 3, 7, "It collides",
         "Move it."},
        {registry::Severity::note, "random-port", "c.yaml", 0, 0, "It is random", ""}};
    const auto sarif = boost::json::parse(to_sarif(findings, "1.0"));
    CHECK(sarif.at("version") == "2.1.0");
    const auto& run = sarif.at_pointer("/runs/0");
    CHECK(run.at_pointer("/tool/driver/rules/1/id") == "random-port");
    const auto& result = run.at_pointer("/results/0");
    CHECK(result.at("ruleId") == "port-collision");
    CHECK(result.at("level") == "error");
    CHECK(result.at_pointer("/message/text") == "It collides. Move it.");
    const auto& place = result.at_pointer("/locations/0/physicalLocation");
    CHECK(place.at_pointer("/artifactLocation/uri") == "a%20b/compose.yaml");
    CHECK(place.at_pointer("/region/startLine") == 3);
    CHECK(
        !run.at_pointer("/results/1/locations/0/physicalLocation").as_object().contains("region"));
}

}  // namespace
}  // namespace portolan::desk
