#include "portolan/registry/rendezvous.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <vector>

using portolan::registry::rendezvous;
using Nodes = std::vector<std::string>;

namespace {

constexpr int count = 10'000;

std::string thing(int number) {
    return "svc.example prod api tcp h" + std::to_string(number % 100) + " " +
           std::to_string(10'000 + number);
}

}  // namespace

TEST_CASE("a thing without nodes is nobody's, with one it is that one's", "[rendezvous]") {
    CHECK(rendezvous({}, "a").empty());
    CHECK(rendezvous(Nodes{"n1"}, "a") == "n1");
    CHECK(rendezvous(Nodes{"n1"}, "") == "n1");
}

TEST_CASE("who has a thing does not hang on the order of the nodes", "[rendezvous]") {
    Nodes nodes{"n1", "n2", "n3", "n4"};
    std::map<std::string, std::string> had;
    for (int i = 0; i < 100; ++i) had[thing(i)] = rendezvous(nodes, thing(i));
    while (std::ranges::next_permutation(nodes).found) {
        for (const auto& [name, node] : had) REQUIRE(rendezvous(nodes, name) == node);
    }
}

TEST_CASE("a node's things alone move when it goes, and come back with it", "[rendezvous]") {
    const Nodes all{"n1", "n2", "n3", "dns-a.corp.example", "dns-b.corp.example"};
    for (const auto& gone : all) {
        Nodes left = all;
        std::erase(left, gone);
        for (int i = 0; i < count; ++i) {
            const auto before = rendezvous(all, thing(i));
            const auto after = rendezvous(left, thing(i));
            REQUIRE(after != gone);
            if (before != gone) REQUIRE(after == before);
        }
    }
}

TEST_CASE("things are spread evenly, those of a node that has gone too", "[rendezvous]") {
    const Nodes all{"n1", "n2", "n3", "n4", "n5"};
    const Nodes left{"n2", "n3", "n4", "n5"};
    std::map<std::string_view, int> shares;
    std::map<std::string_view, int> inherited;
    for (int i = 0; i < count; ++i) {
        const auto node = rendezvous(all, thing(i));
        ++shares[node];
        if (node == "n1") ++inherited[rendezvous(left, thing(i))];
    }
    REQUIRE(shares.size() == all.size());
    for (const auto& [node, share] : shares) {
        CHECK(share > count / 5 * 9 / 10);
        CHECK(share < count / 5 * 11 / 10);
    }
    REQUIRE(inherited.size() == left.size());
    for (const auto& [node, share] : inherited) CHECK(share > count / 5 / 4 * 7 / 10);
}
