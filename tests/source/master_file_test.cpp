#include "portolan/source/master_file.hpp"

#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <random>
#include <sstream>

#include "portolan/dns/presentation.hpp"

using namespace portolan;
using source::read_master_file;

namespace {

using Files = std::map<std::string, std::string>;

source::MasterFile read(const Files& files, const source::MasterFileLimits& limits = {},
                        std::optional<dns::Ttl> default_ttl = std::nullopt) {
    const auto open = [&](const std::string& path) {
        const auto found = files.find(path);
        return found == files.end() ? nullptr : source::open_text(found->second);
    };
    return read_master_file("z/main", dns::name_from("example."), default_ttl, open, limits);
}

source::MasterFile read(const std::string& text) { return read(Files{{"z/main", text}}); }

/// All records, one a line, sets in order of appearance.
std::string records(const source::MasterFile& file) {
    std::string text;
    for (const auto set : file.records)
        for (const auto rdata : *set.rrset)
            text += fmt::format(
                "{} {} {} {}\n", dns::to_text(set.owner), dns::Rrset::ttl_of(rdata).seconds,
                dns::to_string(set.rrset->type()), dns::rdata_to_text(set.rrset->type(), rdata));
    return text;
}

/// "line:column rule" of each finding.
std::string places(const source::MasterFile& file) {
    std::string text;
    for (const auto& finding : file.findings)
        text += fmt::format("{}{}:{} {}", text.empty() ? "" : ", ", finding.line, finding.column,
                            finding.rule);
    return text;
}

std::string messages(const source::MasterFile& file) {
    std::string text;
    for (const auto& finding : file.findings) text += finding.message + " | " + finding.cure + "\n";
    return text;
}

zone::Zone zone_of(const source::MasterFile& file) {
    zone::Zone zone(dns::name_from("example."));
    for (const auto set : file.records) zone.put(set.owner, set.rrset);
    return zone;
}

}  // namespace

