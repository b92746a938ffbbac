#include "portolan/transfer/update.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "../support/zone_text.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/dns/query.hpp"

using namespace portolan;
using transfer::Edit;
using transfer::Prerequisite;

namespace {

void put_u16(dns::Octets& to, unsigned value) {
    to.push_back(static_cast<std::uint8_t>(value >> 8));
    to.push_back(static_cast<std::uint8_t>(value));
}

void put_name(dns::Octets& to, std::string_view text) {
    const auto name = dns::name_from(text);
    to.insert(to.end(), name.view().octets().begin(), name.view().octets().end());
}

dns::Type type_of(std::string_view text) {
    dns::Type type{};
    REQUIRE(dns::parse_type(text, type));
    return type;
}

/// A record of an UPDATE. `rdata` is text with names relative to z.; nullptr: no octet of it.
struct Wire {
    const char* owner;
    dns::Class klass;
    unsigned ttl;
    const char* type;
    const char* rdata;
};

void put(dns::Octets& to, const Wire& record) {
    put_name(to, record.owner);
    put_u16(to, static_cast<unsigned>(type_of(record.type)));
    put_u16(to, static_cast<unsigned>(record.klass));
    put_u16(to, record.ttl >> 16);
    put_u16(to, record.ttl & 0xffff);
    if (record.rdata == nullptr) return put_u16(to, 0);
    const auto zone = test::zone_from("z.", fmt::format("x 5 {} {}", record.type, record.rdata));
    const auto rdata = *zone.find(dns::name_from("x.z."), type_of(record.type))->begin();
    put_u16(to, static_cast<unsigned>(rdata.size()));
    to.insert(to.end(), rdata.begin(), rdata.end());
}

struct Message {
    std::vector<Wire> prerequisites, edits;
    dns::Octets options{};  // of an OPT
    const char* zone = "z.";
    const char* zone_type = "SOA";

    [[nodiscard]] dns::Octets octets() const {
        dns::Octets to{0x12, 0x34, 0x28, 0x00, 0, 1};
        put_u16(to, static_cast<unsigned>(prerequisites.size()));
        put_u16(to, static_cast<unsigned>(edits.size()));
        put_u16(to, options.empty() ? 0 : 1);
        put_name(to, zone);
        put_u16(to, static_cast<unsigned>(type_of(zone_type)));
        put_u16(to, 1);
        for (const auto& each : prerequisites) put(to, each);
        for (const auto& each : edits) put(to, each);
        if (!options.empty()) {
            to.insert(to.end(), {0, 0, 41, 4, 208, 0, 0, 0, 0});
            put_u16(to, static_cast<unsigned>(options.size()));
            to.insert(to.end(), options.begin(), options.end());
        }
        return to;
    }
};

dns::Rcode read(const Message& message) {
    const auto update = transfer::read_update(message.octets());
    return update ? dns::Rcode::noerror : update.error();
}

constexpr auto in = dns::Class::in;
constexpr auto any = dns::Class::any;
constexpr auto none = dns::Class::none;
const char* const srv = "10 100 8080 jb1";

}  // namespace

TEST_CASE("the edits of an update are read (RFC 2136 2.5)") {
    const auto update = transfer::read_update(Message{
        .prerequisites = {},
        .edits = {
            {"_A._tcp.Z.", in, 60, "SRV", srv},
            {"_a._tcp.z.", any, 0, "SRV", nullptr},
            {"_a._tcp.z.", any, 0, "ANY", nullptr},
            {"_a._tcp.z.", none, 0, "SRV", srv}}}.octets());
    REQUIRE(update.has_value());
    CHECK(dns::to_text(update->zone) == "z.");
    const std::vector<Edit::Kind> kinds{Edit::Kind::add, Edit::Kind::remove_set,
                                        Edit::Kind::remove_name, Edit::Kind::remove_record};
    REQUIRE(update->edits.size() == kinds.size());
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        INFO(i);
        CHECK(update->edits[i].kind == kinds[i]);
        CHECK(dns::to_text(update->edits[i].owner) == "_a._tcp.z.");
    }
    CHECK(update->edits[0].ttl.seconds == 60);
    CHECK(dns::rdata_to_text(dns::Type::srv, update->edits[0].rdata) == "10 100 8080 jb1.z.");
    CHECK(update->edits[3].rdata == update->edits[0].rdata);
    CHECK_FALSE(update->lease.has_value());
}

