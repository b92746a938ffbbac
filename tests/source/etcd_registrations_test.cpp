// Two servers' stores over one of Debian's etcd-servers.
#include "portolan/source/etcd_registrations.hpp"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <map>

#include "../support/etcd_cluster.hpp"
#include "../support/etcd_running.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/registry/registration_json.hpp"

using namespace portolan;
using namespace std::chrono_literals;
using source::EtcdRegistrations;
using source::NotKept;
using test::EtcdCluster;
using test::runs_until;

namespace {

registry::Registered web(const std::string& id, int port = 80, const std::string& service = "web") {
    registry::Registration one;
    one.said = *registry::announcement_from(*registry::parse_json(
        R"({"service":")" + service + R"(","environment":"prod","protocol":"tcp",)" +
        R"("address":"10.1.0.11","port":)" + std::to_string(port) + R"(,"id":")" + id +
        R"(","checks":[{"heartbeat":{"ttl":"5s"}}]})"));
    one.zone = dns::name_from("z.example.");
    one.environment = "prod";
    registry::Catalog catalog(1);
    auto registered = catalog.put(one, registry::Moment(1000));
    registered.created = registered.changed = 0;
    return registered;
}

/// One server's store, and what it has heard: "web-1:80=critical" by id.
struct Node {
    Node(boost::asio::io_context& io, const source::EtcdSettings& settings)
        : etcd(io, settings), store(io, etcd) {
        store.follow(
            {[this](const auto& all, std::uint64_t) {
                 heard.clear();
                 for (const auto& each : all) hear(each);
                 words += "whole ";
             },
             [this](const registry::Registered& one) { hear(one); },
             [this](const registry::RegistrationKey& key, std::uint64_t) { heard.erase(key.id); },
             [this](const source::EtcdError&) { words += "cut "; }, [this] { words += "back "; }});
    }
    void hear(const registry::Registered& one) {
        heard[one.said().id] = std::to_string(one.said().port) + "=" +
                               to_string(one.checks.at(0).verdict) +
                               (one.keeper.empty() ? "" : " by " + one.keeper);
        revisions[one.said().id] = {one.created, one.changed};
    }

    source::Etcd etcd;
    EtcdRegistrations store;
    std::map<std::string, std::string> heard;
    std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> revisions;
    std::string words;
};

/// How a write has ended: "kept", "overtaken", or why not.
std::string outcome(boost::asio::io_context& io, Node& node, source::Write write) {
    std::string said;
    node.store.submit(std::move(write), [&said](const std::optional<NotKept>& error) {
        said = !error ? "kept" : error->is_overtaken ? "overtaken" : error->reason;
    });
    runs_until(io, [&] { return !said.empty(); });
    return said;
}

source::write::State verdict(const registry::Registered& one, registry::Verdict verdict) {
    return {one, [verdict](registry::Registered& other) {
                return std::exchange(other.checks.at(0).verdict, verdict) != verdict;
            }};
}

using Heard = std::map<std::string, std::string>;

struct Two {
    explicit Two(const EtcdCluster& cluster)
        : a(io, cluster.settings()), b(io, cluster.settings()) {
        REQUIRE(runs_until(io, [this] { return !a.words.empty() && !b.words.empty(); }));
        REQUIRE(runs_until(io, [this] { return !a.store.fault() && !b.store.fault(); }));
    }
    boost::asio::io_context io;
    Node a, b;
};

}  // namespace

TEST_CASE("what one server registers all servers hear, under the same numbers", "[store]") {
    const EtcdCluster cluster;
    Two two(cluster);
    auto& io = two.io;
    auto& a = two.a;
    auto& b = two.b;
    auto one = web("w1");
    one.keeper = "a";
    CHECK(outcome(io, a, source::write::Put{one}) == "kept");
    CHECK(a.heard == Heard{{"w1", "80=critical by a"}});  // the writer before its reply
    CHECK(runs_until(io, [&] { return b.heard == Heard{{"w1", "80=critical by a"}}; }));
    CHECK(outcome(io, b, verdict(one, registry::Verdict::passing)) == "kept");
    CHECK(runs_until(io, [&] { return a.heard == Heard{{"w1", "80=passing by a"}}; }));
    CHECK(a.revisions == b.revisions);
    CHECK(a.revisions["w1"].second == a.revisions["w1"].first + 1);
    CHECK(outcome(io, b, source::write::Remove{one.registration.key()}) == "kept");
    CHECK(runs_until(io, [&] { return a.heard.empty(); }));
}