TEST_CASE("a master file's records are read", "[master-file]") {
    struct Row {
        const char *what, *text, *records;
    };
    const auto row = GENERATE(values<Row>({
        {"owner, TTL, class, type", "a 60 IN A 192.0.2.1\n", "a.example. 60 A 192.0.2.1\n"},
        {"class before TTL", "a IN 60 A 192.0.2.1\n", "a.example. 60 A 192.0.2.1\n"},
        {"words in lower case", "a in 60 a 192.0.2.1\n", "a.example. 60 A 192.0.2.1\n"},
        {"class by number", "a class1 60 TYPE1 192.0.2.1\n", "a.example. 60 A 192.0.2.1\n"},
        {"$TTL with units", "$TTL 1h30m\na A 192.0.2.1\n", "a.example. 5400 A 192.0.2.1\n"},
        {"$TTL in lower case", "$ttl 1\na A 192.0.2.1\n", "a.example. 1 A 192.0.2.1\n"},
        {"$TTL goes before the last TTL", "$TTL 5\na 9 A 192.0.2.1\nb A 192.0.2.2\n",
         "a.example. 9 A 192.0.2.1\nb.example. 5 A 192.0.2.2\n"},
        {"the last TTL", "a 9 A 192.0.2.1\nb A 192.0.2.2\n",
         "a.example. 9 A 192.0.2.1\nb.example. 9 A 192.0.2.2\n"},
        {"blank owner", "a 9 A 192.0.2.1\n\tAAAA ::1\n",
         "a.example. 9 A 192.0.2.1\na.example. 9 AAAA ::1\n"},
        {"blank owner after blank lines and comments", "a 9 A 192.0.2.1\n\n; x\n  ; y\n AAAA ::1",
         "a.example. 9 A 192.0.2.1\na.example. 9 AAAA ::1\n"},
        {"@ is the origin", "@ 9 NS @\n", "example. 9 NS example.\n"},
        {"$ORIGIN", "$ORIGIN sub\na 9 NS b\n$ORIGIN example.\nc 9 NS d\n",
         "a.sub.example. 9 NS b.sub.example.\nc.example. 9 NS d.example.\n"},
        {"parentheses", "@ 9 SOA ns h (\n 1 ; serial\n 2h\n\n 3 4 5 )\n",
         "example. 9 SOA ns.example. h.example. 1 7200 3 4 5\n"},
        {"parenthesis before the owner's TTL", "a ( 9\nA\n192.0.2.1 )\n",
         "a.example. 9 A 192.0.2.1\n"},
        {"parentheses without blanks", "a 9 MX(10(m))\n", "a.example. 9 MX 10 m.example.\n"},
        {"quotes hide everything", "a 9 TXT \"(;)\\\"\" \"\" b\\;c ; d\n",
         "a.example. 9 TXT \"(;)\\\"\" \"\" \"b;c\"\n"},
        {"CRLF and no newline at the end", "a 9 A 192.0.2.1\r\n\r\n AAAA ::1\r\nb 9 TXT x\r",
         "a.example. 9 A 192.0.2.1\na.example. 9 AAAA ::1\nb.example. 9 TXT \"x\"\n"},
        {"byte order mark",
         "\xef\xbb\xbf"
         "a 9 A 192.0.2.1\n",
         "a.example. 9 A 192.0.2.1\n"},
        {"wildcards and escapes in owners", "*.x 9 TXT w\na\\.b 9 TXT e\n\\$x 9 TXT d\n",
         "*.x.example. 9 TXT \"w\"\na\\.b.example. 9 TXT \"e\"\n\\$x.example. 9 TXT \"d\"\n"},
        {"owners that look like types", "A 9 A 192.0.2.1\nIN 9 A 192.0.2.2\n7 9 A 192.0.2.3\n",
         "A.example. 9 A 192.0.2.1\nIN.example. 9 A 192.0.2.2\n7.example. 9 A 192.0.2.3\n"},
        {"one set from several places, in canonical order",
         "a 9 A 192.0.2.2\nb 9 A 192.0.2.3\nA 9 A 192.0.2.1\n",
         "a.example. 9 A 192.0.2.1\na.example. 9 A 192.0.2.2\nb.example. 9 A 192.0.2.3\n"},
        {"unknown types", "a 9 TYPE65280 \\# 2 ab cd\n", "a.example. 9 TYPE65280 \\# 2 abcd\n"},
        {"generic data of a known type", "a 9 SRV \\# 7 0001 0002 0003 00\n",
         "a.example. 9 SRV 1 2 3 .\n"},
        {"SVCB's quoted value", "a 9 TXT key=\"a b\"\n", "a.example. 9 TXT \"key=\\\"a b\\\"\"\n"},
        {"signatures beside an alias", "a 9 CNAME b\na 9 NSEC c A\n",
         "a.example. 9 CNAME b.example.\na.example. 9 NSEC c.example. A\n"},
        {"signatures have the TTLs that they state",
         "a 9 RRSIG AAAA 13 2 7 20370101000000 20260101000000 1 @ AA==\n"
         "a 9 RRSIG A 13 2 5 20370101000000 20260101000000 1 @ AA==\n"
         "a 3 RRSIG A 13 2 5 20370101000000 20260101000000 2 @ AA==\n",
         "a.example. 5 RRSIG A 13 2 5 20370101000000 20260101000000 1 example. AA==\n"
         "a.example. 5 RRSIG A 13 2 5 20370101000000 20260101000000 2 example. AA==\n"
         "a.example. 7 RRSIG AAAA 13 2 7 20370101000000 20260101000000 1 example. AA==\n"},
    }));
    CAPTURE(row.what, row.text);
    const auto file = read(row.text);
    CHECK(messages(file).empty());
    CHECK(records(file) == row.records);
}

TEST_CASE("a default TTL stands in for $TTL", "[master-file]") {
    const auto file = read(Files{{"z/main", "a A 192.0.2.1\nb 9 A 192.0.2.1\nc A 192.0.2.1\n"}}, {},
                           dns::Ttl{77});
    CHECK(records(file) ==
          "a.example. 77 A 192.0.2.1\nb.example. 9 A 192.0.2.1\nc.example. 77 A 192.0.2.1\n");
}

