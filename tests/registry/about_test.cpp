#include "portolan/registry/about.hpp"

#include <catch2/catch.hpp>

using namespace portolan::registry;

TEST_CASE("dates are days of the calendar, written in full") {
    struct Row {
        const char* text;
        bool is_date;
    };
    const Row rows[] = {
        {"2027-01-31", true},
        {"2028-02-29", true},
        {"1999-12-31", true},
        {"9999-12-31", true},
        {"2000-02-29", true},
        {"0001-01-01", true},
        {"2027-02-29", false},
        {"2027-02-30", false},
        {"1900-02-29", false},
        {"2027-04-31", false},
        {"2027-13-01", false},
        {"2027-00-10", false},
        {"2027-01-00", false},
        {"2027-01-32", false},
        {"2027-1-31", false},
        {"27-01-31", false},
        {"2027/01/31", false},
        {"2027-01-31 ", false},
        {" 2027-01-31", false},
        {"2027-01-3", false},
        {"+027-01-31", false},
        {"2027-0a-31", false},
        {"31.01.2027", false},
        {"2027-01-31T00:00:00Z", false},
        {"", false},
        {"soon", false},
        {"2027-01--1", false},
        {"20270131", false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto date = parse_date(row.text);
        CHECK(date.has_value() == row.is_date);
        if (date) CHECK(date_text(*date) == row.text);
    }
}

TEST_CASE("what is said of a thing may be nothing") {
    CHECK(is_empty({}));
    CHECK_FALSE(is_empty({"me", "", {}}));
    CHECK_FALSE(is_empty({"", "it", {}}));
    CHECK_FALSE(is_empty({"", "", parse_date("2027-01-31")}));
    CHECK(until_text({"", "", parse_date("2027-01-31")}) == "2027-01-31");
    CHECK(until_text({"me", "it", {}}).empty());
}
