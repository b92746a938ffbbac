// Signing: what a change does to a signed zone is what signing it afresh would say, and ldns finds
// every signature good.
#include "portolan/sign/signing.hpp"

#include <ldns/ldns.h>

#include <catch2/catch.hpp>
#include <random>

#include "../support/zone_text.hpp"
#include "plain_standing.hpp"
#include "portolan/dns/presentation.hpp"
#include "portolan/zone/soa.hpp"

using namespace portolan;
using namespace portolan::sign;
using registry::Denial;
using test::PlainStanding;

namespace {

constexpr std::uint32_t now = 1700000000;
const dns::Name apex = dns::name_from("example.");

Signer::Terms terms_of(Denial denial, std::vector<KeyPtr> keys) {
    Signer::Terms terms;
    terms.apex = apex;
    terms.policy.denial = denial;
    terms.key_ttl = dns::Ttl{3600};
    terms.negative = dns::Ttl{5};
    terms.roles = {keys, keys, keys, keys, false};
    return terms;
}

KeyPtr key() {
    static const KeyPtr made = Key::generate(Algorithm::ecdsap256sha256, true);
    return made;
}

dns::RrsetPtr soa(std::uint32_t serial) {
    const auto zone = test::zone_from("example.", "@ 5 SOA ns1 admin 1 60 10 3600 5");
    return zone::with_serial(*zone.find(apex, dns::Type::soa), dns::Serial{serial});
}

/// A zone without a signature.
PlainStanding unsigned_zone(std::string_view lines) {
    PlainStanding standing(apex);
    standing.zone = test::zone_from(
        "example.", "@ 5 SOA ns1 admin 1 60 10 3600 5\n@ 3600 NS ns1\nns1 300 A 192.0.2.1\n" +
                        std::string(lines));
    return standing;
}

void apply(PlainStanding& standing, const Signed& made) {
    zone::apply(standing.zone, made.changes);
}

void sign_whole(PlainStanding& standing, const Signer& signer,
                std::span<const zone::Change> changes = {}) {
    auto made = signer.sign_all(standing, changes);
    signer.seal(made, standing, soa(1));
    apply(standing, made);
}

const Remembered nothing;

/// All records, but what differs with each making of a signature.
std::vector<std::string> shape_of(const zone::Zone& zone) {
    std::vector<std::string> lines;
    for (auto& line : test::lines_of(zone)) {
        const auto at = line.find(" RRSIG ");
        if (at == std::string::npos) {
            lines.push_back(line);
            continue;
        }
        // covered algorithm labels ttl expiration inception tag signer signature
        std::istringstream words(line.substr(at + 7));
        std::string covered, algorithm, labels, ttl, expiration, inception, tag, signer;
        words >> covered >> algorithm >> labels >> ttl >> expiration >> inception >> tag >> signer;
        lines.push_back(line.substr(0, at) + " RRSIG " + covered + " " + algorithm + " " + labels +
                        " " + ttl + " " + tag + " " + signer);
    }
    return lines;
}

struct FreeRr {
    void operator()(ldns_rr* rr) const { ldns_rr_free(rr); }
};
struct FreeList {
    void operator()(ldns_rr_list* list) const { ldns_rr_list_deep_free(list); }
};
using List = std::unique_ptr<ldns_rr_list, FreeList>;

void push(ldns_rr_list* list, dns::NameView owner, dns::Type type, dns::Ttl ttl,
          dns::OctetView rdata) {
    const std::string line = dns::to_text(owner) + " " + std::to_string(ttl.seconds) + " IN " +
                             to_string(type) + " " + dns::rdata_to_text(type, rdata);
    ldns_rr* rr = nullptr;
    REQUIRE(ldns_rr_new_frm_str(&rr, line.c_str(), 0, nullptr, nullptr) == LDNS_STATUS_OK);
    ldns_rr_list_push_rr(list, rr);
}

/// The signatures that ldns refuses, as "owner type".
std::vector<std::string> bad_signatures(const zone::Zone& zone) {
    const List keys(ldns_rr_list_new());
    const auto* dnskey = zone.find(apex, dns::Type::dnskey);
    for (const auto rdata : *dnskey) {
        push(keys.get(), apex, dns::Type::dnskey, dnskey->ttl(), rdata);
    }
    std::vector<std::string> bad;
    for (const auto& [owner, sets] : zone.nodes()) {
        const auto* rrsigs = zone.find(owner, dns::Type::rrsig);
        if (rrsigs == nullptr) continue;
        for (const auto rdata : *rrsigs) {
            const auto* covered = zone.find(owner, read_rrsig(rdata).covered);
            const std::string name =
                dns::to_text(owner) + " " + to_string(read_rrsig(rdata).covered);
            if (covered == nullptr) {
                bad.push_back(name + ": nothing there");
                continue;
            }
            const List set(ldns_rr_list_new());
            for (const auto each : *covered) {
                push(set.get(), owner, covered->type(), covered->ttl(), each);
            }
            const List signature(ldns_rr_list_new());
            push(signature.get(), owner, dns::Type::rrsig, dns::Ttl{read_rrsig(rdata).original_ttl},
                 rdata);
            const auto status = ldns_verify_rrsig_keylist_time(
                set.get(), ldns_rr_list_rr(signature.get(), 0), keys.get(), now, nullptr);
            if (status != LDNS_STATUS_OK)
                bad.push_back(name + ": " + ldns_get_errorstr_by_id(status));
        }
    }
    return bad;
}

/// What a small zone can have: names that are each other's neighbours, ancestors and wildcards.
class Randomly {
public:
    explicit Randomly(unsigned seed) : engine_(seed) {}

