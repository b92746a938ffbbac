#include <catch2/catch.hpp>

#include <atomic>
#include <random>
#include <sstream>
#include <thread>

#include "../support/signed_zone.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/zone/diff.hpp"

using namespace portolan;
using test::Denial;
using Lines = std::vector<std::string>;

namespace {

constexpr const char* example = R"(
@                300 SOA   ns1 admin 7 60 10 600 5
@                300 NS    ns1
@                300 MX    10 jb1.prod
ns1              300 A     192.0.2.53
jb1.prod         300 A     10.1.0.11
jb1.prod         300 AAAA  2001:db8::11
_ajp._tcp.prod   10  SRV   10 100 10104 jb1.prod
_ajp._tcp.prod   10  SRV   10 100 10104 ns1
alias            60  CNAME target
target           60  A     10.0.0.1
dangling         60  CNAME nowhere.prod
to-wild          60  CNAME x.wild
foreign          60  CNAME www.other.
*.wild           60  A     10.0.0.2
*.wild           60  MX    10 jb1.prod
a.b.wild         60  TXT   x
*.walias         60  CNAME a.walias2
*.walias2        60  CNAME nobody
*.wforeign       60  CNAME www.other.
d                60  DNAME e
x.e              60  A     10.0.0.3
occluded.d       60  A     10.0.0.4
secure           60  NS    ns.secure
secure           60  DS    1 13 2 0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20
ns.secure        60  A     10.0.0.5
insecure         60  NS    ns.insecure
ns.insecure      60  A     10.0.0.6
cut.only.ent     60  NS    ns1
to-cut           60  CNAME www.secure
)";

const Denial all_denials[] = {Denial::nsec, Denial::nsec3, Denial::nsec3_opt_out};

/// The zone's names and what may be asked beside, below and above them.
std::vector<std::string> names_around(const zone::Zone& zone) {
    std::set<std::string> names;
    for (const auto& [owner, node] : zone.nodes()) {
        for (dns::Name at(owner); at.view().is_at_or_below(zone.apex());
             at = dns::Name(at.view().parent())) {
            names.insert(dns::to_text(at));
            for (const char* label : {"zz", "!", "*", "a.b"}) {
                const auto name = dns::parse_name(label, at);
                if (name) names.insert(dns::to_text(*name));
            }
            if (at == dns::Name(zone.apex())) break;
        }
    }
    return {names.begin(), names.end()};
}

test::Told ask(const answer::View& view, const std::string& name, const std::string& type,
               answer::Transport transport = answer::Transport::tcp) {
    return test::ask(view, {.name = name, .type = type, .edns = true, .dnssec_ok = true},
                     transport);
}

Lines chain_of(const answer::Chain& chain) {
    Lines names;
    chain.for_each(
        [&](const answer::Record& record) { names.push_back(dns::to_text(record.name())); });
    return names;
}

/// All that a table says, one record a line.
Lines lines_of(const answer::Table& table) {
    Lines lines;
    table.for_each([&](const answer::Record& record) {
        std::string line = dns::to_text(record.name()) + (record.is_apart() ? " apart" : "");
        for (unsigned i = 0; i < record.set_count(); ++i) {
            for (const auto rdata : record.set(i)) {
                line += " " + dns::to_string(record.set(i).type()) + " " +
                        dns::rdata_to_text(record.set(i).type(), rdata);
            }
        }
        lines.push_back(line);
        CHECK((table.find(record.name().octets()) == &record) == !record.is_apart());
    });
    std::ranges::sort(lines);
    return lines;
}

/// A zone of names that come and go, each step another.
class Changing {
public:
    Changing(Denial denial, unsigned seed) : denial_(denial), random_(seed) {
        zone_ = test::zone_from("z.", "@ 5 SOA ns admin 1 1 1 1 5\n@ 5 NS ns.other.\n");
        signed_ = test::signed_zone(zone_, denial_);
    }
    [[nodiscard]] const zone::Zone& now() const { return signed_; }

