#include "portolan/registry/preservation.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <sstream>

using namespace portolan::registry;
using namespace std::chrono_literals;

namespace {

const Preservation::Moment start{};

/// "a=critical b=passing": one service each, with one endpoint.
std::vector<VerdictsChange> changes_from(const std::string& text) {
    std::vector<VerdictsChange> changes;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        const auto at = word.find('=');
        const auto verdict = parse_verdict(word.substr(at + 1));
        VerdictsChange change{"prod", word.substr(0, at), Protocol::tcp, {}, {}};
        if (verdict) change.verdicts.push_back({"h", 80, *verdict});
        changes.push_back(change);
    }
    return changes;
}

std::string text_of(const std::vector<VerdictsChange>& changes) {
    std::string text;
    for (const auto& each : changes) {
        text += fmt::format(
            "{}{}={}", text.empty() ? "" : " ", each.service,
            each.verdicts.empty() ? "nothing" : to_string(each.verdicts.front().verdict));
    }
    return text;
}

struct Step {
    std::chrono::seconds at;
    const char* concluded;
    const char* said;
    std::size_t held;
};

const Step mass_death[] = {
    {0s, "a=passing b=passing c=warning d=passing e=passing f=passing",
     "a=passing b=passing c=warning d=passing e=passing f=passing", 0},
    {10s, "a=critical", "a=critical", 0},
    {11s, "b=critical c=critical", "b=critical c=critical", 0},  // half is not more than half
    {12s, "d=critical", "a=passing b=passing c=warning", 4},     // d stays what it was
    {13s, "e=critical", "", 5},
    {200s, "f=critical", "", 6},  // while it lasts, whatever fails
    {300s, "d=passing e=passing", "", 4},
    {301s, "f=passing", "a=critical b=critical c=critical", 0},
    {302s, "a=passing b=passing c=passing", "a=passing b=passing c=passing", 0},
};
const Step slow_death[] = {
    {0s, "a=passing b=passing c=passing d=passing e=passing f=passing",
     "a=passing b=passing c=passing d=passing e=passing f=passing", 0},
    {10s, "a=critical b=critical c=critical", "a=critical b=critical c=critical", 0},
    {71s, "d=critical e=critical f=critical", "d=critical e=critical f=critical", 0},
};
const Step a_rolling_restart[] = {
    {0s, "a=passing b=passing c=passing d=passing e=passing f=passing",
     "a=passing b=passing c=passing d=passing e=passing f=passing", 0},
    {1s, "a=critical b=critical", "a=critical b=critical", 0},
    {5s, "a=passing b=passing c=critical d=critical", "a=passing b=passing c=critical d=critical",
     0},
    {9s, "c=passing d=passing e=critical f=critical", "c=passing d=passing e=critical f=critical",
     0},
};
const Step never_seen_alive[] = {
    {0s, "a=critical b=critical c=critical d=critical e=unknown",
     "a=critical b=critical c=critical d=critical e=unknown", 0},
    {1s, "e=critical", "e=critical", 0},
};
const Step a_persons_word[] = {
    {0s, "a=passing b=passing c=passing d=passing", "a=passing b=passing c=passing d=passing", 0},
    {1s, "a=maintenance b=maintenance c=draining d=maintenance",
     "a=maintenance b=maintenance c=draining d=maintenance", 0},
};
const Step what_is_gone[] = {
    {0s, "a=passing b=passing c=passing d=passing", "a=passing b=passing c=passing d=passing", 0},
    {1s, "a=critical b=critical c=critical d=critical", "", 4},
    {2s, "a=nothing b=nothing", "a=nothing b=nothing c=critical d=critical", 0},
};

void run(std::size_t checked, unsigned percent, std::span<const Step> steps) {
    Preservation preservation;
    preservation.set_checked({{"prod", checked}}, percent);
    for (const auto& step : steps) {
        CAPTURE(step.at.count(), step.concluded);
        CHECK(text_of(preservation.step(changes_from(step.concluded), start + step.at)) ==
              step.said);
        CHECK(preservation.held("prod") == step.held);
    }
}

}  // namespace

TEST_CASE("too many failures at once are not believed", "[health]") {
    SECTION("mass death") { run(6, 50, mass_death); }
    SECTION("slow death") { run(6, 50, slow_death); }
    SECTION("a rolling restart") { run(6, 50, a_rolling_restart); }
    SECTION("never seen alive") { run(5, 50, never_seen_alive); }
    SECTION("a person's word") { run(4, 50, a_persons_word); }
    SECTION("what is gone is not held") { run(4, 50, what_is_gone); }
}

TEST_CASE("a few are believed, and so are all when the plan says so", "[health]") {
    struct Row {
        const char* what;
        std::size_t checked;
        unsigned percent;
        const char* said;  // of three that fail
    };
    const Row rows[] = {
        {"three of three", 3, 50, ""},
        {"three of six", 6, 50, "a=critical b=critical c=critical"},
        {"three of six are many", 6, 40, ""},
        {"three of three, believed", 3, 100, "a=critical b=critical c=critical"},
        {"not even one may", 100, 0, ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        Preservation preservation;
        preservation.set_checked({{"prod", row.checked}}, row.percent);
        preservation.step(changes_from("a=passing b=passing c=passing"), start);
        const auto two = preservation.step(changes_from("a=critical b=critical"), start + 1s);
        CHECK(text_of(two) == "a=critical b=critical");  // fewer than three
        const auto third = preservation.step(changes_from("c=critical"), start + 2s);
        const bool is_believed = *row.said != '\0';
        CHECK(text_of(third) == (is_believed ? "c=critical" : "a=passing b=passing"));
    }
}

TEST_CASE("an environment that nobody counts is believed", "[health]") {
    Preservation preservation;
    preservation.set_checked({}, 50);
    preservation.step(changes_from("a=passing b=passing c=passing"), start);
    CHECK(text_of(preservation.step(changes_from("a=critical b=critical c=critical"), start)) ==
          "a=critical b=critical c=critical");
}