    std::size_t below(std::size_t count) { return engine_() % count; }

    dns::PackedName owner() {
        static const std::vector<std::string> labels = {"a", "b", "c", "*", "_x", "Z"};
        dns::Name name = apex;
        for (std::size_t depth = 1 + below(3); depth > 0; --depth) {
            REQUIRE(name.prepend(labels[below(labels.size())]));
        }
        return dns::PackedName(name);
    }
    dns::RrsetPtr set() {
        const auto number = static_cast<std::uint8_t>(below(3));
        switch (below(3)) {
            case 0:
                return dns::make_rrset(dns::Type::a, dns::Ttl{300},
                                       {dns::Octets{192, 0, 2, number}});
            case 1:
                return dns::make_rrset(dns::Type::txt, dns::Ttl{10}, {dns::Octets{1, number}});
            default:
                return dns::make_rrset(dns::Type::srv, dns::Ttl{10},
                                       {dns::Octets{0, 0, 0, number, 1, 1, 1, 'H', 0},
                                        dns::Octets{0, 0, 0, 9, 1, 1, 1, 'a', 0}});
        }
    }
    /// Changes of a few sets of a zone, some of which come, others go; each owner and type once.
    std::vector<zone::Change> changes(const zone::Zone& zone) {
        std::map<std::pair<dns::PackedName, dns::Type>, zone::Change> all;
        for (std::size_t count = 1 + below(5); count > 0; --count) {
            const auto name = owner();
            const auto one = set();
            const auto* old = zone.find(name, one->type());
            const bool goes = old != nullptr && below(2) == 0;
            const dns::RrsetPtr before(old);
            if (old == nullptr && below(4) == 0) continue;
            all[{name, one->type()}] = {name, one->type(), before, goes ? nullptr : one};
        }
        std::vector<zone::Change> list;
        for (auto& [key, change] : all) list.push_back(change);
        return list;
    }

private:
    std::mt19937 engine_;
};

}  // namespace

TEST_CASE("a signed zone has keys, a ring and signatures, and ldns finds them good", "[signing]") {
    const auto algorithm = GENERATE(Algorithm::ecdsap256sha256, Algorithm::ed25519);
    const auto denial = GENERATE(Denial::nsec, Denial::nsec3);
    const auto terms = terms_of(denial, {Key::generate(algorithm, true)});
    const Signer signer(terms, now, nothing);
    auto standing = unsigned_zone(
        "www 300 A 192.0.2.2\nWWW 300 AAAA 2001:db8::1\n*.w 10 TXT x\nsub 3600 NS ns.sub\n"
        "sub 3600 DS 1 13 2 "
        "0000000000000000000000000000000000000000000000000000000000000000\nns.sub 300 A 192.0.2.3\n"
        "plain 3600 NS ns1\nd 300 DNAME www\nx.d 300 TXT hidden\na.b.c 300 MX 10 WWW\n");
    sign_whole(standing, signer);
    CHECK(bad_signatures(standing.zone).empty());
    const auto has = [&](const char* owner, dns::Type type) {
        return standing.zone.find(dns::name_from(owner), type) != nullptr;
    };
    CHECK(has("example.", dns::Type::dnskey));
    CHECK(has("example.", dns::Type::cds));
    CHECK(has("example.", dns::Type::cdnskey));
    CHECK(has("example.", dns::Type::nsec3param) == (denial == Denial::nsec3));
    CHECK_FALSE(has("ns.sub.example.", dns::Type::rrsig));
    CHECK_FALSE(has("x.d.example.", dns::Type::rrsig));
    CHECK(has("sub.example.", dns::Type::rrsig));
    CHECK(has("plain.example.", dns::Type::rrsig) == (denial == Denial::nsec));
}

TEST_CASE("a change is signed as signing the whole zone would have it", "[signing]") {
    const auto denial = GENERATE(Denial::nsec, Denial::nsec3);
    const auto seed = GENERATE(range(0U, 12U));
    CAPTURE(denial, seed);
    const auto terms = terms_of(denial, {key()});
    const Signer signer(terms, now, nothing);
    Randomly random(seed);
    auto standing = unsigned_zone("sub 3600 NS ns.sub\nns.sub 300 A 192.0.2.3\nd 300 DNAME ns1\n");
    auto plain = standing;
    sign_whole(standing, signer);
    for (unsigned step = 0; step < 40; ++step) {
        const auto changes = random.changes(plain.zone);
        zone::apply(plain.zone, changes);
        auto made = signer.sign_changes(standing, changes);
        signer.seal(made, standing, soa(1));
        apply(standing, made);
        auto afresh = plain;
        sign_whole(afresh, signer);
        REQUIRE(shape_of(standing.zone) == shape_of(afresh.zone));
    }
    CHECK(bad_signatures(standing.zone).empty());
}