TEST_CASE("what is wrong in a master file is said with its place", "[master-file]") {
    struct Row {
        const char *text, *places, *message;
    };
    const auto row = GENERATE(values<Row>({
        {"a A 192.0.2.1\nb A 192.0.2.1\n", "1:3 no-ttl", "has no TTL"},
        {"a 2147483648 A 192.0.2.1\n", "1:3 ttl", "\"2147483648\" is not a TTL"},
        {"$TTL 3x\n", "1:6 ttl", "\"3x\" is not a TTL"},
        {"$TTL\n", "1:5 directive-arguments", "too few"},
        {"$TTL 1 2\n", "1:8 directive-arguments", "too many"},
        {"$TTTL 1\n", "1:1 unknown-directive", "Did you mean $TTL?"},
        {" A 192.0.2.1\n", "1:2 no-owner", "no owner"},
        {"a 9 SVR 1 2 3 b\n", "1:5 unknown-type", "Did you mean SRV?"},
        {"a 9 IN\n", "1:7 no-type", "ends before its type"},
        {"a\n", "1:2 no-type", "ends before its type"},
        {"a 9 CH TXT x\n", "1:5 class", "class CH is not served"},
        {"a 9 ANY \\# 0\n", "1:5 meta-type", "ANY exists in messages only"},
        {"a 9 OPT \\# 0\n", "1:5 meta-type", "OPT exists"},
        {"a 9 TSIG x\n", "1:5 meta-type", "TSIG exists"},
        {"a..b 9 A 192.0.2.1\n A 192.0.2.2\nb 9 TXT b\n", "1:1 bad-name", "a label is empty"},
        {"a 9 MD b\n", "1:5 obsolete-type", "MD is obsolete"},
        {"a 9 SRV 1 2 70000 b\n", "1:13 record-data",
         "port \"70000\" is not a number from 0 to 65535 | Write SRV priority weight port target."},
        {"a 9 SRV 1 2 3\n", "1:14 record-data", "SRV data ends before its target"},
        {"a 9 SRV 1 2 3 b c\n", "1:17 record-data", "\"c\" is too much"},
        {"a 9 A\n", "1:6 record-data", "A data ends before its address"},
        {"a 9 A 192.0.2.256\n", "1:7 record-data", "\"192.0.2.256\" is not an IPv4 address"},
        {"a 9 A ( ; c\n 1.2.3\n )\nb 9 A x\n", "2:2 record-data, 4:7 record-data", "1.2.3"},
        {"a 9 A \\# 3 010203\n", "1:12 record-data", "not valid A data"},
        {"a 9 A \\# 4 010203\n", "1:12 record-data", "said to be 4, but 3"},
        {"a 9 TYPE999 x\n", "1:13 record-data", "by number only"},
        {"a 9 TXT x\\300\n", "1:9 record-data", "broken escape"},
        {"other. 9 A 192.0.2.1\n", "1:10 outside-the-zone", "other. is not in the zone example."},
        {"b 9 SOA a b 1 2 3 4 5\n", "1:5 soa-below-the-apex", "apex is example."},
        {"a 9 TXT \"abc\nb 9 TXT \"d\n", "1:9 syntax, 2:9 syntax", "quote is not closed"},
        {"a 9 SOA (\n 1\n 2\nb 9 A 1\n", "1:9 syntax, 4:7 record-data", "never closed"},
        {"a 9 A 192.0.2.1 )\nb 9 A 1\n", "1:17 syntax, 2:7 record-data", "closes nothing"},
        {"a 9 TXT a\\\nb 9 A 1\n", "1:10 syntax, 2:7 record-data", "backslash ends the line"},
        {"a 9 TXT \x01 b\n", "1:9 syntax", "octet 1 is not text"},
        {"a 9 CNAME b\na 9 A 192.0.2.1\n", "2:5 alias-beside-data", "CNAME at z/main:1"},
        {"a 9 A 192.0.2.1\nb 9 TXT x\nA 9 CNAME b\n", "3:5 alias-beside-data", "A at z/main:1"},
        {"a 9 CNAME b\na 9 CNAME c\n", "2:5 one-record-only", "another CNAME at z/main:1"},
        {"a 9 DNAME c\na 9 DNAME b\n", "2:5 one-record-only", "another DNAME"},
        {"@ 9 SOA a b 1 2 3 4 5\n@ 9 SOA a b 2 2 3 4 5\n", "2:5 one-record-only", "another SOA"},
        {"a 9 A 192.0.2.1\na 8 A 192.0.2.2\na 7 A 192.0.2.3\n", "2:5 ttl-differs", "TTL 8 differs"},
        {"a 9 NS b\nc 9 NS d\nA 9 NS B\n", "3:5 duplicate-record", "stands at z/main:1 already"},
        {"$INCLUDE nowhere\n", "1:10 unreadable-file", "z/nowhere cannot be read"},
        {"", "0:0 empty-file", "holds no record"},
        {"; nothing\n", "0:0 empty-file", "holds no record"},
        {"$GENERATE 2-1 a A 192.0.2.1\n", "1:11 generate", "ends before it starts"},
        {"$GENERATE 1-2/0 a A 192.0.2.1\n", "1:11 generate", "step"},
        {"$GENERATE x a A 192.0.2.1\n", "1:11 generate", "is not a range"},
        {"$GENERATE 1-2147483647 a$ 1 A 192.0.2.1\n", "1:11 generate", "at most 1000000"},
        {"$GENERATE 1-2 a$\n", "1:17 directive-arguments", "too few"},
        {"$GENERATE 1-2 a$ 1 A\n", "1:1 record-data", "before its address (where $ is 1)"},
        {"$GENERATE 250-300 a 1 A 192.0.2.$\n", "1:1 record-data", "(where $ is 256)"},
        {"$GENERATE 1-2 a 1 TXT ${x}\n", "1:1 generate", "after \"$\" write {offset}"},
        {"$GENERATE 1-2 a 1 TXT ${-2}\n", "1:1 generate", "negative (where $ is 1)"},
        {"$GENERATE 1-2 a 1 TXT ${0,256,d}\n", "1:1 generate", "width up to 255"},
    }));
    CAPTURE(row.text);
    const auto file = read(row.text);
    CHECK(places(file) == row.places);
    CHECK_THAT(messages(file), Catch::Contains(row.message));
    for (const auto& finding : file.findings) CHECK(finding.file == "z/main");
}

