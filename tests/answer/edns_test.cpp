// What a reply says in EDNS options, and what it says of the server itself.
#include <catch2/catch.hpp>

#include "../support/zone_text.hpp"
#include "portolan/answer/respond.hpp"

using namespace portolan;
using answer::Transport;
using test::Ask;
using test::Told;

namespace {

constexpr std::uint16_t nsid = 3, cookie = 10, keepalive = 11, padding = 12, extended_error = 15;
constexpr std::uint32_t now = 1559731985;

const answer::View& view() {
    static const answer::View instance = test::view_of(test::zone_from("z.", R"(
@     300 SOA   ns1 admin 7 60 10 600 5
@     300 NS    ns1
ns1   300 A     192.0.2.53
many   60 TXT   aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
many   60 TXT   bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
many   60 TXT   cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
)"));
    return instance;
}

const answer::CookieSecrets secrets{{1, 2, 3}};
const answer::Identity identity{"ns1.rack4", "portolan test"};

answer::Moment moment() {
    return {.udp_limit_without_cookie = 512,
            .tcp_idle = 100,
            .now = now,
            .secrets = &secrets,
            .identity = &identity};
}

/// A cookie that this server has given to the tests' client.
std::string good_cookie() {
    return test::ask(view(),
                     Ask{.name = "z.", .type = "SOA", .options = {{cookie, "0102030405060708"}}},
                     Transport::udp, moment())
        .options.at(cookie);
}

}  // namespace

TEST_CASE("EDNS options are answered when asked for, and once") {
    struct Row {
        const char* what;
        std::vector<std::pair<std::uint16_t, std::string>> sent;
        Transport transport;
        std::vector<std::uint16_t> told;
    };
    const Row rows[] = {
        {"nothing asked", {{4711, "aa"}}, Transport::udp, {}},
        {"NSID", {{nsid, ""}}, Transport::udp, {nsid}},
        {"a client's cookie", {{cookie, "0102030405060708"}}, Transport::udp, {cookie}},
        {"two cookies",
         {{cookie, "0102030405060708"}, {cookie, "1102030405060708"}},
         Transport::udp,
         {cookie}},
        {"all",
         {{nsid, ""}, {cookie, "0102030405060708"}, {keepalive, ""}},
         Transport::tcp,
         {nsid, cookie, keepalive}},
        {"keepalive over TLS", {{keepalive, ""}}, Transport::tls, {keepalive}},
        {"padding over TLS", {{padding, "0000"}}, Transport::tls, {padding}},
        {"padding where it would hide nothing", {{padding, "0000"}}, Transport::tcp, {}},
        {"padding over UDP, where it would amplify", {{padding, ""}}, Transport::udp, {}},
        {"keepalive means nothing over UDP", {{keepalive, ""}}, Transport::udp, {}},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const Told told = test::ask(view(), Ask{.name = "ns1.z.", .type = "A", .options = row.sent},
                                    row.transport, moment());
        CHECK(told.rcode == 0);
        CHECK(told.answer.size() == 1);
        std::vector<std::uint16_t> codes;
        for (const auto& [code, data] : told.options) codes.push_back(code);
        CHECK(codes == row.told);
    }
}

TEST_CASE("EDNS options say what they say") {
    const Told told =
        test::ask(view(),
                  Ask{.name = "ns1.z.",
                      .type = "A",
                      .options = {{nsid, ""}, {cookie, "0102030405060708"}, {keepalive, ""}}},
                  Transport::tcp, moment());
    CHECK(told.options.at(nsid) == "6e73312e7261636b34");
    CHECK(told.options.at(keepalive) == "0064");
    CHECK(told.options.at(cookie).substr(0, 32) == "0102030405060708010000005cf79f11");
}

TEST_CASE("cookies of a wrong length, and keepalive with a time, are FORMERR") {
    const std::pair<std::uint16_t, std::string> bad[] = {
        {cookie, ""},
        {cookie, "01020304050607"},
        {cookie, "010203040506070809"},
        {cookie, std::string(15 * 2, '0')},
        {cookie, std::string(41 * 2, '0')},
        {keepalive, "0064"},
    };
    for (const auto& option : bad) {
        CAPTURE(option.first, option.second);
        const Told told = test::ask(view(), Ask{.name = "z.", .type = "SOA", .options = {option}},
                                    Transport::tcp, moment());
        CHECK(told.rcode == 1);
        CHECK(told.has_opt);
    }
    CHECK(test::ask(view(),
                    Ask{.name = "z.", .type = "SOA", .options = {{cookie, std::string(80, '0')}}},
                    Transport::tcp, moment())
              .rcode == 0);
}

TEST_CASE("replies over TLS are padded to multiples of 468 octets") {
    for (std::size_t length = 1; length <= 61; ++length) {
        const std::string name = std::string(length, 'x') + ".z.";
        const Told told = test::ask(
            view(), Ask{.name = name, .type = "A", .options = {{padding, ""}, {nsid, ""}}},
            Transport::tls, moment());
        CHECK(told.size == 468);
        CHECK(told.options.at(padding).find_first_not_of('0') == std::string::npos);
    }
    const Ask large{.name = "many.z.", .type = "TXT", .options = {{padding, "aabb"}}};
    CHECK(test::ask(view(), large, Transport::tls, moment()).size == 2 * 468);
    const Ask without{.name = "many.z.", .type = "TXT", .edns = true};
    CHECK(test::ask(view(), without, Transport::tls, moment()).size % 468 != 0);
}

TEST_CASE("padding ends where the room does") {
    const auto request =
        test::encode(Ask{.name = "many.z.", .type = "TXT", .options = {{padding, ""}}});
    for (std::size_t octets = 600; octets < 1000; ++octets) {
        std::vector<std::uint8_t> room(octets);
        answer::Exchange exchange{.request = request, .room = room, .transport = Transport::tls};
        answer::respond({&exchange, 1}, view(), moment());
        CAPTURE(octets, exchange.truncated);
        CHECK((exchange.size == (exchange.truncated ? 468 : 936) || exchange.size == octets ||
               exchange.size + 4 > octets));
        CHECK(exchange.size <= octets);
    }
}

TEST_CASE("a large UDP reply is for clients with a cookie, when so configured") {
    const Ask without{.name = "many.z.", .type = "TXT", .edns = true};
    const Told small = test::ask(view(), without, Transport::udp, moment());
    CHECK(small.truncated());
    CHECK(small.size <= 512);
    Ask with = without;
    with.options = {{cookie, good_cookie()}};
    const Told large = test::ask(view(), with, Transport::udp, moment());
    CHECK_FALSE(large.truncated());
    CHECK(large.answer.size() == 3);
}

TEST_CASE("a cookie survives truncation") {
    const Told told = test::ask(
        view(), Ask{.name = "many.z.", .type = "TXT", .options = {{cookie, "0102030405060708"}}},
        Transport::udp, moment());
    CHECK(told.truncated());
    CHECK(told.size <= 512);
    CHECK(told.options.contains(cookie));
}

TEST_CASE("a server that requires cookies gives BADCOOKIE and a cookie") {
    answer::Moment strict = moment();
    strict.requires_cookie = true;
    struct Row {
        const char* what;
        std::string sent;
        Transport transport;
        unsigned rcode;
    };
    const Row rows[] = {
        {"only the client's", "0102030405060708", Transport::udp, 23},
        {"a forged one", "0102030405060708010000005cf79f110000000000000000", Transport::udp, 23},
        {"ours", good_cookie(), Transport::udp, 0},
        {"over TCP the address is proven", "0102030405060708", Transport::tcp, 0},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const Told told =
            test::ask(view(), Ask{.name = "ns1.z.", .type = "A", .options = {{cookie, row.sent}}},
                      row.transport, strict);
        CHECK(told.rcode == row.rcode);
        CHECK(told.answer.size() == (row.rcode == 0 ? 1 : 0));
        CHECK(told.options.at(cookie).size() == 48);
    }
    CHECK(test::ask(view(), Ask{.name = "ns1.z.", .type = "A"}, Transport::udp, strict).rcode == 0);
}

TEST_CASE("a query for a cookie alone has no question") {
    const Ask alone{.options = {{cookie, "0102030405060708"}}, .has_question = false};
    const Told told = test::ask(view(), alone, Transport::udp, moment());
    CHECK(told.rcode == 0);
    CHECK(told.question.empty());
    CHECK(told.options.at(cookie).size() == 48);
    answer::Moment without = moment();
    without.secrets = nullptr;
    CHECK(test::ask(view(), alone, Transport::udp, without).rcode == 1);
    CHECK(test::ask(view(), Ask{.edns = true, .has_question = false}, Transport::udp, moment())
              .rcode == 1);
}

TEST_CASE("the server tells of itself in CH what the operator lets it") {
    struct Row {
        std::string name, type;
        unsigned rcode;
        std::multiset<std::string> answer;
    };
    const Row rows[] = {
        {"id.server.", "TXT", 0, {"id.server. 0 TXT \"ns1.rack4\""}},
        {"Hostname.Bind.", "TXT", 0, {"Hostname.Bind. 0 TXT \"ns1.rack4\""}},
        {"version.bind.", "TXT", 0, {"version.bind. 0 TXT \"portolan test\""}},
        {"version.server.", "ANY", 0, {"version.server. 0 TXT \"portolan test\""}},
        {"version.bind.", "A", 5, {}},
        {"authors.bind.", "TXT", 5, {}},
        {"z.", "SOA", 5, {}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name, row.type);
        const Ask ask{.name = row.name, .type = row.type, .klass = 3};
        const Told told = test::ask(view(), ask, Transport::udp, moment());
        CHECK(told.rcode == row.rcode);
        CHECK(told.answer == row.answer);
        CHECK(test::ask(view(), ask).rcode == 5);
    }
}

TEST_CASE("a refusal says why in an extended error") {
    const Told told = test::ask(view(), Ask{.name = "example.", .edns = true});
    CHECK(told.rcode == 5);
    CHECK(told.options.at(extended_error) == "0014");  // Not Authoritative
    CHECK(test::ask(view(), Ask{.name = "example."}).options.empty());
}
