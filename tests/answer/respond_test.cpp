#include "portolan/answer/respond.hpp"

#include <catch2/catch.hpp>

#include "../support/zone_text.hpp"
#include "portolan/dns/query.hpp"

using namespace portolan;
using portolan::test::Ask;
using Lines = std::multiset<std::string>;

namespace {

constexpr const char* example = R"(
@                300 SOA   ns1 admin 7 60 10 600 5
@                300 NS    ns1
@                300 NS    ns.elsewhere.
ns1              300 A     192.0.2.53
jb1.prod         300 A     10.1.0.11
jb2.prod         300 A     10.1.0.12
jb2.prod         300 AAAA  2001:db8::12
_ajp._tcp.prod   10  SRV   10 100 10104 jb1.prod
_ajp._tcp.prod   10  SRV   20 100 20104 jb2.prod
_ajp._tcp.prod   10  TXT   app=hydrogen
_idle._tcp.prod  10  TXT   app=idle
_same._tcp.prod  10  SRV   10 100 1 jb1.prod
_same._tcp.prod  10  SRV   20 100 2 jb1.prod
alias            60  CNAME target
target           60  A     10.0.0.1
dangling         60  CNAME nowhere
foreign          60  CNAME www.other.
chain1           60  CNAME chain2
chain2           60  CNAME alias
loop1            60  CNAME loop2
loop2            60  CNAME loop1
self             60  CNAME self
*.wild           60  A     10.0.0.2
*.wild           60  MX    10 jb2.prod
a.b.wild         60  TXT   x
*.walias         60  CNAME target
*.wsrv           60  SRV   1 1 1 h.wild
d                60  DNAME e
x.e              60  A     10.0.0.3
occluded.d       60  A     10.0.0.4
long             60  DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
child            60  NS    ns.child
child            60  NS    ns.elsewhere.
child            60  DS    1 13 2 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20
ns.child         60  A     10.0.0.5
deeper.child     60  NS    ns.deeper.child
to-child         60  CNAME www.child
loop-a           60  DNAME loop-b
loop-b           60  DNAME loop-c
loop-c           60  DNAME loop-a
)";

const answer::View& view() {
    static const answer::View instance = test::view_of(test::zone_from("z.", example));
    return instance;
}

const std::string negative_soa = "z. 5 SOA ns1.z. admin.z. 7 60 10 600 5";

struct Row {
    const char* what;
    const char* name;
    const char* type;
    unsigned rcode;
    bool authoritative;
    Lines answer, authority, additional;
};

}  // namespace

