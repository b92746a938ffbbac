#include "portolan/dns/name.hpp"

#include <catch2/catch.hpp>

#include "portolan/dns/presentation.hpp"

using namespace portolan::dns;

TEST_CASE("names compare without case, by labels from the right") {
    // RFC 4034 6.1's own example, in order, with names of odd octets.
    const char* const order[] = {"example.",         "a.example.",      "yljkjljk.a.example.",
                                 "Z.a.example.",     "zABC.a.EXAMPLE.", "z.example.",
                                 "\\001.z.example.", "*.z.example.",    "\\200.z.example."};
    for (std::size_t i = 0; i < std::size(order); ++i) {
        for (std::size_t j = 0; j < std::size(order); ++j) {
            CAPTURE(order[i], order[j]);
            const Name a = name_from(order[i]);
            const Name b = name_from(order[j]);
            CHECK((a < b) == (i < j));
            CHECK((a == b) == (i == j));
        }
    }
    CHECK(name_from("WWW.Example.") == name_from("www.eXAMPLE."));
}

TEST_CASE("a name is below another at label boundaries only") {
    struct Row {
        const char* name;
        const char* zone;
        bool below;
    };
    const Row rows[] = {
        {"a.b.", "b.", true},
        {"b.", "b.", true},
        {"ab.", "b.", false},
        {"b.", "a.b.", false},
        {"x.", ".", true},
        {"A.B.", "b.", true},
        // The octets of "\001b" end in those of "b" without being below it.
        {"a\\001b.", "b.", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name, row.zone);
        CHECK(name_from(row.name).view().is_at_or_below(name_from(row.zone)) == row.below);
    }
}

TEST_CASE("names grow to 255 octets and no further") {
    Name name;
    const std::string label(63, 'x');
    CHECK(name.prepend(label));
    CHECK(name.prepend(label));
    CHECK(name.prepend(label));
    CHECK_FALSE(name.prepend(label));  // 1 + 4 * 64 is 257
    CHECK(name.prepend(std::string(61, 'y')));
    CHECK(name.size() == 255);
    CHECK_FALSE(name.prepend("z"));
    CHECK_FALSE(Name().prepend(std::string(64, 'x')));
    CHECK_FALSE(Name().prepend(""));
    Name base = name_from("b.");
    CHECK(base.prepend_all(name_from("x.y.")));
    CHECK(base == name_from("x.y.b."));
    CHECK_FALSE(base.prepend_all(name));
    CHECK(base == name_from("x.y.b."));
}

TEST_CASE("ancestors count from the left") {
    const Name name = name_from("a.b.c.");
    CHECK(name.view().label_count() == 3);
    CHECK(name.view().ancestor(0) == name);
    CHECK(name.view().ancestor(2) == name_from("c."));
    CHECK(name.view().ancestor(3).is_root());
    CHECK(name.view().parent() == name_from("b.c."));
}
