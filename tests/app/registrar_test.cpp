// From a request to the zone and back, without sockets: handlers, registrar, store and engine.
#include "portolan/app/registrar.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>

#include "../support/zone_text.hpp"
#include "portolan/api/api.hpp"

using namespace portolan;
using namespace portolan::app;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

const std::string plan_text = R"(
zone: a.example
nameservers: {ns1: 192.0.2.53}
contact: dns@corp.example
registry:
  services: {mail: {port: 5002, endpoints: [{host: h1}]}}
  dynamic: {names: [web, worker], ports: 10000-20000}
environments:
  prod: {aliases: [production], networks: [10.1.0.0/16], hosts: {h1: 10.1.0.1}}
)";

struct Folder {
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "portolan-registrar-XXXXXX").string();
        path = mkdtemp(pattern.data());
        write(plan_text);
    }
    ~Folder() { fs::remove_all(path); }
    void write(const std::string& plan) const {
        std::ofstream(path / "plan.yaml", std::ios::binary) << plan;
    }
    fs::path path;
};

/// Nothing to tell.
struct NoOperations final : api::Operations {
    [[nodiscard]] std::string metrics() const override { return ""; }
    [[nodiscard]] std::vector<std::string> obstacles() const override { return {}; }
};

/// A server that is asked by function calls.
struct Server {
    explicit Server(const Folder& folder, bool keeps = true)
        : serials(""), engine({(folder.path / "plan.yaml").string()}, {}, serials, 0,
                              [] { return 1700000000U; }) {
        REQUIRE(engine.load(Engine::Cause::start));
        registrar.emplace(io, engine, keeps ? (folder.path / "state").string() : "",
                          std::vector<registry::Network>{});
        registrar->restore();
        api.emplace(io, *registrar, operations, history, [] { return false; });
        registrar->set_listener([this] { api->changed(); });
    }

    struct Asked {
        std::optional<api::Response> response;
    };
    std::shared_ptr<Asked> begin(const char* method, const std::string& target,
                                 const std::string& body = "", const std::string& token = "",
                                 const char* peer = "127.0.0.1") {
        api::Request request;
        request.method = method;
        REQUIRE(api::read_target(target, request));
        request.body = body;
        request.token = token;
        request.peer = *registry::parse_address(peer);
        auto asked = std::make_shared<Asked>();
        api->handle(request, [asked](api::Response response) {
            REQUIRE_FALSE(asked->response.has_value());
            asked->response = std::move(response);
        });
        return asked;
    }
    /// Runs what is to be done until it is answered.
    api::Response end(const std::shared_ptr<Asked>& asked) {
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!asked->response && std::chrono::steady_clock::now() < limit) {
            io.restart();
            io.run_for(std::chrono::milliseconds(1));
        }
        REQUIRE(asked->response.has_value());
        return *asked->response;
    }
    std::string ask(const char* method, const std::string& target, const std::string& body = "",
                    const std::string& token = "", const char* peer = "127.0.0.1") {
        const auto response = end(begin(method, target, body, token, peer));
        return std::to_string(response.status) + (response.body.empty() ? "" : " " + response.body);
    }
    std::string put(const std::string& body) {
        return ask("PUT", "/v1/agent/service/register", body);
    }
    json::value get(const std::string& target) {
        const auto response = end(begin("GET", target));
        REQUIRE(response.status == 200);
        return json::parse(response.body);
    }
    std::string srv(const char* service) {
        const std::string owner = "_" + std::string(service) + "._tcp.prod.a.example.";
        std::string text;
        for (const auto& line :
             test::ask(engine.published().current().view, {owner.c_str(), "SRV"}).answer)
            text += line.substr(line.find("SRV ") + 4) + " ";
        return text;
    }

    SerialStore serials;
    Engine engine;
    boost::asio::io_context io;
    std::optional<Registrar> registrar;
    NoOperations operations;
    registry::VerdictHistory history;
    std::optional<api::Api> api;
};

const char* const web = R"({"Name":"web","ID":"w1","Address":"10.1.0.5","Port":10001})";

}  // namespace

TEST_CASE("a registration is answered by DNS when its reply comes", "[registrar]") {
    const Folder folder;
    Server server(folder);
    CHECK(server.srv("web").empty());
    CHECK(server.put(web) == "200");
    CHECK(server.srv("web") == "10 100 10001 ip-10-1-0-5.prod.a.example. ");
    CHECK(server.ask("PUT", "/v1/agent/service/deregister/w1") == "200");
    CHECK(server.srv("web").empty());
    CHECK(server.ask("PUT", "/v1/agent/service/deregister/w1").starts_with("404 Unknown service"));
}

