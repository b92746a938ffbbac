#include "portolan/transfer/messages.hpp"

#include <catch2/catch.hpp>

#include <fmt/printf.h>

#include "../support/zone_text.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/transfer/policy.hpp"
#include "portolan/transfer/step_octets.hpp"

using namespace portolan;
using Lines = std::vector<std::string>;

namespace {

/// A table of the zone, and its content.
struct Zone {
    explicit Zone(const char* lines) : zone(test::zone_from("z.", lines)), table(zone) {}
    transfer::ContentPtr content() const {
        auto content = std::make_shared<transfer::Content>();
        content->apex = zone.apex();
        content->soa = dns::RrsetPtr(zone.find(zone.apex(), dns::Type::soa));
        content->sets = transfer::read_sets(table);
        return content;
    }
    zone::Zone zone;
    answer::Table table;
};

const char* const small = R"(
    @ 5 SOA ns dns 7 60 10 99 5
    @ 60 NS ns
    ns 60 A 192.0.2.1
    ns 60 AAAA 2001:db8::1
    a.b 60 TXT "x"
    c.b 60 TXT "y"
)";

transfer::Asked asked(bool edns = false) {
    static dns::Octets octets;
    octets = test::encode({.name = "z.", .type = "AXFR", .edns = edns});
    return transfer::Asked(octets, dns::parse_query(octets));
}

/// The Answer section, record by record, in its order.
Lines answers_of(dns::OctetView message) {
    Lines lines;
    dns::Reader reader(message, dns::header_octets);
    REQUIRE(reader.plain_name().has_value());
    REQUIRE(reader.u32().has_value());
    for (unsigned i = dns::load_u16(message.data() + 6); i > 0; --i) {
        const auto owner = reader.name();
        REQUIRE(owner.has_value());
        const auto type = static_cast<dns::Type>(*reader.u16());
        REQUIRE(reader.u16().has_value());
        const auto ttl = *reader.u32();
        const auto rdata = *reader.octets(*reader.u16());
        lines.push_back(dns::to_text(*owner) + " " + std::to_string(ttl) + " " + to_string(type) +
                        " " + dns::rdata_to_text(type, rdata));
    }
    return lines;
}

Lines all_of(transfer::Messages& messages, std::size_t limit, std::size_t* count = nullptr) {
    Lines lines;
    dns::Octets message;
    while (messages.next(message, limit, 0)) {
        CHECK(message.size() <= limit);
        for (auto& line : answers_of(message)) lines.push_back(std::move(line));
        if (count != nullptr) ++*count;
    }
    CHECK(messages.is_done());
    return lines;
}

}  // namespace

TEST_CASE("a zone is sent whole between two SOAs, in messages of any size") {
    const Zone zone(small);
    for (const std::size_t limit : {65535U, 200U, 90U}) {
        CAPTURE(limit);
        transfer::Messages messages(asked(), transfer::whole_zone(zone.content()), std::nullopt);
        std::size_t count = 0;
        Lines lines = all_of(messages, limit, &count);
        CHECK((count == 1) == (limit == 65535U));
        REQUIRE(lines.size() == 7);
        CHECK(lines.front() == lines.back());
        CHECK(lines.front() == "z. 5 SOA ns.z. dns.z. 7 60 10 99 5");
        lines.pop_back();
        std::ranges::sort(lines);
        Lines expected = test::lines_of(zone.zone);
        std::ranges::sort(expected);
        CHECK(lines == expected);
    }
}

TEST_CASE("a record that no message can hold ends a transfer, and not in a loop") {
    const Zone zone(small);
    transfer::Messages messages(asked(), transfer::whole_zone(zone.content()), std::nullopt);
    dns::Octets message;
    CHECK_FALSE(messages.next(message, 40, 0));
    CHECK_FALSE(messages.is_done());
}

TEST_CASE(
    "bug guard: owners of many shapes are compressed to themselves, over the reach of pointers") {
    std::string lines = "@ 5 SOA ns dns 7 60 10 99 5\n";
    for (int i = 0; i < 1500; ++i) {
        const std::string n = std::to_string(i);
        lines += "h" + n + ".e" + std::to_string(i % 7) + " 60 TXT \"" + n + "\"\n";
        lines += "deep.er.h" + n + " 60 A 192.0.2.1\n";
    }
    const Zone zone(lines.c_str());
    transfer::Messages messages(asked(true), transfer::whole_zone(zone.content()), std::nullopt);
    Lines told = all_of(messages, 65535);
    told.pop_back();
    std::ranges::sort(told);
    Lines expected = test::lines_of(zone.zone);
    std::ranges::sort(expected);
    CHECK(told == expected);
}