TEST_CASE("answers follow RFC 1034, 2308, 4592, 6672 and 2782") {
    const Lines soa{negative_soa};
    const Lines referral{"child.z. 60 NS ns.child.z.", "child.z. 60 NS ns.elsewhere."};
    const Lines glue{"ns.child.z. 60 A 10.0.0.5"};
    const Row rows[] = {
        {"SRV with addresses",
         "_ajp._tcp.prod.z.",
         "SRV",
         0,
         true,
         {"_ajp._tcp.prod.z. 10 SRV 10 100 10104 jb1.prod.z.",
          "_ajp._tcp.prod.z. 10 SRV 20 100 20104 jb2.prod.z."},
         {},
         {"jb1.prod.z. 300 A 10.1.0.11", "jb2.prod.z. 300 A 10.1.0.12",
          "jb2.prod.z. 300 AAAA 2001:db8::12"}},
        {"one host, addresses once",
         "_same._tcp.prod.z.",
         "SRV",
         0,
         true,
         {"_same._tcp.prod.z. 10 SRV 10 100 1 jb1.prod.z.",
          "_same._tcp.prod.z. 10 SRV 20 100 2 jb1.prod.z."},
         {},
         {"jb1.prod.z. 300 A 10.1.0.11"}},
        {"known but empty", "_idle._tcp.prod.z.", "SRV", 0, true, {}, soa, {}},
        {"unknown", "_typo._tcp.prod.z.", "SRV", 3, true, {}, soa, {}},
        {"AAAA of a v4-only host", "jb1.prod.z.", "AAAA", 0, true, {}, soa, {}},
        {"empty non-terminal", "_tcp.prod.z.", "A", 0, true, {}, soa, {}},
        {"below a leaf", "x.jb1.prod.z.", "A", 3, true, {}, soa, {}},
        {"outside", "example.", "A", 5, false, {}, {}, {}},
        {"apex NS",
         "z.",
         "NS",
         0,
         true,
         {"z. 300 NS ns1.z.", "z. 300 NS ns.elsewhere."},
         {},
         {"ns1.z. 300 A 192.0.2.53"}},
        {"apex SOA keeps its TTL",
         "z.",
         "SOA",
         0,
         true,
         {"z. 300 SOA ns1.z. admin.z. 7 60 10 600 5"},
         {},
         {}},
        {"CNAME",
         "alias.z.",
         "A",
         0,
         true,
         {"alias.z. 60 CNAME target.z.", "target.z. 60 A 10.0.0.1"},
         {},
         {}},
        {"CNAME itself", "alias.z.", "CNAME", 0, true, {"alias.z. 60 CNAME target.z."}, {}, {}},
        {"CNAME to NODATA", "alias.z.", "TXT", 0, true, {"alias.z. 60 CNAME target.z."}, soa, {}},
        {"CNAME to NXDOMAIN",
         "dangling.z.",
         "A",
         3,
         true,
         {"dangling.z. 60 CNAME nowhere.z."},
         soa,
         {}},
        {"CNAME out of the zone",
         "foreign.z.",
         "A",
         0,
         true,
         {"foreign.z. 60 CNAME www.other."},
         {},
         {}},
        {"chain",
         "chain1.z.",
         "A",
         0,
         true,
         {"chain1.z. 60 CNAME chain2.z.", "chain2.z. 60 CNAME alias.z.",
          "alias.z. 60 CNAME target.z.", "target.z. 60 A 10.0.0.1"},
         {},
         {}},
        {"loop of two",
         "loop1.z.",
         "A",
         0,
         true,
         {"loop1.z. 60 CNAME loop2.z.", "loop2.z. 60 CNAME loop1.z."},
         {},
         {}},
        {"loop of one", "self.z.", "A", 0, true, {"self.z. 60 CNAME self.z."}, {}, {}},
        {"wildcard", "q.wild.z.", "A", 0, true, {"q.wild.z. 60 A 10.0.0.2"}, {}, {}},
        {"wildcard, deeper", "p.q.wild.z.", "A", 0, true, {"p.q.wild.z. 60 A 10.0.0.2"}, {}, {}},
        {"wildcard NODATA", "q.wild.z.", "TXT", 0, true, {}, soa, {}},
        {"wildcard with Additional",
         "q.wild.z.",
         "MX",
         0,
         true,
         {"q.wild.z. 60 MX 10 jb2.prod.z."},
         {},
         {"jb2.prod.z. 300 A 10.1.0.12", "jb2.prod.z. 300 AAAA 2001:db8::12"}},
        {"the wildcard by name", "*.wild.z.", "A", 0, true, {"*.wild.z. 60 A 10.0.0.2"}, {}, {}},
        {"below the wildcard", "x.*.wild.z.", "A", 3, true, {}, soa, {}},
        {"an empty non-terminal stops it", "b.wild.z.", "A", 0, true, {}, soa, {}},
        {"and all below that", "x.b.wild.z.", "A", 3, true, {}, soa, {}},
        {"wildcard CNAME",
         "q.walias.z.",
         "A",
         0,
         true,
         {"q.walias.z. 60 CNAME target.z.", "target.z. 60 A 10.0.0.1"},
         {},
         {}},
        {"target under a wildcard",
         "q.wsrv.z.",
         "SRV",
         0,
         true,
         {"q.wsrv.z. 60 SRV 1 1 1 h.wild.z."},
         {},
         {"h.wild.z. 60 A 10.0.0.2"}},
        {"DNAME",
         "x.d.z.",
         "A",
         0,
         true,
         {"d.z. 60 DNAME e.z.", "x.d.z. 60 CNAME x.e.z.", "x.e.z. 60 A 10.0.0.3"},
         {},
         {}},
        {"DNAME itself", "d.z.", "DNAME", 0, true, {"d.z. 60 DNAME e.z."}, {}, {}},
        {"other types at the DNAME", "d.z.", "A", 0, true, {}, soa, {}},
        {"DNAME to NXDOMAIN",
         "y.d.z.",
         "A",
         3,
         true,
         {"d.z. 60 DNAME e.z.", "y.d.z. 60 CNAME y.e.z."},
         soa,
         {}},
        {"occluded by the DNAME",
         "occluded.d.z.",
         "A",
         3,
         true,
         {"d.z. 60 DNAME e.z.", "occluded.d.z. 60 CNAME occluded.e.z."},
         soa,
         {}},
        {"referral", "www.child.z.", "A", 0, false, {}, referral, glue},
        {"referral at the cut", "child.z.", "NS", 0, false, {}, referral, glue},
        {"glue asked", "ns.child.z.", "A", 0, false, {}, referral, glue},
        {"a cut below a cut", "x.deeper.child.z.", "A", 0, false, {}, referral, glue},
        {"DS at the cut",
         "child.z.",
         "DS",
         0,
         true,
         {"child.z. 60 DS 1 13 2 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20"},
         {},
         {}},
        {"DS below the cut", "x.child.z.", "DS", 0, false, {}, referral, glue},
        {"DS at the apex", "z.", "DS", 0, true, {}, soa, {}},
        {"CNAME into the child",
         "to-child.z.",
         "A",
         0,
         true,
         {"to-child.z. 60 CNAME www.child.z."},
         referral,
         glue},
        {"one RRset for ANY",
         "jb2.prod.z.",
         "ANY",
         0,
         true,
         {"jb2.prod.z. 300 A 10.1.0.12"},
         {},
         {}},
        {"transfers are refused", "z.", "AXFR", 5, false, {}, {}, {}},
    };
    for (const auto& row : rows) {
        for (const auto transport : {answer::Transport::udp, answer::Transport::tcp}) {
            for (const bool edns : {false, true}) {
                CAPTURE(row.what, edns);
                const auto told = test::ask(
                    view(), {.name = row.name, .type = row.type, .edns = edns}, transport);
                CHECK(told.rcode == row.rcode);
                CHECK(told.authoritative() == row.authoritative);
                CHECK_FALSE(told.truncated());
                CHECK(told.answer == row.answer);
                CHECK(told.authority == row.authority);
                CHECK(told.additional == row.additional);
                CHECK(told.has_opt == edns);
            }
        }
    }
}