TEST_CASE("of two that want one endpoint at the same time one is overtaken", "[store]") {
    const EtcdCluster cluster;
    Two two(cluster);
    auto& io = two.io;
    auto& a = two.a;
    auto& b = two.b;
    std::string outcomes;
    const auto note = [&outcomes](const std::optional<NotKept>& error) {
        outcomes += !error ? "kept " : error->is_overtaken ? "overtaken " : error->reason + " ";
    };
    a.store.submit(source::write::Put{web("w1", 80, "web")}, note);
    b.store.submit(source::write::Put{web("m1", 80, "mail")}, note);
    CHECK(runs_until(
        io, [&] { return outcomes == "kept overtaken " || outcomes == "overtaken kept "; }));
    CHECK(runs_until(io, [&] { return a.heard.size() == 1 && a.heard == b.heard; }));
}

TEST_CASE("an endpoint is free again when its registration moves or goes", "[store]") {
    const EtcdCluster cluster;
    Two two(cluster);
    auto& io = two.io;
    auto& a = two.a;
    auto& b = two.b;
    CHECK(outcome(io, a, source::write::Put{web("w1", 80)}) == "kept");
    CHECK(outcome(io, a, source::write::Put{web("w1", 81)}) == "kept");
    CHECK(outcome(io, a, source::write::Put{web("w2", 80)}) == "kept");
    CHECK(outcome(io, a, source::write::Remove{web("w2").registration.key()}) == "kept");
    CHECK(outcome(io, a, source::write::Put{web("w3", 80)}) == "kept");
    source::write::Put displacing{web("w4", 80)};
    displacing.displaced = web("w3").registration.key();
    CHECK(outcome(io, a, displacing) == "kept");
    CHECK(runs_until(io, [&] {
        return b.heard == Heard{{"w1", "81=critical"}, {"w4", "80=critical"}};
    }));
    CHECK(source::check_store(cluster.settings()).empty());
}

TEST_CASE("changes of state by two servers at the same time are both there", "[store]") {
    const EtcdCluster cluster;
    Two two(cluster);
    auto& io = two.io;
    auto& a = two.a;
    auto& b = two.b;
    const auto one = web("w1");
    REQUIRE(outcome(io, a, source::write::Put{one}) == "kept");
    REQUIRE(runs_until(io, [&] { return !b.heard.empty(); }));
    int kept = 0;
    const auto count = [&kept](const std::optional<NotKept>& error) { kept += error ? 0 : 1; };
    for (int i = 0; i < 20; ++i) {
        a.store.submit(
            verdict(one, i % 2 == 0 ? registry::Verdict::passing : registry::Verdict::warning),
            count);
        b.store.submit(source::write::State{one,
                                            [i](registry::Registered& other) {
                                                other.keeper = "k" + std::to_string(i);
                                                return true;
                                            }},
                       count);
    }
    CHECK(runs_until(io, [&] { return kept == 40; }));
    // Who wrote last has heard it by then; the other hears it in its time.
    CHECK(runs_until(io, [&] { return a.heard == Heard{{"w1", "80=warning by k19"}}; }));
    CHECK(runs_until(io, [&] { return b.heard == a.heard; }));
}

TEST_CASE("what was judged by something older is overtaken", "[store]") {
    const EtcdCluster cluster;
    Two two(cluster);
    auto& io = two.io;
    auto& a = two.a;
    auto& b = two.b;
    const auto one = web("w1");
    REQUIRE(outcome(io, a, source::write::Put{one}) == "kept");
    REQUIRE(runs_until(io, [&] { return !b.heard.empty(); }));
    std::string state, removal;
    b.store.submit(verdict(one, registry::Verdict::passing),
                   [&](const auto& error) { state = error ? error->reason : "kept"; });
    b.store.submit(source::write::Remove{one.registration.key()}, [&](const auto& error) {
        removal = !error ? "kept" : error->is_overtaken ? "overtaken" : error->reason;
    });
    REQUIRE(runs_until(io, [&] { return !state.empty() && !removal.empty(); }));
    CHECK(state == "kept");
    CHECK(removal == "overtaken");  // it was to remove what was critical
    CHECK(b.heard == Heard{{"w1", "80=passing"}});
}

