#include "portolan/registry/catalog.hpp"

#include <catch2/catch.hpp>

using namespace portolan::registry;
using std::chrono::seconds;

namespace {

Registration registration(const char* id, const char* address, Port port = 80) {
    Registration one;
    one.said.id = id;
    one.said.service = "web";
    one.said.address = *parse_address(address);
    one.said.port = port;
    return one;
}

RegisteredCheck heartbeat(const char* id, seconds ttl, seconds gone_after = seconds(0)) {
    RegisteredCheck check;
    check.id = id;
    check.check.how = HeartbeatCheck{ttl};
    check.gone_after = gone_after;
    return check;
}

std::string ids(const std::vector<const Registered*>& all) {
    std::string text;
    for (const auto* each : all)
        text += each->said().id + "@" + to_string(each->said().address) + " ";
    return text;
}

/// As another server's word of it comes, with one heartbeat of ten seconds.
Registered told_of(const char* check) {
    Registered told;
    told.registration = registration("web", "10.0.0.5");
    told.registration.said.checks = {heartbeat(check, seconds(10))};
    told.checks.resize(1);
    return told;
}

}  // namespace

TEST_CASE("two hosts may register one id; one host has it once", "[catalog]") {
    Catalog catalog(100);
    catalog.put(registration("web", "10.0.0.5"), Moment(0));
    catalog.put(registration("web", "10.0.0.6"), Moment(0));
    catalog.put(registration("web", "10.0.0.5", 81), Moment(0));
    catalog.put(registration("web-b", "10.0.0.5", 82), Moment(0));
    CHECK(ids(catalog.with_id("web")) == "web@10.0.0.5 web@10.0.0.6 ");
    CHECK(ids(catalog.of_service("web")) == "web@10.0.0.5 web-b@10.0.0.5 web@10.0.0.6 ");
    CHECK(catalog.at(*parse_address("10.0.0.5"), 80, Protocol::tcp) == nullptr);
    CHECK(catalog.at(*parse_address("10.0.0.5"), 81, Protocol::tcp)->said().id == "web");
    catalog.remove({*parse_address("10.0.0.5"), "web"});
    CHECK(ids(catalog.with_id("web")) == "web@10.0.0.6 ");
    CHECK(catalog.at(*parse_address("10.0.0.5"), 81, Protocol::tcp) == nullptr);
    CHECK(catalog.size() == 2);
}

TEST_CASE("every change of a service raises its index, its last removal too", "[catalog]") {
    Catalog catalog(100);
    CHECK(catalog.index_of("web") == 100);
    auto one = registration("web", "10.0.0.5");
    one.said.checks = {heartbeat("c", seconds(10))};
    catalog.put(one, Moment(0));
    CHECK(catalog.index_of("web") == 101);
    CHECK(catalog.index_of("other") == 100);
    CHECK(catalog.report(one.key(), 0, Verdict::passing, "", Moment(1)));
    CHECK(catalog.index_of("web") == 102);
    CHECK_FALSE(catalog.report(one.key(), 0, Verdict::passing, "", Moment(2)));
    CHECK(catalog.index_of("web") == 102);
    CHECK(catalog.set_aside(one.key(), Aside{}));
    CHECK_FALSE(catalog.set_aside(one.key(), Aside{}));
    CHECK(catalog.index_of("web") == 103);
    catalog.remove(one.key());
    CHECK(catalog.index_of("web") == 104);
}

TEST_CASE("what drains is served for its time, and then set aside", "[catalog]") {
    Catalog catalog(1);
    const auto one = registration("web", "10.0.0.5");
    catalog.put(one, Moment(0));
    catalog.set_aside(one.key(), Aside{Verdict::draining, "upgrade", seconds(60)});
    CHECK(catalog.find(one.key())->is_serving());
    CHECK(catalog.next_due() == seconds(60));
    CHECK(catalog.due(seconds(59)).drained.empty());
    catalog.set_aside(one.key(), Aside{Verdict::draining, "upgrade", seconds(90)});  // once more
    CHECK(catalog.due(seconds(60)).drained.empty());
    CHECK(catalog.due(seconds(90)).drained == std::vector{one.key()});
    CHECK(catalog.find(one.key())->verdict() == Verdict::maintenance);
    CHECK_FALSE(catalog.find(one.key())->is_serving());
    CHECK(catalog.due(seconds(200)).drained.empty());
}

TEST_CASE("a heartbeat that stays away makes critical, and then withdraws", "[catalog]") {
    Catalog catalog(1);
    auto one = registration("web", "10.0.0.5");
    one.said.checks = {heartbeat("c", seconds(10), seconds(60))};
    catalog.put(one, Moment(0));
    const auto verdict = [&] { return catalog.find(one.key())->verdict(); };
    CHECK(verdict() == Verdict::critical);
    catalog.report(one.key(), 0, Verdict::passing, "", seconds(1));
    for (int second = 2; second <= 50; second += 4) {
        CHECK(catalog.due(seconds(second)).silent.empty());
        catalog.report(one.key(), 0, Verdict::passing, "", seconds(second));
    }
    CHECK(verdict() == Verdict::passing);
    CHECK(catalog.due(seconds(59)).silent.empty());
    CHECK(catalog.due(seconds(60)).silent == std::vector{one.key()});
    CHECK(verdict() == Verdict::critical);
    CHECK(catalog.find(one.key())->checks[0].output == "silent for 10s");
    CHECK(catalog.due(seconds(119)).over.empty());
    CHECK(catalog.due(seconds(120)).over == std::vector{one.key()});
    CHECK(catalog.due(seconds(120)).over.empty());
    CHECK(catalog.due(seconds(121)).over == std::vector{one.key()});  // until it is withdrawn
    catalog.remove(one.key());
    CHECK(catalog.due(seconds(200)).over.empty());
    CHECK_FALSE(catalog.next_due());
}

