#include "portolan/dns/lower_name.hpp"

#include <catch2/catch.hpp>
#include <vector>

#include "portolan/dns/presentation.hpp"
#include "portolan/dns/rrset.hpp"

using namespace portolan;
using dns::LowerName;

namespace {

std::string text_of(dns::OctetView name) { return dns::to_text(dns::NameView(name)); }

}  // namespace

TEST_CASE("sixteen octets at a time fold as one at a time does") {
    std::vector<std::uint8_t> octets;
    for (unsigned round = 0; round < 3; ++round) {
        for (unsigned octet = 0; octet < 256; ++octet)
            octets.push_back(static_cast<std::uint8_t>(octet * (round * 2 + 1)));
    }
    for (std::size_t size = 0; size < 40; ++size) {
        for (std::size_t start = 0; start + size <= octets.size(); ++start) {
            std::vector<std::uint8_t> folded(size), expected;
            dns::fold_into(octets.data() + start, size, folded.data());
            for (std::size_t i = 0; i < size; ++i) expected.push_back(dns::fold(octets[start + i]));
            REQUIRE(folded == expected);
        }
    }
}

TEST_CASE("a lowered name knows its ancestors") {
    const LowerName name(dns::name_from("WWW.Example.COM."));
    CHECK(name.labels() == 3);
    CHECK(text_of(name.octets()) == "www.example.com.");
    CHECK(text_of(name.ancestor(3)) == "www.example.com.");
    CHECK(text_of(name.ancestor(2)) == "example.com.");
    CHECK(text_of(name.ancestor(1)) == "com.");
    CHECK(text_of(name.ancestor(0)) == ".");
    CHECK(LowerName().labels() == 0);
    CHECK(text_of(LowerName().ancestor(0)) == ".");
}

TEST_CASE("the name with the most labels is lowered whole") {
    std::string text;
    for (int i = 0; i < 127; ++i) text += "A.";
    const LowerName name(dns::name_from(text));
    CHECK(name.labels() == 127);
    CHECK(name.size() == dns::max_name_octets);
    CHECK(text_of(name.ancestor(2)) == "a.a.");
}

TEST_CASE("at or below, by whole labels") {
    struct Row {
        const char* name;
        const char* above;
        bool is_below;
    };
    const auto row = GENERATE(values<Row>({
        {"a.example.", "example.", true},
        {"example.", "example.", true},
        {"A.EXAMPLE.", "example.", true},
        {"example.", "a.example.", false},
        {"anexample.", "example.", false},
        {"a.example.", ".", true},
        {".", ".", true},
        {"a.example.", "example.org.", false},
    }));
    CAPTURE(row.name, row.above);
    const LowerName above(dns::name_from(row.above));
    CHECK(LowerName(dns::name_from(row.name)).is_at_or_below(above.octets(), above.labels()) ==
          row.is_below);
}

TEST_CASE("a set knows the hashes of its targets, whatever their case") {
    const auto hash_of = [](const char* name) {
        return dns::keyed_hash(LowerName(dns::name_from(name)).octets());
    };
    const auto set = dns::make_rrset(dns::Type::srv, {},
                                     {dns::rdata_from(dns::Type::srv, "1 1 80 Host1.Example."),
                                      dns::rdata_from(dns::Type::srv, "2 1 80 host2.example.")});
    REQUIRE(set->target_hashes().size() == 2);
    CHECK(set->target_hashes()[0] == hash_of("host1.example."));
    CHECK(set->target_hashes()[1] == hash_of("HOST2.example."));
    const auto address = dns::make_rrset(dns::Type::a, {}, {{10, 0, 0, 1}});
    CHECK(address->target_hashes().empty());
}
