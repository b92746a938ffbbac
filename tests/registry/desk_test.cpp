#include "portolan/registry/desk.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "elements.hpp"
#include "portolan/registry/expiry.hpp"
#include "portolan/registry/search.hpp"

namespace portolan::registry {
namespace {

namespace json = boost::json;

Desk desk_of(const Plan& plan) {
    return {{Registry(plan)},
            [](const Plan&, const Service& service) { return "_" + service.label(); },
            nullptr,
            Moment(0)};
}

json::object answered(const Plan& plan, const char* text) {
    return *answer(desk_of(plan), *read_question(text));
}

TEST_CASE("an answer is bounded, whatever the plan's size") {
    auto plan = elements_plan();
    for (unsigned i = 0; i < 200; ++i)
        plan.environments.push_back(environment("e" + std::to_string(i), i, false));
    for (const char* text : {"hydrogen", "ajp", "hydrogen-ajp", "prod"}) {
        CAPTURE(text);
        const auto said = answered(plan, text);
        CHECK(said.at("plans").at(0).at("endpoints").as_array().size() <= 1000);
        CHECK(said.at("plans").at(0).as_object().contains("cut") ==
              (std::string_view(text) != "prod" && std::string_view(text) != "hydrogen-ajp"));
    }
    const auto found = search(desk_of(plan), {"jb"});
    CHECK(found.at("found").as_array().size() == 50);
    CHECK(found.at("more") == 2 * 206 - 50);
}

TEST_CASE("a search finds what has all the words, the name's own first") {
    auto plan = elements_plan();
    plan.convention->applications.edit(0).about = {"web-team", "public Oxygen site"};
    struct Row {
        std::vector<std::string> words;
        const char* found;  // the first three
    };
    const Row rows[] = {
        {{"oxygen"}, "application oxygen, application hydrogen"},
        {{"web-team"}, "application hydrogen"},
        {{"oxygen", "web"}, "application hydrogen"},
        {{"40805"}, "service oxygen-snmp"},
        {{"jb2", "qa"}, "host jb2"},
        {{"production"}, "environment prod"},
        {{"oxy", "jmx"}, "service oxygen-jmx, service hydrogen-jmx"},
        {{"nothing"}, ""},
    };
    for (const auto& row : rows) {
        CAPTURE(row.words);
        std::string text;
        const auto found = search(desk_of(plan), row.words);
        const auto& all = found.at("found").as_array();
        for (std::size_t i = 0; i < std::min<std::size_t>(3, all.size()); ++i)
            text += (i == 0 ? "" : ", ") + std::string(all[i].at("kind").as_string()) + " " +
                    std::string(all[i].at("name").as_string());
        CHECK(text == row.found);
    }
    CHECK(json::serialize(search(desk_of(plan), {"oxigen"}).at("near")) == R"(["oxygen"])");
}

TEST_CASE("the words of a search") {
    CHECK(*read_words("  Web  TEAM ") == std::vector<std::string>{"web", "team"});
    CHECK(!read_words(" \t"));
    CHECK(!read_words("a b c d e f g h i"));
}

RegisteredCheck heartbeat(const char* id, int gone_after) {
    RegisteredCheck check;
    check.id = id;
    check.check.how = HeartbeatCheck{std::chrono::seconds(10)};
    check.gone_after = std::chrono::seconds(gone_after);
    return check;
}

TEST_CASE("when a registration ends, and what ends it") {
    const Moment start(1'763'000'000'000);
    struct Row {
        int lease;  // seconds
        std::vector<RegisteredCheck> checks;
        Verdict verdict;
        bool judges;
        std::vector<std::string> text;
    };
    const Row rows[] = {
        {0,
         {},
         Verdict::passing,
         true,
         {"It stays until it is withdrawn: it has no lease, and no check that withdraws it."}},
        {30,
         {},
         Verdict::passing,
         true,
         {"Its lease of 30s ends in 25s, at 2025-11-13T02:13:50Z, unless it is renewed."}},
        {30,
         {},
         Verdict::passing,
         false,
         {"Its lease of 30s ends when n2 says so, unless it is renewed."}},
        {0,
         {heartbeat("beat", 60)},
         Verdict::passing,
         true,
         {"Its check beat is critical in 5s, at 2025-11-13T02:13:30Z, unless it reports again.",
          "It is withdrawn when its check beat was critical for 1m."}},
        {0,
         {heartbeat("beat", 60)},
         Verdict::critical,
         true,
         {"It is withdrawn in 55s, at 2025-11-13T02:14:20Z, unless its check beat passes: critical "
          "since 2025-11-13T02:13:20Z, and gone after 1m."}},
        {0,
         {heartbeat("beat", 0)},
         Verdict::critical,
         true,
         {"It stays until it is withdrawn: it has no lease, and no check that withdraws it."}},
    };
    for (const auto& row : rows) {
        Registered one;
        one.registration.said.lease = std::chrono::seconds(row.lease);
        one.registration.said.checks = row.checks;
        one.renewed = start;
        one.keeper = "n2";
        for (std::size_t i = 0; i < row.checks.size(); ++i)
            one.checks.push_back({row.verdict, start, start, ""});
        CHECK(expiry(one, start + std::chrono::seconds(5), row.judges) == row.text);
    }
}

}  // namespace
}  // namespace portolan::registry
