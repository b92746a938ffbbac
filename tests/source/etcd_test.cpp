// Against Debian's etcd-server.
#include "portolan/source/etcd.hpp"

#include <sys/wait.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>

#include "../support/etcd_cluster.hpp"
#include "../support/etcd_outcome.hpp"
#include "../support/etcd_running.hpp"
#include "portolan/source/registration_store.hpp"

using namespace portolan;
using namespace std::chrono_literals;
using source::Etcd;
using source::EtcdError;
using test::EtcdCluster;
using test::runs_until;
using Kind = EtcdError::Kind;
namespace etcd = source::etcd;

namespace {

/// What an operation has said.
template <class T, class Start>
source::OrEtcdError<T> outcome(boost::asio::io_context& io, const Start& start) {
    std::optional<source::OrEtcdError<T>> said;
    start([&said](const auto& result) { said = result; });
    if (!runs_until(io, [&] { return said.has_value(); }))
        return EtcdError{Kind::unknown, "nothing was called back"};
    return *said;
}

source::OrEtcdError<etcd::Committed> commit(boost::asio::io_context& io, Etcd& client,
                                            const etcd::Txn& txn) {
    return outcome<etcd::Committed>(io, [&](auto done) { client.txn(txn, done); });
}

source::OrEtcdError<etcd::Committed> put(boost::asio::io_context& io, Etcd& client,
                                         const std::string& key, const std::string& value) {
    return commit(io, client, {{}, {etcd::Put{key, value}}, {}});
}

/// What a watch has told, as the keys that there should be, and as words.
struct Seen {
    Etcd::WatchEvents events() {
        return {[this](const etcd::State& state) {
                    words += "whole ";
                    keys.clear();
                    for (const auto& each : state.keys) keys[each.key] = each.value;
                    revision = state.revision;
                },
                [this](const std::vector<etcd::Event>& changed) {
                    for (const auto& each : changed) {
                        if (each.now.mod_revision < revision) words += "backwards ";
                        revision = each.now.mod_revision;
                        if (each.is_deleted) {
                            keys.erase(each.now.key);
                        } else {
                            keys[each.now.key] = each.now.value;
                        }
                    }
                },
                [this](const EtcdError& error) {
                    words += "cut ";
                    why = error;
                },
                [this] { words += "back "; }};
    }
    std::map<std::string, std::string> keys;
    std::uint64_t revision = 0;
    std::string words;
    EtcdError why;
};

using Keys = std::map<std::string, std::string>;

}  // namespace

TEST_CASE("etcd keeps what a transaction says, or says what is there instead", "[source]") {
    const EtcdCluster cluster;
    boost::asio::io_context io;
    Etcd client(io, cluster.settings());
    const etcd::Txn claim{{{"a", etcd::Compare::What::created, 0}},
                          {etcd::Put{"a", std::string("\0\xff mine", 7)}},
                          {etcd::Get{"a"}}};
    const auto first = commit(io, client, claim);
    REQUIRE(first);
    CHECK(first->is_done);
    const auto second = commit(io, client, claim);
    REQUIRE(second);
    CHECK_FALSE(second->is_done);
    REQUIRE(second->found.size() == 1);
    CHECK(second->found[0].key == "a");
    CHECK(second->found[0].value == std::string("\0\xff mine", 7));
    CHECK(second->found[0].mod_revision == first->revision);

    REQUIRE(commit(io, client, {{}, {etcd::Delete{"a"}}, {}}));
    const auto all = outcome<etcd::State>(io, [&](auto done) { client.read("", done); });
    REQUIRE(all);
    CHECK(all->keys.empty());
    CHECK(all->revision == first->revision + 1);
}

TEST_CASE("thousands of keys are read as of one revision", "[source]") {
    const EtcdCluster cluster;
    boost::asio::io_context io;
    Etcd client(io, cluster.settings());
    for (int i = 0; i < 30; ++i) {
        etcd::Txn txn;
        for (int j = 0; j < 100; ++j)
            txn.then.emplace_back(etcd::Put{"k/" + std::to_string(i * 100 + j), "value", 0});
        REQUIRE(commit(io, client, txn));
    }
    REQUIRE(put(io, client, "other", ""));
    const auto all = outcome<etcd::State>(io, [&](auto done) { client.read("k/", done); });
    REQUIRE(all);
    CHECK(all->keys.size() == 3000);
}