TEST_CASE("steps laid upon what was read while they were put in place make the last state") {
    const Zone before(small);
    const Zone after(R"(
        @ 5 SOA ns dns 8 60 10 99 5
        @ 60 NS ns
        ns 60 A 192.0.2.9
        a.b 60 TXT "x"
        new 60 A 192.0.2.2
    )");
    auto changes = zone::diff(before.zone, after.zone);
    const auto step = std::make_shared<const transfer::Step>(
        transfer::Step{before.content()->soa, after.content()->soa, 1, 2, std::move(changes)});
    const auto lines_of = [](const zone::Records& sets) {
        Lines lines;
        for (const auto set : sets) {
            for (const auto rdata : *set.rrset) {
                lines.push_back(dns::to_text(set.owner) + " " + to_string(set.rrset->type()) + " " +
                                dns::rdata_to_text(set.rrset->type(), rdata));
            }
        }
        std::ranges::sort(lines);
        return lines;
    };
    const Lines expected = lines_of(after.content()->sets);
    // From the state before, the state after, and one in which half of the step is in place.
    answer::Table half(before.zone);
    for (const auto& change : step->changes) {
        if (change.after == nullptr) continue;
        half.put(change.owner, change.after);
        break;
    }
    for (const answer::Table* table : {&before.table, &after.table, &std::as_const(half)}) {
        CHECK(lines_of(transfer::with_steps(transfer::read_sets(*table), {&step, 1})) == expected);
    }
}

TEST_CASE("a difference is told as RFC 1995 4 has it") {
    const Zone before(small);
    const Zone after(R"(
        @ 5 SOA ns dns 8 60 10 99 5
        @ 60 NS ns
        ns 60 A 192.0.2.9
        ns 90 AAAA 2001:db8::1
        c.b 60 TXT "y" "more"
        a.b 60 TXT "x"
    )");
    const auto step = std::make_shared<const transfer::Step>(transfer::Step{
        before.content()->soa, after.content()->soa, 1, 2, zone::diff(before.zone, after.zone)});
    transfer::Messages messages(asked(), transfer::difference(before.zone.apex(), {step}),
                                std::nullopt);
    const std::string old_soa = "z. 5 SOA ns.z. dns.z. 7 60 10 99 5";
    const std::string new_soa = "z. 5 SOA ns.z. dns.z. 8 60 10 99 5";
    CHECK(all_of(messages, 65535) ==
          Lines{new_soa, old_soa, "c.b.z. 60 TXT \"y\"", "ns.z. 60 A 192.0.2.1",
                "ns.z. 60 AAAA 2001:db8::1", new_soa, "c.b.z. 60 TXT \"y\" \"more\"",
                "ns.z. 60 A 192.0.2.9", "ns.z. 90 AAAA 2001:db8::1", new_soa});
}

TEST_CASE("a signature that is made anew is told alone, whatever the TTLs") {
    const char* const text = R"(
        @ 5 SOA ns dns %s 60 10 99 5
        a 60 A 192.0.2.1
        a 60 RRSIG A 13 2 60 20370101000000 20260101000000 %s z. AA==
        a 5 RRSIG NSEC 13 2 5 20370101000000 20260101000000 1 z. AA==
    )";
    const auto with = [text](const char* serial, const char* tag) {
        return fmt::sprintf(text, serial, tag);
    };
    const Zone before(with("7", "1").c_str());
    const Zone after(with("8", "2").c_str());
    const transfer::Step step{before.content()->soa, after.content()->soa, 1, 2,
                              zone::diff(before.zone, after.zone)};
    const auto kept = transfer::parse_step(transfer::to_octets(step));  // as on the disk
    REQUIRE(kept.has_value());
    transfer::Messages messages(
        asked(),
        transfer::difference(before.zone.apex(), {std::make_shared<const transfer::Step>(*kept)}),
        std::nullopt);
    const std::string old_soa = "z. 5 SOA ns.z. dns.z. 7 60 10 99 5";
    const std::string new_soa = "z. 5 SOA ns.z. dns.z. 8 60 10 99 5";
    const std::string times = " 20370101000000 20260101000000 ";
    CHECK(all_of(messages, 65535) ==
          Lines{new_soa, old_soa, "a.z. 60 RRSIG A 13 2 60" + times + "1 z. AA==", new_soa,
                "a.z. 60 RRSIG A 13 2 60" + times + "2 z. AA==", new_soa});
}

