#include "portolan/dns/presentation.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

#include "portolan/dns/rdata.hpp"

using namespace portolan::dns;

namespace {

std::string hex(OctetView octets) {
    std::string text;
    for (const auto octet : octets) {
        constexpr auto digits = "0123456789abcdef";
        text += digits[octet >> 4];
        text += digits[octet & 15];
    }
    return text;
}

}  // namespace

TEST_CASE("names read from text print as canonical text", "[presentation]") {
    struct Row {
        const char *text, *origin, *printed;
    };
    const auto row = GENERATE(values<Row>({
        {"www.example.", ".", "www.example."},
        {"www", "example.", "www.example."},
        {"www.a", "example.", "www.a.example."},
        {"@", "example.", "example."},
        {"@", ".", "."},
        {".", "example.", "."},
        {"WwW", "Example.", "WwW.Example."},
        {"*", "example.", "*.example."},
        {"_sip._tcp", "example.", "_sip._tcp.example."},
        {R"(a\.b)", "example.", R"(a\.b.example.)"},
        {R"(a\046b)", "example.", R"(a\.b.example.)"},
        {R"(a\032b)", "example.", R"(a\032b.example.)"},
        {R"(\000\255)", "example.", R"(\000\255.example.)"},
        {R"(\@)", "example.", R"(\@.example.)"},
        {R"(\$\;\(\)\"\\)", "example.", R"(\$\;\(\)\"\\.example.)"},
        {R"(\w\x)", "example.", "wx.example."},
        {"\xc3\xa4", "example.", R"(\195\164.example.)"},
    }));
    CAPTURE(row.text, row.origin);
    const auto name = parse_name(row.text, name_from(row.origin));
    REQUIRE(name.has_value());
    CHECK(to_text(*name) == row.printed);
    CHECK(hex(name_from(to_text(*name)).octets()) == hex(name->octets()));
}

