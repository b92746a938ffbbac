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
        {Type::wks, "192.0.2.1 tcp 25 80 7",
         "c0000201"
         "06"
         "0100004000000000000080",
         "192.0.2.1 6 7 25 80"},
        {Type::nsap, "0x47.0005.80.005a00", "47000580005a00", "0x47000580005a00"},
        {Type::nxt, "b.co. A MX NXT",
         "016202636f00"
         "40010002",
         nullptr},
        {Type::px, "10 a. b.",
         "000a01610001620"
         "0",
         nullptr},
        {Type::loc, "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m",
         "00"
         "00"
         "16"
         "13"
         "8b3cf018"
         "810cbce0"
         "009895b8",
         nullptr},
        {Type::loc, "42 21 54 N 71 06 18 W -24m 30m",
         "00"
         "33"
         "16"
         "13"
         "89172dd0"
         "70be15f0"
         "00988d20",
         "42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m"},
        {Type::loc, "90 S 180 W -100000",
         "00"
         "12"
         "16"
         "13"
         "6cb02700"
         "59604e00"
         "00000000",
         "90 0 0.000 S 180 0 0.000 W -100000.00m 1.00m 10000.00m 10.00m"},
        {Type::apl, "1:192.0.2.0/24 !2:2001:db8::/32 1:0.0.0.0/0",
         "00011803c00002"
         "0002208420010db8"
         "00010000",
         nullptr},
        {Type::apl, "", "", R"(\# 0)"},
        {Type::ipseckey, "10 0 0 .", "0a0000", nullptr},
        {Type::ipseckey, "10 1 2 192.0.2.38 AQID", "0a0102c0000226010203", nullptr},
        {Type::ipseckey, "10 2 2 2001:db8::1 AQID", "0a020220010db8000000000000000000000001010203",
         nullptr},
        {Type::ipseckey, "10 3 2 gw.co. AQID", "0a030202677702636f00010203", nullptr},
        {Type::hip, "2 0aff AQID rvs.co. a.",
         "02020003"
         "0aff"
         "010203"
         "0372767302636f00"
         "016100",
         nullptr},
        {Type::svcb, "0 foo.co.",
         "0000"
         "03666f6f02636f00",
         nullptr},
        {Type::https,
         "1 . port=443 alpn=\"h2,h3\" ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=::1 no-default-alpn",
         "0001"
         "00"
         "0001"
         "0006"
         "026832026833"
         "00020000"
         "0003000201bb"
         "00040008"
         "c0000201c0000202"
         "00060010"
         "00000000000000000000000000000001",
         "1 . alpn=\"h2,h3\" no-default-alpn port=443 ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=::1"},
        {Type::svcb, R"(16 f. mandatory=ipv4hint,alpn alpn="f\\\\oo\\,bar,h2" ipv4hint=192.0.2.1)",
         "0010"
         "016600"
         "0000"
         "0004"
         "00010004"
         "0001"
         "000c"
         "08665c6f6f2c626172"
         "026832"
         "00040004"
         "c0000201",
         R"(16 f. mandatory=alpn,ipv4hint alpn="f\\\\oo\\,bar,h2" ipv4hint=192.0.2.1)"},
        {Type::svcb, R"(1 f. key667="hello\210qoo" key8 ech=AQID)",
         "0001"
         "016600"
         "00050003010203"
         "00080000"
         "029b0009"
         "68656c6c6fd2716f6f",
         R"(1 f. ech=AQID key8 key667="hello\210qoo")"},
        {Type::svcb, R"(1 f. dohpath=/q{?dns} ohttp)",
         "0001"
         "016600"
         "00070008"
         "2f717b3f646e737d"
         "00080000",
         R"(1 f. key7="/q{?dns}" key8)"},
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