TEST_CASE("who may transfer: by address, by key, by both") {
    const auto key = [](const char* name) {
        return std::make_shared<const dns::TsigKey>(
            dns::TsigKey{dns::name_from(name), dns::TsigAlgorithm::hmac_sha256, dns::Octets(32)});
    };
    const auto one = key("one.");
    const auto other = key("other.");
    const auto find = [&](const std::string& path) {
        if (path == "one") return std::vector{one};
        if (path == "other") return std::vector{other};
        return std::vector<dns::TsigKeyPtr>();
    };
    const auto path = [](const char* text) { return registry::KeyPath({text, {}}); };
    const auto address = [](const char* text) { return *registry::parse_address(text); };
    const auto network = [](const char* text) { return *registry::parse_network(text); };
    using registry::Transfer;
    const auto with_key = [&](const char* text) {
        return registry::TransferTerms{path(text), {}, {}};
    };
    struct Row {
        const char* what;
        Transfer transfer;
        const char* client;
        dns::TsigKeyPtr key;
        bool is_allowed;
    };
    const Transfer by_address{{}, {{network("10.1.0.0/16"), {}, {}}}, {}};
    const Transfer by_key{{}, {}, with_key("one")};
    const Transfer by_both{{{address("192.0.2.1"), 53, {}, {}}}, {}, with_key("one")};
    const Transfer own_keys{{{address("192.0.2.1"), 53, with_key("other"), {}}},
                            {{network("10.1.0.0/16"), {}, {}}},
                            with_key("one")};
    const Transfer no_key_there{{}, {{network("10.1.0.0/16"), {}, {}}}, with_key("none")};
    const Row rows[] = {
        {"nobody is named", {}, "192.0.2.1", one, false},
        {"by address", by_address, "10.1.2.3", nullptr, true},
        {"by address, with a key too", by_address, "10.1.2.3", one, true},
        {"another address", by_address, "10.2.2.3", nullptr, false},
        {"another family", by_address, "2001:db8::1", nullptr, false},
        {"by key from anywhere", by_key, "198.51.100.1", one, true},
        {"by key over IPv6", by_key, "2001:db8::1", one, true},
        {"no key", by_key, "198.51.100.1", nullptr, false},
        {"another key", by_key, "198.51.100.1", other, false},
        {"both", by_both, "192.0.2.1", one, true},
        {"the address alone", by_both, "192.0.2.1", nullptr, false},
        {"the key alone", by_both, "192.0.2.2", one, false},
        {"its own key", own_keys, "192.0.2.1", other, true},
        {"the zone's key in place of its own", own_keys, "192.0.2.1", one, false},
        {"the zone's key", own_keys, "10.1.0.1", one, true},
        {"another's own key", own_keys, "10.1.0.1", other, false},
        {"a file without a key lets nobody in", no_key_there, "10.1.0.1", nullptr, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto policy = transfer::policy_of(row.transfer, find);
        CHECK(policy.allows({address(row.client), row.key}) == row.is_allowed);
    }
}

TEST_CASE("who may transfer: over TLS, by certificate") {
    using registry::Transfer;
    using registry::TransferTerms;
    using Names = std::vector<std::string>;
    const auto find = [](const std::string&) { return std::vector<dns::TsigKeyPtr>(); };
    const auto at = *registry::parse_address("192.0.2.1");
    const auto with = [&](const TransferTerms& own, const TransferTerms& all) {
        return Transfer{{{at, 53, own, {}}}, {}, all};
    };
    const TransferTerms tls{{}, true, {}}, any{{}, false, {}};
    const TransferTerms ns2{{}, {}, {"ns2.example", "ns3.example"}};
    const TransferTerms other{{}, {}, {"other.example"}};
    struct Row {
        const char* what;
        Transfer transfer;
        bool is_tls;
        Names names;
        bool is_allowed;
    };
    const Row rows[] = {
        {"TLS is not asked for", with({}, {}), false, {}, true},
        {"nor refused", with({}, {}), true, {}, true},
        {"TLS alone, in the clear", with({}, tls), false, {}, false},
        {"TLS alone", with({}, tls), true, {}, true},
        {"TLS alone, by its own term", with(tls, {}), false, {}, false},
        {"TLS alone but for this one", with(any, tls), false, {}, true},
        {"a certificate, in the clear", with({}, ns2), false, {}, false},
        {"a certificate, without", with({}, ns2), true, {}, false},
        {"a certificate", with({}, ns2), true, {"ns2.example"}, true},
        {"a certificate with several names", with({}, ns2), true, {"a.b", "ns3.example"}, true},
        {"another certificate", with({}, ns2), true, {"ns1.example"}, false},
        {"its own certificate", with(other, ns2), true, {"other.example"}, true},
        {"the zone's in place of its own", with(other, ns2), true, {"ns2.example"}, false},
        {"a certificate but for this one", with(any, ns2), false, {}, true},
        {"a certificate from anywhere", {{}, {}, ns2}, true, {"ns2.example"}, true},
        {"and no other", {{}, {}, ns2}, true, {}, false},
        {"TLS by itself proves nothing", {{}, {}, tls}, true, {"ns2.example"}, false},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto policy = transfer::policy_of(row.transfer, find);
        CHECK(policy.allows({at, nullptr, row.is_tls, row.names}) == row.is_allowed);
    }
}