TEST_CASE("bug: DNAMEs that lead back to each other came once a round") {
    const auto told = test::ask(view(), {.name = "x.loop-a.z.", .type = "A"});
    CHECK(told.answer == Lines{"loop-a.z. 60 DNAME loop-b.z.", "x.loop-a.z. 60 CNAME x.loop-b.z.",
                               "loop-b.z. 60 DNAME loop-c.z.", "x.loop-b.z. 60 CNAME x.loop-c.z.",
                               "loop-c.z. 60 DNAME loop-a.z.", "x.loop-c.z. 60 CNAME x.loop-a.z."});
    const auto growing = test::view_of(test::zone_from(
        "z.", "@ 1 SOA ns1 admin 7 60 10 600 5\n@ 1 NS ns1\na 1 DNAME x.b\nb 1 DNAME a\n"));
    const auto grown = test::ask(growing, {.name = "q.a.z.", .type = "A"}, answer::Transport::tcp);
    CHECK(grown.answer.size() > 10);
    CHECK(grown.answer.count("a.z. 1 DNAME x.b.z.") == 1);
    CHECK(grown.answer.count("b.z. 1 DNAME a.z.") == 1);
}

TEST_CASE("bug: ANY below a DNAME was not answered at its target") {
    const auto found = test::ask(view(), {.name = "x.d.z.", .type = "ANY"});
    CHECK(found.answer ==
          Lines{"d.z. 60 DNAME e.z.", "x.d.z. 60 CNAME x.e.z.", "x.e.z. 60 A 10.0.0.3"});
    const auto missing = test::ask(view(), {.name = "y.d.z.", .type = "ANY"});
    CHECK(missing.rcode == 3);
    CHECK(missing.authority == Lines{negative_soa});
}

TEST_CASE("bug: targets of SVCB and targets below a cut had no addresses in Additional") {
    const auto zone = test::view_of(
        test::zone_from("z.",
                        "@ 1 SOA ns1 admin 7 60 10 600 5\n@ 1 NS ns.child\nchild 1 NS ns.child\n"
                        "ns.child 1 A 10.0.0.5\n_s._tcp 1 SRV 1 1 1 ns.child\n"
                        "www 1 AAAA 2001:db8::1\nsvc 1 SVCB 1 www alpn=h2 port=8443\nalias 1 HTTPS "
                        "0 www\nself 1 HTTPS 1 .\n"));
    struct Target {
        const char *name, *type;
        Lines additional;
    };
    const Target rows[] = {
        {"z.", "NS", {"ns.child.z. 1 A 10.0.0.5"}},
        {"_s._tcp.z.", "SRV", {"ns.child.z. 1 A 10.0.0.5"}},
        {"svc.z.", "SVCB", {"www.z. 1 AAAA 2001:db8::1"}},
        {"alias.z.", "HTTPS", {"www.z. 1 AAAA 2001:db8::1"}},
        {"self.z.", "HTTPS", {}},
    };
    for (const auto& row : rows) {
        CAPTURE(row.name, row.type);
        const auto told = test::ask(zone, {.name = row.name, .type = row.type});
        CHECK(told.authoritative());
        CHECK(told.answer.size() == 1);
        CHECK(told.additional == row.additional);
    }
}

