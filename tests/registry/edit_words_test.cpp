#include <catch2/catch.hpp>

#include "portolan/registry/edit.hpp"

namespace portolan::registry {
namespace {

TEST_CASE("a change is read from its words") {
    struct Row {
        const char* text;
        const char* said;  // what `words` says of it, or the refusal
    };
    const Row rows[] = {
        {"add application aluminium --id 14", "add application aluminium: 14"},
        {"  add\tapplication   aluminium --id 14 ", "add application aluminium: 14"},
        {"add type admin udp --id 7", "add type admin/udp: 7"},
        {"add type admin --proto udp --id 7", "add type admin/udp: 7"},
        {"instances 6", "instances up to 6"},
        {"pattern XYYYZ", "pattern XYYYZ"},
        {"move oxygen 4 prod jb2", "move oxygen instance 4 in prod to jb2"},
        {"add type admin smtp", "smtp is no protocol: tcp, udp, sctp or dccp"},
        {"add application a --id many", "many is no number"},
        {"instances -1", "-1 is no number"},
        {"instances 4294967296", "4294967296 is no number"},
        {"move oxygen x prod jb2", "x is no number"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto edit = read_edit(row.text);
        const std::string said = edit ? words(*edit) : edit.error().reason;
        CHECK(said.substr(0, std::string_view(row.said).size()) == row.said);
    }
}

TEST_CASE("words that are no change are told which are") {
    const auto text = GENERATE("", " ", "add", "add application", "add application a b", "add type",
                               "add type a tcp --proto udp", "add application a --proto udp",
                               "instances", "pattern", "pattern X Y", "move oxygen 4 prod",
                               "delete oxygen", "--id 4", "add --id 4");
    CAPTURE(text);
    const auto edit = read_edit(text);
    REQUIRE(!edit);
    CHECK(edit.error().reason.starts_with("the changes are: "));
}

}  // namespace
}  // namespace portolan::registry