TEST_CASE("what etcd refuses is not said again", "[source]") {
    const EtcdCluster cluster;
    boost::asio::io_context io;
    Etcd client(io, cluster.settings());
    const auto large = put(io, client, "a", std::string(1700000, 'x'));
    REQUIRE_FALSE(large);
    CHECK(large.error().kind == Kind::refused);
    CHECK(large.error().text.ends_with("etcdserver: request is too large"));
}

TEST_CASE("an etcd that is not there is an error that names it", "[source]") {
    boost::asio::io_context io;
    source::EtcdSettings settings;
    settings.places = {{"127.0.0.1", 1}};
    Etcd client(io, settings);
    const auto said = put(io, client, "a", "");
    REQUIRE_FALSE(said);
    CHECK(said.error().kind == Kind::unreachable);
    CHECK(said.error().text == "etcd at 127.0.0.1:1: Connection refused");
}

TEST_CASE("a watch tells everything, then each change", "[source]") {
    const EtcdCluster cluster;
    boost::asio::io_context io;
    Etcd client(io, cluster.settings());
    REQUIRE(put(io, client, "r/a", "1"));
    Seen seen;
    const auto watch = client.watch("r/", seen.events());
    REQUIRE(runs_until(io, [&] { return !seen.keys.empty(); }));
    CHECK(seen.keys == Keys{{"r/a", "1"}});
    REQUIRE(put(io, client, "r/b", "2"));
    REQUIRE(put(io, client, "q", "not watched"));
    REQUIRE(commit(io, client, {{}, {etcd::Delete{"r/a"}, etcd::Put{"r/c", "3"}}, {}}));
    CHECK(runs_until(io, [&] { return seen.keys == Keys{{"r/b", "2"}, {"r/c", "3"}}; }));
    CHECK(seen.words == "back whole ");
}

TEST_CASE("a watch goes on after etcd was restarted, and misses nothing", "[source]") {
    EtcdCluster cluster;
    boost::asio::io_context io;
    Etcd client(io, cluster.settings());
    REQUIRE(put(io, client, "a", "1"));
    Seen seen;
    const auto watch = client.watch("", seen.events());
    REQUIRE(runs_until(io, [&] { return !seen.keys.empty(); }));
    cluster.kill(0);
    REQUIRE(runs_until(io, [&] { return seen.words == "back whole cut "; }));
    cluster.start(0);
    cluster.await(0);
    boost::asio::io_context others;
    Etcd other(others, cluster.settings());
    REQUIRE(put(others, other, "a", "2"));
    REQUIRE(put(others, other, "b", "3"));
    CHECK(runs_until(io, [&] { return seen.keys == Keys{{"a", "2"}, {"b", "3"}}; }));
    CHECK(seen.words == "back whole cut back ");
    CHECK(put(io, client, "c", "4"));  // over a connection that etcd has closed meanwhile
}

TEST_CASE("a watch whose past was compacted meanwhile reads everything again", "[source]") {
    EtcdCluster cluster;
    boost::asio::io_context io;
    Etcd client(io, cluster.settings());
    REQUIRE(put(io, client, "a", "1"));
    REQUIRE(put(io, client, "gone", "1"));
    Seen seen;
    const auto watch = client.watch("", seen.events());
    REQUIRE(runs_until(io, [&] { return !seen.keys.empty(); }));
    cluster.kill(0);
    REQUIRE(runs_until(io, [&] { return seen.words == "back whole cut "; }));
    cluster.start(0);
    cluster.await(0);
    boost::asio::io_context others;
    Etcd other(others, cluster.settings());
    REQUIRE(commit(others, other, {{}, {etcd::Delete{"gone"}}, {}}));
    const auto last = put(others, other, "a", "2");
    REQUIRE(last);
    static_cast<void>(cluster.post("/v3/kv/compaction",
                                   R"({"revision":")" + std::to_string(last->revision) + R"("})"));
    CHECK(runs_until(io, [&] { return seen.keys == Keys{{"a", "2"}}; }));
    CHECK(runs_until(io, [&] { return seen.words == "back whole cut back whole "; }));
}

