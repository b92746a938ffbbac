#include "portolan/registry/edit_json.hpp"

#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

#include "portolan/registry/registration_json.hpp"

namespace portolan::registry {
namespace {

/// The order as it is written again, or why it is none.
std::string read(std::string_view body) {
    const auto json = parse_json(body);
    if (!json) return json.error().reason;
    const auto order = order_from(*json);
    return order ? boost::json::serialize(to_json(*order)) : order.error().reason;
}

TEST_CASE("an order comes back as it was said") {
    const auto* body = GENERATE(
        R"({"kind":"application","name":"aluminium"})",
        R"({"kind":"application","name":"a","owner":"me","note":"it","until":"2027-01-31","id":14})",
        R"({"kind":"type","name":"snmp","zone":"z.example","proto":"udp"})",
        R"({"kind":"port","name":"mail-api","range":"API services","port":5017})");
    CHECK(read(body) == body);
}

TEST_CASE("what is said without need is not said again") {
    CHECK(read(R"({"kind":"type","name":"a","proto":"tcp","owner":"","until":""})") ==
          R"({"kind":"type","name":"a"})");
}

TEST_CASE("what is no order is refused by the key that is wrong") {
    struct Row {
        const char* body;
        const char* reason;
    };
    const Row rows[] = {
        {"", "this is no JSON from octet 1 on: incomplete JSON"},
        {"[1]", "the body must be an object"},
        {"{}", "kind is missing: application, type or port"},
        {R"({"kind":"host","name":"a"})", "kind must be application, type or port"},
        {R"({"kind":7,"name":"a"})", "kind must be a text"},
        {R"({"kind":"type"})", "name is missing: what the number is for"},
        {R"({"kind":"type","name":["a"]})", "name must be a text"},
        {R"({"kind":"port","name":"a"})", "range is missing: a category of the plan's registry"},
        {R"({"kind":"port","name":"a","range":"APIs","port":"5000"})",
         "port must be a number from 0 to 65535"},
        {R"({"kind":"port","name":"a","range":"APIs","port":70000})",
         "port must be a number from 0 to 65535"},
        {R"({"kind":"port","name":"a","range":"APIs","id":1})", "id is unknown"},
        {R"({"kind":"type","name":"a","id":-1})", "id must be a number from 0 to 65535"},
        {R"({"kind":"type","name":"a","id":1.5})", "id must be a number from 0 to 65535"},
        {R"({"kind":"type","name":"a","proto":"icmp"})", "proto must be tcp, udp, sctp or dccp"},
        {R"({"kind":"application","name":"a","proto":"udp"})", "proto is unknown"},
        {R"({"kind":"application","name":"a","range":"APIs"})", "range is unknown"},
        {R"({"kind":"application","name":"a","until":"2027-02-30"})",
         "until must be a day of the calendar like \"2027-01-31\""},
        {R"({"kind":"application","name":"a","until":20270131})", "until must be a text"},
        {R"({"kind":"application","name":"a","note":"one\ntwo"})",
         "note holds a control character"},
        {R"({"kind":"application","name":"a\u0000b"})", "name holds a control character"},
        {R"({"kind":"application","name":"a","owner":null})", "owner must be a text"},
        {R"({"kind":"application","name":"a","colour":"red"})", "colour is unknown"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.body);
        CHECK(read(row.body) == row.reason);
    }
    CHECK(read(R"({"kind":"type","name":"a","note":")" + std::string(4097, 'x') + "\"}") ==
          "note has 4097 octets, and 4096 are the most");
}

TEST_CASE("changes that give no number have no kind, no name and nothing to say") {
    Edit edit = CountInstances{6};
    CHECK(kind_of(edit).empty());
    CHECK(name_of(edit).empty());
    CHECK_FALSE(number_of(edit));
    CHECK(about_of(edit) == nullptr);
}

}  // namespace
}  // namespace portolan::registry