    std::vector<zone::Change> step() {
        static const char* const owners[] = {"a",   "b.a",   "c.b.a",   "*.a", "q",
                                             "x.q", "e.f.g", "f.g",     "*",   "k.*.q",
                                             "zz",  "y.zz",  "0.deep.x"};
        for (unsigned i = 0; i < 1 + random_() % 3; ++i) {
            const auto owner =
                *dns::parse_name(owners[random_() % std::size(owners)], zone_.apex());
            const auto type = random_() % 2 == 0 ? dns::Type::a : dns::Type::txt;
            if (random_() % 2 == 0) {
                zone_.remove(owner, type);
            } else {
                zone_.put(owner,
                          dns::make_rrset(
                              type, dns::Ttl{60},
                              {dns::rdata_from(type, type == dns::Type::a ? "10.0.0.1" : "t")}));
            }
        }
        zone_.set_serial(dns::Serial{zone_.serial()->value + 1});
        zone::Zone next = test::signed_zone(zone_, denial_);
        auto changes = zone::diff(signed_, next);
        changes.insert(changes.begin(), {zone_.apex(), dns::Type::soa, nullptr,
                                         dns::RrsetPtr(next.find(zone_.apex(), dns::Type::soa))});
        signed_ = std::move(next);
        return changes;
    }

private:
    Denial denial_;
    std::mt19937 random_;
    zone::Zone zone_, signed_;
};

}  // namespace

TEST_CASE("whatever is asked of a signed zone, the answer proves what it says") {
    const auto zone = test::zone_from("z.", example);
    for (const Denial denial : all_denials) {
        const auto view = test::view_of(test::signed_zone(zone, denial));
        for (const auto& name : names_around(zone)) {
            for (const char* type : {"A", "TXT", "DS", "NS", "CNAME", "SRV", "MX", "ANY"}) {
                CAPTURE(static_cast<int>(denial), name, type);
                dns::Type number{};
                REQUIRE(dns::parse_type(type, number));
                const auto told = ask(view, name, type);
                CHECK(test::fault_of(told, name, number) == "");
            }
        }
    }
}

TEST_CASE("the records that prove are those that the RFCs name, and no more") {
    struct Row {
        const char *what, *name, *type;
        unsigned denials;  // NSEC records told
        unsigned hashed;   // NSEC3 records told
    };
    const Row rows[] = {
        {"an answer", "target.z.", "A", 0, 0},
        {"no such type", "target.z.", "TXT", 1, 1},
        {"no such type at an empty non-terminal", "prod.z.", "A", 1, 1},
        {"no such name: closest encloser, next closer, wildcard", "x.nope.z.", "A", 2, 3},
        {"no such name, and one NSEC covers the wildcard too", "x.y.target.z.", "A", 1, 3},
        {"a wildcard's answer", "x.wild.z.", "A", 1, 1},
        {"a wildcard without the type", "x.wild.z.", "TXT", 2, 3},
        {"through two wildcards to no name", "x.walias.z.", "A", 4, 4},
        {"a wildcard that leads away", "x.wforeign.z.", "A", 1, 1},
        {"a signed child", "www.secure.z.", "A", 0, 0},
        {"an unsigned child", "www.insecure.z.", "A", 1, 1},
        {"no DS", "insecure.z.", "DS", 1, 1},
        {"a DNAME", "x.d.z.", "A", 0, 0},
        {"what denies, asked for itself", "target.z.", "RRSIG", 0, 0},
    };
    const auto zone = test::zone_from("z.", example);
    const auto count = [](const test::Told& told, const char* type) {
        return static_cast<unsigned>(std::ranges::count_if(told.authority, [&](const auto& line) {
            std::istringstream words(line);
            std::string owner, ttl, its_type;
            words >> owner >> ttl >> its_type;
            return its_type == type;
        }));
    };
    const auto nsec = test::view_of(test::signed_zone(zone, Denial::nsec));
    const auto nsec3 = test::view_of(test::signed_zone(zone, Denial::nsec3));
    for (const auto& row : rows) {
        CAPTURE(row.what);
        CHECK(count(ask(nsec, row.name, row.type), "NSEC") == row.denials);
        CHECK(count(ask(nsec3, row.name, row.type), "NSEC3") == row.hashed);
    }
}