TEST_CASE("RDATA text that does not fit is refused at its token", "[presentation]") {
    struct Row {
        Type type;
        const char* text;
        std::size_t token;
        const char* message;
    };
    const std::string long_text(256, 'x');
    const std::vector<Row> rows{
        {Type::a, "1.2.3", 0, "address \"1.2.3\" is not an IPv4 address"},
        {Type::a, "01.2.3.4", 0, "address \"01.2.3.4\" is not an IPv4 address"},
        {Type::aaaa, "::1%lo", 0, "address \"::1%lo\" is not an IPv6 address"},
        {Type::srv, "65536 0 1 a.", 0, "priority \"65536\" is not a number from 0 to 65535"},
        {Type::srv, "0 0 70000 a.", 2, "port \"70000\" is not a number from 0 to 65535"},
        {Type::srv, "0 0 -1 a.", 2, "port \"-1\" is not a number from 0 to 65535"},
        {Type::srv, "0 0 1", 3, "SRV data ends before its target"},
        {Type::srv, "0 0 1 a..b", 3, "target \"a..b\" is not a domain name: a label is empty"},
        {Type::srv, "0 0 1 a. b.", 4, "\"b.\" is too much: the SRV data is complete before it"},
        {Type::mx, "", 0, "MX data ends before its preference"},
        {Type::txt, "", 0, "TXT data ends before its text"},
        {Type::txt, "a b\\999", 1,
         "text holds a broken escape: write \\ and a character, or \\ and three digits up to 255"},
        {Type::txt, long_text.c_str(), 0,
         "text is a string of 256 octets, and a string holds at most 255"},
        {Type::soa, "a. b. 1 2x 3 4 5", 3,
         "refresh \"2x\" is not a time: write seconds, or units as in 1h30m"},
        {Type::soa, "a. b. 4294967296 2 3 4 5", 2,
         "serial \"4294967296\" is not a number from 0 to 4294967295"},
        {Type::ds, "1 FOO 2 00", 1,
         "algorithm \"FOO\" is neither a number from 0 to 255 nor the name of a DNSSEC algorithm"},
        {Type::ds, "1 8 2 0", 3, "digest \"0\" is not pairs of hexadecimal digits"},
        {Type::ds, "1 8 2", 3, "DS data ends before its digest"},
        {Type::dnskey, "257 3 8 A===", 3, "key \"A===\" is not base64"},
        {Type::rrsig, "A 8 1 1 20260230000000 20260101000000 1 a. AQ==", 4,
         "expiration \"20260230000000\" is not a time: write YYYYMMDDHHMMSS in UTC"},
        {Type::nsec, "a. A FOO", 2, "types \"FOO\" is not an RR type"},
        {Type::nsec3, "1 0 0 zz x A", 3,
         "salt \"zz\" is neither \"-\" nor up to 255 pairs of hexadecimal digits"},
        {Type::caa, "0 is-sue x", 1, "tag \"is-sue\" must be letters and digits"},
        {Type::eui48, "00-00-5e-00-53", 0,
         "address \"00-00-5e-00-53\" is not 6 pairs of hexadecimal digits with \"-\" between"},
        {Type::nid, "1 1:2:3:4", 1,
         "node-id \"1:2:3:4\" is not four groups of four hexadecimal digits with \":\" between"},
        {Type::null, "x", 0, "NULL has no text form of its own: write \\# length octets-in-hex"},
        {static_cast<Type>(999), "x", 0,
         "TYPE999 is known by number only: write \\# length octets-in-hex"},
        {static_cast<Type>(999), "\\# 2 00", 2, "the length is said to be 2, but 1 octets follow"},
        {Type::srv, "\\# 1 00", 2, "these octets are not valid SRV data"},
        {Type::svcb, "1 . foo=1", 2,
         "parameter \"foo=1\" has no known key: write one such as alpn, or keyNNN up to key65534"},
        {Type::svcb, "1 . port=70000", 2,
         "parameter \"port=70000\" has a value that does not fit its key"},
        {Type::svcb, "1 . port=1 port=2", 3,
         "a parameter stands twice, or one that mandatory lists is missing"},
        {Type::svcb, "1 . mandatory=alpn port=2", 3,
         "a parameter stands twice, or one that mandatory lists is missing"},
        {Type::apl, "3:1.2.3.4/1", 0,
         "\"3:1.2.3.4/1\" is not a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32"},
        {Type::apl, "1:1.2.3.4/33", 0,
         "\"1:1.2.3.4/33\" is not a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32"},
        {Type::loc, "91 N 0 E 0m", 0,
         "latitude must be degrees up to 90, then minutes, seconds and N or S"},
        {Type::loc, "90 1 N 0 E 0m", 2,
         "latitude must be degrees up to 90, then minutes, seconds and N or S"},
        {Type::loc, "0 N 0 E 42849673", 4,
         "altitude \"42849673\" is not metres from -100000.00 to 42849672.95"},
        {Type::ipseckey, "10 4 0 .", 1, "gateway type \"4\" is not a number from 0 to 3"},
        {Type::ipseckey, "10 0 0 . AQID", 4,
         "\"AQID\" is too much: the IPSECKEY data is complete before it"},
        {Type::hip, "2 0", 1, "identity tag \"0\" is not up to 255 pairs of hexadecimal digits"},
    };
    for (const auto& row : rows) {
        CAPTURE(to_string(row.type), row.text);
        std::vector<Token> tokens;
        const std::string_view text = row.text;
        for (std::size_t at = 0; at < text.size();) {
            const auto end = std::min(text.find(' ', at), text.size());
            tokens.push_back({text.substr(at, end - at), false, 1, 1});
            at = end + 1;
        }
        const auto octets = parse_rdata(row.type, tokens, {});
        REQUIRE_FALSE(octets.has_value());
        CHECK(octets.error().message == row.message);
        CHECK(octets.error().token == row.token);
    }
}

TEST_CASE("octets that do not fit their type print in generic form", "[presentation]") {
    CHECK(rdata_to_text(Type::a, OctetView{}) == "\\# 0");
    const Octets three{1, 2, 3};
    CHECK(rdata_to_text(Type::a, three) == "\\# 3 010203");
    CHECK(rdata_to_text(Type::srv, three) == "\\# 3 010203");
    CHECK(rdata_to_text(Type::svcb, three) == "\\# 3 010203");
}