TEST_CASE("one etcd of three may go, at any time", "[source]") {
    EtcdCluster cluster(3);
    boost::asio::io_context io;
    Etcd client(io, cluster.settings());
    REQUIRE(put(io, client, "a", "0"));
    Seen seen;
    const auto watch = client.watch("", seen.events());
    REQUIRE(runs_until(io, [&] { return !seen.keys.empty(); }));
    for (std::size_t one = 0; one < 3; ++one) {
        const auto value = std::to_string(one + 1);
        INFO("without e" << one);
        cluster.kill(one);
        // While the others agree on a leader, a write may end without an answer.
        CHECK(runs_until(io, [&] {
            const auto said = put(io, client, "a", value);
            return said.has_value();
        }));
        CHECK(runs_until(io, [&] { return seen.keys == Keys{{"a", value}}; }));
        cluster.start(one);
        cluster.await(one);
    }
    CHECK(seen.words.find("backwards") == std::string::npos);
}

TEST_CASE("a frozen etcd is left for another", "[source]") {
    EtcdCluster cluster(3);
    boost::asio::io_context io;
    auto settings = cluster.settings();
    settings.patience = 500ms;
    Etcd client(io, settings);
    Seen seen;
    const auto watch = client.watch("", seen.events());
    REQUIRE(runs_until(io, [&] { return seen.words == "back whole "; }));
    cluster.freeze(0);
    boost::asio::io_context others;
    settings.places.erase(settings.places.begin());
    Etcd other(others, settings);
    CHECK(runs_until(others, [&] { return put(others, other, "a", "1").has_value(); }));
    CHECK(runs_until(io, [&] { return seen.keys == Keys{{"a", "1"}}; }));
    cluster.thaw(0);
}

TEST_CASE("an etcd without its majority does not answer, and the watch says that it is cut",
          "[source]") {
    EtcdCluster cluster(3);
    boost::asio::io_context io;
    auto settings = cluster.settings();
    settings.patience = 500ms;
    Etcd client(io, settings);
    REQUIRE(put(io, client, "a", "1"));
    Seen seen;
    const auto watch = client.watch("", seen.events());
    REQUIRE(runs_until(io, [&] { return !seen.keys.empty(); }));
    cluster.kill(1);
    cluster.kill(2);
    CHECK(runs_until(io, [&] { return seen.words == "back whole cut "; }));
    const auto said = put(io, client, "a", "2");
    REQUIRE_FALSE(said);
    CHECK(said.error().kind != Kind::refused);
    cluster.start(1);
    cluster.await(1);
    CHECK(runs_until(io, [&] { return seen.words == "back whole cut back "; }));
    CHECK(runs_until(io, [&] { return put(io, client, "a", "3").has_value(); }));
    CHECK(runs_until(io, [&] { return seen.keys == Keys{{"a", "3"}}; }));
}

TEST_CASE("a lease is kept alive, and its keys go with it", "[source]") {
    const EtcdCluster cluster;
    boost::asio::io_context io;
    Etcd client(io, cluster.settings());
    Seen seen;
    const auto watch = client.watch("", seen.events());
    std::uint64_t id = 0;
    bool is_lost = false;
    auto lease = client.lease(2s, {[&](std::uint64_t granted) { id = granted; },
                                   [&](const EtcdError&) { is_lost = true; }});
    REQUIRE(runs_until(io, [&] { return id != 0; }));
    REQUIRE(commit(io, client, {{}, {etcd::Put{"members/n1", "", id}}, {}}));
    REQUIRE(runs_until(io, [&] { return seen.keys.size() == 1; }));
    CHECK_FALSE(runs_until(
        io, [&] { return is_lost || seen.keys.empty(); }, 5s));
    lease.reset();
    CHECK(runs_until(
        io, [&] { return seen.keys.empty(); }, 1s));
    CHECK_FALSE(is_lost);
}

TEST_CASE("a lease is lost by our own clock before etcd's", "[source]") {
    EtcdCluster cluster;
    boost::asio::io_context io;
    Etcd client(io, cluster.settings());
    std::uint64_t id = 0;
    int losses = 0;
    const auto lease = client.lease(
        2s, {[&](std::uint64_t granted) { id = granted; }, [&](const EtcdError&) { ++losses; }});
    REQUIRE(runs_until(io, [&] { return id != 0; }));
    cluster.freeze(0);
    CHECK(runs_until(
        io, [&] { return losses == 1; }, 2s));
    cluster.thaw(0);
    CHECK_FALSE(runs_until(
        io, [&] { return losses == 2; }, 1s));
}