TEST_CASE("who does not ask for signatures gets none") {
    const auto zone = test::zone_from("z.", example);
    for (const Denial denial : all_denials) {
        const auto plain = test::view_of(zone);
        const auto view = test::view_of(test::signed_zone(zone, denial));
        for (const auto& name : names_around(zone)) {
            for (const char* type : {"A", "TXT", "DS", "SRV", "NS"}) {
                CAPTURE(name, type);
                const test::Ask question{.name = name, .type = type};
                const auto ours = test::ask(view, question);
                const auto bare = test::ask(plain, question);
                CHECK(ours.rcode == bare.rcode);
                CHECK(ours.answer == bare.answer);
                CHECK(ours.authority == bare.authority);
                CHECK(ours.additional == bare.additional);
            }
        }
    }
}

TEST_CASE("owners of NSEC3 are no names (RFC 5155 7.2.8)") {
    const auto zone = test::signed_zone(test::zone_from("z.", example), Denial::nsec3);
    const auto view = test::view_of(zone);
    for (const auto& [owner, node] : zone.nodes()) {
        if (zone.find(owner, dns::Type::nsec3) == nullptr) continue;
        CHECK(ask(view, dns::to_text(dns::Name(owner)), "NSEC3").rcode == 3);
        CHECK(ask(view, dns::to_text(dns::Name(owner)), "RRSIG").rcode == 3);
    }
}

TEST_CASE("signed addresses of at most 13 hosts come along") {
    std::string text = "@ 5 SOA ns admin 1 1 1 1 5\n@ 5 NS ns.other.\n";
    for (int i = 0; i < 20; ++i) {
        const std::string host = "h" + std::to_string(i);
        text += "_s._tcp 5 SRV 1 1 1 " + host + "\n" + host + " 5 A 10.0.0.1\n" + host +
                " 5 AAAA 2001:db8::1\n";
    }
    const auto zone = test::zone_from("z.", text);
    const auto view = test::view_of(test::signed_zone(zone, Denial::nsec));
    CHECK(ask(view, "_s._tcp.z.", "SRV").additional.size() == 13 * 4);
    const auto plain = test::ask(view, {.name = "_s._tcp.z.", .type = "SRV", .edns = true},
                                 answer::Transport::tcp);
    CHECK(plain.additional.size() == 20 * 2);
}

TEST_CASE(
    "an answer that has no room for its proof is truncated, one that lacks room for "
    "addresses is not") {
    std::string text = "@ 5 SOA ns admin 1 1 1 1 5\n@ 5 NS ns.other.\n*.w 5 TXT \"" +
                       std::string(200, 'x') + "\" \"" + std::string(190, 'x') + "\"\n";
    for (int i = 0; i < 12; ++i) {
        const std::string host = "h" + std::to_string(i);
        text += "_s._tcp 5 SRV 1 1 1 " + host + "\n" + host + " 5 A 10.0.0.1\n";
    }
    const auto view = test::view_of(test::signed_zone(test::zone_from("z.", text), Denial::nsec));
    const auto at = [&](const char* name, const char* type, std::uint16_t payload) {
        return test::ask(
            view,
            {.name = name, .type = type, .edns = true, .dnssec_ok = true, .payload = payload});
    };
    CHECK(at("q.w.z.", "TXT", 512).truncated());
    CHECK_FALSE(at("q.w.z.", "TXT", 1232).truncated());
    const auto srv = at("_s._tcp.z.", "SRV", 700);
    CHECK_FALSE(srv.truncated());
    CHECK(srv.answer.size() == 13);
    CHECK(srv.additional.size() % 2 == 0);
    CHECK(srv.additional.size() < 24);
}

TEST_CASE("negative answers have the SOA's signature, with the TTL of both") {
    const auto view =
        test::view_of(test::signed_zone(test::zone_from("z.", example), Denial::nsec));
    const auto told = ask(view, "nope.z.", "A");
    CHECK(told.authority.contains("z. 5 SOA ns1.z. admin.z. 7 60 10 600 5"));
    CHECK(told.authority.contains("z. 5 RRSIG SOA 13 1 300 20370101000000 20260101000000 1 z. " +
                                  std::string(86, 'A') + "=="));
}