TEST_CASE("$GENERATE makes records of a range", "[master-file]") {
    struct Row {
        const char *text, *records;
    };
    const auto row = GENERATE(values<Row>({
        {"$GENERATE 1-2 a$ 9 A 192.0.2.$\n",
         "a1.example. 9 A 192.0.2.1\na2.example. 9 A 192.0.2.2\n"},
        {"$TTL 5\n$GENERATE 0-10/5 $ CNAME x$.y\n",
         "0.example. 5 CNAME x0.y.example.\n5.example. 5 CNAME x5.y.example.\n"
         "10.example. 5 CNAME x10.y.example.\n"},
        {"$GENERATE 7-7 a${1}b${-7,3} IN 9 TXT ${0,4,x}${9,0,X}\\$$$\n",
         "a8b000.example. 9 TXT \"000710$$\"\n"},
        {"$GENERATE 26-26 ${0,7,n} 9 PTR ${0,0,N}.${0,2,o}\n",
         "a.1.0.0.example. 9 PTR A.1.32.example.\n"},
        {"$GENERATE 1-1 h$ 9 MX \"10 m$\"\n", "h1.example. 9 MX 10 m1.example.\n"},
        {"$GENERATE 1-1 h$ 9 MX 10 m$\n", "h1.example. 9 MX 10 m1.example.\n"},
        {"$GENERATE 1-1 h$ 9 TXT \"a $\" \"b;$\"\n", "h1.example. 9 TXT \"a 1\" \"b;1\"\n"},
        {"x 9 A 192.0.2.1\n$GENERATE 1-1 h$ 9 A 192.0.2.2\n AAAA ::1\n",
         "x.example. 9 A 192.0.2.1\nx.example. 9 AAAA ::1\nh1.example. 9 A 192.0.2.2\n"},
    }));
    CAPTURE(row.text);
    auto file = read(row.text);
    CHECK(messages(file).empty());
    const auto sorted = [](std::string text) {
        std::vector<std::string> lines;
        std::stringstream stream(text);
        for (std::string line; std::getline(stream, line);) lines.push_back(line);
        std::sort(lines.begin(), lines.end());
        return lines;
    };
    CHECK(sorted(records(file)) == sorted(row.records));
}