TEST_CASE("what is wrong with an update is told as RFC 2136 3.1 to 3.4 have it") {
    using R = dns::Rcode;
    struct Row {
        const char* what;
        Message message;
        R rcode;
    };
    const Row rows[] = {
        {"nothing asked", {{}, {}}, R::noerror},
        {"the zone is no SOA", {.prerequisites = {}, .edits = {}, .zone_type = "A"}, R::formerr},
        {"a prerequisite's TTL", {{{"a.z.", any, 1, "A", nullptr}}, {}}, R::formerr},
        {"a prerequisite elsewhere", {{{"a.y.", any, 0, "A", nullptr}}, {}}, R::notzone},
        {"ANY with RDATA", {{{"a.z.", any, 0, "A", "192.0.2.1"}}, {}}, R::formerr},
        {"NONE with RDATA", {{{"a.z.", none, 0, "A", "192.0.2.1"}}, {}}, R::formerr},
        {"a set of ANY", {{{"a.z.", in, 0, "ANY", nullptr}}, {}}, R::formerr},
        {"a meta type", {{{"a.z.", any, 0, "AXFR", nullptr}}, {}}, R::formerr},
        {"another class", {{{"a.z.", dns::Class::ch, 0, "A", nullptr}}, {}}, R::formerr},
        {"an edit elsewhere", {{}, {{"a.y.", in, 0, "A", "192.0.2.1"}}}, R::notzone},
        {"an edit with a meta type", {{}, {{"a.z.", any, 0, "IXFR", nullptr}}}, R::formerr},
        {"adding ANY", {{}, {{"a.z.", in, 5, "ANY", nullptr}}}, R::formerr},
        {"adding a half record", {{}, {{"a.z.", in, 5, "A", nullptr}}}, R::formerr},
        {"removing a set with a TTL", {{}, {{"a.z.", any, 5, "A", nullptr}}}, R::formerr},
        {"removing a set by RDATA", {{}, {{"a.z.", any, 0, "A", "192.0.2.1"}}}, R::formerr},
        {"removing a record with a TTL", {{}, {{"a.z.", none, 5, "A", "192.0.2.1"}}}, R::formerr},
        {"an edit of another class",
         {{}, {{"a.z.", dns::Class::ch, 0, "A", "192.0.2.1"}}},
         R::formerr},
        {"a lease of three octets", {{}, {}, {0, 2, 0, 3, 0, 0, 9}}, R::formerr},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        CHECK(read(row.message) == row.rcode);
    }
}

TEST_CASE("an update that is cut off anywhere is FORMERR, and nothing else happens") {
    const auto whole = Message{
        .prerequisites = {{"a.z.", any, 0, "A", nullptr}},
        .edits = {{"_a._tcp.z.", in, 60, "SRV", srv}},
        .options = {0, 2, 0, 4, 0, 0, 0,
                    60}}.octets();
    REQUIRE(transfer::read_update(whole).has_value());
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto update = transfer::read_update({whole.data(), size});
        INFO(size);
        REQUIRE_FALSE(update.has_value());
        CHECK(update.error() == dns::Rcode::formerr);
    }
    auto longer = whole;
    longer.push_back(0);
    CHECK_FALSE(transfer::read_update(longer).has_value());
}

