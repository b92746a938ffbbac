#include "portolan/dns/rdata.hpp"

#include <catch2/catch.hpp>

#include <random>
// clang-format off
#include <stdbool.h>
#include <ldns/ldns.h>
// clang-format on

#include "portolan/dns/presentation.hpp"

using namespace portolan::dns;

namespace {

struct Sample {
    Type type;
    const char* text;
};

/// One valid record or more of every type that has a text form.
const std::vector<Sample>& samples() {
    static const std::vector<Sample> all{
        {Type::a, "192.0.2.1"},
        {Type::ns, "ns1.example."},
        {Type::md, "a."},
        {Type::mf, "a.b."},
        {Type::cname, "x.example."},
        {Type::soa, "ns.example. h.example. 2026112201 3600 900 1209600 5"},
        {Type::mb, "a."},
        {Type::mg, "a."},
        {Type::mr, "a."},
        {Type::wks, "192.0.2.1 6 25 80"},
        {Type::ptr, "\\000\\255.example."},
        {Type::hinfo, "PC \"A B\""},
        {Type::minfo, "a. b."},
        {Type::mx, "10 mail.example."},
        {Type::txt, "\"some text\" x \"\" \"a;b(c)\\\"\""},
        {Type::rp, "a. b."},
        {Type::afsdb, "1 a."},
        {Type::x25, "311061700956"},
        {Type::isdn, "150862028003217 004"},
        {Type::isdn, "150862028003217"},
        {Type::rt, "1 a."},
        {Type::nsap, "0x47000580005a0000000001e133ffffff00016100"},
        {Type::sig, "A 5 2 3600 20260101000000 20251201000000 7 a. AQIDBA=="},
        {Type::key, "256 3 5 AQIDBA=="},
        {Type::px, "1 a. b."},
        {Type::aaaa, "2001:db8::1"},
        {Type::loc, "52 22 23.000 N 4 53 32.000 E -2.00m 1.00m 10000.00m 10.00m"},
        {Type::nxt, "a. A MX"},
        {Type::srv, "1 2 3 a.example."},
        {Type::naptr, "100 50 \"s\" \"SIP+D2U\" \"!^.*$!sip:x@y!\" _sip._udp.example."},
        {Type::kx, "1 a."},
        {Type::cert, "1 2 8 AQIDBA=="},
        {Type::dname, "a.example."},
        {Type::apl, "1:192.0.2.0/24 !2:2001:db8::/32"},
        {Type::ds, "1 13 2 0011223344556677889900112233445566778899001122334455667788990011"},
        {Type::sshfp, "4 2 00112233445566778899001122334455667788990011223344556677889900aa"},
        {Type::ipseckey, "10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ=="},
        {Type::ipseckey, "10 3 2 gw.example. AQID"},
        {Type::rrsig, "A 13 2 3600 20260101000000 20251201000000 7 example. AQIDBA=="},
        {Type::nsec, "b.example. A MX RRSIG NSEC TYPE1234"},
        {Type::dnskey, "257 3 13 AQIDBA=="},
        {Type::dhcid, "AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="},
        {Type::nsec3, "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A RRSIG"},
        {Type::nsec3param, "1 0 12 aabbccdd"},
        {Type::tlsa, "3 1 1 00112233445566778899001122334455667788990011223344556677889900aa"},
        {Type::smimea, "3 1 1 00112233445566778899001122334455667788990011223344556677889900aa"},
        {Type::hip, "2 200100107b1a74df365639cc39f1d578 AQID rvs.example."},
        {Type::cds, "0 0 0 00"},
        {Type::cdnskey, "0 3 0 AA=="},
        {Type::openpgpkey, "AQIDBA=="},
        {Type::csync, "66 3 A NS AAAA"},
        {Type::zonemd,
         "1 1 1 "
         "c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9"
         "a9713b3c9ae5cc27777f98b8e730044c"},
        {Type::svcb, "1 foo.example. alpn=h2,h3 port=53 ipv4hint=192.0.2.1"},
        {Type::https, "0 foo.example."},
        {Type::https, "1 . mandatory=alpn alpn=h2 key667=\"x y\""},
        {Type::spf, "\"v=spf1 -all\""},
        {Type::nid, "10 0014:4fff:ff20:ee64"},
        {Type::l32, "10 10.1.2.0"},
        {Type::l64, "10 2001:0db8:1140:1000"},
        {Type::lp, "10 l.example."},
        {Type::eui48, "00-00-5e-00-53-2a"},
        {Type::eui64, "00-00-5e-ef-10-00-00-2a"},
        {Type::uri, "10 1 \"ftp://ftp1.example/public\""},
        {Type::caa, "128 issue \"ca.example; policy=ev\""},
    };
    return all;
}

std::string hex(OctetView octets) {
    std::string text;
    for (const auto octet : octets) {
        text += "0123456789abcdef"[octet >> 4];
        text += "0123456789abcdef"[octet & 15];
    }
    return text;
}

/// What ldns makes of "x. 1 IN TYPE text": the RDATA in hex, or a note that it refuses.
std::string ldns_rdata(Type type, const std::string& text) {
    ldns_rr* rr = nullptr;
    const auto line = "x. 1 IN " + to_string(type) + " " + text;
    if (ldns_rr_new_frm_str(&rr, line.c_str(), 0, nullptr, nullptr) != LDNS_STATUS_OK)
        return "refused";
    std::uint8_t* wire = nullptr;
    std::size_t size = 0;
    std::string result = "no wire form";
    if (ldns_rr2wire(&wire, rr, LDNS_SECTION_ANSWER, &size) == LDNS_STATUS_OK) {
        constexpr std::size_t before = 3 + 10;  // "x.", type, class, TTL, length
        result = hex(OctetView(wire, size).subspan(before));
        LDNS_FREE(wire);
    }
    ldns_rr_free(rr);
    return result;
}

/// The same, without RDATA text that ldns does not know in Debian's version.
bool ldns_knows(Type type) { return type != Type::nxt && type != Type::sig; }

Octets mutated(Octets octets, std::mt19937& random) {
    const auto any = [&](std::size_t below) {
        return std::uniform_int_distribution<std::size_t>(0, below - 1)(random);
    };
    for (auto edits = 1 + any(3); edits > 0; --edits) {
        const auto at = octets.empty() ? 0 : any(octets.size());
        const auto octet = static_cast<std::uint8_t>(any(256));
        switch (octets.empty() ? 0 : any(4)) {
            case 0:
                octets.insert(octets.begin() + static_cast<std::ptrdiff_t>(at), octet);
                break;
            case 1:
                octets.erase(octets.begin() + static_cast<std::ptrdiff_t>(at));
                break;
            default:
                octets[at] = octet;
        }
    }
    return octets;
}

}  // namespace

