#include "portolan/health/schedule.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <map>

using namespace portolan::health;
using namespace std::chrono_literals;

namespace {

constexpr Moment start{1h};

/// A world in which time passes as soon as nothing is left to do.
class World {
public:
    World(Schedule::Limits limits, std::uint64_t seed = 1) : schedule(limits, seed) {}

    void add(Seat first, Seat count, std::chrono::milliseconds interval) {
        for (Seat i = 0; i < count; ++i) schedule.add(first + i, interval, now);
    }

    /// Until then: probes begin when they may, and each takes as long as `takes` says.
    void run_until(Moment end) {
        while (true) {
            while (const auto seat = schedule.begin(now)) {
                begun[*seat].push_back(now);
                all.push_back(now);
                most_running = std::max(most_running, schedule.running());
                ends.put({now + takes(*seat), *seat, 0});
            }
            auto next = schedule.next(now);
            if (!ends.is_empty() && (!next || ends.first().at < *next)) next = ends.first().at;
            if (!next || *next > end) break;
            if (*next < now) FAIL("the schedule asks for a moment that has passed");
            now = *next;
            while (const auto item = ends.take(now)) schedule.end(item->seat, now);
        }
        now = end;
    }

    /// The most beginnings in any second, whichever it begins with.
    [[nodiscard]] std::size_t most_in_a_second() const {
        std::size_t most = 0;
        std::size_t first = 0;
        for (std::size_t i = 0; i < all.size(); ++i) {
            while (all[i] - all[first] >= 1s) ++first;
            most = std::max(most, i - first + 1);
        }
        return most;
    }

    Schedule schedule;
    Moment now = start;
    std::function<std::chrono::milliseconds(Seat)> takes = [](Seat) { return 1ms; };
    Agenda ends;
    std::map<Seat, std::vector<Moment>> begun;
    std::vector<Moment> all;
    std::size_t most_running = 0;
};

}  // namespace

TEST_CASE("an agenda gives the earliest first, in its time") {
    Agenda agenda;
    agenda.put({start + 2s, 2, 0});
    agenda.put({start + 1s, 1, 0});
    agenda.put({start + 3s, 3, 0});
    CHECK_FALSE(agenda.take(start));
    CHECK(agenda.take(start + 2s)->seat == 1);
    CHECK(agenda.take(start + 2s)->seat == 2);
    CHECK_FALSE(agenda.take(start + 2s));
    CHECK(agenda.first().seat == 3);
}

TEST_CASE(
    "the first probe is at once, and each further one an interval later, give or take a tenth") {
    World world({.rate = 1000});
    world.add(0, 1, 10s);
    world.run_until(start + 1000s);
    const auto& begun = world.begun.at(0);
    REQUIRE(begun.front() == start);
    std::vector<std::chrono::nanoseconds> pauses;
    for (std::size_t i = 1; i < begun.size(); ++i) pauses.push_back(begun[i] - begun[i - 1]);
    const auto [least, most] = std::minmax_element(pauses.begin(), pauses.end());
    CHECK(*least >= 9s);
    CHECK(*least < 9200ms);
    CHECK(*most <= 11s);
    CHECK(*most > 10800ms);
    CHECK(pauses.size() >= 97);
    CHECK(pauses.size() <= 103);
}