TEST_CASE("Consul's fields for SRV put an endpoint where they say", "[registrar]") {
    const Folder folder;
    Server server(folder);
    CHECK(
        server.put(
            R"({"Name":"web","ID":"a","Address":"10.1.0.5","Port":10001,"Meta":{"srv_priority":"5"},"Weights":{"Passing":7,"Warning":1}})") ==
        "200");
    CHECK(server.put(R"({"Name":"mail","Address":"10.1.0.1","Port":5002})") == "200");
    CHECK(server.srv("web") == "5 7 10001 ip-10-1-0-5.prod.a.example. ");
    CHECK(server.srv("mail") == "10 100 5002 h1.prod.a.example. ");  // it is the planned one
}

TEST_CASE("a restart finds what was registered, and not what was withdrawn", "[registrar]") {
    const Folder folder;
    {
        Server server(folder);
        CHECK(server.put(web) == "200");
        CHECK(
            server.put(
                R"({"Name":"web","ID":"w2","Address":"10.1.0.6","Port":10001,"Check":{"TTL":"10s"}})") ==
            "200");
        CHECK(server.put(R"({"Name":"web","ID":"w3","Address":"10.1.0.7","Port":10001})") == "200");
        CHECK(server.ask("PUT", "/v1/agent/check/pass/service:w2") == "200");
        CHECK(server.ask("PUT", "/v1/agent/service/deregister/w3") == "200");
        CHECK(server.ask("PUT", "/v1/agent/service/maintenance/w1?enable=true&reason=x") == "200");
    }
    Server server(folder);
    CHECK(server.srv("web") == "10 100 10001 ip-10-1-0-6.prod.a.example. ");
    CHECK(server.ask("PUT", "/v1/agent/service/maintenance/w1?enable=false") == "200");
    CHECK(server.srv("web") ==
          "10 100 10001 ip-10-1-0-5.prod.a.example. 10 100 10001 ip-10-1-0-6.prod.a.example. ");
}

TEST_CASE("a plan that takes a service away and gives it back finds its registrations",
          "[registrar]") {
    const Folder folder;
    Server server(folder);
    CHECK(server.put(web) == "200");
    std::string without = plan_text;
    without.replace(without.find("[web, worker]"), 13, "[worker]");
    folder.write(without);
    REQUIRE(server.engine.load(Engine::Cause::asked));
    server.registrar->repeat();
    CHECK(server.srv("web").empty());
    CHECK(server.put(R"({"Name":"web","ID":"w2","Address":"10.1.0.6","Port":10001})")
              .starts_with("403 the plan has no service web"));
    folder.write(plan_text);
    REQUIRE(server.engine.load(Engine::Cause::asked));
    server.registrar->repeat();
    CHECK(server.srv("web") == "10 100 10001 ip-10-1-0-5.prod.a.example. ");
}

TEST_CASE("another id of the same service takes over its endpoint", "[registrar]") {
    const Folder folder;
    Server server(folder);
    CHECK(server.put(web) == "200");
    CHECK(server.put(R"({"Name":"web","ID":"w2","Address":"10.1.0.5","Port":10001})") == "200");
    CHECK(server.srv("web") == "10 100 10001 ip-10-1-0-5.prod.a.example. ");
    CHECK(server.ask("GET", "/v1/agent/service/w1").starts_with("404"));
    CHECK(server.put(R"({"Name":"worker","Address":"10.1.0.5","Port":10001})") ==
          "409 10.1.0.5:10001/tcp is registered by web w2 of prod");
}

TEST_CASE("an id that several hosts have means the caller's own, or needs the address",
          "[registrar]") {
    const Folder folder;
    Server server(folder);
    CHECK(server.put(R"({"Name":"web","Address":"10.1.0.5","Port":10001})") == "200");
    CHECK(server.put(R"({"Name":"web","Address":"10.1.0.6","Port":10001})") == "200");
    CHECK(server.ask("PUT", "/v1/agent/service/deregister/web") ==
          "400 web is registered at 10.1.0.5 and 10.1.0.6: say web@10.1.0.5, or another");
    CHECK(server.get("/v1/agent/services").as_object().contains("web@10.1.0.6"));
    CHECK(server.ask("PUT", "/v1/agent/service/deregister/web@10.1.0.6") == "200");
    CHECK(server.srv("web") == "10 100 10001 ip-10-1-0-5.prod.a.example. ");
}

TEST_CASE("a service is not registered past what resolvers take", "[registrar]") {
    const Folder folder;
    Server server(folder);
    for (int i = 0; i < 100; ++i) {
        const auto reply =
            server.put(R"({"Name":"web","ID":")" + std::to_string(i) +
                       R"(","Address":"10.1.0.5","Port":)" + std::to_string(10000 + i) + "}");
        REQUIRE(reply == "200");
    }
    const auto refused = server.put(R"({"Name":"web","ID":"x","Address":"10.1.0.5","Port":10200})");
    CHECK(refused.starts_with("403 "));
    CHECK(refused.ends_with("resolvers refuse more than 100"));
}