TEST_CASE("$GENERATE lines are bounded together", "[master-file]") {
    source::MasterFileLimits limits;
    limits.generated = 10;
    const auto file = read(Files{{"z/main",
                                  "$GENERATE 1-8 a$ 1 A 192.0.2.$\n"
                                  "$GENERATE 1-3 b$ 1 A 192.0.2.$\n"}},
                           limits);
    CHECK(places(file) == "2:11 generate");
    CHECK(file.records.size() == 8);
}

TEST_CASE("$INCLUDE reads another file and gives the origin and owner back", "[master-file]") {
    const auto file = read(Files{
        {"z/main",
         "$TTL 5\na A 192.0.2.1\n$INCLUDE sub/inc b\n TXT main\nc NS d\n$INCLUDE \"sub/x\"\n"},
        {"z/sub/inc", "a A 192.0.2.2\n$INCLUDE ../deeper\n$ORIGIN e\n@ A 192.0.2.3\n"},
        {"z/deeper", "f A 192.0.2.4\n"},
        {"z/sub/x", "g A 192.0.2.5\n"},
    });
    CHECK(messages(file).empty());
    CHECK(records(file) ==
          "a.example. 5 A 192.0.2.1\na.b.example. 5 A 192.0.2.2\nf.b.example. 5 A 192.0.2.4\n"
          "e.b.example. 5 A 192.0.2.3\na.example. 5 TXT \"main\"\nc.example. 5 NS d.example.\n"
          "g.example. 5 A 192.0.2.5\n");
    CHECK(file.files == std::vector<std::string>{"z/main", "z/sub/inc", "z/deeper", "z/sub/x"});
    const auto deeper = file.records.place(file.records[2]);
    CHECK(deeper.file == "z/deeper");
    CHECK(deeper.line == 1);
}

TEST_CASE("an $INCLUDE loop is shown", "[master-file]") {
    const auto file = read(Files{{"z/main", "$TTL 1\na TXT x\n$INCLUDE b\nc TXT y\n"},
                                 {"z/b", "$INCLUDE c\n"},
                                 {"z/c", "\n  \n$INCLUDE ../z/b\n"}});
    REQUIRE(file.findings.size() == 1);
    CHECK(registry::to_string(file.findings[0].severity) == std::string("error"));
    CHECK(file.findings[0].file == "z/c");
    CHECK(places(file) == "3:10 include-loop");
    CHECK(file.findings[0].message == "$INCLUDE goes round: z/b -> z/c -> z/b");
    CHECK(records(file) == "a.example. 1 TXT \"x\"\nc.example. 1 TXT \"y\"\n");
}

TEST_CASE("files inside files are bounded in depth and number", "[master-file]") {
    Files files;
    for (int i = 0; i < 40; ++i)
        files[i == 0 ? "z/main" : fmt::format("z/{}", i)] =
            fmt::format("$INCLUDE {0}\n$INCLUDE {0}\n", i + 1);
    source::MasterFileLimits limits;
    limits.includes = 1000;
    const auto file = read(files, limits);
    REQUIRE(!file.findings.empty());
    CHECK(file.findings[0].rule == "too-many-includes");
    CHECK(file.files.size() == 32);
}