TEST_CASE("a lease that somebody revoked is lost", "[source]") {
    const EtcdCluster cluster;
    boost::asio::io_context io;
    Etcd client(io, cluster.settings());
    std::uint64_t id = 0;
    std::string why;
    const auto lease = client.lease(2s, {[&](std::uint64_t granted) { id = granted; },
                                         [&](const EtcdError& error) { why = error.text; }});
    REQUIRE(runs_until(io, [&] { return id != 0; }));
    static_cast<void>(
        cluster.post("/v3/lease/revoke", R"({"ID":")" + std::to_string(id) + R"("})"));
    CHECK(runs_until(io, [&] { return why == "etcd does not know the lease any more"; }));
}

TEST_CASE("a user is who the password says", "[source]") {
    EtcdCluster cluster;
    cluster.ask_for_users("portolan", "secret");
    boost::asio::io_context io;
    auto settings = cluster.settings();

    Etcd nobody(io, settings);
    const auto without = put(io, nobody, "a", "1");
    REQUIRE_FALSE(without);
    CHECK(without.error().kind == Kind::refused);
    CHECK(without.error().text.ends_with("etcdserver: user name is empty"));

    settings.user = "portolan";
    settings.password = "wrong";
    Etcd forger(io, settings);
    const auto wrong = put(io, forger, "a", "1");
    REQUIRE_FALSE(wrong);
    CHECK(wrong.error().kind == Kind::refused);
    CHECK(
        wrong.error().text.ends_with("etcdserver: authentication failed, invalid user ID or "
                                     "password (user \"portolan\")"));
    Seen unseen;
    const auto blind = forger.watch("", unseen.events());
    CHECK(runs_until(io, [&] { return unseen.words == "cut "; }));
    CHECK(unseen.why.kind == Kind::refused);

    settings.password = "secret";
    Etcd client(io, settings);
    Seen seen;
    const auto watch = client.watch("", seen.events());
    CHECK(put(io, client, "a", "1"));
    CHECK(runs_until(io, [&] { return seen.keys == Keys{{"a", "1"}}; }));

    cluster.kill(0);  // forgets its tokens
    cluster.start(0);
    cluster.await(0);
    CHECK(put(io, client, "a", "2"));
    CHECK(runs_until(io, [&] { return seen.keys == Keys{{"a", "2"}}; }));

    settings.prefix = "/elsewhere";
    Etcd intruder(io, settings);
    const auto outside = put(io, intruder, "a", "1");
    REQUIRE_FALSE(outside);
    CHECK(outside.error().text.ends_with("etcdserver: permission denied"));
}

TEST_CASE("by TLS etcd must be who its certificate says", "[source]") {
    std::string pattern = "/tmp/portolan-etcd-tls-XXXXXX";
    const std::string folder = mkdtemp(pattern.data());
    const auto certify = [&](const std::string& name, const std::string& subject) {
        const auto command =
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
            "-nodes -days 2 -subj /CN=etcd -addext subjectAltName=" +
            subject + " -keyout " + folder + "/" + name + ".key -out " + folder + "/" + name +
            ".pem 2>/dev/null";
        REQUIRE(std::system(command.c_str()) == 0);
    };
    certify("etcd", "IP:127.0.0.1");
    certify("other", "IP:127.0.0.2");
    boost::asio::io_context io;
    {
        const EtcdCluster cluster(
            1, {folder + "/etcd.pem", folder + "/etcd.pem", folder + "/etcd.key"});
        auto settings = cluster.settings();
        Etcd client(io, settings);
        Seen seen;
        const auto watch = client.watch("", seen.events());
        CHECK(put(io, client, "a", "1"));
        CHECK(runs_until(io, [&] { return seen.keys == Keys{{"a", "1"}}; }));

        settings.ca = folder + "/other.pem";
        Etcd stranger(io, settings);
        const auto unknown = put(io, stranger, "a", "1");
        REQUIRE_FALSE(unknown);
        CHECK(unknown.error().kind == Kind::unreachable);
        CHECK(unknown.error().text.find("certificate verify failed") != std::string::npos);

        settings.ca = folder + "/none.pem";
        CHECK_THROWS_AS(Etcd(io, settings), source::StoreError);
    }
    std::filesystem::remove_all(folder);
}