TEST_CASE("every type's text reads as ldns reads it", "[rdata]") {
    for (const auto& sample : samples()) {
        CAPTURE(to_string(sample.type), sample.text);
        const auto octets = rdata_from(sample.type, sample.text);
        CHECK(is_well_formed(sample.type, octets));
        if (ldns_knows(sample.type)) {
            CHECK(hex(octets) == ldns_rdata(sample.type, sample.text));
            CHECK(hex(octets) == ldns_rdata(sample.type, rdata_to_text(sample.type, octets)));
        }
    }
}

TEST_CASE("any valid RDATA survives the way through text", "[rdata]") {
    std::mt19937 random(20261122);
    std::size_t valid = 0;
    for (const auto& sample : samples()) {
        const auto original = rdata_from(sample.type, sample.text);
        for (int round = 0; round < 300; ++round) {
            const auto octets = mutated(original, random);
            const bool good = is_well_formed(sample.type, octets);
            const auto text = rdata_to_text(sample.type, octets);
            CAPTURE(to_string(sample.type), hex(octets), text);
            if (!good) {
                CHECK(text.starts_with("\\#"));
                CHECK_THROWS(rdata_from(sample.type, text));
                continue;
            }
            ++valid;
            const bool padded =
                sample.type == Type::wks && octets.back() == 0;  // zeros mean nothing
            if (!padded) CHECK(hex(rdata_from(sample.type, text)) == hex(octets));
        }
    }
    CHECK(valid > 5000);
}

