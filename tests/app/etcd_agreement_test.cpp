// Nodes that agree over Debian's etcd-server, without zones: what is proposed is what is heard.
#include "app/etcd_agreement.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "../support/etcd_cluster.hpp"
#include "../support/etcd_running.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/dns/wire.hpp"
#include "portolan/transfer/step_octets.hpp"

using namespace portolan;
using namespace portolan::app;
using namespace std::chrono_literals;
using test::EtcdCluster;
using test::runs_until;
namespace etcd = source::etcd;

namespace {

const dns::Name apex = dns::name_from("a.example.");

dns::RrsetPtr soa(std::uint32_t serial) {
    dns::Octets rdata{2, 'n', 's', 0, 2, 'h', 'm', 0};
    const std::size_t names = rdata.size();
    rdata.resize(names + 20);
    dns::store_u32(&rdata[names], serial);
    return dns::make_rrset(dns::Type::soa, dns::Ttl{300}, std::vector<dns::Octets>{rdata});
}

/// A text of a kilobyte that begins with the number.
dns::RrsetPtr text(std::uint32_t number) {
    dns::Octets rdata;
    for (int i = 0; i < 5; ++i) {
        rdata.push_back(200);
        rdata.insert(rdata.end(), 200, 'x');
    }
    dns::store_u32(&rdata[1], number);
    return dns::make_rrset(dns::Type::txt, dns::Ttl{5}, std::vector<dns::Octets>{rdata});
}

/// An engine that knows no zone: it keeps what it is told, by owner.
struct Party final : Agreement::Party {
    std::uint32_t serial = 0;
    std::uint64_t content = 0;
    std::map<dns::PackedName, dns::RrsetPtr, dns::CanonicalOrder> sets;
    std::size_t steps = 0, wholes = 0, turns = 0;
    std::optional<std::string> unfit_because;

    void put_in_place(dns::NameView, transfer::Step step) override {
        CHECK(step.before().value == serial);
        ++steps;
        take(step);
    }
    void put_whole(dns::NameView, transfer::Step step) override {
        sets.clear();
        ++wholes;
        take(step);
    }
    void take(const transfer::Step& step) {
        for (const auto& each : step.changes) sets[each.owner] = each.after;
        serial = step.after().value;
        content = step.content_after;
    }
    void take_turn(dns::NameView, bool) override { ++turns; }
    [[nodiscard]] std::optional<transfer::Step> whole(dns::NameView) const override {
        if (serial == 0) return std::nullopt;
        transfer::Step all{soa(serial), soa(serial), 0, content, {}};
        for (const auto& [owner, set] : sets)
            all.changes.push_back({owner, set->type(), nullptr, set});
        return all;
    }
    [[nodiscard]] std::optional<std::string> unfit() const override { return unfit_because; }
    /// The next step: so many names, of a kilobyte each.
    [[nodiscard]] transfer::Step next(std::size_t names) const {
        transfer::Step step{soa(serial), soa(serial + 1), content, content + 1, {}};
        for (std::size_t i = 0; i < names; ++i) {
            step.changes.push_back({dns::name_from("n" + std::to_string(i) + ".a.example."),
                                    dns::Type::txt, nullptr, text(serial)});
        }
        return step;
    }
    friend bool operator==(const Party& a, const Party& b) {
        return a.serial == b.serial && a.content == b.content &&
               transfer::to_octets(*a.whole({})) == transfer::to_octets(*b.whole({}));
    }
};

struct Node {
    Node(boost::asio::io_context& io, const EtcdCluster& cluster, std::string name)
        : client(io, cluster.settings()), members(io, client, std::move(name)),
          agreement(io, client, members) {}
    void begin() {
        agreement.begin(party, [](auto) {});
        agreement.follow({apex});
        members.begin({.changed = [] {},
                       .joined = [this] { agreement.joined(); },
                       .left = [this] { agreement.left(); }});
    }
    [[nodiscard]] bool is_ours() const { return agreement.turn(apex) == Agreement::Turn::ours; }
    Party party;
    source::Etcd client;
    Membership members;
    EtcdAgreement agreement;
};

/// Two nodes, of which the first is the author, and the zone has begun.
struct Two {
    Two() {
        a.emplace(io, cluster, "a");
        b.emplace(io, cluster, "b");
        a->begin();
        REQUIRE(runs_until(io, [this] { return a->is_ours(); }));
        b->begin();
        REQUIRE(runs_until(io, [this] { return b->agreement.standing()->living.size() == 2; }));
        propose(10);
    }
    void propose(std::size_t names) {
        auto step = a->party.next(names);
        if (a->party.serial == 0) step.soa_before = step.soa_after;
        const auto serial = step.after().value;
        a->agreement.propose(apex, std::move(step));
        CHECK_FALSE(a->is_ours());
        REQUIRE(runs_until(io, [&] { return a->is_ours() && b->party.serial == serial; }));
    }
    EtcdCluster cluster{1};
    boost::asio::io_context io;
    std::optional<Node> a;
    std::optional<Node> b;
};

}  // namespace