TEST_CASE("a blocking query is answered by news of its service alone", "[registrar]") {
    const Folder folder;
    Server server(folder, false);
    CHECK(server.put(web) == "200");
    const auto first = server.end(server.begin("GET", "/v1/health/service/web"));
    REQUIRE(first.headers[0].first == "X-Consul-Index");
    const auto index = first.headers[0].second;
    const auto waiting = server.begin("GET", "/v1/health/service/web?wait=20s&index=" + index);
    CHECK(server.put(R"({"Name":"worker","Address":"10.1.0.5","Port":10002})") == "200");
    CHECK_FALSE(waiting->response.has_value());
    CHECK(server.ask("PUT", "/v1/agent/service/deregister/w1") == "200");
    const auto answer = server.end(waiting);
    CHECK(answer.body == "[]");
    CHECK(std::stoull(answer.headers[0].second) > std::stoull(index));
    const auto idle =
        server.begin("GET", "/v1/health/service/web?wait=5ms&index=" + answer.headers[0].second);
    CHECK(server.end(idle).headers[0].second == answer.headers[0].second);
    CHECK(server.ask("GET", "/v1/health/service/web?index=soon") == "400 Invalid index: soon");
}

TEST_CASE("what Consul's clients read has lists where they need lists", "[registrar]") {
    const Folder folder;
    Server server(folder, false);
    CHECK(
        server.put(
            R"({"Name":"web","Address":"10.1.0.5","Port":10001,"Check":{"TTL":"10s","Status":"warning"}})") ==
        "200");
    const auto element = server.get("/v1/health/service/web").at(0);
    CHECK(element.at("Node").at("Node") == "10.1.0.5");
    CHECK(element.at("Service").at("Tags").as_array().empty());
    CHECK(element.at("Service").at("Port") == 10001);
    CHECK(element.at("Checks").at(0).at("CheckID") == "service:web");
    CHECK(element.at("Checks").at(0).at("Status") == "warning");
    CHECK(server.get("/v1/health/service/web?passing").as_array().empty());
    CHECK(server.get("/v1/health/service/web?dc=prod").as_array().size() == 1);
    CHECK(server.ask("GET", "/v1/health/service/web?dc=nowhere") == "500 No path to datacenter");
    CHECK(server.get("/v1/catalog/service/web").at(0).at("ServicePort") == 10001);
    CHECK(server.get("/v1/catalog/services").at("web").as_array().empty());
    CHECK(server.get("/v1/health/state/warning").as_array().size() == 1);
    CHECK(server.get("/v1/agent/self").at("Config").at("Datacenter") == "prod");
}

TEST_CASE("checks come and go by themselves", "[registrar]") {
    const Folder folder;
    Server server(folder, false);
    CHECK(server.put(web) == "200");
    CHECK(server.ask("PUT", "/v1/agent/check/register",
                     R"({"ID":"c","Name":"n","ServiceID":"w1","TTL":"10s"})") == "200");
    CHECK(server.srv("web").empty());
    CHECK(server.ask("PUT", "/v1/agent/check/pass/c?note=fine") == "200");
    CHECK_FALSE(server.srv("web").empty());
    CHECK(server.ask("PUT", "/v1/agent/check/fail/c") == "200");
    CHECK(server.srv("web").empty());
    CHECK(server.ask("PUT", "/v1/agent/check/deregister/c") == "200");
    CHECK_FALSE(server.srv("web").empty());
    CHECK(server.ask("PUT", "/v1/agent/check/register", R"({"Name":"n","TTL":"10s"})")
              .starts_with("400 a check without ServiceID"));
}

TEST_CASE("who may register is told by address and token", "[registrar]") {
    const Folder folder;
    Server server(folder);
    const std::string path = "/v1/agent/service/register";
    CHECK(server.ask("PUT", path, web, "", "10.1.0.5")
              .starts_with("403 Permission denied: a token is needed from here"));
    Token token;
    token.services = {"web"};
    const auto secret = Tokens((folder.path / "state").string()).add(token);
    REQUIRE(secret.has_value());
    CHECK(server.put(web).starts_with("403 Permission denied: a token is needed, "));
    CHECK(server.ask("PUT", path, web, *secret, "10.1.0.5") == "200");
    CHECK(server.ask("PUT", "/v1/agent/service/deregister/w1").starts_with("403"));
    Token worker;
    worker.services = {"worker"};
    const auto other = Tokens((folder.path / "state").string()).add(worker);
    REQUIRE(other.has_value());
    CHECK(
        server.ask("PUT", "/v1/agent/service/deregister/w1", "", *other).starts_with("403 token "));
    CHECK(server
              .ask("PUT", path, R"({"Name":"worker","ID":"w1","Address":"10.1.0.5","Port":10009})",
                   *other)
              .starts_with("403 token "));  // in the place of one that it may not touch
    CHECK(server.ask("PUT", path, web, "0123") == "403 Permission denied: nobody has that token");
}