TEST_CASE("text that is no name is refused with the place", "[presentation]") {
    const std::string label63(63, 'a');
    const auto name250 = label63 + "." + label63 + "." + label63 + "." + std::string(58, 'b');
    struct Row {
        std::string text;
        std::size_t offset;
        std::string message;
    };
    const std::vector<Row> rows{
        {"", 0, "the name is empty"},
        {"a..b", 2, "a label is empty"},
        {".a", 0, "a label is empty"},
        {"..", 0, "a label is empty"},
        {label63 + "x.", 63, "a label is longer than 63 octets"},
        {name250 + ".cccccc.", 253, "the name is longer than 255 octets"},
        {name250 + ".c", 0, "the name with its origin is longer than 255 octets"},
        {R"(a\)", 1, "\"\\\" must be followed by a character or by three digits up to 255"},
        {R"(a\25)", 1, "\"\\\" must be followed by a character or by three digits up to 255"},
        {R"(a\256)", 1, "\"\\\" must be followed by a character or by three digits up to 255"},
        {R"(a\1x2)", 1, "\"\\\" must be followed by a character or by three digits up to 255"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto name = parse_name(row.text, name_from("example."));
        REQUIRE_FALSE(name.has_value());
        CHECK(name.error().message == row.message);
        CHECK(name.error().offset == row.offset);
        CHECK_THROWS_AS(name_from("\\"), std::invalid_argument);
    }
}

TEST_CASE("a name of 255 octets is the longest", "[presentation]") {
    const std::string label63(63, 'a');
    const auto longest = label63 + "." + label63 + "." + label63 + "." + std::string(61, 'b') + ".";
    CHECK(name_from(longest).size() == 255);
    CHECK(to_text(name_from(longest)) == longest);
    CHECK_FALSE(parse_name("x" + longest).has_value());
    CHECK_FALSE(parse_name("x." + longest).has_value());
}

TEST_CASE("times are seconds or units", "[presentation]") {
    struct Row {
        const char* text;
        std::optional<std::uint32_t> seconds;
    };
    const auto row = GENERATE(values<Row>({
        {"0", 0U},
        {"3600", 3600U},
        {"1h", 3600U},
        {"1h30m", 5400U},
        {"1W2D3H4M5S", 788645U},
        {"30m1h", 5400U},
        {"0h", 0U},
        {"4294967295", 4294967295U},
        {"4294967296", std::nullopt},
        {"99999999999999999999s", std::nullopt},
        {"7102w", std::nullopt},
        {"", std::nullopt},
        {"h", std::nullopt},
        {"1x", std::nullopt},
        {"1h30", std::nullopt},
        {"-1", std::nullopt},
        {"+1", std::nullopt},
        {"1 h", std::nullopt},
    }));
    CAPTURE(row.text);
    CHECK(parse_seconds(row.text) == row.seconds);
}

TEST_CASE("RDATA text becomes these octets and prints as this text", "[presentation]") {
    struct Row {
        Type type;
        const char *text, *octets, *printed;  // null: printed as read
    };
    const auto row = GENERATE(values<Row>({
        {Type::a, "192.0.2.1", "c0000201", nullptr},
        {Type::aaaa, "2001:DB8:0::1", "20010db8000000000000000000000001", "2001:db8::1"},
        {Type::ns, "ns1", "036e733102636f00", "ns1.co."},
        {Type::cname, "@", "02636f00", "co."},
        {Type::soa, "ns1 h.co. 7 1h 15m 2w 5s",
         "036e733102636f00016802636f0000000007"
         "00000e1000000384001275000000"
         "0005",
         "ns1.co. h.co. 7 3600 900 1209600 5"},
        {Type::mx, "10 m.", "000a016d00", "10 m."},
        {Type::srv, "1 2 65535 a.b.", "00010002ffff0161016200", nullptr},
        {Type::srv, "0 0 0 .", "00000000000000", nullptr},
        {Type::txt, R"(a "b c" "" "\"\\\;\001")",
         "01610362206300"
         "04225c3b01",
         R"("a" "b c" "" "\"\\;\001")"},
        {Type::hinfo, "PC UNIX",
         "0250430455"
         "4e4958",
         R"("PC" "UNIX")"},
        {Type::naptr, R"(100 50 "s" "SIP+D2U" "" _sip._udp)",
         "00640032"
         "0173"
         "075349502b443255"
         "00"
         "045f736970045f75647002636f00",
         R"(100 50 "s" "SIP+D2U" "" _sip._udp.co.)"},
        {Type::caa, R"(0 issue "ca.example; a=b")", "0005697373756563612e6578616d706c653b20613d62",
         nullptr},
        {Type::uri, R"(10 1 "ftp://x")", "000a00016674703a2f2f78", nullptr},
        {Type::ds, "1 ECDSAP256SHA256 2 0aFF 00", "00010d020aff00", "1 13 2 0aff00"},
        {Type::dnskey, "257 3 15 AAEC Aw==", "0101030f00010203", "257 3 15 AAECAw=="},
        {Type::rrsig, "A 13 2 3600 20260101000000 20251231235959 7 co. AQ==",
         "00010d0200000e10"
         "6955b900"
         "6955b8ff"
         "0007"
         "02636f00"
         "01",
         nullptr},
        {Type::nsec, "b.co. A MX RRSIG NSEC TYPE1234",
         "016202636f00"
         "0006400100000003"
         "041b000000000000000000000000000000000000000000000000000020",
         nullptr},
        {Type::nsec3, "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr A",
         "01000000"
         "00"
         "14174eb2409fe28bcb4887a1836f957f0a8425e27b"
         "000140",
         nullptr},
        {Type::nsec3param, "1 0 10 aabbccdd", "0100000a04aabbccdd", nullptr},
        {Type::tlsa, "3 1 1 0a0b", "0301010a0b", nullptr},
        {Type::sshfp, "4 2 00ff", "040200ff", nullptr},
        {Type::cert, "PKIX 1 RSASHA256 AQID", "0001000108010203", "1 1 8 AQID"},
        {Type::csync, "66 3 A NS AAAA",
         "000000420003"
         "000460000008",
         nullptr},
        {Type::zonemd, "1 1 1 0011", "0000000101010011", nullptr},
        {Type::nid, "10 0014:4fff:ff20:ee64", "000a00144fffff20ee64", nullptr},
        {Type::l32, "10 10.1.2.0", "000a0a010200", nullptr},
        {Type::l64, "10 2001:0db8:1140:1000", "000a20010db811401000", nullptr},
        {Type::lp, "10 l.co.", "000a016c02636f00", nullptr},
        {Type::eui48, "00-00-5E-00-53-2a", "00005e00532a", "00-00-5e-00-53-2a"},
        {Type::eui64, "00-00-5e-ef-10-00-00-2a", "00005eef1000002a", nullptr},
        {Type::isdn, "150862028003217 004",
         "0f313530383632303238303033323137"
         "03303034",
         R"("150862028003217" "004")"},
        {Type::isdn, "1", "0131", R"("1")"},
        {Type::x25, "311061700956", "0c333131303631373030393536", R"("311061700956")"},
        {Type::key, "49664 3 0", "c2000300", nullptr},
        {static_cast<Type>(65280), R"(\# 3 0a 0b0c)", "0a0b0c", R"(\# 3 0a0b0c)"},
        {static_cast<Type>(65280), R"(\# 0)", "", nullptr},
        {Type::null, R"(\# 2 0001)", "0001", nullptr},
        {Type::a, R"(\# 4 7f000001)", "7f000001", "127.0.0.1"},
        {Type::srv, R"(\# 7 00000000000000)", "00000000000000", "0 0 0 ."},
    }));
    CAPTURE(to_string(row.type), row.text);
    const auto origin = name_from("co.");
    const auto octets = rdata_from(row.type, row.text, origin);
    CHECK(hex(octets) == row.octets);
    CHECK(is_well_formed(row.type, octets));
    const auto printed = rdata_to_text(row.type, octets);
    CHECK(printed == (row.printed ? row.printed : row.text));
    CHECK(hex(rdata_from(row.type, printed)) == row.octets);
}