TEST_CASE("what the author proposes all put in place, itself too", "[agreement]") {
    Two nodes;
    nodes.propose(1);
    nodes.propose(3);
    CHECK(nodes.a->party.serial == 3);
    CHECK(nodes.a->party.steps == 2);
    CHECK(nodes.b->party.steps == 2);
    CHECK(nodes.a->party == nodes.b->party);
    CHECK(nodes.b->agreement.standing()->author == "a");
    CHECK(nodes.b->agreement.turn(apex) == Agreement::Turn::others);
}

TEST_CASE("a step that is too large for one value arrives whole", "[agreement]") {
    Two nodes;
    nodes.propose(700);
    CHECK(nodes.a->party.sets.size() == 700);
    CHECK(nodes.a->party == nodes.b->party);
}

TEST_CASE("when steps weigh more than a whole, the whole takes their place", "[agreement]") {
    Two nodes;
    for (int i = 0; i < 16; ++i) nodes.propose(100);
    Node late(nodes.io, nodes.cluster, "late");
    late.begin();
    REQUIRE(runs_until(nodes.io, [&] { return late.party.serial == nodes.a->party.serial; }));
    CHECK(late.party.wholes == 1);
    CHECK(late.party.steps < 16);
    CHECK(late.party == nodes.a->party);
    nodes.propose(1);
    CHECK(nodes.b->party.wholes == 1);  // it has missed nothing
    CHECK(nodes.b->party == nodes.a->party);
}

TEST_CASE("when the author goes another takes its office, and goes on from there", "[agreement]") {
    Two nodes;
    nodes.propose(1);
    nodes.a.reset();
    REQUIRE(runs_until(nodes.io, [&] { return nodes.b->is_ours(); }));
    CHECK(nodes.b->agreement.standing()->author == "b");
    CHECK(nodes.b->party.turns == 1);
    nodes.b->agreement.propose(apex, nodes.b->party.next(1));
    REQUIRE(runs_until(nodes.io, [&] { return nodes.b->party.serial == 3; }));
}

TEST_CASE("who is not the author any more and does not know it writes nothing", "[agreement]") {
    EtcdCluster cluster{1};
    boost::asio::io_context theirs;  // which stands still meanwhile
    boost::asio::io_context ours;
    Node old(theirs, cluster, "old");
    old.begin();
    REQUIRE(runs_until(theirs, [&] { return old.is_ours(); }));
    auto first = old.party.next(10);
    first.soa_before = first.soa_after;
    old.agreement.propose(apex, first);
    REQUIRE(runs_until(theirs, [&] { return old.is_ours(); }));

    Node next(ours, cluster, "next");
    next.begin();
    REQUIRE(runs_until(ours, [&] { return next.party.serial == 1; }));
    bool is_gone = false;
    next.client.txn({{}, {etcd::Delete{"author", false}}, {}},
                    [&](const auto&) { is_gone = true; });
    REQUIRE(runs_until(ours, [&] { return is_gone && next.is_ours(); }));

    REQUIRE(old.is_ours());  // as far as it knows
    old.agreement.propose(apex, old.party.next(5));
    REQUIRE(
        runs_until(theirs, [&] { return old.agreement.turn(apex) == Agreement::Turn::others; }));
    runs_until(
        ours, [] { return false; }, 300ms);
    CHECK(next.party.serial == 1);
    CHECK(old.party.serial == 1);
    auto step = next.party.next(2);
    next.agreement.propose(apex, step);
    REQUIRE(runs_until(ours, [&] { return next.party.serial == 2; }));
    REQUIRE(runs_until(theirs, [&] { return old.party.serial == 2; }));
    CHECK(old.party == next.party);
}

TEST_CASE("who is unfit leaves the office to others", "[agreement]") {
    EtcdCluster cluster{1};
    boost::asio::io_context io;
    Node unfit(io, cluster, "unfit");
    unfit.party.unfit_because = "it has no keys";
    unfit.begin();
    REQUIRE(runs_until(io, [&] { return unfit.members.lease().has_value(); }));
    CHECK_FALSE(runs_until(
        io, [&] { return unfit.is_ours(); }, 700ms));
    Node fit(io, cluster, "fit");
    fit.begin();
    REQUIRE(runs_until(io, [&] { return fit.is_ours(); }));
}

TEST_CASE("a zone that etcd has lost is said to it again", "[agreement]") {
    Two nodes;
    nodes.propose(4);
    bool is_gone = false;
    nodes.a->client.txn({{}, {etcd::Delete{"zones/", true}}, {}},
                        [&](const auto&) { is_gone = true; });
    REQUIRE(runs_until(nodes.io, [&] { return is_gone; }));
    Node late(nodes.io, nodes.cluster, "late");
    late.begin();
    REQUIRE(runs_until(nodes.io, [&] { return late.party.serial == 2; }));
    CHECK(late.party == nodes.a->party);
    REQUIRE(runs_until(nodes.io, [&] { return nodes.a->is_ours(); }));
    nodes.propose(1);
    CHECK(nodes.b->party == nodes.a->party);
}
