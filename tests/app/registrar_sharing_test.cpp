// Several servers' registrars over one of Debian's etcd-servers.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "../support/etcd_cluster.hpp"
#include "../support/etcd_running.hpp"
#include "../support/zone_text.hpp"
#include "portolan/app/registrar.hpp"

using namespace portolan;
using namespace portolan::app;
using namespace std::chrono_literals;
using test::runs_until;
namespace fs = std::filesystem;

namespace {

struct PlanFile {
    PlanFile() {
        std::string pattern = (fs::temp_directory_path() / "portolan-sharing-XXXXXX").string();
        folder = mkdtemp(pattern.data());
        std::ofstream(folder / "plan.yaml") << R"(
zone: a.example
nameservers: {ns1: 192.0.2.53}
contact: dns@corp.example
registry:
  dynamic: {names: [web, worker], ports: 10000-20000}
environments:
  prod: {networks: [10.1.0.0/16]}
)";
    }
    ~PlanFile() { fs::remove_all(folder); }
    fs::path folder;
};

/// One server: its engine and its registrar.
struct Node {
    Node(boost::asio::io_context& io, const source::EtcdSettings& settings, const PlanFile& plan,
         const std::string& name)
        : io_(io), serials(""), engine({(plan.folder / "plan.yaml").string()}, {}, serials, 0,
                                       [] { return 1700000000U; }),
          etcd(io, settings) {
        REQUIRE(engine.load(Engine::Cause::start));
        registrar.emplace(io, engine, "", std::vector<registry::Network>{},
                          Registrar::Sharing{etcd, name});
        registrar->restore([this] { is_ready = true; });
        registrar->set_prober([this](auto wanted, const auto&) {
            for (auto& each : wanted) targets.push_back(each.key);
        });
        REQUIRE(runs_until(io, [this] { return is_ready; }));
    }

    static registry::Announcement web(const std::string& id, registry::Port port,
                                      const registry::Check& check,
                                      const std::string& service = "web") {
        registry::Announcement said;
        said.id = id;
        said.service = service;
        said.address = *registry::parse_address("10.1.0.5");
        said.port = port;
        said.checks.push_back({.id = "service:" + id, .name = "", .notes = "", .check = check});
        return said;
    }
    static registry::RegistrationKey key(const std::string& id) {
        return {*registry::parse_address("10.1.0.5"), id};
    }
    static api::Caller caller() {
        api::Caller out;
        out.address = *registry::parse_address("127.0.0.1");
        return out;
    }

    std::string end(const std::function<void(api::Registrar::Done)>& begin) {
        std::optional<std::string> said;
        begin([&said](const std::optional<registry::Refusal>& refusal) {
            said = refusal ? refusal->reason : "done";
        });
        runs_until(io_, [&] { return said.has_value(); });
        return said.value_or("no reply");
    }
    std::string announce(const registry::Announcement& said) {
        return end([&](auto done) { registrar->announce(said, caller(), done); });
    }
    std::string pass(const std::string& id) {
        return end([&](auto done) {
            registrar->report(key(id), 0, registry::Verdict::passing, "", caller(), done);
        });
    }
    /// "passing by a", "" when it is not there.
    [[nodiscard]] std::string state(const std::string& id) const {
        const auto* one = registrar->catalog().find(key(id));
        return one == nullptr ? "" : to_string(one->health()) + std::string(" by ") + one->keeper;
    }
    std::string srv() {
        std::string text;
        for (const auto& line :
             test::ask(engine.published().current().view, {"_web._tcp.prod.a.example.", "SRV"})
                 .answer)
            text += line.substr(line.find("SRV ") + 4) + " ";
        return text;
    }

    boost::asio::io_context& io_;
    SerialStore serials;
    Engine engine;
    source::Etcd etcd;
    std::optional<Registrar> registrar;
    std::vector<std::string> targets;
    bool is_ready = false;
};

registry::Check heartbeat(std::chrono::milliseconds ttl) {
    registry::Check check;
    check.how = registry::HeartbeatCheck{ttl};
    return check;
}

registry::Check tcp() {
    registry::Check check;
    check.how = registry::TcpCheck{};
    return check;
}

