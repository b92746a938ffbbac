#include "portolan/health/tracker.hpp"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

using namespace portolan::health;
using namespace std::chrono_literals;

namespace {

Verdict observed(char letter) {
    return letter == 'p' ? Verdict::passing : letter == 'w' ? Verdict::warning : Verdict::critical;
}

char letter_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::unknown:
            return '?';
        case Verdict::passing:
            return 'p';
        case Verdict::warning:
            return 'w';
        case Verdict::critical:
            return 'c';
        default:
            return '!';
    }
}

/// The verdict after each observation, one every ten seconds.
std::string verdicts(const std::string& observations, const Check& check,
                     Tracker tracker = Tracker()) {
    std::string result;
    Moment now{1h};
    for (const char letter : observations) {
        const Verdict before = tracker.verdict();
        const bool changed = tracker.observe(check, observed(letter), now);
        CHECK(changed == (before != tracker.verdict()));
        result += letter_of(tracker.verdict());
        now += check.interval;
    }
    return result;
}

Check with(unsigned fall, unsigned rise) {
    Check check;
    check.fall = fall;
    check.rise = rise;
    return check;
}

/// Has it fall once more: as many failures as it takes, one each interval.
void fall(Tracker& tracker, const Check& check, Moment& now) {
    while (tracker.verdict() != Verdict::critical) {
        tracker.observe(check, Verdict::critical, now);
        now += check.interval;
    }
}

/// How long it is observed to be good until it passes.
std::chrono::milliseconds time_to_pass(Tracker& tracker, const Check& check, Moment& now) {
    const auto begin = now;
    while (!tracker.observe(check, Verdict::passing, now)) now += check.interval;
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - begin);
}

}  // namespace

TEST_CASE("observations become verdicts by rise and fall") {
    struct Row {
        const char* what;
        Check check;
        Verdict known;
        std::string observations;
        std::string expected;
    };
    const Row rows[] = {
        {"the first good one decides", with(3, 2), Verdict::unknown, "p", "p"},
        {"the first bad one decides as well", with(3, 2), Verdict::unknown, "c", "c"},
        {"a warning too", with(3, 2), Verdict::unknown, "w", "w"},
        {"fall failures in a row", with(3, 2), Verdict::unknown, "pccc", "pppc"},
        {"a success ends a run of failures", with(3, 2), Verdict::unknown, "pccpccpccc",
         "pppppppppc"},
        {"so does a warning", with(2, 2), Verdict::unknown, "pcwcc", "ppwwc"},
        {"rise successes in a row", with(3, 2), Verdict::unknown, "cpp", "ccp"},
        {"a failure ends a run of successes", with(3, 3), Verdict::unknown, "cppcppp", "ccccccp"},
        {"warnings count towards rise", with(3, 2), Verdict::unknown, "cpw", "ccw"},
        {"what lives follows the last success", with(3, 2), Verdict::unknown, "pwpw", "pwpw"},
        {"one of each, as Consul does it", with(1, 1), Verdict::unknown, "pcp", "pcp"},
        {"zero means one", with(0, 0), Verdict::unknown, "pcp", "pcp"},
        {"a known passing one needs fall failures", with(3, 2), Verdict::passing, "ccc", "ppc"},
        {"a known critical one needs rise successes", with(3, 2), Verdict::critical, "pp", "cp"},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        CHECK(verdicts(row.observations, row.check, Tracker(row.known)) == row.expected);
    }
}

TEST_CASE("one that flaps must be good for longer each time") {
    const Check check = with(1, 2);  // each 10 s: rise takes 10 s from the first to the second
    Tracker tracker(Verdict::passing);
    Moment now{1h};
    const std::chrono::seconds expected[] = {10s, 40s, 80s, 160s, 300s, 300s, 300s};
    for (const auto each : expected) {
        fall(tracker, check, now);
        CHECK(time_to_pass(tracker, check, now) == each);
        now += check.interval;
    }
}

TEST_CASE("ten minutes without a fall forget the flaps") {
    const Check check = with(1, 2);
    Tracker tracker(Verdict::passing);
    Moment now{1h};
    for (int i = 0; i < 3; ++i) {
        fall(tracker, check, now);
        time_to_pass(tracker, check, now);
        now += check.interval;
    }
    CHECK(tracker.hold(check) == 80s);
    now += flap_window;
    fall(tracker, check, now);
    CHECK(tracker.hold(check) == 0s);
    CHECK(time_to_pass(tracker, check, now) == 10s);
}

TEST_CASE("a failure during the hold-down begins it anew") {
    const Check check = with(1, 1);
    Tracker tracker(Verdict::passing);
    Moment now{1h};
    fall(tracker, check, now);
    time_to_pass(tracker, check, now);
    now += check.interval;
    fall(tracker, check, now);
    REQUIRE(tracker.hold(check) == 20s);
    CHECK_FALSE(tracker.observe(check, Verdict::passing, now));
    CHECK_FALSE(tracker.observe(check, Verdict::passing, now + 10s));
    CHECK_FALSE(tracker.observe(check, Verdict::critical, now + 15s));
    CHECK_FALSE(tracker.observe(check, Verdict::passing, now + 20s));
    CHECK_FALSE(tracker.observe(check, Verdict::passing, now + 39s));
    CHECK(tracker.observe(check, Verdict::passing, now + 40s));
}

TEST_CASE("a service's own word is taken at once") {
    Tracker tracker;
    CHECK(tracker.take_word(Verdict::critical));
    CHECK(tracker.take_word(Verdict::passing));
    CHECK_FALSE(tracker.take_word(Verdict::passing));
    CHECK(tracker.take_word(Verdict::warning));
    CHECK(tracker.take_word(Verdict::critical));
    CHECK(tracker.hold(Check()) == 0s);
}
