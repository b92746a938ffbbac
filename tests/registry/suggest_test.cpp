#include "portolan/registry/suggest.hpp"

#include <catch2/catch.hpp>

namespace portolan::registry {
namespace {

TEST_CASE("the nearest name, when it is near enough") {
    const std::vector<std::string_view> names{"hydrogen", "helium", "oxygen", "ajp"};
    struct Row {
        const char* typed;
        const char* suggestion;
    };
    const Row rows[] = {
        {"oxigen", "oxygen"},      {"OXYGEN", "oxygen"}, {"hleium", "helium"},     {"apj", "ajp"},
        {"hydrogene", "hydrogen"}, {"kubernetes", ""},   {"hydroxen", "hydrogen"}, {"zzz", ""}};
    for (const auto& row : rows) {
        CAPTURE(row.typed);
        CHECK(closest(row.typed, names).value_or("") == row.suggestion);
    }
    CHECK(did_you_mean("oxgen", names) == "Did you mean \"oxygen\"?");
    CHECK(did_you_mean("zzz", names) == "Known: hydrogen, helium, oxygen, ajp.");
    CHECK(did_you_mean("zzz", {}).empty());
}

}  // namespace
}  // namespace portolan::registry
