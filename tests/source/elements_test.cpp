// The plan of the repository against a count that shares nothing with the program: names and ids
// from the wiki page, numbers by writing digits one after the other.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "portolan/registry/explain.hpp"
#include "portolan/source/master_file.hpp"
#include "portolan/source/plan_file.hpp"

using namespace portolan;

namespace {

registry::Plan elements() {
    return *source::read_plan(PORTOLAN_SOURCE_DIR "/zones/elements.yaml", source::read_whole_file)
                .plan;
}

/// What is to be said of each number, one sentence for each who has it.
std::map<unsigned, std::set<std::string>> expected() {
    const char* applications[] = {"hydrogen", "helium", "lithium",  "beryllium",
                                  "boron",    "carbon", "nitrogen", "oxygen",
                                  "fluorine", "neon",   "sodium",   "magnesium"};
    const std::pair<const char*, const char*> types[] = {{"shutdown", "tcp"}, {"jmx", "tcp"},
                                                         {"http", "tcp"},     {"ajp", "tcp"},
                                                         {"snmp", "udp"},     {"repl", "tcp"}};
    const char* groups[] = {"dev", "qa", "uat", "preprod", "prod"};
    std::map<unsigned, std::set<std::string>> all;
    std::string digits;
    const auto number = [&](int instance, int application, int type) {
        digits = fmt::format("{}{:02}{:02}", instance, application, type);
        return static_cast<unsigned>(std::stoul(digits));
    };
    for (int a = 1; a <= 12; ++a) {
        const std::string application = applications[a - 1];
        for (int x = 1; x <= 4; ++x)
            for (int t = 1; t <= 6; ++t)
                all[number(x, a, t)].insert(digits + "/" + types[t - 1].second + " is " +
                                            application + " " + types[t - 1].first + ", instance " +
                                            std::to_string(x) + ".");
        for (int t = 7; t <= 11; ++t)
            all[number(1, a, t)].insert(std::string(digits) + "/udp is " + application +
                                        " mcast in " + groups[t - 7] + ", whatever the instance.");
    }
    return all;
}

}  // namespace

TEST_CASE("explain is right for all 65,536 ports of the elements") {
    const auto plan = elements();
    const auto all = expected();
    std::size_t assigned = 0;
    for (unsigned port = 0; port <= 65535; ++port) {
        const auto explanation = registry::explain(plan, port);
        const auto sentences = registry::statements(explanation);
        const auto found = all.find(port);
        if (found == all.end()) {
            if (explanation.is_assigned()) FAIL("not so: " << sentences.front());
            if (sentences.front().find("belongs to nobody") == std::string::npos)
                FAIL("not so: " << sentences.front());
            continue;
        }
        assigned += found->second.size();
        if (std::set<std::string>(sentences.begin(), sentences.end()) != found->second)
            FAIL("not all of it: " << sentences.front());
    }
    CHECK(assigned == 12 * (6 * 4 + 5));
}