TEST_CASE("a chain that is edited step by step is the chain built afresh") {
    for (const Denial denial : all_denials) {
        for (const bool successors : {false, true}) {
            Changing zone(denial, 3);
            auto table = std::make_unique<answer::Table>(zone.now());
            for (int step = 0; step < 300; ++step) {
                CAPTURE(static_cast<int>(denial), successors, step);
                const auto changes = zone.step();
                if (successors) {
                    table = table->successor(changes);
                } else {
                    table->apply(changes);
                }
                const answer::Table fresh(zone.now());
                REQUIRE(chain_of(table->nsec_chain()) == chain_of(fresh.nsec_chain()));
                REQUIRE(chain_of(table->nsec3_chain()) == chain_of(fresh.nsec3_chain()));
                REQUIRE(lines_of(*table) == lines_of(fresh));
                REQUIRE(table->record_count() == zone.now().record_count());
            }
        }
    }
}

TEST_CASE("sets of hashed owners come in any order, and one by one") {
    const auto zone = test::signed_zone(test::zone_from("z.", example), Denial::nsec3);
    const answer::Table whole(zone);
    std::mt19937 random(5);
    for (const bool loading : {false, true}) {
        std::vector<std::pair<dns::PackedName, dns::RrsetPtr>> sets;
        for (const auto& [owner, node] : zone.nodes()) {
            for (const auto& set : node) sets.emplace_back(owner, set);
        }
        std::ranges::shuffle(sets, random);
        answer::Table table(zone.apex());
        const auto put_all = [&] {
            for (const auto& [owner, set] : sets) table.put(owner, set);
        };
        loading ? table.load(sets.size(), put_all) : put_all();
        CHECK(lines_of(table) == lines_of(whole));
        CHECK(chain_of(table.nsec3_chain()) == chain_of(whole.nsec3_chain()));
        std::ranges::shuffle(sets, random);
        for (const auto& [owner, set] : sets) table.remove(owner, set->type());
        CHECK(table.record_count() == 0);
        CHECK(table.nsec3_chain().is_empty());
    }
}

TEST_CASE("a name that is a hash and a name too is found") {
    auto zone = test::signed_zone(test::zone_from("z.", example), Denial::nsec3);
    const answer::Table plain(zone);
    const auto hash = dns::Name(plain.nsec3_chain().at_or_before(dns::name_from("zz.z."))->name());
    answer::Table table(zone);
    const auto address = dns::make_rrset(dns::Type::a, dns::Ttl{5}, {{192, 0, 2, 1}});
    const auto below = *dns::parse_name("below", hash);
    table.put(below, address);
    CHECK(table.find(hash.octets()) != nullptr);  // an empty non-terminal, and it denies
    table.put(hash, address);
    table.remove(below, dns::Type::a);
    REQUIRE(table.find(hash.octets()) != nullptr);
    CHECK(table.find(hash.octets())->find(dns::Type::a) != nullptr);
    table.remove(hash, dns::Type::a);
    CHECK(table.find(hash.octets()) == nullptr);
    CHECK(lines_of(table) == lines_of(plain));
    CHECK(chain_of(table.nsec3_chain()) == chain_of(plain.nsec3_chain()));
}

TEST_CASE("the record of denial before a name is found, round the end") {
    struct Row {
        const char *name, *before;
    };
    const Row rows[] = {{"z.", "z."},        {"a.z.", "a.z."},     {"aa.z.", "*.a.z."},
                        {"zz.z.", "x.q.z."}, {"x.a.z.", "*.a.z."}, {"\\000.z.", "z."}};
    std::string text = "@ 5 SOA ns admin 1 1 1 1 5\n@ 5 NS ns.other.\n";
    for (const char* name : {"a", "*.a", "b", "x.q"}) text += std::string(name) + " 5 A 10.0.0.1\n";
    const answer::Table table(test::signed_zone(test::zone_from("z.", text), Denial::nsec));
    for (const auto& row : rows) {
        CAPTURE(row.name);
        const auto* record = table.denial_at_or_before(dns::name_from(row.name));
        REQUIRE(record != nullptr);
        CHECK(dns::to_text(record->name()) == row.before);
    }
    CHECK(answer::Table(test::zone_from("z.", text)).denial_at_or_before(dns::name_from("z.")) ==
          nullptr);
}