struct Two {
    explicit Two(const test::EtcdCluster& cluster)
        : a(io, cluster.settings(), plan, "a"), b(io, cluster.settings(), plan, "b") {}
    bool both(const std::string& id, const std::string& state) {
        return runs_until(io, [&] { return a.state(id) == state && b.state(id) == state; });
    }
    PlanFile plan;
    boost::asio::io_context io;
    Node a, b;
};

}  // namespace

TEST_CASE("the server that hears a heartbeat is the keeper, and the next one only at need",
          "[registrar]") {
    const test::EtcdCluster cluster;
    Two two(cluster);
    CHECK(two.a.announce(Node::web("w1", 10001, heartbeat(2s))) == "done");
    CHECK(two.both("w1", "critical by a"));
    CHECK(two.b.pass("w1") == "done");
    CHECK(two.both("w1", "passing by b"));
    const auto index = two.b.registrar->catalog().index();
    CHECK(two.b.pass("w1") == "done");
    CHECK(two.b.registrar->catalog().index() == index);  // nothing was written
    CHECK(two.a.pass("w1") == "done");
    CHECK(two.both("w1", "passing by a"));
    CHECK(two.a.srv() == "10 100 10001 ip-10-1-0-5.prod.a.example. ");
    CHECK(two.b.srv() == two.a.srv());
    CHECK(two.both("w1", "critical by a"));  // silent
    CHECK(runs_until(two.io, [&] { return two.b.srv().empty(); }));
}

TEST_CASE("when the keeper is gone another judges, after the full time again", "[registrar]") {
    const test::EtcdCluster cluster;
    Two two(cluster);
    CHECK(two.a.announce(Node::web("w1", 10001, heartbeat(1s))) == "done");
    CHECK(two.a.pass("w1") == "done");
    CHECK(two.both("w1", "passing by a"));
    two.a.registrar.reset();
    two.b.registrar->set_members({"b"});
    CHECK(runs_until(two.io, [&] { return two.b.state("w1") == "passing by b"; }));
    CHECK_FALSE(runs_until(
        two.io, [&] { return two.b.state("w1") != "passing by b"; }, 700ms));
    CHECK(runs_until(two.io, [&] { return two.b.state("w1") == "critical by b"; }));
}

TEST_CASE("while cut off no heartbeat is acknowledged, and what a probe found is told afterwards",
          "[registrar]") {
    test::EtcdCluster cluster;
    Two two(cluster);
    CHECK(two.a.announce(Node::web("w1", 10001, tcp())) == "done");
    CHECK(two.a.announce(Node::web("w2", 10002, heartbeat(600s))) == "done");
    REQUIRE(runs_until(two.io, [&] { return two.a.targets.size() == 1; }));
    cluster.kill(0);
    REQUIRE(runs_until(two.io, [&] { return two.a.pass("w2") != "done"; }));
    CHECK(two.a.pass("w2").starts_with("nothing can be kept now: etcd at 127.0.0.1:"));
    health::Report report;
    report.key = two.a.targets.front();
    report.verdict = registry::Verdict::passing;
    two.a.registrar->conclude(report);
    CHECK(two.a.state("w1") == "critical by a");
    cluster.start(0);
    CHECK(two.both("w1", "passing by a"));
}

TEST_CASE("two programs that want one port at two servers at once: one has it, one is told who",
          "[registrar]") {
    const test::EtcdCluster cluster;
    Two two(cluster);
    std::vector<std::string> said;
    const auto note = [&said](const std::optional<registry::Refusal>& refusal) {
        said.push_back(refusal ? refusal->reason : "done");
    };
    two.a.registrar->announce(Node::web("w1", 10001, tcp()), Node::caller(), note);
    two.b.registrar->announce(Node::web("m1", 10001, tcp(), "worker"), Node::caller(), note);
    REQUIRE(runs_until(two.io, [&] { return said.size() == 2; }));
    std::ranges::sort(said);  // either may be first
    const bool is_web = two.a.state("w1") != "";
    CHECK(said[0] == std::string("10.1.0.5:10001/tcp is registered by ") +
                         (is_web ? "web w1 of prod" : "worker m1 of prod"));
    CHECK(said[1] == "done");
}