TEST_CASE("an update may ask for a lease (RFC 9664 4)") {
    struct Row {
        dns::Octets option;
        std::chrono::seconds lease;
    };
    const Row rows[] = {
        {{0, 2, 0, 4, 0, 0, 0x0e, 0x10}, std::chrono::hours(1)},
        {{0, 2, 0, 8, 0, 0, 0, 60, 0, 9, 0x3a, 0x80}, std::chrono::minutes(1)},
        {{0, 3, 0, 0, 0, 2, 0, 4, 0, 0, 0, 5}, std::chrono::seconds(5)},
    };
    for (const auto& row : rows) {
        const auto octets =
            Message{.prerequisites = {}, .edits = {}, .options = row.option}.octets();
        const auto update = transfer::read_update(octets);
        REQUIRE(update.has_value());
        CHECK(update->has_edns);
        CHECK(update->lease.value().count() == row.lease.count());
    }
}

TEST_CASE("prerequisites are held against the zone (RFC 2136 3.2)") {
    const answer::Table table(test::zone_from("z.", R"(
        @ 5 SOA ns dns 7 60 10 99 5
        a 60 A 192.0.2.1
        a 60 A 192.0.2.2
        _s._tcp.b 60 SRV 1 2 3 a
        below.empty 60 A 192.0.2.3
    )"));
    using R = dns::Rcode;
    struct Row {
        const char* what;
        std::vector<Wire> prerequisites;
        R rcode;
    };
    const Row rows[] = {
        {"a set that is there", {{"A.z.", any, 0, "A", nullptr}}, R::noerror},
        {"a set that is not", {{"a.z.", any, 0, "TXT", nullptr}}, R::nxrrset},
        {"a set at no name", {{"c.z.", any, 0, "A", nullptr}}, R::nxrrset},
        {"no set, as wished", {{"a.z.", none, 0, "TXT", nullptr}}, R::noerror},
        {"no set, but one", {{"a.z.", none, 0, "A", nullptr}}, R::yxrrset},
        {"a name in use", {{"a.z.", any, 0, "ANY", nullptr}}, R::noerror},
        {"a name without records", {{"empty.z.", any, 0, "ANY", nullptr}}, R::nxdomain},
        {"a free name", {{"c.z.", none, 0, "ANY", nullptr}}, R::noerror},
        {"an empty one is free", {{"empty.z.", none, 0, "ANY", nullptr}}, R::noerror},
        {"a name that is not free", {{"a.z.", none, 0, "ANY", nullptr}}, R::yxdomain},
        {"the set as it is, in any order",
         {{"a.z.", in, 0, "A", "192.0.2.2"}, {"a.z.", in, 0, "A", "192.0.2.1"}},
         R::noerror},
        {"a part of the set", {{"a.z.", in, 0, "A", "192.0.2.1"}}, R::nxrrset},
        {"more than the set",
         {{"a.z.", in, 0, "A", "192.0.2.2"},
          {"a.z.", in, 0, "A", "192.0.2.1"},
          {"a.z.", in, 0, "A", "192.0.2.3"}},
         R::nxrrset},
        {"names in any case", {{"_s._tcp.b.z.", in, 0, "SRV", "1 2 3 A"}}, R::noerror},
        {"the first that fails counts",
         {{"a.z.", any, 0, "A", nullptr},
          {"c.z.", any, 0, "ANY", nullptr},
          {"a.z.", none, 0, "A", nullptr}},
         R::nxdomain},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        const auto octets = Message{.prerequisites = row.prerequisites, .edits = {}}.octets();
        const auto update = transfer::read_update(octets);
        REQUIRE(update.has_value());
        CHECK(transfer::unmet(*update, table) == row.rcode);
    }
}

TEST_CASE("the reply to an update is its header, and the lease that was granted") {
    const auto request = Message{.prerequisites = {}, .edits = {}}.octets();
    const dns::Octets bare{0x12, 0x34, 0xa8, 6, 0, 0, 0, 0, 0, 0, 0, 0};
    CHECK(transfer::update_reply(request, dns::Rcode::yxdomain, std::nullopt) == bare);
    const auto granted =
        transfer::update_reply(request, dns::Rcode::noerror, std::chrono::seconds(60));
    const dns::Octets lease{0, 2, 0, 4, 0, 0, 0, 60};
    REQUIRE(granted.size() == bare.size() + dns::opt_octets + lease.size());
    CHECK(std::equal(lease.rbegin(), lease.rend(), granted.rbegin()));
}