TEST_CASE("the description of the API has its paths, and no others", "[registrar]") {
    const Folder folder;
    Server server(folder, false);
    std::set<std::string> described;
    const auto description = json::parse(api::openapi());
    for (const auto& path : description.at("paths").as_object()) {
        for (const auto& method : path.value().as_object()) {
            if (method.key() == "parameters") continue;
            std::string word(method.key());
            for (char& c : word) c = static_cast<char>(std::toupper(c));
            std::string pattern(path.key());
            if (const auto at = pattern.find("{id}"); at != std::string::npos)
                pattern.replace(at, 4, ":id");
            described.insert(word + " " + pattern);
        }
    }
    const std::set<std::string> own{"GET /v1/explain",     "GET /v1/find",    "GET /v1/map",
                                    "GET /v1/events",      "GET /v1/history", "GET /v1/whatif",
                                    "POST /v1/allocations"};
    std::set<std::string> served;
    for (const auto& each : server.api->listing())
        if (each.find("/v1/portolan/") != std::string::npos || own.contains(each))
            served.insert(each);
    CHECK(described == served);
}

TEST_CASE("the native API announces, renews and withdraws", "[registrar]") {
    const Folder folder;
    Server server(folder, false);
    const std::string all = "/v1/portolan/registrations";
    const auto reply = server.end(server.begin(
        "PUT", all,
        R"({"service":"web","id":"w1","address":"10.1.0.5","port":10001,"lease":"1s","environment":"production"})"));
    REQUIRE(reply.status == 200);
    CHECK(json::parse(reply.body).at("environment") == "prod");
    CHECK(json::parse(reply.body).at("verdict") == "passing");
    CHECK(server.ask("PUT", all + "/w1/renew") == "200");
    CHECK(server.get(all + "?service=web").as_array().size() == 1);
    CHECK(server.get("/v1/portolan/services?service=web").at(0).at("endpoints").at(0).at("port") ==
          10001);
    CHECK(server.get("/v1/portolan/status").at("registrations") == 1);
    CHECK(server.ask("PUT", all + "/w1/aside?as=sideways") == "400 as is maintenance or draining");
    CHECK(server.ask("PUT", all + "/w1/aside?as=draining&for=long") ==
          "400 for is a duration, as 30s or 5m");
    std::this_thread::sleep_for(std::chrono::milliseconds(1050));
    server.io.restart();
    server.io.run_for(std::chrono::milliseconds(30));
    CHECK(server.get(all).as_array().empty());
    CHECK(server.srv("web").empty());
    CHECK(server.ask("DELETE", all + "/w1").starts_with("404"));
    CHECK(server.ask("PUT", all, R"({"service":"web"})") == "400 address \"\" is no IP address");
}

TEST_CASE("a map that is being put together begins anew when the plans change", "[registrar]") {
    const auto plan_with = [](const char* type, const char* environment) {
        std::string applications;
        for (int id = 1; id < 100; ++id) applications += fmt::format("a{}: {}, ", id, id);
        return fmt::format(R"(
zone: a.example
nameservers: {{ns1: 192.0.2.53}}
contact: dns@corp.example
convention:
  pattern: XYYZZ
  fields: {{X: instance, YY: application, ZZ: type}}
  instances: 1-4
  applications: {{{}}}
  types: {{{}: 1}}
environments:
  {}: {{hosts: {{h1: 10.1.0.1}}, place: {{default: h1}}}}
)",
                           applications, type, environment);
    };
    const Folder folder;
    folder.write(plan_with("old", "prod"));
    Server server(folder);
    const auto asked = server.begin("GET", "/v1/map?environment=prod");
    CHECK_FALSE(asked->response);
    const auto load = [&](const std::string& text) {
        folder.write(text);
        REQUIRE(server.engine.load(Engine::Cause::asked));
        server.api->loaded();
    };
    SECTION("another type") {
        load(plan_with("new", "prod"));
        const auto map = json::parse(server.end(asked).body);
        std::set<std::string> services;
        for (const auto& row : map.at("rows").as_array())
            services.emplace(row.at("service").as_string());
        CHECK(map.at("rows").as_array().size() == 99 * 4);
        CHECK(services.size() == 99);
        CHECK(*services.begin() == "a1-new");
    }
    SECTION("no such environment any more") {
        load(plan_with("old", "dev"));
        const auto response = server.end(asked);
        CHECK(response.status == 404);
        CHECK(response.body == "no zone has an environment \"prod\"");
    }
}
