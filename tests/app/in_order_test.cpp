#include "app/in_order.hpp"

#include <catch2/catch.hpp>
#include <stdexcept>
#include <string>

using portolan::app::in_order;
using portolan::app::run_at_once;

namespace {

auto make_text() {
    return [made = 0](std::size_t i) mutable {
        ++made;
        return std::to_string(i);
    };
}

}  // namespace

TEST_CASE("results are taken in order, whoever made them") {
    for (const std::size_t count : {0U, 1U, 2U, 7U, 1000U}) {
        CAPTURE(count);
        std::vector<std::string> taken;
        in_order(count, make_text, [&](std::string text) { taken.push_back(std::move(text)); });
        std::vector<std::string> expected(count);
        for (std::size_t i = 0; i < count; ++i) expected[i] = std::to_string(i);
        CHECK(taken == expected);
    }
}

TEST_CASE("work that is run at once is done once each") {
    std::vector<int> done(1000);
    run_at_once(done.size(), [&](std::size_t i) { ++done[i]; });
    CHECK(done == std::vector<int>(1000, 1));
}

TEST_CASE("what a maker or the taker throws arrives, and all threads have ended") {
    const auto failing = [] {
        return [](std::size_t i) {
            if (i == 50) throw std::runtime_error("the 51st");
            return i;
        };
    };
    std::size_t taken = 0;
    CHECK_THROWS_WITH(in_order(100, failing, [&](std::size_t) { ++taken; }), "the 51st");
    CHECK(taken <= 50);
    CHECK_THROWS_WITH(in_order(100, make_text,
                               [](const std::string& text) {
                                   if (text == "3") throw std::runtime_error("enough");
                               }),
                      "enough");
}