TEST_CASE("no second has more beginnings than the rate") {
    struct Row {
        unsigned rate;
        Seat targets;
        std::chrono::milliseconds interval;
    };
    const Row rows[] = {
        {1, 5, 1s},         {7, 100, 1s},        {99, 1000, 2s},         {100, 1000, 2s},
        {250, 10'000, 10s}, {1000, 30'000, 10s}, {12'000, 100'000, 10s},
    };
    for (const auto& row : rows) {
        CAPTURE(row.rate, row.targets);
        World world({.rate = row.rate, .at_once = 100'000});
        world.add(0, row.targets, row.interval);
        world.run_until(start + 25s);
        CHECK(world.most_in_a_second() <= row.rate);
        // … and where there is enough to do, the rate is used.
        const double wanted = 1000.0 * row.targets / static_cast<double>(row.interval.count());
        const double taken = static_cast<double>(world.all.size()) / 25;
        CHECK(taken >= 0.85 * std::min<double>(row.rate, wanted));
    }
}

TEST_CASE("what began together is spread evenly before long") {
    World world({.rate = 100'000, .at_once = 100'000});
    world.add(0, 10'000, 10s);
    world.run_until(start + 1000s);
    std::map<std::int64_t, unsigned> by_second;
    for (const Moment each : world.all) {
        if (each >= start + 900s) ++by_second[(each - start) / 1s];
    }
    for (const auto& [second, count] : by_second) {
        CAPTURE(second);
        CHECK(count > 700);
        CHECK(count < 1300);
    }
}

TEST_CASE("targets that never answer delay nobody") {
    for (const bool has_blackholes : {false, true}) {
        CAPTURE(has_blackholes);
        World world({.rate = 1000, .at_once = 4096});
        world.takes = [&](Seat seat) { return has_blackholes && seat % 2 == 0 ? 2000ms : 1ms; };
        world.add(0, 8000, 10s);
        world.run_until(start + 100s);
        std::chrono::nanoseconds longest{};
        for (const auto& [seat, begun] : world.begun) {
            if (seat % 2 == 0) continue;
            REQUIRE(begun.size() >= 9);
            // The first round takes as long as the rate wants; afterwards all are on time.
            for (std::size_t i = 1; i < begun.size(); ++i) {
                longest = std::max(longest, begun[i] - begun[i - 1]);
            }
        }
        CHECK(longest <= 11'100ms);
        CHECK(world.most_running <= 4096);
    }
}

TEST_CASE("no more probes run at once than may") {
    World world({.rate = 1000, .at_once = 50});
    world.takes = [](Seat) { return 1000ms; };
    world.add(0, 500, 5s);
    world.run_until(start + 60s);
    CHECK(world.most_running == 50);
    for (const auto& [seat, begun] : world.begun) CHECK(begun.size() >= 5);  // all wait alike
}

TEST_CASE("a probe that outlasts its interval is not begun twice") {
    World world({.rate = 1000});
    world.takes = [](Seat) { return 3000ms; };
    world.add(0, 1, 1s);
    world.run_until(start + 30s);
    const auto& begun = world.begun.at(0);
    for (std::size_t i = 1; i < begun.size(); ++i) CHECK(begun[i] - begun[i - 1] >= 3s);
    CHECK(world.most_running == 1);
}

TEST_CASE("a target that is removed is probed no more, and its seat may be another's") {
    World world({.rate = 1000});
    world.add(0, 2, 1s);
    world.run_until(start + 5s);
    world.schedule.remove(0);
    world.begun.clear();
    world.run_until(start + 10s);
    CHECK(world.begun.count(0) == 0);
    CHECK(world.begun.at(1).size() >= 4);
    world.add(0, 1, 2s);
    world.begun.clear();
    const Moment again = world.now;
    world.run_until(start + 20s);
    CHECK(world.begun.at(0).front() == again);
    CHECK(world.begun.at(0).size() <= 6);
}

TEST_CASE("a target that is removed while it is probed takes no room any more") {
    World world({.rate = 1000, .at_once = 1});
    world.schedule.add(0, 1s, start);
    REQUIRE(world.schedule.begin(start) == Seat{0});
    world.schedule.add(1, 1s, start);
    CHECK_FALSE(world.schedule.begin(start + 10ms));
    CHECK_FALSE(world.schedule.next(start + 10ms));
    world.schedule.remove(0);
    CHECK(world.schedule.next(start + 10ms) == start + 10ms);
    CHECK(world.schedule.begin(start + 10ms) == Seat{1});
    world.schedule.end(0, start + 20ms);  // which comes too late to mean anything
    CHECK(world.schedule.running() == 1);
}
