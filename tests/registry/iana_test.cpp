#include "portolan/registry/iana.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "elements.hpp"
#include "portolan/registry/services.hpp"

namespace portolan::registry {
namespace {

using Names = std::vector<std::string_view>;

TEST_CASE("IANA's names are exact in port and protocol") {
    CHECK(iana::date() == "2025-11-14");
    struct Row {
        Port port;
        Protocol protocol;
        Names names;
    };
    const Row rows[] = {
        {11211, Protocol::udp, {"memcache"}},
        {53, Protocol::tcp, {"domain"}},
        {11211, Protocol::sctp, {}},
        {10104, Protocol::tcp, {"swdtp"}},
        {6063, Protocol::tcp, {"x11"}},
        {6064, Protocol::dccp, {}},
        {80, Protocol::tcp, {"http", "www", "www-http"}},
        {0, Protocol::tcp, {}},
        {40805, Protocol::udp, {}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.port);
        CHECK(iana::names_of(row.port, row.protocol) == row.names);
    }
    REQUIRE(iana::names_of(6400).size() == 1);
    CHECK(iana::names_of(6400)[0].name == "boe-cms");
    CHECK(iana::names_of(6400)[0].protocols.empty());
}

TEST_CASE("instance 1 of the elements convention: 24 ports with an IANA name, 20 in the protocol") {
    const auto plan = elements_plan();
    std::set<unsigned> same;
    std::set<unsigned> other;
    for (const auto& application : plan.convention->applications)
        for (unsigned type = 1; type <= 11; ++type) {
            const auto port = compose(plan.convention->pattern, 1, application.id, type);
            const auto protocol = type >= 7 || type == 5 ? Protocol::udp : Protocol::tcp;
            if (iana::names_of(static_cast<Port>(port)).empty()) continue;
            auto& set = iana::names_of(static_cast<Port>(port), protocol).empty() ? other : same;
            set.insert(port);
        }
    CHECK(same == std::set<unsigned>{10101, 10102, 10103, 10104, 10107, 10110, 10111,
                                     10201, 10805, 10810, 11001, 11103, 11104, 11106,
                                     11108, 11111, 11201, 11202, 11208, 11211});
    CHECK(other == std::set<unsigned>{10809, 11105, 11109, 11110});
}

}  // namespace
}  // namespace portolan::registry
