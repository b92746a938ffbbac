#include "importing.hpp"

namespace portolan::desk {
namespace {

using Strings = std::vector<std::string>;

Strings skipped_of(const Imported& imported) {
    Strings all;
    for (const auto& each : imported.findings) all.push_back(each.message);
    return all;
}

TEST_CASE("facts of compose, Kubernetes, Ansible and Consul files") {
    struct Row {
        const char* format;
        const char* text;
        Strings facts, skipped;
    };
    const Row rows[] = {
        {"compose",
         "services:\n"
         "  user-api: {ports: [\"5001:80\"]}\n"
         "  web: {ports: [\"8080:80\", \"10.1.0.11:8443:443\"], expose: [9000]}\n"
         "  db: {ports: [\"127.0.0.1:5432:5432\"]}\n"
         "  many: {ports: [\"3000-3005:3000-3005\"]}\n"
         "  any: {ports: [\"80\", \"${PORT:-8080}:80\"]}\n",
         {"user-api 5001/tcp", "web.80 8080/tcp", "web.443 8443/tcp 10.1.0.11", "db 5432/tcp",
          "many 3000-3005/tcp"},
         {"the exposed port of web is a container's own: no host has it",
          "the published port of any is chosen when it starts (80)",
          "the published port of any is decided elsewhere: ${PORT:-8080}:80"}},
        {"kubernetes",
         "{apiVersion: v1, kind: Service, metadata: {name: inner}, spec: {ports: [{port: 80}]}}\n"
         "---\n"
         "{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {type: NodePort, ports: "
         "[{name: http, port: 80, targetPort: 8080, nodePort: 30080}]}}\n"
         "---\n"
         "{apiVersion: v1, kind: Service, metadata: {name: lb}, spec: {type: LoadBalancer, ports: "
         "[{port: 443}]}}\n"
         "---\n"
         "{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{ports: "
         "[{containerPort: 8080}]}]}}\n"
         "---\n"
         "{apiVersion: v1, kind: Pod, metadata: {name: agent}, spec: {containers: [{ports: "
         "[{containerPort: 9100, hostPort: 9101}]}]}}\n",
         {"inner 80/tcp", "web.http 80/tcp", "web.http-node 30080/tcp", "lb 443/tcp",
          "agent 9100/tcp", "agent.host 9101/tcp"},
         {"the nodePort of lb is chosen when it starts (no nodePort:)"}},
        {"ansible",
         "user_api_port: 5001\nhydrogen: {ajp_port: '{{ base + 4 }}'}\napp_ports: [8080, 8081]\n",
         {"user-api 5001/tcp", "app.8080 8080/tcp", "app.8081 8081/tcp"},
         {"the variable of hydrogen-ajp is decided elsewhere: {{ base + 4 }}"}},
        {"consul",
         "{\"services\": [{\"name\": \"web\", \"id\": \"w1\", \"port\": 81, \"address\": "
         "\"10.1.0.11\"}, {\"name\": \"dyn\", \"port\": 0}]}",
         {"web 81/tcp 10.1.0.11"},
         {"dyn has no port"}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.format);
        const auto imported = imported_from(row.format, row.text);
        CHECK(lines_of(imported) == row.facts);
        CHECK(skipped_of(imported) == row.skipped);
        // What is left makes a plan that `check` accepts.
        const auto written = write_plan(imported, {});
        CHECK(read_back(written.text).plan.has_value());
    }
}

}  // namespace
}  // namespace portolan::desk