TEST_CASE("a chain of aliases is followed to its seventeenth and no further") {
    std::string lines = "@ 300 SOA ns1 admin 7 60 10 600 5\n@ 300 NS ns1\nc0 60 A 10.0.0.1\n";
    for (int i = 1; i <= 40; ++i) {
        lines += "c" + std::to_string(i) + " 60 CNAME c" + std::to_string(i - 1) + "\n";
    }
    const auto chain = test::view_of(test::zone_from("z.", lines));
    for (const auto transport : {answer::Transport::udp, answer::Transport::tcp}) {
        const auto whole = test::ask(chain, {.name = "c16.z.", .type = "A"}, transport);
        CHECK(whole.answer.size() == 17);
        CHECK(whole.answer.contains("c0.z. 60 A 10.0.0.1"));
        const auto bounded = test::ask(chain, {.name = "c40.z.", .type = "A"}, transport);
        CHECK(bounded.rcode == 0);
        CHECK(bounded.answer.size() == 17);
        CHECK_FALSE(bounded.truncated());
    }
}

TEST_CASE("a DNAME whose result is too long is YXDOMAIN") {
    const std::string label(62, 'q');
    const auto told = test::ask(view(), {.name = label + ".qq.long.z.", .type = "A"});
    CHECK(told.rcode == 6);
    CHECK(told.answer.size() == 1);  // the DNAME that says why
}

TEST_CASE("the question is echoed bit for bit, and matched whatever its case") {
    const auto told = test::ask(view(), {.name = "_AjP._tCp.PROD.z.", .type = "SRV"});
    CHECK(told.question == "_AjP._tCp.PROD.z. SRV");
    CHECK(told.answer.size() == 2);
    CHECK((told.flags & 0x0100) != 0);  // RD copied
    CHECK(told.id == 0x1234);
}

TEST_CASE("odd messages get the standard's answer") {
    struct Odd {
        const char* what;
        Ask ask;
        unsigned rcode;
    };
    const Odd rows[] = {
        {"EDNS version 1", {.name = "z.", .type = "A", .edns = true, .edns_version = 1}, 16},
        {"opcode STATUS", {.name = "z.", .type = "A", .opcode = 2}, 4},
        {"opcode NOTIFY", {.name = "z.", .type = "SOA", .opcode = 4}, 4},
        {"opcode UPDATE", {.name = "z.", .type = "SOA", .opcode = 5}, 4},
        {"class CH", {.name = "version.bind.", .type = "TXT", .klass = 3}, 5},
        {"class ANY", {.name = "z.", .type = "A", .klass = 255}, 5},
        {"OPT as QTYPE", {.name = "z.", .type = "OPT"}, 1},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto told = test::ask(view(), row.ask);
        CHECK(told.rcode == row.rcode);
        CHECK(((told.flags >> 11) & 0xf) == row.ask.opcode);
        CHECK(told.answer.empty());
        CHECK(told.opt_version == 0);
    }
}

namespace {

/// The outcome for raw octets: -1 for drop, else the RCODE; the reply must decode.
int raw(dns::Octets request) {
    std::vector<std::uint8_t> room(65535);
    answer::Exchange exchange{.request = request, .room = room};
    answer::respond({&exchange, 1}, view(), {});
    if (exchange.outcome == answer::Outcome::drop) return -1;
    return static_cast<int>(test::decode({room.data(), exchange.size}).rcode);
}

dns::Octets edited(Ask ask, std::size_t at, std::uint8_t value) {
    auto octets = test::encode(ask);
    octets.at(at) = value;
    return octets;
}

dns::Octets with_second_opt() {
    auto octets = test::encode({.name = "z.", .type = "A", .edns = true});
    const dns::Octets opt(octets.end() - 11, octets.end());
    octets.insert(octets.end(), opt.begin(), opt.end());
    octets[11] = 2;
    return octets;
}

dns::Octets with_options(std::initializer_list<int> options) {
    auto octets = test::encode({.name = "z.", .type = "A", .edns = true});
    octets.back() = static_cast<std::uint8_t>(options.size());
    for (const int option : options) octets.push_back(static_cast<std::uint8_t>(option));
    return octets;
}

}  // namespace