TEST_CASE("a change of one set signs that set and the SOA alone", "[signing]") {
    const auto denial = GENERATE(Denial::nsec, Denial::nsec3);
    const auto terms = terms_of(denial, {key()});
    const Signer signer(terms, now, nothing);
    auto standing = unsigned_zone("a 10 TXT x\nb 10 TXT y\nb 10 A 192.0.2.9\n");
    sign_whole(standing, signer);
    const auto owner = dns::name_from("b.example.");
    const zone::Change change{owner, dns::Type::txt,
                              dns::RrsetPtr(standing.zone.find(owner, dns::Type::txt)),
                              dns::make_rrset(dns::Type::txt, dns::Ttl{10}, {dns::Octets{1, 'z'}})};
    auto made = signer.sign_changes(standing, {&change, 1});
    CHECK(made.made.size() == 1);
    CHECK(made.changes.size() == 2);  // TXT, RRSIG
    signer.seal(made, standing, soa(2));
    CHECK(made.made.size() == 2);
    apply(standing, made);
    CHECK(bad_signatures(standing.zone).empty());
}

TEST_CASE("signing what is signed changes nothing", "[signing]") {
    const auto denial = GENERATE(Denial::nsec, Denial::nsec3);
    const auto terms = terms_of(denial, {key()});
    const Signer signer(terms, now, nothing);
    auto standing = unsigned_zone("a.b 10 TXT x\nsub 3600 NS ns1\n");
    sign_whole(standing, signer);
    const auto again = signer.sign_all(standing, {});
    CHECK(again.changes.empty());
    CHECK(again.made.empty());
}

TEST_CASE("what is remembered is not signed again", "[signing]") {
    const auto terms = terms_of(Denial::nsec, {key()});
    const auto plain = unsigned_zone("a.b 10 TXT x\nsub 3600 NS ns1\n");
    auto standing = plain;
    auto first = Signer(terms, now, nothing).sign_all(standing, {});
    Signer(terms, now, nothing).seal(first, standing, soa(7));
    Remembered remembered;
    for (const auto& made : first.made) remembered.add(made.digest, made.rrsig);
    apply(standing, first);

    auto after_restart = plain;
    const Signer signer(terms, now + 60, remembered);
    auto second = signer.sign_all(after_restart, {});
    signer.seal(second, after_restart, soa(7));
    CHECK(second.made.empty());
    apply(after_restart, second);
    CHECK(zone::equal(standing.zone, after_restart.zone, true));
}

TEST_CASE("signatures are renewed before they end, and when the clock was set back", "[signing]") {
    auto terms = terms_of(Denial::nsec, {key()});
    terms.policy.validity = 100000;
    terms.policy.refresh = 20000;
    auto standing = unsigned_zone("a 10 TXT x\n");
    sign_whole(standing, Signer(terms, now, nothing));
    const auto wants_at = [&](std::uint32_t moment) {
        return Signer(terms, moment, nothing)
            .wants_renewal(standing.at(dns::name_from("a.example.")));
    };
    CHECK_FALSE(wants_at(now));
    CHECK_FALSE(wants_at(now + 69000));
    CHECK(wants_at(now + 80001));
    CHECK_FALSE(wants_at(now - 3600));
    CHECK(wants_at(now - 3700));

    const Signer later(terms, now + 90000, nothing);
    const std::vector<dns::PackedName> owners{dns::name_from("a.example.")};
    auto renewed = later.renew(standing, owners);
    CHECK(renewed.made.size() == 2);  // TXT, NSEC
    apply(standing, renewed);
    CHECK_FALSE(later.wants_renewal(standing.at(owners[0])));
}

TEST_CASE("keys that come and go re-sign the zone, and unsigning leaves nothing", "[signing]") {
    const auto denial = GENERATE(Denial::nsec, Denial::nsec3);
    const auto plain = unsigned_zone("a.b 10 TXT x\nsub 3600 NS ns1\n");
    auto standing = plain;
    const auto one = key();
    const auto two = Key::generate(Algorithm::ecdsap256sha256, true);
    auto terms = terms_of(denial, {one});
    sign_whole(standing, Signer(terms, now, nothing));
    terms.roles = {{one, two}, {one, two}, {two}, {two}, false};
    sign_whole(standing, Signer(terms, now, nothing));
    CHECK(bad_signatures(standing.zone).empty());
    const auto* rrsigs = standing.zone.find(apex, dns::Type::rrsig);
    // DNSKEY, CDS and CDNSKEY by both; SOA, NS, NSEC or NSEC3PARAM by the new one.
    CHECK(rrsigs->count() == 9);
    terms.policy.denial = denial == Denial::nsec ? Denial::nsec3 : Denial::nsec;
    sign_whole(standing, Signer(terms, now, nothing));
    CHECK(bad_signatures(standing.zone).empty());
    terms.roles = {};
    sign_whole(standing, Signer(terms, now, nothing));
    CHECK(zone::equal(standing.zone, plain.zone));
}
