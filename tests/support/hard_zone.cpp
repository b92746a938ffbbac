#include "hard_zone.hpp"

#include <string>

#include "zone_text.hpp"

namespace portolan::test {
namespace {

constexpr const char* hard_cases = R"(
@                300 SOA   ns1 admin 7 60 10 600 5
@                300 NS    ns1
@                300 NS    ns.elsewhere.
@                60  MX    10 mail
@                60  TXT   apex
ns1              300 A     192.0.2.53
mail             60  A     192.0.2.25
mail             60  AAAA  2001:db8::25
_ajp._tcp.prod   10  SRV   10 100 10104 jb1.prod
_ajp._tcp.prod   10  SRV   20 100 20104 jb2.prod
_ajp._tcp.prod   10  TXT   app=hydrogen
_idle._tcp.prod  10  TXT   app=idle
_none._tcp.prod  10  SRV   0 0 0 .
_same._tcp.prod  10  SRV   10 100 1 jb1.prod
_same._tcp.prod  10  SRV   20 100 2 jb1.prod
_glue._tcp.prod  10  SRV   10 100 3 ns.child
_alias._tcp.prod 10  SRV   10 100 4 chain1
_wild._tcp.prod  10  SRV   10 100 5 a.wild
jb1.prod         300 A     10.1.0.11
jb2.prod         300 A     10.1.0.12
jb2.prod         300 AAAA  2001:db8::12
a\.b\000\255.odd 60  A     10.0.0.8
dangling         60  CNAME nowhere
foreign          60  CNAME www.other.
into-wild        60  CNAME q.wild
into-child       60  CNAME www.child
into-dname       60  CNAME x.d
loop1            60  CNAME loop2
loop2            60  CNAME loop1
self             60  CNAME self
*.wild           60  A     10.0.0.2
*.wild           60  MX    10 jb2.prod
a.b.wild         60  TXT   x
*.walias         60  CNAME target.walias
*.wself          60  CNAME x.wself
*.wsrv           60  SRV   1 1 1 h.wild
*.wns            60  NS    ns1
target           60  A     10.0.0.1
d                60  DNAME e
x.e              60  A     10.0.0.3
occluded.d       60  A     10.0.0.4
grow             60  DNAME grow.grow
there            60  DNAME back
back             60  DNAME there
out              60  DNAME other.
long             60  DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
child            60  NS    ns.child
child            60  NS    ns.elsewhere.
child            60  DS    1 13 2 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20
ns.child         60  A     10.0.0.5
deeper.child     60  NS    ns.deeper.child
cut              60  NS    ns.deep.cut
ns.deep.cut      60  A     10.0.0.6
deep.cut         60  NS    ns.deep.cut
svc              60  SVCB  1 jb2.prod alpn=h2 port=8443
self-svc         60  HTTPS 1 .
typed            60  TYPE65280 \# 3 010203
)";

/// Sets that fit in 512, 1232 or 65535 octets, or in none of them.
std::string big_sets() {
    std::string lines;
    for (int i = 100; i < 200; ++i) {
        const auto n = std::to_string(i);
        lines +=
            "_crowd._tcp.p 10 SRV 1 1 1 host" + n + ".p\nhost" + n + ".p 10 A 10.0.1." + n + "\n";
        if (i < 109) lines += "_few._tcp.p 10 SRV 1 1 1 host" + n + ".p\n";
        if (i < 130) lines += "_some._tcp.p 10 SRV 1 1 1 host" + n + ".p\n";
        if (i < 112) {
            lines += "glued 60 NS ns" + n + ".glued\nns" + n + ".glued 60 A 10.0.2." + n + "\nns" +
                     n + ".glued 60 AAAA 2001:db8::" + n + "\n";
        }
    }
    for (int i = 100; i < 400; ++i) {  // over 64 KiB: even TCP must say TC
        lines += "vast 60 TXT \"" + std::to_string(i) + std::string(240, 'v') + "\"\n";
    }
    return lines;
}

std::string long_chain(int links) {
    std::string lines;
    for (int i = 1; i < links; ++i) {
        lines += "chain" + std::to_string(i) + " 60 CNAME chain" + std::to_string(i + 1) + "\n";
    }
    return lines + "chain" + std::to_string(links) + " 60 A 10.0.0.9\n";
}

/// A name of exactly 255 octets, the longest that there is: 3 x 64, 60 and "z.".
std::string longest_name() {
    std::string name;
    for (const int size : {63, 63, 63, 59})
        name += std::string(static_cast<std::size_t>(size), 'n') + ".";
    return name + "z. 60 TXT longest\n" + "to-longest 60 CNAME " + name + "z.\n";
}

std::shared_ptr<const answer::Table> table(const char* apex, const std::string& lines) {
    return std::make_shared<const answer::Table>(zone_from(apex, lines));
}

/// Each label of the table is a word of every kind.
std::shared_ptr<const answer::Vocabulary> words_of(const answer::Table& table) {
    std::vector<std::string> words;
    table.for_each([&](const answer::Record& record) {
        const auto label = record.name().first_label();
        words.emplace_back(label.begin(), label.end());
    });
    return std::make_shared<const answer::Vocabulary>(
        answer::Vocabulary::Words{words, words, words, words});
}

answer::View make_hard_view() {
    auto zone = table("z.", hard_cases + big_sets() + long_chain(24) + longest_name());
    auto below = table("cut.z.",
                       "@ 60 SOA a a 1 1 1 1 9\n@ 60 NS ns.deep\nns.deep 60 A 10.0.0.6\n"
                       "* 60 CNAME *.d.z.\n");
    return {{zone, below}, {{zone.get(), words_of(*zone)}}};
}

}  // namespace

const answer::View& hard_view() {
    static const answer::View view = make_hard_view();
    return view;
}

}  // namespace portolan::test