TEST_CASE("while etcd is away nothing is kept, and what was there is as it was", "[store]") {
    EtcdCluster cluster;
    Two two(cluster);
    auto& io = two.io;
    auto& a = two.a;
    auto& b = two.b;
    const auto one = web("w1");
    REQUIRE(outcome(io, a, source::write::Put{one}) == "kept");
    cluster.kill(0);
    REQUIRE(runs_until(io, [&] { return a.store.fault().has_value(); }));
    CHECK(outcome(io, a, source::write::Put{web("w2", 81)}).starts_with("etcd at 127.0.0.1:"));
    CHECK(
        outcome(io, a, verdict(one, registry::Verdict::passing)).starts_with("etcd at 127.0.0.1:"));
    CHECK(a.heard == Heard{{"w1", "80=critical"}});
    cluster.start(0);
    REQUIRE(runs_until(io, [&] { return !a.store.fault().has_value(); }));
    CHECK(outcome(io, a, verdict(one, registry::Verdict::passing)) == "kept");
    CHECK(outcome(io, a, source::write::Put{web("w2", 81)}) == "kept");
    CHECK(runs_until(io, [&] {
        return b.heard == Heard{{"w1", "80=passing"}, {"w2", "81=critical"}};
    }));
}

TEST_CASE("a change of etcd's leader delays a write and no more", "[store]") {
    EtcdCluster cluster(3);
    Two two(cluster);
    auto& io = two.io;
    auto& a = two.a;
    auto& b = two.b;
    for (std::size_t i = 0; i < 3; ++i) {
        INFO("without e" << i);
        cluster.kill(i);
        CHECK(outcome(io, a, source::write::Put{web("w" + std::to_string(i), 80 + int(i))}) ==
              "kept");
        cluster.start(i);
        cluster.await(i);
    }
    CHECK(runs_until(io, [&] { return b.heard.size() == 3; }));
}

TEST_CASE("what is no registration is named, and harms no other", "[store]") {
    const EtcdCluster cluster;
    Two two(cluster);
    auto& io = two.io;
    auto& a = two.a;
    auto& b = two.b;
    std::optional<bool> is_done;
    a.etcd.txn({{},
                {source::etcd::Put{"registrations/by-id/10.1.0.11/w1", "{"},
                 source::etcd::Put{"registrations/by-endpoint/10.1.0.11/9/tcp", "10.1.0.11/w9"}},
                {}},
               [&is_done](const auto& said) { is_done = said && said->is_done; });
    REQUIRE(runs_until(io, [&] { return is_done.has_value(); }));
    const auto faults = source::check_store(cluster.settings());
    REQUIRE(faults.size() == 2);
    CHECK(faults[0] == "registrations/by-endpoint/10.1.0.11/9/tcp: 10.1.0.11/w9 does not hold it");
    CHECK(faults[1] ==
          "registrations/by-id/10.1.0.11/w1: this is no JSON from octet 2 on: "
          "incomplete JSON");
    CHECK(a.heard.empty());
    CHECK(runs_until(io, [&] { return outcome(io, a, source::write::Put{web("w1")}) == "kept"; }));
    CHECK(runs_until(io, [&] { return b.heard == Heard{{"w1", "80=critical"}}; }));
}

TEST_CASE("registrations go out of etcd as lines and come in from them", "[store]") {
    const EtcdCluster cluster;
    const auto settings = cluster.settings();
    std::vector<std::string> lines;
    for (int i = 0; i < 120; ++i)
        lines.push_back(registry::kept_text(web("w" + std::to_string(i), 1000 + i)));
    CHECK(source::import_store(settings, lines) == 120);
    CHECK(source::check_store(settings).empty());
    auto out = source::export_store(settings);
    std::ranges::sort(out);
    std::ranges::sort(lines);
    CHECK(out == lines);
    CHECK_THROWS_WITH(
        source::import_store(settings, {lines[0]}),
        "lines 1 to 1: something is registered there already; the lines before are in");
}