TEST_CASE("malformed messages are FORMERR, responses and scraps are dropped") {
    const Ask plain{.name = "z.", .type = "SOA"};
    struct Malformed {
        const char* what;
        dns::Octets request;
        int rcode;
    };
    auto trailing = test::encode(plain);
    trailing.push_back(0);
    const auto whole = test::encode(plain);
    const Malformed rows[] = {
        {"well-formed", whole, 0},
        {"empty", {}, -1},
        {"eleven octets", dns::Octets(11), -1},
        {"QR set", edited(plain, 2, 0x81), -1},
        {"QR set, other opcode", edited(plain, 2, 0xa1), -1},
        {"no question", edited(plain, 5, 0), 1},
        {"two questions", edited(plain, 5, 2), 1},
        {"an answer", edited(plain, 7, 1), 1},
        {"header alone", dns::Octets(whole.begin(), whole.begin() + 12), 1},
        {"question cut short", dns::Octets(whole.begin(), whole.end() - 1), 1},
        {"octets behind the end", trailing, 1},
        {"a pointer in QNAME", edited(plain, 12, 0xc0), 1},
        {"two OPTs", with_second_opt(), 1},
        {"an unknown option", with_options({0xff, 0xf0, 0, 1, 9}), 0},
        {"an option past the end", with_options({0, 10, 0, 8, 1}), 1},
        {"half an option", with_options({0, 10, 0}), 1},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        CHECK(raw(row.request) == row.rcode);
    }
}

TEST_CASE("every prefix of a query is answered or dropped, never worse") {
    const auto whole = test::encode({.name = "_ajp._tcp.prod.z.", .type = "SRV", .edns = true});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(raw({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}) ==
              (size < 12 ? -1 : 1));
    }
}

namespace {

/// A service with `count` members on hosts of their own, one A each: 51 + 26 octets a member.
answer::View crowd(int count) {
    std::string lines = "@ 300 SOA ns1 admin 7 60 10 600 5\n@ 300 NS ns1\n";
    for (int i = 100; i < 100 + count; ++i) {
        const auto n = std::to_string(i);
        lines += "_s._tcp.p 10 SRV 1 1 1 host" + n + ".p\nhost" + n + ".p 10 A 10.0.0." +
                 std::to_string(i - 100) + "\n";
    }
    return test::view_of(test::zone_from("zone.example.", lines));
}

}  // namespace

TEST_CASE("Answer comes first, Additional is shed in silence, TC tells of a missing Answer only") {
    struct Size {
        const char* what;
        int members;
        bool edns;
        std::uint16_t payload, udp_limit;
        bool truncated;
        bool all_addresses;
    };
    const Size rows[] = {
        {"fits in 512", 5, false, 0, 1232, false, true},
        {"Additional passes 512", 9, false, 0, 1232, false, false},
        {"Answer passes 512", 16, false, 0, 1232, true, false},
        {"EDNS makes room", 16, true, 1232, 1232, false, true},
        {"a tiny EDNS size is 512", 16, true, 100, 1232, true, false},
        {"and 512 is used", 5, true, 100, 1232, false, true},
        {"the server's own limit", 16, true, 4096, 512, true, false},
        {"the client's limit", 40, true, 1232, 4096, true, false},
        {"both agree on more", 40, true, 4096, 4096, false, true},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        const auto view = crowd(row.members);
        const Ask ask{.name = "_s._tcp.p.zone.example.", .edns = row.edns, .payload = row.payload};
        const auto limit = row.edns ? std::min<std::size_t>(
                                          std::max<std::uint16_t>(row.payload, 512), row.udp_limit)
                                    : 512;
        const auto members = static_cast<std::size_t>(row.members);
        const auto udp = test::ask(view, ask, answer::Transport::udp, {.udp_limit = row.udp_limit});
        CHECK(udp.size <= limit);
        CHECK(udp.truncated() == row.truncated);
        CHECK(udp.answer.size() == (row.truncated ? 0 : members));  // never a part of the set
        CHECK((udp.additional.size() == members) == row.all_addresses);
        CHECK(udp.has_opt == row.edns);
        const auto tcp = test::ask(view, ask, answer::Transport::tcp);
        CHECK_FALSE(tcp.truncated());
        CHECK(tcp.answer.size() == members);
        CHECK(tcp.additional.size() == members);
    }
}