TEST_CASE("findings past the limit are counted", "[master-file]") {
    std::string text = "$TTL 1\na TXT x\n";
    for (int i = 0; i < 300; ++i) text += "a TXT x\n";  // notes
    text += "b A x\n";
    source::MasterFileLimits limits;
    limits.findings = 100;
    const auto file = read(Files{{"z/main", text}}, limits);
    REQUIRE(file.findings.size() == 102);
    CHECK(file.findings[0].rule == "duplicate-record");
    CHECK(file.findings[100].rule == "record-data");
    CHECK(file.findings[101].message == "200 more findings are not shown");
    CHECK(file.findings[101].severity == registry::Severity::note);
}

TEST_CASE("a file is read alike through any window", "[master-file]") {
    const std::string text =
        "\xef\xbb\xbf$TTL 1h ; hours\r\n@ SOA ns h (\n 1 ; serial\n\n 2h 3 4 5 )\r\n NS ns\n"
        "ns A 192.0.2.1\na TXT \"x ; ( \\\" y\" z=\"a b\" \\065 )\nb A 1.2.3\nns A 192.0.2.2\n"
        "c TXT \"open\nd TXT (\n \"open\n )\ne A ( 192.0.2.3 ) ; end\n$INCLUDE sub b\n"
        "$GENERATE 1-2 g$ A 192.0.2.$\n\\$f TXT a\\\n A 192.0.2.9\n\x01\ni MX ( 1\nj A 1.2.3.4";
    const Files files{{"z/main", text}, {"z/sub", "f A 192.0.2.4\n  AAAA ::1\n\n\nns A 192.0.2.5"}};
    const auto whole = read(files);
    REQUIRE(!whole.findings.empty());
    for (std::size_t window = 1; window <= text.size(); window += 1 + window / 16) {
        CAPTURE(window);
        source::MasterFileLimits limits;
        limits.window = window;
        const auto pieces = read(files, limits);
        CHECK(places(pieces) == places(whole));
        CHECK(messages(pieces) == messages(whole));
        REQUIRE(records(pieces) == records(whole));
        for (std::size_t set = 0; set < whole.records.size(); ++set)
            CHECK(pieces.records[set].line_number == whole.records[set].line_number);
    }
}

TEST_CASE("the records of a set may stand anywhere", "[master-file]") {
    std::mt19937 random(20261122);
    std::vector<std::string> lines;
    for (int owner = 0; owner < 20; ++owner)
        for (int number = 0; number < 1 + owner % 5; ++number) {
            lines.push_back(fmt::format("o{} 9 SRV 1 {} 3 t\n", owner, number));
            lines.push_back(
                fmt::format("O{} 9 NS x{}\no{} 9 NS X{}\n", owner, number, owner, number));
        }
    lines.push_back("o7 8 SRV 1 0 3 u\n");
    const auto in_order = read(fmt::format("{}", fmt::join(lines, "")));
    for (int round = 0; round < 50; ++round) {
        std::shuffle(lines.begin(), lines.end(), random);
        const auto text = fmt::format("{}", fmt::join(lines, ""));
        CAPTURE(text);
        const auto shuffled = read(text);
        REQUIRE(zone::equal(zone_of(shuffled), zone_of(in_order)));
        const auto count = [](const source::MasterFile& file, std::string_view rule) {
            return std::ranges::count(file.findings, rule, &registry::Finding::rule);
        };
        CHECK(count(shuffled, "duplicate-record") == 60);
        CHECK(count(shuffled, "ttl-differs") == 1);
    }
}

TEST_CASE("equal sets of a large file are one set", "[master-file]") {
    std::string text;
    for (int number = 0; number < 2000; ++number)
        text += fmt::format("a{0} 9 SRV 1 2 {0} t\nb{0} 9 SRV 1 2 {0} t\nc{0} 8 SRV 1 2 {0} t\n",
                            number);
    const auto file = read(text);
    REQUIRE(file.records.size() == 6000);
    for (std::size_t set = 3000; set < 6000; set += 3) {
        CHECK(file.records[set].rrset == file.records[set + 1].rrset);
        CHECK(file.records[set].rrset != file.records[set + 2].rrset);  // another TTL
    }
}