TEST_CASE("no prefix of a record is a record unless its type says so", "[rdata]") {
    for (const auto& sample : samples()) {
        const auto octets = rdata_from(sample.type, sample.text);
        for (std::size_t size = 0; size < octets.size(); ++size) {
            CAPTURE(to_string(sample.type), size);
            const auto part = OctetView(octets).first(size);
            if (is_well_formed(sample.type, part)) {
                const auto text = rdata_to_text(sample.type, part);
                if (sample.type != Type::wks)
                    CHECK(hex(rdata_from(sample.type, text)) == hex(part));
            }
        }
        auto longer = octets;
        longer.push_back(0xff);
        const auto last = fields_of(sample.type).back();
        const bool open_ended = last == Field::base64_rest || last == Field::hex_rest ||
                                last == Field::text_rest || sample.type == Type::wks ||
                                sample.type == Type::nsap || sample.type == Type::nxt ||
                                sample.type == Type::ipseckey;
        CAPTURE(to_string(sample.type));
        CHECK(is_well_formed(sample.type, longer) == open_ended);
    }
}

TEST_CASE("compressed names in RDATA are expanded for the old types only", "[rdata]") {
    // "a.example." at 0, then RDATA with a pointer to "example." at 2.
    const Octets name{1, 'a', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0};
    struct Row {
        Type type;
        Octets rdata;
        const char* text;  // null: refused
    };
    const std::vector<Row> rows{
        {Type::ns, {0xc0, 2}, "example."},
        {Type::ns, {1, 'x', 0xc0, 0}, "x.a.example."},
        {Type::mx, {0, 10, 1, 'm', 0xc0, 2}, "10 m.example."},
        {Type::srv, {0, 1, 0, 2, 0, 3, 0xc0, 0}, "1 2 3 a.example."},
        {Type::soa,
         {0xc0, 0, 0xc0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5},
         "a.example. example. 1 2 3 4 5"},
        {Type::dname, {0xc0, 2}, nullptr},
        {Type::kx, {0, 10, 0xc0, 2}, nullptr},
        {Type::ns, {0xc0, 2, 0}, nullptr},
        {Type::ns, {0xc0, 11}, nullptr},
        {Type::ns, {0xc0}, nullptr},
        {Type::mx, {0}, nullptr},
        {Type::a, {1, 2, 3, 4}, "1.2.3.4"},
        {Type::a, {1, 2, 3}, nullptr},
        {static_cast<Type>(999), {0xc0, 2}, "\\# 2 c002"},
    };
    for (const auto& row : rows) {
        CAPTURE(to_string(row.type), hex(row.rdata));
        auto message = name;
        message.insert(message.end(), row.rdata.begin(), row.rdata.end());
        message.push_back(0);  // what follows the record is not the record's
        Reader reader(message, name.size());
        const auto rdata = read_rdata(row.type, reader, row.rdata.size());
        REQUIRE(rdata.has_value() == (row.text != nullptr));
        if (!rdata) continue;
        CHECK(rdata_to_text(row.type, *rdata) == row.text);
        CHECK(reader.position() == name.size() + row.rdata.size());
    }
    Reader reader(name, 5);
    CHECK_FALSE(read_rdata(Type::txt, reader, 100).has_value());
}

TEST_CASE("the names in RDATA are visited in order", "[rdata]") {
    struct Row {
        Type type;
        const char *text, *names;
    };
    const auto row = GENERATE(values<Row>({
        {Type::a, "192.0.2.1", ""},
        {Type::srv, "1 2 3 a.example.", "a.example. "},
        {Type::soa, "a. b. 1 2 3 4 5", "a. b. "},
        {Type::naptr, "1 2 s x y r.example.", "r.example. "},
        {Type::rrsig, "A 13 2 3600 20260101000000 20251201000000 7 s. AQIDBA==", "s. "},
        {Type::svcb, "1 t. port=1", "t. "},
        {Type::txt, "a.", ""},
    }));
    CAPTURE(to_string(row.type));
    std::string names;
    const auto octets = rdata_from(row.type, row.text);
    for_each_name(row.type, octets, [&](NameView name) { names += to_text(name) + " "; });
    CHECK(names == row.names);
}

TEST_CASE("each shape names each of its fields", "[rdata]") {
    for (unsigned number = 0; number < 300; ++number) {
        const auto type = static_cast<Type>(number);
        const auto names = field_names(type);
        const auto words = names.empty() ? 0 : 1 + std::count(names.begin(), names.end(), ' ');
        CAPTURE(to_string(type));
        CHECK(static_cast<std::size_t>(words) == fields_of(type).size());
    }
}
