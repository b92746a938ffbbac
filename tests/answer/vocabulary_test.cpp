#include "portolan/answer/vocabulary.hpp"

#include <catch2/catch.hpp>

#include "../support/zone_text.hpp"
#include "portolan/answer/respond.hpp"
#include "portolan/dns/presentation.hpp"

using namespace portolan;
using answer::Vocabulary;
using answer::WordList;
using test::Ask;

namespace {

Vocabulary::Words words() {
    return {.environments = {"dev", "prod", "qa"},
            .applications = {"hydrogen", "oxygen", "oxygen-two"},
            .types = {"ajp", "jmx", "jmx-remote"},
            .services = {"orders", "user-api", "rabbit", "rabbit-management"}};
}

std::string why(const std::string& owner) {
    static const Vocabulary vocabulary(words());
    const dns::Name name = dns::name_from(owner + "z.example.");
    std::array<char, Vocabulary::most_octets> room;
    return std::string(vocabulary.why_missing(dns::LowerName(name.view()), 2, room));
}

constexpr std::uint16_t extended_error = 15;

/// The words of a zone whose table has none of its services.
const answer::View& view() {
    static const answer::View one = [] {
        const auto tables = test::view_of(test::zone_from("z.", R"(
@                300 SOA ns1 admin 7 60 10 600 5
@                300 NS  ns1
prod             300 TXT here
_orders._tcp.prod 10 TXT "app=orders"
alias            300 CNAME nowhere.prod
)"))
                                .tables();
        return answer::View(tables,
                            {{tables.front().get(), std::make_shared<Vocabulary>(words())}});
    }();
    return one;
}

/// The text of the error that a reply carries, "-" for one without text, "" for no error.
std::string told(const Ask& ask) {
    const auto reply = test::ask(view(), ask);
    const auto found = reply.options.find(extended_error);
    if (found == reply.options.end()) return "";
    const auto octets = test::from_hex(found->second);
    CHECK(octets.size() >= 2);
    return octets.size() == 2 ? "-" : std::string(octets.begin() + 2, octets.end());
}

}  // namespace

TEST_CASE("a missing name is explained by its words") {
    const std::pair<const char*, const char*> rows[] = {
        {"_hydrogen-ajp._tcp.prd.", R"(no environment "prd"; did you mean "prod"?)"},
        {"www.", R"(no environment "www")"},
        {"_oxigen-jmx._tcp.prod.", R"(no application "oxigen"; did you mean "oxygen"?)"},
        {"_oxygen-jmy._tcp.prod.", R"(port type jmy not in convention; did you mean "jmx"?)"},
        {"_oxygen-snmp._udp.prod.", "port type snmp not in convention"},
        {"_oxygen-jmx._udp.prod.", "oxygen-jmx is known, but has no udp endpoint in prod"},
        {"_oxygen-two-jmx-remote._tcp.qa.",
         "oxygen-two-jmx-remote is known, but has no tcp endpoint in qa"},
        {"_oxigen-jmx-remote._tcp.qa.", R"(no application "oxigen"; did you mean "oxygen"?)"},
        {"_user-api._udp.dev.", "user-api is known, but has no udp endpoint in dev"},
        {"_usr-api._tcp.dev.", R"(no service "usr-api"; did you mean "user-api"?)"},
        {"_zzz._tcp.dev.", R"(no service "zzz")"},
        {"_jmx._tcp.dev.", "port type jmx has no name over all applications"},
        {"_ajp._tcp.oxigen.prod.",
         R"(no host, application or service "oxigen" in prod; did you mean "oxygen"?)"},
        {"_ajq._tcp.oxygen.prod.", R"(port type ajq not in convention; did you mean "ajp"?)"},
        {"_ajp._udp.oxygen.prod.", "oxygen has no ajp over udp in prod"},
        {"_mongodb._tcp.orders.prod.", "orders has no mongodb over tcp in prod"},
        {"order.prod.",
         R"(no host, application or service "order" in prod; did you mean "orders"?)"},
        {"oxygen.prod.", "oxygen is known, but has no address in prod"},
        {"7.oxygen.prod.", "oxygen has no instance 7 in prod"},
        {"10104._tcp._port.prod.", "no service on port 10104/tcp in prod"},
        {"WWW.PROD.", R"(no host, application or service "www" in prod)"},
        // What is no form of a derived name is left without words.
        {"_ldap._tcp.", ""},
        {"_tcp.prod.", ""},
        {"a.b.c.d.prod.", R"(no host, application or service "d" in prod)"},
        {"a.b.c.oxygen.prod.", ""},
        {"_x.prod.", ""},
        {"_x._y._tcp.prod.", ""},
        {"x._port.prod.", ""},
        {"bell\\007.prod.", ""},
        {"quote\\\".prod.", ""},
    };
    for (const auto& [name, text] : rows) {
        CAPTURE(name);
        CHECK(why(name) == text);
    }
}

TEST_CASE("a text of labels as long as can be ends where its room does") {
    const std::string label(63, 'a');
    const auto text = why("_" + label.substr(1) + "._tcp.oxygen.prod.");
    CHECK(text.size() <= Vocabulary::most_octets);
    CHECK(why(label + ".prod.").size() <= Vocabulary::most_octets);
    CHECK(why("_" + label.substr(1) + "._tcp.prod.").size() <= Vocabulary::most_octets);
}

TEST_CASE("the nearest word is one that a slip of the hand makes") {
    const WordList list({"hydrogen", "helium", "oxygen", "nitrogen", "a"});
    const std::pair<const char*, const char*> rows[] = {
        {"hydorgen", "hydrogen"}, {"hydrgen", "hydrogen"}, {"xhydrogen", ""}, {"oxigen", "oxygen"},
        {"heliun", "helium"},     {"carbon", ""},          {"", ""},          {"b", ""},
        {"ogyxen", "oxygen"},
    };
    for (const auto& [typed, near] : rows) {
        CAPTURE(typed);
        CHECK(list.closest(typed) == near);
    }
    CHECK(WordList().closest("oxygen").empty());
}

TEST_CASE("a negative answer tells a typo from an outage, to who has EDNS") {
    const Ask missing{.name = "_oxigen-jmx._tcp.prod.z.", .edns = true};
    CHECK(told(missing) == R"(no application "oxigen"; did you mean "oxygen"?)");
    CHECK(told({.name = missing.name}).empty());
    CHECK(told({.name = "_orders._tcp.prod.z.", .edns = true}) ==
          "service known, no endpoint alive");
    CHECK(told({.name = "_orders._tcp.prod.z.", .type = "A", .edns = true}).empty());
    CHECK(told({.name = "prod.z.", .type = "A", .edns = true}).empty());
    CHECK(told({.name = "alias.z.", .type = "A", .edns = true}) ==
          R"(no host, application or service "nowhere" in prod)");
}

TEST_CASE("an explanation that finds no room leaves its code") {
    Ask ask{.name = "_oxigen-jmx._tcp.prod.z.", .edns = true};
    answer::Moment moment;
    const auto size = test::ask(view(), ask).size;
    moment.udp_limit = static_cast<std::uint16_t>(size - 1);
    ask.payload = 512;
    std::vector<std::uint8_t> room(size - 1);
    const auto request = test::encode(ask);
    answer::Exchange exchange{.request = request, .room = room};
    answer::respond({&exchange, 1}, view(), moment);
    const auto told = test::decode({room.data(), exchange.size});
    CHECK(told.options.at(extended_error) == "0000");
    CHECK(told.authority.size() == 1);
    CHECK_FALSE(told.truncated());
}