TEST_CASE("what is wrong with a set is said when its records stand apart", "[master-file]") {
    struct Row {
        const char *text, *places, *message;
    };
    const auto row = GENERATE(values<Row>({
        {"a 9 A 192.0.2.1\nb 9 A 192.0.2.1\na 9 A 192.0.2.1\n", "3:5 duplicate-record",
         "stands at z/main:1 already"},
        {"a 9 A 192.0.2.2\na 9 A 192.0.2.1\nb 9 A 192.0.2.1\na 9 A 192.0.2.1\n",
         "4:5 duplicate-record", "stands at z/main:2 already"},
        {"a 9 CNAME b\nb 9 A 192.0.2.1\na 9 CNAME c\na 9 CNAME d\n", "3:5 one-record-only",
         "another CNAME at z/main:1"},
        {"a 9 CNAME b\na 9 CNAME c\nb 9 A 192.0.2.1\na 9 CNAME d\n", "2:5 one-record-only",
         "another CNAME at z/main:1"},
        {"a 9 A 192.0.2.1\nb 9 A 192.0.2.1\na 8 A 192.0.2.2\nb 9 TXT x\na 7 A 192.0.2.3\n",
         "3:5 ttl-differs", "TTL 8 differs from the 9 of a.example. A at z/main:1"},
        {"  \nx 9 A 192.0.2.1\na 9 CNAME b\nb 9 A 192.0.2.1\na 9 TXT x\n", "5:5 alias-beside-data",
         "CNAME at z/main:3"},
    }));
    CAPTURE(row.text);
    const auto file = read(row.text);
    CHECK(places(file) == row.places);
    CHECK_THAT(messages(file), Catch::Contains(row.message));
}

TEST_CASE("files that are no text are refused", "[master-file]") {
    using namespace std::string_literals;
    CHECK(places(read("$TTL 1\na A\0 192.0.2.1\n"s)) == "2:4 not-text");
    CHECK(places(read(Files{})) == "0:0 unreadable-file");
    const auto file = read("a 1 TXT " + std::string(5'000'000, 'x') + "\nb 1 A 192.0.2.1\n");
    CHECK(places(file) == "1:9 record-data");
    CHECK(records(file) == "b.example. 1 A 192.0.2.1\n");
    CHECK(messages(file).size() < 300);
}

TEST_CASE("a zone prints as a master file that reads as the same zone", "[master-file]") {
    const auto file = read(
        "$TTL 1h\nb A 192.0.2.2\n A 192.0.2.1\n@ NS b\n@ SOA b h 7 1h 15m 2w 5\n"
        "*.w TXT \"a b\" \"\\\"\"\na\\.c 5 SRV 1 2 3 b\n\\000 TXT x\nz TYPE999 \\# 1 00\n");
    CHECK(messages(file).empty());
    const auto zone = zone_of(file);
    const auto printed = source::to_master_file(zone);
    CHECK(printed ==
          "example. 3600 IN SOA b.example. h.example. 7 3600 900 1209600 5\n"
          "example. 3600 IN NS b.example.\n"
          "\\000.example. 3600 IN TXT \"x\"\n"
          "a\\.c.example. 5 IN SRV 1 2 3 b.example.\n"
          "b.example. 3600 IN A 192.0.2.1\n"
          "b.example. 3600 IN A 192.0.2.2\n"
          "*.w.example. 3600 IN TXT \"a b\" \"\\\"\"\n"
          "z.example. 3600 IN TYPE999 \\# 1 00\n");
    const auto again = read(printed);
    CHECK(messages(again).empty());
    CHECK(zone::equal(zone, zone_of(again), true));
    CHECK(source::to_master_file(zone_of(again)) == printed);
}