TEST_CASE("a chain of thousands keeps its order while names come and go") {
    answer::Table table(dns::name_from("z."));
    std::set<dns::Name> names;
    std::mt19937 random(11);
    const auto nsec = dns::make_rrset(dns::Type::nsec, dns::Ttl{5},
                                      {dns::rdata_from(dns::Type::nsec, "z. A NSEC")});
    const auto random_name = [&] {
        std::string text = "h" + std::to_string(random() % 4000);
        if (random() % 2 == 0) text += ".a-long-label-that-is-the-same-for-many";
        if (random() % 8 == 0) text = "\\000\\001." + text;
        return dns::name_from(text + ".z.");
    };
    for (int step = 0; step < 20000; ++step) {
        const auto name = random_name();
        if (step < 10000 || random() % 3 == 0) {
            table.put(name, nsec);
            names.insert(name);
        } else {
            table.remove(name, dns::Type::nsec);
            names.erase(name);
        }
        if (step % 64 == 0) table.take_garbage();
        if (names.empty()) continue;
        const auto asked = random_name();
        auto expected = names.upper_bound(asked);
        expected = expected == names.begin() ? std::prev(names.end()) : std::prev(expected);
        const auto* found = table.nsec_chain().at_or_before(asked);
        REQUIRE(found != nullptr);
        REQUIRE(dns::Name(found->name()) == *expected);
    }
    Lines expected;
    for (const auto& name : names) expected.push_back(dns::to_text(name));
    CHECK(chain_of(table.nsec_chain()) == expected);
}

/// Names of every kind that a Changing has: owners, empty non-terminals, what wildcards cover, and
/// what is not there.
constexpr const char* asked_names[] = {"a.z.",      "b.a.z.", "x.a.z.",  "q.z.", "g.z.",
                                       "e.f.g.z.",  "zz.z.",  "y.y.z.",  "z.",   "k.*.q.z.",
                                       "deep.x.z.", "0.z.",   "c.b.a.z."};

/// What is wrong with the answer, and the answer; "" when nothing is.
std::string fault_at(const answer::View& view, const std::string& name, dns::Type type) {
    const auto told = ask(view, name, dns::to_string(type));
    auto fault = test::fault_of(told, name, type);
    if (fault.empty()) return "";
    fault = name + " " + dns::to_string(type) + ": " + fault;
    for (const auto* section : {&told.answer, &told.authority}) {
        for (const auto& line : *section) fault += "\n" + line;
    }
    return fault;
}

// Was a bug: hashes came and went in the order of their octets, though they stand in a circle; and
// a wildcard's NODATA went without a proof of its closest encloser.
TEST_CASE("wherever the writer rests, answers prove what they say") {
    for (const Denial denial : {Denial::nsec, Denial::nsec3}) {
        for (unsigned seed = 1; seed <= 8; ++seed) {
            Changing zone(denial, seed);
            const auto table = std::make_shared<answer::Table>(zone.now());
            const answer::View view({table});
            for (int step = 0; step < 12; ++step) {
                std::string fault;
                table->apply(zone.step(), [&] {
                    for (const char* name : asked_names) {
                        for (const auto type : {dns::Type::a, dns::Type::txt}) {
                            if (fault.empty()) fault = fault_at(view, name, type);
                        }
                    }
                });
                CAPTURE(denial, seed, step);
                CHECK(fault == "");
                table->take_garbage();
            }
        }
    }
}

TEST_CASE("answers prove what they say while the zone changes under them") {
    for (const Denial denial : {Denial::nsec, Denial::nsec3}) {
        Changing zone(denial, 17);
        const auto table = std::make_shared<answer::Table>(zone.now());
        const answer::View view({table});
        std::atomic<bool> ends{false};
        std::vector<std::string> faults(2);
        std::vector<std::thread> readers;
        for (unsigned reader = 0; reader < faults.size(); ++reader) {
            readers.emplace_back([&, reader] {
                std::mt19937 random(reader);
                while (!ends.load()) {
                    const char* name = asked_names[random() % std::size(asked_names)];
                    const auto type = random() % 2 == 0 ? dns::Type::a : dns::Type::txt;
                    auto fault = fault_at(view, name, type);
                    if (faults[reader].empty()) faults[reader] = std::move(fault);
                }
            });
        }
        std::vector<answer::Table::GarbagePtr> garbage;  // readers have no epochs here
        for (int step = 0; step < 2000; ++step) {
            table->apply(zone.step());
            garbage.push_back(table->take_garbage());
        }
        ends = true;
        for (auto& reader : readers) reader.join();
        for (const auto& fault : faults) CHECK(fault == "");
    }
}
