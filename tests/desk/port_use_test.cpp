#include "portolan/desk/port_use.hpp"

#include <fmt/format.h>

namespace portolan::desk {
namespace {

using Lines = std::vector<std::string>;

std::string ports_text(const registry::PortRange& ports) {
    return ports.first == ports.last ? std::to_string(ports.first)
                                     : fmt::format("{}-{}", ports.first, ports.last);
}

/// "3:9 published port web 8080/tcp on 127.0.0.1, inside 80"
std::string said(const PortUse& use) {
    auto text = fmt::format("{}:{} {} {}", use.place.line, use.place.column, to_string(use.kind),
                            use.subject);
    if (!use.name.empty()) text += " " + use.name;
    if (use.undecided == Undecided::no || use.ports.first != 0)
        text += fmt::format(" {}/{}", ports_text(use.ports), to_string(use.protocol));
    if (!use.host.empty()) text += " on " + use.host;
    if (use.inside) text += ", inside " + ports_text(*use.inside);
    if (use.undecided == Undecided::random) text += ", random: " + use.text;
    if (use.undecided == Undecided::expression) text += ", expression: " + use.text;
    return text;
}

/// What is read, what is skipped, and why it was refused.
Lines read(const std::string& path, const std::string& text) {
    const auto reading = read_port_uses(path, text);
    Lines all;
    for (const auto& each : reading.uses) all.push_back(said(each));
    for (const auto& each : reading.skipped)
        all.push_back(fmt::format("{}:{} skipped: {}. {}", each.place.line, each.place.column,
                                  each.what, each.cure));
    if (reading.refused)
        all.push_back(fmt::format("{}:{} refused: {}", reading.refused->place.line,
                                  reading.refused->place.column, reading.refused->what));
    return all;
}

struct Row {
    const char* text;
    Lines said;
};

TEST_CASE("compose: an entry among ports") {
    const Row rows[] = {
        {"\"8080:80\"", {"1:26 published port web 8080/tcp, inside 80"}},
        {"8080:80", {"1:26 published port web 8080/tcp, inside 80"}},
        {"\"80\"", {"1:26 published port web, inside 80, random: 80"}},
        {"80", {"1:26 published port web, inside 80, random: 80"}},
        {"\"53:53/udp\"", {"1:26 published port web 53/udp, inside 53"}},
        {"\"53:53/UDP\"", {"1:26 published port web 53/udp, inside 53"}},
        {"\"127.0.0.1:8001:8000\"", {"1:26 published port web 8001/tcp on 127.0.0.1, inside 8000"}},
        {"\"127.0.0.1::80\"",
         {"1:26 published port web on 127.0.0.1, inside 80, random: 127.0.0.1::80"}},
        {"\"[::1]:8080:80\"", {"1:26 published port web 8080/tcp on ::1, inside 80"}},
        {"\"3000-3005:4000-4005\"", {"1:26 published port web 3000-3005/tcp, inside 4000-4005"}},
        {"\"3000-3005\"", {"1:26 published port web, inside 3000-3005, random: 3000-3005"}},
        {"\"8000-9000:80\"",
         {"1:26 published port web 8000-9000/tcp, inside 80, random: 8000-9000:80"}},
        {"\"${PORT:-8080}:80\"", {"1:26 published port web, expression: ${PORT:-8080}:80"}},
        {"\"${IP:-127.0.0.1}:8080:80\"",
         {"1:26 published port web 8080/tcp on ${IP:-127.0.0.1}, inside 80"}},
        {"\"$PORT:80\"", {"1:26 published port web, expression: $PORT:80"}},
        {"{target: 80, published: 8080}", {"1:50 published port web 8080/tcp, inside 80"}},
        {"{target: 80, published: \"8080\", host_ip: 10.1.0.11, protocol: udp, name: dns}",
         {"1:50 published port web dns 8080/udp on 10.1.0.11, inside 80"}},
        {"{target: 80}", {"1:35 published port web, inside 80, random: 80"}},
        {"{published: 80}",
         {"1:26 skipped: an entry among ports without target:. Say which port of the container it "
          "is: target: 80."}},
        {"\"3005-3000:80\"",
         {"1:26 skipped: \"3005-3000\" in \"3005-3000:80\" is not a port of the host. Write "
          "3000-3005."}},
        {"\"3000-3005:80-81\"",
         {"1:26 skipped: \"3000-3005:80-81\" has 6 ports outside and 2 inside. Give both ranges "
          "the same length."}},
        {"\"::1:80:80\"",
         {"1:26 skipped: \"::1:80:80\" has too many colons. Write HOST:CONTAINER, or "
          "IP:HOST:CONTAINER; an IPv6 address in brackets."}},
        {"\"web:80:80\"",
         {"1:26 skipped: \"web\" is not an address. Write IP:HOST:CONTAINER; an IPv6 address in "
          "brackets."}},
        {"\"80:99999\"",
         {"1:26 skipped: \"99999\" in \"80:99999\" is not a container's port. Write a number from "
          "1 to 65535, or a range 5000-5010; /tcp or /udp may follow."}},
        {"\"80:80/icmp\"", {"1:26 skipped: \"icmp\" is not a protocol. Write tcp or udp."}},
        {"\"\"", {"1:26 skipped: an empty entry among ports. Write \"8080:80\"."}},
        {"[80]",
         {"1:26 skipped: an entry among ports that is neither text nor a mapping. Write "
          "\"8080:80\"."}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK(read("compose.yaml", fmt::format("services: {{web: {{ports: [{}]}}}}\n", row.text)) ==
              row.said);
    }
}

TEST_CASE("compose: a whole file") {
    CHECK(read("docker-compose.yml",
               "x-ports: &common\n"
               "  ports:\n"
               "    - 8080:80\n"
               "services:\n"
               "  web:\n"
               "    <<: *common\n"
               "    expose: [\"9000\", 9001/udp, \"${DEBUG}\"]\n"
               "  host:\n"
               "    network_mode: host\n"
               "  none: {image: x}\n"
               "  odd: {ports: 80}\n") ==
          Lines{
              "3:7 published port web 8080/tcp, inside 80",
              "7:14 exposed port web 9000/tcp",
              "7:22 exposed port web 9001/udp",
              "7:32 exposed port web, expression: ${DEBUG}",
              "9:19 published port host, expression: network_mode: host",
              "11:16 skipped: ports: is not a list. Write one port a line: - \"8080:80\".",
          });
}

TEST_CASE("Kubernetes: Services and whatever has pods, in many documents") {
    CHECK(read("web.yaml",
               "apiVersion: v1\n"
               "kind: Service\n"
               "metadata: {name: web}\n"
               "spec:\n"
               "  type: NodePort\n"
               "  ports:\n"
               "    - {name: http, port: 80, targetPort: 8080, nodePort: 30080}\n"
               "    - {name: dns, port: 53, protocol: UDP, targetPort: dns}\n"
               "---\n"
               "apiVersion: v1\n"
               "kind: Service\n"
               "metadata: {name: lb}\n"
               "spec: {type: LoadBalancer, ports: [{port: 443}]}\n"
               "---\n"
               "apiVersion: v1\n"
               "kind: Service\n"
               "metadata: {name: inner}\n"
               "spec: {ports: [{port: \"5001\", targetPort: \"5001\"}]}\n"
               "---\n"
               "apiVersion: apps/v1\n"
               "kind: Deployment\n"
               "metadata: {name: api}\n"
               "spec:\n"
               "  template:\n"
               "    spec:\n"
               "      containers:\n"
               "        - name: api\n"
               "          ports:\n"
               "            - {containerPort: 5001, hostPort: 15001, hostIP: 10.1.0.1}\n"
               "            - {containerPort: 70000}\n"
               "            - {name: x}\n"
               "---\n"
               "apiVersion: v1\n"
               "kind: Pod\n"
               "metadata: {name: agent}\n"
               "spec: {hostNetwork: true, containers: [{ports: [{containerPort: 9100, hostPort: "
               "9100}]}]}\n"
               "---\n"
               "just text\n") ==
          Lines{
              "7:26 Service port web http 80/tcp",
              "7:42 targetPort web http 8080/tcp",
              "7:58 nodePort web http 30080/tcp",
              "8:25 Service port web dns 53/udp",
              "8:7 nodePort web dns, random: no nodePort:",
              "13:43 Service port lb 443/tcp",
              "13:36 nodePort lb, random: no nodePort:",
              "18:23 Service port inner 5001/tcp",
              "18:43 targetPort inner 5001/tcp",
              "29:31 containerPort api 5001/tcp on 10.1.0.1",
              "29:47 hostPort api 15001/tcp on 10.1.0.1",
              "36:65 hostPort agent 9100/tcp",
              "30:31 skipped: \"70000\" is not a port. Write a number from 1 to 65535, or a range "
              "5000-5010; /tcp or /udp may follow.",
              "31:15 skipped: an entry among a container's ports without containerPort:. Say which "
              "port it is: containerPort: 80.",
              "38:1 skipped: a document that is no Kubernetes object. An object has apiVersion: "
              "and kind:.",
          });
}

TEST_CASE("Ansible: variables that are called port") {
    CHECK(read("group_vars/all.yml",
               "user_api_port: 5001\n"
               "order_api_port: \"5002\"\n"
               "important: 7\n"
               "support: 8\n"
               "base: 10100\n"
               "hydrogen:\n"
               "  ajp_port: \"{{ base + 4 }}\"\n"
               "  http_port: 10103\n"
               "app_ports: [8080, 8081]\n"
               "listeners: [{port: 9000}, {port: no}]\n"
               "secret_port: !vault |\n"
               "  $ANSIBLE_VAULT;1.1\n"
               "empty_port:\n") ==
          Lines{
              "1:16 variable user-api user_api_port 5001/tcp",
              "2:17 variable order-api order_api_port 5002/tcp",
              "7:13 variable hydrogen-ajp hydrogen.ajp_port, expression: {{ base + 4 }}",
              "8:14 variable hydrogen-http hydrogen.http_port 10103/tcp",
              "9:13 variable app app_ports 8080/tcp",
              "9:19 variable app app_ports 8081/tcp",
              "10:20 variable listeners listeners.port 9000/tcp",
              "11:14 variable secret secret_port, expression: !vault",
              "10:34 skipped: \"no\" is not a port. Write a number from 1 to 65535, or a range "
              "5000-5010; /tcp or /udp may follow.",
          });
    CHECK(read("play.yml", "- hosts: all\n  vars: {web_port: 80}\n  tasks: []\n") ==
          Lines{"2:20 variable web web_port 80/tcp"});
}

TEST_CASE("Tomcat: the ports of a server.xml") {
    CHECK(read("server.xml",
               "<?xml version=\"1.0\"?>\n"
               "<!-- <Connector port=\"1\"/> -->\n"
               "<Server port=\"10101\" shutdown=\"SHUTDOWN\">\n"
               "  <Service name=\"Catalina\">\n"
               "    <Connector port='10103' protocol=\"HTTP/1.1\"\n"
               "               redirectPort=\"8443\" />\n"
               "    <Connector port=\"10104\" protocol=\"AJP/1.3\" address=\"10.1.0.11\"/>\n"
               "    <Connector port=\"${https.port}\" SSLEnabled=\"true\"/>\n"
               "    <Connector port=\"0\"/><Connector port=\"-1\"/><Connector port=\"http\"/>\n"
               "    <Connector protocol=\"HTTP/1.1\"/>\n"
               "  </Service>\n"
               "</Server>\n") ==
          Lines{
              "3:15 connector  shutdown 10101/tcp on localhost",
              "5:22 connector  http 10103/tcp",
              "7:22 connector  ajp 10104/tcp on 10.1.0.11",
              "8:22 connector  https, expression: ${https.port}",
              "9:22 connector  http, random: 0",
              "9:65 skipped: \"http\" is not a port. Write a number from 1 to 65535, or a range "
              "5000-5010; /tcp or /udp may follow.",
              "10:5 skipped: a <Connector> without port. Give it a port.",
          });
    CHECK(read("server.xml", "<Server port=\"8005\">\n  <Connector port=\"80") ==
          Lines{"1:15 connector  shutdown 8005/tcp on localhost",
                "2:3 refused: what begins here never ends"});
}

TEST_CASE("HAProxy: what it binds, and whom it connects to") {
    CHECK(read("haproxy.cfg",
               "global\n"
               "    stats socket /run/x\n"
               "frontend web\n"
               "    bind *:80\n"
               "    bind 10.1.0.11:443,[::1]:8443 ssl crt x.pem # bind :1\n"
               "    bind :::8080 v4v6\n"
               "    bind /run/web.sock\n"
               "    bind quic4@:443\n"
               "    bind :\"$PORT\"\n"
               "backend api\n"
               "    server a 10.1.0.21:5001 check\n"
               "    server b [2001:db8::21]:5001\n"
               "    server c 10.1.0.23\n"
               "    server d unix@/run/d.sock\n"
               "    bind :x\n") ==
          Lines{
              "4:10 bind web 80/tcp",
              "5:10 bind web 443/tcp on 10.1.0.11",
              "5:24 bind web 8443/tcp on ::1",
              "6:10 bind web 8080/tcp",
              "8:10 bind web 443/udp",
              "9:10 bind web, expression: \"$PORT\"",
              "11:14 target api a 5001/tcp on 10.1.0.21",
              "12:14 target api b 5001/tcp on 2001:db8::21",
              "15:10 skipped: \"x\" is not a port. Write a number from 1 to 65535, or a range "
              "5000-5010; /tcp or /udp may follow.",
          });
}

TEST_CASE("Prometheus: static targets") {
    CHECK(read("prometheus.yml",
               "scrape_configs:\n"
               "  - job_name: node\n"
               "    static_configs:\n"
               "      - targets: [\"jb1:9100\", \"[2001:db8::1]:9100\", \"https://jb2:443/x\"]\n"
               "      - targets: [jb3, \":9100\", \"jb4:${PORT}\"]\n") ==
          Lines{
              "4:19 target node 9100/tcp on jb1",
              "4:31 target node 9100/tcp on 2001:db8::1",
              "4:53 target node 443/tcp on jb2",
              "5:33 target node on jb4, expression: ${PORT}",
              "5:19 skipped: \"jb3\" is not HOST:PORT. Write host:9100; an IPv6 address in "
              "brackets.",
              "5:24 skipped: \":9100\" is not HOST:PORT. Write host:9100; an IPv6 address in "
              "brackets.",
          });
    CHECK(read("targets.yml", "- targets: [\"jb1:9100\"]\n") ==
          Lines{"1:13 target  9100/tcp on jb1"});
}

TEST_CASE("Nagios: the ports of checks") {
    CHECK(read("services.cfg",
               "# define service {\n"
               "define service {\n"
               "    host_name            jb1\n"
               "    service_description  Hydrogen AJP\n"
               "    check_command        check_tcp!10104 ; as the plan says\n"
               "}\n"
               "define service{\n"
               "    host_name jb2\n"
               "    check_command check_http!-p 8080 -u /x\n"
               "    }\n"
               "define command {\n"
               "    command_name check_api\n"
               "    command_line $USER1$/check_http -I $HOSTADDRESS$ --port=$ARG1$\n"
               "}\n"
               "define service {\n"
               "    check_command check_tcp!0\n") ==
          Lines{
              "5:36 target Hydrogen AJP 10104/tcp on jb1",
              "9:33 target  8080/tcp on jb2",
              "13:61 target check_api, expression: $ARG1$",
              "16:29 skipped: \"0\" is not a port. Write a number from 1 to 65535, or a range "
              "5000-5010; /tcp or /udp may follow.",
              "15:1 refused: define service is never closed",
          });
}

TEST_CASE("Consul: service definitions") {
    CHECK(read("web.json",
               "{\"service\": {\"name\": \"web\", \"id\": \"web-1\", \"port\": 8080,\n"
               "\t\"address\": \"10.1.0.11\"}}") ==
          Lines{"1:52 service definition web web-1 8080/tcp on 10.1.0.11"});
    CHECK(read("all.json",
               "{\"services\": [{\"name\": \"a\", \"port\": \"81\"}, {\"name\": \"b\"}, 7]}") ==
          Lines{"1:37 service definition a 81/tcp",
                "1:44 skipped: b has no port. Give it a port, or leave it to its registration.",
                "1:59 skipped: a service that is no object. Write {\"name\": \"web\", \"port\": "
                "8080}."});
    CHECK(read("put.json", "{\"Name\": \"web\", \"Port\": 80}") ==
          Lines{"1:25 service definition web 80/tcp"});
}

TEST_CASE("a file that cannot be read is refused with its reason") {
    struct Bad {
        const char* path;
        std::string text;
        const char* why;
    };
    const Bad rows[] = {
        {"compose.yaml", "", "0:0 refused: the file is empty"},
        {"compose.yaml", " \n\t\r\n", "0:0 refused: the file is empty"},
        {"compose.yaml", std::string("services:\n\0x", 12), "2:0 refused: the file is no text"},
        {"compose.yaml", "\x89PNG\r\n\x1a\n", "1:0 refused: the file is no text"},
        {"notes.txt", "port 80", "0:0 refused: it is not known what kind of file this is"},
        {"compose.yaml", "services: {web: {ports: [\"80:80\"",
         "1:1 refused: end of sequence flow not found"},
        {"compose.yaml", std::string(300, '['), "1:33 refused: nested too deeply"},
        {"compose.yaml", std::string(max_file_octets + 1, 'x'),
         "0:0 refused: the file has more than 16 MiB"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path, row.text.substr(0, 40));
        CHECK(read(row.path, row.text) == Lines{row.why});
    }
    // Nine levels of nine aliases each: 9^9 values, were they written out.
    std::string laughs = "a0: &a0 [x]\n";
    for (int i = 1; i <= 9; ++i)
        laughs += fmt::format(
            "a{0}: &a{0} [*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1},*a{1}]\n", i, i - 1);
    const auto reading = read_port_uses("compose.yaml", "services:\n" + laughs);
    REQUIRE(reading.refused.has_value());
    CHECK(reading.refused->what == "more than a million values");
}

TEST_CASE("what a file is, by its name and what it holds") {
    struct Kind {
        const char* path;
        const char* text;
        const char* format;
    };
    const Kind rows[] = {
        {"compose.yaml", "x", "compose"},
        {"deploy/docker-compose.prod.yml", "x", "compose"},
        {"stack.yml", "version: '3'\nservices:\n  web: {}\n", "compose"},
        {"web.yaml", "# x\napiVersion: v1\n", "kubernetes"},
        {"prometheus.yml", "scrape_configs: []\n", "prometheus"},
        {"roles/web/defaults/main.yml", "x: 1\n", "ansible"},
        {"host_vars/jb1", "x_port: 1\n", "ansible"},
        {"site.yml", "- hosts: all\n", "ansible"},
        {"conf/server.xml", "<Server port='1'/>", "tomcat"},
        {"pom.xml", "<project/>", ""},
        {"haproxy.cfg", "global\n  x\n", "haproxy"},
        {"objects.cfg", "define host {\n", "nagios"},
        {"web.json", "{\"service\": {}}", "consul"},
        {"list.json", "{\"apiVersion\": \"v1\"}", "kubernetes"},
        {"README.md", "port", ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.path);
        const auto* format = recognise(row.path, row.text);
        CHECK(std::string(format == nullptr ? "" : format->name) == row.format);
    }
}

}  // namespace
}  // namespace portolan::desk