TEST_CASE("glue below the cut that does not fit is truncation (RFC 9471)") {
    std::string lines = "@ 300 SOA ns1 admin 7 60 10 600 5\n@ 300 NS ns1\n";
    for (int i = 100; i < 112; ++i) {
        const auto n = std::to_string(i);
        lines += "child 60 NS ns" + n + ".child\nns" + n + ".child 60 A 10.0.0.1\nns" + n +
                 ".child 60 AAAA 2001:db8::1\n";
    }
    const auto view = test::view_of(test::zone_from("zone.example.", lines));
    const Ask ask{.name = "www.child.zone.example.", .type = "A"};
    CHECK(test::ask(view, ask).truncated());
    const auto tcp = test::ask(view, ask, answer::Transport::tcp);
    CHECK_FALSE(tcp.truncated());
    CHECK(tcp.additional.size() == 24);
}

TEST_CASE("a parent and its child in one server: the cut belongs to the parent, DS too") {
    auto table = [](const char* apex, const char* lines) {
        return std::make_shared<const answer::Table>(test::zone_from(apex, lines));
    };
    const answer::View both(
        {table("z.", "@ 9 SOA a a 1 1 1 1 9\n@ 9 NS a.\nc 9 NS b.\nc 9 DS 1 13 2 0102\n"),
         table("c.z.", "@ 9 SOA b b 1 1 1 1 9\n@ 9 NS b.\nx 9 A 10.0.0.9\n")});
    CHECK(test::ask(both, {.name = "x.c.z.", .type = "A"}).answer == Lines{"x.c.z. 9 A 10.0.0.9"});
    CHECK(test::ask(both, {.name = "c.z.", .type = "NS"}).authoritative());
    CHECK(test::ask(both, {.name = "c.z.", .type = "DS"}).answer == Lines{"c.z. 9 DS 1 13 2 0102"});
}

TEST_CASE("the root can be a zone") {
    const auto view = test::view_of(test::zone_from(
        ".", "@ 9 SOA a. a. 1 1 1 1 9\n@ 9 NS a.\na. 9 A 10.0.0.1\ncom. 9 NS a.\n"));
    CHECK(test::ask(view, {.name = ".", .type = "NS"}).additional == Lines{"a. 9 A 10.0.0.1"});
    CHECK(test::ask(view, {.name = "x.com.", .type = "A"}).authority == Lines{"com. 9 NS a."});
    CHECK(test::ask(view, {.name = "b.", .type = "A"}).rcode == 3);
    CHECK(test::ask(view, {.name = ".", .type = "DS"}).rcode == 0);
}

// What is fetched ahead is found by 16 bits of a name's hash: about ten of these share them with a
// name that exists.
TEST_CASE("a name whose hash begins like another's is not taken for it") {
    std::string hosts;
    for (int i = 0; i < 5000; ++i) hosts += "h" + std::to_string(i) + " 60 A 192.0.2.1\n";
    const auto view = test::view_of(test::zone_from("z.example.", hosts));
    dns::Octets query = test::encode({.name = "m000000.z.example.", .type = "A"});
    std::vector<std::uint8_t> room(512);
    std::vector<answer::Exchange> exchanges{{query, room}};
    int taken = 0;
    for (int i = 0; i < 200'000; ++i) {
        const std::string digits = std::to_string(1'000'000 + i);
        std::ranges::copy(digits.substr(1), query.begin() + dns::header_octets + 2);
        answer::respond(exchanges, view, {});
        if (exchanges[0].reply_class != answer::ReplyClass::nxdomain) ++taken;
    }
    CHECK(taken == 0);
}

TEST_CASE("a host has its addresses in Additional, be they one or forty") {
    for (const unsigned count : {0U, 1U, 2U, 18U, 19U, 40U}) {  // 18 are 504 octets, 19 are 532
        std::string lines = "_x._tcp 10 SRV 1 1 1 host\nhost 10 TXT x\n";
        for (unsigned i = 0; i < count; ++i) {
            lines += "host 10 AAAA 2001:db8::" + std::to_string(i) + "\n";
        }
        const auto view = test::view_of(test::zone_from("z.example.", lines));
        const auto told = test::ask(view, {.name = "_x._tcp.z.example."}, answer::Transport::tcp);
        CHECK(told.additional.size() == count);
        CHECK_FALSE(told.truncated());
    }
}