TEST_CASE("a lease that is not renewed is over", "[catalog]") {
    Catalog catalog(1);
    auto one = registration("web", "10.0.0.5");
    one.said.lease = seconds(30);
    catalog.put(one, Moment(0));
    CHECK(catalog.next_due() == seconds(30));
    CHECK(catalog.renew(one.key(), seconds(20)));
    CHECK(catalog.due(seconds(30)).over.empty());
    CHECK(catalog.next_due() == seconds(50));
    CHECK(catalog.due(seconds(50)).over == std::vector{one.key()});
}

TEST_CASE("after a restart every heartbeat has its full time, and what was over is over",
          "[catalog]") {
    Catalog catalog(1);
    Registered kept;
    kept.registration = registration("web", "10.0.0.5");
    kept.registration.said.checks = {heartbeat("c", seconds(10), seconds(60))};
    kept.checks = {{Verdict::passing, seconds(1), {}, ""}};
    catalog.restore(kept, seconds(1000));
    kept.registration.said.id = "dead";
    kept.registration.said.port = 81;
    kept.checks = {{Verdict::critical, seconds(930), {}, ""}};
    catalog.restore(kept, seconds(1000));
    const auto due = catalog.due(seconds(1000));
    REQUIRE(due.over.size() == 1);
    CHECK(due.over[0].id == "dead");
    CHECK(catalog.due(seconds(1009)).silent.empty());
    CHECK(catalog.due(seconds(1010)).silent.size() == 1);
}

TEST_CASE("a check that is announced again keeps its state", "[catalog]") {
    Catalog catalog(1);
    auto one = registration("web", "10.0.0.5");
    one.said.checks = {heartbeat("c", seconds(10)), heartbeat("d", seconds(10))};
    catalog.put(one, Moment(0));
    catalog.report(one.key(), 0, Verdict::passing, "", Moment(1));
    catalog.report(one.key(), 1, Verdict::passing, "", Moment(1));
    one.said.checks[1].check.how = HeartbeatCheck{seconds(20)};
    catalog.put(one, Moment(2));
    CHECK(catalog.find(one.key())->checks[0].verdict == Verdict::passing);
    CHECK(catalog.find(one.key())->checks[1].verdict == Verdict::critical);
}

TEST_CASE("the worst check decides, and a person's word above all", "[catalog]") {
    using V = Verdict;
    struct Case {
        std::vector<V> checks;
        V health;
    };
    const auto row = GENERATE(values<Case>({
        {{}, V::passing},
        {{V::passing, V::passing}, V::passing},
        {{V::passing, V::warning}, V::warning},
        {{V::warning, V::critical}, V::critical},
        {{V::unknown, V::warning}, V::unknown},
    }));
    Registered one;
    for (const auto each : row.checks) one.checks.push_back({each, Moment(0), Moment(0), ""});
    one.registration.said.checks.resize(row.checks.size());
    CHECK(one.verdict() == row.health);
    one.aside = Aside{V::maintenance, "upgrade"};
    CHECK(one.verdict() == V::maintenance);
    CHECK(one.health() == row.health);
}

TEST_CASE("copies of a catalog number by what all are told", "[catalog]") {
    Catalog catalog("n1");
    auto told = told_of("c");
    told.created = 7;
    told.changed = 9;
    told.keeper = "n2";
    catalog.follow(told, seconds(1));
    catalog.follow_from(12);
    CHECK(catalog.index() == 12);
    CHECK(catalog.index_of("web") == 9);
    CHECK(catalog.find(told.registration.key())->created == 7);
    // What is learned here shows at once, and is numbered when all are told.
    CHECK(catalog.report(told.registration.key(), 0, Verdict::passing, "fine", seconds(2)));
    CHECK(catalog.concerning_zone("web").size() == 1);
    CHECK(catalog.index() == 12);
    told.checks[0].verdict = Verdict::passing;
    told.changed = 15;
    catalog.follow(told, seconds(3));
    CHECK(catalog.index_of("web") == 15);
    CHECK(catalog.find(told.registration.key())->checks[0].output == "fine");
    catalog.forget(told.registration.key(), 20);
    CHECK(catalog.size() == 0);
    CHECK(catalog.index_of("web") == 20);
    CHECK(catalog.index() == 20);
}

TEST_CASE("only the keeper's copy judges times, from when it is the keeper", "[catalog]") {
    Catalog catalog("n1");
    auto told = told_of("c");  // its heartbeat has 10 seconds
    told.checks[0].verdict = Verdict::passing;
    told.keeper = "n2";
    catalog.follow(told, seconds(0));
    CHECK(catalog.due(seconds(100)).silent.empty());
    told.keeper = "n1";
    catalog.follow(told, seconds(100));
    CHECK(catalog.due(seconds(109)).silent.empty());
    CHECK(catalog.due(seconds(110)).silent.size() == 1);
    told.keeper = "n2";  // taken over meanwhile
    catalog.follow(told, seconds(111));
    CHECK(catalog.due(seconds(300)).silent.empty());
}
